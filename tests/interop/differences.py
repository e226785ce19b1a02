"""Where Vivarium and Debian's Apache ZooKeeper 3.8.0 are known to answer differently, each with its reason; and what is
skipped for one of them. A difference that is not listed here is a failure."""

from collections import namedtuple

Row = namedtuple("Row", "vivarium apache why")

ROWS = {
    "version": Row("3.9.5", "3.8.0", "Vivarium behaves as ZooKeeper 3.9.5"),
    "zxid of an event": Row("transaction", "none", "ZOOKEEPER-4655, since 3.9.0: an event carries its transaction's zxid"),
    "events beside a persistent watch": Row(3, 1, "ZOOKEEPER-4466, since 3.9.0: modes coexist on one path"),
    "type of create2's result in a multi": Row(15, 1, "since 3.9 it answers with a stat"),
    "error of exists without READ": Row(-102, 0, "ZOOKEEPER-2590, since 3.8.4 and 3.9.2: exists needs READ"),
}

# {(program, case): reason}; the case may end in * for all that begin so.
SKIPPED = {
    ("apache", "opcodes.check_alone"): "ZOOKEEPER-2623, fixed since: 3.8.0 lets the caller wait until its session expires",
}


def reason_to_skip(program, topology, name):
    full = f"{topology}/{name}"
    for (skipped_program, pattern), why in SKIPPED.items():
        fits = full.startswith(pattern[:-1]) if pattern.endswith("*") else pattern in (full, name)
        if skipped_program == program and fits:
            return why
    return None
