// The part of the address after #: what is shown, so that a link leads to the same picture.
//   #t=3.94s..3.96s&sel=28159&q=PROPOSAL      #v=1: the first violation

/** @typedef {{from?: number, to?: number, selected?: number, query?: string, violation?: number}} Link times in ns; selected: a seq;
 * violation: from 1 */

/** @param {string} hash @returns {Link} */
function read_link(hash) {
  /** @type {Link} */
  const out = {};
  const parts = new URLSearchParams(hash.replace(/^#/, ''));
  const range = /^([0-9]+(?:\.[0-9]+)?)s?(?:\.\.([0-9]+(?:\.[0-9]+)?)s?)?$/.exec(parts.get('t') ?? '');
  if (range) {
    const [from, to] = [Number(range[1]) * 1e9, range[2] ? Number(range[2]) * 1e9 : NaN];
    out.from = Number.isNaN(to) ? from - 5e6 : from;
    out.to = Number.isNaN(to) ? from + 5e6 : to;
  }
  if (/^[0-9]+$/.test(parts.get('sel') ?? '')) out.selected = Number(parts.get('sel'));
  if (/^[1-9][0-9]*$/.test(parts.get('v') ?? '')) out.violation = Number(parts.get('v'));
  const query = parts.get('q');
  if (query) out.query = query;
  return out;
}

/** @param {Required<Pick<Link, 'from' | 'to'>> & Link} link */
function write_link(link) {
  const seconds = (/** @type {number} */ ns) => `${Number((ns / 1e9).toFixed(9))}s`;
  let out = `#t=${seconds(Math.max(0, link.from))}..${seconds(Math.max(0, link.to))}`;
  if (link.selected !== undefined) out += `&sel=${link.selected}`;
  if (link.violation !== undefined) out += `&v=${link.violation}`;
  if (link.query) out += `&q=${encodeURIComponent(link.query)}`;
  return out;
}

export { read_link, write_link };
