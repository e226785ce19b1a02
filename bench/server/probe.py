"""What the disk itself needs for an fdatasync of a small piece of a file that has its blocks."""

import os
import time


def sync_latencies(directory, count=400):
    """Sorted, and the CPU time of each, with the write before it; in ns."""
    path = os.path.join(directory, "probe")
    file = os.open(path, os.O_RDWR | os.O_CREAT)
    try:
        os.posix_fallocate(file, 0, count * 512)
        os.fsync(file)
        began = time.process_time_ns()
        latencies = sorted(one_sync(file, number * 512) for number in range(count))
        return latencies, (time.process_time_ns() - began) // count
    finally:
        os.close(file)
        os.unlink(path)


def one_sync(file, offset):
    os.pwrite(file, b"x" * 256, offset)
    began = time.monotonic_ns()
    os.fdatasync(file)
    return time.monotonic_ns() - began
