"""Multi, as kazoo's transactions."""

from kazoo import exceptions as errors

from case import case, equal


def results_of(transaction):
    return [type(r) if isinstance(r, Exception) else r for r in transaction.commit()]


@case(quick=True)
def all_happen_at_one_zxid(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/old", b"x")
    t = client.transaction()
    t.create(f"{home}/a", b"1")
    t.create(f"{home}/a/b", b"2")  # sees the first
    t.set_data(f"{home}/a", b"3")
    t.check(f"{home}/a", 1)
    t.delete(f"{home}/old")
    made, inner, stat, checked, deleted = t.commit()
    equal((made, inner, stat.version, checked, deleted), (f"{home}/a", f"{home}/a/b", 1, True, True))
    a, b = client.exists(f"{home}/a"), client.exists(f"{home}/a/b")
    equal((a.czxid, a.mzxid, a.pzxid), (b.czxid, b.czxid, b.czxid))


@case(quick=True)
def none_happen_when_one_fails(given):
    client = given.kazoo()
    home = given.home(client)
    t = client.transaction()
    t.create(f"{home}/a")
    t.check(f"{home}/missing", 3)
    t.create(f"{home}/b")
    equal(results_of(t), [errors.RolledBackError, errors.NoNodeError, errors.RuntimeInconsistency])
    equal(client.get_children(home), [])
    equal(client.exists(home).cversion, 0)


@case(quick=True)
def each_kind_of_failure(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/a/b", makepath=True)
    attempts = [("create", (f"{home}/a",), errors.NodeExistsError), ("create", (f"{home}/x/y",), errors.NoNodeError),
                ("delete", (f"{home}/a",), errors.NotEmptyError),
                ("delete", (f"{home}/a/b", 9), errors.BadVersionError),
                ("set_data", (f"{home}/a", b"", 9), errors.BadVersionError),
                ("check", (f"{home}/a", 9), errors.BadVersionError)]
    for name, arguments, error in attempts:
        t = client.transaction()
        getattr(t, name)(*arguments)
        equal(results_of(t), [error], name)


@case(quick=True)
def sequential_and_ephemeral_inside(given):
    client = given.kazoo()
    home = given.home(client)
    t = client.transaction()
    t.create(f"{home}/s-", sequence=True)
    t.create(f"{home}/s-", sequence=True, ephemeral=True)
    equal(t.commit(), [f"{home}/s-0000000000", f"{home}/s-0000000001"])
    equal(client.exists(f"{home}/s-0000000001").owner_session_id, client.client_id[0])


@case(quick=True)
def a_failed_one_spends_no_sequence_number(given):
    client = given.kazoo()
    home = given.home(client)
    t = client.transaction()
    t.create(f"{home}/s-", sequence=True)
    t.delete(f"{home}/missing")
    t.commit()
    equal(client.create(f"{home}/s-", sequence=True), f"{home}/s-0000000000")


@case(quick=True)
def created_and_deleted_again(given):
    client = given.kazoo()
    home = given.home(client)
    t = client.transaction()
    t.create(f"{home}/a")
    t.delete(f"{home}/a")
    equal(t.commit(), [f"{home}/a", True])
    stat = client.exists(home)
    equal((stat.children_count, stat.cversion), (0, 2))


@case(quick=True)
def an_empty_one(given):
    client = given.kazoo()
    equal(client.transaction().commit(), [])


@case(quick=True)
def many_operations_at_once(given):
    client = given.kazoo()
    home = given.home(client)
    t = client.transaction()
    for i in range(500):
        t.create(f"{home}/{i}", b"x" * 100)
    equal(t.commit(), [f"{home}/{i}" for i in range(500)])
    equal(client.exists(home).cversion, 500)


@case(quick=True)
def watches_fire_in_the_order_of_the_operations(given):
    client, other = given.kazoo(), given.kazoo()
    home = given.home(client)
    for name in "abc":
        client.create(f"{home}/{name}")
    seen = []
    for name in "abc":
        client.exists(f"{home}/{name}", watch=lambda event: seen.append((event.type, event.path[-1])))
    t = other.transaction()
    t.set_data(f"{home}/b", b"")
    t.delete(f"{home}/c")
    t.set_data(f"{home}/a", b"")
    t.commit()
    client.sync(home)
    equal(client.handler.sleep_func(0.2), None)
    equal(seen, [("CHANGED", "b"), ("DELETED", "c"), ("CHANGED", "a")])
