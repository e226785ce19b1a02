"""Operations that kazoo 2.8 does not know, and those that nobody knows, as bytes."""

import time

import wire
from case import case, equal

PERSISTENT, RECURSIVE = 0, 1
CREATED, DELETED, CHANGED, CHILD = 1, 2, 3, 4
CHILDREN_WATCHER, DATA_WATCHER, ANY_WATCHER = 1, 2, 3


def made(connection, path, data=b"", flags=0, op=wire.CREATE):
    reply = connection.call(op, wire.create(path, data, flags=flags))
    equal(reply.error, 0, path)
    return reply.body.text()


def next_events(connection, count):
    return [(event.type, event.path) for event in (connection.next_event() for _ in range(count))]


def told(connection):
    """The events so far, and no later ones: a sync stands behind them."""
    connection.call(wire.SYNC, wire.text("/"))
    taken = [(event.type, event.path) for event in connection.events]
    connection.events.clear()
    return taken


def stat_of(connection, path):
    reply = connection.call(wire.EXISTS, wire.path_and_watch(path))
    equal(reply.error, 0, path)
    return reply.body.stat()


@case(quick=True)
def create2_answers_with_a_stat(given):
    c = given.wire().open()
    reply = c.call(wire.CREATE2, wire.create(given.root, b"abc"))
    path, stat = reply.body.text(), reply.body.stat()
    equal((path, stat, reply.body.rest()), (given.root, stat_of(c, given.root), b""))
    equal((stat.czxid, stat.data_length), (reply.zxid, 3))


@case(quick=True)
def containers(given):
    c = given.wire().open()
    reply = c.call(wire.CREATE_CONTAINER, wire.create(given.root, flags=4))
    equal((reply.error, reply.body.text(), reply.body.stat().owner), (0, given.root, 0))
    made(c, f"{given.root}/child")
    equal(stat_of(c, given.root).owner, 0)
    equal(c.call(wire.DELETE, wire.path_and_version(given.root)).error, wire.NOT_EMPTY)


@case(quick=True)
def ttl_nodes_are_off_by_default(given):
    c = given.wire().open()
    equal(c.call(wire.CREATE_TTL, wire.create_ttl(given.root, b"", 5, 1000)).error, wire.UNIMPLEMENTED)


@case(quick=True)
def flags_that_are_none(given):
    c = given.wire().open()
    for flags in (-1, 7, 100):
        equal(c.call(wire.CREATE, wire.create(given.root, flags=flags)).error, wire.BAD_ARGUMENTS, str(flags))


@case(quick=True)
def all_children_number(given):
    c = given.wire().open()
    for path in ("", "/a", "/a/b", "/a/c", "/d"):
        made(c, given.root + path)
    made(c, given.root + "x")  # a sibling with the same beginning
    reply = c.call(wire.ALL_CHILDREN_NUMBER, wire.text(given.root))
    equal((reply.error, reply.body.i32()), (0, 4))
    equal(c.call(wire.ALL_CHILDREN_NUMBER, wire.text(given.root + "/none")).error, wire.NO_NODE)


@case(quick=True)
def ephemerals_of_the_caller(given):
    c, other = given.wire().open(), given.wire().open()
    made(c, given.root)
    for name in ("/a", "/b"):
        made(c, given.root + name, flags=1)
    made(other, f"{given.root}-other", flags=1)
    reply = c.call(wire.GET_EPHEMERALS, wire.text(given.root))
    equal(sorted(reply.body.vector(reply.body.text)), [f"{given.root}/a", f"{given.root}/b"])
    reply = c.call(wire.GET_EPHEMERALS, wire.text(f"{given.root}/a"))
    equal(reply.body.vector(reply.body.text), [f"{given.root}/a"])


@case(quick=True)
def who_am_i(given):
    c = given.wire().open()
    c.call(wire.AUTH, wire.i32(0) + wire.text("digest") + wire.buffer(b"user:secret"), xid=wire.XID_AUTH)
    reply = c.call(wire.WHO_AM_I)
    ids = reply.body.vector(lambda: (reply.body.text(), reply.body.text()))
    equal((reply.error, sorted(ids)), (0, [("digest", "user"), ("ip", "127.0.0.1")]))


@case(quick=True)
def auth_of_unknown_scheme_ends_the_connection(given):
    for scheme in ("world", "unknown"):
        c = given.wire().open()
        equal(c.call(wire.AUTH, wire.i32(0) + wire.text(scheme) + wire.buffer(b"x"), xid=wire.XID_AUTH).error,
              wire.AUTH_FAILED)
        assert c.is_closed()


