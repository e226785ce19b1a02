"""The figures of both programs side by side, and their ratios beside the aims."""

import statistics

# How many times less CPU per operation, by (load, outstanding in all).
CPU_AIMS = {("read", 1): 8, ("read", 100): 15, ("write", 1): 5, ("write", 100): 10}
P99_AIM = 0.25
P99_AIMED = {("read", 1), ("read", 100), ("write", 100)}
EMPTY_AIM = 0.1
BYTES_PER_ZNODE_AIM = 256
SYNC_AIM_US = 1000
SNAPSHOT_AIM = 2

THROUGH_C_CLIENT = "through_c_client"


def median(trials, pick):
    return statistics.median(pick(trial) for trial in trials)


def of_case(trials, case, *keys, kind="cases"):
    def pick(trial):
        figure = trial[kind][case]
        for key in keys:
            figure = figure[key]
        return figure
    return median(trials, pick)


def number(value):
    """Three digits that count."""
    if value >= 1000:
        return f"{value / 1000:.3g} k" if value < 1_000_000 else f"{value / 1_000_000:.3g} M"
    return f"{value:.3g}"


def rows(lines):
    head, *body = lines
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for line in body:
        print("| " + " | ".join(line) + " |")
    print(flush=True)


def name_of(case):
    shape = f"{case.outstanding}" if case.connections == 1 else f"{case.connections} x {case.outstanding}"
    return f"{case.load}, {shape} outstanding, {case.bytes} B"


def print_figures(trials, cases):
    """trials: {program's name: [what Trial.run gave]}"""
    lines = [["case", "server", "operations/s", "p50 µs", "p99 µs", "CPU µs/operation", "fdatasyncs per 1000 writes"]]
    for case in cases:
        for program, of_program in trials.items():
            writes = of_case(of_program, case, "writes_in_all")
            synced = number(of_case(of_program, case, "syncs") * 1000 / writes) if writes else "-"
            lines.append([name_of(case), program, number(of_case(of_program, case, "throughput")),
                          number(of_case(of_program, case, "all", "p50_ns") / 1000),
                          number(of_case(of_program, case, "all", "p99_ns") / 1000),
                          number(of_case(of_program, case, "cpu_ns") / 1000), synced])
    rows(lines)


def judged(ratio, aim, at_most):
    if aim is None:
        return f"{ratio:.3g}"
    met = ratio <= aim if at_most else ratio >= aim
    return f"{ratio:.3g} (aim {aim:g}{'' if met else ', missed'})"


def print_ratios(trials, cases):
    lines = [["case", "operations/s, ours : Apache's", "CPU per operation, Apache's : ours", "p99, ours : Apache's"]]
    for case in cases:
        kind = (case.load, case.connections * case.outstanding)
        apache, ours = ({key: of_case(trials[name], case, *key.split(".")) for key in ("throughput", "cpu_ns", "all.p99_ns")}
                        for name in ("apache", "vivarium"))
        lines.append([name_of(case), f"{ours['throughput'] / apache['throughput']:.3g}",
                      judged(apache["cpu_ns"] / ours["cpu_ns"], CPU_AIMS.get(kind), False),
                      judged(ours["all.p99_ns"] / apache["all.p99_ns"], P99_AIM if kind in P99_AIMED else None, True)])
    rows(lines)


def print_servers(trials, fills):
    lines = [["a server", *trials, "ours : Apache's"]]
    for what, key, unit, aim in (("ready for the first request, ms", "start_up_ms", 1, None),
                                 ("resident when empty, MB", "empty_bytes", 1e6, EMPTY_AIM),
                                 ("resident after the load, MB", "loaded_bytes", 1e6, None)):
        figures = {name: median(of_program, lambda trial, key=key: trial[key]) / unit for name, of_program in trials.items()}
        lines.append([what, *map(number, figures.values()), judged(figures["vivarium"] / figures["apache"], aim, True)])
    if fills:
        beyond = {name: fill["bytes_per_znode"] for name, fill in fills.items()}
        met = "" if beyond["vivarium"] < BYTES_PER_ZNODE_AIM else ", missed"
        lines.append(["bytes beyond name and data per znode", *map(number, beyond.values()),
                      f"{beyond['vivarium'] / beyond['apache']:.3g} (aim: {BYTES_PER_ZNODE_AIM} bytes{met})"])
        moved = {name: fill["p99_with_snapshot_ns"] / fill["p99_ns"] for name, fill in fills.items()}
        met = "" if moved["vivarium"] < SNAPSHOT_AIM else ", missed"
        lines.append(["p99 of 100 outstanding writes during a snapshot of a million znodes, to that without", *map(number, moved.values()),
                      f"{moved['vivarium'] / moved['apache']:.3g} (aim: ours below {SNAPSHOT_AIM}{met})"])
    rows(lines)


def print_c_client(trials):
    """Its own threads bound the throughput: CPU per operation is what compares."""
    lines = [["through Apache's C client", "operations/s, Apache's", "ours", "CPU per operation, Apache's : ours"]]
    for case in trials["vivarium"][0][THROUGH_C_CLIENT]:
        apache, ours = ({key: of_case(trials[name], case, key, kind=THROUGH_C_CLIENT) for key in ("throughput", "cpu_ns")}
                        for name in ("apache", "vivarium"))
        lines.append([name_of(case), number(apache["throughput"]), number(ours["throughput"]),
                      f"{apache['cpu_ns'] / ours['cpu_ns']:.3g}"])
    if len(lines) > 1:
        rows(lines)


def print_disk(trials, cases, latencies, cpu_ns):
    """A single write against the disk that it waits for, and that its CPU time cannot go below."""
    own = latencies[len(latencies) * 99 // 100] / 1000
    median = latencies[len(latencies) // 2] / 1000
    print(f"The disk's own fdatasync: p50 {number(median)} µs, p99 {number(own)} µs, CPU {number(cpu_ns / 1000)} µs.")
    for case in cases:
        if case.load == "write" and case.connections * case.outstanding == 1:
            beyond = of_case(trials["vivarium"], case, "all", "p99_ns") / 1000 - own
            met = "" if beyond <= SYNC_AIM_US else ", missed"
            print(f"p99 of {name_of(case)}, beyond that: {number(max(beyond, 0))} µs (aim {SYNC_AIM_US}{met}).")
    print(flush=True)
