// The tree of one server at one instant, as nested lists; what its latest transaction did is marked.

import { element } from './elements.js';
import { zxid_text } from './server_state.js';
import { name_of } from './view_port.js';

/** @typedef {import('./unpack.js').Run} Run @typedef {import('./transactions.js').Tree} Tree
 * @typedef {import('./transactions.js').Znode} Znode @typedef {import('./server_state.js').ServerState} ServerState
 * @typedef {{whose: number, open: boolean}} TreeChoice whose: the node that was chosen, -1: the event's own */

const kMostChildren = 12;
const kMostNodes = 250;

/** A data as it was told: `"5"`, or `120B`. @param {Znode} node */
const node_words = (node) => [node.data === '""' ? '' : node.data, `v${node.version}`, node.owner].filter(Boolean).join(' ');

/** The children that are shown: what changed last, and of the rest the latest. @param {Tree} tree @param {Znode} node */
function shown_children(tree, node) {
  const all = [...node.children].sort();
  const changed = all.filter((path) => contains_change(tree, path, 0));
  const others = all.filter((path) => !changed.includes(path));
  const room = Math.max(0, kMostChildren - changed.length);
  return { shown: [...changed, ...others.slice(Math.max(0, others.length - room))].sort(), left_out: Math.max(0, others.length - room) };
}

/** @param {Tree} tree @param {string} path @param {number} depth @returns {boolean} */
function contains_change(tree, path, depth) {
  const node = tree.nodes.get(path);
  if (!node) return false;
  if (node.changed === tree.zxid) return true;
  if (depth > 8 || node.children.size > 200) return false;
  return [...node.children].some((child) => contains_change(tree, child, depth + 1));
}

/** @param {Tree} tree @param {string} path @param {{left: number}} room @returns {HTMLElement} */
function node_item(tree, path, room) {
  const node = /** @type {Znode} */ (tree.nodes.get(path));
  --room.left;
  const fresh = node.changed === tree.zxid && tree.zxid > 0;
  const name = path === '/' ? '/' : path.slice(path.lastIndexOf('/') + 1);
  const words = ` ${node_words(node)}${fresh ? ' ← now' : ''}`;
  const item = element('li', {}, element('code', fresh ? { class: 'changed' } : {}, name), words);
  if (node.children.size === 0) return item;
  const { shown, left_out } = shown_children(tree, node);
  const list = element('ul', {});
  if (left_out) list.append(element('li', { class: 'faint' }, `${left_out.toLocaleString('en')} more`));
  for (const child of shown) if (room.left > 0) list.append(node_item(tree, child, room));
  item.append(list);
  return item;
}

/** @param {Run} run @param {import('./transactions.js').Transactions} transactions @param {number} node @param {number} zxid */
function tree_of(run, transactions, node, zxid) {
  if (!(zxid > 0)) return [element('p', { class: 'faint' }, 'What it has committed is not told at this instant.')];
  if (transactions.history.length === 0) return [element('p', { class: 'faint' }, 'This trace does not tell what transactions did.')];
  const tree = transactions.tree(node, zxid);
  const says = transactions.text(node, tree.zxid)?.replace(/; digest 0x[0-9a-f]+$/, '') ?? '';
  const digest = tree.digest ? `, digest ${tree.digest}` : '';
  const out = [
    element('p', {}, `At ${zxid_text(zxid)}${digest}: ${tree.nodes.size - 1} nodes, ${tree.sessions.size} sessions.`),
    element('p', { class: 'faint' }, `Last: ${says}`),
    element('ul', { class: 'tree' }, node_item(tree, '/', { left: kMostNodes })),
  ];
  const before = transactions.history[0];
  if (!run.meta.header.scenario && before % 2 ** 32 > 1) {
    out.push(element('p', { class: 'faint' }, `Only what this trace tells: nothing of before ${zxid_text(before)}.`));
  }
  return out;
}

/** @param {Run} run @param {ServerState[]} states @param {number[]} servers @param {number} node of the event */
function usual_server(run, states, servers, node) {
  if (servers.includes(node) && states[node].committed > 0) return node;
  const leader = servers.find((one) => states[one].role === 'leading' && states[one].committed > 0);
  if (leader !== undefined) return leader;
  return servers.reduce((best, one) => ((states[one].committed || 0) > (states[best].committed || 0) ? one : best), servers[0]);
}

/** @param {Run} run @param {import('./transactions.js').Transactions} transactions @param {ServerState[]} states @param {number[]} servers
 * @param {number} node @param {TreeChoice} choice is kept from event to event */
function tree_section(run, transactions, states, servers, node, choice) {
  const body = element('div', {});
  const fill = () => {
    const whose = servers.includes(choice.whose) ? choice.whose : usual_server(run, states, servers, node);
    body.replaceChildren(...(choice.open ? tree_of(run, transactions, whose, states[whose].committed) : []));
    /** @type {HTMLSelectElement} */ (select).value = String(servers.includes(choice.whose) ? choice.whose : -1);
  };
  const option = (/** @type {number} */ node, /** @type {string} */ says) => element('option', { value: String(node) }, says);
  const options = [option(-1, 'of the event'), ...servers.map((one) => option(one, `of ${name_of(run, one)}`))];
  const select = element('select', { 'aria-label': 'Whose tree' }, ...options);
  select.addEventListener('change', () => {
    choice.whose = Number(/** @type {HTMLSelectElement} */ (select).value);
    fill();
  });
  const details = /** @type {HTMLDetailsElement} */ (element('details', { class: 'inline' }, element('summary', {}, 'Tree'), select, body));
  details.open = choice.open;
  details.addEventListener('toggle', () => {
    if (choice.open === details.open) return;
    choice.open = details.open;
    fill();
  });
  fill();
  return element('section', { 'aria-label': 'Tree at this instant' }, details);
}

export { tree_section };
