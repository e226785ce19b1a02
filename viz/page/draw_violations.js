// A violation in its place: a line at its moment, and beside it what shows it. Of an invariant: its sides, each a letter on the lane
// of who has or does it, with its words. Of a history: the checker's window, each operation framed on its client's lane.

import { first_row, kGutter, kTop, duration_text } from './view_port.js';

/** @typedef {import('./draw.js').Scene} Scene @typedef {import('./draw.js').Shape} Shape @typedef {import('./unpack.js').Run} Run
 * @typedef {import('./unpack.js').Violation} Violation */

/** A, B, .. Z, A1, .. @param {number} k */
const letter_of = (k) => String.fromCharCode(65 + (k % 26)) + (k < 26 ? '' : Math.floor(k / 26));

/** The row of what a side names; -1: none does. @param {Run} run @param {number} seq */
function row_of(run, seq) {
  if (!seq) return -1;
  const row = first_row(run.seq, seq);
  return run.seq[row] === seq ? row : -1;
}

/** Where a client asked for what a window holds. @param {Run} run @param {{node: number, from: number}} op */
function row_of_operation(run, op) {
  const first = Math.min(first_row(run.t, op.from), run.n - 1);
  for (let i = first; i < run.n && run.t[i] === op.from; ++i) if (run.node[i] === op.node) return i;
  return first;
}

/** The event at which one looks at a violation. @param {Run} run @param {Violation} violation */
function row_of_violation(run, violation) {
  const row = row_of(run, violation.seq);
  if (row >= 0) return row;
  const last = violation.window?.at(-1);
  return last ? row_of_operation(run, last) : Math.min(first_row(run.t, violation.t), run.n - 1);
}

