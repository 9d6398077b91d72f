"""Which shares of a mixture are believed, when means of three samples are known with errors? Fieller's set.

The mean score of a pool is a mixture of that of real rows and of made ones, with the share as weight. The set of shares
for which the difference lies within z standard errors is an interval, two pieces, all shares, or none.
"""

from __future__ import annotations

from math import inf, sqrt
from typing import NamedTuple

Piece = tuple[float, float]


class Scores(NamedTuple):
    """Mean scores above those of real rows, of the pool and of made rows; squared standard errors of all three."""

    pool: float
    made: float
    v_pool: float
    v_real: float
    v_made: float

    @property
    def separation(self) -> float:
        """Standard errors between real and made rows."""
        error = sqrt(self.v_real + self.v_made)
        return self.made / error if error > 0 else inf if self.made > 0 else 0.0


def shares(scores: Scores, z: float) -> tuple[Piece, ...]:
    r"""Return the pieces of the set of shares p in [0, 1], ascending.

    .. math:: (u - p d)^2 \le z^2 (v_P + (1 - p)^2 v_R + p^2 v_S)

    Status: exact for normal means of known variance, each separation; the set is not empty before it is cut to [0, 1].

    >>> [(round(low, 3), round(high, 3)) for low, high in shares(Scores(0.5, 1.0, 0.0001, 0.0, 0.0), 2.0)]
    [(0.48, 0.52)]
    >>> shares(Scores(2.0, 1.0, 0.0001, 0.0, 0.0), 2.0)
    ()
    """
    u, d, v_pool, v_real, v_made = scores
    square = d * d - z * z * (v_real + v_made)
    linear = -2 * u * d + 2 * z * z * v_real
    constant = u * u - z * z * (v_pool + v_real)
    return tuple(_cut(_pieces(square, linear, constant)))


def away(scores: Scores, share: float) -> float:
    """Return how many standard errors lie between the pool and a mixture of this share."""
    u, d, v_pool, v_real, v_made = scores
    error = sqrt(v_pool + (1 - share) ** 2 * v_real + share**2 * v_made)
    return abs(u - share * d) / error if error > 0 else 0.0 if u == share * d else inf


def _pieces(square: float, linear: float, constant: float) -> list[Piece]:
    """Return where square p^2 + linear p + constant <= 0."""
    if square == 0:
        if linear == 0:
            return [(-inf, inf)] if constant <= 0 else []
        root = -constant / linear
        return [(-inf, root)] if linear > 0 else [(root, inf)]
    within = linear * linear - 4 * square * constant
    if within < 0:
        return [] if square > 0 else [(-inf, inf)]
    far = -(linear + (sqrt(within) if linear >= 0 else -sqrt(within))) / 2  # no difference of like numbers
    roots = sorted((far / square, constant / far if far != 0 else 0.0))
    return [(roots[0], roots[1])] if square > 0 else [(-inf, roots[0]), (roots[1], inf)]


def _cut(pieces: list[Piece]) -> list[Piece]:
    """Cut to [0, 1]."""
    return [(max(low, 0.0), min(high, 1.0)) for low, high in pieces if low <= 1.0 and high >= 0.0 and low <= high]