@case(quick=True)
def multi_read(given):
    c = given.wire().open()
    made(c, given.root, b"data")
    made(c, f"{given.root}/child")
    reply = c.call(wire.MULTI_READ, wire.multi((wire.GET_DATA, wire.path_and_watch(given.root)),
                                               (wire.GET_DATA, wire.path_and_watch(given.root + "/none")),
                                               (wire.GET_CHILDREN, wire.path_and_watch(given.root))))
    body = reply.body
    equal((reply.error, body.i32(), body.flag(), body.i32(), body.buffer(), body.stat().children),
          (0, wire.GET_DATA, False, 0, b"data", 1))
    equal((body.i32(), body.flag(), body.i32(), body.i32()), (-1, False, wire.NO_NODE, wire.NO_NODE))
    equal((body.i32(), body.flag(), body.i32(), body.vector(body.text)), (wire.GET_CHILDREN, False, 0, ["child"]))
    equal((body.i32(), body.flag(), body.i32(), body.rest()), (-1, True, -1, b""))


@case(quick=True)
def a_failed_multi_in_bytes(given):
    c = given.wire().open()
    reply = c.call(wire.MULTI, wire.multi((wire.CREATE, wire.create(given.root)),
                                          (wire.CHECK, wire.path_and_version(given.root + "/none", 1)),
                                          (wire.DELETE, wire.path_and_version(given.root))))
    equal(reply.error, 0)
    for error in (0, wire.NO_NODE, wire.RUNTIME_INCONSISTENCY):
        equal((reply.body.i32(), reply.body.flag(), reply.body.i32(), reply.body.i32()), (-1, False, error, error))
    equal((reply.body.i32(), reply.body.flag(), reply.body.i32(), reply.body.rest()), (-1, True, -1, b""))


@case(quick=True)
def a_multi_with_an_operation_that_has_no_place_in_it(given):
    c = given.wire().open()
    reply = c.call(wire.MULTI, wire.multi((wire.GET_DATA, wire.path_and_watch("/"))))
    equal(reply.error, wire.MARSHALLING)


@case(quick=True)
def check_alone(given):
    c = given.wire().open()
    reply = c.call(wire.CHECK, wire.path_and_version("/", -1))
    equal(reply.error, wire.UNIMPLEMENTED)


@case(quick=True)
def unknown_operations(given):
    for op in (10, 99, 108, 999, -5, 2**31 - 1):
        c = given.wire().open()
        equal(c.call(op, b"body").error, wire.UNIMPLEMENTED, str(op))
        assert c.is_closed(), op


@case(quick=True)
def paths_that_are_none(given):
    c = given.wire().open()
    made(c, given.root)
    for bad in ("", "x", f"{given.root}/", "//", f"{given.root}/.", f"{given.root}/..", f"{given.root}/\x00",
                f"{given.root}/\x1f", f"{given.root}/\x7f", f"{given.root}/\ufff5", f"{given.root}/\ue000"):
        reply = c.call(wire.CREATE, wire.create(bad))
        equal(reply.error, wire.BAD_ARGUMENTS, repr(bad))
        equal(c.call(wire.SET_DATA, wire.set_data(bad, b"")).error, wire.BAD_ARGUMENTS, repr(bad))
    for bad in ("x", f"{given.root}/", f"{given.root}/."):
        equal(c.call(wire.EXISTS, wire.path_and_watch(bad)).error, wire.NO_NODE, repr(bad))
    equal(c.call(wire.CREATE, wire.create(f"{given.root}/none//b")).error, wire.NO_NODE)


@case(quick=True)
def no_path_at_all(given):
    c = given.wire().open()
    equal(c.call(wire.CREATE, wire.create(None)).error, wire.MARSHALLING)
    equal(c.call(wire.EXISTS, wire.path_and_watch(None)).error, wire.MARSHALLING)


@case(quick=True)
def zxids_of_replies(given):
    c = given.wire().open()
    first = c.call(wire.CREATE, wire.create(given.root))
    equal(stat_of(c, given.root).czxid, first.zxid)
    failed = c.call(wire.CREATE, wire.create(given.root))
    equal(failed.error, wire.NODE_EXISTS)
    assert failed.zxid > first.zxid, "a refused write takes a zxid too"
    read = c.call(wire.GET_DATA, wire.path_and_watch(given.root))
    assert read.zxid >= failed.zxid


