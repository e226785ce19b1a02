// What transactions did, as the notes `proposed` and `committed` tell it (core/node/transaction_words.h), and the tree that
// they make: at any zxid, and for each server as it has them.

/**
 * @typedef {import('./unpack.js').Run} Run
 * @typedef {{zxid: number, parts: string[][], digest: string, row: number}} Transaction parts: words of each; row: that told of it
 * @typedef {{data: string, version: number, owner: string, made: number, changed: number, children: Set<string>}} Znode owner:
 *   "ephemeral 0x..", "container", "ttl 500" or empty; made, changed: zxids
 * @typedef {{zxid: number, nodes: Map<string, Znode>, sessions: Map<string, string>, digest: string, told: number}} Tree told: how many
 *   transactions it is made of; sessions: their timeouts
 */

const kWord = /"(?:[^"\\]|\\.)*"|;|[^\s;"]+/g;

/** @param {string} text @param {number} zxid @param {number} row @returns {Transaction} */
function parse_transaction(text, zxid, row) {
  /** @type {string[][]} */
  const parts = [[]];
  for (const [word] of text.matchAll(kWord)) {
    if (word === ';') parts.push([]);
    else parts[parts.length - 1].push(word);
  }
  const last = parts[parts.length - 1];
  const digest = last[0] === 'digest' ? last[1] : '';
  return { zxid, parts: digest ? parts.slice(0, -1) : parts, digest, row };
}

/** A path or data as it was quoted. @param {string} word */
const unquoted = (word) => (word.startsWith('"') ? JSON.parse(word) : word);

/** @returns {Tree} */
function empty_tree() {
  const root = { data: '""', version: 0, owner: '', made: 0, changed: 0, children: new Set() };
  return { zxid: 0, nodes: new Map([['/', root]]), sessions: new Map(), digest: '', told: 0 };
}

/** @param {string} path */
const parent_of = (path) => path.slice(0, Math.max(1, path.lastIndexOf('/')));

/** @param {Tree} tree @param {string} path */
function remove(tree, path) {
  const node = tree.nodes.get(path);
  if (!node) return;
  for (const child of node.children) remove(tree, child);
  tree.nodes.delete(path);
  tree.nodes.get(parent_of(path))?.children.delete(path);
}

/** @type {Record<string, (tree: Tree, zxid: number, words: string[]) => void>} */
const kDoes = {
  create: (tree, zxid, [, path, data, ...owner]) => {
    const at = unquoted(path);
    remove(tree, at);
    tree.nodes.set(at, { data, version: 0, owner: owner.join(' '), made: zxid, changed: zxid, children: new Set() });
    tree.nodes.get(parent_of(at))?.children.add(at);
  },
  setData: (tree, zxid, [, path, data, , version]) => {
    const node = tree.nodes.get(unquoted(path));
    if (node) Object.assign(node, { data, version: Number(version), changed: zxid });
  },
  delete: (tree, zxid, [, path]) => remove(tree, unquoted(path)),
  createSession: (tree, zxid, [, session, , timeout]) => { tree.sessions.set(session, timeout); },
  closeSession: (tree, zxid, [, session, ...paths]) => {
    tree.sessions.delete(session);
    for (const path of paths) remove(tree, unquoted(path));
  },
};

/** @param {Tree} tree @param {Transaction} transaction */
function apply_transaction(tree, transaction) {
  for (const words of transaction.parts) kDoes[words[0]]?.(tree, transaction.zxid, words);
  tree.zxid = transaction.zxid;
  tree.digest = transaction.digest;
  ++tree.told;
}

const epoch_of = (/** @type {number} */ zxid) => Math.floor(zxid / 2 ** 32);

/**
 * The history of a run, and where a server has it otherwise. A proposal that no leader took over is no part of it: of an epoch, what
 * was committed, or what an established leader's log held. What a later leader came without is lost from its epoch on, even if it had
 * been committed; that is what a run shows whose servers make a mistake.
 */
class Transactions {
  /** @param {Run} run */
  constructor(run) {
    /** @type {Map<number, string>} by zxid, as it was told first */
    this.texts = new Map();
    /** @type {Map<number, number>} the row that told it */
    this.rows = new Map();
    /** @type {Map<number, Map<number, string>>} by node, where it differs */
    this.own = new Map();
    /** @type {Map<number, number>} by epoch: the last that its leader came with */
    this.began = new Map();
    /** @type {Map<number, {zxids: number[], sessions: Int32Array}>} by epoch: all up to its end; sessions: how many before each */
    this.lines = new Map();
    /** @type {{node: number, epoch: number, tree: Tree} | null} */
    this.last = null;
    /** @type {Map<number, number[]>} zxids by epoch, ascending */
    this.epochs = this.of_epochs(this.read(run));
  }

