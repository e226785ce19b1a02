"""One-shot watches, what fires them and in which order, and their return after a reconnect."""

from kazoo import exceptions as errors

from case import case, drop_connection, equal, raises, wait_for


class Seen:
    """The events of a watch."""

    def __init__(self):
        self.events = []

    def __call__(self, event):
        self.events.append((event.type, event.path))

    def wait(self, count=1, seconds=10):
        wait_for(lambda: len(self.events) >= count, seconds)
        return list(self.events)


@case(quick=True)
def data_watch_fires_once(given):
    client = given.kazoo()
    path = client.create(f"{given.home(client)}/a")
    seen = Seen()
    client.get(path, watch=seen)
    client.set(path, b"1")
    client.set(path, b"2")
    client.sync(path)
    equal(seen.wait(), [("CHANGED", path)])


@case(quick=True)
def exists_watch_of_what_is_not_there(given):
    client = given.kazoo()
    path = f"{given.home(client)}/a"
    seen = Seen()
    equal(client.exists(path, watch=seen), None)
    client.create(path)
    equal(seen.wait(), [("CREATED", path)])


@case(quick=True)
def get_of_what_is_not_there_leaves_no_watch(given):
    client = given.kazoo()
    path = f"{given.home(client)}/a"
    seen = Seen()
    raises(errors.NoNodeError, client.get, path, watch=seen)
    client.create(path)
    client.sync(path)
    client.handler.sleep_func(0.2)
    equal(seen.events, [])


@case(quick=True)
def children_watch(given):
    client = given.kazoo()
    home = given.home(client)
    seen = Seen()
    client.get_children(home, watch=seen)
    client.set(home, b"not a child")
    client.create(f"{home}/a")
    equal(seen.wait(), [("CHILD", home)])
    client.get_children(home, watch=seen)
    client.create(f"{home}/a/grandchild")
    client.set(f"{home}/a", b"")
    client.delete(f"{home}/a/grandchild")
    equal(len(seen.events), 1)
    client.delete(f"{home}/a")
    equal(seen.wait(2), [("CHILD", home)] * 2)


@case(quick=True)
def deletion_tells_data_and_children_watches(given):
    client = given.kazoo()
    path = client.create(f"{given.home(client)}/a")
    data, children, parent = Seen(), Seen(), Seen()
    client.get(path, watch=data)
    client.get_children(path, watch=children)
    client.get_children(given.root, watch=parent)
    client.delete(path)
    equal((data.wait(), children.wait(), parent.wait()),
          ([("DELETED", path)], [("DELETED", path)], [("CHILD", given.root)]))


@case(quick=True)
def another_clients_change_is_told_before_its_data_is_read(given):
    writer, reader = given.kazoo(), given.kazoo()
    path = writer.create(f"{given.home(writer)}/a", b"0")
    for i in range(1, 100):
        seen = Seen()
        reader.sync(path)
        before = reader.get(path, watch=seen)[0]
        writer.set(path, b"%d" % i)
        while reader.get(path)[0] == before:
            pass
        equal(seen.wait(seconds=2), [("CHANGED", path)], str(i))


@case(quick=True)
def set_acl_fires_nothing(given):
    client = given.kazoo()
    path = client.create(f"{given.home(client)}/a")
    seen = Seen()
    client.get(path, watch=seen)
    client.get_children(path, watch=seen)
    client.set_acls(path, client.get_acls(path)[0])
    client.sync(path)
    client.handler.sleep_func(0.2)
    equal(seen.events, [])


@case(quick=True)
def ephemerals_of_a_closed_session_fire(given):
    client, other = given.kazoo(), given.kazoo()
    home = given.home(client)
    path = other.create(f"{home}/e", ephemeral=True)
    seen, parent = Seen(), Seen()
    client.sync(home)
    client.exists(path, watch=seen)
    client.get_children(home, watch=parent)
    other.stop()
    equal((seen.wait(), parent.wait()), ([("DELETED", path)], [("CHILD", home)]))


@case(quick=True)
def recipes_watch_on_after_a_reconnect(given):
    client, other = given.kazoo(), given.kazoo()  # kazoo sends no setWatches: its recipes read again
    home = given.home(client)
    client.create(f"{home}/data", b"0")
    values, names = [], []
    client.DataWatch(f"{home}/data", lambda data, stat: values.append(data))
    client.ChildrenWatch(home, lambda children: names.append(sorted(children)))
    drop_connection(client)
    other.set(f"{home}/data", b"1")
    other.create(f"{home}/new")
    assert wait_for(lambda: values[-1] == b"1" and names[-1] == ["data", "new"]), (values, names)


@case(quick=True)
def data_watcher_recipe(given):
    client = given.kazoo()
    path = f"{given.home(client)}/a"
    values = []
    client.DataWatch(path, lambda data, stat: values.append(data))
    client.create(path, b"1")
    assert wait_for(lambda: values == [None, b"1"]), values
    client.set(path, b"2")
    assert wait_for(lambda: values[-1] == b"2"), values
    client.delete(path)
    assert wait_for(lambda: values[-1] is None), values


@case(quick=True)
def children_watcher_recipe(given):
    client = given.kazoo()
    home = given.home(client)
    values = []
    client.ChildrenWatch(home, lambda children: values.append(sorted(children)))
    for name in "abc":
        client.create(f"{home}/{name}")
        assert wait_for(lambda: values[-1][-1:] == [name]), values
    equal(values[-1], ["a", "b", "c"])


@case(quick=True)
def many_watchers_of_one_node(given):
    clients = [given.kazoo() for _ in range(10)]
    path = clients[0].create(f"{given.home(clients[0])}/a")
    seen = [Seen() for _ in clients]
    for client, one in zip(clients, seen):
        client.sync(path)
        client.get(path, watch=one)
    clients[0].set(path, b"x")
    for one in seen:
        equal(one.wait(), [("CHANGED", path)])
