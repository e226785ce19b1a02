#!/usr/bin/python3
"""Vivarium against Debian's Apache ZooKeeper in the same run: both are started in turn on the same disk, with the same
configuration, both sync every commit, and get the same load from bench/load.cc over loopback. Prints throughput, latency, CPU per
operation of the servers' processes, fdatasyncs, memory and start-up, then the ratios beside what we aim at."""

import argparse
import os
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path[:0] = [HERE, os.path.join(HERE, "../../tests/interop")]

import contestants  # noqa: E402
import table  # noqa: E402
from probe import sync_latencies  # noqa: E402
from trial import KEYS_OF_FILL, WRITES, Case, Trial  # noqa: E402

NAMES = {1: "standalone", 3: "three servers"}


def arguments():
    parser = argparse.ArgumentParser(prog="./dev bench server", description=__doc__)
    parser.add_argument("--vivariumd", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--load", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--c-client", default="", help=argparse.SUPPRESS)
    parser.add_argument("--quick", action="store_true", help="about two minutes: one repeat, 100 B, no million of znodes")
    parser.add_argument("--servers", default="1,3", help="how many servers there are, 1 and 3 in turn unless told")
    parser.add_argument("--loads", default="read,write,mixed", help="mixed: one write to nine reads")
    parser.add_argument("--shapes", help="connections x requests outstanding on each: 1x1,1x100,10x10")
    parser.add_argument("--bytes", help="of data: 100,1024")
    parser.add_argument("--repeat", type=int, help="medians of so many runs: 3")
    parser.add_argument("--seconds", type=float, default=2.0, help="that each case is measured")
    parser.add_argument("--warm-up", type=int, default=100_000, help="operations after a start, half of them writes")
    parser.add_argument("--znodes", type=int, help="for the memory per znode: a million; 0: leave it out")
    parser.add_argument("--java-options", default="-Xmx1000m", help="of Apache's JVM")
    parser.add_argument("--real-time", action="store_true", help="servers and load before everybody else, who would be "
                        "measured too: what others run on this machine shows as latency in steps of the kernel's tick")
    parser.add_argument("--cores", help="run all of it on these: 0,1")
    parser.add_argument("--dir", default="", help="where the servers' data lives meanwhile: on the disk to be measured")
    return with_defaults(parser.parse_args())


def with_defaults(options):
    quick = options.quick
    options.shapes = options.shapes or ("1x1,1x100" if quick else "1x1,1x100,10x10")
    options.bytes = options.bytes or ("100" if quick else "100,1024")
    options.repeat = options.repeat or (1 if quick else 3)
    options.c_client = "" if quick or not os.access(options.c_client, os.X_OK) else options.c_client
    options.znodes = options.znodes if options.znodes is not None else (0 if quick else 1_000_000)
    return options


def cases_of(options):
    shapes = [tuple(map(int, shape.split("x"))) for shape in options.shapes.split(",")]
    return [Case(load, connections, outstanding, size) for load in options.loads.split(",") if load in WRITES
            for connections, outstanding in shapes for size in map(int, options.bytes.split(","))]


def take_cores(options):
    """For this process, and so for all that it starts."""
    if options.cores:
        os.sched_setaffinity(0, {int(core) for core in options.cores.split(",")})
    if options.real_time:
        try:
            os.sched_setscheduler(0, os.SCHED_RR, os.sched_param(1))
        except PermissionError:
            sys.exit("bench server: --real-time needs root, or CAP_SYS_NICE.")


def say(what):
    print(f"bench server: {what}", file=sys.stderr, flush=True)


def run_topology(programs, count, cases, options, directory):
    """{program's name: [figures of each repeat]}, in turn."""
    trials = {name: [] for name in programs}
    for repeat in range(options.repeat):
        for name, program in programs.items():
            say(f"{NAMES.get(count, f'{count} servers')}, {name}, {repeat + 1} of {options.repeat}")
            place = os.path.join(directory, f"{name}-{count}-{repeat}")
            trials[name].append(Trial(program, count, place, options).run(cases))
    return trials


def run_fills(programs, options, directory):
    fills = {}
    for name, program in programs.items():
        say(f"{options.znodes} znodes, {name}")
        fills[name] = Trial(program, 1, os.path.join(directory, f"{name}-fill"), options, KEYS_OF_FILL).run_fill()
    return fills


def main():
    options = arguments()
    programs = contestants.both(options)
    cases = cases_of(options)
    take_cores(options)
    with tempfile.TemporaryDirectory(prefix="bench-server-", dir=options.dir or None) as directory:
        print(f"Apache ZooKeeper {programs['apache'].version()}, java {options.java_options}, {len(os.sched_getaffinity(0))} "
              f"cores{', real-time priority' if options.real_time else ''}\n")
        latencies, sync_cpu_ns = sync_latencies(directory)
        for count in map(int, options.servers.split(",")):
            trials = run_topology(programs, count, cases, options, directory)
            fills = run_fills(programs, options, directory) if count == 1 and options.znodes else {}
            print(f"## {NAMES.get(count, f'{count} servers')}\n")
            table.print_figures(trials, cases)
            table.print_ratios(trials, cases)
            table.print_c_client(trials)
            table.print_servers(trials, fills)
            if count == 1:
                table.print_disk(trials, cases, latencies, sync_cpu_ns)
    return 0


if __name__ == "__main__":
    sys.exit(main())
