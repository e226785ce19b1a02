// What a run was, found in one pass over its events: bars of role and phase, messages with both ends, operations of clients,
// cuts between hosts, causes and effects.

import { coarse_counts } from './density.js';
import { apply_event, copy_state, fresh_state, state_rules } from './server_state.js';

/**
 * @typedef {import('./unpack.js').Run} Run
 * @typedef {import('./server_state.js').ServerState} ServerState
 * @typedef {{from: number, to: number, role: string, phase: string, epoch: number, leader: number, first: number}} Bar
 * @typedef {{client: number, submit: number, answer: number, outcome: string, name: string, path: string}} Operation submit and
 *   answer: rows, -1: none; outcome: ok, unknown, none, or the error's name
 * @typedef {{a: number, b: number, from: number, to: number, row: number, end: number}} Cut between two nodes
 * @typedef {{
 *   bars: Bar[][], delivered: Int32Array, firstEffect: Int32Array, nextEffect: Int32Array, durable: Int32Array,
 *   operations: Operation[], cuts: Cut[], marks: Int32Array, rare: Int32Array, checkpoints: ServerState[][],
 *   lanes: number[], end: number, category: Uint8Array, coarse: Uint32Array
 * }} Story bars: by node; delivered: of what was sent, the row where its last byte arrived, -1: nowhere, or kOutside; durable: of a
 *   disk operation, where it was done; marks: rows that a picture always shows; rare: rows of what was sent that is no traffic of
 *   the broadcast; coarse: events by node and bucket of time
 */

const kCheckpointEvery = 4096;

// What a message is about, by label; its colour, dash and head go by this.
const kCategories = ['other', 'election', 'discovery', 'synchronization', 'proposal', 'ack', 'commit', 'ping', 'client'];
const kCategoryOf = {
  'election-header': 'election', notification: 'election',
  FOLLOWERINFO: 'discovery', LEADERINFO: 'discovery', ACKEPOCH: 'discovery',
  DIFF: 'synchronization', TRUNC: 'synchronization', SNAP: 'synchronization', 'snap-bytes': 'synchronization',
  NEWLEADER: 'synchronization', 'ACK-NEWLEADER': 'synchronization', UPTODATE: 'synchronization',
  PROPOSAL: 'proposal', ACK: 'ack', COMMIT: 'commit', INFORM: 'commit', PING: 'ping',
  REQUEST: 'client', SYNC: 'client', REVALIDATE: 'client', 'connect-request': 'client', 'connect-response': 'client',
  'client-request': 'client', 'client-reply': 'client', 'watch-event': 'client',
};
const kRare = new Set(['election', 'discovery', 'synchronization']);

const kMarkKinds = new Set([
  'started', 'recovery-refused', 'disk-failed', 'exited', 'killed', 'power-lost', 'power-back', 'wiped', 'paused', 'resumed',
  'stop', 'cut', 'healed', 'link-changed', 'link-restored', 'connections-reset', 'refusing', 'disk-slowed', 'disk-fault',
  'disk-faults-cleared', 'disk-capacity', 'clock-drift', 'clock-step', 'end-session', 'dropped', 'bind-failed',
]);
const kMarkNotes = new Set([
  'elected', 'leading', 'established', 'serving', 'stepped-down', 'learner-lost', 'session-expired', 'session-moved',
  'truncated', 'snapshot-written', 'expired', 'disconnected', 'connected',
]);

/** Names of kinds and labels as numbers. @param {Run} run */
function index_of(run) {
  const kinds = new Map(run.meta.kinds.map((kind, i) => [kind.name, i]));
  const labels = new Map(run.meta.labels.map((label, i) => [label, i]));
  return {
    kind: (/** @type {string} */ name) => kinds.get(name) ?? 255,
    label: (/** @type {string} */ name) => labels.get(name) ?? 255,
  };
}

