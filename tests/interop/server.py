"""One server process: its configuration, directory, ports and life. It listens on 127.0.0.1; its own pid ends it."""

import fcntl
import os
import signal
import socket
import subprocess
import tempfile
import time

HOST = "127.0.0.1"

# One configuration for both programs; what one of them does not know yet it must take with a warning.
COMMON = {
    "tickTime": "500",
    "initLimit": "40",
    "syncLimit": "10",
    "maxSessionTimeout": "60000",
    "maxClientCnxns": "0",
    "preAllocSize": "1024",
    "clientPortAddress": HOST,
    "admin.enableServer": "false",
    "4lw.commands.whitelist": "*",
    "DigestAuthenticationProvider.superDigest": "super:D/InIHSb7yEEbrWz8b9l71RjZJU=",  # super:test
}


# Ports lie below those that the system gives to outgoing connections, which could take one before its server does. Each
# process has two hundred of them to itself as long as it lives, by the lock of a file; tests/posix/free_port.h does the same.
FIRST_PORT, BLOCK, BLOCKS = 10_000, 200, 110


class FreePorts:
    def __init__(self):
        self.at = 0
        folder = os.path.join(tempfile.gettempdir(), f"vivarium-ports-{os.getuid()}")
        os.makedirs(folder, exist_ok=True)
        for i in range(os.getpid(), os.getpid() + BLOCKS):
            self.block = i % BLOCKS
            self.lock = open(os.path.join(folder, str(self.block)), "w")
            try:
                fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except OSError:
                self.lock.close()
        raise RuntimeError("all ports are reserved")

    def next(self):
        while True:
            port = FIRST_PORT + self.block * BLOCK + self.at
            self.at = (self.at + 1) % BLOCK
            with socket.socket() as s:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as a server: what is left of connections is no hindrance
                try:
                    s.bind((HOST, port))
                    return port
                except OSError:
                    pass


_free = None


def free_ports(count):
    """Ports that nobody listens on, no two the same."""
    global _free
    _free = _free or FreePorts()
    return [_free.next() for _ in range(count)]


def four_letters(port, word, timeout=10.0):
    """What the server says before it closes the connection."""
    with socket.create_connection((HOST, port), timeout=timeout) as s:
        s.sendall(word.encode())
        text = b""
        while piece := s.recv(65536):
            text += piece
    return text.decode()


class Server:
    """Stopped at first. `members` is [(id, quorum port, election port)] of its ensemble, empty when it is alone."""

    def __init__(self, program, directory, port=None, my_id=1, members=(), keys=None):
        self.program = program
        self.directory = directory
        self.data = os.path.join(directory, "data")
        self.port = port or free_ports(1)[0]
        self.id = my_id
        self.members = list(members)
        self.keys = dict(COMMON, **(keys or {}))
        self.process = None
        self.paused = False
        os.makedirs(self.data, exist_ok=True)
        self.configure()

    @property
    def address(self):
        return f"{HOST}:{self.port}"

    @property
    def cfg(self):
        return os.path.join(self.directory, "zoo.cfg")

    @property
    def log(self):
        return os.path.join(self.directory, f"{self.program.name}.log")

    def configure(self):
        keys = dict(self.keys, dataDir=self.data, clientPort=str(self.port))
        for member, quorum, election in self.members:
            keys[f"server.{member}"] = f"{HOST}:{quorum}:{election}"
        with open(self.cfg, "w") as f:
            f.writelines(f"{key}={value}\n" for key, value in keys.items())
        if self.members:
            with open(os.path.join(self.data, "myid"), "w") as f:
                f.write(f"{self.id}\n")

    def start(self):
        assert not self.process, "it runs already"
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.program.command(self.cfg), cwd=self.directory,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self

    def running(self):
        return self.process is not None and self.process.poll() is None

    def stop(self, timeout=20.0):
        """As a service manager stops it. Returns its exit code."""
        if not self.process:
            return None
        self.resume()
        self.process.terminate()
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()
        finally:
            self.process = None

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process, self.paused = None, False

    def pause(self):
        self.process.send_signal(signal.SIGSTOP)
        self.paused = True

    def resume(self):
        if self.paused:
            self.process.send_signal(signal.SIGCONT)
            self.paused = False

    def srvr(self, timeout=1.0):
        """What srvr says as a dict, or None when nobody serves."""
        try:
            text = four_letters(self.port, "srvr", timeout)
        except OSError:
            return None
        return dict(line.split(": ", 1) for line in text.splitlines() if ": " in line)

    def mode(self):
        return (self.srvr() or {}).get("Mode") if self.running() and not self.paused else None

    def wait_serving(self, timeout=40.0):
        deadline = time.monotonic() + timeout
        while not self.mode():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.program.name} ended with {self.process.returncode}:\n{self.last_words()}")
            if time.monotonic() > deadline:
                raise AssertionError(f"{self.program.name} does not serve after {timeout} s:\n{self.last_words()}")
            time.sleep(0.02)
        return self

    def last_words(self, lines=12):
        with open(self.log, errors="replace") as f:
            return "".join(f.readlines()[-lines:])
