// Many events: how many happened per pixel, lane by lane, instead of one shape each.

import { kGutter } from './view_port.js';

/**
 * Events of each lane by pixel; one array for all lanes, lane by lane.
 * @param {import('./unpack.js').Run} run @param {number} low @param {number} high rows @param {Int16Array} lane_of by node; -1: hidden
 * @param {number} lanes @param {number} pixels @param {number} from @param {number} span ns
 */
function count_by_pixel(run, low, high, lane_of, lanes, pixels, from, span) {
  const bins = new Uint32Array(lanes * pixels);
  const { t, node } = run;
  const scale = pixels / span;
  for (let i = low; i < high; ++i) {
    if (node[i] < 0) continue;
    const lane = lane_of[node[i]];
    if (lane < 0) continue;
    const pixel = ((t[i] - from) * scale) | 0;
    if (pixel >= 0 && pixel < pixels) ++bins[lane * pixels + pixel];
  }
  return bins;
}

/** @param {CanvasRenderingContext2D} g @param {import('./draw.js').Scene} scene @param {number} low @param {number} high */
function draw_density(g, { run, port, lanes, palette }, low, high) {
  const pixels = Math.max(1, Math.floor(port.width - kGutter));
  const lane_of = new Int16Array(run.meta.header.nodes.length).fill(-1);
  lanes.forEach((lane, i) => { lane_of[lane.node] = i; });
  const bins = count_by_pixel(run, low, high, lane_of, lanes.length, pixels, port.from, port.span);
  let most = 1;
  for (const count of bins) if (count > most) most = count;
  const scale = 1 / Math.log1p(most);
  g.fillStyle = palette.density;
  g.globalAlpha = 0.75;
  lanes.forEach((lane, k) => {
    const room = lane.height * (lane.server ? 0.3 : 0.4);
    const floor = lane.y + lane.height - 2;
    for (let p = 0; p < pixels; ++p) {
      const count = bins[k * pixels + p];
      if (count === 0) continue;
      const h = Math.max(1, room * Math.log1p(count) * scale);
      g.fillRect(kGutter + p, floor - h, 1, h);
    }
  });
  g.globalAlpha = 1;
}

export { count_by_pixel, draw_density };
