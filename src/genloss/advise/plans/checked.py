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


def verified(runs: Array, target: Target) -> Verification:
    """Judge independent runs, (replicates, fits): missed where the target is beyond 4.5 standard errors.

    A target of the mean is asked of the generation where it is missed by most, or met by least.
    """
    count = len(runs)
    missed = target.missed(runs)
    share = float((missed <= 0).mean())
    share_error = _share_error(share, count)
    last, last_error = float(runs[:, -1].mean()), float(runs[:, -1].std(ddof=1) / np.sqrt(count))
    if target.chance is not None:
        verdict = "missed" if share + Z * share_error < target.chance else "held"
        what = "share of single runs that meet the target"
        return Verification(
            verdict, count, what, share, share_error, target.chance, share, share_error, last, last_error
        )
    mean = runs.mean(axis=0)
    compared = mean[1:] / mean[0] if target.relative else mean
    sign = -1 if target.missed_by(np.array([target.limit - 1.0])) > 0 else 1
    used = range(compared.size - 1, compared.size) if target.when == "last" else range(compared.size)
    place = max(used, key=lambda g: sign * compared[g] if np.isfinite(compared[g]) else np.inf)
    first = int(target.relative)
    if target.relative:
        apart = runs[:, place + 1] - compared[place] * runs[:, 0]
        error = float(apart.std(ddof=1) / np.sqrt(count) / abs(mean[0]))
    else:
        error = float(runs[:, place].std(ddof=1) / np.sqrt(count))
    found = float(compared[place])
    beyond = sign * (found - target.limit) > Z * error or not np.isfinite(found)
    what = f"mean of generation {place + first}" + (" over that of generation 0" if target.relative else "")
    verdict = "missed" if beyond else "held"
    return Verification(verdict, count, what, found, error, target.limit, share, share_error, last, last_error)


def _share_error(share: float, count: int) -> float:
    """Return the standard error of a share, with one more of each kind, so that none seen is not never."""
    kept = (share * count + 1) / (count + 2)
    return float(np.sqrt(kept * (1 - kept) / (count + 3)))
