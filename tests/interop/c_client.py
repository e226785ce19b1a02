"""The C client's shell, cli_mt, from a script."""

import os
import re
import subprocess
import time

from case import Skip, case, equal, wait_for

CLI = "/usr/lib/zookeeper/bin/cli_mt"


class Shell:
    """Types a line, waits for its answer."""

    def __init__(self, given):
        if not os.access(CLI, os.X_OK):
            raise Skip("cli_mt is not installed (Debian: zookeeper-bin)")
        self.path = os.path.join(given.directory, "cli.out")
        with open(self.path, "wb") as out:
            self.process = subprocess.Popen([CLI, given.servers.hosts], stdin=subprocess.PIPE, stdout=out, stderr=out)
        given.closers.append(self.end)
        self.at = 0
        self.wait("state = CONNECTED_STATE")

    def text(self):
        with open(self.path, errors="replace") as f:
            return f.read()

    def wait(self, pattern, seconds=10):
        """What has been said up to the pattern, from where the last wait ended."""
        found = wait_for(lambda: re.compile(pattern).search(self.text(), self.at), seconds)
        assert found, f"no {pattern!r} in {self.text()[self.at:]}"
        said = self.text()[self.at:found.end()]
        self.at = found.end()
        return said

    def say(self, line, pattern):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return self.wait(pattern)

    def end(self):
        try:
            self.process.stdin.close()
            self.process.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()


@case(quick=True)
def nodes(given):
    shell, root = Shell(given), given.root
    shell.say(f"create {root}", rf"\[{root}\]: rc = 0\s+name = {root}")
    shell.say(f"get {root}", rf"{root}: rc = 0\s+value_len = 3\s+new\s+Stat:[^=]*ctime")
    shell.say(f"set {root} hello", rf"{root}: rc = 0 Stat:")
    shell.say(f"get {root}", r"value_len = 5\s+hello\s+Stat:")
    shell.wait(r"version=1\taversion=0")
    shell.say(f"create +s {root}/s-", rf"name = {root}/s-0000000000")
    shell.say(f"create2 {root}/two", rf"name = {root}/two\s+ctime")
    shell.say(f"ls2 {root}", r"s-0000000000\s+two\s")
    shell.say(f"getAcl {root}", rf"\[?{root}|rc = 0|ctime")
    shell.say(f"sync {root}", rf"\[{root}\]: rc = 0")
    shell.say(f"delete {root}/two", rf"{root}/two: rc = 0")
    shell.say(f"get {root}/none", rf"{root}/none: rc = -101|Error -101 for {root}/none")


@case(quick=True)
def ephemerals_end_with_the_shell(given):
    shell, witness = Shell(given), given.kazoo()
    shell.say(f"create +e {given.root}", rf"name = {given.root}")
    witness.sync("/")
    assert witness.exists(given.root)
    shell.say("quit", r"Quitting\.\.\.")
    equal(wait_for(lambda: witness.exists(given.root) is None), True)


@case(quick=True)
def watches(given):
    shell, other, root = Shell(given), given.kazoo(), given.root
    other.create(root)
    shell.say(f"sync {root}", rf"\[{root}\]: rc = 0")
    shell.say(f"wexists {root}/new", r"-101")
    other.create(f"{root}/new")
    shell.wait(rf"Watcher CREATED_EVENT state = CONNECTED_STATE for path {root}/new")
    shell.say(f"get {root}", "Stat:")
    other.set(root, b"x")
    shell.wait(rf"Watcher CHANGED_EVENT state = CONNECTED_STATE for path {root}\n")


@case(quick=True)
def containers(given):
    shell = Shell(given)
    shell.say(f"create +c {given.root}", rf"name = {given.root}")


@case(on=(), quick=True)
def a_session_outlives_its_server(given):
    given.servers = given.start([given.program])
    shell, root = Shell(given), given.root
    shell.say(f"create +e {root}", rf"name = {root}")
    shell.say(f"wexists {root}/none", "-101")
    given.servers[0].kill()
    shell.wait("state = CONNECTING_STATE")
    time.sleep(0.3)
    given.servers[0].start().wait_serving()
    shell.wait("state = CONNECTED_STATE", 20)
    shell.say(f"get {root}", "value_len = 3")
