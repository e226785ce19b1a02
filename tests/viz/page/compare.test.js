// Two runs in one picture.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { first_difference, mark_difference, merge_runs } from '../../../viz/page/compare.js';
import { sentence } from '../../../viz/page/describe.js';
import { tell_story } from '../../../viz/page/story.js';
import { run_of } from './traces.js';

const elected = (leader, t) => [
  { node: 0, t: 0, kind: 'tick' },
  { node: 0, t: t ?? 1000, kind: 'note', note: 'round-started', cause: 1, a: 1, b: 0, c: 0 },
  { node: 0, t: 3000, kind: 'note', note: 'elected', cause: 2, a: leader, b: 0, c: 1 },
  { t: 4000, kind: 'cut', from: 0, to: 1 },
];

test('the first difference is of what was decided, not of when', () => {
  assert.equal(first_difference(run_of(elected(3)).run, run_of(elected(3, 2000)).run), null);
  assert.deepEqual(first_difference(run_of(elected(3)).run, run_of(elected(2, 2000)).run), { node: 0, a: 2, b: 2 });
  assert.deepEqual(first_difference(run_of(elected(3)).run, run_of(elected(3).slice(0, 2)).run), { node: 0, a: 2, b: -1 });
});

test('both runs keep their causes, cuts and names, in one order of time', () => {
  const { run, difference } = merge_runs(run_of(elected(3)).run, run_of(elected(2, 2000)).run);
  const story = tell_story(run);
  assert.deepEqual([...run.t], [0, 0, 1000, 2000, 3000, 3000, 4000, 4000]);
  assert.deepEqual([...run.node], [0, 4, 0, 4, 0, 4, -1, -1]);
  assert.deepEqual([...run.cause], [-1, -1, 0, 1, 2, 3, -1, -1]);
  assert.deepEqual(story.cuts.map((cut) => [cut.a, cut.b]), [[0, 1], [4, 5]]);
  assert.deepEqual(story.lanes, [0, 4, 1, 5, 2, 6, 3, 7]);
  assert.equal(sentence(run, story, 5), 'server 1 B sees server 2 elected, whose log ends at 0x0');
  assert.deepEqual(difference, { a: 4, b: 5 });
  mark_difference(run, story, difference);
  const [{ check, seq, what }] = run.meta.violations;
  assert.deepEqual([check, seq], ['first difference', 5]);
  assert.equal(what, 'server 1 A sees server 3 elected, whose log ends at 0x0; server 1 B sees server 2 elected, whose log ends at 0x0');
  mark_difference(run, story, null);
  assert.equal(run.meta.remarks.at(-1), 'The two runs do not differ.');
});
