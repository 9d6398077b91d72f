"""Is the covariance of a workflow that of every outcome, listed with its probability?

Bernoulli rows (variance function m (1 - m), so V = p (1 - p), v2 = -1), two or three rows a batch, three fits, every
workflow written by hand below. No seed and no tolerance to argue about. Controls: the wrong curvature, a pool's
divisor N in place of N - 1, fresh rows in place of kept ones.
"""

from itertools import combinations

import numpy as np
import pytest

from genloss.theory.workflows import covariance
from genloss.workflows import (
    Workflow,
    accumulate,
    accumulate_subsample,
    edit,
    fixed_real,
    forget,
    fresh_real,
    regenerate,
    replace,
    reset,
    synthetic_only,
    window,
)

P = 0.3


class World:
    """Runs a program once for every way its draws can fall."""

    def __init__(self):
        self.path, self.place, self.chance = [], 0, 1.0

    def choose(self, chances):
        """Fall one of several ways; ways of chance 0 are not taken."""
        if self.place == len(self.path):
            self.path.append((0, [i for i, p in enumerate(chances) if p > 0]))
        which, ways = self.path[self.place]
        self.place += 1
        self.chance *= chances[ways[which]]
        return ways[which]

    def rows(self, count, mean):
        return [self.choose([1 - mean, mean]) for _ in range(count)]

    def take(self, rows, count):
        ways = list(combinations(range(len(rows)), count))
        return [rows[i] for i in ways[self.choose([1 / len(ways)] * len(ways))]]

    def take_again(self, rows, count):
        return [rows[self.choose([1 / len(rows)] * len(rows))] for _ in range(count)]

    def every(self, program):
        total, second, mean = 0.0, 0.0, 0.0
        while True:
            self.place, self.chance = 0, 1.0
            fits = np.array(program(self)) - P
            total, second = total + self.chance, second + self.chance * np.outer(fits, fits)
            mean = mean + self.chance * fits
            while self.path and self.path[-1][0] + 1 == len(self.path[-1][1]):
                self.path.pop()
            if not self.path:
                assert total == pytest.approx(1, abs=1e-12)
                return second - np.outer(mean, mean)
            which, ways = self.path[-1]
            self.path[-1] = which + 1, ways


def mean(*rows):
    together = [row for part in rows for row in part]
    return sum(together) / len(together)


def replaced(w):
    fits = [mean(w.rows(3, P))]
    for _ in range(2):
        fits.append(mean(w.rows(3, fits[-1])))
    return fits


def accumulated(w):
    pool, fits = w.rows(3, P), []
    fits.append(mean(pool))
    for _ in range(2):
        pool = pool + w.rows(2, fits[-1])
        fits.append(mean(pool))
    return fits


def subsampled(w, take):
    pool = w.rows(2, P)
    fits = [mean(take(pool, 2))]
    for _ in range(2):
        pool = pool + w.rows(2, fits[-1])
        fits.append(mean(take(pool, 2)))
    return fits


def real_kept(w):
    real = w.rows(2, P)
    fits = [mean(real)]
    for _ in range(2):
        fits.append(mean(real, w.rows(3, fits[-1])))
    return fits


def real_kept_weighted(w):
    real = w.rows(2, P)
    fits = [mean(real)]
    for _ in range(2):
        fits.append(0.7 * mean(real) + 0.3 * mean(w.rows(2, fits[-1])))
    return fits


def real_fresh(w):
    fits = [mean(w.rows(2, P))]
    for _ in range(2):
        fits.append(mean(w.rows(2, P), w.rows(2, fits[-1])))
    return fits


def windowed(w):
    batches, fits = [w.rows(2, P)], []
    fits.append(mean(*batches))
    for _ in range(3):
        batches = [*batches, w.rows(2, fits[-1])][-2:]
        fits.append(mean(*batches))
    return fits


def forgotten(w):
    batches, fits = [w.rows(2, P)], []
    fits.append(mean(*batches))
    for _ in range(2):
        batches.append(w.rows(2, fits[-1]))
        shares = [0.5**age for age in reversed(range(len(batches)))]
        fits.append(sum(s * mean(b) for s, b in zip(shares, batches, strict=True)) / sum(shares))
    return fits


def began_again(w):
    real = w.rows(2, P)
    first = mean(real)
    return [first, mean(w.rows(2, first)), mean(real)]


def regenerated(w):
    first = mean(w.rows(4, P))
    second = mean(w.rows(2, P), w.rows(2, first))
    return [first, second, mean(w.rows(2, P), w.rows(1, first), w.rows(1, second))]


