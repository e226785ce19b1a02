"""Where Vivarium and Debian's Apache ZooKeeper 3.8.0 are known to answer differently, each with its reason; and what is
skipped for one of them. A difference that is not listed here is a failure."""

from collections import namedtuple

Row = namedtuple("Row", "vivarium apache why")

ROWS = {
    "version": Row("3.9.5", "3.8.0", "Vivarium behaves as ZooKeeper 3.9.5"),
    "zxid of an event": Row("transaction", "none",
                           "ZOOKEEPER-4655, since 3.9.0: an event carries its transaction's zxid"),
    "events beside a persistent watch": Row(2, 1, "ZOOKEEPER-4466, since 3.9.0: modes coexist on one path"),
    "type of create2's result in a multi": Row(15, 1, "since 3.9 it answers with a stat"),
    "environment of envi": Row((), ("java.version", "java.home"), "there is no Java to tell of"),
    "error of exists without READ": Row(-102, 0, "ZOOKEEPER-2590, since 3.8.4 and 3.9.2: exists needs READ"),
}

# {program: {reason: cases}}. A feature that is not there yet stands here until it is; the report names all of them.
SKIPPED = {
    "vivarium": {},
    "apache": {
        "it looks for what is left behind once a minute; the interval is a Java system property": [
            "expiring.what_is_left_behind_is_deleted"],
        "what connects while Apache starts is not answered nor hung up (a NullPointerException), and this client waits": [
            "node_client.reconnects_standalone"],
        "ZOOKEEPER-2623, fixed since: 3.8.0 lets the caller wait until its session expires": ["opcodes.check_alone"],
    },
}


def reason_to_skip(program, name):
    return next((why for why, cases in SKIPPED[program].items() if name in cases), None)
