// The columns of the page give back every line of the trace.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, inflateSync } from 'node:zlib';

import { field_text } from '../../../viz/page/describe.js';
import { unpack, VarintReader } from '../../../viz/page/unpack.js';
import { in_folder, parts_of, run_of, vivarium } from './traces.js';

/** A row as the trace's line has it. */
function line_of(run, row) {
  const kind = run.meta.kinds[run.kind[row]];
  const out = { seq: run.seq[row], t: run.t[row], node: run.node[row] < 0 ? null : run.node[row], kind: kind.name };
  if (run.cause[row] >= 0) out.cause = run.seq[run.cause[row]];
  if (run.label[row]) out.label = run.meta.labels[run.label[row]];
  kind.fields.forEach((name, field) => {
    const value = run.f[field][row];
    if (!name || Number.isNaN(value)) return;
    const exact = run.exact.get(4 * row + field);
    if (name === 'zxid') out[name] = `0x${BigInt.asUintN(64, BigInt(exact ?? value)).toString(16)}`;
    else if (name === 'note') out[name] = run.meta.notes[value];
    else if (name !== 'request' && run.meta.names[name]?.[value]) out[name] = run.meta.names[name][value];
    else out[name] = exact ? BigInt(exact) : value;
  });
  if (run.text.has(row)) out.text = run.text.get(row);
  return out;
}

/** Numbers beyond what a double holds stay exact. */
function parsed(line) {
  const out = JSON.parse(line.replace(/:(-?[0-9]{16,})/g, ':"big $1"'));
  for (const [name, value] of Object.entries(out)) {
    if (typeof value === 'string' && value.startsWith('big ')) {
      const number = BigInt(value.slice(4));
      out[name] = Number.isSafeInteger(Number(number)) ? Number(number) : number;
    }
  }
  return out;
}

test('every field of every event of a run with a crash', () => in_folder((folder) => {
  const trace = join(folder, 'run.jsonl');
  vivarium('run', 'scenarios/leader-crash.json', '--quiet', '--trace', trace);
  const html = readFileSync(vivarium('view', trace).trim(), 'utf8');
  const { meta, bytes } = parts_of(html);
  const run = unpack(meta, bytes);
  const lines = readFileSync(trace, 'utf8').trim().split('\n').slice(1, -1);
  assert.equal(run.n, lines.length);
  lines.forEach((line, row) => {
    const { stream, ...wanted } = parsed(line);
    assert.deepEqual(line_of(run, row), wanted, line);
    assert.equal(run.stream[row] >= 0, stream !== undefined, line);
  });
  assert.ok(html.length < 0.6 * gzipSync(readFileSync(trace)).length, `${html.length} bytes`);
}));

test('ends of a stream, numbers beyond 53 bits, and what is left out', () => {
  const { run } = run_of([
    { node: 0, kind: 'send', stream: 9007199254740991, label: 'PROPOSAL', conn: 2, size: 10, offset: 0, zxid: '0xffffffffffffffff' },
    { node: 1, kind: 'received', cause: 1, stream: 9007199254740991, label: 'PROPOSAL', conn: 3, size: 4, offset: 0, zxid: '0x0' },
    { node: 1, kind: 'received', cause: 1, stream: 9007199254740991, label: 'PROPOSAL', conn: 3, size: 6, offset: 4 },
    { node: 0, kind: 'note', note: 'session-created', a: 9223372036854775807n, b: -1, c: 0 },
  ]);
  assert.deepEqual([...run.stream], [0, 0, 0, -1]);
  assert.deepEqual([...run.f[2]].slice(0, 3), [0, 0, 4]);
  assert.ok(Number.isNaN(run.f[3][2]));
  assert.equal(field_text(run, 0, 3), 'none');
  assert.equal(run.f[2][3], -1);
  assert.equal(run.exact.get(4 * 3 + 1), '9223372036854775807');
});

test('data that is cut or too long is refused', () => in_folder((folder) => {
  const trace = join(folder, 'run.jsonl');
  vivarium('run', 'scenarios/steady-three.json', '--quiet', '--trace', trace);
  const { meta, bytes } = parts_of(readFileSync(vivarium('view', trace).trim(), 'utf8'));
  assert.throws(() => unpack(meta, bytes.subarray(0, 1000)), /cut/);
  assert.throws(() => unpack(meta, bytes.subarray(0, bytes.length - 1)), /cut|does not fit/);
  assert.throws(() => unpack(meta, Uint8Array.from([...bytes, 0])), /does not fit/);
  assert.throws(() => inflateSync(Buffer.from([1, 2, 3])));
}));

test('varints', () => {
  const reader = new VarintReader(Uint8Array.from([0, 127, 0x80, 1, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f]));
  assert.deepEqual([reader.next(), reader.next(), reader.next(), reader.next()], [0, 127, 128, 2 ** 53 - 1]);
  assert.throws(() => reader.raw(1), /cut/);
});
