// Everything the keyboard does; the help on `?` is this table.

/** @typedef {{keys: string[], says: string, command: string}} Binding */
/** @type {Binding[]} */
const kBindings = [
  { keys: ['ArrowLeft', 'h'], says: 'earlier', command: 'earlier' },
  { keys: ['ArrowRight', 'l'], says: 'later', command: 'later' },
  { keys: ['+', '='], says: 'closer', command: 'closer' },
  { keys: ['-'], says: 'farther', command: 'farther' },
  { keys: ['ArrowUp', 'ArrowDown'], says: 'scroll the lanes', command: 'scroll' },
  { keys: ['0'], says: 'the whole run', command: 'all' },
  { keys: ['n'], says: 'next event (of the search, if there is one)', command: 'next' },
  { keys: ['p'], says: 'previous event', command: 'previous' },
  { keys: ['c'], says: 'its cause', command: 'cause' },
  { keys: ['e'], says: 'its effect', command: 'effect' },
  { keys: ['k'], says: 'show only what led to it and followed from it', command: 'cone' },
  { keys: ['z'], says: 'close to the selected event', command: 'close-up' },
  { keys: ['x'], says: 'next crash, fault or change of leader', command: 'next-mark' },
  { keys: ['X'], says: 'previous one', command: 'previous-mark' },
  { keys: ['v'], says: 'the first violation; again: all that shows it, then close to it', command: 'violation' },
  { keys: ['V'], says: 'the next violation', command: 'next-violation' },
  { keys: [' '], says: 'play, pause', command: 'play' },
  { keys: ['>'], says: 'play faster', command: 'faster' },
  { keys: ['<'], says: 'play slower', command: 'slower' },
  { keys: ['/'], says: 'search', command: 'search' },
  { keys: ['t'], says: 'dark, light', command: 'theme' },
  { keys: ['?'], says: 'this help', command: 'help' },
  { keys: ['Escape'], says: 'leave: help, search, the cone, the selection', command: 'leave' },
];

const kKeyNames = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', ' ': 'space', Escape: 'Esc' };

/** @param {string} key @returns {string | undefined} */
const command_of = (key) => kBindings.find((binding) => binding.keys.includes(key))?.command;

/** @returns {[string, string][]} keys, what they do */
const help_rows = () => kBindings.map(({ keys, says }) => [keys.map((key) => kKeyNames[key] ?? key).join('  '), says]);

export { command_of, help_rows, kBindings };
