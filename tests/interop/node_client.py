"""npm's node-zookeeper-client (node/cases.js), as ./dev installs it."""

import functools
import os
import shutil

import foreign

MODULE = os.path.join(foreign.HERE, "..", "..", "build", "interop", "node", "node_modules", "node-zookeeper-client")


@functools.lru_cache(maxsize=1)
def command():
    foreign.need(shutil.which("node"), "node", "Debian: nodejs")
    foreign.need(os.path.isdir(MODULE), "node-zookeeper-client", "npm, by ./dev interop")
    return ["node", os.path.join(foreign.HERE, "node", "cases.js")]


foreign.Client(__name__, command, [
    "operations", "errors", "sequential", "ephemerals", "children", "trees", "large_data",
    "pipelined_answers_come_in_order", "transactions", "transactions_that_fail", "acls", "watches", "chroot",
], disturbed=["reconnects"], environment={"INTEROP_NODE_CLIENT": os.path.abspath(MODULE)})
