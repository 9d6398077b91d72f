"""Which kinds of a column of words do rows that a fit made still have, and in which shares?

Real rows beside other real rows do not give 1 or 0 either, as rare kinds are in some samples only: compare with the
value of real rows beside real rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.metrics.evidence import Array

Kinds = NDArray[np.object_]

RARE = 0.05
"""A kind is rare where it has less than this share of the real rows."""


def kinds_left(*, real_kinds: Kinds, generated_kinds: Kinds) -> Array:
    """Share of the kinds among real rows that occur among made ones, the mean over columns; 1: none lost.

    >>> real = np.array([["a"], ["b"]], dtype=object)
    >>> float(kinds_left(real_kinds=real, generated_kinds=np.array([["a"], ["a"]], dtype=object)))
    0.5
    """
    left = [np.mean([kind in set(made) for kind in set(real)]) for real, made in _columns(real_kinds, generated_kinds)]
    return np.asarray(np.mean(left))


def rare_kinds_left(*, real_kinds: Kinds, generated_kinds: Kinds) -> Array:
    """Share of made rows whose kind is rare among real rows, over that of real rows, of all columns together.

    A kind is rare that has less than 5 % of a column's real rows. 1: none lost, above 1: they grew; not a number where
    no kind is rare.
    """
    true, seen = 0.0, 0.0
    for real, made in _columns(real_kinds, generated_kinds):
        kinds, counts = np.unique(real.astype(str), return_counts=True)
        rare = kinds[counts < RARE * len(real)]
        true += float(np.isin(real.astype(str), rare).mean())
        seen += float(np.isin(made.astype(str), rare).mean())
    return np.asarray(seen / true if true else np.nan)


def has_rare_kinds(kinds: Kinds) -> bool:
    """Whether some kind of some column, (rows, columns), is rare.

    >>> has_rare_kinds(np.array([["a"]] * 30 + [["b"]], dtype=object))
    True
    """
    counts = [np.unique(column.astype(str), return_counts=True)[1] for column in kinds.T]
    return any((count < RARE * len(kinds)).any() for count in counts)


def kind_distance(*, real_kinds: Kinds, generated_kinds: Kinds) -> Array:
    """Half the sum of absolute differences of shares of kinds, the mean over columns; from 0 to 1."""
    return np.asarray(np.mean([_distance(real, made) for real, made in _columns(real_kinds, generated_kinds)]))


def _distance(real: Kinds, made: Kinds) -> float:
    every, codes = np.unique(np.concatenate([real, made]).astype(str), return_inverse=True)
    counts = [np.bincount(part, minlength=every.size) for part in (codes[: len(real)], codes[len(real) :])]
    shares = [count / max(1, count.sum()) for count in counts]
    return float(np.abs(shares[0] - shares[1]).sum() / 2)


def _columns(real: Kinds, made: Kinds) -> zip[tuple[Kinds, Kinds]]:
    return zip(real.T, made.T, strict=True)
