#!/usr/bin/python3
"""How long an ensemble takes to form, and from SIGKILL of its leader to the next successful write, with what that time
is made of: the servers' own log lines say when each phase began. The client is a raw socket that dials again at once, so
that no client's back-off is in the figures."""

import argparse
import os
import re
import statistics
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.dirname(HERE)]

import faults  # noqa: E402
import wire  # noqa: E402
from program import Apache, Vivarium  # noqa: E402
from servers import Servers  # noqa: E402

UNANIMOUS = "vivarium.electionDecideWhenUnanimous"
LINE = re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)\.(\d{3}) (.*)")

# (what the time up to it is called, the line that ends it, by which of the servers that are left)
PHASES = [
    ("the loss is noticed", "looking for a leader", max),
    ("votes, and the finalize wait", "elected server", max),
    ("discovery: a new epoch", "has taken over epoch", max),
    ("synchronization", "established as leader", min),
    ("the first follower serves", "serves clients", min),
]


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench failover", description=__doc__)
    parser.add_argument("--vivariumd", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--servers", default="3", help="how many servers there are: 3,5")
    parser.add_argument("--waits", default="unanimous,whole", help="unanimous: the finalize wait ends when every voter that "
                        "is not refused agrees, as it does unless told otherwise; whole: it lasts 200 ms, as Apache's")
    parser.add_argument("--apache", action="store_true", help="Debian's Apache ZooKeeper too")
    return parser.parse_args()


class Writer:
    """One session, one write at a time, at whichever server answers first."""

    def __init__(self, servers):
        self.ports = [server.port for server in servers]
        self.session = {}
        self.connection = None

    def write(self):
        """Until one is acknowledged."""
        while True:
            for port in self.ports:
                if self.try_to_write(port):
                    return
            time.sleep(0.001)

    def try_to_write(self, port):
        try:
            if self.connection is None:
                self.connection = wire.Connection(port, timeout=5.0)
                opened = self.connection.open(timeout=10000, **self.session).session
                self.session = {"session": opened.id, "password": opened.password}
            return self.connection.call(wire.SET_DATA, wire.text("/") + wire.buffer(b"x") + wire.i32(-1)).error == 0
        except (OSError, wire.Closed):
            self.hang_up()
            return False

    def hang_up(self):
        if self.connection:
            self.connection.close()
        self.connection = None


def lines_of(server, since):
    """(seconds, text) of its log lines from a moment on."""
    with open(server.log, errors="replace") as f:
        for line in f:
            if found := LINE.match(line):
                at = time.mktime(time.strptime(found[1], "%Y-%m-%d %H:%M:%S")) + int(found[2]) / 1000
                if at >= since - 0.001:  # the log's clock is cut to milliseconds
                    yield at, found[3]


def phases_of(left, killed, written):
    """Milliseconds of each phase; what is not told by the log has no part of its own."""
    said = [list(lines_of(server, killed)) for server in left]
    parts, before = {}, killed
    for name, words, which in PHASES:
        firsts = [next(at for at, text in lines if words in text) for lines in said
                  if any(words in text for _, text in lines)]
        if firsts:
            at = min(max(which(firsts), before), written)
            parts[name] = (at - before) * 1000
            before = at
    parts["the client's dial and write"] = (written - before) * 1000
    return parts


def one_round(servers, writer):
    """Milliseconds until the next write, and its parts. The ensemble is whole before and after."""
    leader = servers.leader()
    writer.ports = [server.port for server in servers if server is not leader]  # where clients are left
    writer.hang_up()
    writer.write()
    time.sleep(1.2)  # connections that have lasted, as they have where leaders are not killed in a row
    killed = time.time()
    leader.kill()
    writer.write()
    written = time.time()
    time.sleep(0.3)  # the others' log lines
    parts = phases_of([server for server in servers if server is not leader], killed, written)
    leader.start().wait_serving()
    faults.whole(servers)
    return (written - killed) * 1000, parts


def forming(program, count, directory, keys):
    """Milliseconds from the first process's start to the first write, and until all serve."""
    servers = Servers([program] * count, directory, keys)
    try:
        began = time.time()
        for server in servers:
            server.start()
        Writer(servers).write()
        written = time.time()
        for server in servers:
            server.wait_serving()
        return (written - began) * 1000, (time.time() - began) * 1000
    finally:
        servers.stop()


def spread(values):
    ordered = sorted(values)
    at = [ordered[round(q * (len(ordered) - 1))] for q in (0.1, 0.9)]
    return f"median {statistics.median(ordered):6.1f} ms   p10 {at[0]:6.1f}   p90 {at[1]:6.1f}"


def measure(program, count, keys, rounds, told):
    with tempfile.TemporaryDirectory(prefix="failover-") as directory:
        print(f"\n{told}")
        formed = [forming(program, count, os.path.join(directory, f"new{i}"), keys) for i in range(max(1, rounds // 3))]
        print(f"  {'from nothing to the first write':34} {spread([first for first, _ in formed])}")
        print(f"  {'from nothing until all serve':34} {spread([last for _, last in formed])}")
        servers = Servers([program] * count, os.path.join(directory, "old"), keys).start()
        try:
            faults.whole(servers)
            writer = Writer(servers)
            totals, parts = zip(*[one_round(servers, writer) for _ in range(rounds)])
        finally:
            servers.stop()
    print(f"  {'SIGKILL of the leader to a write':34} {spread(totals)}", flush=True)
    if program.name == "vivarium":
        for name in [name for name, _, _ in PHASES] + ["the client's dial and write"]:
            values = [of_round.get(name, 0.0) for of_round in parts]
            print(f"    {name:32} {spread(values)}")


def main():
    options = arguments()
    vivarium, apache = Vivarium(options.vivariumd), Apache()
    for count in map(int, options.servers.split(",")):
        for wait in options.waits.split(","):
            told = "the finalize wait is 200 ms" if wait == "whole" else "nobody is waited for once all agree"
            keys = {UNANIMOUS: "false"} if wait == "whole" else {}
            measure(vivarium, count, keys, options.rounds, f"Vivarium, {count} servers, {told}")
        if options.apache:
            print(apache.missing() or "", end="")
            measure(apache, count, {}, options.rounds, f"Apache ZooKeeper 3.8.0, {count} servers")


if __name__ == "__main__":
    main()
