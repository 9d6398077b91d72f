"""What are the mean risks of all truths made of: of those that are simulated, and of many more?"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from genloss.advise.forecasts.bands import Believed, shrinkage
from genloss.advise.forecasts.resampled import resampled
from genloss.advise.forecasts.worlds import World
from genloss.advise.forecasts.worlds.first_order import first_order
from genloss.advise.forecasts.worlds.functions import coarse_parts
from genloss.advise.forecasts.worlds.linear import LinearWorld, drawn_populations
from genloss.advise.forecasts.worlds.moments import along_columns, joined, moments_of
from genloss.advise.forecasts.worlds.sums import SummedWorld
from genloss.streams import stream
from genloss.workflows import Schedule

MANY = 20  # truths whose parts are found for each that is simulated, at most
TOLD = 100  # truths that are drawn together


def believed_of(
    world: World, sums: SummedWorld | None, drawn: Sequence[Any], schedule: Schedule, seed: int, *, own: bool
) -> Believed:
    """Return parts of the truths that were drawn and, where sums or the first order are enough, of many more."""
    if sums is not None and isinstance(world, LinearWorld):
        return _of_sums(world, sums, drawn, schedule, seed, own=own)
    known = first_order(world)
    if known is None:
        return _of_functions(world, drawn, schedule, seed, own=own)
    found = []
    many = min(known.believable, MANY * len(drawn))
    for start in range(0, max(len(drawn), many), TOLD):
        some = drawn[start : start + TOLD] or world.draw_truths(TOLD, stream(seed, "forecast", "truths", start))
        found.append((known.parts(some, schedule, own=own), known.plain_risks(some)))
    parts, plain_risks = (np.concatenate(each) for each in zip(*found, strict=True))
    of_new = known.parts(drawn, schedule) if own else parts[: len(drawn)]
    return Believed(parts, plain_risks, shrinkage(of_new[:, -1]))


def _of_sums(
    world: LinearWorld, sums: SummedWorld, drawn: Sequence[Any], schedule: Schedule, seed: int, *, own: bool
) -> Believed:
    """Return parts of linear truths; those that are not simulated are drawn as moments alone."""
    columns, found = sums.columns, [sums.moments(drawn)]
    along = along_columns(columns, world.inputs, world.seen.directions)
    many = min(sums.believable, MANY * len(drawn))
    for start in range(-(-len(drawn) // TOLD) * TOLD, many, TOLD):
        rng = stream(seed, "forecast", "truths", start)
        more = drawn_populations(world.seen, TOLD, rng, (columns.pairs, along))
        found.append(moments_of(more, columns.pairs, along))
    every = joined(found)
    parts = sums.parts_of(every, schedule, sums.in_hand_of() if own else None)
    of_new = sums.parts_of(found[0], schedule)[:, -1] if own else parts[: len(drawn), -1]
    keyed = partial(stream, 0, "forecast", "resampled")
    asked = resampled(world, sums, schedule, keyed, own=own, most=len(drawn) // 2)  # few paths: not asked
    one = columns.values.mean(axis=0)
    return Believed(parts, every.plain_risks(one, sums.judging(every.gram)), shrinkage(of_new), asked)


def _of_functions(world: World, drawn: Sequence[Any], schedule: Schedule, seed: int, *, own: bool) -> Believed:
    """Return coarser parts, of the truths that were drawn."""
    parts = coarse_parts(world, drawn, schedule, stream(seed, "forecast", "own rows") if own else None)
    return Believed(parts, np.array([world.plain_risk(truth) for truth in drawn]))
