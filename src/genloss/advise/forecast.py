"""What will happen to a user's own model if it is taught by its own labels? A risk curve with two bands."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import clone

from genloss.advise.worlds import Seen, see, truths
from genloss.errors import Problem
from genloss.report import Curve, Panel
from genloss.simulation.families import refuse_dishonest
from genloss.streams import stream
from genloss.workflows import TRUTH, Schedule, Workflow

Array = NDArray[np.float64]

KNOWN = ("LinearRegression", "Ridge", "RidgeCV", "GenerationRidge")
_RUNS = 10  # of each truth
_LEVERAGE, _WEAK, _KURTOSIS, _UNSURE = 0.5, 0.1, 6.0, 0.6


@dataclass(frozen=True)
class Assumption:
    """What the forecast rests on. state: "checked", "failed" or "unknown"."""

    name: str
    state: str
    found: str


@dataclass(frozen=True)
class Forecast:
    """Risk by generation, mean (f - truth)^2 over the rows' inputs, in label^2; arrays (generations + 1,).

    risk, standard_error: the mean over all paths. low, high: 95 % of paths, everything counted. truth_low, truth_high:
    95 % of the truths that are believed, each at the mean of its runs: what more real rows would narrow. run_low,
    run_high: 95 % of runs about the mean of their truth: what no number of rows narrows. mean_risk: of predicting the
    mean. horizon: the last generation in which at least half of the paths beat that; None: all. assumptions: what
    this rests on. paths: how many were drawn.
    """

    risk: Array
    standard_error: Array
    low: Array
    high: Array
    truth_low: Array
    truth_high: Array
    run_low: Array
    run_high: Array
    mean_risk: float
    horizon: int | None
    assumptions: tuple[Assumption, ...]
    paths: int

    def table(self) -> list[dict[str, float]]:
        """Return a row for every generation."""
        names = ("risk", "standard_error", "low", "high", "truth_low", "truth_high", "run_low", "run_high")
        return [
            {"generation": g} | {name: float(getattr(self, name)[g]) for name in names} for g in range(self.risk.size)
        ]

    def words(self) -> list[str]:
        """Say the answer, the horizon, and what is not known."""
        last = self.risk.size - 1
        lines = [
            f"risk {self.risk[0]:.3g} in generation 0, {self.risk[last]:.3g} in generation {last} "
            f"(95 % of paths {self.low[last]:.3g} to {self.high[last]:.3g}); "
            f"predicting the mean has {self.mean_risk:.3g}"
        ]
        if self.horizon is not None:
            lines.append(
                f"not beyond generation {self.horizon}: from there on most paths do worse than predicting the mean"
            )
        lines += [f"{a.state}: {a.name}: {a.found}" for a in self.assumptions]
        return lines

    def panel(self) -> Panel:
        """Draw the mean with the band of truths as error bars, and the ends of all paths as lines."""
        x = list(range(self.risk.size))
        curves = (
            Curve("mean; bars: the truth is not known", 1.0, x, self.risk.tolist(), x, self.risk.tolist(),
                  ((self.truth_high - self.truth_low) / 2).tolist()),
            Curve("95 % of paths, lower end", 0.4, x, self.low.tolist()),
            Curve("95 % of paths, upper end", 0.0, x, self.high.tolist()),
        )  # fmt: skip
        return Panel("forecast", "generation n", "risk (label²)", curves, x_whole=True, y_log=self.low.min() > 0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        given = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "assumptions"}
        plain = {name: value.tolist() if isinstance(value, np.ndarray) else value for name, value in given.items()}
        states = [{"name": a.name, "state": a.state, "found": a.found} for a in self.assumptions]
        return {"schema": "forecast/1"} | plain | {"assumptions": states}

    def __repr__(self) -> str:
        return f"<Forecast of {self.risk.size - 1} generations, {self.paths} paths: {self.words()[0]}>"


def forecast(
    estimator: Any,
    X: ArrayLike,
    y: ArrayLike,
    *,
    workflow: Workflow | Mapping[str, Any] | str = "replace",
    generations: int = 10,
    paths: int = 400,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Forecast:
    """Forecast the risk of an estimator that later generations fit to labels of earlier ones.

    Worlds are drawn that could have made the rows: the truth from what empirical Bayes believes, rows resampled with
    their own residuals for real labels, Gaussian noise for labels that models make; in each the estimator is refitted
    generation after generation as the workflow says. Each truth has a noise of its own, scaled as the residuals
    of a resampled table would be: few rows with heavy tails do not know it well.

    estimator: LinearRegression, Ridge, RidgeCV or GenerationRidge; others are refused by name. X (rows, features), y
    (rows,). workflow: a name (its batches have as many rows as X), a table as in a study, or a `Workflow`; whole
    batches. paths: multiples of 10. progress: called with (paths done, paths).
    Status: simulation, as good as the worlds: docs/theory/forecast.md has the coverage on real data, failures included.
    """
    if type(estimator).__name__ not in KNOWN:
        found = f"{type(estimator).__name__} is not one whose forecasts were tested"
        raise Problem("estimator", found, f"give one of {', '.join(KNOWN)}")
    rows, labels = np.asarray(X, dtype=float), np.asarray(y, dtype=float)
    if rows.ndim != 2 or labels.shape != (len(rows),) or not (np.isfinite(rows).all() and np.isfinite(labels).all()):
        raise Problem("X, y", f"shapes {rows.shape} and {labels.shape}", "give finite rows and as many finite labels")
    if isinstance(paths, bool) or not isinstance(paths, int) or paths < 50 or paths % _RUNS:
        raise Problem("paths", f"{paths!r}", "give a multiple of 10 from 50 on, e.g. 400")
    schedule = _schedule(workflow, len(rows), generations)
    seen = see(rows, labels)
    believed = truths(seen, paths // _RUNS, stream(seed, "forecast", "truths"))
    risks = np.empty((paths // _RUNS, _RUNS, generations + 1))
    for t, truth in enumerate(believed):
        pool = stream(seed, "forecast", "noise", t).integers(len(rows), size=len(rows))
        scale = float(np.sqrt(np.mean(seen.residuals[pool] ** 2) / np.mean(seen.residuals**2)))
        for r in range(_RUNS):
            risks[t, r] = _path(estimator, seen, truth, scale, schedule, stream(seed, "forecast", t, r))
        if progress:
            progress((t + 1) * _RUNS, paths)
    return _summed(risks, seen, believed)


def _schedule(workflow: Workflow | Mapping[str, Any] | str, rows: int, generations: int) -> Schedule:
    if isinstance(workflow, str):
        workflow = {"kind": workflow, "rows": rows}
    made = workflow if isinstance(workflow, Workflow) else Workflow.from_dict(workflow)
    schedule = made.compile(generations)
    refuse_dishonest(schedule, rows)
    for batch in schedule.batches:
        if batch.origin is None:
            found = f"the rows {batch.tag!r} of generation {batch.birth} have mixed origins"
            raise Problem("workflow", found, "draw them apart")
    if schedule.first_subsample is not None:
        g, term = schedule.first_subsample
        raise Problem("workflow", f"term {term} of generation {g} takes a subsample", "give whole batches")
    return schedule


def _path(
    estimator: Any, seen: Seen, truth: Array, scale: float, schedule: Schedule, rng: np.random.Generator
) -> Array:
    """Risk of every fit in one world: a truth, and a scale of its noise."""
    clean, noise = seen.x @ truth, scale * np.sqrt(seen.noise)
    shown: list[Array] = []
    batches: dict[int, tuple[Array, Array]] = {}
    risks = np.empty(len(schedule.train))
    for g in range(len(schedule.train)):
        for b in schedule.born[g]:
            batch = schedule.batches[b]
            places = rng.integers(len(clean), size=batch.rows)
            if batch.origin == TRUTH:
                labels = clean[places] + scale * seen.residuals[places]
            else:
                labels = shown[int(batch.origin or 0)][places] + noise * rng.standard_normal(batch.rows)
            batches[b] = seen.x[places], labels
        shares = schedule.shares(g)
        x = np.concatenate([batches[b][0] for b in shares])
        y = np.concatenate([batches[b][1] for b in shares])
        weights = np.concatenate([np.full(len(batches[b][1]), s / len(batches[b][1])) for b, s in shares.items()])
        fit = clone(estimator)
        even = np.ptp(weights) < 1e-12 * weights[0]
        fit = fit.fit(x, y) if even else fit.fit(x, y, sample_weight=weights * len(y))
        shown.append(fit.predict(seen.x))
        risks[g] = np.mean((shown[g] - clean) ** 2)
    return risks


def _summed(risks: Array, seen: Seen, believed: Array) -> Forecast:
    every = risks.reshape(-1, risks.shape[-1])
    by_truth = risks.mean(axis=1)
    # the mean of ten runs still has a tenth of their variance: take it off before the band is drawn
    spread, chance = by_truth.var(axis=0, ddof=1), risks.var(axis=1, ddof=1).mean(axis=0) / _RUNS
    shrink = np.sqrt(np.maximum(0.0, 1 - chance / np.maximum(spread, 1e-300)))
    middle = by_truth.mean(axis=0)
    truth_low, truth_high = np.quantile(middle + shrink * (by_truth - middle), [0.025, 0.975], axis=0)
    about = (risks - by_truth[:, None]).reshape(every.shape) * np.sqrt(_RUNS / (_RUNS - 1))
    run_low, run_high = middle + np.quantile(about, [0.025, 0.975], axis=0)
    low, high = np.quantile(every, [0.025, 0.975], axis=0)
    powers = ((seen.x @ believed.T) ** 2).mean(axis=0)
    worse = (every > np.repeat(powers, _RUNS)[:, None]).mean(axis=0) > 0.5
    horizon = int(np.flatnonzero(worse)[0]) - 1 if worse.any() else None
    ratio = float(((truth_high - truth_low) / (run_high - run_low)).max())
    known = _looked(
        "the truth is known well enough",
        ratio < _UNSURE,
        f"its band is {ratio:.2g} times as wide as that of runs; where it is not small, all paths are no band for runs",
    )
    error = by_truth.std(axis=0, ddof=1) / np.sqrt(len(by_truth))
    return Forecast(
        middle, error, low, high, truth_low, truth_high, run_low, run_high,
        float(powers.mean()), horizon, (*_assumptions(seen), known), len(every),
    )  # fmt: skip


def _assumptions(seen: Seen) -> tuple[Assumption, ...]:
    """What can be looked at, and what cannot."""
    top = float(seen.leverage.max())
    share = seen.signal / (seen.signal + seen.noise)
    kurtosis = float(np.mean(seen.residuals**4) / np.mean(seen.residuals**2) ** 2)
    return (
        _looked("no row decides alone", top < _LEVERAGE, f"largest leverage {top:.2f} of at most 1"),
        _looked(
            "the labels hold a signal",
            share > _WEAK,
            f"{share:.0%} of the labels' variance; below {_WEAK:.0%} bands have covered too little",
        ),
        _looked(
            "noise of one kind",
            kurtosis < _KURTOSIS,
            f"kurtosis of the residuals {kurtosis:.1f} (3: Gaussian); later generations draw Gaussian noise",
        ),
        Assumption("the truth is linear in X", "unknown", "risk is measured against the best linear fit"),
        Assumption("later rows are like these", "unknown", "inputs are drawn from the given rows"),
    )


def _looked(name: str, good: bool, found: str) -> Assumption:
    return Assumption(name, "checked" if good else "failed", found)