/** From when to when an explanation goes. @param {Run} run @param {Violation} violation @returns {[number, number]} */
function extent_of(run, violation) {
  const times = [violation.t];
  for (const side of violation.sides ?? []) {
    const row = row_of(run, side.seq);
    if (row >= 0) times.push(run.t[row]);
  }
  for (const op of violation.window ?? []) times.push(op.from, Math.max(op.from, op.until));
  return [Math.min(...times), Math.max(...times)];
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @param {Shape[]} shapes */
function draw_violations(g, scene, shapes) {
  const { run, port, palette } = scene;
  run.meta.violations.forEach((violation, k) => {
    const x = port.x(violation.t);
    const together = run.meta.violations.filter((other) => other.t === violation.t);
    if (together[0] === violation && x >= kGutter && x <= port.width) draw_moment(g, scene, together.map((one) => one.check).join(', '), x);
    if (k !== scene.violation) return;
    g.strokeStyle = g.fillStyle = palette.fault;
    draw_sides(g, scene, violation, shapes);
    draw_window(g, scene, violation, shapes);
  });
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @param {string} name @param {number} x */
function draw_moment(g, { port, palette }, name, x) {
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
  g.fillText(`⚠ ${name}`, x + (g.textAlign === 'right' ? -5 : 5), kTop + port.scroll - 2);
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @param {Violation} violation @param {Shape[]} shapes */
function draw_sides(g, { run, port, palette, lanes }, violation, shapes) {
  const moment = port.x(violation.t);
  /** @type {Map<number, number>} how many stand on a lane already */
  const on_lane = new Map();
  (violation.sides ?? []).forEach((side, k) => {
    const lane = lanes.find((one) => one.node === side.node);
    if (!lane) return;
    const row = row_of(run, side.seq);
    const t = row >= 0 ? run.t[row] : violation.t;
    const true_x = port.x(t);
    const x = Math.max(kGutter + 12, Math.min(port.width - 12, true_x));
    const step = on_lane.get(side.node) ?? 0;
    on_lane.set(side.node, step + 1);
    const middle = lane.y + lane.height / 2;
    const y = middle + step * 22;
    // From then to the violation it has stayed so.
    g.strokeStyle = palette.fault;
    g.lineWidth = 1.5;
    g.setLineDash([3, 3]);
    g.beginPath();
    g.moveTo(x, y);
    g.lineTo(Math.max(kGutter, Math.min(port.width, moment)), y);
    g.stroke();
    g.setLineDash([]);
    const away = x === true_x ? '' : ` (${duration_text(Math.abs(violation.t - t))} ${t < violation.t ? 'earlier ◀' : 'later ▶'})`;
    draw_letter(g, palette, letter_of(k), x, y);
    draw_words(g, port, palette, `${side.says}${away}`, x, y);
    if (row >= 0) shapes.push({ row, x1: x - 8, y1: y, x2: x + 8, y2: y });
  });
}

/** @param {CanvasRenderingContext2D} g @param {import('./palette.js').Palette} palette @param {string} letter @param {number} x
 * @param {number} y */
function draw_letter(g, palette, letter, x, y) {
  g.fillStyle = palette.fault;
  g.beginPath();
  g.arc(x, y, 9, 0, 7);
  g.fill();
  g.fillStyle = palette.ground;
  g.font = '700 11px system-ui, sans-serif';
  g.textAlign = 'center';
  g.fillText(letter, x, y + 4);
}

/** In a frame beside its letter: to the right, or where there is no room, to the left.
 * @param {CanvasRenderingContext2D} g @param {import('./view_port.js').ViewPort} port @param {import('./palette.js').Palette} palette
 * @param {string} words @param {number} x @param {number} y */
function draw_words(g, port, palette, words, x, y) {
  g.font = '600 12px system-ui, sans-serif';
  let text = words;
  const most = Math.max(80, Math.max(x - kGutter, port.width - x) - 24);
  while (text.length > 8 && g.measureText(text).width > most) text = `${text.slice(0, -6)}…`;
  const width = g.measureText(text).width + 12;
  const left = x + 12 + width < port.width ? x + 12 : x - 12 - width;
  g.fillStyle = palette.ground;
  g.globalAlpha = 0.93;
  g.fillRect(left, y - 10, width, 20);
  g.globalAlpha = 1;
  g.strokeStyle = palette.fault;
  g.lineWidth = 1.5;
  g.strokeRect(left, y - 10, width, 20);
  g.fillStyle = palette.ink;
  g.textAlign = 'left';
  g.fillText(text, left + 6, y + 4);
}

/** @param {CanvasRenderingContext2D} g @param {Scene} scene @param {Violation} violation @param {Shape[]} shapes */
function draw_window(g, scene, violation, shapes) {
  const { run, port, palette, lanes } = scene;
  const operations = violation.window ?? [];
  if (operations.length === 0) return;
  const [from, to] = extent_of(run, violation);
  draw_bracket(g, port, palette, port.x(from), port.x(to), `what the checker of ${violation.check} looks at`);
  operations.forEach((op, k) => {
    const lane = lanes.find((one) => one.node === op.node);
    if (!lane) return;
    const h = Math.min(20, Math.max(8, lane.height * 0.75));
    const y = lane.y + (lane.height - h) / 2;
    const x1 = Math.max(kGutter, port.x(op.from));
    const x2 = Math.min(port.width, op.until < 0 ? port.width : port.x(op.until));
    if (x2 < kGutter || x1 > port.width) return;
    g.strokeStyle = palette.fault;
    g.lineWidth = 2.5;
    g.setLineDash(op.until < 0 ? [6, 3] : []);
    g.strokeRect(x1, y, Math.max(3, x2 - x1), h);
    g.setLineDash([]);
    draw_letter(g, palette, letter_of(k), x1, y + h / 2);
    draw_words(g, port, palette, `${op.what} → ${op.outcome}`, Math.max(x1, x2 - 6), y + h / 2);
    shapes.push({ row: row_of_operation(run, op), x1, y1: y + h / 2, x2, y2: y + h / 2 });
  });
}

/** @param {CanvasRenderingContext2D} g @param {import('./view_port.js').ViewPort} port @param {import('./palette.js').Palette} palette
 * @param {number} x1 @param {number} x2 @param {string} says */
function draw_bracket(g, port, palette, x1, x2, says) {
  const y = kTop + port.scroll + 12;
  const [left, right] = [Math.max(kGutter, x1), Math.min(port.width, Math.max(x2, x1 + 4))];
  if (right < kGutter || left > port.width) return;
  g.strokeStyle = g.fillStyle = palette.fault;
  g.lineWidth = 2;
  g.beginPath();
  g.moveTo(left, y + 8);
  g.lineTo(left, y);
  g.lineTo(right, y);
  g.lineTo(right, y + 8);
  g.stroke();
  g.font = '600 11px system-ui, sans-serif';
  g.textAlign = 'left';
  g.fillText(says, left + 4, y + 13);
}

export { draw_violations, extent_of, letter_of, row_of, row_of_operation, row_of_violation };
