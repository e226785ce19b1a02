// The page in a real browser: `./dev viz`. Prints figures; leaves pictures in the folder that VIVARIUM_PICTURES names.
//   node --test tests/viz/page/browser.js      with VIVARIUM, CHROMIUM, and playwright-core and axe-core under VIVARIUM_MODULES

import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';

import { kBindings } from '../../../viz/page/keys.js';
import { run_ensemble } from './ensemble.js';
import { vivarium, vivarium_finds } from './traces.js';

const kModules = resolve(process.env.VIVARIUM_MODULES ?? 'build/viz');
const kChromium = process.env.CHROMIUM ?? '/usr/bin/chromium';
const kDaemon = process.env.VIVARIUMD ?? 'build/release/vivariumd';
const kPictures = process.env.VIVARIUM_PICTURES;
const kMillion = process.env.VIVARIUM_EVENTS !== 'few';

const missing = [join(kModules, 'node_modules/playwright-core'), join(kModules, 'node_modules/axe-core'), kChromium]
  .filter((path) => !existsSync(path));
const skip = missing.length ? `there is no ${missing.join(', no ')}; ./dev viz installs it` : false;
if (skip) console.log(`Skipped: ${skip}`);

const require = createRequire(join(kModules, 'package.json'));
let browser;
let folder;
const html = {};

const page_of = (name, scenario, ...more) => page_by(vivarium, name, scenario, ...more);
const page_by = (program, name, scenario, ...more) => {
  const trace = join(folder, `${name}.jsonl`);
  program('run', scenario, '--quiet', '--trace', trace, ...more);
  html[name] = { path: vivarium('view', trace).trim(), trace };
  return html[name];
};

before(async () => {
  if (skip) return;
  folder = mkdtempSync(join(tmpdir(), 'vivarium-browser-'));
  browser = await require('playwright-core').chromium.launch({ executablePath: kChromium, args: ['--no-sandbox', '--disable-gpu'] });
  page_of('crash', 'scenarios/leader-crash-unacked-proposal.json');
  page_of('cut', 'scenarios/majority-partition.json');
  // What docs/study.md follows.
  page_by(vivarium_finds, 'violated', 'scenarios/mistakes/acknowledge-before-sync.json', '--seed', '1');
  page_by(vivarium_finds, 'lost', 'scenarios/mistakes/acknowledge-before-sync.json', '--seed', '1', '--clients-only');
});

after(async () => {
  await browser?.close();
  if (folder) rmSync(folder, { recursive: true });
});

/** Opens a page; whatever it asks of a network, or says went wrong, fails the test. */
async function open(path, hash = '') {
  const page = await browser.newPage({ viewport: { width: 1400, height: 800 }, colorScheme: 'light' });
  page.wrong = [];
  page.on('request', (request) => {
    if (!/^(file|blob|data):/.test(request.url())) page.wrong.push(`asks for ${request.url()}`);
  });
  page.on('pageerror', (error) => page.wrong.push(error.message));
  page.on('console', (message) => { if (message.type() === 'error') page.wrong.push(message.text()); });
  await page.goto(`file://${path}${hash}`);
  return page;
}
async function ready(path, hash) {
  const page = await open(path, hash);
  await page.waitForSelector('body.ready', { timeout: 60000 });
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  return page;
}
async function done(page) {
  assert.deepEqual(page.wrong, []);
  await page.close();
}
const said = (page) => page.textContent('#said');

test('a leader dies with a proposal that nobody has acknowledged', { skip }, async () => {
  const page = await ready(html.crash.path);
  await page.keyboard.press('x');
  for (let i = 0; i < 400 && !/loses power/.test(await said(page)); ++i) await page.keyboard.press('x');
  assert.match(await said(page), /server [1-5] loses power/);
  await page.keyboard.press('z');
  await page.waitForTimeout(300);
  const arrows = await page.evaluate(() => viewer.shapes.filter((shape) => viewer.run.kind[shape.row] ===
    viewer.run.meta.kinds.findIndex((kind) => kind.name === 'send')).map((shape) => viewer.run.meta.labels[viewer.run.label[shape.row]]));
  assert.ok(arrows.includes('PROPOSAL'), arrows.join());
  assert.ok(!arrows.includes('COMMIT') || arrows.lastIndexOf('PROPOSAL') > arrows.lastIndexOf('COMMIT'), arrows.join());
  assert.match(await page.textContent('#panel'), /role: leading → down/);
  if (kPictures) await page.screenshot({ path: join(kPictures, 'leader-crash.png') });
  await done(page);
});

