import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.framework.api.CuratorEvent;
import org.apache.curator.framework.api.transaction.CuratorOp;
import org.apache.curator.framework.state.ConnectionState;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.WatchedEvent;
import org.apache.zookeeper.Watcher.Event.EventType;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.data.ACL;
import org.apache.zookeeper.data.Id;
import org.apache.zookeeper.data.Stat;
import org.apache.zookeeper.server.auth.DigestAuthenticationProvider;

/** The framework itself: what every recipe is made of. */
final class Operations extends Checks {
  static void register(Map<String, CuratorCases.Body> cases) {
    cases.put("operations", Operations::operations);
    cases.put("errors", Operations::errors);
    cases.put("modes", Operations::modes);
    cases.put("protection", Operations::protection);
    cases.put("background", Operations::background);
    cases.put("transactions", Operations::transactions);
    cases.put("transactions_that_fail", Operations::failingTransactions);
    cases.put("acls", Operations::acls);
    cases.put("watchers", Operations::watchers);
    cases.put("namespace", Operations::namespace);
    cases.put("compression", Operations::compression);
    cases.put("reconnects", Operations::reconnects);
  }

  private static void operations(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client();
    String path = client.create().creatingParentsIfNeeded().forPath(given.root + "/a/b", bytes("one"));
    equal(given.root + "/a/b", path);
    Stat stat = new Stat();
    equal("one", text(client.getData().storingStatIn(stat).forPath(path)));
    equal(0, stat.getVersion());
    equal(stat, client.checkExists().forPath(path));
    equal(1, client.setData().withVersion(0).forPath(path, bytes("two")).getVersion());
    equal("two", text(client.getData().forPath(path)));
    equal(List.of("b"), client.getChildren().forPath(given.root + "/a"));
    Stat created = new Stat();
    client.create().storingStatIn(created).forPath(given.root + "/c", bytes("x"));
    equal(created, client.checkExists().forPath(given.root + "/c"));
    client.create().orSetData().forPath(given.root + "/c", bytes("y"));
    equal("y", text(client.getData().forPath(given.root + "/c")));
    client.sync().forPath(given.root);
    client.delete().guaranteed().deletingChildrenIfNeeded().forPath(given.root);
    check(client.checkExists().forPath(given.root) == null, "all of it is deleted");
    client.delete().quietly().forPath(given.root);
  }

  private static void errors(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client();
    String root = client.create().forPath(given.root);
    client.create().forPath(root + "/a");
    raises(KeeperException.NodeExistsException.class, () -> client.create().forPath(root));
    raises(KeeperException.NoNodeException.class, () -> client.create().forPath(root + "/x/y"));
    raises(KeeperException.NoNodeException.class, () -> client.getData().forPath(root + "/x"));
    raises(KeeperException.NoNodeException.class, () -> client.getChildren().forPath(root + "/x"));
    raises(KeeperException.NoNodeException.class, () -> client.getACL().forPath(root + "/x"));
    raises(KeeperException.NotEmptyException.class, () -> client.delete().forPath(root));
    raises(KeeperException.BadVersionException.class, () -> client.setData().withVersion(3).forPath(root));
    raises(KeeperException.BadVersionException.class, () -> client.delete().withVersion(3).forPath(root + "/a"));
    client.create().withMode(CreateMode.EPHEMERAL).forPath(root + "/e");
    raises(KeeperException.NoChildrenForEphemeralsException.class, () -> client.create().forPath(root + "/e/x"));
  }

