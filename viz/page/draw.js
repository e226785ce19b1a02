// The picture: lanes, bars of role and phase, arrows, marks. What was drawn comes back as shapes, for the pointer.

import { draw_density } from './density.js';
import { draw_bar_names, draw_bars, draw_cuts, draw_names, draw_operations } from './draw_lanes.js';
import { cross, draw_marks, draw_selection, draw_small, first_of } from './draw_marks.js';
import { draw_violations } from './draw_violations.js';
import { kDash, kHead, kShort } from './palette.js';
import { zxid_text } from './server_state.js';
import { kCategories, kOutside } from './story.js';
import { first_row, kGutter, kTop, ticks } from './view_port.js';

/**
 * @typedef {import('./unpack.js').Run} Run
 * @typedef {import('./story.js').Story} Story
 * @typedef {import('./view_port.js').Lane} Lane
 * @typedef {{row: number, x1: number, y1: number, x2: number, y2: number}} Shape
 * @typedef {{
 *   run: Run, story: Story, port: import('./view_port.js').ViewPort, lanes: Lane[], palette: import('./palette.js').Palette,
 *   shown: boolean[], selected: number, cone: Set<number> | null, hits: Uint8Array | null,
 *   clock: number, violation: number
 * }} Scene shown: by category of message; cone: rows, others fade; hits: of a search, by row; clock: where playing stands;
 *   violation: which one's explanation is drawn
 */

const kMostArrows = 2500;
const kMostLabels = 160;

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @returns {{shapes: Shape[], dense: boolean, arrows: number}} */
function draw(g, scene) {
  const { port, palette, lanes } = scene;
  g.save();
  g.fillStyle = palette.ground;
  g.fillRect(0, 0, port.width, port.height);
  /** @type {Shape[]} */
  const shapes = [];
  g.beginPath();
  g.rect(kGutter, 0, port.width - kGutter, port.height);
  g.save();
  g.clip();
  draw_clock(g, scene);
  g.translate(0, -port.scroll);
  g.fillStyle = palette.grid;
  for (const lane of lanes) if (lane.group) g.fillRect(kGutter, lane.y - 8, port.width, 1);
  draw_cuts(g, scene);
  const y = lane_centres(scene);
  for (const lane of lanes) draw_bars(g, scene, lane, shapes);
  draw_operations(g, scene, shapes);
  const { dense, arrows } = draw_events(g, scene, y, shapes);
  for (const lane of lanes) draw_bar_names(g, scene, lane);
  draw_marks(g, scene, y, shapes);
  draw_selection(g, scene, y);
  draw_violations(g, scene, shapes);
  g.restore();
  draw_names(g, scene);
  g.restore();
  for (const shape of shapes) {
    shape.y1 -= port.scroll;
    shape.y2 -= port.scroll;
  }
  return { shapes, dense, arrows };
}

