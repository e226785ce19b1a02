"""Runs: simulated runs of a scenario that is a dict, over many seeds, on all cores; one row (a dict) a run."""

import json
import multiprocessing
import os
import pathlib
import shutil
import subprocess
import tempfile

from .files import BadFile, lines, value
from .traces import read_trace


class RunFailed(RuntimeError):
    """`vivarium` refused the scenario, or a run was not a pass."""


def program():
    """The program: $VIVARIUM, or this tree's release build, or the one on PATH."""
    built = pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "vivarium"
    for candidate in (os.environ.get("VIVARIUM"), built if built.exists() else None, shutil.which("vivarium")):
        if candidate:
            return str(candidate)
    raise RunFailed("there is no vivarium: build it (./dev build release vivarium) or name it in the environment's VIVARIUM")


def run(scenario, seed=1, kinds=None, trace=True):
    """One run of a scenario (a dict, or the path of a file): (result, Trace). `kinds` as in read_trace."""
    with tempfile.TemporaryDirectory(prefix="vivarium-") as folder:
        path, asked = _scenario_file(scenario, folder), []
        if trace:
            asked = ["--trace", f"{folder}/trace.jsonl"]
        result = _call(["run", path, "--seed", str(seed), "--json", *asked])
        _must_pass(result, scenario)
        return result, read_trace(f"{folder}/trace.jsonl", kinds) if trace else None


def sweep(scenario, seeds, jobs=0):
    """The results of many seeds without their traces: `vivarium sweep --json`, one row a seed."""
    first, last = min(seeds), max(seeds)
    with tempfile.TemporaryDirectory(prefix="vivarium-") as folder:
        path = _scenario_file(scenario, folder)
        done = _execute(["sweep", path, "--seeds", f"{first}..{last}", "--jobs", str(jobs), "--json"])
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    rows = [row for row in rows if not row.get("summary") and row["seed"] in seeds]
    for row in rows:
        _must_pass(row, scenario)
    return sorted(rows, key=lambda row: row["seed"])


def read_results(path):
    """What `vivarium sweep --json` printed into a file: (rows, summary)."""
    rows, summary, number = [], None, 0
    for number, text, _ in lines(path):
        row = value(path, number, text)
        if not isinstance(row, dict) or row.get("schema_version") != 1:
            raise BadFile(path, number, 'this is no result of version 1: it has no "schema_version": 1')
        if row.get("summary"):
            summary = row
        else:
            rows.append(row)
    if number == 0:
        raise BadFile(path, 1, "the file is empty; `vivarium sweep --json` prints a line a run")
    if summary is None:
        raise BadFile(path, number, "the results end without their summary: the sweep was stopped, or the file was cut")
    return rows, summary


def study(scenario_of, settings, seeds, measure, kinds, jobs=None):
    """Every setting (a dict) with every seed: scenario_of(**setting) is run, and measure(trace) gives a dict, or a list of
    them. Rows hold setting, seed and measures. Each setting sees the same seeds, hence the same random numbers: in one
    subsystem of one node what is drawn does not depend on the others, so differences between settings are paired."""
    global _work
    _work = scenario_of, measure, kinds
    tasks = [(setting, seed) for setting in settings for seed in seeds]
    with multiprocessing.get_context("fork").Pool(jobs or os.cpu_count()) as pool:
        return [row for rows in pool.imap(_one, tasks, chunksize=8) for row in rows]


_work = None  # what study()'s workers do; they are forks, so it need not be sent to them


def _one(task):
    setting, seed = task
    scenario_of, measure, kinds = _work
    result, trace = run(scenario_of(**setting), seed, kinds)
    try:
        measured = measure(trace)
    except Exception as error:
        raise RunFailed(f"{setting}, seed {seed}: the measure failed: {type(error).__name__}: {error}") from error
    return [
        {**setting, "seed": seed, "trace_hash": result["trace_hash"], **row}
        for row in (measured if isinstance(measured, list) else [measured])
    ]


def frame(rows):
    """The rows as a pandas.DataFrame where there is pandas, else as they are."""
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows)


def _scenario_file(scenario, folder):
    if not isinstance(scenario, dict):
        return os.fspath(scenario)
    path = f"{folder}/scenario.json"
    with open(path, "w", encoding="utf-8") as file:
        json.dump(scenario, file)
    return path


def _execute(arguments):
    done = subprocess.run([program(), *arguments], capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1, 2, 3, 4):
        raise RunFailed(f"vivarium {arguments[0]}: exit code {done.returncode}: {done.stderr.strip()}")
    return done


def _call(arguments):
    return json.loads(_execute(arguments).stdout)


def _must_pass(result, scenario):
    if result["verdict"] == "pass":
        return
    text = json.dumps(scenario) if isinstance(scenario, dict) else scenario
    raise RunFailed(f"seed {result['seed']}: {result['verdict']}: {result['violations'] or result.get('stuck')}; scenario: {text}")
