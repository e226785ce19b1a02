// What a trace tells of one server at one instant: folded from its events, one after the other.

/**
 * @typedef {{
 *   up: boolean, power: boolean, paused: boolean, incarnation: number, role: string, phase: string, leader: number,
 *   acceptedEpoch: number, currentEpoch: number, round: number, vote: string, proposed: number, logging: number, logged: number,
 *   committed: number, sessions: number, connections: number, disk: {queue: number, operation: number, zxid: number, row: number}[]
 * }} ServerState zxids and epochs: NaN when the trace has not told yet; logging: the newest handed to the disk; disk: not yet durable
 * @typedef {import('./unpack.js').Run} Run
 */

/** @returns {ServerState} */
function fresh_state() {
  return {
    up: false, power: true, paused: false, incarnation: 0, role: 'down', phase: 'down', leader: NaN,
    acceptedEpoch: NaN, currentEpoch: NaN, round: NaN, vote: '', proposed: NaN, logging: NaN, logged: NaN,
    committed: NaN, sessions: 0, connections: 0, disk: [],
  };
}

/** @param {ServerState} state @returns {ServerState} */
const copy_state = (state) => ({ ...state, disk: state.disk.slice() });

/** What ends with the process. @param {ServerState} s @param {string} why */
function go_down(s, why) {
  Object.assign(s, { up: false, paused: false, role: 'down', phase: why, leader: NaN, connections: 0, disk: [], vote: '', round: NaN });
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
  established: (s) => { s.phase = 'broadcast'; },
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
  accepted: (s) => { ++s.connections; },
  connected: (s) => { ++s.connections; },
  close: (s) => { s.connections = Math.max(0, s.connections - 1); },
  closed: (s, f, i, run) => {
    // A dial that failed was never a connection.
    if (!['timeout', 'refused', 'unreachable'].includes(run.meta.names.reason[f[1][i]])) s.connections = Math.max(0, s.connections - 1);
  },
  received: (s, f, i, run) => { if (run.meta.labels[run.label[i]] === 'PROPOSAL') s.proposed = f[3][i]; },
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

/** What differs, for a reader: [name, before, after]. @param {ServerState} a @param {ServerState} b */
function state_changes(a, b) {
  const before = state_rows(a);
  return state_rows(b).filter(([, value], i) => value !== before[i][1]).map(([name, value]) => {
    const was = before.find(([other]) => other === name);
    return [name, was ? was[1] : '', value];
  });
}

/** For a table. @param {ServerState} s @returns {[string, string][]} */
function state_rows(s) {
  const number = (/** @type {number} */ v) => (Number.isNaN(v) ? 'not told' : String(v));
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
    ['last committed', zxid_text(s.committed)],
    ['disk queue', `${s.disk.length} waiting`],
    ['connections', String(s.connections)],
    ['sessions made here', String(s.sessions)],
  ];
}

export { apply_event, copy_state, fresh_state, state_changes, state_rows, state_rules, zxid_text };
