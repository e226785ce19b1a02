// What a trace tells of one server at one instant: folded from its events, one after the other.

/**
 * @typedef {{
 *   up: boolean, power: boolean, paused: boolean, incarnation: number, role: string, phase: string, leader: number,
 *   acceptedEpoch: number, currentEpoch: number, round: number, vote: string, proposed: number, logging: number, logged: number,
 *   committed: number, sessions: number, peers: Map<number, Peer>, disk: {queue: number, operation: number, zxid: number, row: number}[]
 * }} ServerState zxids and epochs: NaN when the trace has not told yet; logging: the newest handed to the disk; disk: not yet durable;
 *   sessions: made here; peers: by connection
 * @typedef {{node: number, client: boolean, up: boolean}} Peer node: -1: not told; up: it stands, and is no dial under way
 * @typedef {import('./unpack.js').Run} Run
 */

/** @returns {ServerState} */
function fresh_state() {
  return {
    up: false, power: true, paused: false, incarnation: 0, role: 'down', phase: 'down', leader: NaN,
    acceptedEpoch: NaN, currentEpoch: NaN, round: NaN, vote: '', proposed: NaN, logging: NaN, logged: NaN,
    committed: NaN, sessions: 0, peers: new Map(), disk: [],
  };
}

/** @param {ServerState} state @returns {ServerState} */
const copy_state = (state) => ({ ...state, disk: state.disk.slice(), peers: new Map(state.peers) });

/** What ends with the process. @param {ServerState} s @param {string} why */
function go_down(s, why) {
  Object.assign(s, { up: false, paused: false, role: 'down', phase: why, leader: NaN, disk: [], vote: '', round: NaN });
  s.peers = new Map();
  s.proposed = NaN;
}

/** @param {ServerState} s @param {string} role @param {string} phase */
function enter(s, role, phase) {
  s.role = role;
  s.phase = phase;
}

const on_note = {
  looking: (s, a) => {
    enter(s, 'looking', 'election');
    s.leader = NaN;
    s.vote = '';
    if (a > 0 || Number.isNaN(s.logged)) s.logged = a;
  },
  'round-started': (s, a) => { s.round = a; },
  'vote-changed': (s, a, b, c, run) => {
    s.vote = `server ${a}, ${zxid_text(b)}`;
    s.round = c;
    void run;
  },
  elected: (s, a) => { s.leader = a; },
  following: (s, a) => {
    enter(s, 'following', 'discovery');
    s.leader = a;
  },
  observing: (s, a) => {
    enter(s, 'observing', 'discovery');
    s.leader = a;
  },
  leading: (s) => enter(s, 'leading', 'discovery'),
  'epoch-proposed': (s, a) => { s.acceptedEpoch = a; },
  'epoch-accepted': (s, a) => {
    s.acceptedEpoch = a;
    s.phase = 'synchronization';
  },
  'epoch-current': (s, a) => {
    s.currentEpoch = a;
    if (s.phase === 'discovery') s.phase = 'synchronization';
  },
  'sync-chosen': (s) => { if (s.phase === 'discovery') s.phase = 'synchronization'; },
  established: (s, a, b) => {
    s.phase = 'broadcast';
    if (b > 0) s.committed = b;
  },
  serving: (s, a, b) => {
    s.phase = 'broadcast';
    if (b > 0) s.committed = b;
    if (s.role === 'looking' || s.role === 'down') s.role = 'standalone';
  },
  proposed: (s, a) => { s.proposed = a; },
  committed: (s, a) => { s.committed = a; },
  'stepped-down': (s) => enter(s, 'looking', 'election'),
  truncated: (s, a) => { s.logged = s.logging = a; },
  'session-created': (s) => { ++s.sessions; },
  'session-closed': (s) => { s.sessions = Math.max(0, s.sessions - 1); },
};

const on_kind = {
  started: (s, f, i) => {
    Object.assign(s, fresh_state(), { up: true, role: 'looking', phase: 'recovery', incarnation: f[0][i], logged: f[1][i] });
    s.acceptedEpoch = f[2][i];
    s.currentEpoch = f[3][i];
  },
  'recovery-refused': (s) => go_down(s, 'recovery refused'),
  killed: (s) => go_down(s, 'killed'),
  exited: (s) => go_down(s, 'exited'),
  'disk-failed': (s) => { s.phase = 'disk failed'; },
  'power-lost': (s) => {
    go_down(s, 'without power');
    s.power = false;
  },
  'power-back': (s) => {
    s.power = true;
    s.phase = 'down';
  },
  wiped: (s) => { s.logged = NaN; },
  paused: (s) => { s.paused = true; },
  resumed: (s) => { s.paused = false; },
  accepted: (s, f, i, run) => {
    const client = run.meta.names.listener[f[1][i]] === 'client';
    s.peers.set(f[0][i], { node: node_on_host(run, f[2][i]), client, up: true });
  },
  dial: (s, f, i, run) => { s.peers.set(f[0][i], { node: node_on_host(run, f[2][i]), client: false, up: false }); },
  connected: (s, f, i) => {
    const dialled = s.peers.get(f[0][i]);
    s.peers.set(f[0][i], { node: dialled ? dialled.node : -1, client: false, up: true });
  },
  close: (s, f, i) => { s.peers.delete(f[0][i]); },
  closed: (s, f, i) => { s.peers.delete(f[0][i]); },
  received: (s, f, i, run) => {
    // A running server does not say what it reads, or whom it accepted; who sent tells.
    const told = run.label[i] === 0 && run.cause[i] >= 0 ? run.cause[i] : i;
    if (run.meta.labels[run.label[told]] === 'PROPOSAL') s.proposed = f[3][told];
    const peer = s.peers.get(f[0][i]);
    if (peer && peer.node < 0 && run.cause[i] >= 0) s.peers.set(f[0][i], { ...peer, node: run.node[run.cause[i]] });
  },
  disk: (s, f, i, run) => {
    const append = run.meta.names.what[f[2][i]] === 'append';
    const zxid = append ? (f[3][i] > 0 ? f[3][i] : s.proposed) : NaN;
    s.disk.push({ queue: f[0][i], operation: f[1][i], zxid, row: i });
    if (append) s.logging = zxid;
  },
  durable: (s, f, i) => {
    for (const done of s.disk) {
      if (done.queue === f[0][i] && done.operation <= f[1][i] && !Number.isNaN(done.zxid)) s.logged = done.zxid;
    }
    s.disk = s.disk.filter((op) => op.queue !== f[0][i] || op.operation > f[1][i]);
  },
};

