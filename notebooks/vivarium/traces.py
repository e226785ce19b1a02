"""Traces: what `vivarium run --trace` and a server with traceFile= in its zoo.cfg write (JSON lines, plain, .gz or .zst).

An event is a dict as it stands in the file: seq, t (ns), node (an index; None: the world), kind, and by kind more. Zxids are
text there ("0x100000004"); `zxid()` makes a number of them.
"""

from dataclasses import dataclass, field

from .files import BadFile, lines, value

VERSION = 1
_NO_TRACE = (
    'this is no trace: it does not begin with {"format":"vivarium-trace",..}, as what `vivarium run SCENARIO --trace FILE` '
    "and a server with traceFile= in its zoo.cfg write"
)
_CUT = "the trace ends here without its last line: its writer was killed, or the file was cut"


@dataclass
class Trace:
    path: str
    header: dict
    events: list = field(default_factory=list)  # of the kinds that were asked for
    footer: dict = None  # counts of all kinds and the trace's hash; None: the file was cut

    @property
    def seed(self):
        return self.header.get("seed")

    @property
    def servers(self):
        """Server id by node."""
        return {node["id"]: node["sid"] for node in self.header["nodes"] if node.get("sid")}

    @property
    def clients(self):
        """Name by node; a server's own trace has none."""
        return {node["id"]: node["name"] for node in self.header["nodes"] if not node.get("sid")}

    def of_kind(self, *kinds):
        return [event for event in self.events if event["kind"] in kinds]

    def notes(self, *names):
        return [event for event in self.events if event["kind"] == "note" and event["note"] in names]


def zxid(text):
    """The number of a zxid as traces write it."""
    return int(text, 16)


def read_trace(path, kinds=None, allow_cut=False):
    """The trace in a file. `kinds`: only these are kept, which is several times as fast. A trace without its last line is
    refused unless `allow_cut`; then its `footer` is None."""
    rows = lines(path)
    number, text, ended = next(rows, (1, None, False))
    if not text:
        raise BadFile(path, 1, "the file is empty; a trace begins with a line that says what it is of")
    trace = Trace(str(path), _header(path, text, ended))
    marks = None if kinds is None else [f'"kind":"{kind}"' for kind in kinds]
    last_seq, count = -1, 0
    for number, text, ended in rows:
        if trace.footer is not None:
            raise BadFile(path, number, "there is more behind the trace's last line")
        if not ended:
            break  # of a line that was cut, nothing counts
        count += 1
        if text.startswith('{"end"'):
            trace.footer = value(path, number, text)
            if kinds is None and trace.footer.get("events") != len(trace.events) or trace.footer.get("events") != count - 1:
                raise BadFile(path, number, f"the last line counts {trace.footer.get('events')} events, but {count - 1} stand here")
            continue
        if marks is not None and not any(mark in text for mark in marks):
            continue
        event = value(path, number, text)
        if not isinstance(event, dict) or not {"seq", "t", "kind"} <= event.keys():
            raise BadFile(path, number, 'the line is no event: it has no "seq", "t" and "kind"')
        if event["seq"] <= last_seq:
            raise BadFile(path, number, '"seq" does not ascend')
        last_seq = event["seq"]
        if kinds is None or event["kind"] in kinds:
            trace.events.append(event)
    if trace.footer is None and not allow_cut:
        raise BadFile(path, number, _CUT)
    return trace


def _header(path, text, ended):
    if not text.startswith('{"format":"vivarium-trace"'):
        raise BadFile(path, 1, _NO_TRACE)
    if not ended:
        raise BadFile(path, 1, _CUT)
    header = value(path, 1, text)
    if header.get("version") != VERSION:
        raise BadFile(path, 1, f"the trace is of version {header.get('version')}; this program reads version {VERSION}")
    if not isinstance(header.get("nodes"), list):
        raise BadFile(path, 1, 'the first line names no "nodes"')
    return header
