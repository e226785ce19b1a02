"""What goes wrong below the operations: bytes cut anywhere, frames of wrong length, records that end early, floods."""

import socket
import time

import wire
from case import case, equal, wait_for


def script(given, suffix):
    """A session's bytes and what must come back: (bytes, [(xid, error)])."""
    path = f"{given.root}-{suffix}"
    requests = [(1, wire.CREATE, wire.create(path, b"some data")), (2, wire.GET_DATA, wire.path_and_watch(path, True)),
                (3, wire.SET_DATA, wire.set_data(path, b"more")), (wire.XID_PING, wire.PING, b""),
                (4, wire.EXISTS, wire.path_and_watch(path + "x")), (5, wire.DELETE, wire.path_and_version(path))]
    data = wire.frame(wire.connect_request()) + b"".join(wire.frame(wire.request(*one)) for one in requests)
    return data, [(1, 0), (2, 0), (3, 0), (wire.XID_PING, 0), (4, wire.NO_NODE), (5, 0)]


def check_answers(connection, wanted):
    """Each answers in order; the event stands before the reply of the write that caused it."""
    connection.read_session()
    for xid, error in wanted:
        events = len(connection.events)
        reply = connection.next_reply()
        # A ping may overtake: it is no part of the session's order upstream.
        if reply.xid == wire.XID_PING and xid != wire.XID_PING:
            reply = connection.next_reply()
        elif xid == wire.XID_PING and reply.xid != xid:
            continue
        equal((reply.xid, reply.error), (xid, error))
        if xid == 3:
            equal(len(connection.events) - events, 1, "events before the reply of the write")


@case(quick=True)
def all_in_one_piece(given):
    connection = given.wire()
    data, wanted = script(given, "one")
    connection.send(data)
    check_answers(connection, [one for one in wanted if one[0] > 0])


@case(quick=True)
def cut_at_every_byte(given):
    data, wanted = script(given, "cut")
    wanted = [one for one in wanted if one[0] > 0]
    for at in range(1, len(data)):
        connection = given.wire()
        connection.send(data[:at])
        time.sleep(0.001)
        connection.send(data[at:])
        check_answers(connection, wanted)
        connection.close()


@case(quick=True)
def byte_by_byte(given):
    connection = given.wire()
    data, wanted = script(given, "bytes")
    for i in range(len(data)):
        connection.send(data[i:i + 1])
    check_answers(connection, [one for one in wanted if one[0] > 0])


@case(quick=True)
def a_connect_request_and_requests_at_once(given):
    connection = given.wire()
    requests = b"".join(wire.frame(wire.request(i, wire.EXISTS, wire.path_and_watch("/"))) for i in range(1, 500))
    connection.send(wire.frame(wire.connect_request()) + requests)
    connection.read_session()
    equal([connection.next_reply().xid for _ in range(1, 500)], list(range(1, 500)))


def ends_only_itself(given, data, opened):
    """The connection that sends this is closed; another goes on."""
    neighbour = given.wire().open()
    connection = given.wire()
    if opened:
        connection.open()
    connection.send(data)
    assert connection.is_closed()
    equal(neighbour.call(wire.EXISTS, wire.path_and_watch("/")).error, 0)


@case(quick=True)
def a_negative_length(given):
    ends_only_itself(given, wire.i32(-1), opened=True)
    ends_only_itself(given, wire.i32(-2**31), opened=True)
    ends_only_itself(given, wire.i32(-1), opened=False)


@case(quick=True)
def an_oversized_length(given):
    ends_only_itself(given, wire.i32(0x100000), opened=True)
    ends_only_itself(given, wire.i32(2**31 - 1), opened=True)
    ends_only_itself(given, wire.i32(0x100000), opened=False)


