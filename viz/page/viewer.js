// The viewer: what is shown and selected, and the commands that change it. Draws at most once a frame.

import { cone_of, first_effect, next_event } from './causality.js';
import { read_link, write_link } from './deep_link.js';
import { sentence } from './describe.js';
import { draw, shape_at } from './draw.js';
import { extent_of, row_of_violation } from './draw_violations.js';
import { command_of, help_rows } from './keys.js';
import { kPalettes } from './palette.js';
import { element } from './elements.js';
import { fill_panel } from './panel.js';
import { search } from './search.js';
import { kCategories } from './story.js';
import { Transactions } from './transactions.js';
import { violation_words } from './violation_panel.js';
import { first_row, kGutter, kTop, lay_out, time_text, ViewPort } from './view_port.js';

/** @typedef {import('./unpack.js').Run} Run @typedef {import('./story.js').Story} Story */

/** @param {string} id @returns {any} */
const by_id = (id) => document.getElementById(id);

const kBefore = 4e6; // ns before and behind a violation that one first sees
const kAfter = 3e6;

class Viewer {
  /** @param {Run} run @param {Story} story */
  constructor(run, story) {
    this.run = run;
    this.story = story;
    this.port = new ViewPort(story.end);
    this.port.all();
    this.transactions = new Transactions(run);
    this.violation = 0; // whose explanation is drawn
    this.selected = -1;
    /** @type {Set<number> | null} */
    this.cone = null;
    /** @type {Uint8Array | null} */
    this.hits = null;
    this.hidden = new Set();
    this.shown = kCategories.map(() => true);
    this.theme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
    this.clock = -1; // ns; below 0: not playing
    this.speed = 0.1;
    this.playing = false;
    /** @type {import('./draw.js').Shape[]} */
    this.shapes = [];
    this.frame = 0;
    this.frames = 0;
    this.canvas = by_id('picture');
    this.g = this.canvas.getContext('2d');
    this.listen();
    this.build_filters();
    this.set_theme(this.theme);
    this.follow_link();
  }

  // --- what is shown

