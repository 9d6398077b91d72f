"""Which bands and horizons follow from the risks of all paths?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from genloss.advise.assumption import Assumption
from genloss.advise.forecasts.levels import Levels, levels
from genloss.advise.forecasts.resampled import Resampled
from genloss.advise.forecasts.result import Forecast
from genloss.advise.forecasts.worlds import World
from genloss.advise.forecasts.worlds.protocol import Array, tested
from genloss.report import short
from genloss.simulation.families.relabeled import last_before

GONE = 0.025  # share of paths without an estimate, beyond which the 95 % band has no upper end
_TINY = 1e-300
_MUCH, _WIDE = 0.2, 4.0


@dataclass(frozen=True, eq=False)
class Paths:
    """What was simulated. risks (truths, runs, generations + 1), ended: whether a path had ended, likewise."""

    risks: Array
    ended: Array

    def some(self, truths: int) -> Paths:
        """Return the first truths."""
        return Paths(self.risks[:truths], self.ended[:truths])


@dataclass(frozen=True, eq=False)
class Believed:
    """All truths that are believed, those that are simulated first.

    parts (truths, generations + 1, p): what each truth's mean risk is made of. plain_risks: (truths,). assumptions:
    what is found of them. resampled: what resampled tables say of bands, or None.
    """

    parts: Array
    plain_risks: Array
    assumptions: tuple[Assumption, ...] = ()
    resampled: Resampled | None = None


def summed(paths: Paths, believed: Believed, world: World, begin: str) -> Forecast:
    """Turn the risks of paths into bands. begin: with which rows generation 0 begins, in words."""
    risks = paths.risks
    truths, runs = risks.shape[:2]
    every = risks.reshape(-1, risks.shape[-1])
    by_truth = risks.mean(axis=1)
    middle = by_truth.mean(axis=0)
    known = levels(risks, believed.parts[:truths], believed.parts, believed.resampled)
    plain_risks = believed.plain_risks[:truths]
    truth_low, truth_high = np.array([each.band() for each in known]).T
    logs = np.log(np.maximum(risks, _TINY))
    centers = logs.mean(axis=1)
    about = (logs - centers[:, None]).reshape(every.shape) * np.sqrt(runs / (runs - 1))
    run_low, run_high = np.exp(centers.mean(axis=0) + np.quantile(about, [0.025, 0.975], axis=0))
    low, high = np.quantile(every, [0.025, 0.975], axis=0)
    gone = paths.ended.reshape(every.shape).mean(axis=0)
    error = by_truth.std(axis=0, ddof=1) / np.sqrt(truths)
    curves: dict[str, Any] = {
        "risk": middle, "standard_error": error, "median": np.median(every, axis=0), "low": low, "high": high,
        "truth_low": truth_low, "truth_high": truth_high, "run_low": run_low, "run_high": run_high,
        "worse": (every > np.repeat(plain_risks, runs)[:, None]).mean(axis=0),
    }  # fmt: skip
    until, horizon = horizons(gone, curves["worse"])
    ends = horizon_band(known, believed.plain_risks, curves["median"] / middle, until)
    return Forecast(
        **known_until(curves, until),
        ended=gone,
        plain_risk=float(plain_risks.mean()),
        plain_error=_error(plain_risks),
        plain=world.plain,
        unit=world.unit,
        horizon=horizon,
        horizon_low=ends[0],
        horizon_high=ends[1],
        horizon_beyond=ends[2],
        exists_until=until,
        missing=world.missing,
        assumptions=(*world.assumptions(), *believed.assumptions),
        replicates=len(every),
        begin=begin,
    )


def shrinkage(parts: Array) -> tuple[Assumption, ...]:
    """Whether what shrinking costs is known where it is much of the risk. parts (truths, p): of new rows, it is the
    first.

    Truths have it between two ends, and few rows do not know the weak directions that a penalty shrinks.
    """
    lost, whole = parts[:, 0], parts.sum(axis=1)
    share = float(lost.mean() / whole.mean())
    if share < _MUCH:
        return ()
    low, high = np.quantile(lost, [0.025, 0.975])
    found = f"{share:.0%} of the risk; between {short(low)} and {short(high)} over the truths that are believed"
    return (tested("what shrinking costs is known", bool(high < _WIDE * low), found),)


def _error(values: Array) -> float:
    return float(values.std(ddof=1) / np.sqrt(values.size)) if np.isfinite(values).all() else 0.0


def horizon_band(
    known: list[Levels], plain_risks: Array, half: Array, until: int | None
) -> tuple[int | None, int | None, float]:
    """Return the 2.5 and 97.5 % points of truths' horizons, and the share of truths whose horizon is not reached.

    Of a truth, half of the runs do worse than the plain model where `half` (of the mean risk, by generation) times its
    mean risk is above its plain risk. None: beyond the last generation that is known.
    """
    last = (len(known) if until is None else until + 1) - 1
    if last < 0:
        return -1, -1, 0.0
    count = plain_risks.size
    away = ndtri((np.random.default_rng(0).permutation(count) + 0.5) / count)  # one normal number for each truth
    shown = [half[g] * each.drawn(away) > plain_risks for g, each in enumerate(known[: last + 1])]
    first = np.array([np.flatnonzero(worse)[0] if worse.any() else last + 1 for worse in np.array(shown).T])
    low, high = np.sort(first - 1)[[int(0.025 * count), min(int(np.ceil(0.975 * count)), count) - 1]].tolist()
    beyond = float((first > last).mean())
    return (None if low >= last else low), (None if high >= last else high), beyond


def horizons(gone: Array, worse: Array) -> tuple[int | None, int | None]:
    """Return the last generation with at most 2.5 % of paths gone, and the last before most first do worse."""
    until = last_before(gone > GONE)
    return until, last_before(worse[: None if until is None else until + 1] > 0.5)


def known_until(curves: dict[str, Any], until: int | None) -> dict[str, Any]:
    """Return curves that are no numbers beyond a generation."""
    if until is None:
        return curves
    return {name: np.where(np.arange(each.size) <= until, each, np.nan) for name, each in curves.items()}
