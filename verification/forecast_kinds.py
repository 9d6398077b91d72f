"""Do forecasts of logistic, Poisson and kernel regression and of Gaussian laws cover what happens on real rows?

Run: OMP_NUM_THREADS=1 .venv/bin/python -W ignore verification/forecast_kinds.py > verification/forecast_kinds.txt

Population: a data set (kernel ridge: at most 1,200 rows of it); the truth is the fit of all its rows. Kernel ridge:
the truth is a class, -.5 or .5, known without noise, and noise is added; "cv": the fit of all rows with a penalty
chosen by cross-validation stands for a truth that nobody knows. A user sees T rows drawn from it (5 splits) and
forecasts five generations (400 paths). What happens: 200 times (kernel ridge 60) T new rows of the population with
their recorded labels, then generations as the workflow says; risk against the truth over the whole data set. Columns
as in verification/forecast.txt; generations beyond the forecast's horizon of existence are left out and counted.
Sizes and seeds were fixed before the first look.
"""

import datetime
import platform
import sys
import time

import numpy as np
from forecast import judged
from sklearn.covariance import EmpiricalCovariance
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.model_selection import GridSearchCV
from statsmodels.datasets import anes96, fair, randhie

from genloss.advise.forecasts.from_rows import forecast
from genloss.errors import Problem
from genloss.models.likelihood import LINKS, maximize
from genloss.populations.catalog import load
from genloss.populations.places import NO_FOLDER
from genloss.streams import stream

SPLITS, REPLICATES, PATHS, LAST = 5, 200, 400, 5
CHAINS = 60  # of kernel ridge, which takes a solve a fit


def tables():
    """Name, inputs and labels of every set."""
    x, y = load_diabetes(return_X_y=True)
    cancer, wine, digits, iris = load_breast_cancer(), load_wine(), load_digits(), load_iris()
    pixels = digits.data[:, digits.data.std(axis=0).argsort()[-16:]]
    affairs, visits, votes = (each.load().data.astype(float) for each in (fair, randhie, anes96))
    return {
        "diabetes": (x, y),
        "cancer": (cancer.data[:, [1, 4, 8]], cancer.target),
        "wine": (wine.data[:, 1:5], wine.target == 1),
        "digits": (pixels, digits.target % 2),
        "iris": (iris.data, iris.target == 1),
        "fair": (affairs.drop(columns="affairs").to_numpy(), affairs["affairs"].to_numpy()),
        "randhie": (visits.drop(columns="mdvis").to_numpy(), visits["mdvis"].to_numpy()),
        "anes96": (votes[["age", "educ", "income", "PID"]].to_numpy(), votes["TVnews"].to_numpy()),
    }


def classes():
    """Sets for kernel ridge whose classes are known without noise: name, inputs, class 0 or 1, noise added, rows."""
    digits, cancer, wine, iris = load_digits(), load_breast_cancer(), load_wine(), load_iris()
    yield "digits", digits.data, digits.target % 2, 1.0, 400
    yield "cancer", cancer.data, cancer.target, 0.5, 250
    yield "wine", wine.data, wine.target == 1, 0.5, 90
    yield "iris", iris.data, iris.target == 1, 0.5, 75
    for name in ("mnist_5k", "fashion_mnist"):
        try:
            images = load(name, NO_FOLDER).data
        except Problem as problem:
            print(f"{name}: {problem}")
            continue
        yield name, images.pixels[:4000], images.classes[:4000] % 2, 1.0, 600


def standard(x):
    """Return standardized columns that vary."""
    x = np.asarray(x, dtype=float)[:, np.std(x, axis=0) > 0]
    return (x - x.mean(axis=0)) / x.std(axis=0)


