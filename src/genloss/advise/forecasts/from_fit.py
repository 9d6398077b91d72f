"""What will happen from here on, given the fit of these very rows? The loss on rows held out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import xlogy

from genloss.advise.assumption import Assumption
from genloss.advise.estimators.named import bare
from genloss.advise.estimators.recognized import kind_of, likelihood_of
from genloss.advise.forecasts.bands import horizons, known_until
from genloss.advise.forecasts.result import Forecast
from genloss.advise.forecasts.worlds.directions import directions
from genloss.advise.forecasts.worlds.protocol import LATER_ROWS_ARE_ALIKE, Array, tested, untestable
from genloss.advise.forecasts.worlds.shown import check_labels
from genloss.doors import Advice, Setting, Words
from genloss.errors import Problem
from genloss.models.likelihood import LINKS
from genloss.results.agreement import Z
from genloss.simulation.families.relabeled import WORKFLOWS, Relabeled, last_before, relabeled
from genloss.streams import stream
from genloss.theory.workflows.relabeled import expected_loss_growth, growth
from genloss.workflows import NAMED, Schedule

_UNITS = {"logistic": "held-out loss, nats a row", "poisson": "half the held-out deviance, nats a row"}
_ALLOWED, _SEEN = 0.1, 0.6  # of the growth

Progress = Callable[[int, int], None]


def forecast_from_fit(
    estimator: Any,
    x: Array,
    y: Array,
    held_out: tuple[Array, Array],
    schedule: Schedule,
    replicates: int,
    seed: int,
    progress: Progress | None,
    exposures: tuple[Array, Array] | None = None,
    model: str | Words = "this estimator",
) -> Forecast:
    """Relabel the same inputs; judge on held-out rows; the first order beside it.

    exposures: of the rows and of those held out, for counts. model: what the user calls the estimator.
    """
    kind, penalty, _ = likelihood_of(estimator) if kind_of(estimator) in LINKS else ("", 0.0, True)
    if not kind or penalty > 0:
        told = bare(model) if not kind else f"a penalty of {penalty:g}" if isinstance(model, Words) else repr(estimator)
        plain = Words(
            'give LogisticRegression(C=inf) or PoissonRegressor(alpha=0), or the word "logistic" or "poisson"',
            "take --model logistic or --model poisson without --penalty",
        )
        found, mend = Advice(told, " with ", Setting("held_out")), Advice(plain, ", or no ", Setting("held_out"))
        raise Problem("estimator", found, mend)
    workflow, generations = _named(schedule, len(x)), len(schedule.train) - 1
    z, t = held_out
    check_labels(kind, y)
    check_labels(kind, t, "held_out", both=False)
    along = directions(x, spare=6)
    x, z = along.turn(x), along.turn(z)
    offsets: tuple[Array, Array] = np.zeros(len(x)), np.zeros(len(z))
    if exposures is not None:
        offsets = np.log(exposures[0] / exposures[0].mean()), np.log(exposures[1] / exposures[0].mean())
    run = relabeled(
        x, y, z, t, generations=generations, replicates=replicates, rng=stream(seed, "forecast", "from fit"), kind=kind,
        workflow=workflow, progress=progress, offsets=offsets,
    )  # fmt: skip
    unit = expected_loss_growth(run.coefficients[0, 0], x, z, t, kind, offsets)
    rate = None if exposures is None else float(y.sum() / np.exp(offsets[0]).sum())
    theory = run.loss[0, 0] + unit * growth(workflow, generations)
    return _told(run, kind, theory, y, t, rate, offsets[1])


def _named(schedule: Schedule, rows: int) -> str:
    """Which of the two workflows this is, with batches as large as the table."""
    for name in WORKFLOWS:
        if NAMED[name](rows).compile(len(schedule.train) - 1) == schedule:
            return name
    found = f"not one of {' and '.join(WORKFLOWS)} with {rows} rows a batch, as many as were fitted"
    raise Problem("workflow", found, Advice("give one of these, or no ", Setting("held_out")))


def _told(
    found: Relabeled, kind: str, theory: Array, y: Array, t: Array, rate: float | None, held_offset: Array
) -> Forecast:
    least = least_loss(kind, t)
    loss, theory, gone = found.loss - least, theory - least, found.ended.mean(axis=1)
    paths = loss.shape[1]
    middle, error = loss.mean(axis=1), loss.std(axis=1, ddof=1) / np.sqrt(paths)
    error[0] = 0.0  # all paths share the first fit
    eta = LINKS[kind].predictor(float(y.mean()) if rate is None else rate) + held_offset
    plain = float((LINKS[kind].cumulant(eta) - eta * t).mean()) - least
    low, high = np.quantile(loss, [0.025, 0.975], axis=1)
    curves: dict[str, Any] = {
        "risk": middle, "standard_error": error, "median": np.median(loss, axis=1), "low": low, "high": high,
        "truth_low": middle, "truth_high": middle, "run_low": low, "run_high": high,
        "worse": (loss > plain).mean(axis=1), "theory": theory,
    }  # fmt: skip
    until, horizon = horizons(gone, curves["worse"])
    shown = slice(None) if until is None else slice(until + 1)
    return Forecast(
        **known_until(curves, until),
        ended=gone,
        plain_risk=plain,
        plain_error=0.0,
        plain="one mean for all" if rate is None else "one rate for all",
        unit=_UNITS[kind],
        horizon=horizon,
        horizon_low=horizon,
        horizon_high=horizon,
        horizon_beyond=float(horizon is None),
        exists_until=until,
        missing=LINKS[kind].missing,
        assumptions=_assumptions(middle[shown], error[shown], theory[shown]),
        replicates=paths,
    )


def least_loss(kind: str, labels: Array) -> float:
    """Return the mean of A(eta) - y eta where every mean is its own label: losses beyond it have a zero, and ratios.

    Logistic: 0, the loss is all that labels cost. Poisson: less than 0 for large counts; beyond it is half the
    deviance.

    >>> least_loss("poisson", np.array([0.0, 1.0, 2.0])).__round__(4), least_loss("logistic", np.array([0.0, 1.0]))
    (0.5379, 0.0)
    """
    return float((labels - xlogy(labels, labels)).mean()) if kind == "poisson" else 0.0


def _assumptions(mean: Array, error: Array, theory: Array) -> tuple[Assumption, ...]:
    """Whether the first order agrees, and until when; undecided where standard errors are large beside the growth."""
    grown = np.abs(theory - theory[:1])
    off = np.abs(mean - theory) > Z * error + _ALLOWED * grown + 1e-12
    agreed = last_before(off)
    until = len(mean) - 1 if agreed is None else agreed
    name = "first order, from the fit alone"
    found = (
        f"agrees with the paths up to generation {until} ({Z:g} standard errors + {_ALLOWED:.0%} of the growth); "
        f"in generation {len(mean) - 1} it says {theory[-1]:.4g} where paths have {mean[-1]:.4g} ± {error[-1]:.2g}"
    )
    if not off.any() and Z * error[-1] > _SEEN * grown[-1]:
        told = untestable(
            name,
            f"too few paths to tell: in generation {len(mean) - 1} it says {theory[-1]:.4g} where paths have "
            f"{mean[-1]:.4g} ± {error[-1]:.2g}, and only a difference of more than "
            f"{Z * error[-1] / max(grown[-1], 1e-300):.0%} of the growth would be seen",
        )
    else:
        told = tested(name, not off.any(), found)
    return (
        told,
        untestable("the truth", "generation 0 is the fit of these rows; another table would have another"),
        LATER_ROWS_ARE_ALIKE,
    )
