"""Data directories: Apache's own tools read ours, each server starts from what the other wrote."""

import glob
import os
import re
import subprocess

from kazoo.security import make_acl, make_digest_acl

import quotas
import wire
from case import case, equal
from program import java

SUPER = wire.i32(0) + wire.text("digest") + wire.buffer(b"super:test")


def fill(given, servers, suffix=""):
    """A bit of everything. Returns the session that is left open, with ephemerals."""
    client = given.kazoo(servers)
    root = f"/fill{suffix}"
    client.create(root, b"root")
    for i in range(30):
        client.create(f"{root}/s-", b"%d" % i, sequence=True)
    for i in range(0, 30, 3):
        client.delete(f"{root}/s-{i:010}")
    client.create(f"{root}/deep" + "/d" * 20, "né→".encode(), makepath=True)
    client.create(f"{root}/large", b"\x00\xff" * 500000)
    client.create(f"{root}/empty")
    fill_acls(client, root)
    fill_multis(client, root)
    session = wire.Connection(servers[0].port).open(timeout=60000)
    given.closers.append(session.close)
    equal(session.call(wire.CREATE_CONTAINER, wire.create(f"{root}/container", b"c", flags=4)).error, 0)
    equal(session.call(wire.CREATE, wire.create(f"{root}/container/child")).error, 0)
    quotas.begin(session, root, b"count=1000,bytes=-1")
    for i in range(5):
        flags = 1 if i % 2 else 3
        equal(session.call(wire.CREATE2, wire.create(f"{root}/e{i}", b"%d" % i, flags=flags)).error, 0)
    client.sync("/")
    for i in range(20):
        client.set(f"{root}/empty", b"x" * i)
    return session


def fill_acls(client, root):
    digest = make_digest_acl("user", "secret", all=True)
    client.create(f"{root}/digest", b"hidden", acl=[digest])
    client.create(f"{root}/two", acl=[digest, make_acl("world", "anyone", read=True, admin=True)])
    client.create(f"{root}/changed")
    for scheme, who in (("ip", "127.0.0.1"), ("world", "anyone")):
        client.set_acls(f"{root}/changed", [make_acl(scheme, who, read=True, admin=True, delete=True)])


def fill_multis(client, root):
    t = client.transaction()
    for i in range(10):
        t.create(f"{root}/multi-{i}", b"m")
        t.set_data(f"{root}/multi-{i}", b"n")
    t.create(f"{root}/s-", sequence=True)
    t.delete(f"{root}/multi-9")
    assert all(not isinstance(result, Exception) for result in t.commit())
    failing = client.transaction()
    failing.create(f"{root}/never")
    failing.delete(f"{root}/missing")
    assert isinstance(failing.commit()[1], Exception)


def dump(server):
    """{path: (data, stat, acl)} of all but what is the server's own configuration."""
    c = wire.Connection(server.port).open()
    equal(c.call(wire.AUTH, SUPER, xid=wire.XID_AUTH).error, 0)
    c.call(wire.SYNC, wire.text("/"))
    tree, paths = {}, ["/"]
    while paths:
        path = paths.pop()
        tree[path] = (read_data(c, path), read_acl(c, path))
        reply = c.call(wire.GET_CHILDREN, wire.path_and_watch(path))
        paths += [path.rstrip("/") + "/" + name for name in reply.body.vector(reply.body.text)]
    c.call(wire.CLOSE)
    c.close()
    tree.pop("/zookeeper/config")
    return tree


def read_data(c, path):
    body = c.call(wire.GET_DATA, wire.path_and_watch(path)).body
    return body.buffer(), body.stat()


def read_acl(c, path):
    body = c.call(wire.GET_ACL, wire.text(path)).body
    return body.vector(lambda: (body.i32(), body.text(), body.text()))


def same_tree(got, wanted):
    equal(sorted(got), sorted(wanted))
    for path in wanted:
        equal(got[path], wanted[path], path)


def goes_on(given, servers, session):
    """The open session is known, its ephemerals go with it, and names are not given twice."""
    options = {"session": session.session.id, "password": session.session.password, "timeout": 60000}
    back = wire.Connection(servers[0].port).open(**options)
    equal((back.session.id, back.session.timeout), (session.session.id, 60000))
    reply = back.call(wire.GET_EPHEMERALS, wire.text("/"))
    equal(len(reply.body.vector(reply.body.text)), 5)
    equal(back.call(wire.CLOSE).error, 0)
    back.close()
    client = given.kazoo(servers)
    client.sync("/")
    assert not [name for name in client.get_children("/fill") if name.startswith("e") and name != "empty"]
    before = max(name for name in client.get_children("/fill") if name.startswith("s-"))
    assert client.create("/fill/s-", sequence=True) > f"/fill/{before}"
    client.stop()


def hand_over(given, before, after, count=1, keys=None, killed=False):
    """`before` writes, `after` starts from its files and shows the same."""
    servers = given.start([before] * count, keys)
    session = fill(given, servers)
    wanted = dump(servers[0])
    for server in servers:
        server.kill() if killed else server.stop()
        server.program = after
    servers.start()
    same_tree(dump(servers[0]), wanted)
    goes_on(given, servers, session)
    return servers


MANY_SNAPSHOTS = {"snapCount": "20"}


@case(on=(), quick=True)
def starts_from_what_apache_wrote(given):
    hand_over(given, given.programs["apache"], given.program)


