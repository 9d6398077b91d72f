r"""Would a band for rows like these hold? It is asked of resampled tables, whose truth is known: the table in hand.

A table of T rows is drawn, with replacement, from the rows; it stands to them as they stand to what they were drawn
from. Truths are believed after seeing it, and foretold mean risks f_k, k = 1, ..., K, as for the rows themselves; t is
foretold where the truth is the table in hand. In each generation

.. math:: z_j = \frac{\log t_j - \overline{\log f_j}}{\mathrm{sd}(\log f_j)}, \quad j = 1, \dots, J

would be standard normal numbers if bands were right. Their deviation s says by how much the band of the rows themselves
is too narrow: its ends, in logarithms, go s times as far from their middle. s is taken to be from 1 to 2: a band is not
narrowed on the word of a bootstrap, and where a few rows make the risk, a table that misses them believes in next to
nothing, and s has no end. The mean of z is not used: moved by it, bands held less often on tables with heavy tails.
Tables are drawn alike for every seed of a forecast, as s is known to a ninth only.

Status: calibration by a double bootstrap (Hall 1986; Beran 1987), to first order in the parts of a risk.
Checked by tests/statistical/test_bands.py and verification/forecast_bands.py.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from typing import TypeVar

import numpy as np

from genloss.advise.forecasts.worlds.functions import Function
from genloss.advise.forecasts.worlds.linear import LinearWorld, drawn_populations, see
from genloss.advise.forecasts.worlds.moments import Moments, Sums, along_columns, joined, moments_of
from genloss.advise.forecasts.worlds.places import counted
from genloss.advise.forecasts.worlds.protocol import Array, Places
from genloss.advise.forecasts.worlds.sums import SummedWorld
from genloss.errors import Problem
from genloss.populations.entities import drawn_places
from genloss.workflows import Schedule

TABLES = 40
_TRUTHS = 40
_FEWEST = 20  # tables below which nothing is said
_WORK = 4e8  # products of numbers that it may cost
_TINY = 1e-300
_WIDEST = 2.0

S = TypeVar("S", Moments, Sums)


@dataclass(frozen=True, eq=False)
class Resampled:
    """Parts of mean risks: of the truth that is known, (tables, generations + 1, p), and of those that are believed.

    believed: (tables, truths, generations + 1, p).
    """

    known: Array
    believed: Array

    def narrow(self, generation: int, share: Array) -> float:
        """Return s of a generation, from 1 to 2; of later ones than were asked that of the last.

        share: in which parts a mean risk is made of what.
        """
        generation = min(generation, self.known.shape[1] - 1)
        known = np.log(np.maximum(self.known[:, generation] @ share, _TINY))
        believed = np.log(np.maximum(self.believed[:, :, generation] @ share, _TINY))
        away = (known - believed.mean(axis=1)) / np.maximum(believed.std(axis=1, ddof=1), _TINY)
        return float(np.clip(away.std(ddof=1), 1.0, _WIDEST))


def resampled(
    world: LinearWorld,
    sums: SummedWorld,
    schedule: Schedule,
    stream: Callable[[int], np.random.Generator],
    *,
    own: bool,
    most: int = TABLES,
) -> Resampled | None:
    """Ask resampled tables; None where too few of them can be fitted, or it would take long. stream: by table.

    most: tables at the most.
    """
    tables = int(min(most, TABLES, _WORK / (_TRUTHS * sums.columns.values.size * sums.columns.values.shape[1])))
    if tables < _FEWEST:
        return None
    seen, found = list[Places](), list[Moments]()
    for number in range(tables):
        rng = stream(number)
        places = drawn_places(world.rows, 1, world.rows, rng, sums.entities)[0]
        believed = _believed(world, sums, places, rng)
        if believed is not None:
            seen.append(places)
            found.append(believed)
    if len(seen) < _FEWEST:
        return None
    in_hand = sums.in_hand_of(counted(np.stack(seen), world.rows)) if own else None
    itself = sums.moments([_itself(world)])
    known = sums.parts_of(_repeated(itself, len(seen)) if own else itself, schedule, in_hand)
    each = None if in_hand is None else _repeated(in_hand, _TRUTHS)
    parts = sums.parts_of(joined(found), schedule, each)
    # where other rows are drawn from the table anew, it is one truth, whichever rows were seen
    known = np.broadcast_to(known, (len(seen), *known.shape[1:]))
    return Resampled(known, parts.reshape(len(seen), _TRUTHS, *parts.shape[1:]))


def _repeated(each: S, times: int) -> S:
    """Return moments or sums, each so many times, one after the other."""
    return type(each)(*(np.repeat(getattr(each, part.name), times, axis=0) for part in fields(each)))


def _believed(world: LinearWorld, sums: SummedWorld, places: Places, rng: np.random.Generator) -> Moments | None:
    """Return moments of truths that are believed after seeing a resampled table; None where it cannot be fitted."""
    entities = None
    if world.clusters is not None:
        entities = np.unique(world.clusters.entities[places], return_inverse=True)[1].ravel()
    try:
        seen = see(world.inputs[places], world.seen.labels[places], entities=entities)
    except Problem:
        return None
    along = along_columns(sums.columns, world.inputs, seen.directions)
    pairs = sums.columns.pairs.at(places)
    return moments_of(drawn_populations(seen, _TRUTHS, rng, (pairs, along)), pairs, along)


def _itself(world: LinearWorld) -> Function:
    """Return the rows in hand as a truth: their least squares fit, and what it leaves."""
    clean = world.seen.level + world.seen.turned @ world.seen.coefficients
    left = world.seen.labels - clean
    return Function(clean, float(left.std()), left)