@case(quick=True)
def set_watches_tells_what_was_missed(given):
    c = given.wire().open()
    for name in ("", "/changed", "/gone", "/same", "/parent", "/quiet"):
        made(c, given.root + name)
    seen = c.call(wire.EXISTS, wire.path_and_watch("/")).zxid
    c.call(wire.SET_DATA, wire.set_data(f"{given.root}/changed", b"x"))
    c.call(wire.DELETE, wire.path_and_version(f"{given.root}/gone"))
    made(c, f"{given.root}/new")
    made(c, f"{given.root}/parent/child")
    data = [f"{given.root}/{name}" for name in ("changed", "gone", "same")]
    exists = [f"{given.root}/{name}" for name in ("new", "never")]
    children = [f"{given.root}/{name}" for name in ("parent", "quiet", "none")]
    reply = c.call(wire.SET_WATCHES, wire.set_watches(seen, data, exists, children), xid=wire.XID_SET_WATCHES)
    equal(reply.error, 0)
    missed = told(c)
    equal(sorted(missed), sorted([(CHANGED, data[0]), (DELETED, data[1]), (CREATED, exists[0]), (CHILD, children[0]),
                                  (DELETED, children[2])]))
    c.call(wire.SET_DATA, wire.set_data(data[2], b"y"))
    made(c, exists[1])
    made(c, f"{children[1]}/child")
    equal(told(c), [(CHANGED, data[2]), (CREATED, exists[1]), (CHILD, children[1])])


@case(quick=True)
def set_watches_after_a_move(given):
    first = given.wire().open()
    made(first, given.root)
    zxid = first.call(wire.GET_DATA, wire.path_and_watch(given.root, True)).zxid
    first.close()
    second = given.wire(len(given.servers) - 1)
    second.open(session=first.session.id, password=first.session.password)
    lists = [given.root], [], []
    equal(second.call(wire.SET_WATCHES, wire.set_watches(zxid, *lists), xid=wire.XID_SET_WATCHES).error, 0)
    second.call(wire.SET_DATA, wire.set_data(given.root, b"x"))
    equal(told(second), [(CHANGED, given.root)])


@case(quick=True)
def persistent_watches_stay(given):
    c = given.wire().open()
    made(c, given.root)
    equal(c.call(wire.ADD_WATCH, wire.text(given.root) + wire.i32(PERSISTENT)).error, 0)
    for i in range(3):
        c.call(wire.SET_DATA, wire.set_data(given.root, b"%d" % i))
    made(c, f"{given.root}/child")
    c.call(wire.SET_DATA, wire.set_data(f"{given.root}/child", b""))
    equal(told(c), [(CHANGED, given.root)] * 3 + [(CHILD, given.root)])


@case(quick=True)
def recursive_watches_tell_of_all_below(given):
    c = given.wire().open()
    equal(c.call(wire.ADD_WATCH, wire.text(given.root) + wire.i32(RECURSIVE)).error, 0)
    for path in ("", "/a", "/a/b"):
        made(c, given.root + path)
    c.call(wire.SET_DATA, wire.set_data(f"{given.root}/a/b", b"x"))
    c.call(wire.DELETE, wire.path_and_version(f"{given.root}/a/b"))
    equal(told(c), [(CREATED, given.root), (CREATED, f"{given.root}/a"), (CREATED, f"{given.root}/a/b"),
                    (CHANGED, f"{given.root}/a/b"), (DELETED, f"{given.root}/a/b")])


@case(quick=True)
def set_watches2_arms_persistent_ones(given):
    c = given.wire().open()
    made(c, given.root)
    lists = [], [], [], [given.root], [f"{given.root}-r"]
    equal(c.call(wire.SET_WATCHES2, wire.set_watches(0, *lists), xid=wire.XID_SET_WATCHES).error, 0)
    c.call(wire.SET_DATA, wire.set_data(given.root, b"x"))
    made(c, f"{given.root}-r")
    made(c, f"{given.root}-r/a")
    equal(told(c), [(CHANGED, given.root), (CREATED, f"{given.root}-r"), (CREATED, f"{given.root}-r/a")])


@case(quick=True)
def bad_mode_of_add_watch(given):
    c = given.wire().open()
    equal(c.call(wire.ADD_WATCH, wire.text("/") + wire.i32(9)).error, wire.MARSHALLING)


