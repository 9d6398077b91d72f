r"""What could have been seen, and how many rows would decide?

A stream alarms in the generation tau of a change when the evidence of its counts against the urn of the reference and
of all stable generations before, a mean over other laws, reaches the threshold times tau (tau + 1). Of what size is a
change that does so in four audits of five?

Scores in cells: a loss moves the law of scores by d. Counts that are exactly as expected after a move by e alarm from
some e on, which is found on a grid: the price of the alarm, of not knowing tau, of not knowing the size, and what is
lost by looking at cells, are all in it. Counts that are seen look like a move by d plus luck, which in one audit of
five is below -0.84 standard errors, so

.. math:: d = e + 0.84 \sqrt{v / n + 1 / (N + m)} / b,

with n scores of the generation, N of the reference, m of stable generations before; v the variance of normal scores of
cells after the move, 1 before it, and b how much their mean falls for a move by 1. The law of scores is taken to be
normal, of the variance of the reference's.

Two cells: the alarm is an event {C <= c} of the number of rows C beyond the cut. C is binomial; the share of real rows
beyond is Beta(k, N + m + 1 - k), where k of N + m + 1 gaps and earlier rows lie there. Both laws are exact, and so is
the smallest loss, but for steps of its grid.

Status: a rule of thumb for scores in cells, within a tenth of the size (docs/theory/audit.md); exact for two cells.
Checked by: tests/statistical/test_audit_promises.py, verification/audit_promises.py.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import bdtr, betaincinv, ndtr, ndtri

from genloss.audit.alternatives import heights_of
from genloss.audit.lens import CHANGED, DIFFERENCE, HIGHER, LOST
from genloss.audit.streams import LAWS, Stream
from genloss.audit.urn import log_ratio

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

_POWER = 0.84  # the 80 % point of a normal law
_TWO_SIDED = 1.96
_MOVES = np.geomspace(0.01, 8.0, 60)  # in standard deviations of the score
_LOSSES = np.linspace(0.01, 1.0, 100)
_GAINS = np.geomspace(1.01, 50.0, 100)
_POINTS = (np.arange(30) + 0.5) / 30


def smallest_seen(stream: Stream, drawn: int, before: Counts, generation: int, threshold: float) -> float | None:
    """Return the smallest change that would alarm in four audits of five: a share of what real rows have, or points of
    a difference; None where even a loss of all would not.

    drawn: scores of the generation. before (K,): counts of those before it. threshold: the evidence at which the stream
    alarms.
    """
    if not drawn:
        return None
    wanted = round(float(np.log(threshold * generation * (generation + 1))), 6)
    if stream.part.outside is not None:
        urn = stream.cells.gaps + before
        return _share_seen((int(urn[0]), int(urn[1])), stream.part.law, drawn, wanted)
    gaps = tuple(stream.cells.gaps.tolist())
    moved = _move_seen(gaps, stream.part.law, drawn, int(before.sum()), wanted)
    if moved is None or stream.own.variance == 0:
        return None
    moved *= float(np.sqrt(stream.own.variance))
    if stream.part.unit == DIFFERENCE:
        return moved
    return float(np.expm1(moved) if stream.part.law == HIGHER else -np.expm1(-moved))


@lru_cache(maxsize=4096)
def _move_seen(balls: tuple[int, ...], law: str, drawn: int, before: int, wanted: float) -> float | None:
    """Return by how many standard deviations scores have to move; None where no move on the grid is enough."""
    gaps = np.array(balls, dtype=float)
    urn = gaps * (1 + before / gaps.sum())
    cells = _cells_after(gaps, (1.0 if law == HIGHER else -1.0) * _MOVES)
    found = log_ratio(drawn * cells, urn, LAWS[law](urn, drawn))  # type: ignore[arg-type]
    if found[-1] < wanted:
        return None
    alone = float(np.interp(wanted, np.maximum.accumulate(found), _MOVES))
    heights = heights_of(gaps)
    means, squares = cells @ heights, cells @ heights**2
    slope = float(np.interp(alone, _MOVES, np.abs(np.gradient(means, _MOVES))))
    spread = float(np.interp(alone, _MOVES, squares - means**2))
    luck = np.sqrt(spread / drawn + 1 / urn.sum()) / max(slope, 0.05)
    return float(alone + _POWER * luck)


def _cells_after(gaps: Array, moves: Array) -> Array:
    """Return chances of cells after a normal law moved by so many standard deviations, (moves, cells)."""
    below = ndtr(ndtri(np.cumsum(gaps)[:-1] / gaps.sum()) - moves[:, None])
    edges = np.concatenate([np.zeros((len(moves), 1)), below, np.ones((len(moves), 1))], axis=1)
    return np.asarray(np.diff(edges, axis=1))


@lru_cache(maxsize=4096)
def _share_seen(balls: tuple[int, int], law: str, drawn: int, wanted: float) -> float | None:
    """Return the smallest loss (or gain) of the share of rows in the second of two cells; None where none is seen."""
    urn = np.array(balls, dtype=float)
    others = LAWS[law](urn, drawn)
    lost = law in (LOST, CHANGED)
    expected = int(drawn * urn[1] / urn.sum())
    edge = _edge(urn, others, drawn, wanted, expected, lost=lost)
    if edge is None:
        return None
    shares = betaincinv(urn[1], urn[0], _POINTS)
    factors = 1 - _LOSSES if lost else _GAINS
    chances = np.minimum(factors[:, None] * shares, 1.0)
    below = bdtr(edge if lost else edge - 1, drawn, chances).mean(axis=1)
    seen = below if lost else 1 - below
    if seen[-1] < 0.8:
        return None
    return float(np.interp(0.8, np.maximum.accumulate(seen), np.abs(factors - 1)))


def _edge(urn: Array, others: Array, drawn: int, wanted: float, expected: int, *, lost: bool) -> int | None:
    """Return the largest count below the expected one (or the smallest above) that alarms; None where none does."""
    near, far = (expected, 0) if lost else (expected, drawn)

    def alarms(count: int) -> bool:
        return bool(log_ratio(np.array([drawn - count, count]), urn, others) >= wanted)

    if not alarms(far):
        return None
    while abs(near - far) > 1:
        middle = (near + far) // 2
        near, far = (near, middle) if alarms(middle) else (middle, far)
    return far


def rows_that_decide(stream: Stream, drawn: int, units: int, tolerance: float) -> tuple[int, int]:
    """Return how many rows of a generation, and of the reference, would show an unchanged one to be within tolerance in
    four audits of five: of the generation if the reference is as it is, 0 where no number is enough; of the reference
    if both have as many.

    drawn: scores of the generation; units: its rows.
    """
    if stream.part.outside is not None:
        share = stream.cells.gaps[1] / stream.cells.gaps.sum()
        spread, margin = (1 - share) / share, np.log1p(-tolerance) ** 2
    else:
        spread = stream.own.variance
        margin = (tolerance if stream.part.unit == DIFFERENCE else np.log1p(-tolerance)) ** 2
    whole = margin / (spread * (_TWO_SIDED + _POWER) ** 2) if spread > 0 else np.inf
    size = max(1, units // drawn) if drawn else 1
    left = whole - 1 / int(stream.cells.gaps.sum())
    made = int(np.ceil(size / left)) if left > 0 else 0
    return made, int(np.ceil(size * 2 / whole))
