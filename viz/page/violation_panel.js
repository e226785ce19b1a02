// A violation in words: what was to hold, what does not, and who shows it; with the letters that the picture has.

import { letter_of, row_of, row_of_operation, row_of_violation } from './draw_violations.js';
import { element } from './elements.js';
import { duration_text, name_of, time_text } from './view_port.js';

/** @typedef {import('./unpack.js').Run} Run @typedef {import('./unpack.js').Violation} Violation */

/** In one breath. @param {Run} run @param {Violation} violation */
function violation_words(run, violation) {
  const sides = (violation.sides ?? []).map((side, k) => `${letter_of(k)}: ${name_of(run, side.node)} ${side.says}`);
  const window = (violation.window ?? []).map((op, k) => `${letter_of(k)}: ${name_of(run, op.node)}: ${op.what}, ${op.outcome}`);
  return [`${violation.check}: ${violation.what}`, ...sides, ...window].join('; ');
}

/** @param {Run} run @param {Violation} violation @param {(row: number) => void} go */
function side_list(run, violation, go) {
  return (violation.sides ?? []).map((side, k) => {
    const row = row_of(run, side.seq);
    const text = `${letter_of(k)}  ${name_of(run, side.node)} ${side.says}`;
    if (row < 0) return element('li', {}, text);
    const apart = violation.t - run.t[row];
    const button = element('button', { type: 'button', class: 'event' }, apart > 0 ? `${text} (${duration_text(apart)} earlier)` : text);
    button.addEventListener('click', () => go(row));
    return element('li', {}, button);
  });
}

/** @param {Run} run @param {Violation} violation @param {(row: number) => void} go */
function window_list(run, violation, go) {
  return (violation.window ?? []).map((op, k) => {
    const until = op.until < 0 ? 'no answer' : time_text(op.until, 1000);
    const text = `${letter_of(k)}  ${name_of(run, op.node)}: ${op.what} → ${op.outcome} (${time_text(op.from, 1000)} to ${until})`;
    const button = element('button', { type: 'button', class: 'event' }, text);
    button.addEventListener('click', () => go(row_of_operation(run, op)));
    return element('li', {}, button);
  });
}

/** @param {Run} run @param {number} k @param {(row: number) => void} go
 * @param {((k: number) => void) | null} show what a button does that leads to it */
function violation_section(run, k, go, show) {
  const violation = run.meta.violations[k];
  const out = element('section', { class: 'violation', 'aria-label': `Violation: ${violation.check}` },
    element('h2', {}, `⚠ ${violation.check}, at ${time_text(violation.t)}`), element('p', { class: 'change' }, violation.what));
  if (show) {
    const button = element('button', { type: 'button' }, 'Show it');
    button.addEventListener('click', () => show(k));
    out.append(button);
  }
  if (violation.promise) out.append(element('p', {}, `What was to hold: ${violation.promise}.`));
  for (const sentence of violation.why ?? []) if (sentence !== violation.what) out.append(element('p', {}, sentence));
  const sides = side_list(run, violation, go);
  if (sides.length) out.append(element('h3', {}, 'What does not agree'), element('ol', {}, ...sides));
  const window = window_list(run, violation, go);
  if (window.length) out.append(element('h3', {}, 'What the checker looks at'), element('ol', {}, ...window));
  return out;
}

/** Which violations an event shows, or is the moment of. @param {Run} run @param {number} row @returns {number[]} */
function violations_of(run, row) {
  const shows = (/** @type {Violation} */ v) => row_of_violation(run, v) === row ||
    (v.sides ?? []).some((side) => row_of(run, side.seq) === row) || (v.window ?? []).some((op) => row_of_operation(run, op) === row);
  return run.meta.violations.map((v, k) => (shows(v) ? k : -1)).filter((k) => k >= 0);
}

export { violation_section, violation_words, violations_of };