/** Bars of every server, and its state every some thousand events. @param {Run} run */
function fold_servers(run) {
  const rules = state_rules(run);
  const nodes = run.meta.header.nodes;
  const size = nodes.reduce((most, node) => Math.max(most, node.id), 0) + 1;
  const server = new Uint8Array(size);
  for (const node of nodes) server[node.id] = node.sid ? 1 : 0;
  const states = Array.from({ length: size }, fresh_state);
  /** @type {Bar[][]} */
  const bars = states.map(() => []);
  /** @type {ServerState[][]} */
  const checkpoints = [];
  for (let i = 0; i < run.n; ++i) {
    if (i % kCheckpointEvery === 0) checkpoints.push(states.map(copy_state));
    const p = run.node[i];
    if (p < 0 || !server[p]) continue;
    const state = states[p];
    apply_event(state, run, i, rules);
    const of = bars[p];
    const last = of[of.length - 1];
    const epoch = state.currentEpoch;
    const same = last && last.role === state.role && last.phase === state.phase;
    if (same && Object.is(last.epoch, epoch) && Object.is(last.leader, state.leader)) continue;
    if (last) last.to = run.t[i];
    of.push({ from: run.t[i], to: Infinity, role: state.role, phase: state.phase, epoch, leader: state.leader, first: i });
  }
  // What a simulated server was holds to the end; of a running one nobody knows more than its own file tells.
  if (!run.meta.header.scenario) {
    for (const [node, row] of last_rows(run)) {
      const last = bars[node].at(-1);
      if (last) last.to = run.t[row];
    }
  }
  return { bars, checkpoints };
}

/** The state of every node just after a row. @param {Run} run @param {Story} story @param {number} row @returns {ServerState[]} */
function states_at(run, story, row) {
  const rules = state_rules(run);
  const begin = Math.floor(Math.max(0, row) / kCheckpointEvery);
  if (!story.checkpoints[begin]) return [];
  const states = story.checkpoints[begin].map(copy_state);
  for (let i = begin * kCheckpointEvery; i <= row; ++i) {
    const p = run.node[i];
    if (p >= 0 && states[p]) apply_event(states[p], run, i, rules);
  }
  return states;
}

const kOutside = -2; // in `delivered`: the other end is not in this trace

/** A running server's clients write no trace: what it sends on a stream of which nothing is received here was not lost.
 * @param {Run} run @param {number} send @param {number} received @param {Int32Array} delivered */
function mark_outside(run, send, received, delivered) {
  if (run.meta.header.scenario) return;
  const known = new Uint8Array(run.meta.streams);
  for (let i = 0; i < run.n; ++i) if (run.kind[i] === received && run.cause[i] >= 0 && run.stream[i] >= 0) known[run.stream[i]] = 1;
  for (let i = 0; i < run.n; ++i) if (run.kind[i] === send && run.stream[i] >= 0 && !known[run.stream[i]]) delivered[i] = kOutside;
}

/** @param {Run} run */
function link_effects(run) {
  const firstEffect = new Int32Array(run.n).fill(-1);
  const nextEffect = new Int32Array(run.n).fill(-1);
  const delivered = new Int32Array(run.n).fill(-1);
  const durable = new Int32Array(run.n).fill(-1);
  const index = index_of(run);
  const [send, received, disk, done] = ['send', 'received', 'disk', 'durable'].map(index.kind);
  for (let i = run.n - 1; i >= 0; --i) {
    const cause = run.cause[i];
    if (cause < 0) continue;
    nextEffect[i] = firstEffect[cause];
    firstEffect[cause] = i;
    if (run.kind[i] === received && run.kind[cause] === send && delivered[cause] < 0) delivered[cause] = i;
  }
  mark_outside(run, send, received, delivered);
  const waiting = new Map();
  const name = (/** @type {number} */ i) => (run.node[i] * 4 + run.f[0][i]) * 2 ** 32 + run.f[1][i];
  for (let i = 0; i < run.n; ++i) {
    if (run.kind[i] === disk) waiting.set(name(i), i);
    if (run.kind[i] !== done) continue;
    const begun = waiting.get(name(i));
    if (begun === undefined) continue;
    durable[begun] = i;
    waiting.delete(name(i));
  }
  return { firstEffect, nextEffect, delivered, durable };
}

/**
 * Operations of clients, as the trace tells them: a request by its token, and which requests a later event of the same client
 * answered (`#3 ok 0x100000004, #4 NoNode, #5 unknown`).
 * @param {Run} run @returns {Operation[]}
 */
