"""What will happen from here on, given the fit of these very rows? The loss on rows held out."""

from typing import Any

import numpy as np

from genloss.advise.foretold import GONE, Forecast
from genloss.advise.worlds.protocol import LATER, Array, Assumption, looked, unlike
from genloss.errors import Problem
from genloss.models.likelihood import LINKS
from genloss.simulation.relabelled import WORKFLOWS, Relabelled, relabelled
from genloss.streams import stream
from genloss.study.agreement import Z
from genloss.theory.relabelled import expected_loss_growth, growth

_ALLOWED = 0.1  # of the growth


def forecast_from_fit(
    estimator: Any, x: Array, y: Array, held_out: tuple[Array, Array], workflow: object, generations: int, paths: int,
    seed: int,
) -> Forecast:  # fmt: skip
    """Relabel the same inputs; judge on held-out rows; the first order beside it."""
    kind = {"LogisticRegression": "logistic", "PoissonRegressor": "poisson"}.get(type(estimator).__name__)
    if kind is None or (estimator.alpha > 0 if kind == "poisson" else np.isfinite(estimator.C)):
        found = f"{estimator!r} with held_out"
        raise Problem("estimator", found, "give LogisticRegression(C=inf) or PoissonRegressor(alpha=0), or no held_out")
    if workflow not in WORKFLOWS:
        raise Problem("workflow", f"{workflow!r} with held_out", f"give one of {', '.join(WORKFLOWS)}")
    z, t = held_out
    center, scale = x.mean(axis=0), np.maximum(x.std(axis=0), 1e-300)
    x, z = (x - center) / scale, (z - center) / scale
    run = relabelled(
        x, y, z, t, generations=generations, replicates=paths, rng=stream(seed, "forecast", "from fit"), kind=kind,
        workflow=str(workflow),
    )  # fmt: skip
    unit = expected_loss_growth(run.coefficients[0, 0], x, z, t, kind)
    return _told(run, kind, run.loss[0, 0] + unit * growth(str(workflow), generations), y, t)


def _told(found: Relabelled, kind: str, theory: Array, y: Array, t: Array) -> Forecast:
    loss, gone = found.loss, found.ended.mean(axis=1)
    paths, until = loss.shape[1], found.horizon(GONE)
    shown = slice(None) if until is None else slice(until + 1)
    middle, error = loss.mean(axis=1), loss.std(axis=1, ddof=1) / np.sqrt(paths)
    mean = float(y.mean())
    eta = np.log(mean / (1 - mean)) if kind == "logistic" else np.log(mean)
    plain = float(LINKS[kind].cumulant(np.array(eta)) - eta * t.mean())
    worse = (loss > plain).mean(axis=1)[shown] > 0.5
    low, high = np.quantile(loss, [0.025, 0.975], axis=1)
    curves: dict[str, Any] = {
        "risk": middle, "standard_error": error, "median": np.median(loss, axis=1), "low": low, "high": high,
        "truth_low": middle, "truth_high": middle, "run_low": low, "run_high": high,
    }  # fmt: skip
    known = np.arange(len(middle)) <= (len(middle) if until is None else until)
    curves = {name: np.where(known, each, np.nan) for name, each in curves.items()}
    return Forecast(
        **curves,
        ended=gone,
        plain_risk=plain,
        plain="one mean for all",
        unit="held-out loss, nats a row",
        horizon=int(np.flatnonzero(worse)[0]) - 1 if worse.any() else None,
        exists_until=until,
        missing=LINKS[kind].missing,
        assumptions=_assumptions(middle[shown], error[shown], theory[shown]),
        paths=paths,
        theory=np.where(known, theory, np.nan),
    )


def _assumptions(mean: Array, error: Array, theory: Array) -> tuple[Assumption, ...]:
    """Whether the first order agrees, and until when."""
    off = np.abs(mean - theory) > Z * error + _ALLOWED * np.abs(theory - theory[:1]) + 1e-12
    until = int(np.flatnonzero(off)[0]) - 1 if off.any() else len(mean) - 1
    return (
        looked(
            "first order, from the fit alone",
            not off.any(),
            f"agrees with the paths up to generation {until} ({Z:g} standard errors + {_ALLOWED:.0%} of the growth); "
            f"in generation {len(mean) - 1} it says {theory[-1]:.4g} where paths have {mean[-1]:.4g} ± {error[-1]:.2g}",
        ),
        unlike("the truth", "generation 0 is the fit of these rows; another table would have another"),
        LATER,
    )
