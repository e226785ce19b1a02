"""Vivarium for Python: reads traces, histories and results of sweeps, runs scenarios over seeds, and measures what happened.

Only the standard library is needed; figures want matplotlib, `frame` gives a pandas.DataFrame where there is pandas.

    import vivarium
    result, trace = vivarium.run({"servers": 5, "faults": [{"what": "kill", "who": "leader", "at": "5s"}]}, seed=7)
    for election in vivarium.elections(trace):
        print((election["established_ns"] - election["began_ns"]) / 1e6, "ms")
"""

from .files import BadFile
from .histories import Operation, read_history
from .intervals import bootstrap_interval, median, median_interval, paired_differences, quantile
from .measures import commits, elections, log_syncs, operations, traffic, write_gaps
from .page import SAMPLE, answer, claim, headline, seeds
from .runs import RunFailed, frame, program, read_results, run, study, sweep
from .traces import Trace, read_trace, zxid

__all__ = [name for name in dir() if not name.startswith("_")]