class Likelihood:
    """Logistic or Poisson regression, all replicates at once."""

    def __init__(self, kind, x, y, penalty=0.0):
        self.kind, self.x, self.y, self.penalty, self.link = kind, x, y, penalty, LINKS[kind]
        self.ones = np.column_stack([np.ones(len(x)), x])
        found, exists = maximize(kind, self.ones[None], y[None], np.full(len(y), 1 / len(y)))
        assert exists[0]
        self.eta = self.ones @ found[0]
        by_rows = {"C": 1 / penalty if penalty else np.inf, "max_iter": 10_000}
        self.model = LogisticRegression(**by_rows) if kind == "logistic" else PoissonRegressor(alpha=penalty)

    def happens(self, rows, workflow, rng):
        """Risks (replicates, fits)."""
        kept, found, risks = [], None, []
        gone = np.zeros(REPLICATES, dtype=bool)
        for _ in range(LAST + 1):
            places = rng.integers(len(self.x), size=(REPLICATES, rows))
            design = self.ones[places]
            if found is None:
                labels = self.y[places]
            else:
                eta = np.einsum("rnk,rk->rn", design, found)
                labels = self.link.draw(self.link.mean(np.minimum(eta, 40)), rng)
            kept = [*kept, (design, labels)] if workflow == "accumulate" else [(design, labels)]
            pool, told = (np.concatenate(part, axis=1) for part in zip(*kept, strict=True))
            count = pool.shape[1]
            penalty = self.penalty / count if self.kind == "logistic" else self.penalty
            made, exists = maximize(self.kind, pool, told, np.full(count, 1 / count), penalty)
            gone |= ~exists
            found = made if found is None else np.where(gone[:, None], found, made)
            eta = found @ self.ones.T
            rise = self.link.cumulant(eta) - self.link.cumulant(self.eta) - self.link.mean(self.eta) * (eta - self.eta)
            risks.append(rise.mean(axis=1))
        return np.array(risks).T


class Kernel:
    """Kernel ridge regression, scikit-learn's own."""

    def __init__(self, x, y, truth, alpha, gamma, noise):
        self.x, self.y, self.truth, self.noise = x, y, truth, noise
        self.model = KernelRidge(alpha=alpha, kernel="rbf", gamma=gamma)
        self.gram = np.exp(-gamma * ((x**2).sum(1)[:, None] + (x**2).sum(1) - 2 * x @ x.T))

    def happens(self, rows, workflow, rng):
        """Risks (replicates, fits)."""
        found = np.empty((CHAINS, LAST + 1))
        for r in range(CHAINS):
            shown, kept = None, []
            for g in range(LAST + 1):
                places = rng.integers(len(self.x), size=rows)
                if shown is None:
                    labels = self.y(places, rng)
                else:
                    labels = shown[places] + self.noise * rng.standard_normal(rows)
                kept = [*kept, (places, labels)] if workflow == "accumulate" else [(places, labels)]
                at, told = (np.concatenate(part) for part in zip(*kept, strict=True))
                # rows drawn more than once are one row of more weight: the same fit
                used, back, times = np.unique(at, return_inverse=True, return_counts=True)
                inner = self.gram[np.ix_(used, used)] + np.diag(self.model.alpha / times)
                shown = self.gram[:, used] @ np.linalg.solve(inner, np.bincount(back, told) / times)
                found[r, g] = np.mean((shown - self.truth) ** 2)
        return found


class Law:
    """A Gaussian law of the rows."""

    model = EmpiricalCovariance()
    y = None

    def __init__(self, x):
        self.x, self.mean, self.covariance = x, x.mean(axis=0), np.cov(x.T, ddof=0)

    def happens(self, rows, workflow, rng):
        """Risks (replicates, fits)."""
        found = np.empty((REPLICATES, LAST + 1))
        for r in range(REPLICATES):
            kept, mean, covariance = [], None, None
            for g in range(LAST + 1):
                if mean is None:
                    new = self.x[rng.integers(len(self.x), size=rows)]
                else:
                    new = rng.multivariate_normal(mean, covariance, size=rows)
                kept = [*kept, new] if workflow == "accumulate" else [new]
                pool = np.concatenate(kept)
                mean, covariance = pool.mean(axis=0), np.cov(pool.T, ddof=0)
                inverse, off = np.linalg.inv(covariance), mean - self.mean
                size = np.linalg.slogdet(covariance)[1] - np.linalg.slogdet(self.covariance)[1]
                found[r, g] = (np.trace(inverse @ self.covariance) + off @ inverse @ off - len(off) + size) / 2
        return found


def kernel_population(x, clean, noise, level=None):
    """A clean truth with Gaussian noise; level: recorded labels, whose fit by cross-validation stands for the truth."""
    gamma = 1 / x.shape[1] / 4
    known = clean + noise * stream(63, "cv").standard_normal(len(x)) if level is None else level - level.mean()
    searched = GridSearchCV(KernelRidge(kernel="rbf", gamma=gamma), {"alpha": np.logspace(-3, 2, 11)}, cv=5).fit(
        x, known
    )
    truth = clean if level is None else searched.predict(x)
    spread = noise if level is None else float(np.std(known - truth))

    def labels(places, rng):
        return clean[places] + noise * rng.standard_normal(len(places)) if level is None else known[places]

    return Kernel(x, labels, truth, float(searched.best_params_["alpha"]), gamma, spread)


