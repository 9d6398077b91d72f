"""What is one penalty for a horizon worth on real rows that accumulate? Prints a dated table.

Run: OMP_NUM_THREADS=1 .venv/bin/python verification/schedules.py > verification/schedules.txt (about twenty minutes)

Population, truth, risk and noise as in repair.py: a data set, rows drawn with replacement, recorded labels in
generation 0, f_{g-1} + N(0, s^2) later; every fit sees all rows so far. Ways to set the penalty (it multiplies |w|^2
beside a mean of squares), all on the same places and the same noise:
   horizon: `advise.penalty_from_rows` on generation 0's rows, for generation 20, kept
   leave-one-out: chosen anew in every generation on all of its labels
   kept: leave-one-out's at generation 0, kept; .3 kept: three tenths of it; 1/rows: it x rows of generation 0 / rows
   least squares; and no fit: the mean of generation 0's labels
40 paired repeats; saving = 1 - mean risk of horizon / mean risk of the other, interval: 2,000 bootstrap samples of
repeats, 95 %. 100 rows a generation to generation 200, 400 rows to 20. Sizes, grid and seed were fixed before the
first look.
"""

import datetime
import platform
import sys
import time

import numpy as np
from repair import ALPHAS, Population, data_sets, ridge
from sklearn.linear_model import RidgeCV

from genloss.advise import penalty_from_rows
from genloss.streams import stream

REPEATS, BOOTSTRAPS, HORIZON = 40, 2000, 20
CASES = ((100, 200), (400, 20))  # rows a generation, last generation
WAYS = ("horizon", "leave-one-out", "kept", ".3 kept", "1/rows", "least squares", "mean")


def leave_one_out(x, y):
    """Penalty with the least mean squared residual of rows left out, an intercept fitted to the others."""
    a, b = x - x.mean(axis=0), y - y.mean()
    values, basis = np.linalg.eigh(a.T @ a)
    turned = a @ basis
    left = 1 / (values[:, None] + len(y) * ALPHAS)
    residual = b[:, None] - turned @ ((turned.T @ b)[:, None] * left)
    outside = 1 - 1 / len(y) - turned**2 @ left
    return float(ALPHAS[np.argmin(((residual / outside) ** 2).mean(axis=0))])


def chain(population, penalties, draws):
    """Risk of every generation, (generations + 1,); penalties: rows to a penalty."""
    shown, risks, x, y = population.y, [], [], []
    for g, (places, noise) in enumerate(draws):
        x.append(population.x[places])
        y.append(shown[places] + (noise if g else 0.0))
        pooled, labels = np.concatenate(x), np.concatenate(y)
        w, level = ridge(pooled, labels, penalties(pooled, labels))
        shown = population.x @ w + level
        risks.append(float(((shown - population.truth) ** 2).mean()))
    return risks


def once(population, rows, last, rng):
    """Risks of every way, (ways, generations + 1), and the penalties of generation 0."""
    draws = [(population.draw(rows, rng), rng.standard_normal(rows)) for _ in range(last + 1)]
    x, y = population.x[draws[0][0]], population.y[draws[0][0]]
    clean = leave_one_out(x, y)
    theirs = RidgeCV(alphas=ALPHAS * rows).fit(x, y).alpha_ / rows
    if not np.isclose(clean, theirs):
        raise AssertionError(f"leave-one-out chose {clean:g}, RidgeCV {theirs:g}")
    own = penalty_from_rows(x, y, generations=HORIZON)
    ways = (
        lambda *_: own.penalty,
        leave_one_out,
        lambda *_: clean,
        lambda *_: 0.3 * clean,
        lambda _, y: clean * rows / len(y),
        lambda *_: 0.0,
    )
    risks = [chain(population, way, draws) for way in ways]
    nothing = float(((y.mean() - population.truth) ** 2).mean())
    return [*risks, [nothing] * (last + 1)], (own.penalty, own.clean, clean)


def saving(risks, other, rng):
    """1 - mean risk of the first / that of another, and the ends of its interval."""
    drawn = risks[rng.integers(len(risks), size=(BOOTSTRAPS, len(risks)))].mean(axis=1)
    low, high = np.quantile(1 - drawn[:, 0] / drawn[:, other], [0.025, 0.975])
    means = risks.mean(axis=0)
    return f"{1 - means[0] / means[other]:>6.1%} [{low:>6.1%}, {high:>6.1%}]"


def main():
    """Print a block for every case."""
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; {REPEATS} repeats a cell"
    )
    for name, x, y in data_sets():
        if name == "digits":
            continue
        population = Population(x, y)
        for rows, last in CASES:
            start, rng = time.time(), stream(94, name, rows)
            found = [once(population, rows, last, rng) for _ in range(REPEATS)]
            risks = np.array([risk for risk, _ in found])
            own, clean, theirs = np.median([chosen for _, chosen in found], axis=0)
            print(
                f"{name}, {rows} rows a generation, signal {population.signal:.3f}; median penalty: horizon {own:.3g}, "
                f"best at generation 0 as estimated {clean:.3g}, leave-one-out at generation 0 {theirs:.3g}"
            )
            for g in sorted({0, HORIZON, last}):
                for k, way in enumerate(WAYS):
                    at = risks[:, :, g]
                    error = at[:, k].std(ddof=1) / np.sqrt(REPEATS)
                    told = "" if k == 0 else f"  horizon saves {saving(at, k, rng)}"
                    print(
                        f"   generation {g:>3}  {way:<13}  risk {at[:, k].mean():.4f} ({error:.4f}){told}", flush=True
                    )
            print(f"{name}, {rows}: {time.time() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
