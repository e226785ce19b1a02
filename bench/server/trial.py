"""One program from its start to its end: every case's load, and what the servers spent on it."""

import json
import os
import shutil
import socket
import statistics
import struct
import subprocess
import time
from collections import namedtuple

import wire  # tests/interop
from server import HOST, four_letters
from servers import Servers

# As their defaults are, where a default is not the same in both or a test would be in its way.
KEYS = {"tickTime": "2000", "initLimit": "10", "syncLimit": "5", "preAllocSize": "65536", "snapCount": "100000"}

# Of servers with a million znodes: a snapshot of these takes as long as a hundred thousand writes, and would never end.
KEYS_OF_FILL = KEYS | {"snapCount": "300000"}

Case = namedtuple("Case", "load connections outstanding bytes")  # outstanding: on each connection
WRITES = {"read": 0, "mixed": 10, "write": 100}  # percent


class Trial:
    def __init__(self, program, servers, directory, options, keys=KEYS):
        self.options, self.directory = options, directory
        self.servers = Servers([program] * servers, directory, keys)

    def run(self, cases):
        """{"start_up_ms", "empty_bytes", "loaded_bytes", "cases": {case: figures}, "through_c_client": the same}"""
        try:
            figures = {"start_up_ms": self.start()}
            figures["empty_bytes"] = self.resident()
            self.warm_up({case.bytes for case in cases})
            figures["cases"] = {case: self.measure(case, self.options.load) for case in cases}
            figures["through_c_client"] = self.measure_through_c_client(cases)
            figures["loaded_bytes"] = self.resident()
            return figures
        finally:
            self.end()

    def run_fill(self):
        """{"bytes_per_znode", "seconds", "p99_ns", "p99_with_snapshot_ns"}: resident memory beyond names and data; the
        p99 of writes that go on, and that of those meanwhile which fell into the writing of a snapshot of all that."""
        try:
            self.start()
            empty = self.resident()
            told = self.load("--fill", self.options.znodes, "--bytes", 16, "--connections", 1, "--outstanding", 500)
            time.sleep(3)  # a snapshot that was begun ends
            beyond = (self.resident() - empty) / told["znodes"] - told["name_bytes"] - told["data_bytes"]
            return {"bytes_per_znode": beyond, "seconds": told["milliseconds"] / 1000, **self.run_beside_snapshots()}
        finally:
            self.end()

    def run_beside_snapshots(self):
        """Writes in slices of half a second until ten of them fell into a snapshot and ten did not."""
        self.load("--prepare", "--bytes", 100, "--connections", 1, "--outstanding", 100, "--writes", 100,
                  "--warm-up", 1000, "--milliseconds", 100)
        beside, alone = [], []
        for _ in range(240):
            before = self.snapshots()
            told = self.load("--connections", 1, "--outstanding", 100, "--bytes", 100, "--writes", 100, "--warm-up", 100,
                             "--milliseconds", 500)
            (alone if self.snapshots() == before else beside).append(told["all"]["p99_ns"])
            if len(beside) >= 10 and len(alone) >= 10:
                break
        if not beside or not alone:
            raise SystemExit(f"bench server: {len(beside)} of {len(beside) + len(alone)} slices fell into a snapshot")
        return {"p99_ns": statistics.median(alone), "p99_with_snapshot_ns": statistics.median(beside)}

    def snapshots(self):
        """Names and sizes: they change while one is written."""
        place = os.path.join(self.servers[0].data, "version-2")
        with os.scandir(place) as entries:
            return {entry.name: entry.stat().st_size for entry in entries if entry.name.startswith("snapshot")}

    def start(self):
        """Milliseconds until the first request succeeds."""
        began = time.monotonic()
        for server in self.servers:
            server.start()
        while not any(answers(server.port) for server in self.servers):
            if time.monotonic() > began + 60 or not all(server.running() for server in self.servers):
                raise SystemExit(f"bench server: {self.servers[0].program.name} does not serve:\n{self.servers[0].last_words()}")
            time.sleep(0.002)
        took = (time.monotonic() - began) * 1000
        for server in self.servers:
            server.wait_serving()
        return took

    def end(self):
        self.servers.stop()
        shutil.rmtree(self.directory, ignore_errors=True)

    def warm_up(self, sizes):
        for size in sorted(sizes):
            self.load("--prepare", "--bytes", size, "--connections", 10, "--outstanding", 10, "--writes", 50,
                      "--warm-up", self.options.warm_up // len(sizes), "--milliseconds", 100)

    def measure_through_c_client(self, cases):
        if not self.options.c_client or len(self.servers) > 1:
            return {}
        return {case: self.measure(case, self.options.c_client) for case in cases
                if case.connections == 1 and case.load != "mixed"}

    def measure(self, case, generator):
        synced = self.syncs()
        figures = self.run_load(generator, "--connections", case.connections, "--outstanding", case.outstanding,
                                "--bytes", case.bytes, "--writes", WRITES[case.load],
                                "--warm-up", 200 * case.connections,
                                "--milliseconds", int(self.options.seconds * 1000))
        if figures["errors"]:
            raise SystemExit(f"bench server: {figures['errors']} errors in {case}")
        figures["syncs"] = self.syncs() - synced
        return figures

    def load(self, *arguments):
        return self.run_load(self.options.load, *arguments)

    def run_load(self, generator, *arguments):
        """What it prints. A single connection is a follower's client, as most are."""
        command = [generator, *(str(argument) for argument in arguments)]
        for server in sorted(self.servers, key=lambda one: one.mode() == "leader"):
            command += ["--server", server.address, "--pid", str(server.process.pid)]
        done = subprocess.run(command, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"bench server: {' '.join(command)}: {done.stderr.strip()}\n{self.servers[0].last_words()}")
        return json.loads(done.stdout)

    def syncs(self):
        """Of all servers' logs, as they count them."""
        return sum(monitored(server.port, "zk_cnt_fsynctime") for server in self.servers)

    def resident(self):
        """Of a server, in bytes."""
        return sum(resident_of(server.process.pid) for server in self.servers) // len(self.servers)


def answers(port):
    """Whether a new client gets a session and reads the root."""
    try:
        with socket.create_connection((HOST, port), timeout=1) as s:
            s.sendall(wire.frame(wire.connect_request()))
            if struct.unpack(">i", payload(s)[4:8])[0] <= 0:
                return False
            s.sendall(wire.frame(wire.request(1, wire.EXISTS, wire.path_and_watch("/"))))
            return wire.reply_of(payload(s)).error == wire.OK
    except OSError:
        return False


def payload(s):
    return exactly(s, struct.unpack(">i", exactly(s, 4))[0])


def exactly(s, size):
    data = b""
    while len(data) < size:
        piece = s.recv(size - len(data))
        if not piece:
            raise OSError("closed")
        data += piece
    return data


def monitored(port, key):
    for line in four_letters(port, "mntr").splitlines():
        name, _, value = line.partition("\t")
        if name == key:
            return int(value)
    return 0


def resident_of(pid):
    with open(f"/proc/{pid}/status") as f:
        for line in f:
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
    raise AssertionError(f"process {pid} has no VmRSS")
