// Marks on the lanes: syncs of the log, proposals, commits, crashes, violations, the selection.

import { first_row, kGutter, kTop } from './view_port.js';

/** @typedef {import('./draw.js').Scene} Scene @typedef {import('./draw.js').Shape} Shape @typedef {import('./view_port.js').Lane} Lane */

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
  killed: '✖ killed', 'power-lost': '⚡ power lost', 'power-back': '△ power back', started: '▶ start', exited: '■ exit', paused: '❚❚ paused',
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

/** @param {CanvasRenderingContext2D} g @param {number} x @param {number} y @param {number} s */
function cross(g, x, y, s) {
  g.beginPath();
  g.moveTo(x - s, y - s);
  g.lineTo(x + s, y + s);
  g.moveTo(x + s, y - s);
  g.lineTo(x - s, y + s);
  g.stroke();
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

export { cross, draw_marks, draw_selection, draw_small, first_of };