  private static void modes(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), other = given.client();
    String root = client.create().creatingParentContainersIfNeeded().forPath(given.root);
    equal(root + "/s-0000000000", client.create().withMode(CreateMode.PERSISTENT_SEQUENTIAL).forPath(root + "/s-"));
    equal(root + "/s-0000000001", client.create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath(root + "/s-"));
    long owner = client.getZookeeperClient().getZooKeeper().getSessionId();
    equal(owner, client.checkExists().forPath(root + "/s-0000000001").getEphemeralOwner());
    client.close();
    eventually("the ephemeral goes", () -> other.checkExists().forPath(root + "/s-0000000001") == null);
    check(other.checkExists().forPath(root + "/s-0000000000") != null, "the other stays");
  }

  private static void protection(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client();
    String path = client.create().creatingParentsIfNeeded().withProtection().withMode(CreateMode.EPHEMERAL_SEQUENTIAL)
        .forPath(given.root + "/p-");
    check(path.matches(".*/_c_[-0-9a-f]{36}-p-0000000000"), path);
  }

  private static void background(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client();
    client.create().forPath(given.root);
    BlockingQueue<CuratorEvent> events = new LinkedBlockingQueue<>();
    for (int i = 0; i < 200; ++i) {
      client.create().inBackground((of, event) -> events.add(event)).forPath(given.root + "/" + i, bytes("" + i));
    }
    for (int i = 0; i < 200; ++i) {
      CuratorEvent event = events.poll(20, TimeUnit.SECONDS);
      equal(given.root + "/" + i, event.getPath());
      equal(0, event.getResultCode());
    }
    client.getChildren().inBackground((of, event) -> events.add(event)).forPath(given.root);
    equal(200, events.poll(20, TimeUnit.SECONDS).getChildren().size());
    client.setData().inBackground((of, event) -> events.add(event)).forPath(given.root + "/none");
    equal(KeeperException.Code.NONODE.intValue(), events.poll(20, TimeUnit.SECONDS).getResultCode());
  }

  private static void transactions(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client();
    String root = client.create().forPath(given.root);
    CuratorOp check = client.transactionOp().check().withVersion(0).forPath(root);
    CuratorOp create = client.transactionOp().create().forPath(root + "/a", bytes("one"));
    CuratorOp named = client.transactionOp().create().withMode(CreateMode.EPHEMERAL_SEQUENTIAL).forPath(root + "/s-");
    CuratorOp set = client.transactionOp().setData().withVersion(0).forPath(root + "/a", bytes("two"));
    CuratorOp gone = client.transactionOp().create().forPath(root + "/gone");
    CuratorOp delete = client.transactionOp().delete().forPath(root + "/gone");
    var results = client.transaction().forOperations(check, create, named, set, gone, delete);
    equal(6, results.size());
    equal(root + "/s-0000000001", results.get(2).getResultPath());
    equal(1, results.get(3).getResultStat().getVersion());
    equal("two", text(client.getData().forPath(root + "/a")));
    check(client.checkExists().forPath(root + "/gone") == null, "it is deleted");
    equal(client.checkExists().forPath(root + "/a").getCzxid(), client.checkExists().forPath(root + "/a").getMzxid());
  }

  private static void failingTransactions(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client();
    String root = client.create().forPath(given.root);
    CuratorOp create = client.transactionOp().create().forPath(root + "/a");
    CuratorOp fails = client.transactionOp().setData().withVersion(7).forPath(root, bytes("x"));
    CuratorOp later = client.transactionOp().create().forPath(root + "/b");
    var failure = raises(KeeperException.BadVersionException.class,
        () -> client.transaction().forOperations(create, fails, later));
    equal(3, failure.getResults().size());
    equal(List.of(), client.getChildren().forPath(root));
  }

  private static void acls(CuratorCases.Given given) throws Exception {
    CuratorFramework owner = given.client(CuratorFrameworkFactory.builder().authorization("digest", bytes("user:secret")));
    CuratorFramework stranger = given.client();
    Id user = new Id("digest", DigestAuthenticationProvider.generateDigest("user:secret"));
    List<ACL> mine = List.of(new ACL(ZooDefs.Perms.ALL, user));
    owner.create().withACL(ZooDefs.Ids.CREATOR_ALL_ACL).forPath(given.root, bytes("hidden"));
    equal(mine, owner.getACL().forPath(given.root));
    equal("hidden", text(owner.getData().forPath(given.root)));
    raises(KeeperException.NoAuthException.class, () -> stranger.getData().forPath(given.root));
    raises(KeeperException.NoAuthException.class, () -> stranger.setData().forPath(given.root, bytes("x")));
    raises(KeeperException.NoAuthException.class, () -> stranger.create().forPath(given.root + "/x"));
    equal(1, owner.setACL().withVersion(0).withACL(ZooDefs.Ids.READ_ACL_UNSAFE).forPath(given.root).getAversion());
    stranger.sync().forPath(given.root);
    equal("hidden", text(stranger.getData().forPath(given.root)));
    raises(KeeperException.NoAuthException.class, () -> stranger.setData().forPath(given.root, bytes("x")));
  }

  private static void watchers(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), other = given.client();
    BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
    org.apache.curator.framework.api.CuratorWatcher watcher = events::add;
    client.checkExists().usingWatcher(watcher).forPath(given.root);
    other.create().forPath(given.root);
    told(events, EventType.NodeCreated, given.root);
    client.getData().usingWatcher(watcher).forPath(given.root);
    other.setData().forPath(given.root, bytes("x"));
    other.setData().forPath(given.root, bytes("y"));
    told(events, EventType.NodeDataChanged, given.root);
    client.getChildren().usingWatcher(watcher).forPath(given.root);
    other.create().forPath(given.root + "/a");
    told(events, EventType.NodeChildrenChanged, given.root);
    client.getData().usingWatcher(watcher).forPath(given.root + "/a");
    other.delete().forPath(given.root + "/a");
    told(events, EventType.NodeDeleted, given.root + "/a");
    client.sync().forPath(given.root);
    check(events.isEmpty(), "each fires once: " + events);
  }

  private static void told(BlockingQueue<WatchedEvent> events, EventType type, String path) throws Exception {
    WatchedEvent event = events.poll(15, TimeUnit.SECONDS);
    check(event != null, "no " + type);
    equal(type, event.getType());
    equal(path, event.getPath());
  }

  private static void namespace(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client(), inner = client.usingNamespace(given.root.substring(1));
    equal("/a", inner.create().forPath("/a"));
    check(client.checkExists().forPath(given.root + "/a") != null, "it stands below the namespace");
    equal(List.of("a"), inner.getChildren().forPath("/"));
  }

  private static void compression(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client();
    byte[] large = new byte[2_000_000];  // more than a frame may hold
    client.create().compressed().forPath(given.root, large);
    equal(large.length, client.getData().decompressed().forPath(given.root).length);
    check(client.checkExists().forPath(given.root).getDataLength() < 10000, "it is stored small");
  }

  private static void reconnects(CuratorCases.Given given) throws Exception {
    CuratorFramework client = given.client();
    CountDownLatch back = new CountDownLatch(1);
    client.getConnectionStateListenable().addListener((of, state) -> {
      if (state == ConnectionState.RECONNECTED) back.countDown();
    });
    client.create().withMode(CreateMode.EPHEMERAL).forPath(given.root, bytes("mine"));
    BlockingQueue<WatchedEvent> events = new LinkedBlockingQueue<>();
    org.apache.curator.framework.api.CuratorWatcher watcher = event -> {
      if (event.getType() != EventType.None) events.add(event);
    };
    client.getData().usingWatcher(watcher).forPath(given.root);
    long session = client.getZookeeperClient().getZooKeeper().getSessionId();
    given.waitForServers();
    check(back.await(30, TimeUnit.SECONDS), "it reconnects");
    equal(session, client.getZookeeperClient().getZooKeeper().getSessionId());
    equal("mine", text(client.getData().forPath(given.root)));
    client.setData().forPath(given.root, bytes("x"));
    told(events, EventType.NodeDataChanged, given.root);
  }
}
