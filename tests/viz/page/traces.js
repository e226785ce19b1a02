// Traces for tests of the page: written as lines, made into a page by the program itself, and unpacked as a browser would.

import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';

import { tell_story } from '../../../viz/page/story.js';
import { unpack } from '../../../viz/page/unpack.js';

const kProgram = process.env.VIVARIUM ?? 'build/release/vivarium';

/** Calls `use` with a folder that is gone afterwards. */
export function in_folder(use) {
  const folder = mkdtempSync(join(tmpdir(), 'vivarium-page-'));
  try {
    return use(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const vivarium = (...words) => execFileSync(kProgram, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });

/** Of a run that finds something, which is what it is made for. */
export function vivarium_finds(...words) {
  const done = spawnSync(kProgram, words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  if (done.status !== 1) throw new Error(`vivarium ${words.join(' ')} ended with ${done.status}: ${done.stderr}`);
  return done.stdout;
}

/** The two parts of a page that hold the trace. */
export function parts_of(html) {
  const part = (id) => new RegExp(`<script type="[a-z/]*" id="${id}">([^<]*)</script>`).exec(html)[1];
  const meta = JSON.parse(part('description'));
  return { meta, bytes: new Uint8Array(inflateSync(Buffer.from(part('columns'), 'base64'))) };
}

/** @param {string} jsonl */
export function run_of_text(jsonl) {
  return in_folder((folder) => {
    const trace = join(folder, 'run.trace.jsonl');
    writeFileSync(trace, jsonl);
    const path = vivarium('view', trace).trim();
    const { meta, bytes } = parts_of(readFileSync(path, 'utf8'));
    const run = unpack(meta, bytes);
    return { run, story: tell_story(run) };
  });
}

/** A run of three servers and a client; an event is what its line has beyond `seq`, which is counted here. */
export function run_of(events, more = {}, scenario = 'test') {
  const nodes = [1, 2, 3].map((sid) => ({ id: sid - 1, host: sid - 1, name: `s${sid}`, sid }));
  nodes.push({ id: 3, host: 3, name: 'client1' });
  const header = { format: 'vivarium-trace', version: 1, seed: 7, scenario, scenario_hash: '0', commit: 'c', nodes };
  const kinds = {};
  for (const { kind } of events) kinds[kind] = (kinds[kind] ?? 0) + 1;
  const footer = { end: true, events: events.length, kinds, trace_hash: '0000000000000abc', ...more };
  const lines = events.map((event, i) => ({ seq: i + 1, t: i * 1000, node: null, ...event }));
  const exact = (_, value) => (typeof value === 'bigint' ? `big ${value}` : value);
  const text = (line) => JSON.stringify(line, exact).replace(/"big (-?[0-9]+)"/g, '$1');
  return run_of_text([header, ...lines, footer].map((line) => `${text(line)}\n`).join(''));
}
