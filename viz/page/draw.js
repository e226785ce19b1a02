// The picture: lanes, bars of role and phase, arrows, marks. What was drawn comes back as shapes, for the pointer.

import { draw_density } from './density.js';
import { kDash, kHead, kShort } from './palette.js';
import { zxid_text } from './server_state.js';
import { kCategories } from './story.js';
import { first_row, kGutter, kTop, ticks } from './view_port.js';

/**
 * @typedef {import('./unpack.js').Run} Run
 * @typedef {import('./story.js').Story} Story
 * @typedef {import('./view_port.js').Lane} Lane
 * @typedef {{row: number, x1: number, y1: number, x2: number, y2: number}} Shape
 * @typedef {{
 *   run: Run, story: Story, port: import('./view_port.js').ViewPort, lanes: Lane[], palette: import('./palette.js').Palette,
 *   shown: boolean[], selected: number, cone: Set<number> | null, hits: Uint8Array | null, clock: number
 * }} Scene shown: by category of message; cone: rows, others fade; hits: of a search, by row; clock: where playing stands
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
  draw_cuts(g, scene);
  const y = lane_centres(scene);
  for (const lane of lanes) draw_bars(g, scene, lane, shapes);
  draw_operations(g, scene, shapes);
  const { dense, arrows } = draw_events(g, scene, y, shapes);
  draw_marks(g, scene, y, shapes);
  draw_violations(g, scene);
  draw_selection(g, scene, y);
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

/** @param {CanvasRenderingContext2D} g @param {Scene} scene */
function draw_names(g, scene) {
  const { port, palette, lanes, run } = scene;
  g.fillStyle = palette.ground;
  g.fillRect(0, 0, kGutter - 4, port.height);
  g.textAlign = 'left';
  g.save();
  g.beginPath();
  g.rect(0, kTop - 4, kGutter - 6, port.height);
  g.clip();
  g.translate(0, -port.scroll);
  for (const lane of lanes) {
    const size = Math.max(9, Math.min(14, lane.height * 0.6));
    g.font = `${lane.server ? 600 : 400} ${size}px system-ui, sans-serif`;
    g.fillStyle = palette.ink;
    g.fillText(lane.name, 10, lane.y + lane.height / 2 + size * 0.35);
    if (lane.server && lane.height >= 44) {
      g.font = '11px system-ui, sans-serif';
      g.fillStyle = palette.faint;
      g.fillText(run.meta.header.nodes[lane.node].name, 10, lane.y + lane.height / 2 + 19);
    }
  }
  g.restore();
}

/** The role and phase of a server as a bar; while it is down, a broken line. @param {CanvasRenderingContext2D} g
 * @param {Scene} scene @param {Lane} lane @param {Shape[]} shapes */
