"""Does the truth lie in the bands of plans from pilot runs, by how far beyond the pilots they are asked? Ten minutes.

Each model is run as pilots: 40, 80 and 160 rows a batch (real = synthetic, or a grid of both), 4 seeds, generations 0
to 8; 16 sets of pilots, each planned from alone. The truth is the mean of 400 to 2,000 independent runs.
"mean", "ratio": share of sets whose 95 % band holds the mean, and its ratio to generation 0; "width": median of high /
low of the mean; "runs": share of independent single runs below the 90 % quantile of the runs foretold.
Models of FIRST were looked at while the prior and the widening were chosen; those of SECOND only once all stood.

    .venv/bin/python verification/plan_pilots.py > verification/plan_pilots.txt
"""

from __future__ import annotations

import datetime
import sys
import time
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats
from sklearn.mixture import GaussianMixture

import genloss
from genloss.advise.plans.of_pilots import planned_from_pilots
from genloss.advise.plans.pilots.reading import read_pilots
from genloss.streams import stream

Runs = Callable[[int, int, int, int, np.random.Generator], Any]
"""(real rows, synthetic rows, generations, runs, rng) -> the metric of runs, (runs, generations + 1)."""

SIZES, SEEDS, LAST = (40, 80, 160), 4, 8
PLACES = {
    "inside": (80, 8),
    "2 x rows": (320, 8),
    "4 x rows": (640, 8),
    "10 x rows": (1600, 8),
    "30 x rows": (4800, 8),
    "2 x generations": (160, 16),
    "3 x generations": (160, 24),
    "4 x rows, 2 x generations": (640, 16),
}


def mean_replace(real: int, made: int, last: int, runs: int, rng: np.random.Generator) -> Any:
    """Squared error of a mean of 3 numbers, each generation fitted to the rows of the one before."""
    steps = rng.standard_normal((runs, last + 1, 3)) / np.sqrt(np.array([real] + [made] * last))[:, None]
    return (steps.cumsum(axis=1) ** 2).sum(axis=2)


def mean_accumulate(real: int, made: int, last: int, runs: int, rng: np.random.Generator) -> Any:
    """Squared error of a mean of 3 numbers, fitted to all rows so far."""
    error, total, found = rng.standard_normal((runs, 3)) / np.sqrt(real), float(real), []
    for _ in range(last + 1):
        found.append((error**2).sum(axis=1))
        batch = error + rng.standard_normal((runs, 3)) / np.sqrt(made)
        error, total = (error * total + batch * made) / (total + made), total + made
    return np.stack(found, axis=1)


def mean_fixed_real(real: int, made: int, last: int, runs: int, rng: np.random.Generator) -> Any:
    """Squared error of a mean of 3 numbers, fitted to the real rows and the newest made ones."""
    first = rng.standard_normal((runs, 3)) / np.sqrt(real)
    error, found = first, [(first**2).sum(axis=1)]
    for _ in range(last):
        batch = error + rng.standard_normal((runs, 3)) / np.sqrt(made)
        error = (first * real + batch * made) / (real + made)
        found.append((error**2).sum(axis=1))
    return np.stack(found, axis=1)


def bell_replace(real: int, made: int, last: int, runs: int, rng: np.random.Generator) -> Any:
    """Squared Wasserstein distance of a Gaussian law whose mean and variance are refitted."""
    mean, variance, rows, found = np.zeros(runs), np.ones(runs), real, []
    for _ in range(last + 1):
        mean = mean + np.sqrt(variance / rows) * rng.standard_normal(runs)
        variance = variance * rng.chisquare(rows - 1, runs) / (rows - 1)
        found.append(mean**2 + (np.sqrt(variance) - 1) ** 2)
        rows = made
    return np.stack(found, axis=1)


def _zipf() -> Any:
    p = 1 / np.arange(1.0, 101)
    return p / p.sum()


def categories_replace(real: int, made: int, last: int, runs: int, rng: np.random.Generator) -> Any:
    """Total variation distance of shares of 100 kinds, refitted."""
    truth, rows, found = _zipf(), real, []
    p = np.broadcast_to(truth, (runs, 100))
    for _ in range(last + 1):
        p = rng.multinomial(rows, p) / rows
        found.append(abs(p - truth).sum(axis=1) / 2)
        rows = made
    return np.stack(found, axis=1)


def categories_accumulate(real: int, made: int, last: int, runs: int, rng: np.random.Generator) -> Any:
    """Share of real rows of kinds that no row so far has: rows accumulate, so that it stays as it was."""
    truth = _zipf()
    counts, found = rng.multinomial(real, np.broadcast_to(truth, (runs, 100))).astype(float), []
    for _ in range(last + 1):
        p = counts / counts.sum(axis=1, keepdims=True)
        found.append(((p - truth) ** 2).sum(axis=1))
        counts = counts + rng.multinomial(made, p)
    return np.stack(found, axis=1)


