// One event in words: what the panel shows and a screen reader says.

import { zxid_text } from './server_state.js';
import { kOutside } from './story.js';
import { duration_text, name_of, time_text } from './view_port.js';

/** @typedef {import('./unpack.js').Run} Run @typedef {import('./story.js').Story} Story */

/** A field as the trace has it, exactly. @param {Run} run @param {number} i @param {number} field */
function field_text(run, i, field) {
  const name = run.meta.kinds[run.kind[i]].fields[field];
  const value = run.f[field][i];
  const exact = run.exact.get(4 * i + field);
  if (name === 'zxid') return exact ? `0x${BigInt.asUintN(64, BigInt(exact)).toString(16)}` : zxid_text(value);
  if (name === 'note') return run.meta.notes[value];
  const names = name ? run.meta.names[name] : undefined;
  if (name === 'request' || (names && names[value])) return names?.[value] ?? String(value);
  if (name === 'to' || name === 'from' || name === 'peer') return host_name(run, value);
  return exact ?? String(value);
}

/** @param {Run} run @param {number} i @param {number} field */
function number_text(run, i, field) {
  const exact = run.exact.get(4 * i + field);
  return exact ? `0x${BigInt.asUintN(64, BigInt(exact)).toString(16)}` : `0x${Math.max(0, run.f[field][i]).toString(16)}`;
}

/** @type {Record<string, (a: number, b: number, c: number) => string>} */
const kNoteSays = {
  looking: (a) => `looks for a leader; its log ends at ${zxid_text(a)}`,
  'round-started': (a) => `begins election round ${a}`,
  'vote-changed': (a, b, c) => `votes for server ${a}, whose log ends at ${zxid_text(b)} (round ${c})`,
  elected: (a, b) => `sees server ${a} elected, whose log ends at ${zxid_text(b)}`,
  following: (a) => `follows server ${a}`,
  leading: () => 'leads, but is not established yet',
  'epoch-proposed': (a) => `proposes epoch ${a}`,
  'epoch-accepted': (a) => `accepts epoch ${a}`,
  'epoch-current': (a) => `takes epoch ${a} as its own`,
  'sync-chosen': (a, b) => `decides how to bring server ${b} up to date`,
  'sync-received': (a) => `has what its leader had, epoch ${a}`,
  established: (a) => `is established as leader of epoch ${a}: a quorum has acknowledged it`,
  serving: (a) => `serves clients in epoch ${a}`,
  proposed: (a) => `proposes ${zxid_text(a)}`,
  committed: (a) => `commits ${zxid_text(a)}`,
  'stepped-down': (a, b) => `steps down; its log ends at ${zxid_text(b)}`,
  'learner-lost': (a) => `lost server ${a}`,
  'snapshot-written': (a) => `writes a snapshot at ${zxid_text(a)}`,
  truncated: (a, b) => `cuts its log back from ${zxid_text(b)} to ${zxid_text(a)}`,
  rejoined: () => 'rejoined',
};

/** @type {Record<string, string>} */
const kSessionSays = {
  'session-created': 'session SESSION is created',
  'session-expired': 'session SESSION expires',
  'session-moved': 'session SESSION moves',
  'session-closed': 'session SESSION is closed',
  connected: 'is connected, session SESSION',
  disconnected: 'loses its connection, session SESSION',
  expired: 'is told that its session SESSION has expired',
};

/** @param {Run} run @param {number} i */
const bytes_of = (run, i) => {
  const label = run.meta.labels[run.label[i]];
  const zxid = run.f[3][i];
  return `${label === 'none' ? 'bytes' : label}${zxid > 0 ? ` ${zxid_text(zxid)}` : ''}`;
};

/** The row that says what bytes received are: a running server does not know when it reads them, who sent them did.
 * @param {Run} run @param {number} i */
function what_arrived(run, i) {
  const sent = run.cause[i];
  return run.label[i] === 0 && sent >= 0 && run.meta.kinds[run.kind[sent]].name === 'send' ? sent : i;
}

