// node-zookeeper-client against a server, `node cases.js HOSTS`: reads the names of cases, runs each, prints one line
// for it (../foreign.py says how).
'use strict';

const assert = require('assert');
const readline = require('readline');
const zookeeper = require(process.env.INTEROP_NODE_CLIENT);
const { ACL, CreateMode, Event, Exception, Id, Permission, State } = zookeeper;

const hosts = process.argv[2];
const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const say = (line) => process.stdout.write(line + '\n');

function within(seconds, what, promise) {
  let timer;
  const late = new Promise((_, no) => { timer = setTimeout(() => no(new Error(`never: ${what}`)), seconds * 1000); });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

// The client's operation, as a promise; of several results, all.
function call(client, operation, ...args) {
  return within(20, operation, new Promise((yes, no) => client[operation](...args, (error, ...results) => {
    if (error) no(error);
    else yes(results.length > 1 ? results : results[0]);
  })));
}

async function fails(code, promise) {
  const error = await promise.then((got) => { throw new Error(`got ${got}, expected ${code}`); }, (failed) => failed);
  assert.strictEqual(error.getCode && error.getCode(), Exception[code], String(error));
}

async function eventually(what, holds) {
  for (const deadline = Date.now() + 15000; !(await holds());) {
    assert(Date.now() < deadline, `never: ${what}`);
    await new Promise((yes) => setTimeout(yes, 5));
  }
}

// A promise of the next event, and the watcher that keeps it.
function watcher() {
  const one = {};
  one.told = within(15, 'an event', new Promise((yes) => { one.watch = yes; }));
  one.told.catch(() => {});
  return one;
}

async function told(one, type, path) {
  const event = await one.told;
  assert.deepStrictEqual([event.getType(), event.getPath()], [type, path]);
}

const number = (buffer) => BigInt('0x' + buffer.toString('hex'));

class Given {
  constructor(name) {
    this.name = name;
    this.root = `/node-${name}`;
    this.clients = [];
  }

  async client() {
    const client = zookeeper.createClient(hosts, { sessionTimeout: 10000, spinDelay: 100, retries: 20 });
    this.clients.push(client);
    const connected = new Promise((yes) => client.once('connected', yes));
    client.connect();
    await within(20, 'connected', connected);
    return client;
  }

  async waitForServers() {
    say(`${this.name} waiting`);
    await lines.next();
  }
}

const cases = {
  async operations(given) {
    const client = await given.client(), { root } = given;
    assert.strictEqual(await call(client, 'create', root, Buffer.from('one')), root);
    let [data, stat] = await call(client, 'getData', root);
    assert.deepStrictEqual([String(data), stat.version, stat.dataLength, stat.numChildren], ['one', 0, 3, 0]);
    assert.deepStrictEqual(stat.czxid, stat.mzxid);
    stat = await call(client, 'setData', root, Buffer.from('two'), 0);
    assert.strictEqual(stat.version, 1);
    assert.deepStrictEqual(await call(client, 'exists', root), stat);
    await call(client, 'remove', root, 1);
    assert.strictEqual(await call(client, 'exists', root), null);
  },

  async errors(given) {
    const client = await given.client(), { root } = given;
    await call(client, 'create', root);
    await call(client, 'create', `${root}/a`);
    await call(client, 'create', `${root}/e`, CreateMode.EPHEMERAL);
    await fails('NODE_EXISTS', call(client, 'create', root));
    await fails('NO_NODE', call(client, 'create', `${root}/x/y`));
    await fails('NO_CHILDREN_FOR_EPHEMERALS', call(client, 'create', `${root}/e/x`));
    await fails('NO_NODE', call(client, 'getData', `${root}/x`));
    await fails('NO_NODE', call(client, 'getChildren', `${root}/x`));
    await fails('NO_NODE', call(client, 'getACL', `${root}/x`));
    await fails('NO_NODE', call(client, 'setData', `${root}/x`, Buffer.alloc(0)));
    await fails('BAD_VERSION', call(client, 'setData', root, Buffer.alloc(0), 7));
    await fails('NOT_EMPTY', call(client, 'remove', root));
    await fails('BAD_VERSION', call(client, 'remove', `${root}/a`, 7));
  },

  async sequential(given) {
    const client = await given.client(), { root } = given;
    await call(client, 'create', root);
    const modes = [CreateMode.PERSISTENT_SEQUENTIAL, CreateMode.EPHEMERAL_SEQUENTIAL];
    for (let i = 0; i < 4; ++i) {
      assert.strictEqual(await call(client, 'create', `${root}/s-`, modes[i % 2]), `${root}/s-000000000${i}`);
    }
  },

  async ephemerals(given) {
    const owner = await given.client(), other = await given.client();
    await call(owner, 'create', given.root, CreateMode.EPHEMERAL);
    await eventually('it is there', () => call(other, 'exists', given.root));
    const stat = await call(other, 'exists', given.root);
    assert.deepStrictEqual(stat.ephemeralOwner, owner.getSessionId());
    owner.close();
    await eventually('it goes with its owner', async () => !(await call(other, 'exists', given.root)));
  },

  async children(given) {
    const client = await given.client(), { root } = given;
    await call(client, 'create', root);
    const names = Array.from({ length: 300 }, (_, i) => `child-${1000 + i}`);
    await Promise.all(names.map((name) => call(client, 'create', `${root}/${name}`)));
    const [got, stat] = await call(client, 'getChildren', root);
    assert.deepStrictEqual(got.sort(), names);
    assert.deepStrictEqual([stat.numChildren, stat.cversion], [300, 300]);
  },

  async trees(given) {
    const client = await given.client(), { root } = given;
    assert.strictEqual(await call(client, 'mkdirp', `${root}/a/b/c`, Buffer.from('deep')), `${root}/a/b/c`);
    await call(client, 'mkdirp', `${root}/a/b/d`);
    const below = await call(client, 'listSubTreeBFS', `${root}/a/b`);  // one level, in this version of the client
    assert.deepStrictEqual(below.sort(), [`${root}/a/b`, `${root}/a/b/c`, `${root}/a/b/d`]);
    await call(client, 'removeRecursive', `${root}/a/b`);
    assert.deepStrictEqual((await call(client, 'getChildren', `${root}/a`))[0], []);
  },

  async large_data(given) {
    const client = await given.client(), data = Buffer.alloc(1000000, 'x');
    await call(client, 'create', given.root, data);
    assert((await call(client, 'getData', given.root))[0].equals(data));
  },

  async pipelined_answers_come_in_order(given) {
    const client = await given.client(), { root } = given, order = [];
    await call(client, 'create', root, Buffer.from('-1'));
    await Promise.all(Array.from({ length: 200 }, async (_, i) => {
      const written = call(client, 'setData', root, Buffer.from(String(i))), read = call(client, 'getData', root);
      assert.strictEqual((await written).version, i + 1);
      assert.strictEqual(String((await read)[0]), String(i));
      order.push(i);
    }));
    assert.deepStrictEqual(order, Array.from({ length: 200 }, (_, i) => i));
  },

  async transactions(given) {
    const client = await given.client(), { root } = given;
    await call(client, 'create', root);
    const results = await call(client.transaction().check(root, 0).create(`${root}/a`, Buffer.from('one'))
      .create(`${root}/s-`, null, ACL.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL_SEQUENTIAL)
      .setData(`${root}/a`, Buffer.from('two'), 0).create(`${root}/gone`).remove(`${root}/gone`, 0), 'commit');
    assert.strictEqual(results.length, 6);
    assert.strictEqual(results[2].path, `${root}/s-0000000001`);
    assert.strictEqual(results[3].stat.version, 1);
    const [data, stat] = await call(client, 'getData', `${root}/a`);
    assert.strictEqual(String(data), 'two');
    assert.deepStrictEqual(stat.czxid, stat.mzxid);
  },

  async transactions_that_fail(given) {
    const client = await given.client(), { root } = given;
    await call(client, 'create', root);
    await fails('BAD_VERSION',
      call(client.transaction().create(`${root}/a`).setData(root, Buffer.alloc(0), 7).create(`${root}/b`), 'commit'));
    assert.deepStrictEqual((await call(client, 'getChildren', root))[0], []);
  },

  async acls(given) {
    const owner = await given.client(), stranger = await given.client(), { root } = given;
    owner.addAuthInfo('digest', Buffer.from('user:secret'));
    await call(owner, 'create', root, Buffer.from('hidden'), ACL.CREATOR_ALL_ACL);
    const [acls, stat] = await call(owner, 'getACL', root);
    assert.deepStrictEqual([acls.length, acls[0].permission, acls[0].id.scheme], [1, Permission.ALL, 'digest']);
    assert.strictEqual(stat.aversion, 0);
    await eventually('it is there', () => call(stranger, 'getData', root).then(() => false, (error) =>
      error.getCode() === Exception.NO_AUTH));
    await fails('NO_AUTH', call(stranger, 'setData', root, Buffer.alloc(0)));
    await fails('NO_AUTH', call(stranger, 'setACL', root, ACL.OPEN_ACL_UNSAFE));
    const readable = [new ACL(Permission.READ, new Id('world', 'anyone'))];
    await fails('BAD_VERSION', call(owner, 'setACL', root, readable, 7));
    assert.strictEqual((await call(owner, 'setACL', root, readable, 0)).aversion, 1);
    await eventually('it may be read', () => call(stranger, 'getData', root).then(([data]) =>
      String(data) === 'hidden', () => false));
  },

  async watches(given) {
    const client = await given.client(), other = await given.client(), { root } = given;
    const made = watcher(), changed = watcher(), below = watcher(), gone = watcher();
    assert.strictEqual(await call(client, 'exists', root, made.watch), null);
    await call(other, 'create', root);
    await told(made, Event.NODE_CREATED, root);
    await call(client, 'getData', root, changed.watch);
    await call(other, 'setData', root, Buffer.from('x'));
    await told(changed, Event.NODE_DATA_CHANGED, root);
    await call(client, 'getChildren', root, below.watch);
    await call(other, 'create', `${root}/a`, CreateMode.EPHEMERAL);
    await told(below, Event.NODE_CHILDREN_CHANGED, root);
    await call(client, 'getData', `${root}/a`, gone.watch);
    other.close();
    await told(gone, Event.NODE_DELETED, `${root}/a`);
  },

  async chroot(given) {
    const outer = await given.client();
    await call(outer, 'create', given.root);
    const inner = zookeeper.createClient(hosts + given.root);
    given.clients.push(inner);
    inner.connect();
    await eventually('the node is there', () => call(inner, 'exists', '/'));
    assert.strictEqual(await call(inner, 'create', '/a'), '/a');
    await eventually('below the root', () => call(outer, 'exists', `${given.root}/a`));
  },

  async reconnects(given) {
    const client = await given.client(), { root } = given, session = number(client.getSessionId());
    await call(client, 'create', root, Buffer.from('mine'), CreateMode.EPHEMERAL);
    const changed = watcher(), states = [];
    await call(client, 'getData', root, changed.watch);
    client.on('state', (state) => states.push(state));
    await given.waitForServers();
    await eventually('it is back', () => call(client, 'getData', root).then(([data]) => String(data) === 'mine', () => false));
    assert(states.includes(State.DISCONNECTED) && states.includes(State.SYNC_CONNECTED), states.join());
    assert.strictEqual(number(client.getSessionId()), session);
  },
};

async function main() {
  say(`cases ${Object.keys(cases).join(' ')}`);
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const name = line.value, given = new Given(name);
    const body = cases[name] || (() => { throw new Error('there is no such case'); });
    try {
      await body(given);
      say(`${name} passed`);
    } catch (error) {
      say(`${name} failed: ${String(error.stack).replace(/\n\s*/g, ' | ')}`);
    }
    given.clients.forEach((client) => client.close());
  }
  process.exit(0);
}

main();
