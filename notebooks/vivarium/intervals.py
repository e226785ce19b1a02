"""Medians with confidence intervals, written out; no distribution is assumed anywhere."""

import math
import random


def median(values):
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2


def quantile(values, q):
    """By linear interpolation between order statistics."""
    ordered = sorted(values)
    at = q * (len(ordered) - 1)
    low = math.floor(at)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (ordered[high] - ordered[low]) * (at - low)


def median_interval(values, confidence=0.95):
    """(median, low, high) by order statistics. The number of values below the true median is binomial (n, 1/2), so the true
    median lies between the k-th smallest and the k-th largest value with probability 1 - 2 P(Binomial(n, 1/2) < k); k is the
    largest for which this is at least `confidence`. Fewer than six values have no such k for 95 %: then the extremes stand."""
    ordered = sorted(values)
    n, k, below = len(ordered), 0, 0.0
    while k < n // 2:
        below += math.comb(n, k) * 0.5**n  # P(Binomial < k + 1)
        if 1 - 2 * below < confidence:
            break
        k += 1
    k = max(k, 1)
    return median(ordered), ordered[k - 1], ordered[n - k]


def bootstrap_interval(values, statistic=median, confidence=0.95, resamples=2000, seed=1):
    """(statistic, low, high) by the percentile bootstrap: of `resamples` samples drawn with replacement. Same seed, same
    interval."""
    values, rng = list(values), random.Random(seed)
    drawn = sorted(statistic(rng.choices(values, k=len(values))) for _ in range(resamples))
    tail = (1 - confidence) / 2
    return statistic(values), quantile(drawn, tail), quantile(drawn, 1 - tail)


def paired_differences(rows, by, before, after, of, key="seed"):
    """of(after) - of(before) for each seed that both settings have: rows are dicts, `by` names the setting's column."""
    first = {row[key]: row[of] for row in rows if row[by] == before}
    second = {row[key]: row[of] for row in rows if row[by] == after}
    return [second[seed] - first[seed] for seed in sorted(first.keys() & second.keys())]
