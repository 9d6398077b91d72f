"""Does the answer hold in runs of its own? They share no luck with those that it was found by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.advise.plans.protocol import Array
from genloss.advise.plans.target import Target
from genloss.results.agreement import Z


@dataclass(frozen=True)
class Verification:
    """Independent runs at the answer. verdict: "held", "missed", or "not possible" (why says it).

    asked: by how much the target is met or missed, in the unit of `what`, with its standard error. share: of single
    runs that meet the target in every generation that it is asked of. mean, mean_error: of the last generation.
    limit_error: standard error of a limit that was promised by runs.
    """

    verdict: str
    replicates: int
    what: str
    found: float
    error: float
    limit: float
    share: float
    share_error: float
    mean: float
    mean_error: float
    why: str = ""
    limit_error: float = 0.0


def verified(runs: Array, target: Target, expected: Array) -> Verification:
    """Judge independent runs, (replicates, fits): missed where the target is beyond 4.5 standard errors.

    A target of the mean is asked of the generation in which the expected mean, (fits,), misses it by most, or meets it
    by least: to look for it in the runs themselves would find the luck of one generation among many.
    """
    count = len(runs)
    share = float((target.missed(runs) <= 0).mean())
    share_error = _share_error(share, count)
    last, last_error = float(runs[:, -1].mean()), float(runs[:, -1].std(ddof=1) / np.sqrt(count))
    rest = share, share_error, last, last_error
    if target.chance is not None:
        verdict = "missed" if share + Z * share_error < target.chance else "held"
        what = "share of single runs that meet the target"
        return Verification(verdict, count, what, share, share_error, target.chance, *rest)
    place = worst_generation(target, expected)
    found, error = float(runs[:, place].mean()), float(runs[:, place].std(ddof=1) / np.sqrt(count))
    what = f"mean of generation {place}"
    if target.relative:
        first = float(runs[:, 0].mean())
        found /= first
        error = float((runs[:, place] - found * runs[:, 0]).std(ddof=1) / np.sqrt(count) / abs(first))
        what += " over that of generation 0"
    beyond = float(target.missed_by(np.array([found])))
    verdict = "held" if beyond <= Z * error else "missed"  # what is no number is missed
    return Verification(verdict, count, what, found, error, target.limit, *rest)


def worst_generation(target: Target, mean: Array) -> int:
    """Return the generation in which a mean misses the target by most, or meets it by least."""
    first = int(target.relative)
    compared = mean[1:] / mean[0] if target.relative else mean
    if target.when == "last":
        return int(mean.size - 1)
    misses = [float(target.missed_by(compared[g : g + 1])) for g in range(compared.size)]
    return int(np.argmax(misses)) + first


def _share_error(share: float, count: int) -> float:
    """Return the standard error of a share, with one more of each kind, so that none seen is not never."""
    kept = (share * count + 1) / (count + 2)
    return float(np.sqrt(kept * (1 - kept) / (count + 3)))