/** @param {Run} run @param {number} host */
function node_on_host(run, host) {
  const node = run.meta.header.nodes.find((one) => one.host === host);
  return node ? node.id : -1;
}

/** @param {number} zxid */
function zxid_text(zxid) {
  if (Number.isNaN(zxid)) return 'not told';
  if (zxid < 0) return 'none';
  return `0x${zxid.toString(16)}`;
}

/** Rows of the handlers by kind, so that the fold looks nothing up by name. @param {Run} run */
function state_rules(run) {
  return {
    kinds: run.meta.kinds.map((kind) => on_kind[kind.name]),
    notes: run.meta.notes.map((note) => on_note[note]),
    note: run.meta.kinds.findIndex((kind) => kind.name === 'note'),
  };
}

/**
 * Changes `state` by one event of its server.
 * @param {ServerState} state @param {Run} run @param {number} i @param {ReturnType<typeof state_rules>} rules
 */
function apply_event(state, run, i, rules) {
  const { f } = run;
  if (run.kind[i] === rules.note) {
    rules.notes[f[0][i]]?.(state, f[1][i], f[2][i], f[3][i], run);
  } else {
    rules.kinds[run.kind[i]]?.(state, f, i, run);
  }
}

/** What differs, for a reader: [name, before, after]. @param {[string, string][]} before @param {[string, string][]} after */
function row_changes(before, after) {
  return after.map(([name, is], i) => [name, before[i][1], is]).filter(([, was, is]) => was !== is);
}

/** Who is at the other ends. @param {ServerState} s @param {Run} run @param {boolean} clients */
function peers_text(s, run, clients) {
  const up = [...s.peers.values()].filter((peer) => peer.up);
  const is_client = (/** @type {Peer} */ peer) => peer.client || (peer.node >= 0 && !run.meta.header.nodes[peer.node].sid);
  if (clients) return String(up.filter(is_client).length);
  const servers = up.filter((peer) => !is_client(peer));
  const sids = servers.filter((peer) => peer.node >= 0).map((peer) => run.meta.header.nodes[peer.node].sid ?? 0);
  const named = [...new Set(sids)].sort((a, b) => a - b);
  const unnamed = servers.filter((peer) => peer.node < 0).length;
  return [...named.map((sid) => `s${sid}`), ...(unnamed ? [`${unnamed} unnamed`] : [])].join(' ') || 'none';
}

/** For a table. @param {ServerState} s @param {Run} run @param {number} node @param {import('./transactions.js').Transactions} transactions
 * @returns {[string, string][]} */
function state_rows(s, run, node, transactions) {
  const number = (/** @type {number} */ v) => (Number.isNaN(v) ? 'not told' : String(v));
  const queues = run.meta.names.queue ?? [];
  const waiting = queues.map((name, queue) => [name, s.disk.filter((op) => op.queue === queue).length]).filter(([, count]) => count);
  return [
    ['process', s.up ? (s.paused ? 'paused' : `up, start ${s.incarnation}`) : s.phase],
    ['role', s.role],
    ['phase', s.phase],
    ['leader', Number.isNaN(s.leader) ? 'none' : `server ${s.leader}`],
    ['epoch accepted / current', `${number(s.acceptedEpoch)} / ${number(s.currentEpoch)}`],
    ['election round', Number.isNaN(s.round) ? 'none' : String(s.round)],
    ['vote', s.vote || 'none'],
    ['newest proposal', zxid_text(s.proposed)],
    ['last logged (durable)', zxid_text(s.logged)],
    ['last committed and applied', zxid_text(s.committed)],
    ['digest of its tree', s.up && s.committed > 0 ? transactions.digest(node, s.committed) || 'not told' : 'none'],
    ['connected peers', peers_text(s, run, false)],
    ['connected clients', peers_text(s, run, true)],
    ['sessions at that zxid', s.committed > 0 ? String(transactions.session_count(s.committed)) : 'none'],
    ['sessions made here', String(s.sessions)],
    ['disk queue', waiting.map(([name, count]) => `${name} ${count}`).join(', ') || 'empty'],
  ];
}

export { apply_event, copy_state, fresh_state, row_changes, state_rows, state_rules, zxid_text };