def _least_squares(rows: int, runs: int, rng: np.random.Generator) -> Any:
    """Return the error of coefficients of 5 features from labels with noise of variance .25."""
    x = rng.standard_normal((runs, rows, 5))
    gram = np.einsum("rni,rnj->rij", x, x)
    return np.linalg.solve(gram, np.einsum("rni,rn->ri", x, 0.5 * rng.standard_normal((runs, rows)))[..., None])[..., 0]


def regression_replace(real: int, made: int, last: int, runs: int, rng: np.random.Generator) -> Any:
    """Excess risk of least squares with 5 features."""
    error, rows, found = np.zeros((runs, 5)), real, []
    for _ in range(last + 1):
        error = error + _least_squares(rows, runs, rng)
        found.append((error**2).sum(axis=1))
        rows = made
    return np.stack(found, axis=1)


def test_error_replace(real: int, made: int, last: int, runs: int, rng: np.random.Generator) -> Any:
    """Test error, with a floor of .25 that no rows take away, measured on 500 held-out rows."""
    excess = regression_replace(real, made, last, runs, rng)
    return (0.25 + excess) * rng.chisquare(500, (runs, 1)) / 500


def kernel_density_replace(real: int, made: int, last: int, runs: int, rng: np.random.Generator) -> Any:
    """Squared Wasserstein distance, by mean and deviation, of a kernel density with Scott's bandwidth: it broadens."""
    rows, found = rng.standard_normal((runs, real)), []
    for g in range(last + 1):
        count = rows.shape[1]
        width = rows.std(axis=1, ddof=1, keepdims=True) * count**-0.2
        variance = rows.var(axis=1) + width[:, 0] ** 2
        found.append(rows.mean(axis=1) ** 2 + (np.sqrt(variance) - 1) ** 2)
        if g < last:
            taken = np.take_along_axis(rows, rng.integers(0, count, (runs, made)), axis=1)
            rows = taken + width * rng.standard_normal(taken.shape)
    return np.stack(found, axis=1)


FIRST: dict[str, tuple[Runs, int]] = {
    "mean, replace": (mean_replace, 2000),
    "Gaussian law, replace": (bell_replace, 2000),
    "categories, replace": (categories_replace, 400),
    "test error of least squares, replace": (test_error_replace, 400),
}
SECOND: dict[str, tuple[Runs, int]] = {
    "mean, accumulate": (mean_accumulate, 2000),
    "mean, fixed real": (mean_fixed_real, 2000),
    "categories, accumulate": (categories_accumulate, 400),
    "least squares, replace": (regression_replace, 400),
    "kernel density, replace": (kernel_density_replace, 400),
}
BOTH = "mean, fixed real, synthetic rows alone grow"


def _table(run: Runs, sizes: list[tuple[int, int]], rng: np.random.Generator) -> pd.DataFrame:
    parts = []
    for real, made in sizes:
        values = run(real, made, LAST, SEEDS, rng)
        seed, generation = np.indices(values.shape)
        parts.append(
            pd.DataFrame(
                {"real_rows": real, "synthetic_rows": made, "generation": generation.ravel(), "seed": seed.ravel(),
                 "value": values.ravel()}
            )
        )  # fmt: skip
    return pd.concat(parts)


