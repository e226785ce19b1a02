"""Containers and nodes with a time to live: who may be made, and who is deleted by the server."""

import wire
from case import case, equal, wait_for
from opcodes import made, stat_of

WITH_TTL, SEQUENTIAL_WITH_TTL, CONTAINER = 5, 6, 4
LONGEST = 2**40 - 1


def own(given, **keys):
    given.servers = given.start([given.program], keys)
    return given.wire().open()


def nodes_with_a_time_to_live(given):
    c = given.wire().open()
    for flags, ttl in ((WITH_TTL, 0), (WITH_TTL, -1), (WITH_TTL, LONGEST + 1), (0, 1000), (9, 1000)):
        reply = c.call(wire.CREATE_TTL, wire.create_ttl(given.root, b"", flags, ttl))
        equal(reply.error, wire.BAD_ARGUMENTS, f"{flags} {ttl}")
    equal(c.call(wire.CREATE, wire.create(given.root, flags=WITH_TTL)).error, wire.BAD_ARGUMENTS)
    reply = c.call(wire.CREATE_TTL, wire.create_ttl(given.root, b"x", WITH_TTL, LONGEST))
    equal((reply.error, reply.body.text(), reply.body.stat().owner), (0, given.root, 0))
    equal(stat_of(c, given.root).owner, 0)
    reply = c.call(wire.CREATE_TTL, wire.create_ttl(f"{given.root}/s-", b"", SEQUENTIAL_WITH_TTL, LONGEST))
    equal((reply.error, reply.body.text()), (0, f"{given.root}/s-0000000000"))
    reply = c.call(wire.MULTI, wire.multi((wire.CREATE_TTL, wire.create_ttl(f"{given.root}/m", b"", WITH_TTL, LONGEST)),
                                          (wire.CREATE, wire.create(f"{given.root}/c", flags=CONTAINER))))
    equal((reply.error, reply.body.i32()), (0, wire.CREATE2))
    equal(c.call(wire.MULTI, wire.multi((wire.CREATE, wire.create(f"{given.root}/n", flags=WITH_TTL)))).error,
          wire.MARSHALLING)


@case(on=(), quick=True)
def nodes_with_a_time_to_live_where_they_are_enabled(given):
    own(given, extendedTypesEnabled="true")
    nodes_with_a_time_to_live(given)


@case(on=(), quick=True)
def what_is_left_behind_is_deleted(given):
    c = own(given, **{"extendedTypesEnabled": "true", "znode.container.checkIntervalMs": "100"})
    for name in ("used", "unused"):
        made(c, f"/{name}", flags=CONTAINER, op=wire.CREATE_CONTAINER)
    made(c, "/used/child")
    for path, ttl in (("/short", 200), ("/long", LONGEST)):
        equal(c.call(wire.CREATE_TTL, wire.create_ttl(path, b"", WITH_TTL, ttl)).error, 0)
    equal(c.call(wire.EXISTS, wire.path_and_watch("/used", True)).error, 0)
    assert wait_for(lambda: c.call(wire.EXISTS, wire.path_and_watch("/short")).error == wire.NO_NODE)
    equal(c.call(wire.EXISTS, wire.path_and_watch("/used")).error, 0)
    equal(c.call(wire.DELETE, wire.path_and_version("/used/child")).error, 0)
    assert wait_for(lambda: c.call(wire.EXISTS, wire.path_and_watch("/used")).error == wire.NO_NODE)
    equal([(event.type, event.path) for event in c.events], [(2, "/used")])
    for path in ("/unused", "/long"):
        equal(c.call(wire.EXISTS, wire.path_and_watch(path)).error, 0, path)
