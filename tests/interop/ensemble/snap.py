"""A follower without data is brought up by SNAP of a tree that is larger than any buffer, while a client of the leader
writes and reads: nobody waits for it, and the leader never holds a second copy of the tree."""

import os
import shutil
import time

import faults
import wire
from case import Skip, case, equal, wait_for
from hostile import Good, resident
from server import HOST

ZNODES, DATA = 200_000, bytes(range(256)) * 4
A_MULTI, AT_ONCE = 100, 40  # creates: more multis than the window of 500 keeps; multis that are not answered yet
SNAPSHOT = ZNODES * len(DATA)
# 1 MiB may be unsent, what is written meanwhile is kept for the learner, and an allocator is no accountant: a tenth of
# what a second copy would take.
GROWTH_MAX = SNAPSHOT // 10
PAUSE_MAX = 0.5  # of the leader's client, on a machine that does other work too
STREAMING = SNAPSHOT // 8  # so much grown, a learner is amid its SNAP
KEYS = {"initLimit": "8", "syncLimit": "4", "fsync.warningthresholdms": "0"}
SILENT_SECONDS = 0.5 * (8 + 4)  # then a leader drops a learner that joins


def path(number):
    return f"/snap/n{number:06}"


def fill(server):
    connection = wire.Connection(server.port, timeout=60).open(timeout=60000)
    equal(connection.call(wire.CREATE, wire.create("/snap")).error, 0)
    unanswered = 0
    for first in range(0, ZNODES, A_MULTI):
        if unanswered == AT_ONCE:
            equal(connection.next_reply().error, 0)
            unanswered -= 1
        creates = [(wire.CREATE, wire.create(path(i), DATA)) for i in range(first, first + A_MULTI)]
        connection.send(wire.frame(wire.request(first, wire.MULTI, wire.multi(*creates))))
        unanswered += 1
    for _ in range(unanswered):
        equal(connection.next_reply().error, 0)
    equal(connection.call(wire.CREATE, wire.create("/good", b"")).error, 0)
    connection.close()


def dump(server):
    """Every node's data and Stat, many requests at a time."""
    connection = wire.Connection(server.port, timeout=60).open(timeout=60000)
    equal(connection.call(wire.SYNC, wire.text("/")).error, 0)
    reply = connection.call(wire.GET_CHILDREN, wire.path_and_watch("/snap"))
    names = sorted(reply.body.vector(reply.body.text))
    equal(len(names), ZNODES, f"children at server {server.id}")
    tree = {}
    for first in range(0, ZNODES, A_MULTI):
        some = names[first:first + A_MULTI]
        connection.send(b"".join(wire.frame(wire.request(i, wire.GET_DATA, wire.path_and_watch(f"/snap/{name}")))
                                 for i, name in enumerate(some)))
        for name in some:
            reply = connection.next_reply()
            equal(reply.error, 0, name)
            tree[name] = reply.body.rest()
    for name in ("/", "/snap", "/good"):
        tree[name] = connection.call(wire.GET_DATA, wire.path_and_watch(name)).body.rest()
    connection.close()
    return tree


class Peak:
    """How far a process's resident memory has grown at most since this was made."""

    def __init__(self, server):
        self.server = server
        with open(f"/proc/{server.process.pid}/clear_refs", "w") as f:
            f.write("5")  # VmHWM begins anew
        self.before = resident(server)

    def growth(self):
        with open(f"/proc/{self.server.process.pid}/status") as f:
            return next(int(line.split()[1]) << 10 for line in f if line.startswith("VmHWM:")) - self.before


def learners(servers, leader):
    """Connections that the leader holds open at its quorum port."""
    here = f"0100007F:{servers.members[leader.id - 1][1]:04X}"
    with open("/proc/net/tcp") as f:
        rows = [line.split()[1:4] for line in f.readlines()[1:]]
    return sum(local == here and state == "01" for local, _, state in rows)


def wipe(server):
    server.kill()
    for name in os.listdir(server.data):
        if name != "myid":
            shutil.rmtree(os.path.join(server.data, name))
    server.start()


def is_streaming(server):
    return resident(server) > STREAMING


def filled(given):
    if given.program.name != "vivarium":
        raise Skip("how Apache streams is not asked here")
    servers = given.start([given.program] * 3, KEYS)
    faults.whole(servers)
    leader = servers.leader()
    fill(leader)
    return servers, leader, [server for server in servers if server is not leader][0]


def judge(servers, leader, good, peak, told):
    said = good.judge(PAUSE_MAX)
    good.connection.close()
    equal(servers.leader().id, leader.id, "who leads")
    print(f"  {told}: {said}; the leader's memory +{peak.growth() >> 20} MB of {SNAPSHOT >> 20}", flush=True)
    assert peak.growth() < GROWTH_MAX, f"the leader's memory grew by {peak.growth() >> 20} MB"
    first, *others = [dump(server) for server in servers]
    assert all(other == first for other in others), "the replicas differ"


@case(on=())
def a_wiped_follower_is_streamed_to_while_the_leader_serves(given):
    servers, leader, wiped = filled(given)
    peak, good = Peak(leader), Good(leader)
    good.start()
    began = time.monotonic()
    wipe(wiped)
    wiped.wait_serving(60)
    judge(servers, leader, good, peak, f"SNAP of {SNAPSHOT >> 20} MB in {time.monotonic() - began:.1f} s")


@case(on=())
def a_learner_that_stops_amid_its_snapshot_holds_up_nobody(given):
    servers, leader, wiped = filled(given)
    peak, good = Peak(leader), Good(leader)
    good.start()
    wipe(wiped)
    assert wait_for(lambda: is_streaming(wiped), 60, step=0.001), "no SNAP"
    wiped.pause()
    assert resident(wiped) < SNAPSHOT, "it was not amid its SNAP"
    equal(learners(servers, leader), 2)
    began = time.monotonic()
    assert wait_for(lambda: learners(servers, leader) == 1, SILENT_SECONDS + 8, step=0.1), "it is waited for for ever"
    dropped = time.monotonic() - began
    assert dropped > SILENT_SECONDS / 2, f"dropped after {dropped:.1f} s"
    wiped.resume()
    faults.whole(servers)
    judge(servers, leader, good, peak, f"stopped amid SNAP, dropped after {dropped:.1f} s")
