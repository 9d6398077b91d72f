"""What is the kernel estimator that knows of earlier generators worth on images? Prints a dated table.

Run: OMP_NUM_THREADS=1 .venv/bin/python verification/repair_kernel.py > verification/repair_kernel.txt (half an hour;
needs the data set mnist, or leaves it out)

Population: a pool of images, drawn with replacement: all of digits, 4,000 of MNIST. The truth is the clean parity,
-.5 or .5, itself; risk is the mean of (f - parity)^2 over the pool. Generation 0 sees parity + N(0, 1), later ones
f_{g-1} + N(0, 1); all are RBF kernel ridge fits with one penalty, or each with that which GCV chooses on its own rows
(ours is told the last). Standardized pixels; gamma x mean squared distance is 1.2. As many rows in every generation.
40 paired repeats; saving = 1 - mean risk / mean risk of the other, interval: 2,000 bootstrap samples of repeats, 95 %.
"told nothing": the same estimator with generation = 0. Sizes, grids and the seed were fixed before the first look.
"""

import datetime
import platform
import sys
import time
from pathlib import Path

import numpy as np

from genloss.advise import GenerationKernelRidge
from genloss.errors import Problem
from genloss.populations import Places, data_pool
from genloss.streams import stream

REPEATS, BOOTSTRAPS = 40, 2000
GENERATIONS, PENALTIES = (1, 3), (1e-4, 1e-3, 1e-2, None)  # None: GCV
SETS = (("digits", None, 400, 1e-2), ("mnist", 4000, 1000, 1e-3))  # pool, rows, gamma
GCV = np.logspace(-7, 2, 91)


class Images:
    """A pool of images, parity as the truth, and the kernel between all of them."""

    def __init__(self, name, pool, gamma):
        found = data_pool(
            name, target="parity", noise=1.0, held_out=0, rows=pool, seed=92,
            places=Places(cache=Path.home() / ".cache" / "genloss"),
        )  # fmt: skip
        self.x, self.gamma = found.inputs, gamma
        self.truth = np.where(found.clean > found.clean.mean(), 0.5, -0.5)
        square = (self.x**2).sum(axis=1)
        self.kernel = np.exp(-gamma * np.maximum(square[:, None] + square - 2 * self.x @ self.x.T, 0.0))


def gcv(gram, labels):
    """Penalty that generalized cross-validation chooses, with a constant fitted first."""
    values, basis = np.linalg.eigh(gram / len(labels))
    turned = basis.T @ (labels - labels.mean())
    left = GCV[:, None] / (np.maximum(values, 0.0) + GCV[:, None])
    return float(GCV[np.argmin(((left * turned) ** 2).sum(axis=1) / left.sum(axis=1) ** 2)])


def fitted(images, places, labels, penalty):
    """Values on the whole pool of kernel ridge plus a constant, and the penalty."""
    gram = images.kernel[np.ix_(places, places)]
    penalty = gcv(gram, labels) if penalty is None else penalty
    gram[np.diag_indices_from(gram)] += penalty * len(labels)
    return labels.mean() + images.kernel[:, places] @ np.linalg.solve(gram, labels - labels.mean()), penalty


def once(images, generation, rows, asked, rng):
    """Risks of GCV, predicting the mean, ours, and ours told nothing; the penalties of GCV and ours."""
    shown, penalty = images.truth, 0.0
    for _ in range(generation):
        places = rng.integers(len(images.x), size=rows)
        shown, penalty = fitted(images, places, shown[places] + rng.standard_normal(rows), asked)
    places = rng.integers(len(images.x), size=rows)
    labels = shown[places] + rng.standard_normal(rows)
    theirs, chosen = fitted(images, places, labels, None)
    predictions, penalties = [theirs, np.full(len(images.x), labels.mean())], [chosen]
    for told in (generation, 0):
        ours = GenerationKernelRidge(gamma=images.gamma, generation=told, generator_penalty=penalty)
        ours.fit(images.x[places], labels)
        predictions.append(ours.intercept_ + images.kernel[:, places] @ ours.dual_coef_)
        penalties.append(ours.penalty_)
    return [float(((f - images.truth) ** 2).mean()) for f in predictions], penalties[:2]


def saving(risks, ours, others, rng):
    """1 - mean risk / that of the best of the others, and the ends of its interval."""
    drawn = risks[rng.integers(len(risks), size=(BOOTSTRAPS, len(risks)))].mean(axis=1)
    low, high = np.quantile(1 - drawn[:, ours] / drawn[:, others].min(axis=1), [0.025, 0.975])
    means = risks.mean(axis=0)
    return f"{1 - means[ours] / means[others].min():>6.1%} [{low:>6.1%}, {high:>6.1%}]"


def main():
    """Print a line for every cell."""
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; {REPEATS} repeats a cell"
    )
    print("data n rows generators' penalty | mean risk of GCV, the mean, ours | saving against GCV, the better of GCV")
    print("and the mean, the same told nothing against GCV | median penalty of GCV, ours")
    for name, pool, rows, gamma in SETS:
        start = time.time()
        try:
            images = Images(name, pool, gamma)
        except Problem as problem:
            print(f"{name}: not here ({problem})")
            continue
        for generation in GENERATIONS:
            for asked in PENALTIES:
                rng = stream(93, name, generation, str(asked))
                risks, penalties = map(
                    np.array,
                    zip(*(once(images, generation, rows, asked, rng) for _ in range(REPEATS)), strict=True),
                )
                one, two, three = (saving(risks, *of, rng) for of in ((2, [0]), (2, [0, 1]), (3, [0])))
                levels = ", ".join(f"{risk:.4f}" for risk in risks.mean(axis=0)[:3])
                usual, own = np.median(penalties, axis=0)
                print(
                    f"{name:<6} {generation} {rows:>4} {'GCV' if asked is None else f'{asked:g}':<6} | {levels} | "
                    f"{one}, {two}, {three} | {usual:.2g}, {own:.2g}",
                    flush=True,
                )
        print(f"{name}: {time.time() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
