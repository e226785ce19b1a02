"""1 MiB: what fits, and what is too long."""

import wire
from case import case, equal
from kazoo import exceptions as errors

FRAME_MAX = 0xFFFFF  # jute.maxbuffer


def create_body_overhead(path):
    return len(wire.request(1, wire.CREATE, wire.create(path)))


@case(quick=True)
def a_frame_of_the_most_bytes(given):
    connection = given.wire().open()
    data = b"x" * (FRAME_MAX - create_body_overhead(given.root))
    equal(connection.call(wire.CREATE, wire.create(given.root, data)).error, 0)
    reply = connection.call(wire.GET_DATA, wire.path_and_watch(given.root))
    equal(reply.body.buffer() == data, True)
    equal(reply.body.stat().data_length, len(data))


@case(quick=True)
def a_frame_of_one_byte_more(given):
    connection, other = given.wire().open(), given.wire().open()
    data = b"x" * (FRAME_MAX - create_body_overhead(given.root) + 1)
    try:
        connection.send(wire.frame(wire.request(1, wire.CREATE, wire.create(given.root, data))))
    except ConnectionError:
        pass  # closed before all of it was sent
    assert connection.is_closed()
    equal(other.call(wire.EXISTS, wire.path_and_watch(given.root)).error, wire.NO_NODE)


@case(quick=True)
def kazoo_loses_its_connection_by_too_much(given):
    client = given.kazoo()
    home = given.home(client)
    try:
        client.create(f"{home}/a", b"x" * (FRAME_MAX + 1))
        raise AssertionError("it was taken")
    except (errors.ConnectionLoss, errors.ConnectionClosedError, errors.SessionExpiredError):
        pass
    equal(client.retry(client.exists, f"{home}/a"), None)


@case(quick=True)
def large_data_again_and_again(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/a")
    for i in range(10):
        data = bytes([i]) * 1000000
        client.set(f"{home}/a", data)
        equal(client.get(f"{home}/a")[0] == data, True)


@case(quick=True)
def a_listing_larger_than_a_request_may_be(given):
    client = given.kazoo()
    home = given.home(client)
    for block in range(12):
        t = client.transaction()
        for i in range(100):
            t.create(f"{home}/{block:03}-{i:03}-{'n' * 900}")
        equal(len([made for made in t.commit() if isinstance(made, str)]), 100)
    client.sync(home)
    equal(len(client.get_children(home)), 1200)