@case(quick=True)
def watches_are_checked_and_removed(given):
    c = given.wire().open()
    made(c, given.root)
    question = wire.text(given.root) + wire.i32(DATA_WATCHER)
    equal(c.call(wire.CHECK_WATCHES, question).error, wire.NO_WATCHER)
    equal(c.call(wire.REMOVE_WATCHES, question).error, wire.NO_WATCHER)
    c.call(wire.GET_DATA, wire.path_and_watch(given.root, True))
    equal(c.call(wire.CHECK_WATCHES, question).error, 0)
    equal(c.call(wire.CHECK_WATCHES, wire.text(given.root) + wire.i32(CHILDREN_WATCHER)).error, wire.NO_WATCHER)
    equal(c.call(wire.REMOVE_WATCHES, question).error, 0)
    c.call(wire.SET_DATA, wire.set_data(given.root, b"x"))
    equal(told(c), [])
    equal(c.call(wire.CHECK_WATCHES, wire.text(given.root) + wire.i32(99)).error, wire.MARSHALLING)


@case(quick=True)
def removing_any_watch_takes_persistent_ones(given):
    c = given.wire().open()
    made(c, given.root)
    c.call(wire.ADD_WATCH, wire.text(given.root) + wire.i32(PERSISTENT))
    equal(c.call(wire.REMOVE_WATCHES, wire.text(given.root) + wire.i32(ANY_WATCHER)).error, 0)
    c.call(wire.SET_DATA, wire.set_data(given.root, b"x"))
    equal(told(c), [])


@case(quick=True)
def the_zxid_of_an_event(given):
    c = given.wire().open()
    made(c, given.root)
    c.call(wire.GET_DATA, wire.path_and_watch(given.root, True))
    reply = c.call(wire.SET_DATA, wire.set_data(given.root, b"x"))
    equal(c.next_event().zxid, {"transaction": reply.zxid, "none": -1}[given.expected("zxid of an event")])


@case(quick=True)
def a_one_shot_watch_beside_a_persistent_one(given):
    c = given.wire().open()
    made(c, given.root)
    c.call(wire.ADD_WATCH, wire.text(given.root) + wire.i32(PERSISTENT))
    c.call(wire.GET_DATA, wire.path_and_watch(given.root, True))
    for _ in range(2):
        c.call(wire.SET_DATA, wire.set_data(given.root, b"x"))
    equal(len(told(c)), given.expected("events beside a persistent watch"))


@case(quick=True)
def create2_inside_a_multi(given):
    c = given.wire().open()
    reply = c.call(wire.MULTI, wire.multi((wire.CREATE2, wire.create(given.root))))
    equal((reply.error, reply.body.i32(), reply.body.flag(), reply.body.i32()),
          (0, given.expected("type of create2's result in a multi"), False, 0))


@case(quick=True)
def reconfiguration_is_refused(given):
    c = given.wire().open()
    body = wire.text("server.9=127.0.0.1:1:2;3") + wire.text("") + wire.text("") + wire.i64(-1)
    equal(c.call(wire.RECONFIG, body).error, wire.RECONFIG_DISABLED)


@case(quick=True)
def a_watched_answer_and_its_event_keep_their_order(given):
    c = given.wire().open()
    made(c, given.root)
    for i in range(200):
        c.call(wire.GET_DATA, wire.path_and_watch(given.root, True))
        c.call(wire.SET_DATA, wire.set_data(given.root, b"%d" % i))
        equal([(e.type, e.path) for e in c.events], [(CHANGED, given.root)])
        c.events.clear()


@case(quick=True)
def exists_needs_no_permission(given):
    c = given.wire().open()
    equal(c.call(wire.CREATE, wire.create(given.root, acls=((16, "world", "anyone"),))).error, 0)
    equal(c.call(wire.GET_DATA, wire.path_and_watch(given.root)).error, wire.NO_AUTH)
    equal(c.call(wire.EXISTS, wire.path_and_watch(given.root)).error, given.expected("error of exists without READ"))


@case(quick=True)
def events_need_permission(given):
    c, root = given.wire().open(), given.wire().open()
    root.call(wire.AUTH, wire.i32(0) + wire.text("digest") + wire.buffer(b"super:test"), xid=wire.XID_AUTH)
    made(root, given.root)
    c.call(wire.SYNC, wire.text("/"))
    equal(c.call(wire.GET_DATA, wire.path_and_watch(given.root, True)).error, 0)
    root.call(wire.SET_ACL, wire.text(given.root) + wire.vector(((16, "world", "anyone"),), wire.acl) + wire.i32(-1))
    root.call(wire.SET_DATA, wire.set_data(given.root, b"secret"))
    time.sleep(0.05)
    equal(told(c), [])
