"""Intervals cover what they promise to cover, and are what textbooks give."""

import random
import unittest

import vivarium


class Intervals(unittest.TestCase):
    def test_medians_and_quantiles(self):
        self.assertEqual(vivarium.median([3, 1, 2]), 2)
        self.assertEqual(vivarium.median([4, 1, 2, 3]), 2.5)
        self.assertEqual(vivarium.quantile([1, 2, 3, 4, 5], 0.25), 2)
        self.assertEqual(vivarium.quantile([10, 20], 0.9), 19)

    def test_order_statistics_of_the_tables(self):
        # 95 % for the median: the 2nd and 9th of 10, the 6th and 15th of 20, the 40th and 61st of 100.
        for n, low, high in ((6, 1, 6), (10, 2, 9), (20, 6, 15), (100, 40, 61)):
            self.assertEqual(vivarium.median_interval(range(1, n + 1))[1:], (low, high), n)
        self.assertEqual(vivarium.median_interval([7, 8, 9])[1:], (7, 9))

    def coverage(self, interval):
        rng, hits = random.Random(5), 0
        for _ in range(400):
            _, low, high = interval([rng.expovariate(1) for _ in range(40)])
            hits += low <= 0.6931 <= high  # ln 2: the median of the exponential distribution
        return hits / 400

    def test_they_cover_the_median(self):
        self.assertGreater(self.coverage(vivarium.median_interval), 0.93)
        self.assertGreater(self.coverage(lambda values: vivarium.bootstrap_interval(values, resamples=200)), 0.90)
        self.assertLess(self.coverage(lambda values: vivarium.median_interval(values, confidence=0.5)), 0.75)

    def test_the_bootstrap_is_repeatable(self):
        values = [random.Random(1).random() for _ in range(30)]
        self.assertEqual(vivarium.bootstrap_interval(values, seed=3), vivarium.bootstrap_interval(values, seed=3))

    def test_pairs_are_of_one_seed(self):
        rows = [
            {"n": 3, "seed": 1, "ms": 10},
            {"n": 5, "seed": 2, "ms": 25},
            {"n": 5, "seed": 1, "ms": 13},
            {"n": 3, "seed": 2, "ms": 20},
            {"n": 3, "seed": 3, "ms": 99},
        ]
        self.assertEqual(vivarium.paired_differences(rows, "n", 3, 5, "ms"), [3, 5])


if __name__ == "__main__":
    unittest.main()
