// Which part of the run is on the canvas: time to the right, lanes downwards.

/** @typedef {import('./story.js').Story} Story */
/** @typedef {{node: number, name: string, server: boolean, y: number, height: number, group: string}} Lane group: its name, at the first
 * of each */

const kGutter = 150; // left of the picture: names
const kTop = 28; // above it: the clock
const kGroupGap = 16; // between servers and clients

class ViewPort {
  /** @param {number} end ns */
  constructor(end) {
    this.end = Math.max(end, 1);
    this.from = 0;
    this.to = this.end;
    this.width = 800;
    this.height = 400;
    this.scroll = 0;
  }
  /** @param {number} width @param {number} height */
  resize(width, height) {
    this.width = Math.max(width, kGutter + 50);
    this.height = Math.max(height, 80);
  }
  get span() {
    return this.to - this.from;
  }
  /** @param {number} t */
  x(t) {
    return kGutter + ((t - this.from) / this.span) * (this.width - kGutter);
  }
  /** @param {number} x */
  t(x) {
    return this.from + ((x - kGutter) / (this.width - kGutter)) * this.span;
  }
  /** Shows [from, to]; never less than a microsecond, never much beyond the run. @param {number} from @param {number} to */
  show(from, to) {
    const span = Math.min(Math.max(to - from, 1000), this.end * 1.05 + 1000);
    const middle = (from + to) / 2;
    // Behind the end there is room for the words of what was seen there.
    const begin = Math.max(-span * 0.05, Math.min(middle - span / 2, this.end - span * 0.6));
    this.from = begin;
    this.to = begin + span;
  }
  all() {
    this.show(-this.end * 0.01, this.end * 1.01);
  }
  /** @param {number} factor above 1: farther away @param {number} at the moment that stays where it is */
  zoom(factor, at = (this.from + this.to) / 2) {
    this.show(at - (at - this.from) * factor, at + (this.to - at) * factor);
  }
  /** @param {number} share of the window */
  pan(share) {
    this.show(this.from + share * this.span, this.to + share * this.span);
  }
  /** Moves as little as needed. @param {number} t */
  reveal(t) {
    const margin = this.span * 0.1;
    if (t < this.from + margin || t > this.to - margin) this.show(t - this.span / 2, t + this.span / 2);
  }
}

/**
 * Lanes share the height; below a least height they scroll. Servers stand together, and so do clients.
 * @param {import('./unpack.js').Run} run @param {number[]} order @param {Set<number>} hidden @param {number} height
 * @returns {Lane[]}
 */
function lay_out(run, order, hidden, height) {
  const shown = order.filter((node) => !hidden.has(node));
  const nodes = run.meta.header.nodes;
  const weight = (/** @type {number} */ node) => (nodes[node].sid ? 2 : 1);
  const total = shown.reduce((sum, node) => sum + weight(node), 0);
  const groups = new Set(shown.map((node) => Boolean(nodes[node].sid))).size;
  const unit = Math.max(12, Math.min(60, (height - kTop - 8 - groups * kGroupGap) / Math.max(1, total)));
  let y = kTop;
  return shown.map((node, i) => {
    const server = Boolean(nodes[node].sid);
    const first = i === 0 || Boolean(nodes[shown[i - 1]].sid) !== server;
    if (first) y += kGroupGap;
    const count = shown.filter((other) => Boolean(nodes[other].sid) === server).length;
    const group = first ? `${count} ${server ? 'server' : 'client'}${count === 1 ? '' : 's'}` : '';
    const lane = { node, name: name_of(run, node), server, y, height: unit * weight(node), group };
    y += lane.height;
    return lane;
  });
}

/** @param {import('./unpack.js').Run} run @param {number} node */
function name_of(run, node) {
  if (node < 0) return 'the world';
  const of = run.meta.header.nodes[node];
  return `${of.sid ? `server ${of.sid}` : of.name}${of.run ? ` ${of.run}` : ''}`;
}

/** @param {Float64Array} t ascending @param {number} at @returns {number} the first row not before it */
function first_row(t, at) {
  let low = 0;
  let high = t.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (t[middle] < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Marks of the clock: [ns, text]. @param {number} from @param {number} to @param {number} most @returns {[number, string][]} */
function ticks(from, to, most) {
  const rough = (to - from) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough) ?? power * 10;
  /** @type {[number, string][]} */
  const out = [];
  for (let k = Math.ceil(Math.max(0, from) / step); k * step <= to; ++k) out.push([k * step, time_text(k * step, step)]);
  return out;
}

/** Seconds, with as many digits as the step needs. @param {number} ns @param {number} step ns */
function time_text(ns, step = 1000) {
  const digits = Math.max(0, Math.min(9, Math.ceil(9 - Math.log10(Math.max(1, step)))));
  return `${(ns / 1e9).toFixed(digits)} s`;
}

/** A length of time for a reader. @param {number} ns */
function duration_text(ns) {
  if (ns < 1000) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toFixed(1)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(3)} ms`;
  return `${(ns / 1e9).toFixed(3)} s`;
}

export { ViewPort, duration_text, first_row, kGutter, kTop, lay_out, name_of, ticks, time_text };