/** @type {Record<string, (run: Run, i: number, story: Story) => string>} */
const kKindSays = {
  send: (run, i, story) => {
    const got = story.delivered[i];
    const fate = got === kOutside ? ' to somebody whose side is not in this trace' : ', which never arrives';
    return `sends ${bytes_of(run, i)}${got < 0 ? fate : ` to ${name_of(run, run.node[got])}`}`;
  },
  received: (run, i) => {
    const from = run.cause[i] >= 0 ? ` from ${name_of(run, run.node[run.cause[i]])}` : '';
    return `receives ${bytes_of(run, what_arrived(run, i))}${from}`;
  },
  note: (run, i) => {
    const name = run.meta.notes[run.f[0][i]];
    if (kSessionSays[name]) return kSessionSays[name].replace('SESSION', number_text(run, i, 1));
    return kNoteSays[name]?.(run.f[1][i], run.f[2][i], run.f[3][i]) ?? name;
  },
  disk: (run, i) => `hands its disk: ${field_text(run, i, 2)}`,
  durable: (run, i) => `its disk has it: operation ${run.f[1][i]} of the ${field_text(run, i, 0)} queue is durable`,
  submit: (run, i) => `asks: ${field_text(run, i, 1)}`,
  started: (run, i) => `starts (incarnation ${run.f[0][i]}); on its disk: up to ${zxid_text(run.f[1][i])}, epoch ${run.f[3][i]}`,
  killed: () => 'is killed: the process ends, what was synced stays',
  'power-lost': () => 'loses power: what was not synced is gone, wholly or in part',
  'power-back': () => 'has power again',
  exited: (run, i) => `exits with code ${run.f[0][i]}`,
  wiped: () => 'its disk is wiped',
  paused: () => 'is paused: nothing runs, connections stay',
  resumed: () => 'runs again',
  dial: (run, i) => `dials ${field_text(run, i, 2)}, port ${run.f[1][i]}`,
  accepted: (run, i) => `accepts a connection of ${field_text(run, i, 2)} (${field_text(run, i, 1)})`,
  connected: () => 'its connection stands',
  closed: (run, i) => `its connection ends: ${field_text(run, i, 1)}`,
  close: () => 'closes a connection',
  tick: () => 'a deadline has come',
  cut: (run, i) => `the link from ${host_name(run, run.f[0][i])} to ${host_name(run, run.f[1][i])} is cut`,
  healed: (run, i) => `the link from ${host_name(run, run.f[0][i])} to ${host_name(run, run.f[1][i])} is whole again`,
};

/** @param {Run} run @param {number} host */
function host_name(run, host) {
  const node = run.meta.header.nodes.find((one) => one.host === host);
  return node ? name_of(run, node.id) : `host ${host}`;
}

/** "server 3 commits 0x100000001". @param {Run} run @param {Story} story @param {number} i */
function sentence(run, story, i) {
  const says = kKindSays[run.meta.kinds[run.kind[i]].name];
  const said = run.text.get(i);
  const text = run.node[i] >= 0 && !run.meta.header.nodes[run.node[i]].sid ? said?.replaceAll('#', 'request ') : said;
  const words = says ? says(run, i, story) : run.meta.kinds[run.kind[i]].name.replaceAll('-', ' ');
  const who = run.node[i] < 0 ? '' : `${name_of(run, run.node[i])} `;
  return `${who}${words}${text ? `: ${text}` : ''}`;
}

/** All that the trace has of it. @param {Run} run @param {Story} story @param {number} i @returns {[string, string][]} */
function field_rows(run, story, i) {
  const kind = run.meta.kinds[run.kind[i]];
  /** @type {[string, string][]} */
  const out = [
    ['event', `${run.seq[i]} (${kind.name})`],
    ['at', `${time_text(run.t[i], 1)}`],
  ];
  if (run.label[i]) out.push(['message', run.meta.labels[run.label[i]]]);
  kind.fields.forEach((name, field) => {
    if (name && !Number.isNaN(run.f[field][i])) out.push([name, field_text(run, i, field)]);
  });
  const got = story.delivered[i];
  if (got >= 0) out.push(['on its way', duration_text(run.t[got] - run.t[i])]);
  const done = story.durable[i];
  if (done >= 0) out.push(['on the disk after', duration_text(run.t[done] - run.t[i])]);
  return out;
}

export { field_rows, field_text, sentence };
