"""Draw unigram models that are refitted to their own tokens: counts only, on the tokens that are left."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

__all__ = ["multinomial", "replace_counts"]


def multinomial(total: int, weights: Array, rng: np.random.Generator) -> Counts:
    """Return counts of `total` draws with chances in proportion to weights > 0, (K,); the multinomial law exactly.

    Poisson counts with mean total `total` are, given their sum, multinomial. Draws that are missing are made one
    by one; too many are taken back, each as likely as any other: both leave a multinomial of `total` draws.
    """
    ends = np.cumsum(weights)
    counts = rng.poisson(weights * (total / ends[-1]))
    missing = total - int(counts.sum())
    if missing >= 0:
        chosen = np.searchsorted(ends, np.sort(rng.random(missing)) * ends[-1], side="right")
        counts += np.bincount(chosen, minlength=weights.size)
    else:
        places = np.sort(rng.choice(total - missing, size=-missing, replace=False, shuffle=False))
        counts -= np.bincount(np.searchsorted(np.cumsum(counts), places, side="right"), minlength=weights.size)
    return np.asarray(counts, dtype=np.int64)


def replace_counts(law: ArrayLike, *, rows: int, generations: int, rng: np.random.Generator) -> NDArray[np.int32]:
    """Return the token counts of every generation under plain replace, (generations + 1, K); 0 is fitted to real rows.

    Generation g counts `rows` tokens drawn with the shares of generation g - 1 (the law for g = 0). law: (K,), >= 0.
    A token that is lost never comes back, so only those that are left are drawn: cost O(tokens left) a generation.
    """
    shares = np.asarray(law, dtype=float)
    if shares.ndim != 1 or np.any(~np.isfinite(shares)) or np.any(shares < 0) or not shares.any():
        raise Problem("law", f"shape {shares.shape}", "give one share >= 0 for every token, not all 0")
    if not 1 <= rows < 2**31 or generations < 0:
        raise Problem(
            "rows", f"{rows} rows, {generations} generations", "give 1 to 2^31 - 1 rows, 0 generations or more"
        )
    found = np.zeros((generations + 1, shares.size), dtype=np.int32)
    kept = np.flatnonzero(shares)
    weights = shares[kept]
    for counts in found:  # rows of zeros cost nothing until they are written
        drawn = multinomial(rows, weights, rng)
        counts[kept] = drawn
        left = drawn > 0
        kept, weights = kept[left], drawn[left].astype(float)
    return found
