"""A program against libzookeeper_mt (c_mt/cases.c); its shell is in c_client.py."""

import functools
import os
import shutil

import foreign


@functools.lru_cache(maxsize=1)
def command():
    compiler = shutil.which("gcc") or shutil.which("cc")
    foreign.need(compiler, "a C compiler", "Debian: gcc")
    foreign.need(os.path.exists("/usr/include/zookeeper/zookeeper.h"), "libzookeeper_mt", "Debian: libzookeeper-mt-dev")
    program = os.path.join(foreign.workshop(), "c-cases")
    foreign.build([compiler, "-std=gnu11", "-O1", "-Wall", "-Wextra", "-DTHREADED", "-o", program,
                   os.path.join(foreign.HERE, "c_mt", "cases.c"), "-lzookeeper_mt", "-lpthread"])
    return [program]


foreign.Client(__name__, command, [
    "operations", "errors", "sequential", "children", "ephemerals", "multi", "multi_that_fails", "asynchronous",
    "asynchronous_multi", "acls", "watches", "removed_watches", "containers", "a_session_is_taken_up_again",
    "a_session_that_is_not_known_is_expired",
], disturbed=["reconnects"])
