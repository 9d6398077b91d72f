"""Which workflows are loops whose rows a verifier keeps, and what is their risk? What studies are predicted by."""

from __future__ import annotations

from collections.abc import Sequence
from math import log, pi, sqrt
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from genloss.errors import Problem, impossible
from genloss.theory.arguments import Array
from genloss.workflows import Filter, Schedule
from genloss.workflows.traits import FILTER, REPLACE
from genloss.workflows.verifiers import acts_on

if TYPE_CHECKING:
    from genloss.theory.filters.loops import Loop
    from genloss.theory.filters.rule import Keep

LOST = "0.5 % + 1 / (rows that stay - dim - 1), the fewest of any generation; of a location without dim"


class LoopRisk(NamedTuple):
    """By generation: the risk, the part that the mean fit has, and how far it may be off (`LOST`)."""

    total: Array
    bias: Array
    allowance: Array


def loop_reason(schedule: Schedule) -> str | None:
    """Say why a schedule is no plain replace whose synthetic batches, of one size, one filter checks, or None."""
    if FILTER not in schedule.traits:
        return "no filter is there"
    left = schedule.uncovered(REPLACE | {FILTER})
    if left is not None:
        return left
    if len({batch.rows for batch in schedule.batches}) > 1:
        return "batches have unlike numbers of rows"
    acting = [_acting(schedule, g) for g in range(len(schedule.train))]
    if acting[0] is not None or len(set(acting[1:])) != 1 or acting[-1] is None:
        return "a verifier's formula has one filter for all synthetic rows, and none for real ones"
    return _filter_reason(acting[-1])


def _acting(schedule: Schedule, g: int) -> Filter | None:
    """Return the filter of a generation where it acts on its batch."""
    (use,) = schedule.train[g]
    return use.filter if use.filter is not None and acts_on(use.filter, schedule.batches[use.batches[0]]) else None


def _filter_reason(chosen: Filter) -> str | None:
    if chosen.function is not None:
        return "what a function of your own keeps has no formula"
    if chosen.wrong or chosen.keep:
        return "categories have no distance"
    return None


def loop_filter(schedule: Schedule) -> Filter:
    """Return the filter of a schedule without a `loop_reason`."""
    chosen = _acting(schedule, 1)
    return impossible("a loop without a filter") if chosen is None else chosen


def keep_of(chosen: Filter, noise: float) -> Keep:
    """Return what theory calls a filter; noise: standard deviation of a row around its guess."""
    from genloss.theory.filters.rule import Keep  # which loads scipy

    by: str | int = {"truth": "outside", "fit 0": "first"}.get(chosen.verifier, chosen.lag)
    if chosen.kind == "oracle":
        within = 1.0 if chosen.good_within is None else chosen.good_within / noise
        return Keep(within=within, keep_good=chosen.keep_good, keep_bad=chosen.keep_bad)
    if chosen.kind == "top_share":
        return Keep(share=chosen.keep_share, by=by)
    if chosen.kind == "likelihood" and chosen.at_least is not None:
        squared = -2 * (chosen.at_least + log(noise) + 0.5 * log(2 * pi))
        if squared <= 0:
            raise Problem("filter.at_least", "no row is as likely, so that none stays", "give a smaller number")
        return Keep(within=sqrt(squared), by=by)
    return Keep(within=chosen.within, by=by)


def loop_risk(loop: Loop, chosen: Filter, noise: float, generations: Sequence[int]) -> LoopRisk:
    """Return the risk of a loop by generation, and its allowance."""
    from genloss.theory.filters.chains import filtered_risk
    from genloss.theory.filters.loops import LeastSquaresLoop

    every = np.arange(max(generations) + 1)
    risk = filtered_risk(loop, keep_of(chosen, noise), generation=every, error=chosen.verifier_error * noise)
    lost = loop.dim + 1 if isinstance(loop, LeastSquaresLoop) else 1
    fewest = np.minimum.accumulate(loop.rows * risk.share)
    off = np.where(every > 0, 0.005 + 1 / np.maximum(fewest - lost, 1.0), 0.0)
    at = list(generations)
    return LoopRisk(risk.total[at], risk.bias[at], (off * risk.total)[at])