  /** How far each epoch goes. @param {Run} run */
  read(run) {
    const note = run.meta.kinds.findIndex((kind) => kind.name === 'note');
    const [proposed, committed, established] = ['proposed', 'committed', 'established'].map((name) => run.meta.notes.indexOf(name));
    const [what, about, more] = run.f;
    /** @type {Map<number, number>} */
    const until = new Map();
    const goes_to = (/** @type {number} */ zxid) => {
      if (zxid > (until.get(epoch_of(zxid)) ?? -1)) until.set(epoch_of(zxid), zxid);
    };
    for (let i = 0; i < run.n; ++i) {
      if (run.kind[i] !== note) continue;
      if (what[i] === committed) goes_to(about[i]);
      if (what[i] === established) {
        goes_to(more[i]);
        this.began.set(about[i], more[i]);
      }
      const text = what[i] === proposed || what[i] === committed ? run.text.get(i) : undefined;
      if (text !== undefined) this.take(run.node[i], about[i], text, i);
    }
    return until;
  }

  /** @param {Map<number, number>} until @returns {Map<number, number[]>} */
  of_epochs(until) {
    /** @type {Map<number, number[]>} */
    const out = new Map();
    for (const zxid of [...this.texts.keys()].sort((a, b) => a - b)) {
      const epoch = epoch_of(zxid);
      if (zxid > (until.get(epoch) ?? -1)) continue;
      const all = out.get(epoch);
      if (all) all.push(zxid);
      else out.set(epoch, [zxid]);
    }
    return out;
  }

  /** @param {number} node @param {number} zxid @param {string} text @param {number} row */
  take(node, zxid, text, row) {
    const known = this.texts.get(zxid);
    if (known === undefined) {
      this.texts.set(zxid, text);
      this.rows.set(zxid, row);
    } else if (known !== text) {
      const own = this.own.get(node) ?? new Map();
      this.own.set(node, own.set(zxid, text));
    }
  }

  /** What stands before an epoch. @param {number} epoch @returns {number[]} */
  before(epoch) {
    const last = this.began.get(epoch);
    // A trace that begins later than its servers does not say what a leader came with.
    if (last === undefined) return [...this.epochs].filter(([earlier]) => earlier < epoch).flatMap(([, zxids]) => zxids);
    if (last <= 0 || epoch_of(last) >= epoch) return [];
    return [...this.before(epoch_of(last)), ...(this.epochs.get(epoch_of(last)) ?? []).filter((zxid) => zxid <= last)];
  }

  /** All up to the end of an epoch. @param {number} epoch */
  line(epoch) {
    const known = this.lines.get(epoch);
    if (known) return known;
    const zxids = [...this.before(epoch), ...(this.epochs.get(epoch) ?? [])];
    const sessions = new Int32Array(zxids.length + 1);
    const live = new Set();
    zxids.forEach((zxid, i) => {
      const [, verb, session] = /^(createSession|closeSession) (0x[0-9a-f]+)/.exec(/** @type {string} */ (this.texts.get(zxid))) ?? [];
      if (verb === 'createSession') live.add(session);
      if (verb === 'closeSession') live.delete(session);
      sessions[i + 1] = live.size;
    });
    const line = { zxids, sessions };
    this.lines.set(epoch, line);
    return line;
  }

  get history() {
    return this.line(Math.max(0, ...this.epochs.keys())).zxids;
  }

  /** What a server says a transaction is. @param {number} node @param {number} zxid */
  text(node, zxid) {
    return this.own.get(node)?.get(zxid) ?? this.texts.get(zxid);
  }

  /** Of the tree of a server that has committed up to a zxid; empty: not told. @param {number} node @param {number} zxid */
  digest(node, zxid) {
    return /; digest (0x[0-9a-f]+)$/.exec(this.text(node, zxid) ?? '')?.[1] ?? '';
  }

  /** @param {number} zxid */
  session_count(zxid) {
    const { zxids, sessions } = this.line(epoch_of(zxid));
    return sessions[place_in(zxids, zxid)];
  }

  /** Going on from the tree that was asked for last, if that is earlier. @param {number} node @param {number} zxid @returns {Tree} */
  tree(node, zxid) {
    const epoch = epoch_of(zxid);
    const { zxids } = this.line(epoch);
    const goes_on = this.last && this.last.node === node && this.last.epoch === epoch && this.last.tree.zxid <= zxid;
    const tree = goes_on && this.last ? this.last.tree : empty_tree();
    for (let i = place_in(zxids, tree.zxid); i < zxids.length && zxids[i] <= zxid; ++i) {
      const text = /** @type {string} */ (this.text(node, zxids[i]));
      apply_transaction(tree, parse_transaction(text, zxids[i], this.rows.get(zxids[i]) ?? -1));
    }
    this.last = { node, epoch, tree };
    return tree;
  }
}

/** How many are not after a zxid. @param {number[]} zxids @param {number} zxid */
function place_in(zxids, zxid) {
  let low = 0;
  for (let high = zxids.length; low < high;) {
    const middle = (low + high) >> 1;
    if (zxids[middle] <= zxid) low = middle + 1;
    else high = middle;
  }
  return low;
}

export { parent_of, parse_transaction, Transactions };
