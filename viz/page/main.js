// Where the page begins, and its worker, which runs the same text: it unpacks the data beside the page's own thread.

import { mark_difference, merge_runs } from './compare.js';
import { tell_story } from './story.js';
import { unpack } from './unpack.js';
import { Viewer } from './viewer.js';

/** @param {string} text base64 */
function bytes_of_base64(text) {
  const binary = atob(text);
  const out = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; ++i) out[i] = binary.charCodeAt(i);
  return out;
}

/** @typedef {{meta: import('./unpack.js').Meta, data: string}} Part what the page holds of one run */

/** @param {Part} part */
async function load_run({ meta, data }) {
  const stream = new Blob([bytes_of_base64(data)]).stream().pipeThrough(new DecompressionStream('deflate'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  if (bytes.length !== meta.bytes) throw new Error(`the data of this page is cut: ${bytes.length} bytes of ${meta.bytes}`);
  return unpack(meta, bytes);
}

/** @param {Part[]} parts one, or two that are compared */
async function load(parts) {
  const runs = await Promise.all(parts.map(load_run));
  const both = runs.length > 1 ? merge_runs(runs[0], runs[1]) : null;
  const run = both ? both.run : runs[0];
  const story = tell_story(run);
  if (both) mark_difference(run, story, both.difference);
  return { run, story };
}

/** The buffers are handed over, not copied. @param {any} value @param {Transferable[]} out */
function buffers_in(value, out = []) {
  if (ArrayBuffer.isView(value)) out.push(/** @type {ArrayBuffer} */ (value.buffer));
  else if (Array.isArray(value) && ArrayBuffer.isView(value[0])) for (const one of value) buffers_in(one, out);
  return out;
}

function be_worker() {
  onmessage = async (event) => {
    try {
      const { run, story } = await load(event.data);
      const buffers = [...Object.values(run), ...Object.values(story)].flatMap((value) => buffers_in(value));
      postMessage({ run, story }, /** @type {any} */ (buffers));
    } catch (error) {
      postMessage({ error: /** @type {Error} */ (error).message });
    }
  };
}

/** @param {Part[]} parts @returns {Promise<any>} */
function load_in_worker(parts) {
  const code = /** @type {HTMLElement} */ (document.getElementById('code')).textContent ?? '';
  const url = URL.createObjectURL(new Blob([code], { type: 'text/javascript' }));
  return new Promise((resolve, reject) => {
    const worker = new Worker(url, { type: 'module' });
    worker.onmessage = (event) => {
      worker.terminate();
      URL.revokeObjectURL(url);
      if (event.data.error) reject(new Error(event.data.error));
      else resolve(event.data);
    };
    // A browser that has no such workers for a page from a disk does it here.
    worker.onerror = () => load(parts).then(resolve, reject);
    worker.postMessage(parts);
  });
}

async function be_page() {
  const status = /** @type {HTMLElement} */ (document.getElementById('status'));
  const text = (/** @type {string} */ id) => document.getElementById(id)?.textContent?.trim() ?? '';
  try {
    if (!text('description') || !text('columns'))
      throw new Error('this page holds no trace; `vivarium view run.trace.jsonl` writes one that does');
    if (typeof DecompressionStream === 'undefined')
      throw new Error('this browser is too old: it has no DecompressionStream');
    const parts = ['', '-b'].filter((which) => text(`columns${which}`))
      .map((which) => ({ meta: JSON.parse(text(`description${which}`)), data: text(`columns${which}`) }));
    const { run, story } = await load_in_worker(parts);
    if (run.n === 0) throw new Error(`${run.meta.file} holds no events: nothing happened, or nothing was written`);
    for (const script of document.querySelectorAll('script[type="text/plain"]')) script.remove();
    Object.assign(window, { viewer: new Viewer(run, story) });
    status.remove();
    document.body.classList.add('ready');
    /** @type {HTMLElement} */ (document.getElementById('picture')).focus();
    performance.mark('ready');
  } catch (error) {
    status.textContent = `Nothing to show: ${/** @type {Error} */ (error).message}.`;
  }
}

if (typeof document === 'undefined') be_worker();
else be_page();
