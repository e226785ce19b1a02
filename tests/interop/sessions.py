"""Sessions: their timeouts, passwords, moves, ephemerals and end."""

import time

from kazoo import exceptions as errors
from kazoo.protocol.states import KazooState

import wire
from case import case, equal, raises, wait_for


def last(given):
    """Another server of the ensemble, or the same one alone."""
    return len(given.servers) - 1


@case(quick=True)
def timeouts_are_clamped(given):
    clamped = ((1, 1000), (1000, 1000), (7777, 7777), (60000, 60000), (10**8, 60000), (0, 1000), (-5, 1000))
    for asked, granted in clamped:
        session = given.wire().open(timeout=asked).session
        equal(session.timeout, granted, str(asked))


@case(quick=True)
def ids_are_new_and_name_their_server(given):
    ids = [given.wire().open().session.id for _ in range(20)]
    equal(len(set(ids)), 20)
    assert 0 not in ids
    equal(len({session >> 56 for session in ids}), 1)


@case(quick=True)
def the_password_follows_from_the_id(given):
    session = given.wire().open().session
    mask = (1 << 48) - 1
    seed = ((session.id ^ 0xB3415C00) ^ 0x5DEECE66D) & mask
    password = b""
    for _ in range(4):
        seed = (seed * 0x5DEECE66D + 0xB) & mask
        password += ((seed >> 16) & 0xFFFFFFFF).to_bytes(4, "little")
    equal(session.password, password)


@case(quick=True)
def a_client_without_read_only_gets_none(given):
    connection = given.wire().open(read_only=None)
    equal(connection.session.read_only, None)
    equal(connection.call(wire.EXISTS, wire.path_and_watch("/")).error, 0)


@case(quick=True)
def a_session_goes_on_at_a_new_connection(given):
    first = given.wire().open()
    path = f"/{given.root[1:]}"
    equal(first.call(wire.CREATE, wire.create(path, flags=1)).error, 0)
    first.close()
    second = given.wire(last(given)).open(session=first.session.id, password=first.session.password)
    equal(second.session, first.session)
    second.call(wire.SYNC, wire.text("/"))
    reply = second.call(wire.EXISTS, wire.path_and_watch(path))
    equal((reply.error, reply.body.stat().owner), (0, first.session.id))
    equal(second.call(wire.CLOSE).error, 0)
    assert second.is_closed()


@case(quick=True)
def a_second_connection_takes_the_session_over(given):
    first = given.wire().open()
    second = given.wire().open(session=first.session.id, password=first.session.password)
    assert first.is_closed()
    equal(second.call(wire.EXISTS, wire.path_and_watch("/")).error, 0)


@case(on=("ensemble",))
def a_moved_session_may_not_write_at_its_old_server(given):
    first = given.wire(0).open()
    second = given.wire(1).open(session=first.session.id, password=first.session.password)
    equal(second.session.id, first.session.id)
    equal(second.call(wire.CREATE, wire.create(given.root)).error, 0)
    try:
        equal(first.call(wire.CREATE, wire.create(f"{given.root}/late")).error, wire.SESSION_MOVED)
    except wire.Closed:
        pass
    assert first.is_closed()
    equal(second.call(wire.EXISTS, wire.path_and_watch(f"{given.root}/late")).error, wire.NO_NODE)


def refused(connection, **options):
    """A connect response that grants nothing, and the end."""
    session = connection.open(**options).session
    equal((session.timeout, session.id, session.password), (0, 0, bytes(16)))
    assert connection.is_closed()


@case(quick=True)
def a_wrong_password_is_refused(given):
    session = given.wire().open().session
    refused(given.wire(last(given)), session=session.id, password=b"x" * 16)


@case(quick=True)
def a_wrong_password_does_not_end_the_session(given):
    session = given.wire().open().session
    refused(given.wire(), session=session.id, password=b"x" * 16)
    again = given.wire().open(session=session.id, password=session.password)
    equal(again.session.id, session.id)


