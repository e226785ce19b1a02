"""zkCli, Apache's own Java client and shell, from a script."""

import re
import subprocess

from case import case, equal
from program import JARS


def run(given, commands):
    """What the shell prints, without the log."""
    assert given.programs["apache"], "the shell comes with it"
    line = ["java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp",
            f"{JARS}/zookeeper.jar:{JARS}/slf4j-nop.jar", "org.apache.zookeeper.ZooKeeperMain", "-server",
            given.servers.hosts]
    done = subprocess.run(line, input="\n".join([*commands, "quit", ""]), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60)
    assert "state:SyncConnected" in done.stdout, done.stdout
    return done.stdout


def in_order(text, *patterns):
    """Each pattern matches a whole line, behind the one before."""
    at = 0
    for pattern in patterns:
        found = re.compile(f"^{pattern}$", re.MULTILINE).search(text, at)
        assert found, f"no line {pattern!r} from here: {text[at:]}"
        at = found.end()


@case(quick=True)
def nodes(given):
    root = given.root
    text = run(given, [f"create {root} data", f"get -s {root}", f"set {root} longer", f"stat {root}", "ls /",
                       f"create -s {root}/s- x", f"create -e {root}/e", f"ls -s {root}", f"ls -R {root}",
                       f"delete {root}/e", f"deleteall {root}", f"get {root}", "nonsense"])
    in_order(text, f"Created {root}", "data", "cZxid = 0x[0-9a-f]+", "dataVersion = 0", "ephemeralOwner = 0x0",
             "dataLength = 4", "dataVersion = 1", "dataLength = 6", r"\[.*zookeeper.*\]",
             f"Created {root}/s-0000000000", f"Created {root}/e",
             r"\[e, s-0000000000\]", "cversion = 2", "numChildren = 2", root, f"{root}/e", f"{root}/s-0000000000",
             f"Node does not exist: {root}", "Command not found: Command not found nonsense")


@case(quick=True)
def refusals(given):
    root = given.root
    text = run(given, [f"create {root}", f"create {root}", f"create {root}/a", f"delete {root}", f"set -v 7 {root} x",
                       f"delete -v 7 {root}/a", f"create {root}/x/y", "create relative", f"create {root}/"])
    in_order(text, f"Node already exists: {root}", f"Node not empty: {root}", f"version No is not valid : {root}",
             f"version No is not valid : {root}/a", f"Node does not exist: {root}/x/y",
             "Path must start with / character", "Path must not end with / character")


@case(quick=True)
def permissions(given):
    root = given.root
    text = run(given, [f"create {root}", f"getAcl {root}", "addauth digest user:secret", "whoami",
                       f"setAcl {root} auth::rwa", f"getAcl -s {root}", f"create {root}/a"])
    in_order(text, "'world,'anyone", ": cdrwa", "Auth scheme: User", "'digest,'user:[A-Za-z0-9+/=]+", ": rwa",
             "aclVersion = 1", f"Insufficient permission : {root}/a")
    assert "ip: 127.0.0.1\n" in text and "digest: user\n" in text, text


@case(quick=True)
def counting(given):
    root = given.root
    text = run(given, [f"create {root}", f"create {root}/a", f"create -e {root}/a-e", f"getAllChildrenNumber {root}",
                       f"getEphemerals {root}", f"sync {root}", "version"])
    in_order(text, "2", rf"\[{root}/a-e\]", "Sync is OK", "ZooKeeper CLI version: 3.8.0.*")


@case(quick=True)
def one_shot_watches(given):
    root = given.root
    text = run(given, [f"create {root}", f"get -w {root}", f"set {root} x", f"ls -w {root}", f"create {root}/a",
                       f"stat -w {root}/b", f"create {root}/b", f"sync {root}"])
    for event in (f"NodeDataChanged path:{root}", f"NodeChildrenChanged path:{root}", f"NodeCreated path:{root}/b"):
        assert f"WatchedEvent state:SyncConnected type:{event}" in text, (event, text)


@case(quick=True)
def persistent_watches(given):
    root = given.root
    text = run(given, [f"create {root}", f"addWatch -m PERSISTENT {root}", f"set {root} x", f"set {root} y",
                       f"sync {root}", f"removewatches {root}", f"set {root} z", f"sync {root}"])
    equal(text.count(f"type:NodeDataChanged path:{root}"), 2, text)
    assert "KeeperErrorCode" not in text, text


@case(quick=True)
def containers(given):
    root = given.root
    text = run(given, [f"create -c {root}", f"create {root}/a", f"stat {root}", f"create -t 1000 {root}/ttl"])
    in_order(text, f"Created {root}", f"Created {root}/a", "ephemeralOwner = 0x0",
             f"KeeperErrorCode = Unimplemented for {root}/ttl")


@case(quick=True)
def quotas(given):
    root = given.root
    text = run(given, [f"create {root} 12345", f"setquota -n 10 {root}", f"create {root}/a 678", f"listquota {root}",
                       f"delquota {root}", f"listquota {root}"])
    in_order(text, "Output quota for .* count=10,bytes=-1.*", "Output stat for .* count=2,bytes=8",
             f"quota for {root} does not exist.")


@case(quick=True)
def reconfiguration(given):
    in_order(run(given, ["reconfig -remove 9"]), "KeeperErrorCode = Reconfig is disabled")


@case(on=("ensemble",))
def configuration(given):
    text = run(given, ["config"])
    in_order(text, r"server\.1=127\.0\.0\.1:\d+:\d+:participant", r"server\.3=.*", "version=[0-9a-f]+")
