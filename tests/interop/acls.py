"""Permissions, the schemes, and who may do what."""

from kazoo import exceptions as errors
from kazoo.security import (ACL, CREATOR_ALL_ACL, OPEN_ACL_UNSAFE, READ_ACL_UNSAFE, Id, Permissions, make_acl,
                            make_digest_acl)

from case import case, drop_connection, equal, raises


@case(quick=True)
def open_by_default(given):
    client = given.kazoo()
    acls, stat = client.get_acls(given.home(client))
    equal((acls, stat.aversion), (OPEN_ACL_UNSAFE, 0))


@case(quick=True)
def set_and_get(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/a")
    stat = client.set_acls(f"{home}/a", READ_ACL_UNSAFE, 0)
    equal((stat.aversion, stat.version), (1, 0))
    equal(client.get_acls(f"{home}/a"), (READ_ACL_UNSAFE, stat))
    raises(errors.NoAuthError, client.set, f"{home}/a", b"")
    raises(errors.NoAuthError, client.set_acls, f"{home}/a", OPEN_ACL_UNSAFE)
    equal(client.get(f"{home}/a")[0], b"")


@case(quick=True)
def digest_opens_to_who_knows(given):
    owner, other, knower = given.kazoo(), given.kazoo(), given.kazoo(auth_data=[("digest", "user:secret")])
    home = given.home(owner)
    owner.create(f"{home}/a", b"x", acl=[make_digest_acl("user", "secret", all=True)])
    for operation in (other.get, other.get_children, other.get_acls):
        raises(errors.NoAuthError, operation, f"{home}/a")
    raises(errors.NoAuthError, other.set, f"{home}/a", b"")
    raises(errors.NoAuthError, other.create, f"{home}/a/b")
    equal(knower.get(f"{home}/a")[0], b"x")
    knower.create(f"{home}/a/b")
    raises(errors.NoAuthError, other.delete, f"{home}/a/b")
    other.add_auth("digest", "user:secret")
    equal(other.get(f"{home}/a")[0], b"x")
    other.delete(f"{home}/a/b")


@case(quick=True)
def each_permission_alone(given):
    client = given.kazoo()
    home = given.home(client)
    operations = {"read": lambda path: client.get(path), "write": lambda path: client.set(path, b""),
                  "create": lambda path: client.create(f"{path}/new"),
                  "delete": lambda path: client.delete(f"{path}/old"),
                  "admin": lambda path: client.set_acls(path, OPEN_ACL_UNSAFE)}
    for granted in operations:
        path = f"{home}/{granted}"
        client.create(f"{path}/old", makepath=True)
        client.set_acls(path, [make_acl("world", "anyone", **{granted: True})])
        for name, operation in sorted(operations.items(), key=lambda item: item[0] == granted):
            if name == granted:
                operation(path)
            else:
                raises(errors.NoAuthError, operation, path)


@case(quick=True)
def auth_becomes_the_callers_identities(given):
    client = given.kazoo(auth_data=[("digest", "one:1"), ("digest", "two:2")])
    home = given.home(client)
    client.create(f"{home}/a", acl=CREATOR_ALL_ACL)
    wanted = [make_digest_acl("one", "1", all=True), make_digest_acl("two", "2", all=True)]
    equal(sorted(client.get_acls(f"{home}/a")[0]), sorted(wanted))


@case(quick=True)
def invalid_lists(given):
    client = given.kazoo()
    home = given.home(client)
    for acl in ([], [ACL(31, Id("auth", ""))], [ACL(31, Id("world", "someone"))], [ACL(31, Id("digest", "nocolon"))],
                [ACL(31, Id("ip", "300.1.1.1"))], [ACL(31, Id("ip", "10.0.0.1/33"))], [ACL(31, Id("unknown", "x"))]):
        raises(errors.InvalidACLError, client.create, f"{home}/a", acl=acl) if acl else None
    equal(client.get_children(home), [])


@case(quick=True)
def an_address_is_an_identity(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/mine", acl=[make_acl("ip", "127.0.0.1", all=True)])
    client.create(f"{home}/net", acl=[make_acl("ip", "127.0.0.0/8", all=True)])
    client.create(f"{home}/other", acl=[make_acl("ip", "10.1.2.3", all=True)])
    client.set(f"{home}/mine", b"x")
    client.set(f"{home}/net", b"x")
    raises(errors.NoAuthError, client.set, f"{home}/other", b"x")


@case(quick=True)
def super_may_all(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/a", acl=[ACL(0, Id("world", "anyone"))])
    raises(errors.NoAuthError, client.get, f"{home}/a")
    root = given.kazoo(auth_data=[("digest", "super:test")])
    equal(root.get(f"{home}/a")[0], b"")
    root.set_acls(f"{home}/a", OPEN_ACL_UNSAFE)
    client.set(f"{home}/a", b"now")


@case(quick=True)
def digests_are_masked_for_who_may_not_change_them(given):
    client = given.kazoo(auth_data=[("digest", "user:secret")])
    home = given.home(client)
    mine = make_digest_acl("user", "secret", all=True)
    client.create(f"{home}/a", acl=[mine, make_acl("world", "anyone", read=True)])
    stranger = given.kazoo()
    masked = ACL(31, Id("digest", "user:x"))
    equal(stranger.get_acls(f"{home}/a")[0], [masked, ACL(Permissions.READ, Id("world", "anyone"))])
    equal(client.get_acls(f"{home}/a")[0][0], mine)


@case(quick=True)
def in_a_transaction(given):
    client = given.kazoo()
    home = given.home(client)
    client.create(f"{home}/locked", acl=READ_ACL_UNSAFE)
    t = client.transaction()
    t.create(f"{home}/a")
    t.set_data(f"{home}/locked", b"")
    equal([type(r) for r in t.commit()], [errors.RolledBackError, errors.NoAuthError])
    equal(client.get_children(home), ["locked"])


@case(quick=True)
def identities_survive_a_reconnect(given):
    client = given.kazoo(auth_data=[("digest", "user:secret")])
    home = given.home(client)
    client.create(f"{home}/a", b"x", acl=[make_digest_acl("user", "secret", all=True)])
    drop_connection(client)
    equal(client.retry(client.get, f"{home}/a")[0], b"x")
