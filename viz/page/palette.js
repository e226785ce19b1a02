// Colours, dashes and heads. Okabe and Ito's colours, which stay apart for colour-blind readers; and nothing is told by colour
// alone: a message has its dash and its head, a phase its pattern and its word.

/** @typedef {{ground: string, panel: string, ink: string, faint: string, line: string, grid: string, select: string, hit: string,
 *   category: string[], phase: Record<string, string>, fault: string, good: string, density: string}} Palette */

// In the order of kCategories: other, election, discovery, synchronization, proposal, ack, commit, ping, client.
const kDash = [[], [6, 3], [2, 3], [8, 3, 2, 3], [], [4, 2], [], [1, 4], []];
const kHead = ['open', 'diamond', 'open', 'open', 'full', 'open', 'bar', 'none', 'open'];
const kShort = ['', 'vote', '', '', 'P', 'A', 'C', '', ''];

/** @type {Record<string, Palette>} */
const kPalettes = {
  light: {
    ground: '#ffffff', panel: '#f4f5f7', ink: '#1a1c20', faint: '#5a606b', line: '#8b93a1', grid: '#e3e6eb', select: '#000000',
    hit: '#d55e00', fault: '#b3261e', good: '#00724f', density: '#7a869a',
    category: ['#6b7280', '#9b3f79', '#8a5a00', '#8a5a00', '#0072b2', '#3b8fc4', '#00724f', '#9aa1ac', '#c25100'],
    phase: {
      election: '#f2d7e8', discovery: '#fbe8c6', synchronization: '#f6dfa8', broadcast: '#cfe8dd', recovery: '#e7e7ef',
    },
  },
  dark: {
    ground: '#14161a', panel: '#1d2026', ink: '#eceef2', faint: '#a4abb8', line: '#6d7685', grid: '#2a2e36', select: '#ffffff',
    hit: '#ffb000', fault: '#ff6b5e', good: '#3fd0a0', density: '#7f8ba0',
    category: ['#9aa1ac', '#e08bc0', '#e6b34d', '#e6b34d', '#56b4e9', '#8fd0f5', '#35c794', '#69717f', '#ff9c54'],
    phase: {
      election: '#52304a', discovery: '#51401c', synchronization: '#5e4d14', broadcast: '#1d4a3a', recovery: '#34343f',
    },
  },
};

export { kDash, kHead, kPalettes, kShort };