def without_real(w):
    first = mean(w.rows(2, P))
    one = w.rows(2, first)
    return [first, mean(one), mean(one, w.rows(2, mean(one)))]


def edited(w):
    """Half of four rows are drawn again by the newest fit, in proportion: one of each batch, where it has two."""
    real = w.rows(4, P)
    first = mean(real)
    one = w.rows(2, first)
    second = mean(real[2:], one)
    return [first, second, mean(real[3:], one[1:], w.rows(2, second))]


def mixed(w):
    """Half the law of the last fit, half the last law, which began as the truth."""
    first = mean(w.rows(2, P))
    law = 0.5 * first + 0.5 * P
    second = mean(w.rows(2, law))
    law = 0.5 * second + 0.5 * law
    return [first, second, mean(w.rows(2, law))]


def taken_twice(w):
    """Two terms: three of four pooled rows without, two with replacement, for 60 % and 40 %."""
    real = w.rows(2, P)
    first = mean(real)
    pool = real + w.rows(2, first)
    return [first, 0.6 * mean(w.take(pool, 3)) + 0.4 * mean(w.take_again(pool, 2))]


MIXED = Workflow.from_dict(
    {
        "emit": [
            {
                "tag": "rows",
                "from": "mix",
                "mix": {"model": 0.5, "previous": 0.5, "truth": 0.0},
                "rows": 2,
                "at": "every",
            }
        ],
        "train": [{"select": {"tag": "*", "fresh": True}}],
    }
)
TWICE = Workflow.from_dict(
    {
        "emit": [
            {"tag": "real", "from": "real", "rows": 2, "at": "start"},
            {"tag": "synth", "from": "model", "of": "last", "lag": 1, "rows": 2, "at": "every"},
        ],
        "train": {
            "default": [
                {"select": {"tag": "*"}, "take": 3, "weight": 0.6},
                {"select": {"tag": "*"}, "take": 2, "replace": True, "weight": 0.4},
            ],
            "0": [{"select": {"tag": "*"}}],
        },
    }
)

WORLDS = {
    "replace": (replace(3), replaced),
    "accumulate": (accumulate(3, 2), accumulated),
    "subsample": (accumulate_subsample(2), lambda w: subsampled(w, w.take)),
    "subsample with replacement": (
        accumulate_subsample(2, with_replacement=True),
        lambda w: subsampled(w, w.take_again),
    ),
    "fixed_real": (fixed_real(2, 3), real_kept),
    "fixed_real weighted": (fixed_real(2, real_weight=0.7), real_kept_weighted),
    "fresh_real": (fresh_real(2), real_fresh),
    "window": (window(2, 2), windowed),
    "forget": (forget(2, 0.5), forgotten),
    "reset": (reset(2, 2), began_again),
    "regenerate": (regenerate(4), regenerated),
    "synthetic_only": (synthetic_only(2), without_real),
    "edit": (edit(4, 0.5), edited),
    "mix": (MIXED, mixed),
    "two subsamples": (TWICE, taken_twice),
}


@pytest.mark.parametrize("name", WORLDS)
def test_every_outcome(name):
    workflow, program = WORLDS[name]
    listed = World().every(program)
    common = {"generations": len(listed) - 1, "variance": P * (1 - P)}
    assert covariance(workflow, curvature=-1.0, **common) == pytest.approx(listed, abs=1e-12)
    assert np.abs(covariance(workflow, curvature=0.0, **common) - listed).max() > 1e-4  # control: a constant variance
    assert np.abs(covariance(workflow, limit=True, **common) - listed).max() > 1e-4  # control: the limit


def test_a_pool_has_one_degree_of_freedom_less():
    """Control: the divisor N for a subsample without replacement is refused."""
    listed = World().every(lambda w: subsampled(w, w.take))
    pool, take = 4, 2
    means = World().every(lambda w: pooled_means(w))
    wrong = means[1, 1] + (listed[1, 1] - means[1, 1]) * (pool - 1) / pool
    right = covariance(accumulate_subsample(take), curvature=-1.0, generations=2, variance=P * (1 - P))[1, 1]
    assert right == pytest.approx(listed[1, 1], abs=1e-12)
    assert abs(wrong - right) > 1e-3


def pooled_means(w):
    pool = w.rows(2, P)
    first = mean(pool)
    return [first, mean(pool, w.rows(2, first))]


def test_kept_rows_are_not_fresh_rows():
    kept, fresh = World().every(real_kept_weighted), World().every(real_fresh)
    assert kept[2, 2] != pytest.approx(fresh[2, 2], rel=0.05)
