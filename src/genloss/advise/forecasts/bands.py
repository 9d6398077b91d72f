"""Which bands and horizons follow from the risks of all paths?"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import f as f_law

from genloss.advise.forecasts.result import Forecast
from genloss.advise.forecasts.worlds import Assumption, World, tested
from genloss.advise.forecasts.worlds.protocol import Array, untestable
from genloss.simulation.families.relabeled import last_before

_UNSURE = 0.6
GONE = 0.025  # share of paths without an estimate, beyond which the 95 % band has no upper end


def summed(risks: Array, ended: Array, plain_risks: Array, world: World) -> Forecast:
    """Turn risks of all paths, (truths, runs, generations + 1), into bands. ended: whether a path had ended, likewise.

    plain_risks: (truths,).
    """
    truths, runs = risks.shape[:2]
    every = risks.reshape(-1, risks.shape[-1])
    by_truth = risks.mean(axis=1)
    middle = by_truth.mean(axis=0)
    # the mean of a truth's runs still has a part of their variance: take it off before the band is drawn
    spread, chance = by_truth.var(axis=0, ddof=1), risks.var(axis=1, ddof=1).mean(axis=0) / runs
    # both relative and averaged over five generations: one generation alone tells them apart badly
    whole, part = (_averaged(each / middle**2) for each in (spread, chance))
    own = np.maximum(0.0, whole - part) * middle**2
    shrink = np.sqrt(own / np.maximum(spread, 1e-300))
    truth_low, truth_high = np.quantile(middle + shrink * (by_truth - middle), [0.025, 0.975], axis=0)
    logs = np.log(np.maximum(risks, 1e-300))
    levels = logs.mean(axis=1)
    about = (logs - levels[:, None]).reshape(every.shape) * np.sqrt(runs / (runs - 1))
    run_low, run_high = np.exp(levels.mean(axis=0) + np.quantile(about, [0.025, 0.975], axis=0))
    low, high = np.quantile(every, [0.025, 0.975], axis=0)
    gone = ended.reshape(every.shape).mean(axis=0)
    error = by_truth.std(axis=0, ddof=1) / np.sqrt(truths)
    curves: dict[str, Any] = {
        "risk": middle, "standard_error": error, "median": np.median(every, axis=0), "low": low, "high": high,
        "truth_low": truth_low, "truth_high": truth_high, "run_low": run_low, "run_high": run_high,
        "worse": (every > np.repeat(plain_risks, runs)[:, None]).mean(axis=0),
    }  # fmt: skip
    until, horizon = horizons(gone, curves["worse"])
    known = slice(None) if until is None else slice(until + 1)
    assumptions = (*world.assumptions(), *_known_well(spread[known], chance[known], truths, runs))
    return Forecast(
        **known_until(curves, until),
        ended=gone,
        plain_risk=float(plain_risks.mean()),
        plain_error=float(plain_risks.std(ddof=1) / np.sqrt(truths)) if np.isfinite(plain_risks).all() else 0.0,
        plain=world.plain,
        unit=world.unit,
        horizon=horizon,
        exists_until=until,
        missing=world.missing,
        assumptions=assumptions,
        replicates=len(every),
    )


def _averaged(values: Array) -> Array:
    """Mean of each value and its two neighbors on either side, of as many as there are."""
    kernel = np.ones(5)
    return np.asarray((np.convolve(values, kernel, "full") / np.convolve(np.ones_like(values), kernel, "full"))[2:-2])


def horizons(gone: Array, worse: Array) -> tuple[int | None, int | None]:
    """Return the last generation with at most 2.5 % of paths gone, and the last before most first do worse."""
    until = last_before(gone > GONE)
    return until, last_before(worse[: None if until is None else until + 1] > 0.5)


def known_until(curves: dict[str, Any], until: int | None) -> dict[str, Any]:
    """Return curves that are no numbers beyond a generation."""
    if until is None:
        return curves
    return {name: np.where(np.arange(each.size) <= until, each, np.nan) for name, each in curves.items()}


def _known_well(spread: Array, chance: Array, truths: int, runs: int) -> tuple[Assumption, ...]:
    """Whether what truths differ by is small beside what runs do: both as deviations, the first at its upper 95 % end.

    spread: variance of truths' means; chance: that of runs over their number.
    """
    if not spread.size:
        return ()
    name = "the truth is known well enough"
    within = np.maximum(chance, 1e-300)
    least = f_law.ppf(0.05, truths - 1, truths * (runs - 1))
    most = float(np.sqrt(np.maximum(spread / within / least - 1, 0.0) / runs).max())
    likely = float(np.sqrt(np.maximum(spread / within - 1, 0.0) / runs).max())
    found = f"it adds {likely:.2g} (at most {most:.2g}) times the deviation of runs; where it is not small, "
    found += "all paths are no band for runs"
    if likely < _UNSURE <= most:
        return (untestable(name, found + "; too few paths to tell"),)
    return (tested(name, most < _UNSURE, found),)
