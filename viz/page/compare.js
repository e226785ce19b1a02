// Two runs as one picture: the lanes of each server side by side, A above B, and where they first differ.

import { sentence } from './describe.js';

/** @typedef {import('./unpack.js').Run} Run */

const kHostFields = new Set(['from', 'to', 'peer', 'host']);

/** What a node did, without when: equal in two runs as long as they go the same way. @param {Run} run @param {number} i */
function identity(run, i) {
  const kind = run.meta.kinds[run.kind[i]];
  const parts = [kind.name, run.label[i]];
  kind.fields.forEach((name, field) => {
    if (name === 'zxid' || name === 'note' || kind.name === 'note') parts.push(run.exact.get(4 * i + field) ?? run.f[field][i]);
  });
  parts.push(run.text.get(i) ?? '');
  return parts.join(' ');
}

/** Of a node, the rows that are compared: with one seed all that it was told and said, or else what it decided.
 * @param {Run} run @param {number} node @param {boolean} all */
function rows_of(run, node, all) {
  const note = run.meta.kinds.findIndex((kind) => kind.name === 'note');
  const decided = run.meta.kinds.map((kind) => ['started', 'killed', 'power-lost', 'exited', 'paused'].includes(kind.name));
  const out = [];
  for (let i = 0; i < run.n; ++i) {
    if (run.node[i] === node && (all || run.kind[i] === note || decided[run.kind[i]])) out.push(i);
  }
  return out;
}

/**
 * The first event of either run that the other does not have in its place, node by node; the earliest of them. Rows; -1: that
 * run was over.
 * @param {Run} a @param {Run} b
 * @returns {{node: number, a: number, b: number} | null} null: none
 */
function first_difference(a, b) {
  const same_seed = a.meta.header.seed === b.meta.header.seed;
  /** @type {{node: number, a: number, b: number, t: number} | null} */
  let first = null;
  for (let node = 0; node < Math.min(a.meta.header.nodes.length, b.meta.header.nodes.length); ++node) {
    const [of_a, of_b] = [rows_of(a, node, same_seed), rows_of(b, node, same_seed)];
    let k = 0;
    while (k < of_a.length && k < of_b.length && identity(a, of_a[k]) === identity(b, of_b[k])) ++k;
    if (k === of_a.length && k === of_b.length) continue;
    const [row_a, row_b] = [of_a[k] ?? -1, of_b[k] ?? -1];
    const t = Math.min(row_a < 0 ? Infinity : a.t[row_a], row_b < 0 ? Infinity : b.t[row_b]);
    if (!first || t < first.t) first = { node, a: row_a, b: row_b, t };
  }
  return first && { node: first.node, a: first.a, b: first.b };
}

/** Both in order of time; what is A's at one instant comes first. @param {Run} a @param {Run} b */
function merge_order(a, b) {
  const of_a = new Int32Array(a.n);
  const of_b = new Int32Array(b.n);
  for (let i = 0, j = 0, at = 0; at < a.n + b.n; ++at) {
    if (j >= b.n || (i < a.n && a.t[i] <= b.t[j])) of_a[i++] = at;
    else of_b[j++] = at;
  }
  return { of_a, of_b };
}

/** @param {Run} run @param {string} name */
const nodes_named = (run, name) => run.meta.header.nodes.map((node) => ({ ...node, run: name }));

/**
 * One run that holds both: nodes of B are numbered behind those of A, and so are its hosts and streams. An event's number is its
 * row in the whole.
 * @param {Run} a @param {Run} b @returns {{run: Run, difference: {a: number, b: number} | null}} difference: rows of the whole
 */
function merge_runs(a, b) {
  const n = a.n + b.n;
  const shift = a.meta.header.nodes.length;
  const hosts = Math.max(0, ...a.meta.header.nodes.map((node) => node.host)) + 1;
  const { of_a, of_b } = merge_order(a, b);
  const of_other = nodes_named(b, 'B').map((node) => ({ ...node, id: node.id + shift, host: node.host + hosts }));
  const nodes = [...nodes_named(a, 'A'), ...of_other];
  const remarks = [`A: ${a.meta.file}`, `B: ${b.meta.file}`, ...a.meta.remarks, ...b.meta.remarks];
  /** @type {Run} */
  const out = {
    n, meta: { ...a.meta, rows: n, streams: a.meta.streams + b.meta.streams, remarks, violations: [], header: { ...a.meta.header, nodes } },
    t: new Float64Array(n), seq: Float64Array.from({ length: n }, (_, i) => i + 1), kind: new Uint8Array(n), node: new Int16Array(n),
    label: new Uint8Array(n), cause: new Int32Array(n), stream: new Int32Array(n), f: [0, 1, 2, 3].map(() => new Float64Array(n)),
    exact: new Map(), text: new Map(),
  };
  const texts = [];
  /** @param {Run} run @param {Int32Array} at where its rows stand @param {number} node_shift @param {number} host_shift */
  const take = (run, at, node_shift, host_shift) => {
    const host_field = run.meta.kinds.map((kind) => kind.fields.map((name) => Boolean(name && kHostFields.has(name))));
    for (let i = 0; i < run.n; ++i) {
      const to = at[i];
      out.t[to] = run.t[i];
      out.kind[to] = run.kind[i];
      out.label[to] = run.label[i];
      out.node[to] = run.node[i] < 0 ? -1 : run.node[i] + node_shift;
      out.cause[to] = run.cause[i] < 0 ? -1 : at[run.cause[i]];
      out.stream[to] = run.stream[i] < 0 ? -1 : run.stream[i] + (node_shift ? a.meta.streams : 0);
      for (let field = 0; field < 4; ++field) out.f[field][to] = run.f[field][i] + (host_field[run.kind[i]][field] ? host_shift : 0);
    }
    for (const [key, value] of run.exact) out.exact.set(4 * at[key >> 2] + (key & 3), value);
    for (const [row, text] of run.text) texts.push([at[row], text]);
    for (const violation of run.meta.violations) {
      out.meta.violations.push({
        ...violation,
        seq: row_of_seq(run, violation.seq, at),
        sides: violation.sides?.map((side) => ({ ...side, node: side.node + node_shift, seq: row_of_seq(run, side.seq, at) })),
        window: violation.window?.map((op) => ({ ...op, node: op.node + node_shift })),
      });
    }
  };
  take(a, of_a, 0, 0);
  take(b, of_b, shift, hosts);
  texts.sort(([one], [other]) => one - other);
  out.text = new Map(/** @type {any} */ (texts));
  const first = first_difference(a, b);
  const difference = first && { a: first.a < 0 ? -1 : of_a[first.a], b: first.b < 0 ? -1 : of_b[first.b] };
  return { run: out, difference };
}

/** @param {Run} run @param {number} seq @param {Int32Array} at */
function row_of_seq(run, seq, at) {
  const row = run.seq.indexOf(seq);
  return row < 0 ? 0 : at[row] + 1;
}

/**
 * Says where the runs first differ, as what `v` leads to first.
 * @param {Run} out @param {import('./story.js').Story} story @param {{a: number, b: number} | null} first
 */
function mark_difference(out, story, first) {
  if (!first) {
    out.meta.remarks.push('The two runs do not differ.');
    return;
  }
  const say = (/** @type {string} */ name, /** @type {number} */ row) => (row < 0 ? `${name} is over` : sentence(out, story, row));
  const row = first.a >= 0 ? first.a : first.b;
  const what = `${say('A', first.a)}; ${say('B', first.b)}`;
  out.meta.violations.unshift({ check: 'first difference', t: out.t[row], seq: row + 1, what });
}

export { first_difference, mark_difference, merge_runs };
