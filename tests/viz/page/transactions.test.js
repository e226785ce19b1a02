// What transactions did, the tree that they make, and whose tree is another.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { parse_transaction, Transactions } from '../../../viz/page/transactions.js';
import { run_of } from './traces.js';

const zxid = (counter, epoch = 1) => epoch * 2 ** 32 + counter;
const note = (node, name, counter, text, epoch = 1) =>
  ({ node, kind: 'note', note: name, a: zxid(counter, epoch), b: 0, c: 0, ...(text ? { text } : {}) });
const proposed = (counter, text, epoch) => note(0, 'proposed', counter, text, epoch);
const committed = (node, counter, text, epoch) => note(node, 'committed', counter, text, epoch);

const kWrites = [
  proposed(1, 'createSession 0x1000a timeout 6000; digest 0x1'), committed(0, 1),
  proposed(2, 'create /a "x y; z"; digest 0x2'), committed(0, 2),
  proposed(3, 'create /a/e 120B ephemeral 0x1000a; setData /a "7" version 1; digest 0x3'), committed(0, 3), committed(1, 3),
  proposed(4, 'error NoNode; digest 0x3'), committed(0, 4),
  proposed(5, 'create "/b \\"q\\"" "" container; digest 0x5'), committed(0, 5),
  proposed(6, 'closeSession 0x1000a /a/e; digest 0x6'), committed(0, 6),
  proposed(7, 'delete /a; digest 0x7'),
];
const paths = (tree) => [...tree.nodes.keys()];

test('words of a transaction', () => {
  assert.deepEqual(parse_transaction('create /a "x; y" ephemeral 0x1; delete "/b c"; digest 0xff', 5, 1), {
    zxid: 5, row: 1, digest: '0xff', parts: [['create', '/a', '"x; y"', 'ephemeral', '0x1'], ['delete', '"/b c"']],
  });
});

test('the tree at each zxid, forwards and back', () => {
  const transactions = new Transactions(run_of(kWrites).run);
  assert.deepEqual(transactions.history, [1, 2, 3, 4, 5, 6].map((counter) => zxid(counter)), '7 was never committed');
  const at = (counter) => transactions.tree(0, zxid(counter));
  assert.deepEqual(paths(at(1)), ['/']);
  assert.deepEqual([...at(1).sessions], [['0x1000a', '6000']]);
  assert.equal(at(2).nodes.get('/a').data, '"x y; z"');
  const third = at(3);
  assert.deepEqual(paths(third), ['/', '/a', '/a/e']);
  const ephemeral = { data: '120B', version: 0, owner: 'ephemeral 0x1000a', made: zxid(3), changed: zxid(3), children: new Set() };
  assert.deepEqual(third.nodes.get('/a/e'), ephemeral);
  assert.deepEqual([third.nodes.get('/a').data, third.nodes.get('/a').version], ['"7"', 1]);
  assert.deepEqual(paths(at(6)), ['/', '/a', '/b "q"']);
  assert.equal(at(6).sessions.size, 0);
  assert.deepEqual(paths(at(2)), ['/', '/a'], 'back');
  assert.equal(at(2).nodes.get('/a').version, 0);
});

test('sessions and digests by zxid; a server whose tree is another says so', () => {
  const { run } = run_of([...kWrites, committed(1, 4), committed(1, 5, 'create "/b \\"q\\"" "" container; digest 0xbad')]);
  const transactions = new Transactions(run);
  assert.deepEqual([0, 1, 5, 6].map((counter) => transactions.session_count(zxid(counter))), [0, 1, 1, 0]);
  assert.equal(transactions.digest(0, zxid(5)), '0x5');
  assert.equal(transactions.digest(1, zxid(5)), '0xbad');
  assert.equal(transactions.digest(1, zxid(99)), '');
  assert.equal(transactions.tree(1, zxid(5)).digest, '0xbad');
});

test('of an epoch that ended, what the next leader took over is history, the rest is not', () => {
  const { run } = run_of([
    proposed(1, 'create /a "1"; digest 0x1'), committed(0, 1),
    proposed(2, 'create /b "1"; digest 0x2'), proposed(3, 'create /c "1"; digest 0x3'),
    { node: 1, kind: 'note', note: 'established', a: 2, b: zxid(2), c: 0 },
    note(1, 'proposed', 1, 'create /d "1"; digest 0x4', 2), committed(1, 1, '', 2),
  ]);
  const transactions = new Transactions(run);
  assert.deepEqual(transactions.history, [zxid(1), zxid(2), zxid(1, 2)]);
  assert.deepEqual(paths(transactions.tree(1, zxid(1, 2))), ['/', '/a', '/b', '/d']);
});

test('what was committed, and is lost with the disks, is in the trees of its epoch and in none later', () => {
  const { run } = run_of([
    proposed(1, 'create /a "1"; digest 0x1'), committed(0, 1), proposed(2, 'create /b "1"; digest 0x2'), committed(0, 2),
    { node: 1, kind: 'note', note: 'established', a: 2, b: zxid(1), c: 0 },
    note(1, 'proposed', 1, 'create /c "1"; digest 0x3', 2), committed(1, 1, '', 2),
  ]);
  const transactions = new Transactions(run);
  assert.deepEqual(paths(transactions.tree(0, zxid(2))), ['/', '/a', '/b']);
  assert.deepEqual(paths(transactions.tree(1, zxid(1, 2))), ['/', '/a', '/c']);
});
