"""What are the estimators that know of earlier generators worth on real rows? Prints a dated table.

Run: OMP_NUM_THREADS=1 .venv/bin/python verification/repair.py > verification/repair.txt (about ten minutes)

Population: a data set, rows drawn with replacement; the truth is its least squares fit f*, risk is the mean of
(f - f*)^2 over the data set. Generation 0 sees recorded labels (digits: parity -.5 or .5, plus N(0, 1)), later ones
f_{g-1} + N(0, s^2), s that of the residuals. The downstream rows are labeled by the n-th generator. 40 paired repeats a
cell; saving = 1 - mean risk / mean risk of RidgeCV (leave-one-out), interval: 2,000 bootstrap samples of repeats, 95 %.
Sizes, grids and the seed were fixed before the first look.
"""

import datetime
import platform
import sys
import time
from itertools import pairwise

import numpy as np
from sklearn.datasets import load_diabetes, load_digits
from sklearn.linear_model import RidgeCV

from genloss.advise import GenerationRidgeCV
from genloss.streams import stream

REPEATS, BOOTSTRAPS = 40, 2000
GENERATIONS, ROWS, GENERATOR_ROWS = (1, 3, 10), (100, 400), (0, 200, 400)  # 0: three rows a direction, at least 60
ALPHAS = np.logspace(-6, 4, 61)
BINS = (0.0, 0.1, 0.3, 1.0, 3.0, np.inf)


def data_sets():
    """Name, inputs and labels of every set that is here."""
    yield "diabetes", *load_diabetes(return_X_y=True)
    digits = load_digits()
    used = digits.data[:, digits.data.std(axis=0) > 0.5]
    yield "digits", used, (digits.target % 2 - 0.5) + stream(90, "digits").standard_normal(len(used))
    try:
        from statsmodels.datasets import fair, randhie
    except ImportError:
        print("fair, randhie: statsmodels is not here")
        return
    for name, load, target in (("fair", fair.load, "affairs"), ("randhie", randhie.load, "mdvis")):
        table = load().data.astype(float)
        yield name, table.drop(columns=target).to_numpy(), table[target].to_numpy()


class Population:
    """A data set as the truth: standardized inputs, labels in units of their residual's deviation."""

    def __init__(self, x, y):
        kept = x.std(axis=0) > 0
        self.x = (x[:, kept] - x[:, kept].mean(axis=0)) / x[:, kept].std(axis=0)
        y = y - y.mean()
        coefficients = np.linalg.lstsq(self.x, y, rcond=None)[0]
        self.noise = float(np.std(y - self.x @ coefficients))
        self.y, self.truth = y / self.noise, self.x @ coefficients / self.noise
        self.signal = float((self.truth**2).mean())
        self.scale = float(np.mean(np.linalg.eigvalsh(np.cov(self.x.T))))

    def draw(self, count, rng):
        """Return places of rows."""
        return rng.integers(len(self.x), size=count)


def ridge(x, y, penalty):
    """Return coefficients and intercept; a penalty of 0 is least squares."""
    center, level = x.mean(axis=0), y.mean()
    a = x - center
    gram = a.T @ a + (penalty * len(x) + 1e-10 * np.trace(a.T @ a) / a.shape[1]) * np.eye(a.shape[1])
    w = np.linalg.solve(gram, a.T @ (y - level))
    return w, level - center @ w


def teach(population, generation, rows, kind, rng):
    """Return the n-th generator's labels on the whole population, and the penalty it used."""
    shown, penalty = population.y, 0.0
    for g in range(generation):
        places = population.draw(rows, rng)
        labels = shown[places] + (0 if g == 0 else rng.standard_normal(rows))
        x = population.x[places]
        if kind == "ridge":
            penalty = 0.2 * population.scale
        elif kind == "tuned":
            penalty = RidgeCV(alphas=ALPHAS * rows).fit(x, labels).alpha_ / rows
        w, level = ridge(x, labels, penalty)
        shown = population.x @ w + level
    return shown, penalty


