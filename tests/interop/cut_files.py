"""Files that end anywhere: a real server starts from what stands before the cut, or says which file it cannot read. The
unit tests cut at every byte (tests/log); here is a sample."""

import glob
import os
import shutil

import wire
from case import Skip, case, equal, wait_for
from disk import dump

CUTS = 12


def served_or_refused(given, data, cut_file, size):
    """The tree from a copy of a data directory with one file cut, or None and the reason."""
    servers = given.start([given.program], started=False)
    server = servers[0]
    shutil.rmtree(server.data)
    shutil.copytree(data, server.data)
    os.truncate(os.path.join(server.data, os.path.relpath(cut_file, data)), size)
    server.start()
    try:
        assert wait_for(lambda: server.mode() or not server.running(), 20), f"it hangs: {server.last_words()}"
        if server.running():
            return dump(server), ""
        assert server.process.returncode > 0, f"it ended with {server.process.returncode}: {server.last_words()}"
        return None, server.last_words()
    finally:
        servers.stop()


def written(given):
    """A data directory with logs and snapshots, the last log with some of what was written, and the paths in the order
    of their creation."""
    if given.program.name != "vivarium":
        raise Skip("how Apache reads a cut file is upstream's own matter; that ours follows its rules is in tests/log")
    server = given.start([given.program], {"snapCount": "40"})[0]
    paths = [f"/n{i:04}" for i in range(170)]
    write(server, paths[:150])
    server.stop()
    server.keys["snapCount"] = "100000"  # no snapshot holds what the last log does
    server.configure()
    server.start()
    server.wait_serving()
    write(server, paths[150:])
    server.stop()
    return server.data, paths


def write(server, paths):
    client = wire.Connection(server.port).open()
    for path in paths:
        equal(client.call(wire.CREATE, wire.create(path, path.encode() * 5)).error, 0)
    client.close()


def newest_log(data):
    return max(glob.glob(f"{data}/version-2/log.*"), key=lambda path: int(path.rsplit(".", 1)[1], 16))


def cuts_of(file, used):
    return sorted({0, 1, 15, 16, 17, *(used * i // CUTS for i in range(1, CUTS)), used - 1})


def used_bytes(file):
    """Without the preallocated zeros at its end."""
    with open(file, "rb") as f:
        return len(f.read().rstrip(b"\0"))


@case(on=())
def a_log_that_ends_anywhere(given):
    data, paths = written(given)
    newest = newest_log(data)
    counts = []
    for size in cuts_of(newest, used_bytes(newest)):
        tree, why = served_or_refused(given, data, newest, size)
        if tree is None:
            assert os.path.basename(newest) in why, f"cut at {size}, it does not say which file: {why}"
            continue
        there = [path for path in paths if path in tree]
        equal(there, paths[:len(there)], f"cut at {size}: a prefix of what was written")
        for path in there:
            equal(tree[path][0][0], path.encode() * 5, f"cut at {size}: {path}")
        counts.append(len(there))
    equal(counts, sorted(counts), "the later the cut, the more is there")
    assert counts and counts[0] < counts[-1], counts


@case(on=())
def a_snapshot_that_ends_anywhere(given):
    data, paths = written(given)
    newest = max(glob.glob(f"{data}/version-2/snapshot.*"), key=lambda path: int(path.rsplit(".", 1)[1], 16))
    for size in cuts_of(newest, os.path.getsize(newest)):
        tree, why = served_or_refused(given, data, newest, size)
        if tree is None:
            raise AssertionError(f"cut at {size}: older snapshots and the logs hold all of it, and yet: {why}")
        equal([path for path in paths if path in tree], paths, f"cut at {size}")
