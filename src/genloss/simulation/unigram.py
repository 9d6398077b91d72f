"""Draw unigram models that are refitted to their own tokens: counts only, on the tokens that are left."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

__all__ = ["multinomial", "replace_counts"]

_SPREADS = 6  # of the total of Poisson counts, below the total that is wanted


def multinomial(total: int, weights: Array, rng: np.random.Generator) -> Counts:
    """Return counts of `total` draws with chances in proportion to weights > 0, (K,); the multinomial law exactly.

    Poisson counts of a mean total six standard deviations below `total` are, given their sum, multinomial; the
    rest is drawn one by one. A sum above `total` (chance 1e-9) is drawn again: that changes no law.
    """
    ends = np.cumsum(weights)
    mean = total - _SPREADS * np.sqrt(total)
    counts, drawn = np.zeros(weights.size, dtype=np.int64), 0
    if mean > 0:
        while True:
            counts = rng.poisson(weights * (mean / ends[-1]))
            drawn = int(counts.sum())
            if drawn <= total:
                break
    rest = np.searchsorted(ends, rng.random(total - drawn) * ends[-1], side="right")
    return np.asarray(counts + np.bincount(rest, minlength=weights.size), dtype=np.int64)


def replace_counts(law: ArrayLike, *, rows: int, generations: int, rng: np.random.Generator) -> Counts:
    """Return the token counts of every generation under plain replace, (generations + 1, K); 0 is fitted to real rows.

    Generation g counts `rows` tokens drawn with the shares of generation g - 1 (the law for g = 0). law: (K,), >= 0.
    A token that is lost never comes back, so only those that are left are drawn: cost O(tokens left) a generation.
    """
    shares = np.asarray(law, dtype=float)
    if shares.ndim != 1 or np.any(~np.isfinite(shares)) or np.any(shares < 0) or not shares.any():
        raise Problem("law", f"shape {shares.shape}", "give one share >= 0 for every token, not all 0")
    if rows < 1 or generations < 0:
        raise Problem("rows", f"{rows} rows, {generations} generations", "give at least 1 row and 0 generations")
    found = np.zeros((generations + 1, shares.size), dtype=np.int64)
    kept = np.flatnonzero(shares)
    weights = shares[kept]
    for counts in found:
        drawn = multinomial(rows, weights, rng)
        counts[kept] = drawn
        left = drawn > 0
        kept, weights = kept[left], drawn[left].astype(float)
    return found