def once(population, generation, rows, generator_rows, kind, rng):
    """Risks of RidgeCV, predicting the mean, and ours."""
    shown, penalty = teach(population, generation, generator_rows, kind, rng)
    places = population.draw(rows, rng)
    x, y = population.x[places], shown[places] + rng.standard_normal(rows)
    ours = GenerationRidgeCV(
        generation=generation,
        generator_rows=generator_rows,
        generator_penalty=penalty,
        method="empirical_bayes" if penalty else "empirical_bayes_robust",
    ).fit(x, y)
    two = GenerationRidgeCV(generation=generation, generator_rows=generator_rows, method="mallows_cp").fit(x, y)
    predictions = [
        RidgeCV(alphas=ALPHAS * rows).fit(x, y).predict(population.x),
        np.full(len(population.x), y.mean()),
        ours.predict(population.x),
        two.predict(population.x),
    ]
    return [float(((f - population.truth) ** 2).mean()) for f in predictions]


def saving(risks, ours, rng):
    """Saving against RidgeCV and against the better of it and the mean, and the ends of the first's interval."""
    means = risks.mean(axis=0)
    drawn = risks[rng.integers(len(risks), size=(BOOTSTRAPS, len(risks)))].mean(axis=1)
    low, high = np.quantile(1 - drawn[:, ours] / drawn[:, 0], [0.025, 0.975])
    return 1 - means[ours] / means[0], 1 - means[ours] / min(means[0], means[1]), low, high


def main():
    """Print a line for every cell, then the summary."""
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}; {REPEATS} repeats a cell"
    )
    print(
        "generators data n T0 T psi | saving against RidgeCV [interval], against the better of it and the mean | Cp_n"
    )
    start, found = time.time(), []
    for name, x, y in data_sets():
        population = Population(x, y)
        dim = population.x.shape[1]
        for kind in ("least squares", "ridge", "tuned"):
            for generation in GENERATIONS:
                for given in GENERATOR_ROWS:
                    generator_rows = given or max(60, 3 * dim)
                    for rows in ROWS:
                        if rows < dim + 10 or generator_rows < dim + 5:
                            continue
                        rng = stream(91, name, kind, generation, generator_rows, rows)
                        risks = np.array(
                            [once(population, generation, rows, generator_rows, kind, rng) for _ in range(REPEATS)]
                        )
                        psi = generation * dim / (generator_rows - dim - 1) / population.signal
                        gain, honest, low, high = saving(risks, 2, rng)
                        simple = saving(risks, 3, rng)[0]
                        found.append((kind, psi, gain, honest, low, high, simple, risks.mean(axis=0)))
                        print(
                            f"{kind:<14} {name:<9} {generation:>2} {generator_rows:>4} {rows:>4} {psi:>7.2f} | "
                            f"{gain:>6.1%} [{low:>6.1%}, {high:>6.1%}] {honest:>7.1%} | {simple:>6.1%}",
                            flush=True,
                        )
        print(f"{name}: {time.time() - start:.0f} s", file=sys.stderr)
    for kind in ("least squares", "ridge", "tuned"):
        cells = [cell for cell in found if cell[0] == kind]
        above, below = sum(c[4] > 0 for c in cells), sum(c[5] < 0 for c in cells)
        worse = sum(c[7][0] > c[7][1] for c in cells)
        print(
            f"{kind}: interval above 0 in {above}, below in {below} of {len(cells)} cells; median saving "
            f"{np.median([c[2] for c in cells]):.0%}, against the better {np.median([c[3] for c in cells]):.0%}; "
            f"RidgeCV is worse than the mean in {worse}; Cp_n {np.median([c[6] for c in cells]):.0%}"
        )
        for low, high in pairwise(BINS):
            inside = [c for c in cells if low <= c[1] < high]
            if inside:
                print(
                    f"   psi {low:g} to {high:g}: {len(inside)} cells, median saving against the better of the two "
                    f"{np.median([c[3] for c in inside]):.0%}, worst {min(c[3] for c in inside):.0%}"
                )


if __name__ == "__main__":
    main()
