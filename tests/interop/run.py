#!/usr/bin/python3
"""Runs every case against Vivarium and against Debian's Apache ZooKeeper, with the same expectations, and prints both
side by side. Exit codes: 0 as it should be, 1 not so, 77 skipped (the reason stands in the output)."""

import argparse
import importlib
import logging
import os
import sys
import tempfile
import warnings

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(HERE, "ensemble")]

SKIPPED = 77
CASE_FILES = ["operations", "transactions", "acls", "watches", "sessions", "recipes", "limits", "frames", "opcodes",
              "words", "expiring", "quotas", "disk", "disk_full", "cut_files", "hostile", "shell", "c_client",
              "c_library", "kazoo_own", "curator", "go_client", "node_client", "chaos", "mixed", "snap"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--vivariumd", required=True, help="the server under test")
    parser.add_argument("--vivarium", help="the program whose `check` judges histories")
    parser.add_argument("--only", default="", help="cases whose topology/file.name contains one of these")
    parser.add_argument("--programs", default="vivarium,apache")
    parser.add_argument("--quick", action="store_true", help="standalone servers and the quick cases")
    parser.add_argument("--keep", action="store_true", help="keep the directories of failed cases")
    parser.add_argument("--list", action="store_true", help="list the cases and end")
    return parser.parse_args()


def skip_all(reason):
    """As gtest tells it, which ./dev test reads."""
    print(f"interop: Skipped\n{reason}\n[  SKIPPED ] interop", flush=True)
    sys.exit(SKIPPED)


def available(options):
    """{name: program} of those that can be run here; another one's case is skipped."""
    from case import Programs
    from program import Apache, Vivarium
    found = Programs()
    for program in (Vivarium(options.vivariumd), Apache()):
        missing = program.missing()
        if missing and program.name == "vivarium":
            sys.exit(f"interop: {missing}")
        if missing:
            print(f"interop: {program.name} is left out: {missing}", file=sys.stderr)
        else:
            found[program.name] = program
    return found


def selected(options, topology):
    from case import CASES
    words = [word for word in options.only.split(",") if word]
    return [one for one in CASES if topology in one.on and (one.quick or not options.quick) and
            (not words or any(word in f"{topology}/{one.name}" for word in words))]


class Runs:
    """Every case of one program."""

    def __init__(self, programs, program, options, directory):
        self.programs = programs
        self.program, self.options, self.directory = program, options, directory
        self.outcomes = {}

    def run(self):
        topologies = ["standalone", "own"] if self.options.quick else ["standalone", "ensemble", "own"]
        for topology in topologies:
            cases = selected(self.options, topology)
            if cases:
                self.run_topology(topology, cases)
        return self.outcomes

    def run_topology(self, topology, cases):
        import case
        from servers import Servers
        servers = None
        if topology != "own":
            count = 1 if topology == "standalone" else 3
            servers = Servers([self.program] * count, os.path.join(self.directory, self.program.name, topology)).start()
        try:
            for one in cases:
                self.tell(f"{topology}/{one.name}", self.run_case(case, one, servers, topology))
        finally:
            if servers:
                servers.stop()

    def run_case(self, case, one, servers, topology):
        from differences import reason_to_skip
        reason = reason_to_skip(self.program.name, one.name)
        if reason:
            return case.Outcome("skipped", reason)
        outcome = case.run(one, self.program, self.programs, servers, topology, self.options.keep)
        if outcome.word == "failed" and self.program.name == "apache":  # its own races are not ours to judge: once more
            print(f"apache: {topology}/{one.name} failed at first\n{outcome.why}", flush=True)
            outcome = case.run(one.again(), self.program, self.programs, servers, topology, self.options.keep)
        return outcome

    def tell(self, name, outcome):
        self.outcomes[name] = outcome
        print(f"{self.program.name:9} {outcome.word:8} {outcome.seconds:6.1f} s  {name}{inside(outcome)}", flush=True)
        if outcome.word == "failed":
            print(outcome.why, flush=True)


def inside(outcome):
    return ": {} passed, {} skipped inside".format(*outcome.inside) if outcome.inside else ""


def main():
    options = arguments()
    logging.disable(logging.CRITICAL)  # kazoo's: it loses its connection on purpose here
    warnings.simplefilter("ignore")
    try:
        importlib.import_module("kazoo")
    except ImportError:
        skip_all("kazoo is not installed for /usr/bin/python3 (Debian: python3-kazoo)")
    for name in CASE_FILES:
        importlib.import_module(name)
    if options.list:
        from case import CASES
        print("\n".join(f"{topology}/{one.name}" for one in CASES for topology in one.on))
        return 0
    os.environ["INTEROP_CHECKER"] = os.path.abspath(options.vivarium) if options.vivarium else ""
    programs = available(options)
    with tempfile.TemporaryDirectory(prefix="interop-") as directory:
        outcomes = {name: Runs(programs, program, options, directory).run() for name, program in programs.items()
                    if name in options.programs.split(",")}
    import report
    return report.tell(outcomes)


if __name__ == "__main__":
    sys.exit(main())
