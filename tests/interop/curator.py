"""Apache Curator 5.4: its framework and its recipes (curator/*.java)."""

import functools
import glob
import os
import shutil

import foreign
from program import JARS

NEEDED = ["curator-client", "curator-framework", "curator-recipes", "guava", "zookeeper", "zookeeper-jute",
          "slf4j-simple"]


@functools.lru_cache(maxsize=1)
def command():
    foreign.need(shutil.which("javac"), "javac", "Debian: default-jdk-headless")
    jars = [f"{JARS}/{name}.jar" for name in NEEDED]
    foreign.need(all(map(os.path.exists, jars)), "Curator", "Debian: libcurator-recipes-java")
    classes = os.path.join(foreign.workshop(), "curator")
    sources = glob.glob(os.path.join(foreign.HERE, "curator", "*.java"))
    foreign.build(["javac", "-d", classes, "-cp", ":".join(jars), *sources])
    return ["java", "-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", ":".join([classes, *jars]), "CuratorCases"]


foreign.Client(__name__, command, [
    "operations", "errors", "modes", "protection", "background", "transactions", "transactions_that_fail", "acls",
    "watchers", "namespace", "compression",
    "mutex_excludes", "mutex_of_a_lost_client_is_free", "read_write_lock", "semaphore_admits_so_many",
    "semaphore_mutex_excludes", "multi_lock", "leader_latch", "leader_latch_after_expiry", "leader_selector",
    "barrier", "double_barrier", "atomic_long",
    "node_cache", "path_children_cache", "tree_cache", "curator_cache", "persistent_watcher", "persistent_node",
    "persistent_node_after_expiry", "group_member", "shared_count", "distributed_queue",
], disturbed=["reconnects", "curator_cache_after_a_restart"])
