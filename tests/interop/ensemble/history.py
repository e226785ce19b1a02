"""What clients saw, in the checker's JSON lines (checker/README.md)."""

import json
import os
import subprocess
import threading
import time


class History:
    """Lines in the order in which things happened, from several threads."""

    def __init__(self):
        self.lock = threading.Lock()
        self.lines = []

    def add(self, **fields):
        with self.lock:
            self.lines.append(dict(fields, time=time.monotonic_ns()))

    def count(self, kind):
        return sum(line["type"] == kind for line in self.lines)

    def write(self, path):
        with open(path, "w") as f:
            f.writelines(json.dumps(line) + "\n" for line in self.lines)

    def judge(self, directory, model="zookeeper"):
        """What `vivarium check` says; an AssertionError if not that it holds."""
        path = os.path.join(directory, f"{model}.jsonl")
        self.write(path)
        checker = os.environ.get("INTEROP_CHECKER")
        assert checker, "say --vivarium, whose `check` judges histories"
        done = subprocess.run([checker, "check", path, "--model", model], capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, f"{path}: exit {done.returncode}\n{done.stdout}{done.stderr}"
        return done.stdout
