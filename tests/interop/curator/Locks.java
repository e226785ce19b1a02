import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.atomic.DistributedAtomicLong;
import org.apache.curator.framework.recipes.barriers.DistributedBarrier;
import org.apache.curator.framework.recipes.barriers.DistributedDoubleBarrier;
import org.apache.curator.framework.recipes.leader.LeaderLatch;
import org.apache.curator.framework.recipes.leader.LeaderSelector;
import org.apache.curator.framework.recipes.leader.LeaderSelectorListenerAdapter;
import org.apache.curator.framework.recipes.locks.InterProcessLock;
import org.apache.curator.framework.recipes.locks.InterProcessMultiLock;
import org.apache.curator.framework.recipes.locks.InterProcessMutex;
import org.apache.curator.framework.recipes.locks.InterProcessReadWriteLock;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreMutex;
import org.apache.curator.framework.recipes.locks.InterProcessSemaphoreV2;
import org.apache.curator.retry.RetryNTimes;

/** Who may, who leads, who waits. */
final class Locks extends Checks {
  static void register(Map<String, CuratorCases.Body> cases) {
    cases.put("mutex_excludes", Locks::mutexExcludes);
    cases.put("mutex_of_a_lost_client_is_free", Locks::mutexOfALostClient);
    cases.put("read_write_lock", Locks::readWriteLock);
    cases.put("semaphore_admits_so_many", Locks::semaphore);
    cases.put("semaphore_mutex_excludes", Locks::semaphoreMutex);
    cases.put("multi_lock", Locks::multiLock);
    cases.put("leader_latch", Locks::leaderLatch);
    cases.put("leader_latch_after_expiry", Locks::leaderLatchAfterExpiry);
    cases.put("leader_selector", Locks::leaderSelector);
    cases.put("barrier", Locks::barrier);
    cases.put("double_barrier", Locks::doubleBarrier);
    cases.put("atomic_long", Locks::atomicLong);
  }

  /** Several clients inside and out again; how many were inside at once, at most. */
  private static int crowd(CuratorCases.Given given, int clients, int turns, LockOf lockOf) throws Exception {
    AtomicInteger inside = new AtomicInteger(), most = new AtomicInteger(), done = new AtomicInteger();
    List<Callable<Void>> bodies = new ArrayList<>();
    for (int i = 0; i < clients; ++i) {
      CuratorFramework client = given.client();
      bodies.add(() -> {
        for (int turn = 0; turn < turns; ++turn) {
          AutoCloseable held = lockOf.take(client);
          most.accumulateAndGet(inside.incrementAndGet(), Math::max);
          Thread.sleep(3);
          inside.decrementAndGet();
          held.close();
          done.incrementAndGet();
        }
        return null;
      });
    }
    together(bodies);
    equal(clients * turns, done.get());
    return most.get();
  }

  interface LockOf {
    AutoCloseable take(CuratorFramework client) throws Exception;
  }

  private static AutoCloseable take(InterProcessLock lock) throws Exception {
    check(lock.acquire(30, TimeUnit.SECONDS), "it gets the lock");
    return lock::release;
  }

  private static void mutexExcludes(CuratorCases.Given given) throws Exception {
    equal(1, crowd(given, 4, 5, client -> take(new InterProcessMutex(client, given.root))));
    InterProcessMutex twice = new InterProcessMutex(given.client(), given.root);
    twice.acquire();
    twice.acquire();
    twice.release();
    check(twice.isAcquiredInThisProcess(), "it is reentrant");
    check(!new InterProcessMutex(given.client(), given.root).acquire(200, TimeUnit.MILLISECONDS), "another waits");
    equal(1, twice.getParticipantNodes().size());
    twice.release();
  }

  private static void mutexOfALostClient(CuratorCases.Given given) throws Exception {
    CuratorFramework holder = given.client();
    new InterProcessMutex(holder, given.root).acquire();
    InterProcessMutex waiting = new InterProcessMutex(given.client(), given.root);
    check(!waiting.acquire(200, TimeUnit.MILLISECONDS), "it is taken");
    CuratorCases.expire(given, holder);
    check(waiting.acquire(20, TimeUnit.SECONDS), "it is free when its holder's session is gone");
    waiting.release();
  }

  private static void readWriteLock(CuratorCases.Given given) throws Exception {
    var one = new InterProcessReadWriteLock(given.client(), given.root);
    var two = new InterProcessReadWriteLock(given.client(), given.root);
    var three = new InterProcessReadWriteLock(given.client(), given.root);
    one.readLock().acquire();
    check(two.readLock().acquire(10, TimeUnit.SECONDS), "readers share");
    check(!three.writeLock().acquire(200, TimeUnit.MILLISECONDS), "a writer waits for them");
    one.readLock().release();
    two.readLock().release();
    check(three.writeLock().acquire(10, TimeUnit.SECONDS), "they are gone");
    check(!one.readLock().acquire(200, TimeUnit.MILLISECONDS), "readers wait for a writer");
    three.readLock().acquire();  // downgrade
    three.writeLock().release();
    check(one.readLock().acquire(10, TimeUnit.SECONDS), "it only reads now");
  }

  private static void semaphore(CuratorCases.Given given) throws Exception {
    int most = crowd(given, 4, 4, client -> {
      var semaphore = new InterProcessSemaphoreV2(client, given.root, 2);
      var lease = semaphore.acquire(30, TimeUnit.SECONDS);
      check(lease != null, "it gets a lease");
      return () -> semaphore.returnLease(lease);
    });
    check(most <= 2, most + " at once");
    var semaphore = new InterProcessSemaphoreV2(given.client(), given.root, 2);
    var leases = semaphore.acquire(2, 10, TimeUnit.SECONDS);
    equal(2, leases.size());
    check(semaphore.acquire(200, TimeUnit.MILLISECONDS) == null, "two are all");
    semaphore.returnAll(leases);
  }

