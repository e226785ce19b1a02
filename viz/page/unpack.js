// From the bytes in the page to a Run: the events of a trace as columns. viz/pack.cc writes what this reads; the table of
// predictions comes with the data, so that both sides follow one.

/**
 * @typedef {{name: string, fields: (string | null)[], guess: (Guess | null)[]}} Kind
 * @typedef {{by: string, plus?: number, end?: boolean, cause?: boolean}} Guess how a field is predicted: from the last value
 *   with the same key; `end`: where the last bytes ended; `cause`: of bytes received, from what was sent
 * @typedef {{id: number, host: number, name: string, sid?: number, run?: string}} TraceNode run: A or B, of two that are compared
 * @typedef {{
 *   rows: number, streams: number, bytes: number, kinds: Kind[], order: number[], labels: string[], notes: string[],
 *   names: Record<string, string[]>, bigs: string[],
 *   header: {seed: string, scenario: string, scenario_hash: string, commit: string, nodes: TraceNode[],
 *            server?: number, mistake?: string},
 *   complete: boolean, trace_hash: string, file: string, remarks: string[],
 *   violations: Violation[]
 * }} Meta
 * @typedef {{
 *   check: string, t: number, seq: number, what: string, promise?: string, why?: string[],
 *   sides?: {node: number, seq: number, says: string}[],
 *   window?: {node: number, from: number, until: number, what: string, outcome: string}[]
 * }} Violation sides: of an invariant, those that do not agree, seq 0: at that moment; why, window: of a history
 * @typedef {{
 *   n: number, meta: Meta, t: Float64Array, seq: Float64Array, kind: Uint8Array, node: Int16Array, label: Uint8Array,
 *   cause: Int32Array, stream: Int32Array, f: Float64Array[], exact: Map<number, string>, text: Map<number, string>
 * }} Run one row an event; node -1: the world; cause and stream -1: none; f: the four fields of its kind, NaN: left out;
 *   exact: by 4 * row + field, what a double cannot hold
 */

