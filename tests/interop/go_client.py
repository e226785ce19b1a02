"""samuel's Go client (go/cases.go)."""

import functools
import os
import shutil

import foreign

PACKAGES = "/usr/share/gocode"


@functools.lru_cache(maxsize=1)
def command():
    foreign.need(shutil.which("go"), "go", "Debian: golang-go")
    foreign.need(os.path.isdir(f"{PACKAGES}/src/github.com/samuel/go-zookeeper"), "samuel's Go client",
                 "Debian: golang-github-samuel-go-zookeeper-dev")
    program = os.path.join(foreign.workshop(), "go-cases")
    environment = dict(os.environ, GO111MODULE="off", GOPATH=PACKAGES, CGO_ENABLED="0", GOFLAGS="")
    foreign.build(["go", "build", "-o", program, os.path.join(foreign.HERE, "go", "cases.go")], env=environment)
    return [program]


foreign.Client(__name__, command, [
    "operations", "errors", "sequential", "ephemerals", "protected", "children", "large_data", "multi",
    "multi_that_fails", "acls", "watches", "sync", "pipelined", "lock_excludes", "lock_of_a_lost_client_is_free",
    "words",
], disturbed=["reconnects", "acknowledged_writes_stay"])
