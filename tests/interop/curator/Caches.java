import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.recipes.cache.CuratorCache;
import org.apache.curator.framework.recipes.cache.CuratorCacheListener;
import org.apache.curator.framework.recipes.cache.NodeCache;
import org.apache.curator.framework.recipes.cache.PathChildrenCache;
import org.apache.curator.framework.recipes.cache.TreeCache;
import org.apache.curator.framework.recipes.nodes.GroupMember;
import org.apache.curator.framework.recipes.nodes.PersistentNode;
import org.apache.curator.framework.recipes.queue.DistributedQueue;
import org.apache.curator.framework.recipes.queue.QueueBuilder;
import org.apache.curator.framework.recipes.queue.QueueConsumer;
import org.apache.curator.framework.recipes.queue.QueueSerializer;
import org.apache.curator.framework.recipes.shared.SharedCount;
import org.apache.curator.framework.recipes.shared.SharedCountListener;
import org.apache.curator.framework.recipes.shared.SharedCountReader;
import org.apache.curator.framework.recipes.watch.PersistentWatcher;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.Watcher.Event.EventType;

/** What follows the tree, and what puts itself back into it. */
@SuppressWarnings("deprecation")  // the older caches are what most programs have
final class Caches extends Checks {
  static void register(Map<String, CuratorCases.Body> cases) {
    cases.put("node_cache", Caches::nodeCache);
    cases.put("path_children_cache", Caches::pathChildrenCache);
    cases.put("tree_cache", Caches::treeCache);
    cases.put("curator_cache", Caches::curatorCache);
    cases.put("curator_cache_after_a_restart", Caches::curatorCacheAfterARestart);
    cases.put("persistent_watcher", Caches::persistentWatcher);
    cases.put("persistent_node", Caches::persistentNode);
    cases.put("persistent_node_after_expiry", Caches::persistentNodeAfterExpiry);
    cases.put("group_member", Caches::groupMember);
    cases.put("shared_count", Caches::sharedCount);
    cases.put("distributed_queue", Caches::distributedQueue);
  }

