"""Do the causes of an attribution come out as they are known to be, and do intervals cover? About twenty minutes.

Data sets of 400 rows, so that fits have 300. What vanishes as rows grow and what stays is known from many fits to fresh
rows of the truth, 300 and 12,000, beside 3,000 fresh rows (classes: 20,000). Printed in thousandths: truth, mean over
data sets with its error, the standard error that the answer says (root mean square) beside the deviation over data
sets, and the share of intervals that hold the truth. What stays is compared with expressivity + optimization; variance
is that of fits to other real rows.

    .venv/bin/python verification/attribution.py > verification/attribution.txt
"""

from __future__ import annotations

import datetime
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

from genloss.audit.attribution import attribute
from genloss.audit.causes import EXPRESSIVITY, OPTIMIZATION, SAMPLING
from genloss.audit.judges import kind_of
from genloss.models.adapters import adapted
from genloss.models.adapters.scikit_learn import Labeler
from genloss.streams import stream

ROWS, FITTED, MANY, REPETITIONS = 400, 300, 40, 5
DATA_SETS, FITS, LARGE_FITS = 24, 200, 30
MEANS, DEVIATIONS, SHARES = np.array([[0.0, 0.0], [3.0, 0.0], [0.0, 3.0]]), np.array([1.0, 0.5, 1.5]), [0.5, 0.3, 0.2]


def gaussian(count: int, rng: np.random.Generator) -> Any:
    """Draw rows of one Gaussian."""
    return rng.normal(size=(count, 2))


def three(count: int, rng: np.random.Generator) -> Any:
    """Draw rows of three unlike Gaussians."""
    kind = rng.choice(3, size=count, p=SHARES)
    return MEANS[kind] + DEVIATIONS[kind][:, None] * rng.normal(size=(count, 2))


def chances(inputs: Any) -> Any:
    """Return the chance of class 1, which no linear logit has."""
    return 1 / (1 + np.exp(-(inputs[:, 0] - inputs[:, 1] + inputs[:, 2] ** 2 - 1)))


def classes(count: int, rng: np.random.Generator) -> Any:
    """Draw inputs and classes."""
    inputs = rng.normal(size=(count, 3))
    return inputs, (rng.random(count) < chances(inputs)).astype(int)


def bayes() -> float:
    """Return the log loss of the true chances."""
    p = chances(stream(0, "bayes").normal(size=(1_000_000, 3)))
    return float(-(p * np.log(p) + (1 - p) * np.log(1 - p)).mean())


CASES: dict[str, tuple[Callable[[int, np.random.Generator], Any], Any]] = {
    "one Gaussian, Gaussian rows": (gaussian, GaussianMixture(1)),
    "3 components, converged": (three, GaussianMixture(3)),
    "2 components": (three, GaussianMixture(2)),
    "3 components, one EM step": (three, GaussianMixture(3, max_iter=1)),
    "3 components, one EM step from random rows": (
        three, GaussianMixture(3, max_iter=1, init_params="random_from_data"),
    ),
    "kernel density (Scott)": (three, KernelDensity(bandwidth="scott")),
    "logistic regression": (classes, LogisticRegression(C=1e6)),
    "logistic regression, 2 steps": (classes, LogisticRegression(C=1e6, max_iter=2)),
}  # fmt: skip


def truth(name: str, draw: Callable[[int, np.random.Generator], Any], model: Any, floor: float) -> dict[int, Any]:
    """Return the mean loss of fits to 300 and to 12,000 fresh rows, with errors."""
    own = adapted(model)
    found = {}
    for rows, fits in ((FITTED, FITS), (MANY * FITTED, LARGE_FITS)):
        losses = []
        for number in range(fits):
            rng = stream(1, name, rows, number)
            given = draw(rows, rng)
            known = own.among(given) if isinstance(own, Labeler) else own
            judge = kind_of(own, draw(ROWS, stream(2, name))).at(draw(20_000 if draw is classes else 3_000, rng))
            losses.append(judge.loss(judge.seen(known.fit(given, None, rng), rng)) - floor)
        found[rows] = np.mean(losses), np.std(losses, ddof=1) / np.sqrt(fits)
    return found


def run(name: str) -> None:
    """Run one case, and print."""
    draw, model = CASES[name]
    known = bayes() if draw is classes else None
    began = time.time()
    losses = truth(name, draw, model, known or 0.0)
    few, many = losses[FITTED], losses[MANY * FITTED]
    vanishes = few[0] - many[0], float(np.hypot(few[1], many[1]))
    found, errors, ends, bounds = [], [], [], 0
    for number in range(DATA_SETS):
        told = attribute(
            model, draw(ROWS, stream(3, name, number)), repetitions=REPETITIONS, seed=number, bayes_loss=known
        )
        causes = [*(told[each] for each in (SAMPLING, EXPRESSIVITY, OPTIMIZATION)), told.by_rows[0]]
        found.append([each.value for each in causes])
        errors.append([each.standard_error for each in causes])
        ends.append([(each.low, each.high) for each in causes])
        bounds += causes[1].status == "at most"
    values, stated, intervals = 1e3 * np.array(found), 1e3 * np.array(errors), 1e3 * np.array(ends)
    means, deviations = values.mean(axis=0), values.std(axis=0, ddof=1)
    print(f"\n{name}  ({time.time() - began:.0f} s)")
    print(f"  truth: vanishes {1e3 * vanishes[0]:.2f} ± {1e3 * vanishes[1]:.2f}, stays {1e3 * many[0]:.2f} ± "
          f"{1e3 * many[1]:.2f}")  # fmt: skip
    for place, cause in enumerate(("sampling", "expressivity", "optimization", "variance")):
        print(
            f"  {cause:<13} mean {means[place]:7.2f} ± {deviations[place] / DATA_SETS**0.5:.2f}   says ± "
            f"{np.sqrt((stated[:, place] ** 2).mean()):.2f}, deviates {deviations[place]:.2f}   told from 0 in "
            f"{np.mean(intervals[:, place, 0] > 0):.2f}"
        )
    held = (intervals[:, 0, 0] <= 1e3 * vanishes[0]) & (1e3 * vanishes[0] <= intervals[:, 0, 1])
    stays = 1e3 * many[0] - values[:, 2]
    held_stays = (intervals[:, 1, 0] <= stays) & (stays <= intervals[:, 1, 1])
    print(f"  intervals hold: what vanishes {held.mean():.2f}, what stays {held_stays.mean():.2f}; said to be at most: "
          f"{bounds} of {DATA_SETS}", flush=True)  # fmt: skip


if __name__ == "__main__":
    print(f"{datetime.date.today()}; {DATA_SETS} data sets of {ROWS} rows, {REPETITIONS} repetitions; thousandths")
    for case in sys.argv[1:] or CASES:
        run(case)