/** Reads unsigned numbers of 7 bits a byte, lowest first. */
class VarintReader {
  /** @param {Uint8Array} bytes */
  constructor(bytes) {
    this.bytes = bytes;
    this.at = 0;
  }
  next() {
    const bytes = this.bytes;
    let byte = bytes[this.at++];
    if (byte < 128) return byte;
    let value = byte & 127;
    let unit = 128;
    do {
      if (this.at >= bytes.length) throw new Error('the data of this page is cut');
      byte = bytes[this.at++];
      value += (byte & 127) * unit;
      unit *= 128;
    } while (byte >= 128);
    return value;
  }
  /** @param {number} count */
  raw(count) {
    if (this.at + count > this.bytes.length) throw new Error('the data of this page is cut');
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
}

/** @param {number} v */
const unzigzag = (v) => (v % 2 === 0 ? v / 2 : -(v + 1) / 2);

/**
 * The key of a row under a way of predicting; small and dense, so that what was last seen fits an array.
 * @param {string} by @param {Run} run @param {number} row
 */
function key_of(by, run, row) {
  switch (by) {
    case 'label': return run.label[row];
    case 'stream': return run.stream[row] + 1;
    case 'stream+label': return (run.stream[row] + 1) * 32 + run.label[row];
    case 'node': return run.node[row] + 1;
    case 'node+a': {
      const a = run.f[0][row];
      return (run.node[row] + 1) * 32 + (a >= 0 && a < 32 ? a : 31);
    }
    default: return 0;
  }
}

/** @param {string} by @param {Meta} meta */
function keys_of(by, meta) {
  const nodes = meta.header.nodes.reduce((most, node) => Math.max(most, node.id), 0) + 2;
  return { label: 32, stream: meta.streams + 1, 'stream+label': (meta.streams + 1) * 32, node: nodes, 'node+a': nodes * 32 }[by] ?? 1;
}

/** @param {VarintReader} from @param {Run} run @param {number} send index of the kind `send`, or -1 */
function read_common(from, run, send) {
  const { n, t, seq, node, cause, label, stream, kind } = run;
  kind.set(from.raw(n));
  for (let i = 0; i < n; ++i) node[i] = from.next() - 1; // 0: the world
  for (let i = 0, at = 0; i < n; ++i) t[i] = at += from.next();
  for (let i = 0, at = 0; i < n; ++i) seq[i] = at += from.next() + 1;
  for (let i = 0; i < n; ++i) {
    const back = from.next();
    cause[i] = back === 0 ? -1 : i - back;
  }
  const labels = from.raw(n);
  const last = new Int32Array(256).fill(-1);
  for (let i = 0; i < n; ++i) {
    const sent = cause[i] >= 0 && kind[cause[i]] === send && kind[i] !== send ? cause[i] : -1;
    label[i] = labels[i] ^ (sent >= 0 ? label[sent] : 0);
    stream[i] = (sent >= 0 ? stream[sent] : last[kind[i]]) + unzigzag(from.next());
    last[kind[i]] = stream[i];
  }
}

/** @param {VarintReader} from @param {Run} run @param {number} kind @param {number} field @param {number[]} rows */
function read_field(from, run, kind, field, rows) {
  const guess = run.meta.kinds[kind].guess[field] ?? { by: '' };
  const last = new Float64Array(keys_of(guess.by, run.meta));
  const out = run.f[field];
  const plus = guess.plus ?? 0;
  const send = guess.cause ? run.meta.kinds.findIndex((k) => k.name === 'send') : -2;
  for (const row of rows) {
    const code = from.next();
    if (code === 0) {
      out[row] = NaN;
      continue;
    }
    if (code === 1) {
      const text = run.meta.bigs[from.next()];
      run.exact.set(4 * row + field, text);
      out[row] = Number(text);
      continue;
    }
    const cause = run.cause[row];
    const sent = cause >= 0 && run.kind[cause] === send && !Number.isNaN(out[cause]) && !run.exact.has(4 * cause + field);
    const key = key_of(guess.by, run, row);
    const value = unzigzag(code - 2) + (sent ? out[cause] : last[key] + plus);
    out[row] = value;
    last[key] = guess.end ? value + run.f[1][row] : value;
  }
}

/** @param {VarintReader} from @param {Run} run */
function read_texts(from, run) {
  const count = from.next();
  if (count > run.n) throw new Error('the data of this page does not fit its description');
  const rows = new Int32Array(count);
  const lengths = new Int32Array(count);
  for (let i = 0, row = 0; i < count; ++i) rows[i] = row += from.next();
  for (let i = 0; i < count; ++i) lengths[i] = from.next();
  const all = new TextDecoder().decode(from.raw(from.bytes.length - from.at));
  let at = 0;
  for (let i = 0; i < count; ++i) run.text.set(rows[i], all.slice(at, at += lengths[i]));
  if (at > all.length) throw new Error('the data of this page is cut');
  if (at < all.length) throw new Error('the data of this page does not fit its description');
}

/**
 * @param {Meta} meta
 * @param {Uint8Array} bytes
 * @returns {Run}
 */
function unpack(meta, bytes) {
  const n = meta.rows;
  /** @type {Run} */
  const run = {
    n,
    meta,
    t: new Float64Array(n),
    seq: new Float64Array(n),
    kind: new Uint8Array(n),
    node: new Int16Array(n),
    label: new Uint8Array(n),
    cause: new Int32Array(n),
    stream: new Int32Array(n),
    f: [0, 1, 2, 3].map(() => new Float64Array(n).fill(NaN)),
    exact: new Map(),
    text: new Map(),
  };
  const from = new VarintReader(bytes);
  read_common(from, run, meta.kinds.findIndex((kind) => kind.name === 'send'));
  /** @type {number[][]} */
  const rows = meta.kinds.map(() => []);
  for (let i = 0; i < n; ++i) rows[run.kind[i]].push(i);
  for (const kind of meta.order) {
    for (let field = 0; field < 4; ++field) {
      if (meta.kinds[kind].fields[field]) read_field(from, run, kind, field, rows[kind]);
    }
  }
  read_texts(from, run);
  if (from.at !== bytes.length) throw new Error('the data of this page does not fit its description');
  return run;
}

export { VarintReader, unpack };
