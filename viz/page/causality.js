// Why an event happened, and what followed from it.

/** @typedef {import('./unpack.js').Run} Run @typedef {import('./story.js').Story} Story */

const kMostOfACone = 20000;

/** The first effect, or -1. @param {Story} story @param {number} row */
const first_effect = (story, row) => (row < 0 ? -1 : story.firstEffect[row]);

/** All effects, oldest first. @param {Story} story @param {number} row @param {number} most */
function effects_of(story, row, most = 50) {
  const out = [];
  for (let i = story.firstEffect[row]; i >= 0 && out.length < most; i = story.nextEffect[i]) out.push(i);
  return out;
}

/** Everything that led to the event and everything that followed from it. @param {Run} run @param {Story} story @param {number} row */
function cone_of(run, story, row) {
  const cone = new Set([row]);
  for (let i = run.cause[row]; i >= 0; i = run.cause[i]) cone.add(i);
  const open = [row];
  while (open.length && cone.size < kMostOfACone) {
    const at = /** @type {number} */ (open.pop());
    for (let i = story.firstEffect[at]; i >= 0; i = story.nextEffect[i]) {
      if (cone.has(i)) continue;
      cone.add(i);
      open.push(i);
    }
  }
  return cone;
}

/** The next event in a direction that may be shown, or -1. @param {Run} run @param {number} row @param {number} step 1 or -1
 * @param {(row: number) => boolean} wanted */
function next_event(run, row, step, wanted) {
  for (let i = row + step; i >= 0 && i < run.n; i += step) if (wanted(i)) return i;
  return -1;
}

export { cone_of, effects_of, first_effect, next_event };
