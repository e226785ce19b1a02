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

const kBuckets = 8192;

/** Events of each node by bucket of the whole run, so that a picture of most of it looks at no event.
 * @param {import('./unpack.js').Run} run @param {number} end ns */
function coarse_counts(run, end) {
  const out = new Uint32Array(run.meta.header.nodes.length * kBuckets);
  const scale = kBuckets / (end + 1);
  for (let i = 0; i < run.n; ++i) if (run.node[i] >= 0) ++out[run.node[i] * kBuckets + ((run.t[i] * scale) | 0)];
  return out;
}

/** The same as count_by_pixel, from the buckets. @param {Uint32Array} coarse @param {number} end @param {Int16Array} lane_of
 * @param {number} lanes @param {number} pixels @param {number} from @param {number} span */
function bin_buckets(coarse, end, lane_of, lanes, pixels, from, span) {
  const bins = new Uint32Array(lanes * pixels);
  const width = (end + 1) / kBuckets;
  lane_of.forEach((lane, node) => {
    if (lane < 0) return;
    for (let bucket = 0; bucket < kBuckets; ++bucket) {
      const pixel = Math.floor(((bucket + 0.5) * width - from) * pixels / span);
      if (pixel >= 0 && pixel < pixels) bins[lane * pixels + pixel] += coarse[node * kBuckets + bucket];
    }
  });
  return bins;
}

/** @param {CanvasRenderingContext2D} g @param {import('./draw.js').Scene} scene @param {number} low @param {number} high */
function draw_density(g, { run, port, lanes, palette, story }, low, high) {
  const pixels = Math.max(1, Math.floor(port.width - kGutter));
  const lane_of = new Int16Array(run.meta.header.nodes.length).fill(-1);
  lanes.forEach((lane, i) => { lane_of[lane.node] = i; });
  const most_of_it = port.span * kBuckets / (story.end + 1) > 2 * pixels;
  const bins = most_of_it ? bin_buckets(story.coarse, story.end, lane_of, lanes.length, pixels, port.from, port.span)
    : count_by_pixel(run, low, high, lane_of, lanes.length, pixels, port.from, port.span);
  let most = 1;
  for (const count of bins) if (count > most) most = count;
  const scale = 1 / Math.log1p(most);
  g.fillStyle = palette.density;
  g.globalAlpha = 0.75;
  lanes.forEach((lane, k) => {
    const room = lane.height * (lane.server ? 0.3 : 0.4);
    const floor = lane.y + lane.height - 2;
    // One outline a lane: thousands of single boxes would take most of a frame.
    g.beginPath();
    let high_before = 0;
    for (let p = 0; p <= pixels; ++p) {
      const count = p < pixels ? bins[k * pixels + p] : 0;
      const h = count === 0 ? 0 : Math.max(1, Math.round(room * Math.log1p(count) * scale));
      if (h === high_before) continue;
      if (high_before === 0) g.moveTo(kGutter + p, floor);
      else g.lineTo(kGutter + p, floor - high_before);
      g.lineTo(kGutter + p, floor - h);
      high_before = h;
    }
    g.fill();
  });
  g.globalAlpha = 1;
}

export { bin_buckets, coarse_counts, count_by_pixel, draw_density, kBuckets };
