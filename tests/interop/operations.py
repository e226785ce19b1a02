"""Every operation of kazoo, what it answers, and each error."""

from kazoo import exceptions as errors
from kazoo.client import KazooClient

from case import case, equal, raises, wait_for


@case(quick=True)
def create_get_set_delete(given):
    client = given.kazoo()
    home = given.home(client)
    equal(client.create(f"{home}/a", b"one"), f"{home}/a")
    data, stat = client.get(f"{home}/a")
    equal((data, stat.version, stat.data_length, stat.children_count, stat.owner_session_id), (b"one", 0, 3, 0, None))
    equal(stat.czxid, stat.mzxid)
    equal(stat.pzxid, stat.czxid)
    after = client.set(f"{home}/a", b"three")
    equal((after.version, after.data_length), (1, 5))
    assert after.mzxid > stat.mzxid and after.czxid == stat.czxid, (stat, after)
    equal(client.get(f"{home}/a"), (b"three", after))
    equal(client.exists(f"{home}/a"), after)
    assert client.delete(f"{home}/a")
    equal(client.exists(f"{home}/a"), None)


@case(quick=True)
def errors_of_every_operation(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/a/b", b"", makepath=True)
    raises(errors.NodeExistsError, client.create, f"{home}/a")
    raises(errors.NoNodeError, client.create, f"{home}/x/y")
    raises(errors.NotEmptyError, client.delete, f"{home}/a")
    for operation in (client.get, client.get_children, client.get_acls, client.delete):
        raises(errors.NoNodeError, operation, f"{home}/x")
    raises(errors.NoNodeError, client.set, f"{home}/x", b"")
    raises(errors.NoNodeError, client.set_acls, f"{home}/x", client.get_acls(home)[0])
    raises(errors.BadVersionError, client.set, f"{home}/a", b"", 7)
    raises(errors.BadVersionError, client.delete, f"{home}/a/b", 7)
    raises(errors.BadVersionError, client.set_acls, f"{home}/a", client.get_acls(home)[0], 7)
    client.create(f"{home}/e", ephemeral=True)
    raises(errors.NoChildrenForEphemeralsError, client.create, f"{home}/e/x")


@case(quick=True)
def children_and_their_stat(given):
    client = given.kazoo()
    home = given.home(client)
    for name in ("c", "a", "b"):
        client.create(f"{home}/{name}")
    equal(sorted(client.get_children(home)), ["a", "b", "c"])
    names, stat = client.get_children(home, include_data=True)
    equal((sorted(names), stat.children_count, stat.cversion), (["a", "b", "c"], 3, 3))
    client.delete(f"{home}/b")
    stat = client.exists(home)
    equal((stat.children_count, stat.cversion, stat.version), (2, 4, 0))
    assert stat.pzxid > stat.mzxid


@case(quick=True)
def create_with_stat(given):
    client = given.kazoo()
    home = given.home(client)
    path, stat = client.create(f"{home}/a", b"data", include_data=True)
    equal(path, f"{home}/a")
    equal(client.exists(path), stat)


@case(quick=True)
def sequential_names(given):
    client = given.kazoo()
    home = given.home(client)
    equal(client.create(f"{home}/s-", sequence=True), f"{home}/s-0000000000")
    equal(client.create(f"{home}/t-", sequence=True), f"{home}/t-0000000001")
    client.create(f"{home}/plain")  # counts too
    equal(client.create(f"{home}/s-", sequence=True), f"{home}/s-0000000003")
    client.delete(f"{home}/plain")  # does not
    equal(client.create(f"{home}/", sequence=True), f"{home}/0000000004")
    equal(client.create(f"{home}/e-", sequence=True, ephemeral=True), f"{home}/e-0000000005")


@case(quick=True)
def set_with_version(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/a", b"0")
    for version in range(5):
        equal(client.set(f"{home}/a", b"%d" % version, version).version, version + 1)
    raises(errors.BadVersionError, client.set, f"{home}/a", b"", 4)
    client.delete(f"{home}/a", 5)


@case(quick=True)
def data_of_every_kind(given):
    client = given.kazoo()
    home = given.home(client)
    kinds = {"empty": b"", "zeros": bytes(1000), "every": bytes(range(256)) * 40, "text": "né→".encode()}
    for name, data in kinds.items():
        client.create(f"{home}/{name}", data)
        got, stat = client.get(f"{home}/{name}")
        equal((got, stat.data_length), (data, len(data)))


@case(quick=True)
def names_of_every_kind(given):
    client = given.kazoo()
    home = given.home(client)
    names = ["a b", "né", "日本", "a.b", "...", "~!@#$%^&*()_+", "x" * 300]
    for name in names:
        equal(client.create(f"{home}/{name}"), f"{home}/{name}")
    equal(sorted(client.get_children(home)), sorted(names))


@case(quick=True)
def deep_paths(given):
    client = given.kazoo()
    home = given.home(client)
    deep = home + "/d" * 200
    client.create(deep, b"bottom", makepath=True)
    equal(client.get(deep)[0], b"bottom")
    client.delete(f"{home}/d", recursive=True)
    equal(client.get_children(home), [])


@case(quick=True)
def many_children(given):
    client = given.kazoo()
    home = given.home(client)
    wanted = [f"child-{i:05}" for i in range(2000)]
    for made in [client.create_async(f"{home}/{name}") for name in wanted]:
        made.get(timeout=30)
    equal(sorted(client.get_children(home)), wanted)
    equal(client.exists(home).children_count, 2000)


@case(quick=True)
def pipelined_answers_come_in_order(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/a", b"-1")
    answers = []
    for i in range(300):
        answers.append((client.set_async(f"{home}/a", b"%d" % i), client.get_async(f"{home}/a")))
    for i, (written, read) in enumerate(answers):
        equal(written.get(timeout=30).version, i + 1)
        equal(read.get(timeout=30)[0], b"%d" % i)


@case(quick=True)
def sync_answers_its_path(given):
    client = given.kazoo()
    equal(client.sync(given.home(client)), given.root)


@case(quick=True)
def what_one_client_writes_another_reads_after_sync(given):
    writer, reader = given.kazoo(), given.kazoo()
    home = given.home(writer)
    for i in range(50):
        writer.create(f"{home}/{i}")
        reader.sync(home)
        assert reader.exists(f"{home}/{i}"), i


@case(quick=True)
def a_chroot_is_a_prefix(given):
    outer = given.kazoo()
    home = given.home(outer)
    inner = given.kazoo(chroot=home)
    equal(inner.create("/in", b"x"), "/in")
    equal(outer.get(f"{home}/in")[0], b"x")
    equal(inner.get_children("/"), ["in"])
    equal(inner.create("/s-", sequence=True), "/s-0000000001")
    seen = []
    inner.get("/in", watch=lambda event: seen.append(event.path))
    outer.set(f"{home}/in", b"y")
    assert wait_for(lambda: seen)
    equal(seen, ["/in"])


@case(quick=True)
def a_chroot_that_is_not_there(given):
    inner = given.kazoo(chroot=f"{given.root}-missing")
    raises(errors.NoNodeError, inner.create, "/a")
    inner.ensure_path("/")
    inner.create("/a")


@case(quick=True)
def the_tree_that_is_always_there(given):
    client = given.kazoo()
    equal(sorted(client.get_children("/zookeeper")), ["config", "quota"])
    for path in ("/", "/zookeeper", "/zookeeper/quota", "/zookeeper/config"):
        raises(errors.BadArgumentsError, client.delete, path)
    stat = client.exists("/zookeeper/quota")
    equal((stat.czxid, stat.mzxid, stat.ctime, stat.version, stat.cversion), (0, 0, 0, 0, 0))
    raises(errors.NoAuthError, client.set, "/zookeeper/config", b"x")


@case(quick=True)
def the_version_that_it_tells(given):
    client = given.kazoo()
    equal(".".join(map(str, client.server_version())), given.expected("version"))


@case(quick=True)
def a_read_only_client_reads(given):
    client = given.kazoo(read_only=True)
    assert client.exists("/zookeeper")


@case(quick=True)
def a_name_in_the_host_list_that_is_dead(given):
    from server import HOST, free_ports
    dead = f"{HOST}:{free_ports(1)[0]}"
    client = KazooClient(f"{dead},{given.servers.hosts}")
    given.closers.append(lambda: (client.stop(), client.close()))
    client.start(timeout=30)
    assert client.exists("/")
