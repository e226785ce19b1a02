import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.ExponentialBackoffRetry;
import org.apache.zookeeper.ZooKeeper;

/**
 * Curator against a server, {@code CuratorCases HOSTS}: reads the names of cases, runs each, prints one line for it
 * (../foreign.py says how).
 */
public final class CuratorCases extends Checks {
  interface Body {
    void run(Given given) throws Exception;
  }

  /** A case's node and its clients, closed behind it. */
  static final class Given implements AutoCloseable {
    final String hosts, name, root;
    private final List<AutoCloseable> closers = new ArrayList<>();

    Given(String hosts, String name) {
      this.hosts = hosts;
      this.name = name;
      this.root = "/curator-" + name;
    }

    CuratorFramework client() throws Exception {
      return client(CuratorFrameworkFactory.builder());
    }

    CuratorFramework client(CuratorFrameworkFactory.Builder builder) throws Exception {
      CuratorFramework client = builder.connectString(hosts).sessionTimeoutMs(10000).connectionTimeoutMs(10000)
          .retryPolicy(new ExponentialBackoffRetry(20, 29, 500)).build();
      closers.add(client);
      client.start();
      check(client.blockUntilConnected(20, java.util.concurrent.TimeUnit.SECONDS), "it connects");
      return client;
    }

    <T extends AutoCloseable> T closed(T one) {
      closers.add(one);
      return one;
    }

    /** The servers are being dealt with; goes on when they are. */
    void waitForServers() throws Exception {
      System.out.println(name + " waiting");
      if (INPUT.readLine() == null) throw new AssertionError("nobody answered");
    }

    @Override
    public void close() {
      for (int i = closers.size() - 1; i >= 0; --i) {
        try {
          closers.get(i).close();
        } catch (Exception ended) {
          // already closed by its case
        }
      }
    }
  }

  private static final BufferedReader INPUT = new BufferedReader(new InputStreamReader(System.in));
  static final Map<String, Body> CASES = new LinkedHashMap<>();

  public static void main(String[] arguments) throws Exception {
    Operations.register(CASES);
    Locks.register(CASES);
    Caches.register(CASES);
    System.out.println("cases " + String.join(" ", CASES.keySet()));
    for (String name; (name = INPUT.readLine()) != null;) {
      System.out.println(name + " " + run(arguments[0], name));
    }
    System.exit(0);  // Curator leaves threads behind
  }

  private static String run(String hosts, String name) {
    Body body = CASES.get(name);
    if (body == null) return "failed: there is no such case";
    try (Given given = new Given(hosts, name)) {
      body.run(given);
      return "passed";
    } catch (Throwable failure) {
      StringBuilder told = new StringBuilder("failed: " + failure);
      for (StackTraceElement at : failure.getStackTrace()) {
        if (at.getModuleName() == null) told.append(" | ").append(at);
      }
      return told.toString().replace('\n', ' ');
    }
  }

  /** Ends its session as a second owner of it, so that the client meets SessionExpired. */
  static void expire(Given given, CuratorFramework client) throws Exception {
    ZooKeeper mine = client.getZookeeperClient().getZooKeeper();
    var connected = new java.util.concurrent.CountDownLatch(1);
    ZooKeeper thief = new ZooKeeper(given.hosts, 10000, event -> {
      if (event.getState() == org.apache.zookeeper.Watcher.Event.KeeperState.SyncConnected) connected.countDown();
    }, mine.getSessionId(), mine.getSessionPasswd());
    check(connected.await(20, java.util.concurrent.TimeUnit.SECONDS), "the session moves to another connection");
    thief.close();
  }
}