@case(on=(), quick=True)
def apache_starts_from_what_this_wrote(given):
    hand_over(given, given.program, given.programs["apache"])


@case(on=())
def starts_from_what_apache_wrote_with_snapshots(given):
    hand_over(given, given.programs["apache"], given.program, keys=MANY_SNAPSHOTS, killed=True)


@case(on=())
def apache_starts_from_what_this_wrote_with_snapshots(given):
    servers = hand_over(given, given.program, given.programs["apache"], keys=MANY_SNAPSHOTS, killed=True)
    assert len(glob.glob(f"{servers[0].data}/version-2/snapshot.*")) > 1


@case(on=())
def starts_from_compressed_snapshots(given):
    keys = dict(MANY_SNAPSHOTS, **{"snapshot.compression.method": "gz"})
    servers = hand_over(given, given.programs["apache"], given.program, keys=keys)
    assert glob.glob(f"{servers[0].data}/version-2/snapshot.*.gz")


@case(on=())
def an_ensemble_starts_from_what_apaches_wrote(given):
    hand_over(given, given.programs["apache"], given.program, count=3)


@case(on=())
def apaches_ensemble_starts_from_what_this_wrote(given):
    hand_over(given, given.program, given.programs["apache"], count=3)


@case(on=())
def there_and_back_again(given):
    servers = hand_over(given, given.program, given.programs["apache"])
    wanted_suffixes = []
    for i, program in enumerate([given.program, given.programs["apache"], given.program]):
        fill(given, servers, f"-{i}")
        wanted_suffixes.append(f"/fill-{i}")
        wanted = dump(servers[0])
        servers.stop()
        servers[0].program = program
        servers.start()
        same_tree(dump(servers[0]), wanted)
    assert set(wanted_suffixes) <= set(wanted)


def tool(name, *arguments):
    done = subprocess.run([*java(), name, *arguments], capture_output=True, text=True, timeout=120)
    equal(done.returncode, 0, f"{name} {arguments}: {done.stdout}\n{done.stderr}")
    for complaint in ("CRC ERROR", "Exception", "Corrupt", "corrupt"):
        assert complaint not in done.stdout + done.stderr, done.stdout + done.stderr
    return done.stdout


def log_toolkit(path):
    return tool("org.apache.zookeeper.server.persistence.TxnLogToolkit", "-d", path)


def snapshot_formatter(path):
    return tool("org.apache.zookeeper.server.SnapshotFormatter", path)


def written(given, keys=None):
    """A directory that the program under test has filled, stopped again; and the tree in it."""
    assert given.programs["apache"], "its tools read what is written here"
    servers = given.start([given.program], keys)
    fill(given, servers)
    tree = dump(servers[0])
    servers.stop()
    return os.path.join(servers[0].data, "version-2"), tree


def by_zxid(pattern):
    return sorted(glob.glob(pattern), key=lambda path: int(path.rsplit(".", 1)[1], 16))


@case(on=(), quick=True)
def the_log_toolkit_reads_the_log(given):
    directory, _ = written(given)
    text = "".join(log_toolkit(path) for path in by_zxid(f"{directory}/log.*"))
    counts = [int(count) for count in re.findall(r"EOF reached after (\d+) txns", text)]
    zxids = [int(zxid, 16) for zxid in re.findall(r" zxid 0x([0-9a-f]+) ", text)]
    equal(len(zxids), sum(counts))
    equal(zxids, sorted(set(zxids)))
    for kind in ("createSession", "closeSession", "create ",
                 "create2 ", "delete ", "setData ", "setACL ", "multi ", "error "):
        assert kind in text, (kind, text)


@case(on=())
def the_log_toolkit_reads_rolled_logs(given):
    directory, _ = written(given, MANY_SNAPSHOTS)
    logs = by_zxid(f"{directory}/log.*")
    assert len(logs) > 2, logs
    for path in logs:
        text = log_toolkit(path)
        first = re.search(r" zxid 0x([0-9a-f]+) ", text)
        assert not first or path.endswith(f".{first[1]}"), (path, text)


@case(on=())
def the_log_toolkit_recovers_a_broken_log(given):
    directory, _ = written(given)
    path = by_zxid(f"{directory}/log.*")[-1]
    with open(path, "r+b") as f:
        f.seek(16 + 8 + 4 + 20)
        f.write(b"\xff")
    done = subprocess.run([*java(), "org.apache.zookeeper.server.persistence.TxnLogToolkit", "-d", path],
                          capture_output=True, text=True, timeout=120)
    assert "CRC ERROR" in done.stdout, "it sees a broken byte, so that its silence means something"


@case(on=())
def the_snapshot_formatter_reads_snapshots(given):
    directory, tree = written(given, MANY_SNAPSHOTS)
    snapshots = by_zxid(f"{directory}/snapshot.*")
    assert len(snapshots) > 1, snapshots
    for path in snapshots:
        text = snapshot_formatter(path)
        assert re.search(r"Last zxid: 0x[0-9a-f]+", text), text
    listed = set(re.findall(r"^(/\S*)$", text, re.MULTILINE))
    assert {"/", "/fill", "/zookeeper", "/zookeeper/config"} <= listed, listed
    assert listed - {"/zookeeper/config"} <= set(tree) | {f"/fill/s-{i:010}" for i in range(31)}
