"""What a case is, what it is given, and how its outcome is told."""

import copy
import os
import shutil
import tempfile
import time
import traceback

from kazoo.client import KazooClient
from kazoo.protocol.states import KazooState
from kazoo.retry import KazooRetry

import differences
import wire
from servers import Servers

CASES = []
STANDALONE, ENSEMBLE = "standalone", "ensemble"

SECOND_TRY = "-again"


class Case:
    def __init__(self, function, on, quick):
        self.function, self.on, self.quick = function, on, quick
        self.name = f"{function.__module__}.{function.__name__}"

    def again(self):
        """The same for a second time, beside what the first has left behind."""
        case = copy.copy(self)
        case.name += SECOND_TRY
        return case


def case(on=(STANDALONE, ENSEMBLE), quick=False):
    """Registers a function of one Given. `on`: the servers that it is run against; () when it starts its own."""
    def register(function):
        CASES.append(Case(function, on or ("own",), quick))
        return function
    return register


class Skip(Exception):
    """Its text is the reason."""


class Programs(dict):
    """By name. A case that wants one that is not here is skipped."""

    def __missing__(self, name):
        raise Skip(f"{name} is not installed")


class Outcome:
    def __init__(self, word, why="", seconds=0.0):
        self.word, self.why, self.seconds = word, why, seconds  # word: passed, skipped or failed
        self.inside = None  # (passed, skipped) of a client's own tests inside


class Given:
    """A case's servers, and clients that are closed behind it."""

    def __init__(self, one, program, programs, servers, topology):
        self.name, self.program, self.programs = one.name, program, programs
        self.servers, self.topology = servers, topology
        self.root = f"/{one.name.replace('.', '-')}"
        self.is_second_try = one.name.endswith(SECOND_TRY)
        self.inside = None
        self.closers = []
        self.own_servers = []
        self.directory = tempfile.mkdtemp(prefix=f"interop-{one.name}-")

    def expected(self, what):
        """A row of differences.py: what this program answers where the two are known to differ."""
        return getattr(differences.ROWS[what], self.program.name)

    def kazoo(self, servers=None, **options):
        options.setdefault("timeout", 10.0)
        options.setdefault("connection_retry", KazooRetry(max_tries=-1, delay=0.02, backoff=1.5, max_delay=0.2))
        client = KazooClient((servers or self.servers).hosts + options.pop("chroot", ""), **options)
        client.start(timeout=30)
        self.closers.append(lambda: (client.stop(), client.close()))
        return client

    def home(self, client):
        """A node of this case alone."""
        client.ensure_path(self.root)
        return self.root

    def wire(self, server=0, **options):
        connection = wire.Connection(self.servers[server].port, **options)
        self.closers.append(connection.close)
        return connection

    def start(self, programs, keys=None, started=True):
        """Servers of this case alone."""
        servers = Servers(programs, tempfile.mkdtemp(dir=self.directory), keys)
        self.own_servers.append(servers)
        return servers.start() if started else servers

    def close(self, keep):
        for closer in reversed(self.closers):
            try:
                closer()
            except Exception:  # a client whose server is gone has nothing to say
                pass
        for servers in self.own_servers:
            servers.stop()
        if not keep:
            shutil.rmtree(self.directory, ignore_errors=True)


def wait_for(what, seconds=10.0, step=0.01):
    """Until what() is true; returns its last answer."""
    deadline = time.monotonic() + seconds
    while not (answer := what()) and time.monotonic() < deadline:
        time.sleep(step)
    return answer


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what + ': ' if what else ''}got {got!r}, expected {wanted!r}")


def raises(error, function, *arguments, **options):
    try:
        got = function(*arguments, **options)
    except error as raised:
        return raised
    raise AssertionError(f"got {got!r}, expected {error.__name__}")


def drop_connection(client):
    """Cut the socket and wait until the client is back."""
    suspended = []
    client.add_listener(lambda state: suspended.append(state) if state == KazooState.SUSPENDED else None)
    client._connection._socket.shutdown(2)
    assert wait_for(lambda: suspended), "the client did not notice"
    assert wait_for(lambda: client.connected), "the client did not come back"


def run(one, program, programs, servers, topology, keep=False):
    began = time.monotonic()
    given = Given(one, program, programs, servers, topology)
    outcome = Outcome("passed")
    try:
        one.function(given)
    except Skip as reason:
        outcome = Outcome("skipped", str(reason))
    except Exception:
        logs = "".join(f"--- {server.log}\n{server.last_words()}" for own in given.own_servers for server in own
                       if os.path.exists(server.log))
        outcome = Outcome("failed", traceback.format_exc(limit=-3) + logs)
    finally:
        given.close(keep and outcome.word == "failed")
    outcome.inside = given.inside
    outcome.seconds = time.monotonic() - began
    return outcome
