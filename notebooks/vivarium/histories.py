"""Histories: what clients saw, in Jepsen's shape (`vivarium run --history`, or from anywhere)."""

from dataclasses import dataclass
from typing import Any

from .files import BadFile, lines, value

_TYPES = ("invoke", "ok", "fail", "info")


@dataclass
class Operation:
    process: Any
    f: str  # "write", "read", "cas", ...
    key: Any
    value: Any  # as asked for
    called_ns: int
    outcome: str = "info"  # "ok", "fail", or "info": unknown
    result: Any = None
    returned_ns: int = None  # None: the history ends first
    zxid: int = None

    @property
    def latency_ns(self):
        return None if self.returned_ns is None else self.returned_ns - self.called_ns


def read_history(path):
    """The operations of a history, in the order of their calls."""
    operations, open_of, number = [], {}, 0
    for number, text, ended in lines(path):
        if not text.strip():
            continue
        event = value(path, number, text)
        if not isinstance(event, dict) or event.get("type") not in _TYPES or "process" not in event or "time" not in event:
            what = 'no history: a line has "type" (invoke, ok, fail, info), "process", "f" and "time"'
            raise BadFile(path, number, ("the file is " if number == 1 else "the line is of ") + what)
        process = event["process"]
        if event["type"] == "invoke":
            if process in open_of:
                raise BadFile(path, number, f"process {process} begins an operation while another one is open")
            open_of[process] = Operation(process, event.get("f"), event.get("key"), event.get("value"), event["time"])
            operations.append(open_of[process])
            continue
        operation = open_of.pop(process, None)
        if operation is None:
            raise BadFile(path, number, f"process {process} ends an operation that it has not begun")
        operation.outcome, operation.result, operation.zxid = event["type"], event.get("value"), event.get("zxid")
        operation.returned_ns = event["time"]
    if number == 0:
        raise BadFile(path, 1, "the file is empty; a history has a line for each call and each return")
    return operations