  private static void nodeCache(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), other = given.client();
    NodeCache cache = given.closed(new NodeCache(client, given.root));
    cache.start(true);
    check(cache.getCurrentData() == null, "there is nothing yet");
    for (String data : List.of("one", "two")) {
      other.create().orSetData().forPath(given.root, bytes(data));
      eventually(data, () -> cache.getCurrentData() != null && text(cache.getCurrentData().getData()).equals(data));
    }
    other.delete().forPath(given.root);
    eventually("it is gone", () -> cache.getCurrentData() == null);
  }

  private static void pathChildrenCache(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), other = given.client();
    client.create().forPath(given.root);
    client.create().forPath(given.root + "/a", bytes("0"));
    PathChildrenCache cache = given.closed(new PathChildrenCache(client, given.root, true));
    cache.start(PathChildrenCache.StartMode.BUILD_INITIAL_CACHE);
    equal(1, cache.getCurrentData().size());
    other.sync().forPath(given.root);
    for (int i = 0; i < 20; ++i) other.create().forPath(given.root + "/n" + i, bytes("" + i));
    eventually("all are there", () -> cache.getCurrentData().size() == 21);
    other.setData().forPath(given.root + "/a", bytes("1"));
    eventually("it changes", () -> text(cache.getCurrentData(given.root + "/a").getData()).equals("1"));
    other.delete().forPath(given.root + "/a");
    eventually("it goes", () -> cache.getCurrentData(given.root + "/a") == null);
  }

  private static void treeCache(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), other = given.client();
    TreeCache cache = given.closed(new TreeCache(client, given.root));
    cache.start();
    other.create().creatingParentsIfNeeded().forPath(given.root + "/a/b/c", bytes("deep"));
    eventually("the deepest", () -> cache.getCurrentData(given.root + "/a/b/c") != null);
    equal(Set.of("b"), cache.getCurrentChildren(given.root + "/a").keySet());
    other.delete().deletingChildrenIfNeeded().forPath(given.root + "/a");
    eventually("all of it goes", () -> cache.getCurrentData(given.root + "/a") == null);
  }

  private static void curatorCache(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), other = given.client();
    BlockingQueue<String> events = new LinkedBlockingQueue<>();
    client.create().forPath(given.root, bytes("root"));
    CuratorCache cache = given.closed(CuratorCache.build(client, given.root));
    cache.listenable().addListener(CuratorCacheListener.builder()
        .forCreates(node -> events.add("created " + node.getPath()))
        .forChanges((before, after) -> events.add("changed " + after.getPath() + " " + text(after.getData())))
        .forDeletes(node -> events.add("deleted " + node.getPath())).build());
    cache.start();
    equal("created " + given.root, events.poll(15, TimeUnit.SECONDS));
    other.sync().forPath(given.root);
    other.create().creatingParentsIfNeeded().forPath(given.root + "/a/b", bytes("x"));
    Set<String> created = new ConcurrentSkipListSet<>();
    for (int i = 0; i < 2; ++i) created.add(events.poll(15, TimeUnit.SECONDS));
    equal(Set.of("created " + given.root + "/a", "created " + given.root + "/a/b"), created);
    other.setData().forPath(given.root + "/a/b", bytes("y"));
    equal("changed " + given.root + "/a/b y", events.poll(15, TimeUnit.SECONDS));
    other.delete().forPath(given.root + "/a/b");
    equal("deleted " + given.root + "/a/b", events.poll(15, TimeUnit.SECONDS));
    equal(2, cache.size());
  }

  /** What happens while nobody serves is seen afterwards. */
  private static void curatorCacheAfterARestart(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client();
    client.create().forPath(given.root, bytes("0"));
    CuratorCache cache = given.closed(CuratorCache.build(client, given.root));
    cache.start();
    eventually("it is read", () -> cache.get(given.root).isPresent());
    given.waitForServers();
    CuratorFramework other = given.client();
    for (int i = 1; i <= 20; ++i) other.create().forPath(given.root + "/" + i, bytes("" + i));
    eventually("all are seen", () -> cache.size() == 21);
  }

  private static void persistentWatcher(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), other = given.client();
    BlockingQueue<String> events = new LinkedBlockingQueue<>();
    PersistentWatcher watcher = given.closed(new PersistentWatcher(client, given.root, true));
    watcher.getListenable().addListener(event -> {
      if (event.getType() != EventType.None) events.add(event.getType() + " " + event.getPath());
    });
    var armed = new java.util.concurrent.CountDownLatch(1);
    watcher.getResetListenable().addListener(armed::countDown);
    watcher.start();
    check(armed.await(15, TimeUnit.SECONDS), "the watch is set");
    other.create().creatingParentsIfNeeded().forPath(given.root + "/a", bytes("x"));
    other.setData().forPath(given.root + "/a", bytes("y"));
    other.setData().forPath(given.root + "/a", bytes("z"));
    for (String wanted : List.of("NodeCreated " + given.root, "NodeCreated " + given.root + "/a",
        "NodeDataChanged " + given.root + "/a", "NodeDataChanged " + given.root + "/a")) {
      equal(wanted, events.poll(15, TimeUnit.SECONDS));
    }
  }

  private static PersistentNode persistentNode(CuratorCases.Given given, CuratorFramework client) throws Exception {
    PersistentNode node = given.closed(
        new PersistentNode(client, CreateMode.EPHEMERAL, false, given.root + "/node", bytes("mine")));
    node.start();
    check(node.waitForInitialCreate(15, TimeUnit.SECONDS), "it is created");
    return node;
  }

  private static void persistentNode(CuratorCases.Given given) throws Exception {
    CuratorFramework other = given.client();
    PersistentNode node = persistentNode(given, given.client());
    other.sync().forPath(given.root);
    other.delete().forPath(node.getActualPath());
    eventually("it is put back", () -> other.checkExists().forPath(node.getActualPath()) != null);
    node.setData(bytes("changed"));
    eventually("its data", () -> text(other.getData().forPath(node.getActualPath())).equals("changed"));
    node.close();
    eventually("it goes with its owner", () -> other.checkExists().forPath(given.root + "/node") == null);
  }

  private static void persistentNodeAfterExpiry(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), other = given.client();
    persistentNode(given, client);
    other.sync().forPath(given.root);
    long before = other.checkExists().forPath(given.root + "/node").getEphemeralOwner();
    CuratorCases.expire(given, client);
    eventually("a new session owns it", () -> {
      var stat = other.checkExists().forPath(given.root + "/node");
      return stat != null && stat.getEphemeralOwner() != before;
    });
  }

  private static void groupMember(CuratorCases.Given given) throws Exception {
    GroupMember one = given.closed(new GroupMember(given.client(), given.root, "one", bytes("1")));
    GroupMember two = given.closed(new GroupMember(given.client(), given.root, "two", bytes("2")));
    one.start();
    two.start();
    eventually("both are known", () -> one.getCurrentMembers().keySet().equals(Set.of("one", "two")));
    two.close();
    eventually("one is left", () -> one.getCurrentMembers().keySet().equals(Set.of("one")));
  }

  private static void sharedCount(CuratorCases.Given given) throws Exception {
    SharedCount one = given.closed(new SharedCount(given.client(), given.root, 7));
    one.start();
    SharedCount two = given.closed(new SharedCount(given.client(), given.root, 0));
    two.start();
    AtomicInteger told = new AtomicInteger();
    two.addListener(new SharedCountListener() {
      @Override
      public void countHasChanged(SharedCountReader count, int value) {
        told.set(value);
      }

      @Override
      public void stateChanged(CuratorFramework client, ConnectionState state) {}
    });
    eventually("both see the seed", () -> one.getCount() == 7 && two.getCount() == 7);
    var seen = two.getVersionedValue();
    check(one.trySetCount(one.getVersionedValue(), 8), "it is the latest");
    eventually("the other is told", () -> told.get() == 8 && two.getCount() == 8);
    check(!two.trySetCount(seen, 9), "another was quicker");
    two.setCount(10);
    eventually("it is seen", () -> one.getCount() == 10);
  }

  private static void distributedQueue(CuratorCases.Given given) throws Exception {
    List<String> wanted = new ArrayList<>();
    BlockingQueue<String> got = new LinkedBlockingQueue<>();
    QueueSerializer<String> serializer = new QueueSerializer<>() {
      @Override
      public byte[] serialize(String item) {
        return bytes(item);
      }

      @Override
      public String deserialize(byte[] data) {
        return text(data);
      }
    };
    QueueConsumer<String> consumer = new QueueConsumer<>() {
      @Override
      public void consumeMessage(String item) {
        got.add(item);
      }

      @Override
      public void stateChanged(CuratorFramework client, ConnectionState state) {}
    };
    DistributedQueue<String> in =
        given.closed(QueueBuilder.builder(given.client(), null, serializer, given.root).buildQueue());
    in.start();
    for (int i = 0; i < 50; ++i) {
      wanted.add("item " + i);
      in.put(wanted.get(i));
    }
    check(in.flushPuts(20, TimeUnit.SECONDS), "all are stored");
    DistributedQueue<String> out =
        given.closed(QueueBuilder.builder(given.client(), consumer, serializer, given.root).buildQueue());
    out.start();
    for (String item : wanted) equal(item, got.poll(20, TimeUnit.SECONDS));
  }
}