@case(quick=True)
def an_http_request(given):
    ends_only_itself(given, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", opened=False)


@case(quick=True)
def a_truncated_connect_request(given):
    ends_only_itself(given, wire.frame(wire.connect_request()[:20]), opened=False)


@case(quick=True)
def a_header_that_ends_early(given):
    ends_only_itself(given, wire.frame(wire.i32(1)), opened=True)


@case(quick=True)
def a_record_that_ends_early(given):
    connection = given.wire().open()
    whole = wire.create(given.root, b"data")
    for op, body in ((wire.CREATE, whole[:10]), (wire.GET_DATA, b"\0\0\0\x05/"), (wire.EXISTS, b""),
                     (wire.SET_DATA, wire.text("/")), (wire.DELETE, b"\0")):
        reply = connection.call(op, body)
        equal((reply.error, reply.body.rest()), (wire.MARSHALLING, b""), str(op))
    equal(connection.call(wire.EXISTS, wire.path_and_watch("/")).error, 0)


@case(quick=True)
def a_record_with_more_behind_it(given):
    connection = given.wire().open()
    equal(connection.call(wire.EXISTS, wire.path_and_watch("/") + b"behind").error, 0)


@case(quick=True)
def a_buffer_that_is_longer_than_its_frame(given):
    connection = given.wire().open()
    body = wire.text(given.root) + wire.i32(1 << 30) + b"short"
    equal(connection.call(wire.CREATE, body).error, wire.MARSHALLING)
    body = wire.text(given.root) + wire.buffer(b"") + wire.i32(1 << 30)
    equal(connection.call(wire.CREATE, body).error, wire.MARSHALLING)
    equal(connection.call(wire.EXISTS, wire.path_and_watch(given.root)).error, wire.NO_NODE)


@case(quick=True)
def half_a_frame_and_nothing_more(given):
    connection = given.wire().open()
    connection.send(wire.i32(1000) + b"half")
    neighbour = given.wire().open()
    for _ in range(20):
        equal(neighbour.call(wire.EXISTS, wire.path_and_watch("/")).error, 0)


@case(quick=True)
def gone_within_a_frame(given):
    for at in range(0, 40, 3):
        connection = given.wire()
        connection.send(wire.frame(wire.connect_request())[:at])
        connection.close()
    for linger in (b"\1\0\0\0\0\0\0\0", b"\0" * 8):  # by reset, by FIN
        connection = given.wire().open()
        connection.send(wire.frame(wire.request(1, wire.CREATE, wire.create(given.root)))[:30])
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        connection.close()
    equal(given.wire().open().call(wire.EXISTS, wire.path_and_watch(given.root)).error, wire.NO_NODE)


@case(quick=True)
def one_that_never_reads_costs_nobody_else(given):
    owner = given.wire().open()
    equal(owner.call(wire.CREATE, wire.create(given.root, b"x" * 100000)).error, 0)
    greedy = given.wire().open()
    greedy.socket.settimeout(0.5)
    request = wire.frame(wire.request(1, wire.GET_DATA, wire.path_and_watch(given.root)))
    try:
        greedy.send(request * 5000)  # half a gigabyte of answers
    except OSError:
        pass
    for _ in range(50):
        began = time.monotonic()
        equal(owner.call(wire.EXISTS, wire.path_and_watch(given.root)).error, 0)
        assert time.monotonic() - began < 5


@case(quick=True)
def connections_come_and_go_at_full_speed(given):
    owner = given.wire().open()
    for _ in range(500):
        given.wire().close()
    for _ in range(100):
        connection = given.wire().open()
        connection.call(wire.CLOSE)
        connection.close()
    equal(owner.call(wire.EXISTS, wire.path_and_watch("/")).error, 0)


@case(quick=True)
def a_zero_length_frame(given):
    ends_only_itself(given, wire.i32(0), opened=True)


@case()
def a_connection_that_never_speaks(given):
    connection = given.wire()
    began = time.monotonic()
    assert connection.is_closed(within=30)
    assert 8 < time.monotonic() - began < 25
    assert wait_for(lambda: given.wire().open())
