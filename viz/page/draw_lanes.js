// What lies along the lanes: names, bars of role and phase, cuts between them, operations of clients.

import { kGutter, kTop } from './view_port.js';

/** @typedef {import('./draw.js').Scene} Scene @typedef {import('./draw.js').Shape} Shape @typedef {import('./view_port.js').Lane} Lane */

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
    if (lane.group) {
      g.font = '600 10px system-ui, sans-serif';
      g.fillStyle = palette.faint;
      g.fillText(lane.group.toUpperCase(), 10, lane.y - 4);
    }
    const most = Math.max(9, Math.min(14, lane.height * 0.6));
    g.font = `${lane.server ? 600 : 400} ${most}px system-ui, sans-serif`;
    // Names of sessions differ in their last digits.
    const size = Math.min(most, most * (kGutter - 20) / g.measureText(lane.name).width);
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
  }
}

/** What the bars are, in words; after the arrows, so that it stays readable. @param {CanvasRenderingContext2D} g @param {Scene} scene
 * @param {Lane} lane */
function draw_bar_names(g, { port, palette, story }, lane) {
  if (!lane.server || lane.height <= 30) return;
  const top = lane.y + lane.height / 2 - Math.max(5, Math.min(22, lane.height * 0.3)) / 2;
  g.font = '11px system-ui, sans-serif';
  g.textAlign = 'left';
  g.strokeStyle = palette.ground;
  g.fillStyle = palette.ink;
  g.lineWidth = 3;
  for (const bar of story.bars[lane.node]) {
    if (bar.role === 'down' || bar.to < port.from || bar.from > port.to) continue;
    const x1 = Math.max(kGutter, port.x(bar.from));
    const x2 = Math.min(port.width, port.x(Math.min(bar.to, story.end)));
    const text = `${bar.role}${bar.role === 'looking' ? '' : ` · ${bar.phase}`}${bar.epoch > 0 ? ` · epoch ${bar.epoch}` : ''}`;
    if (x2 - x1 < g.measureText(text).width + 8) continue;
    g.strokeText(text, x1 + 4, top - 5);
    g.fillText(text, x1 + 4, top - 5);
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

/** How an operation ended, as one sees it. @param {string} outcome */
const ended_well = (outcome) => outcome !== 'unknown' && outcome !== 'none';

/** Operations of clients: an open box from asking to answer; a broken one whose answer never came. @param {CanvasRenderingContext2D} g
 * @param {Scene} scene @param {Shape[]} shapes */
function draw_operations(g, { story, run, port, palette, lanes, cone }, shapes) {
  const at = new Map(lanes.map((lane) => [lane.node, lane]));
  const row = (/** @type {number} */ submit) => run.t[submit];
  // Operations are in the order of their submits; none lasts for ever, but some long.
  let low = 0;
  for (let high = story.operations.length; low < high;) {
    const middle = (low + high) >> 1;
    if (row(story.operations[middle].submit) < port.from - port.span - 10e9) low = middle + 1;
    else high = middle;
  }
  const pixel = new Int32Array(run.meta.header.nodes.length).fill(-10);
  let left = 1500;
  g.font = '10px system-ui, sans-serif';
  g.textAlign = 'left';
  for (let k = low; k < story.operations.length && left > 0; ++k) {
    const op = story.operations[k];
    if (run.t[op.submit] > port.to) break;
    const lane = at.get(op.client);
    if (!lane) continue;
    const end = op.answer >= 0 ? run.t[op.answer] : story.end;
    if (end < port.from) continue;
    const x1 = port.x(run.t[op.submit]);
    const x2 = Math.max(x1 + 1.5, port.x(end));
    // Many a pixel: one box stands for them.
    if (x2 < pixel[op.client] + 2) continue;
    pixel[op.client] = x2;
    --left;
    draw_operation(g, palette, lane, op, x1, x2, Boolean(cone && !cone.has(op.submit)), shapes);
  }
}

/** @param {CanvasRenderingContext2D} g @param {import('./palette.js').Palette} palette @param {Lane} lane
 * @param {import('./story.js').Operation} op @param {number} x1 @param {number} x2 @param {boolean} faded @param {Shape[]} shapes */
function draw_operation(g, palette, lane, op, x1, x2, faded, shapes) {
  const h = Math.min(16, lane.height * 0.6);
  const y = lane.y + (lane.height - h) / 2;
  const well = ended_well(op.outcome);
  g.globalAlpha = faded ? 0.25 : 1;
  g.strokeStyle = well ? palette.category[8] : palette.fault;
  g.setLineDash(well ? [] : [3, 2]);
  g.lineWidth = well ? 1 : 1.5;
  g.strokeRect(x1, y, x2 - x1, h);
  g.setLineDash([]);
  const sign = op.outcome === 'ok' ? '' : op.outcome === 'unknown' ? ' ?' : op.outcome === 'none' ? ' …' : ` ✗ ${op.outcome}`;
  const room = x2 - Math.max(x1, kGutter) - 6;
  const texts = room > 20 ? [`${op.name} ${op.path}${sign}`, `${op.name}${sign}`] : [];
  const text = texts.find((one) => g.measureText(one).width < room);
  if (text) {
    g.fillStyle = palette.ink;
    g.fillText(text, Math.max(kGutter, x1) + 3, y + h / 2 + 3.5);
  }
  shapes.push({ row: op.submit, x1, y1: y + h / 2, x2, y2: y + h / 2 });
  g.globalAlpha = 1;
}

export { draw_bar_names, draw_bars, draw_cuts, draw_names, draw_operations };
