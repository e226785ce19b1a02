"""Measures: what a study asks of a trace. Times are ns of the run; servers are named by their node's index."""

import re
from bisect import bisect_left

from .traces import zxid

# In the order of client::Request (core/client/request.h).
_REQUESTS = (
    ["create", "create", "delete", "exists", "getData", "setData", "getACL", "setACL", "getChildren", "getChildren"]
    + ["sync", "multi", "addAuth", "addWatch", "removeWatches"]
)
_ENDS = {"killed", "power-lost", "exited"}
_CLIENT_LABELS = {"connect-request", "connect-response", "client-request", "client-reply", "watch-event"}


def elections(trace):
    """Each election that ended with an established leader, as dicts. It begins when the first of those who end in it (the
    new leader and whoever follows it by then) looks for a leader; `elected_ns` is when the new leader has made up its mind,
    `established_ns` when a quorum has acknowledged NEWLEADER: from then on writes are taken. Needs kinds note, and killed,
    power-lost, exited to forget who died."""
    looking, elected, follows, rounds, found = {}, {}, {}, {}, []
    sids = trace.servers
    for event in trace.events:
        node = event.get("node")
        if event["kind"] in _ENDS:
            for table in (looking, elected, follows, rounds):
                table.pop(node, None)
        if event["kind"] != "note" or node not in sids:
            continue
        note, t = event["note"], event["t"]
        if note == "looking":
            looking.setdefault(node, t)
            follows.pop(node, None)
        elif note == "round-started":
            rounds[node] = rounds.get(node, 0) + 1
        elif note == "elected":
            elected[node] = t
        elif note == "following":
            follows[node] = event["a"]
        elif note == "serving":
            looking.pop(node, None)
            rounds.pop(node, None)
        elif note == "established":
            began = [looking[n] for n in looking if n == node or follows.get(n) == sids[node]]
            found.append(
                {
                    "epoch": event["a"],
                    "leader": node,
                    "began_ns": min(began, default=t),
                    "elected_ns": elected.get(node, t),
                    "established_ns": t,
                    "rounds": rounds.pop(node, 0),
                }
            )
            looking.pop(node, None)
    return found


def commits(trace, since_ns=0, until_ns=1 << 62):
    """Each transaction that a leader proposed and committed: zxid, proposed_ns, committed_ns. Needs kind note."""
    proposed, found = {}, []
    for event in trace.events:
        if event["kind"] != "note":
            continue
        if event["note"] == "proposed" and since_ns <= event["t"] < until_ns:
            proposed[event["node"], event["a"]] = event["t"]
        elif event["note"] == "committed":
            began = proposed.pop((event["node"], event["a"]), None)
            if began is not None:
                found.append({"zxid": event["a"], "proposed_ns": began, "committed_ns": event["t"], "leader": event["node"]})
    return found


def operations(trace):
    """What clients asked: client, token, name ("setData"), path, called_ns, returned_ns (None: never), outcome, zxid. As
    `vivarium export --to csv`; a running server's trace knows no clients. Needs kinds submit and received, and for outcomes
    of lost connections closed and tick."""
    found, waiting = [], {}
    for event in trace.events:
        node = event.get("node")
        if node is None or node in trace.servers:
            continue
        if event["kind"] == "submit":
            if event["token"] > 0:
                operation = {"client": node, "token": event["token"], "path": event.get("text")}
                operation["name"] = _REQUESTS[event["request"]]
                operation.update(called_ns=event["t"], returned_ns=None, outcome=None, zxid=None)
                waiting[node, event["token"]] = operation
                found.append(operation)
        elif event["kind"] != "note" and event.get("text"):
            for token, outcome, number in re.findall(r"#(\d+) ([^,]*?)(?: (0x[0-9a-f]+))?(?:, |$)", event["text"]):
                operation = waiting.pop((node, int(token)), None)
                if operation:
                    operation.update(returned_ns=event["t"], outcome=outcome, zxid=zxid(number) if number else None)
    return found


def traffic(trace, wanted):
    """What servers sent each other, of the sends that `wanted(event)` takes: {label: (messages, bytes)}, and the number of
    segments: what one step sends on one connection leaves as one. Needs kind send."""
    sums, segments = {}, set()
    for event in trace.events:
        if event["kind"] != "send" or event["node"] not in trace.servers or event.get("label") in _CLIENT_LABELS:
            continue
        if not wanted(event):
            continue
        label = event.get("label", "none")
        messages, size = sums.get(label, (0, 0))
        sums[label] = messages + 1, size + event["size"]
        segments.add((event.get("cause"), event["stream"]))
    return sums, len(segments)


def log_syncs(trace, since_ns, until_ns):
    """How often each server's log was synced in a span, by node. Needs kind durable."""
    counts = {node: 0 for node in trace.servers}
    for event in trace.events:
        if event["kind"] == "durable" and event["queue"] == "log" and since_ns <= event["t"] < until_ns:
            counts[event["node"]] += 1
    return counts


def write_gaps(trace, at_ns):
    """For each client that writes one operation after the other: how long, across at_ns, it had no write acknowledged. From
    its last success before to its first success behind. Clients without one behind have None."""
    by_client = {}
    for operation in operations(trace):
        if operation["outcome"] == "ok":
            by_client.setdefault(operation["client"], []).append(operation["returned_ns"])
    gaps = {}
    for client, times in by_client.items():
        times.sort()
        at = bisect_left(times, at_ns)
        if at > 0:
            gaps[client] = times[at] - times[at - 1] if at < len(times) else None
    return gaps
