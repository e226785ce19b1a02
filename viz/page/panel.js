// The panel beside the picture: the selected event in words, its causes and effects, and the servers at that instant.

import { effects_of } from './causality.js';
import { field_rows, sentence } from './describe.js';
import { state_changes, state_rows } from './server_state.js';
import { states_at } from './story.js';
import { name_of, time_text } from './view_port.js';

/** @typedef {import('./unpack.js').Run} Run @typedef {import('./story.js').Story} Story */

/** @param {string} tag @param {Record<string, string>} attributes @param {(Node | string)[]} children */
function element(tag, attributes = {}, ...children) {
  const out = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) out.setAttribute(name, value);
  out.append(...children);
  return out;
}

/** A button that leads to an event. @param {Run} run @param {Story} story @param {number} row @param {(row: number) => void} go */
function event_button(run, story, row, go) {
  const button = element('button', { type: 'button', class: 'event' }, `${time_text(run.t[row], 1000)}  ${sentence(run, story, row)}`);
  button.addEventListener('click', () => go(row));
  return button;
}

/** @param {[string, string][]} rows */
function table_of(rows) {
  return element('table', {}, element('tbody', {}, ...rows.map(([name, value]) =>
    element('tr', {}, element('th', { scope: 'row' }, name), element('td', {}, value)))));
}

/** @param {Run} run @param {Story} story @param {number} row @param {(row: number) => void} go */
function event_section(run, story, row, go) {
  const out = element('section', { 'aria-label': 'Selected event' },
    element('h2', {}, sentence(run, story, row)), table_of(field_rows(run, story, row)));
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

/** All servers side by side; what the event changed is marked. @param {Run} run @param {Story} story @param {number} row */
function state_section(run, story, row) {
  const after = states_at(run, story, row);
  const before = row > 0 ? states_at(run, story, row - 1) : after;
  const servers = story.lanes.filter((node) => run.meta.header.nodes[node].sid);
  const title = `Servers at ${time_text(run.t[row], 1000)}`;
  const out = element('section', { 'aria-label': 'Servers at this instant' }, element('h2', {}, title));
  const changed = new Map(servers.map((node) => [node, state_changes(before[node], after[node])]));
  for (const [node, changes] of changed) {
    for (const [name, was, is] of changes) out.append(element('p', { class: 'change' }, `${name_of(run, node)}: ${name}: ${was} → ${is}`));
  }
  if (servers.length === 0) return out;
  const rows = servers.map((node) => state_rows(after[node]));
  const columns = servers.map((node) => element('th', { scope: 'col' }, name_of(run, node).replace('server ', 's')));
  const head = element('tr', {}, element('td'), ...columns);
  const body = rows[0].map(([name], k) => element('tr', {}, element('th', { scope: 'row' }, name),
    ...servers.map((node, s) => {
      const marked = (changed.get(node) ?? []).some(([other]) => other === name);
      return element('td', marked ? { class: 'changed' } : {}, rows[s][k][1]);
    })));
  const table = element('table', {}, element('thead', {}, head), element('tbody', {}, ...body));
  out.append(element('div', { class: 'wide', tabindex: '0', role: 'region', 'aria-label': title }, table));
  out.append(element('p', { class: 'faint' }, 'The trace does not tell: digests, data, and which sessions a server had before its start.'));
  return out;
}

/** What the run was, when nothing is selected. @param {Run} run @param {Story} story @param {(row: number) => void} go */
function run_section(run, story, go) {
  const { header } = run.meta;
  const unanswered = story.operations.filter((op) => op.outcome === 'unknown' || op.outcome === 'none');
    const out = element('section', { 'aria-label': 'The run' }, element('h2', {}, header.scenario || 'A running server'), table_of([
    ['file', run.meta.file],
    ['seed', header.seed],
    ['commit', header.commit],
    ['trace hash', run.meta.trace_hash || 'none: the writer was killed'],
    ['events', run.n.toLocaleString('en')],
    ['lasted', time_text(story.end)],
    ['operations', `${story.operations.length}, ${unanswered.length} without an answer`],
    ['votes and synchronization', `${story.rare.length} messages`],
  ]));
  for (const violation of run.meta.violations)
    out.append(element('p', { class: 'change', role: 'alert' }, `⚠ ${violation.check}, at ${time_text(violation.t)}: ${violation.what}`));
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

/** @param {HTMLElement} into @param {Run} run @param {Story} story @param {number} row @param {(row: number) => void} go */
function fill_panel(into, run, story, row, go) {
  const sections = row < 0 ? [run_section(run, story, go)] : [event_section(run, story, row, go), state_section(run, story, row)];
  const focus = document.activeElement && into.contains(document.activeElement);
  into.replaceChildren(...sections);
  if (focus) into.focus();
}

export { element, fill_panel };
