// What can be typed to find events, how the address is read, and how much is counted where events are many.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { read_link, write_link } from '../../../viz/page/deep_link.js';
import { bin_buckets, coarse_counts, count_by_pixel, kBuckets } from '../../../viz/page/density.js';
import { command_of, help_rows, kBindings } from '../../../viz/page/keys.js';
import { search } from '../../../viz/page/search.js';
import { duration_text, first_row, lay_out, ticks, time_text, ViewPort } from '../../../viz/page/view_port.js';
import { run_of } from './traces.js';

const run = () => run_of([
  { node: 0, kind: 'send', stream: 1, label: 'PROPOSAL', conn: 2, size: 10, offset: 0, zxid: '0x200000001' },
  { node: 1, kind: 'received', cause: 1, stream: 1, label: 'PROPOSAL', conn: 2, size: 10, offset: 0, zxid: '0x200000001' },
  { node: 2, kind: 'note', note: 'session-created', a: 72057594037927937n, b: 0, c: 0 },
  { node: 3, kind: 'submit', token: 1, request: 5, text: '/queue/item-7' },
  { node: 1, kind: 'note', note: 'committed', a: 8589934593, b: 0, c: 0 },
]).run;

test('words, filters, and all of them together', () => {
  const of = run();
  const found = (query) => {
    const { hits, count } = search(of, query);
    const rows = [...hits.keys()].filter((row) => hits[row]);
    assert.equal(rows.length, count);
    return rows;
  };
  assert.deepEqual(found('PROPOSAL'), [0, 1]);
  assert.deepEqual(found('proposal server:2'), [1]);
  assert.deepEqual(found('kind:received'), [1]);
  assert.deepEqual(found('zxid:0x200000001'), [0, 1, 4]);
  assert.deepEqual(found('epoch:2 kind:note'), [4]);
  assert.deepEqual(found('session:0x100000000000001'), [2]);
  assert.deepEqual(found('/queue/'), [3]);
  assert.deepEqual(found('node:client1'), [3]);
  assert.deepEqual(found('seq:5'), [4]);
  assert.deepEqual(found('t>0.0000015 t<0.0000035'), [2, 3]);
  assert.deepEqual(found('nothing-like-it'), []);
  assert.equal(search(of, '  '), null);
});

test('a link leads back to what it was made of', () => {
  const link = { from: 3.94e9, to: 3.9527e9, selected: 28159, query: 'PROPOSAL server:2' };
  assert.deepEqual(read_link(write_link(link)), link);
  assert.deepEqual(read_link('#t=2s&sel=4'), { from: 1.995e9, to: 2.005e9, selected: 4 });
  assert.deepEqual(read_link('#t=..&sel=x'), {});
});

test('densities count every event once, in its lane and pixel', () => {
  const of = run();
  const bins = count_by_pixel(of, 0, of.n, Int16Array.from([0, 1, -1, 2]), 3, 5, 0, 5000);
  assert.deepEqual([...bins], [1, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 1, 0]);
});

test('the whole run is counted by bucket, and every event stands in a pixel', () => {
  const of = run();
  const coarse = coarse_counts(of, 4000);
  assert.equal(coarse.length, 4 * kBuckets);
  const bins = bin_buckets(coarse, 4000, Int16Array.from([0, 1, 2, 3]), 4, 5, -100, 4500);
  assert.deepEqual([...bins].reduce((sum, count) => sum + count), 5);
  assert.equal(bins[0], 1);
});

test('the window stays within the run, and zooming keeps the moment under the pointer', () => {
  const port = new ViewPort(1e9);
  port.resize(1150, 500);
  port.all();
  port.zoom(0.1, 4e8);
  const x = port.x(4e8);
  port.zoom(0.5, 4e8);
  assert.ok(Math.abs(port.x(4e8) - x) < 1e-6);
  port.pan(-100);
  assert.ok(port.from > -1e9 && port.from <= 0);
  for (let i = 0; i < 200; ++i) port.zoom(0.5);
  assert.equal(Math.round(port.span), 1000);
});

test('one, three, seven and 64 lanes have each their place', () => {
  for (const lanes of [1, 3, 7, 64]) {
    const nodes = Array.from({ length: lanes }, (_, id) => ({ id, host: id, name: `s${id}`, sid: id + 1 }));
    const of = /** @type {any} */ ({ meta: { header: { nodes } } });
    const laid = lay_out(of, nodes.map((node) => node.id), new Set([3]), 600);
    assert.equal(laid.length, lanes - (lanes > 3 ? 1 : 0));
    laid.forEach((lane, i) => {
      assert.ok(lane.height >= 22);
      if (i > 0) assert.equal(lane.y, laid[i - 1].y + laid[i - 1].height);
    });
  }
});

test('clocks', () => {
  assert.deepEqual(ticks(0, 1e9, 5).map(([, text]) => text), ['0.0 s', '0.2 s', '0.4 s', '0.6 s', '0.8 s', '1.0 s']);
  assert.equal(time_text(1234567891, 1), '1.234567891 s');
  assert.deepEqual([500, 1500, 2.5e6, 3e9].map(duration_text), ['500 ns', '1.5 µs', '2.500 ms', '3.000 s']);
  assert.deepEqual([0, 5, 6, 21].map((t) => first_row(Float64Array.from([5, 10, 20]), t)), [0, 0, 1, 3]);
});

test('every key has one meaning, and help', () => {
  const keys = kBindings.flatMap((binding) => binding.keys);
  assert.equal(new Set(keys).size, keys.length);
  assert.equal(help_rows().length, kBindings.length);
  assert.equal(command_of('?'), 'help');
  assert.equal(command_of('y'), undefined);
});
