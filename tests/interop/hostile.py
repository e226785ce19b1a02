"""Strangers on every port, while a good client measures that it is served, and the server's memory stays bounded."""

import random
import resource
import socket
import statistics
import threading
import time

import faults
import wire
from case import Skip, case, equal, wait_for
from server import HOST

SECONDS = 3.0
GROWTH_MAX = 96 << 20  # of resident memory, all strangers of a case together
PAUSE_MAX = 2.0  # of the good client, on a machine that does other work too


class Good(threading.Thread):
    """Writes and reads, one at a time, and keeps how long each took."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.connection = wire.Connection(server.port).open(timeout=10000)
        self.ending = threading.Event()
        self.took, self.failure = [], None

    def run(self):
        try:
            while not self.ending.wait(0.002):
                began = time.monotonic()
                equal(self.connection.call(wire.SET_DATA, wire.set_data("/good", b"x")).error, 0)
                equal(self.connection.call(wire.GET_DATA, wire.path_and_watch("/good")).error, 0)
                self.took.append(time.monotonic() - began)
        except Exception as failure:
            self.failure = failure

    def judge(self, pause_max=PAUSE_MAX):
        self.ending.set()
        self.join(10)
        assert not self.failure and not self.is_alive(), f"the good client is harmed: {self.failure!r}"
        assert max(self.took) < pause_max, f"{max(self.took):.2f} s without an answer"
        assert len(self.took) > 20, f"{len(self.took)} answers only"
        return f"median {statistics.median(self.took) * 1000:.1f} ms, most {max(self.took) * 1000:.0f} ms"


def resident(server):
    with open(f"/proc/{server.process.pid}/status") as f:
        return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmRSS:"))


def dial(port):
    s = socket.create_connection((HOST, port), timeout=5)
    s.settimeout(0.5)
    return s


def until(ending, step):
    """Again and again; what the server does to a stranger's connection is its right."""
    while not ending.is_set():
        try:
            step()
        except OSError:
            time.sleep(0.001)


def garbage(port, ending):
    chance = random.Random(port)

    def step():
        with dial(port) as s:
            for _ in range(20):
                s.sendall(chance.randbytes(chance.choice([1, 4, 100, 5000, 60000])))
    until(ending, step)


def lengths(port, ending):
    """A frame's length that lies, with a little behind it."""
    def step():
        for length in (-1, 0, 1, 0x7FFFFFFF, -0x80000000, 0x100000, 44):
            with dial(port) as s:
                s.sendall(wire.i32(length) + b"\0" * 40)
                s.recv(100)
    until(ending, step)


def half_a_frame(port, ending):
    held = []
    try:
        while len(held) < 200 and not ending.is_set():
            held.append(dial(port))
            held[-1].sendall(wire.i32(1 << 19) + b"x" * (1 << 18))
    except OSError:  # a follower's quorum port is closed
        pass
    ending.wait()
    for s in held:
        s.close()


def never_reads(port, ending):
    """Ten thousand requests for a large node, and no answer is ever taken."""
    connection = wire.Connection(port, timeout=2).open(timeout=10000)
    request = wire.frame(wire.request(1, wire.GET_DATA, wire.path_and_watch("/large")))
    try:
        for _ in range(10_000):
            connection.send(request)
    except OSError:
        pass
    ending.wait()
    connection.close()


def opens_and_closes(port, ending):
    until(ending, lambda: dial(port).close())


def sessions_that_come_and_go(port, ending):
    def step():
        s = dial(port)
        s.sendall(wire.frame(wire.connect_request()))
        s.close()
    until(ending, step)


def idle(port, ending):
    held = []
    try:
        while len(held) < 1000 and not ending.is_set():
            held.append(dial(port))
    except OSError:
        pass
    ending.wait()
    for s in held:
        s.close()


def attack(given, servers, doors, strangers):
    """Each stranger in turn at each of these ports."""
    good = wire.Connection(servers[0].port).open()
    equal(good.call(wire.CREATE, wire.create("/good", b"")).error, 0)
    equal(good.call(wire.CREATE, wire.create("/large", b"x" * 100_000)).error, 0)
    good.close()
    before = [resident(server) for server in servers]
    told = []
    for stranger in strangers:
        clients = [Good(server) for server in servers]
        for client in clients:
            client.start()
        ending = threading.Event()
        threads = [threading.Thread(target=stranger, args=(port, ending), daemon=True) for port in doors]
        for thread in threads:
            thread.start()
        time.sleep(SECONDS)
        ending.set()
        for thread in threads:
            thread.join(20)
        grown = [(resident(server) - start) >> 20 for server, start in zip(servers, before)]
        told.append(f"{stranger.__name__}: {'; '.join(client.judge() for client in clients)}, +{max(grown)} MB")
        assert max(grown) << 20 < GROWTH_MAX, f"memory grows by {grown} MB: {told}"
        for client in clients:
            client.connection.close()
    assert all(server.running() for server in servers), "a server has ended"
    print("  " + "\n  ".join(told), flush=True)


def ours_only(given):
    if given.program.name != "vivarium":
        raise Skip("what strangers do to Apache is not asked here")
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit[1], 20_000), limit[1]))


STRANGERS = [garbage, lengths, half_a_frame, opens_and_closes, idle]


@case(on=())
def strangers_at_the_clients_port(given):
    ours_only(given)
    servers = given.start([given.program])
    attack(given, servers, [servers[0].port], STRANGERS + [never_reads, sessions_that_come_and_go])


@case(on=())
def strangers_at_the_election_and_quorum_ports(given):
    ours_only(given)
    servers = given.start([given.program] * 3)
    faults.whole(servers)
    leader = servers.leader()
    doors = [port for _, quorum, election in servers.members for port in (quorum, election)]
    attack(given, servers, doors, STRANGERS)
    faults.whole(servers)
    equal(servers.leader().id, leader.id, "who leads")


@case(on=())
def an_ensemble_forms_among_strangers(given):
    ours_only(given)
    servers = given.start([given.program] * 3, started=False)
    ending = threading.Event()
    threads = [threading.Thread(target=stranger, args=(port, ending), daemon=True)
               for _, quorum, election in servers.members for port in (quorum, election)
               for stranger in (garbage, opens_and_closes)]
    for thread in threads:
        thread.start()
    try:
        servers.start()
        faults.whole(servers)
        servers.leader().kill()
        assert wait_for(lambda: servers.with_mode("leader"), 30), "nobody follows it"
    finally:
        ending.set()
        for thread in threads:
            thread.join(20)
