// The panel beside the picture: the selected event in words, its causes and effects, and the servers at that instant.

import { effects_of } from './causality.js';
import { field_rows, sentence } from './describe.js';
import { element, table_of } from './elements.js';
import { zxid_reader } from './search.js';
import { row_changes, state_rows } from './server_state.js';
import { states_at } from './story.js';
import { tree_section } from './tree_panel.js';
import { name_of, time_text } from './view_port.js';
import { violation_section, violations_of } from './violation_panel.js';

/**
 * @typedef {import('./unpack.js').Run} Run @typedef {import('./story.js').Story} Story
 * @typedef {{run: Run, story: Story, transactions: import('./transactions.js').Transactions, row: number, go: (row: number) => void,
 *   show: (violation: number) => void}} Shown row: -1: no event is selected
 */

/** @type {import('./tree_panel.js').TreeChoice} */
const kTreeChoice = { whose: -1, open: true };

/** A button that leads to an event. @param {Run} run @param {Story} story @param {number} row @param {(row: number) => void} go */
function event_button(run, story, row, go) {
  const button = element('button', { type: 'button', class: 'event' }, `${time_text(run.t[row], 1000)}  ${sentence(run, story, row)}`);
  button.addEventListener('click', () => go(row));
  return button;
}

/** @param {Shown} shown */
function event_section({ run, story, transactions, row, go }) {
  const rows = field_rows(run, story, row);
  const does = transactions.text(run.node[row], zxid_reader(run)(row));
  if (does && !run.text.has(row)) rows.push(['transaction', does]);
  const out = element('section', { 'aria-label': 'Selected event' },
    element('h2', {}, sentence(run, story, row)), table_of(rows));
  const causes = [];
  for (let i = run.cause[row]; i >= 0 && causes.length < 8; i = run.cause[i]) causes.push(i);
  const list = (/** @type {string} */ title, /** @type {number[]} */ rows, /** @type {string} */ none) => {
    out.append(element('h3', {}, title));
    if (rows.length === 0) out.append(element('p', { class: 'faint' }, none));
    else out.append(element('ol', {}, ...rows.map((i) => element('li', {}, event_button(run, story, i, go)))));
  };
  list('Because', causes, 'Nothing before it in this trace led to it.');
  list('So', effects_of(story, row, 12), 'Nothing followed from it.');
  return out;
}

/** All servers side by side; what the event changed is marked. @param {Shown} shown */
function state_section({ run, story, transactions, row }) {
  const after = states_at(run, story, row);
  const before = row > 0 ? states_at(run, story, row - 1) : after;
  const servers = story.lanes.filter((node) => run.meta.header.nodes[node].sid);
  const title = `Servers at ${time_text(run.t[row], 1000)}`;
  const out = element('section', { 'aria-label': 'Servers at this instant' }, element('h2', {}, title));
  const rows_of = (/** @type {import('./server_state.js').ServerState[]} */ states) =>
    servers.map((node) => state_rows(states[node], run, node, transactions));
  const [was, rows] = [rows_of(before), rows_of(after)];
  const changed = rows.map((is, s) => row_changes(was[s], is));
  changed.forEach((changes, s) => {
    const who = name_of(run, servers[s]);
    for (const [name, from, to] of changes) out.append(element('p', { class: 'change' }, `${who}: ${name}: ${from} → ${to}`));
  });
  if (servers.length === 0) return out;
  const columns = servers.map((node) => element('th', { scope: 'col' }, name_of(run, node).replace('server ', 's')));
  const head = element('tr', {}, element('td'), ...columns);
  const body = rows[0].map(([name], k) => element('tr', {}, element('th', { scope: 'row' }, name),
    ...servers.map((_, s) => element('td', changed[s].some(([other]) => other === name) ? { class: 'changed' } : {}, rows[s][k][1]))));
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
  out.append(element('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': title }, table));
  out.append(tree_section(run, transactions, after, servers, run.node[row], kTreeChoice));
  return out;
}

/** What the run was, when nothing is selected. @param {Shown} shown */
function run_section({ run, story, go, show }) {
  const { header } = run.meta;
  const unanswered = story.operations.filter((op) => op.outcome === 'unknown' || op.outcome === 'none');
  const title = header.scenario || (header.nodes.length > 1 ? 'Running servers' : 'A running server');
  const out = element('section', { 'aria-label': 'The run' }, element('h2', {}, title), table_of([
    ['file', run.meta.file],
    .../** @type {[string, string][]} */ (header.scenario ? [['seed', header.seed]] : []),
    .../** @type {[string, string][]} */ (header.commit ? [['commit', header.commit]] : []),
    ['trace hash', run.meta.trace_hash || (run.meta.complete ? 'none: of several servers' : 'none: the writer was killed')],
    ['events', run.n.toLocaleString('en')],
    ['lasted', time_text(story.end)],
    .../** @type {[string, string][]} */ (header.scenario
      ? [['operations', `${story.operations.length}, ${unanswered.length} without an answer`]] : []),
    ['votes and synchronization', `${story.rare.length} messages`],
  ]));
  if (header.mistake) out.append(element('p', { class: 'change' }, `The servers were made to make a mistake: ${header.mistake}`));
  run.meta.violations.forEach((_, k) => out.append(violation_section(run, k, go, show)));
  for (const remark of run.meta.remarks) out.append(element('p', { class: 'change' }, remark));
  const moments = [...story.marks].filter((row) => {
    const kind = run.meta.kinds[run.kind[row]].name;
    const note = kind === 'note' ? run.meta.notes[run.f[0][row]] : '';
    return ['established', 'stepped-down', 'truncated', 'expired'].includes(note) ||
      ['killed', 'power-lost', 'exited', 'paused', 'wiped', 'disk-failed'].includes(kind) || (kind === 'started' && run.f[0][row] > 1);
  });
  out.append(element('h3', {}, 'What happened'));
  out.append(element('ol', {}, ...moments.slice(0, 60).map((row) => element('li', {}, event_button(run, story, row, go)))));
  if (moments.length > 60) out.append(element('p', { class: 'faint' }, `and ${moments.length - 60} more`));
  return out;
}

/** @param {HTMLElement} into @param {Shown} shown */
function fill_panel(into, shown) {
  const { run, story, row, go } = shown;
  const sections = row < 0 ? [run_section(shown)] : [
    ...violations_of(run, row).map((k) => violation_section(run, k, go, null)), event_section(shown), state_section(shown)];
  const focus = document.activeElement && into.contains(document.activeElement);
  into.replaceChildren(...sections);
  if (focus) into.focus();
}

export { fill_panel };
