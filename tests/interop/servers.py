"""One server alone, or an ensemble, of one program or mixed."""

import os
import time

from server import Server, free_ports


class Servers:
    def __init__(self, programs, directory, keys=None):
        """programs: one per server. One alone is standalone."""
        self.directory = directory
        self.companions = {}  # programs that talk to these servers, and end with them
        self.members = members_of(len(programs))
        ports = free_ports(len(programs))
        self.all = [Server(program, os.path.join(directory, f"server{i + 1}"), ports[i], i + 1, self.members, keys)
                    for i, program in enumerate(programs)]

    def __iter__(self):
        return iter(self.all)

    def __getitem__(self, index):
        return self.all[index]

    def __len__(self):
        return len(self.all)

    @property
    def hosts(self):
        return ",".join(server.address for server in self.all)

    def start(self):
        for server in self.all:
            server.start()
        for server in self.all:
            server.wait_serving()
        return self

    def stop(self):
        for companion in self.companions.values():
            companion.end()
        self.companions.clear()
        for server in self.all:
            server.stop()

    def with_mode(self, mode):
        return [server for server in self.all if server.mode() == mode]

    def leader(self, timeout=30.0):
        """The one that leads, once there is one and a majority serves."""
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            leaders = self.with_mode("leader")
            if len(leaders) == 1 and len(self.with_mode("follower")) + 1 > len(self.all) // 2:
                return leaders[0]
            time.sleep(0.05)
        raise AssertionError(f"no leader after {timeout} s: {[server.mode() for server in self.all]}")

    def followers(self):
        leader = self.leader()
        return [server for server in self.all if server is not leader]


def members_of(count):
    if count == 1:
        return []
    ports = free_ports(2 * count)
    return [(i + 1, ports[2 * i], ports[2 * i + 1]) for i in range(count)]
