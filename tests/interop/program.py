"""The two programs under test: how each is started from the same zoo.cfg."""

import os
import shutil

JARS = "/usr/share/java"


class Vivarium:
    name = "vivarium"

    def __init__(self, binary):
        self.binary = os.path.abspath(binary)

    def command(self, cfg):
        return [self.binary, cfg]

    def missing(self):
        return None if os.access(self.binary, os.X_OK) else f"{self.binary} is not there: build vivariumd"


class Apache:
    name = "apache"

    def command(self, cfg):
        return [*java(), "org.apache.zookeeper.server.quorum.QuorumPeerMain", cfg]

    def missing(self):
        if not shutil.which("java"):
            return "java is not installed (Debian: default-jre-headless)"
        there = os.path.exists(f"{JARS}/zookeeper.jar")
        return None if there else "Apache ZooKeeper is not installed (Debian: zookeeper)"


def java(heap="256m"):
    """The start of a command line that has Debian's ZooKeeper on its class path, cheap on a small machine."""
    return ["java", f"-Xmx{heap}", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData", "-Xshare:auto",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp",
            f"{JARS}/zookeeper.jar:{JARS}/slf4j-simple.jar"]
