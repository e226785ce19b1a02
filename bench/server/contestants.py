"""The two programs, as their operators run them."""

import os
import shutil
import subprocess
import sys

import program  # tests/interop

MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain"


class Vivarium(program.Vivarium):
    pass


class Apache(program.Apache):
    """With the JVM as it comes, and the heap of upstream's zkServer.sh. The interop tests' own is tuned to start quickly, which
    would cost it throughput here."""

    def __init__(self, java_options):
        self.java_options = java_options.split()

    def command(self, cfg):
        jars = f"{program.JARS}/zookeeper.jar:{program.JARS}/slf4j-simple.jar"
        return ["java", *self.java_options, "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn", "-cp", jars, MAIN, cfg]

    def version(self):
        if shutil.which("dpkg-query"):
            told = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "libzookeeper-java"], capture_output=True, text=True)
            if told.returncode == 0:
                return told.stdout
        return os.path.basename(os.path.realpath(f"{program.JARS}/zookeeper.jar"))


def both(options):
    """{name: program}, or the end with a sentence that says what is missing."""
    found = {one.name: one for one in (Apache(options.java_options), Vivarium(options.vivariumd))}
    for one in found.values():
        missing = one.missing()
        if missing:
            sys.exit(f"bench server: {missing}.")
    return found