@case(quick=True)
def an_unknown_session_is_refused(given):
    import random
    refused(given.wire(), session=random.getrandbits(55), password=bytes(16))


@case(quick=True)
def a_closed_session_is_refused(given):
    connection = given.wire().open()
    connection.call(wire.CLOSE)
    given.wire(last(given)).open().call(wire.SYNC, wire.text("/"))  # the other server knows of it, too
    refused(given.wire(last(given)), session=connection.session.id, password=connection.session.password)


@case(quick=True)
def a_client_from_the_future_is_sent_away_without_a_word(given):
    connection = given.wire()
    connection.send(wire.frame(wire.connect_request(zxid=1 << 62)))
    assert connection.is_closed()


@case(quick=True)
def a_silent_session_expires(given):
    silent, witness = given.wire().open(timeout=1000), given.kazoo()
    equal(silent.call(wire.CREATE, wire.create(given.root, flags=1)).error, 0)
    witness.sync(given.root)
    gone = []
    assert witness.exists(given.root, watch=gone.append)
    began = time.monotonic()
    assert wait_for(lambda: gone, 10)
    assert 0.4 < time.monotonic() - began < 5, "expires after its timeout, not before, and not much later"
    refused(given.wire(last(given)), session=silent.session.id, password=silent.session.password)
    assert silent.is_closed()


@case(quick=True)
def pings_keep_it_alive(given):
    connection = given.wire().open(timeout=1000)
    for _ in range(8):
        time.sleep(0.4)
        equal(connection.call(wire.PING, xid=wire.XID_PING).error, 0)
    equal(connection.call(wire.EXISTS, wire.path_and_watch("/")).error, 0)


@case(quick=True)
def a_close_takes_its_ephemerals_and_answers(given):
    connection, witness = given.wire().open(), given.kazoo()
    home = given.home(witness)
    connection.call(wire.SYNC, wire.text(home))
    for i in range(50):
        equal(connection.call(wire.CREATE, wire.create(f"{home}/{i}", flags=1)).error, 0)
    reply = connection.call(wire.CLOSE)
    equal((reply.error, reply.body.rest()), (0, b""))
    witness.sync(home)
    equal(witness.get_children(home), [])


@case(quick=True)
def ephemerals_belong_to_one_session(given):
    one, two = given.kazoo(), given.kazoo()
    home = given.home(one)
    one.create(f"{home}/a", ephemeral=True)
    two.sync(home)
    raises(errors.NodeExistsError, two.create, f"{home}/a", ephemeral=True)
    equal(two.exists(f"{home}/a").owner_session_id, one.client_id[0])
    one.stop()
    two.sync(home)
    two.create(f"{home}/a", ephemeral=True)
    equal(two.exists(f"{home}/a").owner_session_id, two.client_id[0])


@case(quick=True)
def an_expired_kazoo_client_begins_anew(given):
    client = given.kazoo(timeout=1.0)
    home = given.home(client)
    client.create(f"{home}/e", ephemeral=True)
    states = []
    client.add_listener(states.append)
    session = client.client_id
    usurper = given.wire().open(session=session[0], password=session[1])
    equal(usurper.call(wire.CLOSE).error, 0)
    assert wait_for(lambda: KazooState.LOST in states and states[-1] == KazooState.CONNECTED), states
    assert client.client_id[0] != session[0]
    equal(client.retry(client.exists, f"{home}/e"), None)


@case(quick=True)
def a_session_that_reads_keeps_its_place_in_time(given):
    """A client takes its last zxid along: no server that is behind may serve it."""
    writer = given.kazoo()
    home = given.home(writer)
    for i in range(20):
        stat = writer.set(home, b"%d" % i)
        other = given.wire(i % len(given.servers))
        try:
            other.open(zxid=stat.mzxid)
        except wire.Closed:
            continue  # it is behind and says so
        reply = other.call(wire.GET_DATA, wire.path_and_watch(home))
        equal(reply.body.buffer(), b"%d" % i)
