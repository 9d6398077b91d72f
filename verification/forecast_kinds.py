"""Do forecasts of logistic, Poisson and kernel regression and of Gaussian laws cover what happens on real rows?

Run: OMP_NUM_THREADS=1 .venv/bin/python -W ignore verification/forecast_kinds.py > verification/forecast_kinds.txt

Population: a data set; the truth is the fit of all its rows (kernel ridge: with a penalty chosen by cross-validation;
digits: the parity without noise). A user sees T rows drawn from it (5 splits) and forecasts five generations (200
paths). What happens: 200 times T new rows of the population with their recorded labels, then generations as the
workflow says; risk against the truth over the whole data set. Columns as in verification/forecast.txt; generations
beyond the forecast's horizon of existence are left out and counted. Sizes and seeds were fixed before the first look.
"""

import datetime
import platform
import sys
import time

import numpy as np
from sklearn.covariance import EmpiricalCovariance
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.model_selection import GridSearchCV
from statsmodels.datasets import anes96, fair, randhie

from genloss.advise.forecast import forecast
from genloss.models.likelihood import LINKS, maximize
from genloss.streams import stream

SPLITS, REPLICATES, PATHS, LAST, LEVEL = 5, 200, 200, 5, 0.05


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
        found = np.empty((REPLICATES, LAST + 1))
        for r in range(REPLICATES):
            shown, kept = None, []
            for g in range(LAST + 1):
                places = rng.integers(len(self.x), size=rows)
                if shown is None:
                    labels = self.y(places, rng)
                else:
                    labels = shown[places] + self.noise * rng.standard_normal(rows)
                kept = [*kept, (places, labels)] if workflow == "accumulate" else [(places, labels)]
                at, told = (np.concatenate(part) for part in zip(*kept, strict=True))
                inner = self.gram[np.ix_(at, at)] + self.model.alpha * np.eye(len(at))
                shown = self.gram[:, at] @ np.linalg.solve(inner, told)
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


def kernel_population(x, y, clean, noise):
    """Truth, labels and penalty by cross-validation on the whole set (at most 1,200 rows of it)."""
    gamma = 1 / x.shape[1] / 4
    known = y if clean is None else clean + noise * stream(63, "cv").standard_normal(len(x))
    grid = {"alpha": np.logspace(-3, 2, 11)}
    level = known.mean()
    searched = GridSearchCV(KernelRidge(kernel="rbf", gamma=gamma), grid, cv=5).fit(x, known - level)
    truth = clean if clean is not None else searched.predict(x)
    spread = noise if clean is not None else float(np.std(known - level - truth))

    def labels(places, rng):
        if clean is None:
            return known[places] - level
        return clean[places] + noise * rng.standard_normal(len(places))

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
            yield f"logistic, C {1 / penalty if penalty else np.inf:g}", name, Likelihood("logistic", standard(x), label, penalty), rows
    for name, scale, rows in (("diabetes", 20, 200), ("randhie", 1, 400), ("anes96", 1, 300), ("fair", 1, 400)):
        x, y = sets[name]
        yield "Poisson", name, Likelihood("poisson", standard(x), np.round(np.asarray(y, dtype=float) / scale)), rows
    digits = load_digits()
    used = standard(digits.data)[:1200]
    yield "kernel ridge", "digits", kernel_population(used, None, (digits.target[:1200] % 2) - 0.5, 1.0), 400
    for name, rows in (("diabetes", 200), ("wine", 100), ("fair", 400), ("anes96", 300)):
        x, y = sets[name]
        yield "kernel ridge", name, kernel_population(standard(x)[:1200], np.asarray(y, dtype=float)[:1200], None, 0), rows
    for name, columns, rows in (
        ("diabetes", slice(0, 6), 200), ("cancer", slice(0, 3), 300), ("wine", slice(0, 4), 100),
        ("iris", slice(0, 4), 60), ("digits", slice(0, 8), 400), ("fair", slice(0, 8), 300), ("anes96", slice(0, 4), 300),
    ):  # fmt: skip
        yield "Gaussian law", name, Law(standard(sets[name][0])[:, columns]), rows


def score(low, high, seen):
    """Interval score, mean over replicates and generations."""
    miss = np.maximum(low - seen, 0) + np.maximum(seen - high, 0)
    return float((high - low + 2 / LEVEL * miss).mean())


def judge(title, name, population, rows, workflow):
    """Coverage of five splits, scores, widths, what failed, generations left out."""
    covered, scores, widths, failed, left = [], [], [], set(), 0
    for split in range(SPLITS):
        rng = stream(62, title, name, workflow, split)
        places = rng.integers(len(population.x), size=rows)
        labels = None if population.y is None else population.y(places, rng) if callable(population.y) else population.y[places]
        told = forecast(population.model, population.x[places], labels, workflow=workflow, generations=LAST, paths=PATHS)
        until = LAST if told.exists_until is None else told.exists_until
        left += LAST - until
        if until < 0:
            continue
        seen = population.happens(rows, workflow, rng)[:, : until + 1]
        low, high = told.low[: until + 1], told.high[: until + 1]
        ends = np.quantile(seen, [LEVEL / 2, 1 - LEVEL / 2], axis=0)
        covered.append(float(((low <= seen) & (seen <= high)).mean()))
        scores.append(score(low, high, seen) / score(*ends, seen))
        widths.append(float(((high - low) / (ends[1] - ends[0])).mean()))
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
        if only and not any(word in title for word in only):
            continue
        for workflow in ("replace", "accumulate"):
            try:
                covered, scores, widths, failed, left = judge(title, name, population, rows, workflow)
            except Exception as problem:  # noqa: BLE001
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