class Counted:
    """What is counted at each place."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.mean: list[bool] = []
        self.ratio: list[bool] = []
        self.width: list[float] = []
        self.runs: list[float] = []

    def count(self, judged: Any, truth: Any) -> None:
        """Compare the last generation with independent runs."""
        mean = truth.mean(axis=0)
        self.mean.append(bool(judged.low[-1] <= mean[-1] <= judged.high[-1]))
        self.ratio.append(bool(judged.ratio_low[-1] <= mean[-1] / mean[0] <= judged.ratio_high[-1]))
        self.width.append(float(judged.high[-1] / judged.low[-1]) if judged.low[-1] > 0 else np.inf)
        self.runs.append(float((truth[:, -1] <= np.quantile(judged.runs[..., -1], 0.9)).mean()))

    def line(self, name: str) -> str:
        """Say it."""
        return (
            f"  {name:27} mean {np.mean(self.mean):.2f} ratio {np.mean(self.ratio):.2f} "
            f"width {np.median(self.width):6.2f} runs {np.mean(self.runs):.2f}"
        )


def compare(name: str, run: Runs, count: int, sets: int, sizes: list[tuple[int, int]], places: dict[str, Any]) -> dict:
    """Run one model, and print."""
    began = time.time()
    truths = {place: run(*size, last, count, stream(9, name, place, "truth")) for place, (size, last) in places.items()}
    counted = {place: Counted() for place in places}
    failed = 0
    for number in range(sets):
        planned = planned_from_pilots(_table(run, sizes, stream(9, name, number)), seed=number)
        failed += any(test.missed > 0 for test in planned.tests)
        for place, (size, last) in places.items():
            setting = dict(zip(("real_rows", "synthetic_rows"), size, strict=True))
            [judged] = planned.judge([setting], runs=True, generations=last)
            counted[place].count(judged, truths[place])
    print(
        f"\n{name}: {sets} sets of pilots, {count} runs, {failed} failed a held-out test ({time.time() - began:.0f} s)"
    )
    for place, each in counted.items():
        print(each.line(place), flush=True)
    return counted


def half(models: dict[str, tuple[Runs, int]], sets: int) -> list[dict]:
    """Run one half, rows of both kinds alike."""
    alike = {place: ((n, n), last) for place, (n, last) in PLACES.items()}
    return [
        compare(name, run, count, sets, [(n, n) for n in SIZES], alike) for name, (run, count) in models.items()
    ]  # fmt: skip


def both(sets: int) -> dict:
    """Run a grid of real and synthetic rows; synthetic rows are then asked to grow alone."""
    places = {f"{k} x synthetic rows": ((80, 160 * k), 8) for k in (1, 2, 4, 10)} | {"2 x generations": ((80, 160), 16)}
    return compare(BOTH, mean_fixed_real, 2000, sets, [(a, b) for a in SIZES for b in SIZES], places)


def mixture(sets: int) -> dict:
    """Run a mixture of scikit-learn by genloss.chain, pilots from its Results."""
    name = "GaussianMixture of genloss.chain, accumulate, energy distance"
    rng, began = stream(9, name), time.time()
    rows = rng.standard_normal((8000, 2)) + 3 * rng.integers(0, 2, (8000, 1))
    model, places = GaussianMixture(2), {"2 x rows": (160, 6), "8 x rows": (640, 6), "2 x generations": (80, 12)}

    def chained(n: int, last: int, seeds: int, seed: int) -> Any:
        warnings.simplefilter("ignore")
        return genloss.chain(
            model, rows, f"accumulate rows={n}", generations=last, seeds=seeds, seed=seed, held_out=0.05,
            metrics=["energy_distance"],
        )  # fmt: skip

    truths = {}
    for place, (n, last) in places.items():
        parts = [read_pilots(chained(n, last, 20, 900 + i)).pilots[0].mean for i in range(10)]  # held-out sets differ
        truths[place] = (np.mean(parts, axis=0), np.std(parts, axis=0, ddof=1)[-1] / np.sqrt(10))
    counted = {place: [] for place in places}
    for number in range(sets):
        pilots = [chained(n, 6, SEEDS, 1 + 10 * number + i) for i, n in enumerate((20, 40, 80))]
        planned = planned_from_pilots(pilots, seed=number)
        for place, (n, last) in places.items():
            [judged] = planned.judge([{"real_rows": n}], generations=last)
            mean, error = truths[place]
            counted[place].append(
                (
                    judged.low[-1] - 2 * error <= mean[-1] <= judged.high[-1] + 2 * error,
                    judged.high[-1] / judged.low[-1],
                )
            )
    print(
        f"\n{name}: {sets} sets of pilots (20, 40, 80 rows, generations 0 to 6), 200 runs ({time.time() - began:.0f} s)"
    )
    for place, each in counted.items():
        print(
            f"  {place:27} truth {truths[place][0][-1]:.4f} ± {truths[place][1]:.4f}, mean "
            f"{np.mean([a for a, _ in each]):.2f} width {np.median([b for _, b in each]):6.2f}",
            flush=True,
        )
    return {}


def pooled(found: list[dict]) -> None:
    """Print coverage over models; the error is that over models, whose truths and laws differ."""
    print("\nall of this half (error: over models)")
    for place in PLACES:
        of_models = [np.mean(each[place].mean) for each in found]
        ratios = [np.mean(each[place].ratio) for each in found]
        runs = [np.mean(each[place].runs) for each in found]
        error = np.std(of_models, ddof=1) / np.sqrt(len(of_models))
        print(
            f"  {place:27} mean {np.mean(of_models):.2f} ± {error:.2f} ratio {np.mean(ratios):.2f} "
            f"runs {np.mean(runs):.2f}"
        )


def power() -> None:
    """Compare the power asked for with that of drawn tests, runs log-normal about their mean."""
    from genloss.advise.plans.power import runs_needed

    print("\npower: runs that tell a 5 % effect with a chance of 90 %, and the share of 20,000 tests that do")
    for spread in (0.05, 0.1, 0.2, 0.4):
        rng = stream(9, "power", str(spread))
        known = np.sqrt(np.log1p(spread**2)) * rng.standard_normal(4000)
        need = runs_needed(known, float(np.log(1.05)), 0.9, rng)
        drawn = np.sqrt(np.log1p(spread**2)) * rng.standard_normal((20_000, need.runs)) + np.log(1.05)
        told = abs(stats.ttest_1samp(drawn, 0, axis=1).pvalue) < 0.05
        print(
            f"  spread {spread:4.2f}: {need.runs} runs, told in {told.mean():.3f} ± {told.std() / np.sqrt(20_000):.3f}"
        )


if __name__ == "__main__":
    print(f"{datetime.date.today()}")
    for part in sys.argv[1:] or ("second", "mixture", "power", "first"):
        print(f"\n== {part}")
        if part == "first":
            pooled(half(FIRST, 16))
        if part == "second":
            pooled(half(SECOND, 16))
            both(10)
        if part == "mixture":
            mixture(6)
        if part == "power":
            power()
