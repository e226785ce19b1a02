"""What stands below /zookeeper/quota: statistics of subtrees, and hard limits where they are enforced."""

import wire
from case import case, equal
from opcodes import made


def begin(connection, path, limits):
    at = "/zookeeper/quota" + path
    made(connection, at)
    made(connection, at + "/zookeeper_limits", limits)
    made(connection, at + "/zookeeper_stats", b"count=0,bytes=0")


def statistics(connection, path):
    connection.call(wire.SYNC, wire.text("/"))
    reply = connection.call(wire.GET_DATA, wire.path_and_watch(f"/zookeeper/quota{path}/zookeeper_stats"))
    equal(reply.error, 0)
    data, stat = reply.body.buffer(), reply.body.stat()
    equal((stat.version, stat.data_length), (0, len(data)))
    return data.decode()


@case(quick=True)
def statistics_follow_every_write(given):
    c, other = given.wire().open(), given.wire().open()
    root = given.root
    made(c, root, b"12345")
    begin(c, root, b"count=100,bytes=-1=;byteHardLimit=-1;countHardLimit=-1")
    equal(statistics(c, root), "count=1,bytes=5")
    made(c, f"{root}/a", b"678")
    made(c, f"{root}/a/b", b"9")
    made(other, f"{root}/e", b"e", flags=1)
    made(c, f"{root}-beside", b"not below")
    equal(statistics(c, root), "count=4,bytes=10")
    equal(c.call(wire.SET_DATA, wire.set_data(f"{root}/a", b"")).error, 0)
    equal(statistics(c, root), "count=4,bytes=7")
    reply = c.call(wire.MULTI, wire.multi((wire.DELETE, wire.path_and_version(f"{root}/a/b")),
                                          (wire.CREATE, wire.create(f"{root}/m", b"multi")),
                                          (wire.SET_DATA, wire.set_data(f"{root}/a", b"x"))))
    equal(reply.error, 0)
    equal(statistics(c, root), "count=4,bytes=12")
    other.call(wire.CLOSE)
    equal([statistics(given.wire(i).open(), root) for i in range(len(given.servers))],
          ["count=3,bytes=11"] * len(given.servers))
    equal(c.call(wire.DELETE, wire.path_and_version(f"/zookeeper/quota{root}/zookeeper_limits")).error, 0)
    made(c, f"{root}/uncounted")
    equal(statistics(c, root), "count=3,bytes=11")


@case(on=(), quick=True)
def hard_limits_where_they_are_enforced(given):
    given.servers = given.start([given.program], {"enforceQuota": "true"})
    c = given.wire().open()
    made(c, "/q", b"1")
    begin(c, "/q", b"count=1,bytes=1=;byteHardLimit=4;countHardLimit=2")
    made(c, "/q/a", b"2")
    equal(c.call(wire.CREATE, wire.create("/q/b")).error, wire.QUOTA_EXCEEDED)
    equal(c.call(wire.SET_DATA, wire.set_data("/q/a", b"1234")).error, wire.QUOTA_EXCEEDED)
    equal(c.call(wire.SET_DATA, wire.set_data("/q/a", b"123")).error, 0)
    equal(statistics(c, "/q"), "count=2,bytes=4")
    reply = c.call(wire.MULTI, wire.multi((wire.CREATE, wire.create("/outside")), (wire.CREATE, wire.create("/q/b"))))
    equal((reply.error, reply.body.i32(), reply.body.flag(), reply.body.i32(), reply.body.i32()), (0, -1, False, 0, 0))
    equal((reply.body.i32(), reply.body.flag(), reply.body.i32()), (-1, False, wire.QUOTA_EXCEEDED))


@case(on=(), quick=True)
def a_restart_counts_afresh(given):
    given.servers = given.start([given.program])
    c = given.wire().open()
    made(c, "/q", b"1")
    begin(c, "/q", b"count=9,bytes=-1")
    made(c, "/q/a", b"22")
    given.servers[0].kill()
    given.servers[0].start().wait_serving()
    c = given.wire().open()
    equal(statistics(c, "/q"), "count=2,bytes=3")
    made(c, "/q/b", b"333")
    equal(statistics(c, "/q"), "count=3,bytes=6")
