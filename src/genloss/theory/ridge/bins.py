"""How is a list of a million eigenvalues made short before Gauss nodes are sought? By two nodes for each narrow bin.

A bin is a 1024th of an e-fold wide. Of the eigenvalues v in it, with weights w, total W, mean c and u = v / c - 1,

    V = sum w u^2 / W,   g = sum w u^3 / (W V),   u_1, u_2 = (g +- sqrt(g^2 + 4 V)) / 2

are the two Gauss nodes, with the weights W u_2 / (u_2 - u_1) and W u_1 / (u_1 - u_2): sums of polynomials up to the
third degree in v are kept. A function of log v whose fourth derivative is f is missed by f (1 / 2048)^4 / 270, 2e-16 f.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.theory.arguments import Array

_WIDTH = 1 / 1024
_FEW = 4  # values of a bin that stay as they are
_CHUNK = 50_000  # values at work: what stays in the cache of a core


def binned(descending: Array, weight: Array | None) -> tuple[Array, Array]:
    """Return positive values in descending order and their weights, by bins; None: each weighs 1."""
    bins = int(np.log(descending[0] / descending[-1]) / _WIDTH) + 1
    edges = descending[0] * np.exp(-_WIDTH * np.arange(1, bins))
    cuts = descending.size - np.searchsorted(descending[::-1], edges, side="left")
    starts = np.unique(np.concatenate([[0], cuts[cuts < descending.size]]))
    parts, first = [], 0
    while first < starts.size:
        last = max(int(np.searchsorted(starts, starts[first] + _CHUNK)), first + 1)
        stop = int(starts[last]) if last < starts.size else descending.size
        some = slice(int(starts[first]), stop)
        here = None if weight is None else weight[some]
        parts.append(_two_each(descending[some], here, starts[first:last] - starts[first]))
        first = last
    return np.concatenate([values for values, _ in parts]), np.concatenate([weights for _, weights in parts])


def _two_each(values: Array, weight: Array | None, starts: NDArray[np.intp]) -> tuple[Array, Array]:
    """Return two nodes for every bin of more than a few values, and the values of the others."""
    counts = np.diff(np.append(starts, values.size))
    total = counts.astype(float) if weight is None else np.add.reduceat(weight, starts)
    weighed = values if weight is None else values * weight
    center = np.add.reduceat(weighed, starts) / total
    u = values / np.repeat(center, counts)
    u -= 1
    square = u * u if weight is None else u * u * weight
    spread = np.add.reduceat(square, starts) / total
    square *= u
    lean = np.add.reduceat(square, starts) / total
    many = (counts > _FEW) & (spread > 1e-24)  # narrower ones are one value
    half = lean[many] / spread[many] / 2
    root = np.sqrt(half**2 + spread[many])
    high, low = half + root, half - root
    nodes = center[many] * (1 + np.stack([high, low]))
    shares = total[many] * np.stack([-low, high]) / (high - low)
    single = (counts > _FEW) & ~many
    kept = np.repeat(counts <= _FEW, counts)
    ones = np.ones(int(kept.sum())) if weight is None else weight[kept]
    found = np.concatenate([nodes.ravel(), center[single], values[kept]])
    order = np.argsort(found)[::-1]
    return found[order], np.concatenate([shares.ravel(), total[single], ones])[order]
