"""What does the fitted law say of a size and its generations, how sure is it, and what would single runs show?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.advise.plans.pilots.law import NAMES, Array, Sizes, likeness
from genloss.advise.plans.pilots.posterior import Fitted
from genloss.advise.plans.protocol import Judged

WIDER = 1.0
"""By how many misfits the law is less sure for each doubling of rows, or of 1 + generation, beyond the pilots."""

BEND, BEND_OF_GROWTH = 0.06, 0.15
"""By how much the exponents of rows, and of 1 + generation, may drift for each doubling beyond the pilots (sd)."""

_TURN = np.pi / 6  # of the misfit's direction for each doubling of 1 + g: five doublings apart are as two laws


@dataclass(frozen=True)
class Beyond:
    """How far a place lies from the pilots: doublings of rows, and of 1 + generation, by generation."""

    rows: float
    generations: Array


@dataclass(frozen=True)
class Missed:
    """What held-out pilots missed the law by, logarithms for each doubling; 0 where they did not."""

    rows: float = 0.0
    generations: float = 0.0


def means(fit: Fitted, at: Sizes, generations: Array, beyond: Beyond, missed: Missed, luck: Array) -> Array:
    """Return the expected loss of every draw, with what the law may be wrong by. luck: (draws, 4), standard normal."""
    u = _TURN * np.log2(1 + generations)
    away = luck[:, :1] * np.cos(u) + luck[:, 1:2] * np.sin(u)
    misfit = np.exp(fit.draws[:, NAMES.index("misfit"), None])
    by_distance = 1 + WIDER * (beyond.rows + beyond.generations)
    held = missed.rows * beyond.rows + missed.generations * beyond.generations
    drift = luck[:, 2:3] * BEND * beyond.rows**2 + luck[:, 3:] * BEND_OF_GROWTH * beyond.generations**2
    factor = np.exp(away * np.sqrt((misfit * by_distance) ** 2 + held**2) + drift * np.log(2) / 2)
    return np.asarray(fit.loss(at, generations) * factor)


def judged(losses: Array, whole: float | None) -> Judged:
    """Return quantiles over draws; losses: (draws, generations). whole: what more of the metric is the better of."""
    values = losses if whole is None else whole - losses
    low, middle, high = np.quantile(values, [0.025, 0.5, 0.975], axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = values / values[:, :1]
    ratio_low, ratio_high = np.quantile(ratios, [0.025, 0.975], axis=0)
    return Judged(middle, low, high, ratio_low, ratio_high, status="extrapolated")


def single_runs(
    fit: Fitted, some: NDArray[np.int64], losses: Array, at: Sizes, generations: Array, count: int,
    rng: np.random.Generator, *, positive: bool,
) -> Array:  # fmt: skip
    """Draw runs of some draws of the law, (truths, count, generations); losses: of these draws.

    positive: runs are log-normal about their mean, else normal. Their luck goes on as in `likeness`.
    """
    chosen = Fitted(fit.law, fit.draws[some], fit.scale)
    own, noise = chosen.spread(at, generations)
    root = np.linalg.cholesky(likeness(chosen.draws, generations) + 1e-9 * np.eye(len(generations)))
    past = np.einsum("tgh,trh->trg", root, rng.standard_normal((len(some), count, len(generations))))
    fresh = rng.standard_normal(past.shape)
    total = np.sqrt(own**2 + noise**2)
    luck = (own[:, None] * past + noise[:, None] * fresh) / total[:, None]
    mean = losses[:, None]
    if not positive:
        return np.asarray(mean + total[:, None] * luck)
    log_spread = np.sqrt(np.log1p((total[:, None] / mean) ** 2))
    return np.asarray(mean * np.exp(log_spread * luck - log_spread**2 / 2))