  private static void semaphoreMutex(CuratorCases.Given given) throws Exception {
    equal(1, crowd(given, 3, 4, client -> take(new InterProcessSemaphoreMutex(client, given.root))));
  }

  private static void multiLock(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), other = given.client();
    List<String> paths = List.of(given.root + "/a", given.root + "/b");
    var both = new InterProcessMultiLock(client, paths);
    check(both.acquire(10, TimeUnit.SECONDS), "it gets both");
    var second = new InterProcessMutex(other, given.root + "/b");
    check(!second.acquire(200, TimeUnit.MILLISECONDS), "each is taken");
    both.release();
    check(second.acquire(10, TimeUnit.SECONDS), "each is free");
  }

  private static void leaderLatch(CuratorCases.Given given) throws Exception {
    List<LeaderLatch> latches = new ArrayList<>();
    for (int i = 0; i < 3; ++i) {
      latches.add(given.closed(new LeaderLatch(given.client(), given.root, "" + i)));
      latches.get(i).start();
      int members = i + 1;
      eventually("it takes part", () -> latches.get(0).getParticipants().size() == members);
    }
    for (int i = 0; i < 3; ++i) {
      LeaderLatch next = latches.get(i);
      check(next.await(20, TimeUnit.SECONDS), i + " leads");
      equal("" + i, next.getLeader().getId());
      for (int j = i + 1; j < 3; ++j) check(!latches.get(j).hasLeadership(), j + " does not");
      next.close();
    }
  }

  private static void leaderLatchAfterExpiry(CuratorCases.Given given) throws Exception {
    CuratorFramework first = given.client();
    LeaderLatch leading = given.closed(new LeaderLatch(first, given.root, "first"));
    LeaderLatch waiting = given.closed(new LeaderLatch(given.client(), given.root, "second"));
    leading.start();
    check(leading.await(20, TimeUnit.SECONDS), "the first leads");
    waiting.start();
    CuratorCases.expire(given, first);
    check(waiting.await(20, TimeUnit.SECONDS), "the second follows it");
    eventually("the first comes back as one that waits", () -> waiting.getParticipants().size() == 2);
    check(!leading.hasLeadership(), "one leads");
  }

  private static void leaderSelector(CuratorCases.Given given) throws Exception {
    BlockingQueue<String> leaders = new LinkedBlockingQueue<>();
    AtomicInteger at_once = new AtomicInteger();
    for (int i = 0; i < 3; ++i) {
      String id = "" + i;
      LeaderSelector selector = new LeaderSelector(given.client(), given.root, new LeaderSelectorListenerAdapter() {
        @Override
        public void takeLeadership(CuratorFramework client) throws Exception {
          if (at_once.incrementAndGet() == 1) leaders.add(id);
          Thread.sleep(20);
          at_once.decrementAndGet();
        }
      });
      selector.autoRequeue();
      given.closed(selector).start();
    }
    var seen = new java.util.HashSet<String>();
    for (int i = 0; i < 30 && seen.size() < 3; ++i) seen.add(leaders.poll(20, TimeUnit.SECONDS));
    equal(java.util.Set.of("0", "1", "2"), seen);
  }

  private static void barrier(CuratorCases.Given given) throws Exception {
    DistributedBarrier barrier = new DistributedBarrier(given.client(), given.root);
    barrier.setBarrier();
    CuratorFramework waiting = given.client();
    waiting.sync().forPath(given.root);
    CountDownLatch passed = new CountDownLatch(1);
    Thread waiter = new Thread(() -> {
      try {
        if (new DistributedBarrier(waiting, given.root).waitOnBarrier(20, TimeUnit.SECONDS)) passed.countDown();
      } catch (Exception failed) {
        // then it never passes
      }
    });
    waiter.start();
    check(!passed.await(300, TimeUnit.MILLISECONDS), "it stands");
    barrier.removeBarrier();
    check(passed.await(20, TimeUnit.SECONDS), "it is gone");
  }

  private static void doubleBarrier(CuratorCases.Given given) throws Exception {
    AtomicInteger entering = new AtomicInteger(), leaving = new AtomicInteger();
    List<Callable<Void>> bodies = new ArrayList<>();
    for (int i = 0; i < 3; ++i) {
      var barrier = new DistributedDoubleBarrier(given.client(), given.root, 3);
      int delay = 50 * i;
      bodies.add(() -> {
        Thread.sleep(delay);
        entering.incrementAndGet();
        check(barrier.enter(20, TimeUnit.SECONDS), "it enters");
        equal(3, entering.get());
        Thread.sleep(delay);
        leaving.incrementAndGet();
        check(barrier.leave(20, TimeUnit.SECONDS), "it leaves");
        equal(3, leaving.get());
        return null;
      });
    }
    together(bodies);
  }

  private static void atomicLong(CuratorCases.Given given) throws Exception {
    List<Callable<Void>> bodies = new ArrayList<>();
    for (int i = 0; i < 3; ++i) {
      var counter = new DistributedAtomicLong(given.client(), given.root, new RetryNTimes(1000, 2));
      bodies.add(() -> {
        for (int n = 0; n < 10; ++n) check(counter.increment().succeeded(), "it counts");
        return null;
      });
    }
    together(bodies);
    CuratorFramework client = given.client();
    client.sync().forPath(given.root);
    equal(30L, new DistributedAtomicLong(client, given.root, new RetryNTimes(10, 2)).get().postValue());
  }
}
