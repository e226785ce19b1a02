import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/** How the cases say what they expect. */
class Checks {
  static void check(boolean holds, String what) {
    if (!holds) throw new AssertionError(what);
  }

  static void equal(Object wanted, Object got) {
    if (!wanted.equals(got)) throw new AssertionError("got " + got + ", expected " + wanted);
  }

  static <T extends Exception> T raises(Class<T> kind, Callable<?> body) throws Exception {
    try {
      Object got = body.call();
      throw new AssertionError("got " + got + ", expected " + kind.getSimpleName());
    } catch (Exception raised) {
      if (!kind.isInstance(raised)) throw raised;
      return kind.cast(raised);
    }
  }

  static void eventually(String what, Callable<Boolean> holds) throws Exception {
    long deadline = System.nanoTime() + 15_000_000_000L;
    while (!holds.call()) {
      if (System.nanoTime() > deadline) throw new AssertionError("never: " + what);
      Thread.sleep(5);
    }
  }

  /** Runs them at once; the first failure is thrown. */
  static void together(List<Callable<Void>> bodies) throws Exception {
    var pool = Executors.newFixedThreadPool(bodies.size());
    try {
      for (var done : pool.invokeAll(bodies, 60, TimeUnit.SECONDS)) done.get();
    } finally {
      pool.shutdownNow();
    }
  }

  static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }

  static String text(byte[] data) {
    return new String(data, UTF_8);
  }
}
