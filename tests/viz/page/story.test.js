// What the page finds in a run: roles, arrows, operations, cuts, causes.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { cone_of, effects_of, next_event } from '../../../viz/page/causality.js';
import { sentence } from '../../../viz/page/describe.js';
import { row_changes, state_rows } from '../../../viz/page/server_state.js';
import { kOutside, states_at } from '../../../viz/page/story.js';
import { Transactions } from '../../../viz/page/transactions.js';
import { run_of } from './traces.js';

const proposal = { label: 'PROPOSAL', conn: 2, size: 10, stream: 4, offset: 0, zxid: '0x100000001' };
const crash = () => run_of([
  { node: 0, kind: 'started', incarnation: 1, zxid: '0x0', accepted_epoch: 0, current_epoch: 0 },
  { node: 0, kind: 'note', note: 'looking', a: 0, b: 0, c: 0 },
  { node: 0, kind: 'note', note: 'leading', a: 0, b: 0, c: 0 },
  { node: 0, kind: 'note', note: 'epoch-current', a: 1, b: 0, c: 0 },
  { node: 0, kind: 'note', note: 'established', a: 1, b: 0, c: 0 },
  { node: 0, kind: 'note', note: 'proposed', a: 4294967297, b: 0, c: 0 },
  { node: 0, kind: 'send', cause: 6, ...proposal },
  { node: 0, kind: 'send', cause: 6, ...proposal, stream: 6, conn: 4 },
  { node: 0, kind: 'disk', cause: 6, queue: 'log', operation: 1, what: 'append', zxid: '0x0' },
  { node: 1, kind: 'received', cause: 7, ...proposal, conn: 3, size: 4 },
  { node: 1, kind: 'received', cause: 7, ...proposal, conn: 3, size: 6, offset: 4 },
  { node: 0, kind: 'killed' },
  { node: 0, kind: 'started', incarnation: 2, zxid: '0x0', accepted_epoch: 1, current_epoch: 1 },
]);

test('bars of role and phase follow the notes, and end with the process', () => {
  const { story } = crash();
  assert.deepEqual(story.bars[0].map((bar) => `${bar.role}/${bar.phase}/${bar.epoch}`), [
    'looking/recovery/0', 'looking/election/0', 'leading/discovery/0', 'leading/synchronization/1', 'leading/broadcast/1',
    'down/killed/1', 'looking/recovery/1',
  ]);
  assert.equal(story.bars[0][4].to, story.bars[0][5].from);
});

test('of a running server nobody knows more than its own file tells', () => {
  const events = [
    { node: 0, kind: 'note', note: 'looking', a: 0, b: 0, c: 0 },
    { node: 0, kind: 'note', note: 'leading', a: 0, b: 0, c: 0 },
    { node: 1, kind: 'note', note: 'looking', a: 0, b: 0, c: 0 },
  ];
  const { run, story } = run_of(events, {}, '');
  assert.equal(story.bars[0].at(-1).to, run.t[1]);
  assert.equal(run_of(events).story.bars[0].at(-1).to, Infinity, 'a simulated one is what it was until something happens to it');
});

test('an arrow ends where its last byte arrives; what a dead peer was sent never does', () => {
  const { run, story } = crash();
  assert.equal(story.delivered[6], 10);
  assert.equal(story.delivered[7], -1);
  assert.equal(sentence(run, story, 6), 'server 1 sends PROPOSAL 0x100000001 to server 2');
  assert.equal(sentence(run, story, 7), 'server 1 sends PROPOSAL 0x100000001, which never arrives');
});

test('a running server sends to clients that write no trace', () => {
  const events = [
    { node: 0, kind: 'send', stream: 4, label: 'client-reply', conn: 2, size: 10, offset: 0 },
    { node: 0, kind: 'send', stream: 6, label: 'PING', conn: 4, size: 10, offset: 0 },
    { node: 1, kind: 'received', cause: 2, stream: 6, label: 'PING', conn: 4, size: 10, offset: 0 },
    { node: 0, kind: 'send', stream: 6, label: 'PING', conn: 4, size: 10, offset: 10 },
  ];
  const { run, story } = run_of(events, {}, '');
  assert.deepEqual([...story.delivered], [kOutside, 2, -1, -1]);
  assert.match(sentence(run, story, 0), /to somebody whose side is not in this trace$/);
  assert.deepEqual([...run_of(events).story.delivered], [-1, 2, -1, -1]);
});

