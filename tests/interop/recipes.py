"""kazoo's recipes, several clients at once."""

import threading
import time

from case import case, equal, raises, wait_for
from kazoo import exceptions as errors


def together(functions):
    """Runs all in threads; the first failure is raised."""
    failures = []

    def guarded(function):
        try:
            function()
        except Exception as failure:
            failures.append(failure)
    threads = [threading.Thread(target=guarded, args=(function,), daemon=True) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive(), "it hangs"
    if failures:
        raise failures[0]


@case(quick=True)
def lock_excludes(given):
    clients = [given.kazoo() for _ in range(4)]
    inside, most, turns = [], [], []

    def work(client):
        for _ in range(5):
            with client.Lock(f"{given.root}/lock"):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.002)
                inside.pop()
                turns.append(1)
    together([lambda c=client: work(c) for client in clients])
    equal((max(most), len(turns)), (1, 20))


@case(quick=True)
def lock_of_a_dead_holder_is_free(given):
    holder, waiter = given.kazoo(), given.kazoo()
    holder.Lock(f"{given.root}/lock").acquire()
    lock = waiter.Lock(f"{given.root}/lock", "waiter")
    raises(errors.LockTimeout, lock.acquire, timeout=0.3)
    equal(lock.acquire(blocking=False), False)
    holder.stop()
    assert lock.acquire(timeout=10)
    lock.release()


@case(quick=True)
def read_and_write_locks(given):
    one, two, three = given.kazoo(), given.kazoo(), given.kazoo()
    path = f"{given.root}/lock"
    first, second, writer = one.ReadLock(path), two.ReadLock(path), three.WriteLock(path)
    assert first.acquire(timeout=10) and second.acquire(timeout=10)
    equal(writer.acquire(blocking=False), False)
    first.release()
    second.release()
    assert writer.acquire(timeout=10)
    equal(first.acquire(blocking=False), False)
    writer.release()


@case(quick=True)
def semaphore_admits_so_many(given):
    clients = [given.kazoo() for _ in range(4)]
    inside, most = [], []

    def work(client):
        for _ in range(3):
            with client.Semaphore(f"{given.root}/semaphore", max_leases=2):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.01)
                inside.pop()
    together([lambda c=client: work(c) for client in clients])
    assert max(most) <= 2, most


@case(quick=True)
def election_has_one_leader_and_goes_on(given):
    clients = [given.kazoo() for _ in range(3)]
    leaders, release = [], [threading.Event() for _ in clients]
    elections = [client.Election(f"{given.root}/election", str(i)) for i, client in enumerate(clients)]

    def lead(i):
        leaders.append(i)
        release[i].wait(20)
    threads = [threading.Thread(target=elections[i].run, args=(lead, i), daemon=True) for i in range(3)]
    for i, thread in enumerate(threads):
        thread.start()
        assert wait_for(lambda: len(elections[0].contenders()) == i + 1), elections[0].contenders()
    for i in range(3):
        assert wait_for(lambda: leaders == list(range(i + 1))), leaders
        release[i].set()
    for thread in threads:
        thread.join(10)


@case(quick=True)
def queue_keeps_order_and_priority(given):
    client = given.kazoo()
    queue = client.Queue(f"{given.root}/queue")
    for item, priority in ((b"b", 100), (b"c", 100), (b"a", 50)):
        queue.put(item, priority)
    equal([queue.get(), queue.get(), queue.get(), queue.get()], [b"a", b"b", b"c", None])


@case(quick=True)
def locking_queue_gives_each_entry_once(given):
    clients = [given.kazoo() for _ in range(3)]
    producer = clients[0].LockingQueue(f"{given.root}/queue")
    producer.put_all([b"%d" % i for i in range(30)])
    got = []

    def consume(client):
        queue = client.LockingQueue(f"{given.root}/queue")
        while len(got) < 30:
            entry = queue.get(timeout=0.5)
            if entry is not None and queue.consume():
                got.append(entry)
    together([lambda c=client: consume(c) for client in clients])
    equal(sorted(got, key=int), [b"%d" % i for i in range(30)])


@case(quick=True)
def barrier_opens_for_all(given):
    clients = [given.kazoo() for _ in range(3)]
    barrier = clients[0].Barrier(f"{given.root}-barrier")
    barrier.create()
    for client in clients:
        client.sync("/")
    passed = []
    threads = [threading.Thread(target=lambda c=client: passed.append(c.Barrier(f"{given.root}-barrier").wait(20)))
               for client in clients]
    for thread in threads:
        thread.start()
    time.sleep(0.2)
    equal(passed, [])
    barrier.remove()
    for thread in threads:
        thread.join(20)
    equal(passed, [True] * 3)


@case(quick=True)
def double_barrier_waits_for_so_many(given):
    clients = [given.kazoo() for _ in range(3)]
    inside = []

    def work(client, i):
        barrier = client.DoubleBarrier(f"{given.root}/barrier", 3, str(i))
        time.sleep(0.05 * i)
        barrier.enter()
        assert barrier.participating
        inside.append(len(client.get_children(f"{given.root}/barrier")))
        barrier.leave()
    together([lambda c=client, i=i: work(c, i) for i, client in enumerate(clients)])
    equal(len(inside), 3)


@case(quick=True)
def counter_counts_every_step(given):
    clients = [given.kazoo() for _ in range(4)]

    def work(client):
        counter = client.Counter(f"{given.root}/counter")
        for _ in range(10):
            counter += 1
    together([lambda c=client: work(c) for client in clients])
    clients[0].sync(given.root)
    equal(clients[0].Counter(f"{given.root}/counter").value, 40)


@case(quick=True)
def party_knows_its_members(given):
    one, two = given.kazoo(), given.kazoo()
    first, second = one.Party(f"{given.root}/party", "one"), two.Party(f"{given.root}/party", "two")
    first.join()
    second.join()
    one.sync(given.root)
    equal(sorted(first), ["one", "two"])
    two.stop()
    assert wait_for(lambda: sorted(first) == ["one"]), sorted(first)


@case(quick=True)
def partitioner_divides_a_set(given):
    clients = [given.kazoo() for _ in range(2)]
    parts = [client.SetPartitioner(f"{given.root}/set", set=range(6), time_boundary=0.3, identifier=str(i))
             for i, client in enumerate(clients)]
    assert wait_for(lambda: all(part.acquired for part in parts), 20), [part.state for part in parts]
    equal(sorted(item for part in parts for item in part), list(range(6)))
    for part in parts:
        part.finish()


@case(quick=True)
def tree_cache_follows(given):
    from kazoo.recipe.cache import TreeCache
    client, other = given.kazoo(), given.kazoo()
    home = given.home(client)
    cache = TreeCache(client, home)
    cache.start()
    other.sync(home)
    other.create(f"{home}/a/b", b"x", makepath=True)
    assert wait_for(lambda: cache.get_data(f"{home}/a/b") is not None)
    equal(cache.get_data(f"{home}/a/b").data, b"x")
    other.delete(f"{home}/a/b")
    assert wait_for(lambda: cache.get_data(f"{home}/a/b") is None)
    cache.close()
