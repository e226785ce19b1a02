// A violation: what the page has of it, what it says, and what it draws in place.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { draw_violations, extent_of, letter_of, row_of } from '../../../viz/page/draw_violations.js';
import { kPalettes } from '../../../viz/page/palette.js';
import { lay_out, ViewPort } from '../../../viz/page/view_port.js';
import { violation_words, violations_of } from '../../../viz/page/violation_panel.js';
import { run_of } from './traces.js';

const kEvents = Array.from({ length: 9 }, (_, i) => ({ node: i % 4, t: i * 1e6, kind: 'tick' }));
const kLeaders = {
  check: 'leadership', t: 6e6, seq: 7, what: 'servers 1 and 3 both lead epoch 4', promise: 'at most one established leader per epoch',
  sides: [{ node: 0, seq: 5, says: 'leads epoch 4' }, { node: 2, seq: 7, says: 'leads epoch 4, too' }],
};
const kLost = {
  check: 'register', t: 3e6, seq: 0, what: '5 was lost', why: ['5 was lost', 'null was read'],
  window: [
    { node: 3, from: 1e6, until: 2e6, what: 'write 5', outcome: 'ok' },
    { node: 3, from: 3e6, until: -1, what: 'read', outcome: 'unknown' },
  ],
};
const violated = (...violations) => run_of(kEvents, { violations });

/** A canvas that writes down what is written on it. */
function paper() {
  const words = [];
  const frames = [];
  return {
    words, frames,
    g: new Proxy({}, {
      get: (_, name) => ({
        measureText: (text) => ({ width: text.length * 6 }),
        fillText: (text, x, y) => { words.push([text, Math.round(x), Math.round(y)]); },
        strokeRect: (...box) => { frames.push(box.map(Math.round)); },
      })[name] ?? (() => {}),
      set: () => true,
    }),
  };
}

function drawn({ run, story }, violation, from, to) {
  const port = new ViewPort(story.end);
  port.resize(1000, 500);
  port.show(from, to);
  const lanes = lay_out(run, story.lanes, new Set(), 500);
  const { g, words, frames } = paper();
  const shapes = [];
  draw_violations(g, { run, story, port, lanes, palette: kPalettes.light, violation }, shapes);
  return { words: words.map(([text]) => text), frames, shapes, placed: words, lanes, port };
}

test('all of it comes with the trace', () => {
  const { run } = violated(kLeaders, kLost);
  assert.deepEqual(run.meta.violations[0], { ...kLeaders, why: [], window: [] });
  assert.deepEqual(run.meta.violations[1].window, kLost.window);
  assert.equal(row_of(run, 7), 6);
  assert.equal(row_of(run, 0), -1);
  assert.deepEqual(extent_of(run, run.meta.violations[0]), [4e6, 6e6]);
  assert.deepEqual(extent_of(run, run.meta.violations[1]), [1e6, 3e6]);
  assert.equal(letter_of(1), 'B');
  assert.equal(letter_of(27), 'B1');
});

test('in words, with the letters of the picture', () => {
  const { run } = violated(kLeaders, kLost);
  assert.equal(violation_words(run, run.meta.violations[0]),
    'leadership: servers 1 and 3 both lead epoch 4; A: server 1 leads epoch 4; B: server 3 leads epoch 4, too');
  assert.equal(violation_words(run, run.meta.violations[1]), 'register: 5 was lost; A: client1: write 5, ok; B: client1: read, unknown');
  assert.deepEqual([4, 6, 5, 3].map((row) => violations_of(run, row)), [[0], [0], [], [1]]);
});

test('both sides of an invariant stand on their lanes, each with its letter', () => {
  const { words, placed, lanes, port, shapes } = drawn(violated(kLeaders), 0, 3e6, 8e6);
  assert.deepEqual(words, ['⚠ leadership', 'A', 'leads epoch 4', 'B', 'leads epoch 4, too']);
  const letter = (name) => placed.find(([text]) => text === name);
  assert.equal(letter('A')[1], Math.round(port.x(4e6)));
  assert.equal(letter('B')[1], Math.round(port.x(6e6)));
  const lane = (node) => lanes.find((one) => one.node === node);
  for (const [name, node] of [['A', 0], ['B', 2]]) {
    assert.ok(letter(name)[2] > lane(node).y && letter(name)[2] < lane(node).y + lane(node).height, name);
  }
  assert.deepEqual(shapes.map((shape) => shape.row), [4, 6]);
});

test('a side that lies outside the picture stands at its edge, and says how far away it is', () => {
  const { words, placed } = drawn(violated(kLeaders), 0, 5.5e6, 6.5e6);
  assert.ok(words.includes('leads epoch 4 (2.000 ms earlier ◀)'), words.join());
  assert.equal(placed.find(([text]) => text === 'A')[1], 162);
});

test('the window of a checker frames its operations on their lanes', () => {
  const { words, frames, port } = drawn(violated(kLost), 0, 0, 8e6);
  assert.ok(words.includes('what the checker of register looks at'));
  assert.ok(words.includes('write 5 → ok') && words.includes('read → unknown'), words.join());
  assert.ok(frames.some(([x, , w]) => x === Math.round(port.x(1e6)) && w === Math.round(port.x(2e6) - port.x(1e6))));
  assert.ok(frames.some(([x, , w]) => x === Math.round(port.x(3e6)) && x + w === port.width), 'no answer: to the edge');
});

test('of another violation only its moment is drawn', () => {
  const { words } = drawn(violated(kLeaders, kLost), 1, 5e6, 8e6);
  assert.deepEqual(words.filter((text) => text.startsWith('⚠')), ['⚠ leadership']);
  assert.ok(!words.some((text) => text.startsWith('leads')), words.join());
});