test('the keyboard alone: step, cause, effect, search, help, theme; the address follows', { skip }, async () => {
  const page = await ready(html.crash.path, '#t=1s..1.01s');
  await page.keyboard.press('n');
  const first = await said(page);
  assert.notEqual(first, '');
  await page.keyboard.press('n');
  assert.notEqual(await said(page), first);
  await page.keyboard.press('p');
  assert.equal(await said(page), first);
  await page.keyboard.press('/');
  await page.keyboard.type('received PROPOSAL');
  assert.match(await page.textContent('#found'), /^[0-9,]+ events$/);
  await page.keyboard.press('Enter');
  assert.match(await said(page), /receives PROPOSAL/);
  await page.evaluate(() => document.getElementById('picture').focus());
  await page.keyboard.press('c');
  assert.match(await said(page), /sends PROPOSAL/);
  await page.keyboard.press('e');
  assert.match(await said(page), /receives PROPOSAL/);
  await page.waitForTimeout(400);
  const address = page.url();
  assert.match(address, /#t=[0-9.]+s\.\.[0-9.]+s&sel=[0-9]+&q=/);
  await page.keyboard.press('?');
  assert.equal(await page.locator('#help-keys tr').count(), kBindings.length);
  await page.keyboard.press('Escape');
  assert.equal(await page.evaluate(() => document.getElementById('help').open), false);
  const theme = await page.getAttribute('html', 'data-theme');
  await page.keyboard.press('t');
  assert.notEqual(await page.getAttribute('html', 'data-theme'), theme);
  const words = await said(page);
  await done(page);
  const again = await ready(html.crash.path, address.slice(address.indexOf('#')));
  assert.equal(await said(again), words);
  await done(again);
});

test('every control is reached by Tab, and does what it says', { skip }, async () => {
  const page = await ready(html.cut.path);
  const reached = new Set();
  await page.evaluate(() => document.body.focus());
  for (let i = 0; i < 40; ++i) {
    await page.keyboard.press('Tab');
    reached.add(await page.evaluate(() => document.activeElement?.dataset?.command ?? document.activeElement?.id));
  }
  const commands = await page.evaluate(() => [...document.querySelectorAll('[data-command]')].map((b) => b.dataset.command));
  for (const control of [...commands, 'search', 'picture']) assert.ok(reached.has(control), control);
  const clock = await page.evaluate(() => viewer.clock);
  await page.click('#play');
  await page.waitForTimeout(300);
  assert.ok(await page.evaluate(() => viewer.clock) > clock);
  await done(page);
});

test('the pointer: a click selects, the wheel zooms, dragging moves', { skip }, async () => {
  const page = await ready(html.cut.path, '#t=4.99s..5.01s');
  const shape = await page.evaluate(() => {
    const send = viewer.run.meta.kinds.findIndex((kind) => kind.name === 'send');
    const s = viewer.shapes.find((one) => viewer.run.kind[one.row] === send && one.x1 > 300 && one.x1 < 800);
    const box = viewer.canvas.getBoundingClientRect();
    return { x: box.x + s.x1 * 0.5 + s.x2 * 0.5, y: box.y + s.y1 * 0.5 + s.y2 * 0.5 };
  });
  await page.mouse.click(shape.x, shape.y);
  assert.match(await said(page), /server|client/);
  const span = () => page.evaluate(() => [viewer.port.from, viewer.port.span]);
  const [from, before_zoom] = await span();
  await page.mouse.wheel(0, -300);
  await page.waitForTimeout(100);
  assert.ok((await span())[1] < before_zoom);
  await page.mouse.move(600, 300);
  await page.mouse.down();
  await page.mouse.move(400, 300, { steps: 4 });
  await page.mouse.up();
  assert.ok((await span())[0] > from);
  if (kPictures) {
    await page.evaluate(() => { viewer.port.show(4.8e9, 6e9); viewer.select(-1); });
    await page.waitForTimeout(200);
    await page.screenshot({ path: join(kPictures, 'partition.png') });
  }
  await done(page);
});

test('v leads to the violation: who holds what is drawn on the lanes, and told', { skip }, async () => {
  const page = await ready(html.violated.path);
  await page.keyboard.press('v');
  const words = await said(page);
  assert.match(words, /^durability: server ([123]) commits 0x[0-9a-f]+, which is on 0 of 3 disks; A: server \1 commits 0x/);
  assert.match(words, /; B: server 1 lacks 0x/);
  assert.match(await page.textContent('.violation'), /What was to hold: committed means on a quorum's disks\./);
  assert.equal(await page.locator('.violation li').count(), 4);
  await page.waitForTimeout(300);
  if (kPictures) await page.screenshot({ path: join(kPictures, 'violation.png') });
  await done(page);
  const linked = await ready(html.violated.path, '#v=1');
  assert.equal(await said(linked), words);
  await done(linked);
});

test('v again shows both sides, however far apart; each is a button that leads to its event', { skip }, async () => {
  const scenario = join(folder, 'digest.json');
  const slow = { network: { latency: '9ms' }, clients: [{ actor: 'register' }] };
  writeFileSync(scenario, JSON.stringify({ mistake: 'skip-apply-unseen', duration: '5s', ...slow }));
  const page = await ready(page_by(vivarium_finds, 'digest', scenario).path);
  await page.keyboard.press('v');
  assert.match(await said(page), /^digest: server 2 has another tree at 0x.+; A: server [13] at 0x.+ has digest .+; B: server 2 at 0x/);
  await page.keyboard.press('v');
  await page.waitForTimeout(200);
  const sides = await page.evaluate(() => viewer.run.meta.violations[0].sides.map((side) => {
    const row = viewer.run.seq.indexOf(side.seq);
    const t = viewer.run.t[row];
    const letters = viewer.shapes.filter((shape) => shape.row === row && shape.x2 - shape.x1 === 16);
    return { letters: letters.length, seen: t > viewer.port.from && t < viewer.port.to };
  }));
  assert.deepEqual(sides, [{ letters: 1, seen: true }, { letters: 1, seen: true }]);
  if (kPictures) await page.screenshot({ path: join(kPictures, 'two-sides.png') });
  await page.focus('.violation li:first-child button');
  await page.keyboard.press('Enter');
  assert.match(await said(page), /server [13] /);
  assert.match(await page.textContent('.wide'), /digest of its tree/);
  await done(page);
});

test('what clients saw: the window of the checker is framed on their lanes', { skip }, async () => {
  const page = await ready(html.lost.path, '#v=1');
  const operations = await page.evaluate(() => viewer.run.meta.violations[0].window);
  assert.ok(operations.length >= 2, JSON.stringify(operations));
  const list = await page.locator('.violation li').allTextContents();
  operations.forEach((op, k) => assert.ok(list[k].includes(`${op.what} → ${op.outcome}`), list[k]));
  const framed = await page.evaluate(() => viewer.run.meta.violations[0].window.every((op) =>
    op.from >= viewer.port.from && op.from <= viewer.port.to));
  assert.ok(framed);
  await page.waitForTimeout(300);
  if (kPictures) await page.screenshot({ path: join(kPictures, 'window.png') });
  await done(page);
});

test('the tree at that zxid, of any server', { skip }, async () => {
  const page = await ready(html.crash.path, '#t=3.9s..4s');
  await page.keyboard.press('/');
  await page.keyboard.type('committed');
  await page.keyboard.press('Enter');
  const [, zxid] = /commits (0x[0-9a-f]+)/.exec(await said(page)) ?? [];
  assert.ok(zxid, await said(page));
  const [, path] = /transaction(?:setData|create) (\/\S+) /.exec(await page.textContent('#panel')) ?? [];
  assert.ok(path, await page.textContent('#panel'));
  const tree = await page.textContent('details.inline');
  assert.match(tree, new RegExp(`At ${zxid}, digest 0x[0-9a-f]+: [0-9]+ nodes, [0-9]+ sessions\\.`));
  assert.match(tree, new RegExp(`${path.slice(path.lastIndexOf('/') + 1)} .*← now`));
  assert.match(await page.textContent('.wide'), /digest of its tree.*0x[0-9a-f]+/);
  const before = await page.textContent('details.inline');
  await page.selectOption('select[aria-label="Whose tree"]', { label: 'of server 1' });
  await page.keyboard.press('Escape');
  assert.ok((await page.textContent('details.inline')).includes('At 0x'), before);
  await done(page);
});

test('64 lanes', { skip }, async () => {
  const scenario = join(folder, 'many.json');
  writeFileSync(scenario, JSON.stringify({ duration: '4s', servers: 5, clients: [{ actor: 'register', count: 59 }] }));
  const page = await ready(page_of('many', scenario).path, '#t=3s..3.02s');
  const lanes = await page.evaluate(() => viewer.story.lanes.length);
  assert.equal(lanes, 64 + 1, '5 servers, 59 clients, and the one that writes at the end');
  if (kPictures) await page.screenshot({ path: join(kPictures, 'lanes.png') });
  assert.match(await page.textContent('#zoom'), /↓ [0-9]+ more lanes/);
  await page.focus('#picture');
  await page.keyboard.press('ArrowDown');
  await page.waitForTimeout(100);
  assert.ok(await page.evaluate(() => viewer.port.scroll) > 0, 'what does not fit is scrolled to');
  await done(page);
});

const no_daemon = !existsSync(kDaemon) && `there is no ${kDaemon}`;
test('a real ensemble: three servers, each with its trace, as one picture', { skip: skip || no_daemon }, async () => {
  const traces = await run_ensemble(join(folder, 'ensemble'));
  const path = vivarium('view', ...traces, '--out', join(folder, 'ensemble.html')).trim();
  const page = await ready(path);
  assert.equal(await page.textContent('h1'), 'zk1.jsonl, zk2.jsonl, zk3.jsonl');
  const served = await page.evaluate(() => viewer.story.lanes.map((node) =>
    viewer.story.bars[node].some((bar) => bar.phase === 'broadcast')));
  assert.deepEqual(served, [true, true, true, false], 'three servers, and the lane of a session');
  const written = await page.evaluate(() => viewer.story.operations.map((op) => [op.client, op.name, op.path, op.outcome]));
  assert.deepEqual(written, [[3, 'create', '/a', 'ok']]);
  if (kPictures) await page.screenshot({ path: join(kPictures, 'ensemble.png') });
  await page.keyboard.press('/');
  await page.keyboard.type('committed createSession');
  await page.keyboard.press('Enter');
  assert.match(await said(page), /server [123] commits 0x100000001: createSession 0x[0-9a-f]+ timeout [0-9]+; digest 0x/);
  assert.match(await page.textContent('details.inline'), /At 0x100000001, digest 0x[0-9a-f]+: 0 nodes, 1 sessions\./);
  assert.match(await page.textContent('.wide'), /connected peers.*s[12] s[23]/);
  const received = await page.evaluate(() => {
    const { run } = viewer;
    const sent = (i) => (run.cause[i] >= 0 ? run.meta.labels[run.label[run.cause[i]]] : '');
    return [...run.kind].filter((kind, i) => run.meta.kinds[kind].name === 'received' && sent(i) === 'PROPOSAL').length;
  });
  assert.ok(received === 4, `what the leader proposed, a session and a write, both others received: ${received}`);
  await done(page);
});

test('two runs side by side: v leads to where they first differ', { skip }, async () => {
  const path = join(folder, 'both.html');
  const other = page_of('other', 'scenarios/leader-crash-unacked-proposal.json', '--seed', '2');
  vivarium('view', html.crash.trace, '--compare', other.trace, '--out', path);
  const page = await ready(path);
  assert.match(await page.textContent('h1'), /seed 1 \(A\) and .*seed 2 \(B\)/);
  await page.keyboard.press('v');
  assert.match(await said(page), /^first difference: server [1-5] A .*; server [1-5] B /);
  if (kPictures) await page.screenshot({ path: join(kPictures, 'two-runs.png') });
  await done(page);
});

test('axe finds no serious fault, in light and dark', { skip }, async () => {
  const axe = readFileSync(join(kModules, 'node_modules/axe-core/axe.min.js'), 'utf8');
  for (const [path, hash] of [[html.crash.path, '#t=3.94s..3.953s&sel=28159'], [html.violated.path, '#v=1'], [html.lost.path, '']]) {
    const page = await ready(path, hash);
    for (const theme of ['light', 'dark']) {
      await page.evaluate((name) => viewer.set_theme(name), theme);
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run());
      const serious = violations.filter(({ impact }) => ['serious', 'critical'].includes(impact));
      const told = serious.map(({ id, nodes }) => `${id}: ${nodes[0].html.slice(0, 200)} ${nodes[0].failureSummary}`);
      assert.deepEqual(told, [], `${theme} ${hash}`);
    }
    await done(page);
  }
});

test('a page whose data is cut, or that has none, says so', { skip }, async () => {
  const whole = readFileSync(html.cut.path, 'utf8');
  const columns = /(id="columns">)([^<]*)</;
  const pages = {
    none: [whole.replace(columns, '$1<'), /holds no trace/],
    cut: [whole.replace(columns, (all, begin, data) => `${begin}${data.slice(0, 4000)}<`), /^Nothing to show: .+/],
    empty: [whole.replace(/"rows":[0-9]+/, '"rows":0'), /^Nothing to show: .+/],
  };
  for (const [name, [text, sentence]] of Object.entries(pages)) {
    const path = join(folder, `${name}.html`);
    writeFileSync(path, text);
    const page = await open(path);
    await page.waitForFunction(() => document.getElementById('status')?.textContent?.startsWith('Nothing'), null, { timeout: 10000 });
    assert.match(await page.textContent('#status'), sentence);
    await page.close();
  }
});

test('a million events', { skip: skip || (!kMillion && 'VIVARIUM_EVENTS=few') }, async () => {
  const scenario = join(folder, 'long.json');
  writeFileSync(scenario, JSON.stringify({
    duration: '170s', clients: [{ actor: 'register', count: 4, keys: 2 }, { actor: 'unique-names', count: 2 }],
    faults: [{ what: 'kill', who: 'leader', at: '100s', lasts: '2s' }],
  }));
  const { path, trace } = page_of('long', scenario);
  const begin = Date.now();
  const page = await ready(path);
  const first = Date.now() - begin;
  const rows = await page.evaluate(() => viewer.run.n);
  const frames = await page.evaluate(() => {
    const times = [];
    const time = (change) => {
      change();
      const start = performance.now();
      viewer.draw();
      viewer.g.getImageData(0, 0, 1, 1); // until the pixels stand
      times.push(performance.now() - start);
    };
    viewer.port.all();
    for (let i = 0; i < 60; ++i) time(() => viewer.port.zoom(0.85, viewer.story.end * 0.4));
    for (let i = 0; i < 60; ++i) time(() => viewer.port.pan(0.05));
    for (let i = 0; i < 60; ++i) time(() => viewer.port.zoom(1 / 0.85));
    return times.sort((a, b) => a - b);
  });
  const memory = await page.evaluate(() => {
    const columns = [...Object.values(viewer.run), ...viewer.run.f, ...Object.values(viewer.story)].filter(ArrayBuffer.isView);
    return performance.memory.usedJSHeapSize + columns.reduce((sum, column) => sum + column.byteLength, 0);
  });
  const p95 = frames[Math.floor(frames.length * 0.95)];
  const share = statSync(path).size / gzipSync(readFileSync(trace)).length;
  console.log(`figures: ${rows} events; first picture ${first} ms; frames: median ${frames[90].toFixed(1)} ms, p95 ${p95.toFixed(1)} ms, ` +
    `worst ${frames.at(-1).toFixed(1)} ms; page ${(statSync(path).size / 1e6).toFixed(1)} MB, ${share.toFixed(2)} of the gzipped trace; ` +
    `memory ${(memory / 1e6).toFixed(0)} MB`);
  assert.ok(rows > 900000, `${rows}`);
  assert.ok(share < 0.6);
  assert.ok(memory < 500e6);
  // The machine may be busy: what is asserted is far from what is wanted (3 s, 33 ms), and the line above has the figures.
  assert.ok(first < 20000);
  assert.ok(p95 < 150);
  await done(page);
});