function find_operations(run) {
  const submit = index_of(run).kind('submit');
  const names = run.meta.names.request ?? [];
  /** @type {Operation[]} */
  const out = [];
  /** @type {Map<number, Operation>} */
  const open = new Map();
  const key = (/** @type {number} */ node, /** @type {number} */ token) => node * 2 ** 40 + token;
  for (const row of run_rows(run, submit)) {
    if (!(run.f[0][row] > 0)) continue; // a recipe's step, which asks on its own
    const name = names[run.f[1][row]] ?? `request ${run.f[1][row]}`;
    const operation = { client: run.node[row], submit: row, answer: -1, outcome: 'none', name, path: run.text.get(row) ?? '' };
    out.push(operation);
    open.set(key(run.node[row], run.f[0][row]), operation);
  }
  for (const [row, text] of run.text) {
    if (row >= run.n || !text.includes('#')) continue;
    for (const [, token, outcome] of text.matchAll(/#([0-9]+) ([A-Za-z]+)/g)) {
      const operation = open.get(key(run.node[row], Number(token)));
      if (!operation || operation.answer >= 0) continue;
      operation.answer = row;
      operation.outcome = outcome;
    }
  }
  return out;
}

/** The last row of each node. @param {Run} run @returns {Map<number, number>} */
function last_rows(run) {
  /** @type {Map<number, number>} */
  const out = new Map();
  for (let i = 0; i < run.n; ++i) if (run.node[i] >= 0) out.set(run.node[i], i);
  return out;
}

/** @param {Run} run @param {number} kind */
function* run_rows(run, kind) {
  for (let i = 0; i < run.n; ++i) if (run.kind[i] === kind) yield i;
}

/** @param {Run} run @returns {Cut[]} */
function find_cuts(run) {
  const index = index_of(run);
  const [cut, healed] = ['cut', 'healed'].map(index.kind);
  /** @type {Map<number, number>} */
  const node_on = new Map(run.meta.header.nodes.map((node) => [node.host, node.id]));
  /** @type {Map<string, Cut>} */
  const open = new Map();
  /** @type {Cut[]} */
  const out = [];
  for (let i = 0; i < run.n; ++i) {
    if (run.kind[i] !== cut && run.kind[i] !== healed) continue;
    const a = node_on.get(run.f[0][i]);
    const b = node_on.get(run.f[1][i]);
    if (a === undefined || b === undefined) continue;
    const name = `${a}>${b}`;
    const was = open.get(name);
    if (run.kind[i] === cut && !was) {
      const begun = { a, b, from: run.t[i], to: Infinity, row: i, end: -1 };
      open.set(name, begun);
      out.push(begun);
    } else if (run.kind[i] === healed && was) {
      was.to = run.t[i];
      was.end = i;
      open.delete(name);
    }
  }
  return out;
}

/** @param {Run} run */
function find_marks(run) {
  const index = index_of(run);
  const note = index.kind('note');
  const send = index.kind('send');
  const mark_kind = run.meta.kinds.map((kind) => kMarkKinds.has(kind.name));
  const mark_note = run.meta.notes.map((name) => kMarkNotes.has(name));
  const category_of_label = run.meta.labels.map((label) => kCategories.indexOf(kCategoryOf[label] ?? 'other'));
  const category = new Uint8Array(run.n);
  const marks = [];
  const rare = [];
  for (let i = 0; i < run.n; ++i) {
    category[i] = category_of_label[run.label[i]];
    if (mark_kind[run.kind[i]] || (run.kind[i] === note && mark_note[run.f[0][i]])) marks.push(i);
    if (run.kind[i] === send && kRare.has(kCategories[category[i]])) rare.push(i);
  }
  return { category, marks: Int32Array.from(marks), rare: Int32Array.from(rare) };
}

/** Servers first, each group in the order of the header; of two runs, A's lane above B's. @param {Run} run */
function order_lanes(run) {
  const nodes = run.meta.header.nodes;
  const place = (/** @type {import('./unpack.js').TraceNode} */ node) =>
    nodes.filter((other) => other.run === node.run && other.id <= node.id).length + (node.sid ? 0 : nodes.length);
  return [...nodes].sort((a, b) => place(a) - place(b) || a.id - b.id).map((node) => node.id);
}

/** @param {Run} run @returns {Story} */
function tell_story(run) {
  const effects = link_effects(run);
  return {
    ...fold_servers(run),
    ...effects,
    ...find_marks(run),
    operations: find_operations(run),
    cuts: find_cuts(run),
    lanes: order_lanes(run),
    end: run.n ? run.t[run.n - 1] : 0,
    coarse: coarse_counts(run, run.n ? run.t[run.n - 1] : 0),
  };
}

export { index_of, kCategories, kCategoryOf, kOutside, states_at, tell_story };
