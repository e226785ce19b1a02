// What one types to find events: words, all of which must fit.
//   PROPOSAL            a kind, message, note or text that contains it
//   server:2 node:client1 kind:killed zxid:0x100000004 epoch:2 session:0x1000000000 seq:4711 t>3.5 t<4

import { zxid_text } from './server_state.js';
import { name_of } from './view_port.js';

/** @typedef {import('./unpack.js').Run} Run */

/** Zxids are told by what carries one: bytes, disk operations, and notes that are about a transaction. */
const kZxidNotes = new Set(['looking', 'proposed', 'committed', 'snapshot-written', 'truncated', 'logged', 'delivered']);

/** @param {Run} run @returns {(row: number) => number} NaN: none */
function zxid_reader(run) {
  const field = run.meta.kinds.map((kind) => kind.fields.indexOf('zxid'));
  const note = run.meta.kinds.findIndex((kind) => kind.name === 'note');
  const of_note = run.meta.notes.map((name) => kZxidNotes.has(name));
  return (row) => {
    const kind = run.kind[row];
    if (kind === note) return of_note[run.f[0][row]] ? run.f[1][row] : NaN;
    return field[kind] < 0 ? NaN : run.f[field[kind]][row];
  };
}

/** @param {Run} run @param {string} word @returns {(row: number) => boolean} */
function word_test(run, word) {
  const lower = word.toLowerCase();
  const kinds = run.meta.kinds.map((kind) => kind.name.includes(lower));
  const labels = run.meta.labels.map((label, i) => i > 0 && label.toLowerCase().includes(lower));
  const notes = run.meta.notes.map((name) => name.includes(lower));
  const note = run.meta.kinds.findIndex((kind) => kind.name === 'note');
  return (row) => kinds[run.kind[row]] || labels[run.label[row]] || (run.kind[row] === note && notes[run.f[0][row]]) ||
    Boolean(run.text.get(row)?.toLowerCase().includes(lower));
}

/** @type {Record<string, (run: Run, value: string) => (row: number) => boolean>} */
const kFilters = {
  kind: (run, value) => {
    const fits = run.meta.kinds.map((kind) => kind.name === value);
    const label = run.meta.labels.findIndex((name) => name.toLowerCase() === value);
    return (row) => fits[run.kind[row]] || (label > 0 && run.label[row] === label);
  },
  server: (run, value) => {
    const fits = run.meta.header.nodes.map((node) => Boolean(node.sid) && (String(node.sid) === value || node.name === value));
    return (row) => run.node[row] >= 0 && fits[run.node[row]];
  },
  node: (run, value) => {
    const fits = run.meta.header.nodes.map((node) => node.name === value || name_of(run, node.id) === value);
    return (row) => run.node[row] >= 0 && fits[run.node[row]];
  },
  zxid: (run, value) => {
    const of = zxid_reader(run);
    return (row) => zxid_text(of(row)) === value;
  },
  epoch: (run, value) => {
    const of = zxid_reader(run);
    return (row) => Math.floor(of(row) / 2 ** 32) === Number(value);
  },
  session: (run, value) => {
    const wanted = /^(0x)?[0-9a-f]+$/i.test(value) ? BigInt(value.startsWith('0x') ? value : `0x${value}`).toString() : '';
    return (row) => [0, 1, 2, 3].some((field) => (run.exact.get(4 * row + field) ?? String(run.f[field][row])) === wanted);
  },
  seq: (run, value) => (row) => run.seq[row] === Number(value),
};

/**
 * @param {Run} run @param {string} query
 * @returns {((row: number) => boolean) | null} null: nothing is asked
 */
function parse_query(run, query) {
  const tests = query.trim().split(/\s+/).filter(Boolean).map((word) => {
    const time = /^t([<>])([0-9.]+)s?$/.exec(word);
    if (time) {
      const at = Number(time[2]) * 1e9;
      return time[1] === '<' ? (/** @type {number} */ row) => run.t[row] < at : (/** @type {number} */ row) => run.t[row] > at;
    }
    const colon = word.indexOf(':');
    const filter = colon > 0 ? kFilters[word.slice(0, colon)] : undefined;
    return filter ? filter(run, word.slice(colon + 1).toLowerCase()) : word_test(run, word);
  });
  if (tests.length === 0) return null;
  return (row) => tests.every((test) => test(row));
}

/** @param {Run} run @param {string} query */
function search(run, query) {
  const test = parse_query(run, query);
  if (!test) return null;
  const hits = new Uint8Array(run.n);
  let count = 0;
  for (let i = 0; i < run.n; ++i) if (test(i)) hits[i] = 1, ++count;
  return { hits, count };
}

export { parse_query, search, zxid_reader };
