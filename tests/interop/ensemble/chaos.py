"""Leaders and followers are killed, paused and restarted in turn while kazoo clients work: no acknowledged write is
lost, no sequence number repeats, all replicas answer alike, and the history holds."""

import time

import faults
from case import case, equal, raises
from disk import dump
from history import History
from workload import NAMES, Worker, prepare

KEYS = {"syncLimit": "4", "snapCount": "500"}  # 2 s without a leader's sign are enough
CLIENTS = 4


def work_through(given, programs, deeds, seed):
    servers = given.start(programs, KEYS)
    faults.whole(servers)
    history = History()
    prepare(given.kazoo(servers), history)
    workers = [Worker(i, servers.hosts, history, seed) for i in range(CLIENTS)]
    for worker in workers:
        worker.start()
    time.sleep(1.0)
    for deed in deeds:
        told = history.count("ok")
        deed(servers)
        progress(history, told)
    for worker in workers:
        worker.finish()
    judge(given, servers, history, [name for worker in workers for name in worker.named])


def progress(history, told, timeout=30.0):
    """After every fault work goes on."""
    deadline = time.monotonic() + timeout
    while history.count("ok") < told + 50:
        assert time.monotonic() < deadline, f"no progress: {history.count('ok')} after {told}, {history.lines[-5:]}"
        time.sleep(0.1)


def judge(given, servers, history, names):
    faults.whole(servers)
    trees = [dump(server) for server in servers]
    for tree in trees[1:]:
        equal(sorted(tree), sorted(trees[0]))
        for path in tree:
            equal(tree[path], trees[0][path], path)
    equal(len(names), len(set(names)), "names that were given")
    lost = set(names) - set(trees[0])
    assert not lost, f"acknowledged and lost: {sorted(lost)} of {NAMES}"
    assert history.count("ok") > 300, history.count("ok")
    history.judge(given.directory)


@case(on=(), quick=True)
def a_history_that_lost_a_write_does_not_pass(given):
    history = History()
    for value in (1, 2):  # both got version 1 at their own zxid
        common = {"process": value, "f": "setData", "key": "/a"}
        history.add(type="invoke", **common, value=value)
        history.add(type="ok", **common, zxid=10 + value, version=1, mzxid=10 + value)
    raises(AssertionError, history.judge, given.directory)


@case(on=())
def servers_fail_while_clients_work(given):
    work_through(given, [given.program] * 3, faults.ALL, seed=1)


@case(on=())
def leaders_are_killed_again_and_again(given):
    work_through(given, [given.program] * 3, [faults.kill_leader] * 6, seed=2)


@case(on=())
def five_servers_fail_while_clients_work(given):
    work_through(given, [given.program] * 5, faults.ALL, seed=6)


@case(on=())
def one_of_five_and_two_of_five(given):
    deeds = [faults.kill_leader, faults.kill_majority_but_one, faults.pause_leader]
    work_through(given, [given.program] * 5, deeds, seed=3)