test('an append that no sync answered is not logged', () => {
  const { run, story } = crash();
  assert.equal(story.durable[8], -1);
  const state = states_at(run, story, 8)[0];
  assert.equal(state.logging, 2 ** 32 + 1);
  assert.equal(state.logged, 0);
  assert.equal(state.disk.length, 1);
  const durable = run_of([
    { node: 0, kind: 'started', incarnation: 1, zxid: '0x0', accepted_epoch: 0, current_epoch: 0 },
    { node: 0, kind: 'note', note: 'proposed', a: 4294967297, b: 0, c: 0 },
    { node: 0, kind: 'disk', queue: 'log', operation: 1, what: 'append', zxid: '0x0' },
    { node: 0, kind: 'durable', queue: 'log', operation: 1 },
  ]);
  assert.equal(durable.story.durable[2], 3);
  assert.equal(states_at(durable.run, durable.story, 3)[0].logged, 2 ** 32 + 1);
});

test('what an event changed', () => {
  const { run, story } = crash();
  const rows = (row) => state_rows(states_at(run, story, row)[0], run, 0, new Transactions(run));
  const changes = row_changes(rows(10), rows(11));
  assert.deepEqual(changes.find(([name]) => name === 'role'), ['role', 'leading', 'down']);
  assert.deepEqual(changes.find(([name]) => name === 'disk queue'), ['disk queue', 'log 1', 'empty']);
});

test('who is connected to a server: whom it dialled, whom it accepted, and who sent to it', () => {
  const { run, story } = run_of([
    { node: 0, kind: 'started', incarnation: 1, zxid: '0x0', accepted_epoch: 0, current_epoch: 0 },
    { node: 0, kind: 'dial', conn: 1, port: 3888, to: 2 },
    { node: 0, kind: 'connected', conn: 1 },
    { node: 0, kind: 'accepted', conn: 2, listener: 'client', peer: 3 },
    { node: 0, kind: 'accepted', conn: 3, listener: 'quorum' }, // a running server: who it is shows when it sends
    { node: 1, kind: 'send', conn: 9, size: 4, stream: 4, offset: 0 },
    { node: 0, kind: 'received', cause: 6, conn: 3, size: 4, stream: 4, offset: 0 },
    { node: 0, kind: 'closed', conn: 1, reason: 'reset' },
  ]);
  const rows = (row) => new Map(state_rows(states_at(run, story, row)[0], run, 0, new Transactions(run)));
  assert.deepEqual([1, 2, 4, 6, 7].map((row) => rows(row).get('connected peers')), ['none', 's3', 's3 1 unnamed', 's2 s3', 's2']);
  assert.deepEqual([2, 3].map((row) => rows(row).get('connected clients')), ['0', '1']);
});

test('causes, effects, and the cone of an event', () => {
  const { run, story } = crash();
  assert.deepEqual(effects_of(story, 5), [6, 7, 8]);
  assert.deepEqual([...cone_of(run, story, 6)].sort((a, b) => a - b), [5, 6, 9, 10]);
  assert.equal(next_event(run, 6, 1, (row) => run.node[row] === 1), 9);
  assert.equal(next_event(run, 6, -1, () => false), -1);
});

test('a cut lasts until it is healed', () => {
  const { story } = run_of([
    { kind: 'cut', from: 0, to: 2 }, { kind: 'cut', from: 2, to: 0 }, { kind: 'healed', from: 0, to: 2 }, { kind: 'tick', node: 3 },
  ]);
  assert.deepEqual(story.cuts.map((cut) => [cut.a, cut.b, cut.from, cut.to]), [[0, 2, 0, 2000], [2, 0, 1000, Infinity]]);
});

test('operations end as the client was told, by their tokens', () => {
  const { run, story } = run_of([
    { node: 3, kind: 'submit', token: 1, request: 5, text: '/a' },
    { node: 3, kind: 'submit', token: 2, request: 4, text: '/b' },
    { node: 3, kind: 'submit', token: 3, request: 0, text: '/c' },
    { node: 3, kind: 'submit', token: 4, request: 0, text: '/d' },
    { node: 3, kind: 'received', stream: 4, label: 'client-reply', conn: 2, size: 10, offset: 0, text: '#1 ok 0x100000001, #2 NoNode' },
    { node: 3, kind: 'closed', stream: 4, conn: 2, reason: 'reset', text: '#3 unknown' },
  ]);
  assert.deepEqual(story.operations.map((op) => [op.name, op.path, op.outcome, op.answer]), [
    ['setData', '/a', 'ok', 4], ['getData', '/b', 'NoNode', 4], ['create', '/c', 'unknown', 5], ['create', '/d', 'none', -1],
  ]);
  assert.match(sentence(run, story, 4), /: request 1 ok 0x100000001, request 2 NoNode$/);
});
