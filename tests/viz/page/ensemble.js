// Three running servers on loopback, which write traces: they elect a leader, one client opens a session and writes, and they end.

import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const kProgram = resolve(process.env.VIVARIUMD ?? 'build/release/vivariumd');
const kPatience = 30000; // ms

/** Whether nobody listens there. @param {number} port @returns {Promise<boolean>} */
const is_free = (port) => new Promise((done) => {
  const server = createServer();
  server.on('error', () => done(false));
  server.listen(port, '127.0.0.1', () => server.close(() => done(true)));
});

/** Below those that outgoing connections are given, above those of other tests (tests/posix/free_port.h).
 * @param {number} count @returns {Promise<number[]>} */
async function free_ports(count) {
  const ports = [];
  for (let at = process.pid % 760; ports.length < count; at = (at + 1) % 760) if (await is_free(32000 + at)) ports.push(32000 + at);
  return ports;
}

/** What a client sends first: no session yet, 6 s of time-out. */
function connect_request() {
  const out = Buffer.alloc(48);
  out.writeInt32BE(44, 0);
  out.writeInt32BE(6000, 16);
  out.writeInt32BE(16, 28); // a password of zeros
  return out;
}

/** A persistent znode that everybody may do everything with. @param {string} path */
function create_request(path) {
  const number = (/** @type {number} */ value) => {
    const out = Buffer.alloc(4);
    out.writeInt32BE(value);
    return out;
  };
  const text = (/** @type {string} */ value) => Buffer.concat([number(value.length), Buffer.from(value)]);
  const [xid, create, everything] = [1, 1, 31].map(number);
  const acl = Buffer.concat([number(1), everything, text('world'), text('anyone')]);
  const body = Buffer.concat([xid, create, text(path), text('x'), acl, number(0)]);
  return Buffer.concat([number(body.length), body]);
}

/** @param {() => boolean} there @param {string} what */
async function until(there, what) {
  for (const end = Date.now() + kPatience; !there(); await pause(50)) if (Date.now() > end) throw new Error(`${what} took too long`);
}

/** Gives the traces. @param {string} folder @returns {Promise<string[]>} */
export async function run_ensemble(folder) {
  const ports = await free_ports(9);
  const traces = [1, 2, 3].map((id) => join(folder, `zk${id}.jsonl`));
  const peers = [1, 2, 3].map((id) => `server.${id}=127.0.0.1:${ports[id * 3 - 2]}:${ports[id * 3 - 1]}\n`).join('');
  const running = [1, 2, 3].map((id) => {
    const data = join(folder, `data${id}`);
    mkdirSync(data, { recursive: true });
    writeFileSync(join(data, 'myid'), String(id));
    writeFileSync(join(folder, `${id}.cfg`), `tickTime=500\ninitLimit=20\nsyncLimit=10\nadmin.enableServer=false\ndataDir=${data}\n` +
      `clientPortAddress=127.0.0.1\nclientPort=${ports[id * 3 - 3]}\ntraceFile=${traces[id - 1]}\n${peers}`);
    return spawn(kProgram, [join(folder, `${id}.cfg`)], { stdio: 'ignore' });
  });
  const all_hold = (/** @type {RegExp} */ what) => traces.every((trace) => existsSync(trace) && what.test(readFileSync(trace, 'utf8')));
  try {
    await until(() => all_hold(/"note":"(serving|established)"/), 'an election');
    const client = connect(ports[0], '127.0.0.1', () => client.write(connect_request()));
    await until(() => all_hold(/createSession 0x/), 'a session');
    client.write(create_request('/a'));
    await until(() => all_hold(/create \/a \\"x\\"/), 'a write');
    client.destroy();
  } finally {
    for (const server of running) server.kill('SIGTERM');
    await Promise.all(running.map((server) => server.exitCode ?? new Promise((done) => server.once('exit', done))));
  }
  return traces;
}
