"""The readers: what is read, and the sentence (file:line) that a file gets which is not what it should be."""

import gzip
import json
import os
import shutil
import subprocess
import tempfile
import unittest

import vivarium

NODES = [{"id": 0, "host": 0, "name": "s1", "sid": 1}, {"id": 1, "name": "c"}]
HEADER = {"format": "vivarium-trace", "version": 1, "seed": 7, "nodes": NODES}
EVENTS = [
    {"seq": 1, "t": 5, "node": 0, "kind": "tick"},
    {"seq": 3, "t": 9, "node": 0, "kind": "note", "note": "looking", "a": 0, "b": 0, "c": 0},
    {"seq": 4, "t": 9, "node": None, "kind": "cut", "text": '"kind":"note"'},
]
FOOTER = {"end": True, "events": 3, "kinds": {"tick": 1}, "trace_hash": "00ff"}


def text_of(*lines):
    return "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)


GOOD = text_of(HEADER, *EVENTS, FOOTER)


class Files(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="vivarium-test-")
        self.addCleanup(shutil.rmtree, self.folder)

    def file(self, content, name="F"):
        path = os.path.join(self.folder, name)
        with open(path, "wb") as file:
            file.write(content if isinstance(content, bytes) else content.encode())
        return path

    def refused(self, content, line, what, read=vivarium.read_trace, **options):
        path = self.file(content)
        with self.assertRaises(vivarium.BadFile) as caught:
            read(path, **options)
        self.assertTrue(str(caught.exception).startswith(f"{path}:{line}: "), caught.exception)
        self.assertIn(what, str(caught.exception))


class Traces(Files):
    def test_header_events_and_footer(self):
        trace = vivarium.read_trace(self.file(GOOD))
        self.assertEqual(trace.seed, 7)
        self.assertEqual(trace.servers, {0: 1})
        self.assertEqual(trace.clients, {1: "c"})
        self.assertEqual(trace.events, EVENTS)
        self.assertEqual(trace.footer["trace_hash"], "00ff")
        self.assertEqual(trace.notes("looking"), [EVENTS[1]])
        self.assertEqual(vivarium.zxid("0x100000004"), (1 << 32) + 4)

    def test_some_kinds_only(self):
        trace = vivarium.read_trace(self.file(GOOD), kinds=["note"])
        self.assertEqual(trace.events, [EVENTS[1]])  # not the text that looks like one

    def test_compressed(self):
        self.assertEqual(vivarium.read_trace(self.file(gzip.compress(GOOD.encode()))).events, EVENTS)
        if not shutil.which("zstd"):
            self.skipTest("there is no program zstd")
        packed = subprocess.run(["zstd", "-qc"], input=GOOD.encode(), capture_output=True, check=True).stdout
        self.assertEqual(vivarium.read_trace(self.file(packed)).events, EVENTS)
        self.refused(packed[:6] + b"\xff\xff\xff" + packed[9:], 1, "cannot be decompressed")

    def test_what_was_cut(self):
        whole = GOOD.encode()
        ends = "ends here without its last line"
        self.refused(whole[: whole.index(b'{"end"')], 4, ends)
        self.refused(whole[: whole.index(b'{"end"') + 5], 5, ends)
        self.refused(whole[:20], 1, "no trace")
        self.refused(whole[:60], 1, ends)
        self.refused(gzip.compress(whole)[:-12], 4, ends)
        trace = vivarium.read_trace(self.file(whole[: whole.index(b'{"end"') - 3]), allow_cut=True)
        self.assertEqual((trace.events, trace.footer), (EVENTS[:2], None))

    def test_what_is_no_trace(self):
        self.refused("", 1, "the file is empty")
        self.refused("\n\n", 1, "the file is empty")
        self.refused('{"type":"invoke"}\n', 1, "this is no trace")
        self.refused(b"\x7fELF\x02\xff\n", 1, "no UTF-8")
        self.refused(text_of({**HEADER, "version": 2}, FOOTER), 1, "of version 2; this program reads version 1")
        self.refused(text_of({key: HEADER[key] for key in ("format", "version")}, FOOTER), 1, '"nodes"')

    def test_what_is_wrong_within(self):
        self.refused(text_of(HEADER, *EVENTS[:2], FOOTER), 4, "counts 3 events, but 2 stand here")
        self.refused(text_of(HEADER, *EVENTS[:2], FOOTER), 4, "counts 3 events", kinds=["note"])
        self.refused(text_of(HEADER, EVENTS[1], EVENTS[0], EVENTS[2], FOOTER), 3, "does not ascend")
        self.refused(text_of(HEADER, {"seq": 1}, FOOTER), 2, "no event")
        self.refused(text_of(HEADER) + "{broken\n" + text_of(FOOTER), 2, "no JSON")
        self.refused(GOOD + text_of(FOOTER), 6, "more behind")


class Histories(Files):
    def test_operations(self):
        lines = [
            {"type": "invoke", "process": 0, "f": "write", "key": "/r", "value": 5, "time": 10},
            {"type": "invoke", "process": 1, "f": "read", "key": "/r", "value": None, "time": 11},
            {"type": "ok", "process": 1, "f": "read", "key": "/r", "value": 4, "time": 15, "zxid": 9},
            {"type": "fail", "process": 0, "f": "write", "key": "/r", "value": 5, "time": 30},
            {"type": "invoke", "process": 0, "f": "write", "key": "/r", "value": 6, "time": 31},
        ]
        write, read, unknown = vivarium.read_history(self.file(text_of(*lines)))
        self.assertEqual((write.f, write.value, write.outcome, write.latency_ns), ("write", 5, "fail", 20))
        self.assertEqual((read.result, read.zxid, read.latency_ns), (4, 9, 4))
        self.assertEqual((unknown.outcome, unknown.latency_ns), ("info", None))

    def test_what_is_none(self):
        read = vivarium.read_history
        invoke = {"type": "invoke", "process": 0, "f": "write", "time": 1}
        self.refused("", 1, "the file is empty", read)
        self.refused(GOOD, 1, "the file is no history", read)
        self.refused(text_of(invoke) + "{\n", 2, "no JSON", read)
        self.refused(text_of(invoke, invoke), 2, "while another one is open", read)
        self.refused(text_of(invoke, {**invoke, "type": "ok", "process": 1}), 2, "has not begun", read)
        self.refused(text_of(invoke, {"type": "nemesis"}), 2, "no history", read)


class Results(Files):
    def test_rows_and_summary(self):
        row, summary = {"schema_version": 1, "seed": 3, "verdict": "pass"}, {"schema_version": 1, "summary": True, "runs": 1}
        self.assertEqual(vivarium.read_results(self.file(text_of(row, summary))), ([row], summary))
        read = vivarium.read_results
        self.refused("", 1, "the file is empty", read)
        self.refused(text_of(row), 1, "without their summary", read)
        self.refused(text_of({**row, "schema_version": 2}), 1, "no result of version 1", read)


if __name__ == "__main__":
    unittest.main()