/** Where a node's line is; NaN: not shown. @param {Scene} scene */
function lane_centres(scene) {
  const y = new Float64Array(scene.run.meta.header.nodes.length).fill(NaN);
  for (const lane of scene.lanes) y[lane.node] = lane.y + lane.height / 2;
  return y;
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene */
function draw_clock(g, { port, palette }) {
  g.strokeStyle = palette.grid;
  g.fillStyle = palette.faint;
  g.font = '12px system-ui, sans-serif';
  g.textAlign = 'center';
  g.lineWidth = 1;
  for (const [t, text] of ticks(port.from, port.to, (port.width - kGutter) / 130)) {
    const x = Math.round(port.x(t)) + 0.5;
    g.beginPath();
    g.moveTo(x, kTop - 6);
    g.lineTo(x, port.height);
    g.stroke();
    g.fillText(text, x, 15);
  }
}

/** Arrows, or densities where there are too many. @param {CanvasRenderingContext2D} g @param {Scene} scene
 * @param {Float64Array} y @param {Shape[]} shapes */
function draw_events(g, scene, y, shapes) {
  const { run, port, story } = scene;
  const low = first_row(run.t, port.from - 5e6);
  const high = first_row(run.t, port.to);
  const sent = run.meta.kinds.findIndex((kind) => kind.name === 'send');
  /** @type {number[]} */
  const arrows = [];
  let dense = high - low > 60000;
  for (let i = low; i < high && !dense; ++i) {
    if (run.kind[i] !== sent || !scene.shown[story.category[i]]) continue;
    if (Number.isNaN(y[run.node[i]])) continue;
    arrows.push(i);
    dense = arrows.length > kMostArrows;
  }
  if (dense) {
    draw_density(g, scene, first_row(run.t, port.from), high);
    arrows.length = 0;
    for (let k = first_of(story.rare, low); k < story.rare.length && story.rare[k] < high; ++k) {
      if (scene.shown[story.category[story.rare[k]]]) arrows.push(story.rare[k]);
    }
    if (arrows.length > kMostArrows) arrows.length = 0;
  }
  const labels = { left: kMostLabels, taken: /** @type {Float64Array} */ (new Float64Array(256).fill(-1e9)) };
  for (const i of arrows) draw_arrow(g, scene, y, i, shapes, labels);
  if (!dense) draw_small(g, scene, y, low, high, shapes);
  return { dense, arrows: arrows.length };
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @param {Float64Array} y @param {number} i @param {Shape[]} shapes
 * @param {{left: number, taken: Float64Array}} labels */
function draw_arrow(g, scene, y, i, shapes, labels) {
  const { run, story, port, palette, cone, hits } = scene;
  const category = story.category[i];
  const got = story.delivered[i];
  const x1 = port.x(run.t[i]);
  const y1 = y[run.node[i]];
  let x2;
  let y2;
  if (got >= 0) {
    x2 = port.x(run.t[got]);
    y2 = y[run.node[got]];
    if (Number.isNaN(y2) || x2 < kGutter) return;
  } else {
    const target = got === kOutside ? -1 : peer_of(scene, i);
    const down = target >= 0 && !Number.isNaN(y[target]) ? Math.sign(y[target] - y1) : 1;
    x2 = x1 + 16;
    y2 = y1 + down * 26;
  }
  const faded = (cone && !cone.has(i)) || (hits && !hits[i] && !(got >= 0 && hits[got]));
  g.globalAlpha = faded ? 0.12 : kCategories[category] === 'ping' ? 0.6 : 1;
  g.strokeStyle = g.fillStyle = got === -1 ? palette.fault : palette.category[category];
  g.lineWidth = cone && !faded ? 2.2 : 1.2;
  g.setLineDash(got === -1 ? [3, 3] : kDash[category]);
  g.beginPath();
  g.moveTo(x1, y1);
  g.lineTo(x2, y2);
  g.stroke();
  g.setLineDash([]);
  if (got === -1) cross(g, x2, y2, 4);
  else head(g, kHead[category], x1, y1, x2, y2);
  shapes.push({ row: i, x1, y1, x2, y2 });
  if (!faded) label(g, scene, i, x1, y1, x2, y2, labels);
  g.globalAlpha = 1;
}

/** Whom bytes that never arrived were for: who got others of the stream. @param {Scene} scene @param {number} i */
function peer_of({ run, story }, i) {
  for (let j = i - 1; j >= 0 && j > i - 20000; --j) {
    if (run.stream[j] === run.stream[i] && run.node[j] === run.node[i] && story.delivered[j] >= 0) return run.node[story.delivered[j]];
  }
  return -1;
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @param {number} i @param {number} x1 @param {number} y1 @param {number} x2
 * @param {number} y2 @param {{left: number, taken: Float64Array}} labels */
function label(g, { run, story, palette }, i, x1, y1, x2, y2, labels) {
  const length = Math.hypot(x2 - x1, y2 - y1);
  if (labels.left <= 0 || length < 50) return;
  const name = run.meta.labels[run.label[i]];
  const zxid = run.f[3][i];
  const epochless = zxid > 0 ? ` ${zxid_text(zxid)}` : '';
  const kind = kCategories[story.category[i]];
  if (kind === 'ping') return;
  g.font = '10px system-ui, sans-serif';
  const lost = story.delivered[i] < 0;
  let text = `${name}${kind === 'client' ? '' : epochless}`;
  if (g.measureText(text).width > length - 14) text = kShort[story.category[i]];
  if (!text || (Math.abs(x2 - x1) < 14 && !lost)) return;
  const x = x1 + (x2 - x1) * 0.5;
  const y = y1 + (y2 - y1) * 0.5;
  if (!takes_room(labels.taken, g.measureText(text).width, x, y, (x2 - x1) / length, (y2 - y1) / length)) return;
  --labels.left;
  let angle = Math.atan2(y2 - y1, x2 - x1);
  if (angle > Math.PI / 2) angle -= Math.PI;
  if (angle < -Math.PI / 2) angle += Math.PI;
  g.save();
  g.translate(x, y);
  g.rotate(angle);
  g.textAlign = 'center';
  g.lineWidth = 3;
  g.strokeStyle = palette.ground;
  g.strokeText(text, 0, -3);
  g.fillText(text, 0, -3);
  g.restore();
}

/** One text to a spot: by rows of ten pixels, as far to the right as the last text there went. @param {Float64Array} taken
 * @param {number} width @param {number} x @param {number} y the middle @param {number} ux @param {number} uy its direction */
function takes_room(taken, width, x, y, ux, uy) {
  const half_height = Math.abs(uy) * width * 0.5 + 4;
  const half_width = Math.abs(ux) * width * 0.5 + 6;
  const [top, bottom] = [Math.floor((y - half_height) / 10), Math.floor((y + half_height) / 10)];
  for (let slot = top; slot <= bottom; ++slot) if (taken[slot & 255] > x - half_width) return false;
  for (let slot = top; slot <= bottom; ++slot) taken[slot & 255] = x + half_width;
  return true;
}

/** @param {CanvasRenderingContext2D} g @param {string} form @param {number} x1 @param {number} y1 @param {number} x2 @param {number} y2 */
function head(g, form, x1, y1, x2, y2) {
  if (form === 'none') return;
  const length = Math.hypot(x2 - x1, y2 - y1) || 1;
  const ux = (x2 - x1) / length;
  const uy = (y2 - y1) / length;
  const s = 6;
  g.beginPath();
  if (form === 'bar') {
    g.moveTo(x2 - uy * s * 0.8, y2 + ux * s * 0.8);
    g.lineTo(x2 + uy * s * 0.8, y2 - ux * s * 0.8);
    g.moveTo(x2 - ux * s - uy * s * 0.6, y2 - uy * s + ux * s * 0.6);
    g.lineTo(x2, y2);
    g.lineTo(x2 - ux * s + uy * s * 0.6, y2 - uy * s - ux * s * 0.6);
    g.stroke();
    return;
  }
  g.moveTo(x2, y2);
  g.lineTo(x2 - ux * s - uy * s * 0.5, y2 - uy * s + ux * s * 0.5);
  if (form === 'diamond') g.lineTo(x2 - 2 * ux * s, y2 - 2 * uy * s);
  if (form === 'open') g.moveTo(x2, y2);
  g.lineTo(x2 - ux * s + uy * s * 0.5, y2 - uy * s - ux * s * 0.5);
  if (form === 'open') g.stroke();
  else g.fill();
}

/** The row of the shape nearest to a point, or -1. @param {Shape[]} shapes @param {number} x @param {number} y */
function shape_at(shapes, x, y) {
  let best = 9;
  let row = -1;
  for (const s of shapes) {
    const length = (s.x2 - s.x1) ** 2 + (s.y2 - s.y1) ** 2;
    const along = length === 0 ? 0 : Math.max(0, Math.min(1, ((x - s.x1) * (s.x2 - s.x1) + (y - s.y1) * (s.y2 - s.y1)) / length));
    const away = Math.hypot(x - s.x1 - along * (s.x2 - s.x1), y - s.y1 - along * (s.y2 - s.y1));
    if (away <= best) {
      best = away;
      row = s.row;
    }
  }
  return row;
}

export { draw, shape_at };