function draw_bars(g, scene, lane, shapes) {
  const { port, palette, story } = scene;
  const middle = lane.y + lane.height / 2;
  if (!lane.server) {
    g.fillStyle = palette.grid;
    g.fillRect(kGutter, middle - 0.5, port.width, 1);
    return;
  }
  const thick = Math.max(5, Math.min(22, lane.height * 0.3));
  for (const bar of story.bars[lane.node]) {
    if (bar.to < port.from || bar.from > port.to) continue;
    const x1 = Math.max(kGutter - 2, port.x(bar.from));
    const x2 = Math.min(port.width + 2, port.x(Math.min(bar.to, story.end)));
    if (bar.role === 'down') {
      draw_absence(g, scene, x1, x2, middle, bar.phase);
      continue;
    }
    g.fillStyle = palette.phase[bar.phase] ?? palette.grid;
    g.fillRect(x1, middle - thick / 2, Math.max(1, x2 - x1), thick);
    g.fillStyle = palette.ink;
    // A leader has a strong upper edge, who looks a broken one, who follows a thin one.
    g.globalAlpha = bar.role === 'looking' ? 0.45 : 0.9;
    const edge = bar.role === 'leading' ? 3 : 1;
    if (bar.role === 'looking') for (let x = x1; x < x2; x += 8) g.fillRect(x, middle - thick / 2, Math.min(4, x2 - x), 1);
    else g.fillRect(x1, middle - thick / 2, Math.max(1, x2 - x1), edge);
    g.globalAlpha = 1;
    shapes.push({ row: bar.first, x1, y1: middle - thick / 2, x2: x1, y2: middle + thick / 2 });
    const text = `${bar.role}${bar.role === 'looking' ? '' : ` · ${bar.phase}`}${bar.epoch > 0 ? ` · epoch ${bar.epoch}` : ''}`;
    g.font = '11px system-ui, sans-serif';
    g.textAlign = 'left';
    if (lane.height > 30 && x2 - x1 > g.measureText(text).width + 8) {
      g.fillStyle = palette.ink;
      g.fillText(text, Math.max(x1, kGutter) + 4, middle - thick / 2 - 4);
    }
  }
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @param {number} x1 @param {number} x2 @param {number} y @param {string} why */
function draw_absence(g, { palette }, x1, x2, y, why) {
  g.strokeStyle = palette.line;
  g.setLineDash([2, 6]);
  g.lineWidth = 1;
  g.beginPath();
  g.moveTo(x1, y);
  g.lineTo(x2, y);
  g.stroke();
  g.setLineDash([]);
  g.font = 'italic 11px system-ui, sans-serif';
  g.textAlign = 'left';
  if (x2 - x1 > g.measureText(why).width + 24) {
    g.fillStyle = palette.faint;
    g.fillText(why, Math.max(x1, kGutter) + 14, y - 5);
  }
}

/** A cut is a hatched wall between the lanes that it separates, for as long as it lasts. @param {CanvasRenderingContext2D} g
 * @param {Scene} scene */
function draw_cuts(g, { story, port, palette, lanes }) {
  const at = new Map(lanes.map((lane, i) => [lane.node, i]));
  /** @type {Map<string, {from: number, to: number, edges: Set<number>}>} */
  const walls = new Map();
  for (const cut of story.cuts) {
    if (cut.to < port.from || cut.from > port.to) continue;
    const a = at.get(cut.a);
    const b = at.get(cut.b);
    if (a === undefined || b === undefined) continue;
    const key = `${cut.from}-${cut.to}`;
    const wall = walls.get(key) ?? { from: cut.from, to: cut.to, edges: new Set() };
    walls.set(key, wall);
    if (Math.abs(a - b) === 1) wall.edges.add(Math.max(a, b));
    else wall.edges.add(-Math.min(a, b) - 1);
  }
  for (const wall of walls.values()) {
    const x1 = port.x(wall.from);
    const x2 = port.x(Math.min(wall.to, story.end));
    const adjacent = [...wall.edges].filter((edge) => edge >= 0);
    // No two neighbours are apart: the wall stands above the first of the pair.
    const edges = adjacent.length ? adjacent : [...wall.edges].map((edge) => -edge);
    for (const edge of edges) hatch(g, palette.fault, x1, lanes[Math.min(edge, lanes.length - 1)].y - 3, x2 - x1, 6);
    g.fillStyle = palette.fault;
    g.globalAlpha = 0.07;
    g.fillRect(x1, kTop, x2 - x1, lanes[lanes.length - 1].y + lanes[lanes.length - 1].height - kTop);
    g.globalAlpha = 1;
    g.font = '600 11px system-ui, sans-serif';
    g.textAlign = 'left';
    g.fillText('✂ cut', Math.max(x1, kGutter) + 3, kTop + 8);
  }
}

/** @param {CanvasRenderingContext2D} g @param {string} colour @param {number} x @param {number} y @param {number} w @param {number} h */
function hatch(g, colour, x, y, w, h) {
  const begin = Math.max(x, kGutter - 10);
  const end = Math.min(x + w, g.canvas.width);
  g.strokeStyle = colour;
  g.lineWidth = 1.5;
  g.beginPath();
  for (let at = begin; at < end; at += 7) {
    g.moveTo(at, y + h);
    g.lineTo(Math.min(at + 5, end), y);
  }
  g.moveTo(begin, y + h / 2);
  g.lineTo(end, y + h / 2);
  g.stroke();
}

/** Operations of clients: an open box from asking to answer; a broken one whose answer never came. @param {CanvasRenderingContext2D} g
 * @param {Scene} scene @param {Shape[]} shapes */
function draw_operations(g, { story, run, port, palette, lanes, cone }, shapes) {
  const at = new Map(lanes.map((lane) => [lane.node, lane]));
  const row = (/** @type {number} */ submit) => run.t[submit];
  // Operations are in the order of their submits; none lasts for ever, but some long.
  let low = 0;
  for (let high = story.operations.length; low < high;) {
    const middle = (low + high) >> 1;
    if (row(story.operations[middle].submit) < port.from - port.span) low = middle + 1;
    else high = middle;
  }
  const pixel = new Int32Array(run.meta.header.nodes.length).fill(-10);
  g.font = '10px system-ui, sans-serif';
  g.textAlign = 'left';
  for (let k = low; k < story.operations.length; ++k) {
    const op = story.operations[k];
    if (run.t[op.submit] > port.to) break;
    const lane = at.get(op.client);
    if (!lane) continue;
    const last = op.reply >= 0 ? op.reply : op.lost;
    const end = last >= 0 ? run.t[last] : story.end;
    if (end < port.from) continue;
    const x1 = port.x(run.t[op.submit]);
    const x2 = Math.max(x1 + 1.5, port.x(end));
    // Many a pixel: one box stands for them, but for those without an answer.
    if (op.reply >= 0 && x2 < pixel[op.client] + 1) continue;
    pixel[op.client] = x2;
    const h = Math.min(16, lane.height * 0.6);
    const y = lane.y + (lane.height - h) / 2;
    g.globalAlpha = cone && !cone.has(op.submit) ? 0.25 : 1;
    g.strokeStyle = op.reply >= 0 ? palette.category[8] : palette.fault;
    g.setLineDash(op.reply >= 0 ? [] : [3, 2]);
    g.lineWidth = op.reply >= 0 ? 1 : 1.5;
    g.strokeRect(x1, y, x2 - x1, h);
    g.setLineDash([]);
    const text = op.reply >= 0 ? op.name : `${op.name} ?`;
    if (x2 - x1 > g.measureText(text).width + 6) {
      g.fillStyle = palette.ink;
      g.fillText(text, Math.max(kGutter, x1) + 3, y + h / 2 + 3.5);
    }
    shapes.push({ row: op.submit, x1, y1: y, x2, y2: y });
    g.globalAlpha = 1;
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
  const labels = { left: kMostLabels, taken: /** @type {Float64Array} */ (new Float64Array(64).fill(-1e9)) };
  for (const i of arrows) draw_arrow(g, scene, y, i, shapes, labels);
  if (!dense) draw_small(g, scene, y, low, high, shapes);
  return { dense, arrows: arrows.length };
}

/** @param {Int32Array} rows @param {number} at */
function first_of(rows, at) {
  let low = 0;
  for (let high = rows.length; low < high;) {
    const middle = (low + high) >> 1;
    if (rows[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low;
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
    const target = peer_of(scene, i);
    const down = target >= 0 && !Number.isNaN(y[target]) ? Math.sign(y[target] - y1) : 1;
    x2 = x1 + 16;
    y2 = y1 + down * 26;
  }
  const faded = (cone && !cone.has(i)) || (hits && !hits[i] && !(got >= 0 && hits[got]));
  g.globalAlpha = faded ? 0.12 : kCategories[category] === 'ping' ? 0.6 : 1;
  g.strokeStyle = g.fillStyle = got < 0 ? palette.fault : palette.category[category];
  g.lineWidth = cone && !faded ? 2.2 : 1.2;
  g.setLineDash(got < 0 ? [3, 3] : kDash[category]);
  g.beginPath();
  g.moveTo(x1, y1);
  g.lineTo(x2, y2);
  g.stroke();
  g.setLineDash([]);
  if (got < 0) cross(g, x2, y2, 4);
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
  // One text to a spot: by rows of ten pixels, as far as the last text went.
  const slot = Math.floor(y / 10) & 63;
  const width = g.measureText(text).width;
  if (labels.taken[slot] > x - width / 2) return;
  labels.taken[slot] = x + width / 2 + 4;
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

/** @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} s */
function cross(g, x, y, s) {
  g.beginPath();
  g.moveTo(x - s, y - s);
  g.lineTo(x + s, y + s);
  g.moveTo(x + s, y - s);
  g.lineTo(x - s, y + s);
  g.stroke();
}

/** What is small: syncs of the log below the line, proposals and commits on it. @param {CanvasRenderingContext2D} g
 * @param {Scene} scene @param {Float64Array} y @param {number} low @param {number} high @param {Shape[]} shapes */
function draw_small(g, scene, y, low, high, shapes) {
  const { run, story, port, palette, cone } = scene;
  const kinds = run.meta.kinds.map((kind) => kind.name);
  const [disk, note] = ['disk', 'note'].map((name) => kinds.indexOf(name));
  const proposed = run.meta.notes.indexOf('proposed');
  const committed = run.meta.notes.indexOf('committed');
  let left = 3000;
  for (let i = low; i < high && left > 0; ++i) {
    const middle = y[run.node[i]];
    if (run.node[i] < 0 || Number.isNaN(middle)) continue;
    const x = port.x(run.t[i]);
    g.globalAlpha = cone && !cone.has(i) ? 0.2 : 1;
    if (run.kind[i] === disk) {
      const done = story.durable[i];
      const x2 = done >= 0 ? port.x(run.t[done]) : x + 10;
      const below = middle + 15;
      g.strokeStyle = g.fillStyle = done >= 0 ? palette.ink : palette.fault;
      g.lineWidth = 2;
      g.setLineDash(done >= 0 ? [] : [2, 2]);
      g.beginPath();
      g.moveTo(x, below);
      g.lineTo(x2, below);
      g.stroke();
      g.setLineDash([]);
      if (done >= 0) g.fillRect(x2 - 2, below - 3, 4, 6);
      else cross(g, x2, below, 3);
      shapes.push({ row: i, x1: x, y1: below, x2, y2: below });
      --left;
    } else if (run.kind[i] === note && (run.f[0][i] === proposed || run.f[0][i] === committed)) {
      g.beginPath();
      g.fillStyle = run.f[0][i] === proposed ? palette.category[4] : palette.category[6];
      if (run.f[0][i] === proposed) {
        g.arc(x, middle, 4, 0, 7);
      } else {
        g.moveTo(x, middle - 8);
        g.lineTo(x + 4.5, middle);
        g.lineTo(x - 4.5, middle);
      }
      g.fill();
      shapes.push({ row: i, x1: x, y1: middle - 4, x2: x, y2: middle + 4 });
      --left;
    }
  }
  g.globalAlpha = 1;
}

/** @type {Record<string, string>} what happened to a process, as a sign with its word */
const kSigns = {
  killed: '✖ killed', 'power-lost': '⚡ power lost', 'power-back': '⏻ power', started: '▶ start', exited: '■ exit', paused: '❚❚ paused',
  resumed: '▶ resumed', wiped: '∅ wiped', 'disk-failed': '✖ disk failed', 'recovery-refused': '✖ recovery refused', stop: '■ stop',
  'disk-slowed': '◔ disk slowed', 'disk-fault': '✖ disk fault', 'clock-step': '◷ clock step', 'clock-drift': '◷ drift',
  'disk-capacity': '▤ disk capacity', 'bind-failed': '✖ bind', 'end-session': '◌ session end',
};
/** @type {Record<string, string>} */
const kNoteSigns = {
  established: '★ leads', elected: '☆ elected', 'stepped-down': '▽ steps down', truncated: '✂ log cut',
  'session-expired': '◌ expired', expired: '◌ expired',
  'learner-lost': '− learner', 'snapshot-written': '▤ snapshot', disconnected: '⨯ lost', serving: '● serves', 'session-moved': '→ session',
};

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @param {Float64Array} y @param {Shape[]} shapes */
function draw_marks(g, scene, y, shapes) {
  const { run, story, port, palette } = scene;
  const height = new Map(scene.lanes.map((lane) => [lane.node, lane.height]));
  const taken = new Float64Array(y.length).fill(-1e9);
  let left = 1200;
  for (let k = first_of(story.marks, first_row(run.t, port.from)); k < story.marks.length && left > 0; ++k) {
    const i = story.marks[k];
    if (run.t[i] > port.to) break;
    const kind = run.meta.kinds[run.kind[i]].name;
    const sign = kind === 'note' ? kNoteSigns[run.meta.notes[run.f[0][i]]] : kSigns[kind];
    if (!sign || run.node[i] < 0 || Number.isNaN(y[run.node[i]])) continue;
    --left;
    const x = port.x(run.t[i]);
    const bad = sign.startsWith('✖') || sign.startsWith('⚡');
    const middle = y[run.node[i]];
    g.fillStyle = bad ? palette.fault : palette.ink;
    g.strokeStyle = g.fillStyle;
    g.lineWidth = bad ? 2.5 : 1;
    if (bad) cross(g, x, middle, 7);
    else g.fillRect(x - 0.5, middle - 9, 1, 18);
    shapes.push({ row: i, x1: x, y1: middle - 9, x2: x, y2: middle + 9 });
    const tall = (height.get(run.node[i]) ?? 0) > 30;
    if (!tall || x < taken[run.node[i]]) continue;
    g.font = `${bad ? '600 ' : ''}11px system-ui, sans-serif`;
    g.textAlign = 'left';
    g.lineWidth = 3;
    g.strokeStyle = palette.ground;
    const below = middle + Math.min(30, (height.get(run.node[i]) ?? 0) / 2 - 4);
    g.strokeText(sign, x - 3, below);
    g.fillText(sign, x - 3, below);
    taken[run.node[i]] = x + g.measureText(sign).width + 4;
  }
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene */
function draw_violations(g, { run, port, palette }) {
  for (const violation of run.meta.violations ?? []) {
    const x = port.x(violation.t);
    if (x < kGutter || x > port.width) continue;
    g.strokeStyle = g.fillStyle = palette.fault;
    g.lineWidth = 2;
    g.setLineDash([10, 4]);
    g.beginPath();
    g.moveTo(x, kTop);
    g.lineTo(x, port.height + port.scroll);
    g.stroke();
    g.setLineDash([]);
    g.font = '600 12px system-ui, sans-serif';
    g.textAlign = x > port.width - 200 ? 'right' : 'left';
    g.fillText(`⚠ ${violation.check}`, x + (g.textAlign === 'right' ? -5 : 5), kTop + 22);
  }
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @param {Float64Array} y */
function draw_selection(g, { run, port, palette, selected, clock, story }, y) {
  const moment = clock >= 0 ? clock : selected >= 0 ? run.t[selected] : -1;
  if (moment < 0) return;
  const x = port.x(moment);
  g.strokeStyle = palette.select;
  g.globalAlpha = 0.5;
  g.lineWidth = 1;
  g.setLineDash([1, 2]);
  g.beginPath();
  g.moveTo(x, kTop - 8);
  g.lineTo(x, port.height + port.scroll);
  g.stroke();
  g.setLineDash([]);
  g.globalAlpha = 1;
  if (selected < 0) return;
  const ring = (/** @type {number} */ row) => {
    if (row < 0 || run.node[row] < 0 || Number.isNaN(y[run.node[row]])) return;
    g.lineWidth = 2;
    g.beginPath();
    g.arc(port.x(run.t[row]), y[run.node[row]], 8, 0, 7);
    g.stroke();
  };
  ring(selected);
  ring(story.delivered[selected]);
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

export { draw, first_of, kMostArrows, shape_at };
