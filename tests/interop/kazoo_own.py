"""kazoo's own shipped tests, on our servers. Theirs that stop and start servers do so with ours."""

import contextlib
import gc
import importlib
import io
import sys
import types
import unittest
import unittest.mock

from case import Skip, case

# Their imports that Debian does not bring along with kazoo: mock is the standard library's; objgraph only counts.
sys.modules.setdefault("mock", unittest.mock)
sys.modules.setdefault("objgraph", types.SimpleNamespace(
    count=lambda name: sum(type(one).__name__ == name for one in gc.get_objects())))

# {test: why it says nothing about a server}
LEFT_OUT = {
    "test_client.TestReconfig": "reconfiguration is off by default",
    "test_connection.TestReadOnlyMode": "read-only mode is off by default",
}
# Left out whole: test_build (asks which server Travis installed), test_sasl (SASL is off by default).
WITHOUT_SERVERS = ["test_exceptions", "test_hosts", "test_paths", "test_retry", "test_security",
                   "test_threading_handler", "test_utils"]


class Cluster:
    """What kazoo's harness wants of a cluster."""

    def __init__(self, servers):
        self.members = [Member(server) for server in servers]

    def __iter__(self):
        return iter(self.members)

    def __getitem__(self, index):
        return self.members[index]

    def start(self):
        for member in self.members:
            member.run()

    def terminate(self):
        pass


class Member:
    def __init__(self, server):
        self.server = server
        self.address = server.address

    @property
    def running(self):
        return self.server.running()

    def run(self):
        if not self.running:
            self.server.start().wait_serving()

    def stop(self):
        self.server.stop()


def tests_of(modules):
    suite = unittest.TestSuite()
    for module in modules:
        for group in unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(f"kazoo.tests.{module}")):
            suite.addTests(test for test in group if not any(f".{out}." in test.id() for out in LEFT_OUT))
    return suite


def skip(reason, **_):
    """pytest's own is no Exception that unittest knows."""
    raise unittest.SkipTest(reason)


def run_tests(given, *modules):
    harness = importlib.import_module("kazoo.testing.harness")
    cluster = Cluster(given.servers)
    said = io.StringIO()
    with unittest.mock.patch.object(harness, "get_global_cluster", lambda: cluster), \
            unittest.mock.patch("pytest.skip", skip), contextlib.redirect_stderr(said):
        result = unittest.TextTestRunner(stream=said, verbosity=1).run(tests_of(modules))
    failed = [test.id() for test, _ in result.failures + result.errors]
    traces = "\n".join(trace for _, trace in (result.failures + result.errors)[:3])
    assert not failed, f"{len(failed)} of {result.testsRun} fail: {', '.join(failed)}\n{traces}"
    given.inside = (result.testsRun - len(result.skipped), len(result.skipped))
    if not given.inside[0]:
        reasons = {reason for _, reason in result.skipped} or {"there is none"}
        raise Skip(f"no test of kazoo's {', '.join(modules)} ran: {'; '.join(sorted(reasons))}")


@case(quick=True)
def barrier(given):
    run_tests(given, "test_barrier")


@case()
def cache(given):
    run_tests(given, "test_cache")


@case(on=("ensemble",))
def client(given):
    run_tests(given, "test_client")


@case(on=("ensemble",))
def connection(given):
    run_tests(given, "test_connection")


@case(quick=True)
def counter(given):
    run_tests(given, "test_counter")


@case(quick=True)
def election(given):
    run_tests(given, "test_election")


@case()
def interrupt(given):
    run_tests(given, "test_interrupt")


@case()
def lease(given):
    run_tests(given, "test_lease")


@case()
def lock(given):
    run_tests(given, "test_lock")


@case()
def partitioner(given):
    run_tests(given, "test_partitioner")


@case(quick=True)
def party(given):
    run_tests(given, "test_party")


@case(quick=True)
def queue(given):
    run_tests(given, "test_queue")


@case()
def watchers(given):
    run_tests(given, "test_watchers")


@case(on=("ensemble",))
def eventlet(given):
    run_tests(given, "test_eventlet_handler")


@case(on=("ensemble",))
def gevent(given):
    run_tests(given, "test_gevent_handler")


@case(on=("standalone",), quick=True)
def without_servers(given):
    run_tests(given, *WITHOUT_SERVERS)