def cases():
    """Title, data, population, rows that the user sees."""
    sets = tables()
    for name, above, rows in (
        ("diabetes", 100, 200), ("cancer", 0, 300), ("wine", 0, 120), ("digits", 0, 400), ("fair", 0, 400),
        ("randhie", 0, 400), ("anes96", 2, 300),
    ):  # fmt: skip
        x, y = sets[name]
        label = (np.asarray(y, dtype=float) > above) * 1.0
        for penalty in (0.0, 1.0):
            yield (
                f"logistic, C {1 / penalty if penalty else np.inf:g}",
                name,
                Likelihood("logistic", standard(x), label, penalty),
                rows,
            )
    for name, scale, rows in (("diabetes", 20, 200), ("randhie", 1, 400), ("anes96", 1, 300), ("fair", 1, 400)):
        x, y = sets[name]
        yield "Poisson", name, Likelihood("poisson", standard(x), np.round(np.asarray(y, dtype=float) / scale)), rows
    for name, given, label, noise, rows in classes():
        x = standard(given)
        chosen = stream(64, name).permutation(len(x))[:1200]
        yield "kernel ridge", name, kernel_population(x[chosen], label[chosen] - 0.5, noise), rows
    for name, rows in (("diabetes", 200), ("anes96", 300)):
        x, y = sets[name]
        x, y = standard(x), np.asarray(y, dtype=float)
        chosen = stream(64, name).permutation(len(x))[:1200]
        yield "kernel ridge, cv", name, kernel_population(x[chosen], None, 0, y[chosen]), rows
    for name, columns, rows in (
        ("diabetes", slice(0, 6), 200), ("cancer", slice(0, 3), 300), ("wine", slice(0, 4), 100),
        ("iris", slice(0, 4), 60), ("digits", slice(0, 8), 400), ("fair", slice(0, 8), 300),
        ("anes96", slice(0, 4), 300),
    ):  # fmt: skip
        yield "Gaussian law", name, Law(standard(sets[name][0])[:, columns]), rows


def judge(title, name, population, rows, workflow):
    """Coverage of five splits, scores, widths, what failed, generations left out."""
    covered, scores, widths, failed, left = [], [], [], set(), 0
    for split in range(SPLITS):
        rng = stream(62, title, name, workflow, split)
        # a table has no row twice: recorded labels would be alike, and a rough truth would explain them
        places = (
            rng.choice(len(population.x), size=rows, replace=False)
            if "kernel" in title
            else rng.integers(len(population.x), size=rows)
        )
        labels = (
            None
            if population.y is None
            else population.y(places, rng)
            if callable(population.y)
            else population.y[places]
        )
        told = forecast(
            population.model, population.x[places], labels, workflow=workflow, generations=LAST, replicates=PATHS
        )
        until = LAST if told.exists_until is None else told.exists_until
        left += LAST - until
        if until < 0:
            continue
        seen = population.happens(rows, workflow, rng)[:, : until + 1]
        low, high = told.low[: until + 1], told.high[: until + 1]
        for kept, value in zip((covered, scores, widths), judged(low, high, seen), strict=True):
            kept.append(value)
        failed |= {a.name for a in told.assumptions if a.state == "failed"}
    return covered, scores, widths, failed, left


def main():
    """Print."""
    print(f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}")
    print("model, data, rows, workflow: coverage (lowest split), score and width over the replicates' own, "
          "generations left out of 25, failed assumptions")  # fmt: skip
    start = time.time()
    only = sys.argv[1:]
    for title, name, population, rows in cases():
        if only and not any(word in f"{title} {name}" for word in only):
            continue
        for workflow in ("replace", "accumulate"):
            try:
                covered, scores, widths, failed, left = judge(title, name, population, rows, workflow)
            except Exception as problem:
                print(f"{title:<16} {name:<9} {rows:>4} {workflow:<11} refused: {problem}", flush=True)
                continue
            print(
                f"{title:<16} {name:<9} {rows:>4} {workflow:<11} {np.mean(covered):>5.1%} ({min(covered):>5.1%}) "
                f"{np.mean(scores):>5.2f} {np.mean(widths):>5.2f} {left:>3}  {'; '.join(sorted(failed)) or '-'}",
                flush=True,
            )
        print(f"{title} {name}: {time.time() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