  redraw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame((now) => {
      this.frame = 0;
      this.tick(now);
      this.draw();
    });
  }

  draw() {
    const box = this.canvas.parentElement.getBoundingClientRect();
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.floor(box.width), Math.floor(box.height)];
    if (this.canvas.width !== width * ratio || this.canvas.height !== height * ratio) {
      this.canvas.width = width * ratio;
      this.canvas.height = height * ratio;
      this.canvas.style.width = `${width}px`;
      this.canvas.style.height = `${height}px`;
    }
    this.port.resize(width, height);
    const lanes = lay_out(this.run, this.story.lanes, this.hidden, height);
    const bottom = lanes.length ? lanes[lanes.length - 1].y + lanes[lanes.length - 1].height : 0;
    this.port.scroll = Math.max(0, Math.min(this.port.scroll, bottom - height + 8));
    this.g.setTransform(ratio, 0, 0, ratio, 0, 0);
    const done = draw(this.g, {
      run: this.run, story: this.story, port: this.port, lanes, palette: kPalettes[this.theme], shown: this.shown,
      selected: this.selected, cone: this.cone, hits: this.hits, clock: this.clock,
      violation: this.violation,
    });
    this.shapes = done.shapes;
    ++this.frames;
    const below = lanes.filter((lane) => lane.y + lane.height > height + this.port.scroll).length;
    const [from, to] = [Math.max(0, this.port.from), this.port.to].map((t) => time_text(t, this.port.span / 100));
    by_id('zoom').textContent = `${from} to ${to}${done.dense ? ' (many events: densities; zoom in for each)' : ''}${
      below ? `; ↓ ${below} more lanes` : ''}`;
  }

  /** @param {string} theme */
  set_theme(theme) {
    this.theme = theme;
    document.documentElement.dataset.theme = theme;
    this.redraw();
  }

  // --- what is selected

  /** @param {number} row @param {boolean} reveal */
  select(row, reveal = true) {
    this.selected = row;
    if (this.cone && row >= 0) this.cone = cone_of(this.run, this.story, row);
    if (row >= 0 && reveal) this.port.reveal(this.run.t[row]);
    fill_panel(by_id('panel'), {
      run: this.run, story: this.story, transactions: this.transactions, row, go: (to) => this.select(to),
      show: (k) => this.go_to_violation(k),
    });
    by_id('said').textContent = row < 0 ? '' : `${time_text(this.run.t[row], 1000)}: ${sentence(this.run, this.story, row)}`;
    this.remember();
    this.redraw();
  }

  remember() {
    clearTimeout(this.remembering);
    this.remembering = setTimeout(() => {
      const link = write_link({
        from: this.port.from, to: this.port.to, query: by_id('search').value,
        selected: this.selected < 0 ? undefined : this.run.seq[this.selected],
        violation: this.violation > 0 ? this.violation + 1 : undefined,
      });
      history.replaceState(null, '', link);
    }, 200);
  }

  follow_link() {
    const link = read_link(location.hash);
    if (link.violation) this.violation = Math.min(link.violation, this.run.meta.violations.length || 1) - 1;
    if (link.query) {
      by_id('search').value = link.query;
      this.find(link.query);
    }
    if (link.from !== undefined && link.to !== undefined) this.port.show(link.from, link.to);
    if (link.selected !== undefined) {
      const row = first_row(this.run.seq, link.selected);
      if (this.run.seq[row] === link.selected) this.selected = row;
      if (link.from === undefined && this.selected >= 0) this.close_up();
    }
    if (link.violation && link.from === undefined && link.selected === undefined) this.go_to_violation(this.violation);
    else this.select(this.selected, false);
  }

  close_up() {
    const at = this.run.t[this.selected];
    this.port.show(at - 2e6, at + 2.5e6);
  }

  /** @param {string} query */
  find(query) {
    const found = search(this.run, query);
    this.hits = found ? found.hits : null;
    by_id('found').textContent = found ? `${found.count.toLocaleString('en')} events` : '';
    this.remember();
    this.redraw();
  }

  /** What n and p stop at: what the search found, or else what is drawn. @param {number} row */
  wanted(row) {
    if (this.hits) return this.hits[row] === 1;
    if (this.cone) return this.cone.has(row);
    const node = this.run.node[row];
    return node < 0 || !this.hidden.has(node);
  }

  /** @param {number} step @param {boolean} marks */
  step(step, marks) {
    const from = this.selected >= 0 ? this.selected : first_row(this.run.t, this.port.from) - (step > 0 ? 1 : 0);
    if (!marks) {
      const row = next_event(this.run, from, step, (i) => this.wanted(i));
      if (row >= 0) this.select(row);
      return;
    }
    const rows = step > 0 ? this.story.marks : [...this.story.marks].reverse();
    const row = rows.find((i) => (i - from) * step > 0 && this.run.t[i] !== this.run.t[from]);
    if (row !== undefined) this.select(row);
  }

  // --- commands

  /** @param {string} command @param {KeyboardEvent} event */
  perform(command, event) {
    const { port, run, story } = this;
    const commands = {
      earlier: () => port.pan(event.shiftKey ? -0.5 : -0.1),
      later: () => port.pan(event.shiftKey ? 0.5 : 0.1),
      closer: () => port.zoom(0.7, this.middle()),
      farther: () => port.zoom(1 / 0.7, this.middle()),
      scroll: () => { port.scroll += event.key === 'ArrowUp' ? -40 : 40; },
      all: () => port.all(),
      next: () => this.step(1, false),
      previous: () => this.step(-1, false),
      cause: () => { if (this.selected >= 0 && run.cause[this.selected] >= 0) this.select(run.cause[this.selected]); },
      effect: () => { if (first_effect(story, this.selected) >= 0) this.select(first_effect(story, this.selected)); },
      cone: () => { this.cone = this.cone || this.selected < 0 ? null : cone_of(run, story, this.selected); },
      'close-up': () => { if (this.selected >= 0) this.close_up(); },
      'next-mark': () => this.step(1, true),
      'previous-mark': () => this.step(-1, true),
      violation: () => this.go_to_violation(0),
      'next-violation': () => this.go_to_violation((this.violation + 1) % Math.max(1, run.meta.violations.length)),
      play: () => this.play(),
      faster: () => this.set_speed(2),
      slower: () => this.set_speed(0.5),
      search: () => by_id('search').focus(),
      theme: () => this.set_theme(this.theme === 'dark' ? 'light' : 'dark'),
      help: () => this.help(),
      leave: () => this.leave(),
    };
    commands[command]();
    this.remember();
    this.redraw();
  }

  middle() {
    const at = this.selected >= 0 ? this.run.t[this.selected] : NaN;
    return at >= this.port.from && at <= this.port.to ? at : (this.port.from + this.port.to) / 2;
  }

  leave() {
    if (this.cone) this.cone = null;
    else if (this.hits) by_id('search').value = '', this.find('');
    else this.select(-1);
    if (this.playing) this.play();
    this.clock = -1;
  }

  /** Close to it, with what leads to it; there already: all that shows it. @param {number} which */
  go_to_violation(which) {
    const { run, port } = this;
    const violation = run.meta.violations[which];
    if (!violation) {
      by_id('said').textContent = 'This trace tells of no violation.';
      return;
    }
    const row = row_of_violation(run, violation);
    const [from, to] = extent_of(run, violation);
    const close = { from: violation.t - kBefore, to: violation.t + kAfter };
    const whole = { from: Math.min(from - (to - from) * 0.1, close.from), to: Math.max(to + (to - from) * 0.25, close.to) };
    const there = this.selected === row && this.violation === which && Math.abs(port.span - (close.to - close.from)) < 1;
    const all = violation.window?.length || there;
    this.violation = which;
    this.select(row, false);
    if (all) port.show(whole.from, whole.to);
    else port.show(close.from, close.to);
    by_id('said').textContent = violation_words(run, violation);
  }

  help() {
    const dialog = by_id('help');
    if (dialog.open) {
      dialog.close();
      return;
    }
    by_id('help-keys').replaceChildren(...help_rows().map(([keys, says]) =>
      element('tr', {}, element('th', { scope: 'row' }, element('kbd', {}, keys)), element('td', {}, says))));
    dialog.showModal();
  }

  // --- playing

  play() {
    this.playing = !this.playing;
    if (this.playing && (this.clock < 0 || this.clock >= this.story.end)) this.clock = Math.max(0, this.port.from);
    this.played = 0;
    by_id('play').textContent = this.playing ? 'Pause' : 'Play';
  }

  /** @param {number} factor */
  set_speed(factor) {
    this.speed = Math.min(10, Math.max(1e-5, this.speed * factor));
    by_id('speed').textContent = `${Number(this.speed.toPrecision(2))}×`;
  }

  /** @param {number} now ms */
  tick(now) {
    if (!this.playing) return;
    if (this.played) this.clock += (now - this.played) * 1e6 * this.speed;
    this.played = now;
    const ahead = this.clock + this.port.span * 0.7;
    if (ahead > this.port.to + this.port.span * 0.4) this.port.show(ahead - this.port.span, ahead);
    if (this.clock >= this.story.end) this.play();
    else this.redraw();
  }

  // --- pointer, keyboard, controls

  listen() {
    const canvas = this.canvas;
    new ResizeObserver(() => this.redraw()).observe(canvas.parentElement);
    canvas.addEventListener('wheel', (/** @type {WheelEvent} */ event) => {
      event.preventDefault();
      const sideways = event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY);
      if (sideways) this.port.pan((event.deltaX + event.deltaY) / this.port.width);
      else if (event.altKey) this.port.scroll += event.deltaY;
      else this.port.zoom(1.0015 ** event.deltaY, this.port.t(Math.max(kGutter, event.offsetX)));
      this.remember();
      this.redraw();
    }, { passive: false });
    canvas.addEventListener('pointerdown', (/** @type {PointerEvent} */ event) => this.grab(event));
    addEventListener('keydown', (event) => this.on_key(event));
    addEventListener('hashchange', () => {
      this.follow_link();
    });
    by_id('search').addEventListener('input', () => this.find(by_id('search').value));
    by_id('search').addEventListener('keydown', (/** @type {KeyboardEvent} */ event) => {
      if (event.key === 'Enter') this.step(event.shiftKey ? -1 : 1, false);
      if (event.key === 'Escape') canvas.focus();
    });
    for (const button of document.querySelectorAll('button[data-command]')) {
      button.addEventListener('click', () =>
        this.perform(/** @type {HTMLElement} */ (button).dataset.command ?? '', new KeyboardEvent('keydown')));
    }
  }

  /** @param {KeyboardEvent} event */
  on_key(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || target.tagName === 'INPUT' && event.key !== 'Escape') return;
    if (by_id('help').open && event.key !== '?') return;
    // What a focused control does with a key is its own.
    if (event.key === ' ' && ['BUTTON', 'INPUT', 'SUMMARY'].includes(target.tagName)) return;
    if (event.key.startsWith('Arrow') && target.closest('#panel')) return;
    const command = command_of(event.key);
    if (!command) return;
    event.preventDefault();
    this.perform(command, event);
  }

  /** Dragging moves the picture; a click selects. @param {PointerEvent} down */
  grab(down) {
    const canvas = this.canvas;
    const [from, span, scroll] = [this.port.from, this.port.span, this.port.scroll];
    let moved = false;
    const move = (/** @type {PointerEvent} */ event) => {
      const [dx, dy] = [event.clientX - down.clientX, event.clientY - down.clientY];
      moved ||= Math.hypot(dx, dy) > 4;
      if (!moved) return;
      const begin = from - (dx / (this.port.width - kGutter)) * span;
      this.port.show(begin, begin + span);
      this.port.scroll = scroll - dy;
      this.redraw();
    };
    const up = (/** @type {PointerEvent} */ event) => {
      canvas.removeEventListener('pointermove', move);
      if (!moved) this.select(shape_at(this.shapes, event.offsetX, event.offsetY), false);
      this.remember();
    };
    canvas.setPointerCapture(down.pointerId);
    canvas.addEventListener('pointermove', move);
    canvas.addEventListener('pointerup', up, { once: true });
  }

  build_filters() {
    const check = (/** @type {string} */ name, /** @type {boolean} */ on, /** @type {(on: boolean) => void} */ change) => {
      const box = /** @type {HTMLInputElement} */ (element('input', { type: 'checkbox' }));
      box.checked = on;
      box.addEventListener('change', () => {
        change(box.checked);
        this.redraw();
      });
      return element('label', {}, box, ` ${name}`);
    };
    by_id('messages').append(...kCategories.map((name, k) => check(name, true, (on) => { this.shown[k] = on; })));
    const lanes = lay_out(this.run, this.story.lanes, this.hidden, kTop);
    by_id('lanes').append(...lanes.map((lane) => check(lane.name, true, (on) => {
      if (on) this.hidden.delete(lane.node);
      else this.hidden.add(lane.node);
    })));
  }
}

export { Viewer };
