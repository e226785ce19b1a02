"""Clients in other languages. For each there is a program of ours, `COMMAND HOSTS`, which prints `cases NAME...`, then
reads names from its input and answers each with `NAME passed` or `NAME failed: why`; before, with `NAME waiting` when
it wants something done to its servers, and a line when that is done."""

import atexit
import functools
import os
import select
import shutil
import subprocess
import tempfile

import faults
from case import CASES, ENSEMBLE, STANDALONE, Case, Skip

HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 120.0  # seconds


@functools.lru_cache(maxsize=1)
def workshop():
    """What is compiled here lives as long as this run."""
    directory = tempfile.mkdtemp(prefix="interop-built-")
    atexit.register(shutil.rmtree, directory, ignore_errors=True)
    return directory


def need(there, what, package):
    if not there:
        raise Skip(f"{what} is not installed ({package})")


def build(command, **options):
    """A compiler that is there must take our program."""
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, **options)
    assert done.returncode == 0, f"{' '.join(command)}: exit {done.returncode}\n{done.stdout}{done.stderr}"


class Conversation:
    """One running program."""

    def __init__(self, command, hosts, cases, directory, environment):
        self.errors = open(os.path.join(directory, "stderr"), "w+b")
        self.process = subprocess.Popen(command + [hosts], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, cwd=directory, env=dict(os.environ, **environment))
        self.unread = b""
        word, *names = self.hear().split()
        assert word == "cases" and sorted(names) == sorted(cases), f"it has {sorted(names)}, listed are {sorted(cases)}"

    def say(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()

    def hear(self):
        while b"\n" not in self.unread:
            ready = select.select([self.process.stdout], [], [], PATIENCE)[0]
            piece = os.read(self.process.stdout.fileno(), 65536) if ready else b""
            if not piece:
                raise AssertionError(f"it {'ended' if ready else 'hangs'}, its last words: {self.last_words()}")
            self.unread += piece
        line, self.unread = self.unread.split(b"\n", 1)
        return line.decode(errors="replace")

    def last_words(self):
        self.errors.seek(0)
        return self.errors.read()[-4000:].decode(errors="replace")

    def running(self):
        return self.process.poll() is None

    def end(self):
        self.process.kill()
        self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.errors.close()


class Client:
    """`command`: a function that returns the program's command line, or raises Skip. `disturbed`: the cases that wait
    for something to be done to their servers, and so have their own."""

    def __init__(self, file, command, cases, disturbed=(), environment=None):
        self.command, self.cases, self.environment = command, [*cases, *disturbed], environment or {}
        for name in cases:
            self.register(file, name, name, (STANDALONE, ENSEMBLE), self.run)
        for name in disturbed:
            self.register(file, name, f"{name}_standalone", ("own",), self.run_while_it_restarts)
            self.register(file, name, f"{name}_ensemble", ("own",), self.run_while_each_restarts)

    def register(self, file, name, told, on, run):
        def function(given):
            run(given, name)
        function.__module__, function.__name__ = file, told
        CASES.append(Case(function, on, quick=False))

    def conversation(self, given):
        """The program that talks to these servers; it ends with them."""
        talk = given.servers.companions.get(self)
        if talk is None or not talk.running():
            directory = tempfile.mkdtemp(dir=workshop())
            talk = Conversation(self.command(), given.servers.hosts, self.cases, directory, self.environment)
            given.servers.companions[self] = talk
        return talk

    def run(self, given, name, disturb=None):
        if given.is_second_try:
            self.forget_first_try(given, name)
        talk = self.conversation(given)
        talk.say(name)
        try:
            answer = talk.hear()
            if answer == f"{name} waiting":
                disturb(given.servers)
                talk.say("go on")
                answer = talk.hear()
        except AssertionError:
            talk.end()
            raise
        assert answer == f"{name} passed", "\n  ".join(answer.split(" | "))

    @staticmethod
    def forget_first_try(given, name):
        """Its nodes stand where those of the second try will: the program names them after the case."""
        client = given.kazoo()
        for child in client.get_children("/"):
            if child.endswith(f"-{name}"):
                client.delete(f"/{child}", recursive=True)

    def run_while_it_restarts(self, given, name):
        given.servers = given.start([given.program])
        self.run(given, name, lambda servers: faults.each_killed(servers))

    def run_while_each_restarts(self, given, name):
        given.servers = given.start([given.program] * 3)
        faults.whole(given.servers)
        self.run(given, name, lambda servers: faults.each_killed(servers))
