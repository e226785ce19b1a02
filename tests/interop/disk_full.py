"""A small file system of its own for each server, which another fills: writes are refused with a clear error and an
alarm, reads go on, nothing is lost, and service returns with the space."""

import os
import subprocess
import threading
import time

import faults
import wire
from case import Skip, case, equal, wait_for
from disk import dump
from server import four_letters

MB = 1 << 20
SIZE, RESERVE = 160, 64  # MB
THROTTLED = -127


class Disk:
    """An ext4 of its own in a file, or a tmpfs where there are no loop devices."""

    def __init__(self, given, path):
        self.path = path
        image = f"{path}.img"
        os.makedirs(path, exist_ok=True)
        with open(image, "wb") as f:
            f.truncate(SIZE * MB)
        attempts = [["mkfs.ext4", "-q", "-F", "-m", "0", image], ["mount", "-o", "loop", image, path]]
        if not all(self.done(attempt) for attempt in attempts):
            if not self.done(["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", path]):
                raise Skip("a file system cannot be mounted here (it takes root, and a container that allows it)")
        given.closers.insert(0, lambda: self.done(["umount", "-l", path]))  # after the servers' clients

    @staticmethod
    def done(command):
        try:
            return subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
        except FileNotFoundError:
            return False

    def left(self):
        figures = os.statvfs(self.path)
        return figures.f_bavail * figures.f_frsize

    def fill(self, leaving):
        """Another process takes all but so many bytes, at once."""
        with open(os.path.join(self.path, "ballast"), "wb") as f:
            if leaving:
                os.posix_fallocate(f.fileno(), 0, max(self.left() - leaving, 1))
                return
            try:
                while f.write(bytes(MB)):
                    f.flush()
            except OSError:
                pass

    def free(self):
        os.remove(os.path.join(self.path, "ballast"))


def servers_on_disks(given, count):
    if given.program.name != "vivarium":
        raise Skip("the reserve is Vivarium's: Apache writes until it cannot, then ends")
    servers = given.start([given.program] * count, {"vivarium.diskReserveMB": str(RESERVE)}, started=False)
    disks = [Disk(given, server.data) for server in servers]
    for server in servers:
        server.configure()  # myid is on the disk
    servers.start()
    if count > 1:
        faults.whole(servers)
    return servers, disks


class Client:
    """One session; what was acknowledged is kept."""

    def __init__(self, given, servers, at, name="n"):
        self.connection = wait_for(lambda: self.connected(servers[at].port))
        given.closers.append(self.connection.close)
        self.name, self.asked, self.acknowledged = name, 0, []

    @staticmethod
    def connected(port):
        """No session is made without space."""
        try:
            return wire.Connection(port).open(timeout=60000)
        except wire.Closed:
            return None

    def write(self, size=1000):
        path = f"/{self.name}-{self.asked:06}"
        self.asked += 1
        error = self.connection.call(wire.CREATE, wire.create(path, b"x" * size)).error
        if error == 0:
            self.acknowledged.append(path)
        return error

    def read(self):
        return self.connection.call(wire.GET_CHILDREN, wire.path_and_watch("/")).error


def alarmed(server):
    srvr, mntr = four_letters(server.port, "srvr"), four_letters(server.port, "mntr")
    told = "Alarm: the disk is short of space, writes are refused" in srvr
    equal("zk_short_of_space\t1" in mntr, told, "mntr and srvr say the same")
    return told


def nothing_is_lost(servers, clients):
    for server in servers:
        assert wait_for(lambda: not alarmed(server)), "what was freed is not seen"  # a file system may take a moment
        tree = dump(server)
        for client in clients:
            lost = [path for path in client.acknowledged if path not in tree]
            assert not lost, f"acknowledged and lost at {server.id}: {lost[:5]} and {len(lost)} in all"


def refused_and_back(servers, disks, clients, leader):
    for client in clients:
        equal([client.write() for _ in range(20)], [0] * 20)
    for disk in disks:
        disk.fill(leaving=RESERVE * MB * 3 // 4)
    assert wait_for(lambda: alarmed(leader)), "no alarm"
    for client in clients:
        equal((client.write(), client.read()), (THROTTLED, 0))
    for disk in disks:
        disk.free()
    for client in clients:
        equal(wait_for(lambda: client.write() == 0), True, "writes are taken again")
    assert not alarmed(leader), "the alarm stays"
    for server in servers:
        server.kill()
    for server in servers:
        server.start()
    for server in servers:
        server.wait_serving()
    nothing_is_lost(servers, clients)


@case(on=())
def a_server_alone_refuses_and_goes_on(given):
    servers, disks = servers_on_disks(given, 1)
    refused_and_back(servers, disks, [Client(given, servers, 0)], servers[0])


@case(on=())
def an_ensemble_refuses_and_goes_on(given):
    servers, disks = servers_on_disks(given, 3)
    refused_and_back(servers, disks, [Client(given, servers, at, f"n{at}") for at in range(3)], servers.leader())


@case(on=())
def a_follower_without_space_leaves_and_comes_back(given):
    servers, disks = servers_on_disks(given, 3)
    leader, (short, other) = servers.leader(), servers.followers()
    client = Client(given, servers, servers.all.index(other))
    equal(client.write(), 0)
    disks[servers.all.index(short)].fill(leaving=RESERVE * MB // 4)
    assert wait_for(lambda: short.mode() is None), "it still follows"
    equal([client.write() for _ in range(20)], [0] * 20)
    assert not alarmed(leader)
    disks[servers.all.index(short)].free()
    faults.whole(servers)
    nothing_is_lost(servers, [client])


def fill_at_once(servers, disks, client, seconds):
    """All of it is taken while a client writes. Ends when the client hears no more acknowledgements."""
    def write():
        try:
            while client.write(size=20000) == 0:
                pass
        except (OSError, wire.Closed):
            pass
    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    time.sleep(seconds)
    for disk in disks:
        disk.fill(leaving=0)
    writer.join(30)
    assert not writer.is_alive(), "a write is never answered"


@case(on=())
def a_disk_that_is_full_at_once_corrupts_nothing(given):
    servers, disks = servers_on_disks(given, 1)
    clients = []
    for seconds in (0.1, 0.5, 0.9):
        clients.append(Client(given, servers, 0, f"n{seconds}"))
        fill_at_once(servers, disks, clients[-1], seconds)
        if not wait_for(lambda: not servers[0].running(), seconds=1.5):
            servers[0].kill()
        servers[0].process = None
        servers[0].start()  # on a full disk: it serves what it has, or says why it cannot
        assert wait_for(lambda: servers[0].mode() or not servers[0].running(), seconds=10), "it hangs"
        if servers[0].running():
            assert alarmed(servers[0])
            servers[0].kill()
        servers[0].process = None
        disks[0].free()
        servers[0].start().wait_serving()
        nothing_is_lost(servers, clients)


@case(on=())
def disks_that_are_full_at_once_corrupt_no_ensemble(given):
    servers, disks = servers_on_disks(given, 3)
    client = Client(given, servers, 0)
    fill_at_once(servers, disks, client, 0.7)
    time.sleep(2.0)
    for disk in disks:
        disk.free()
    for server in servers:
        if not server.running():
            server.process = None
            server.start()
    faults.whole(servers)
    again = Client(given, servers, 1, "again")
    equal(wait_for(lambda: again.write() == 0), True, "writes are taken again")
    nothing_is_lost(servers, [client, again])
