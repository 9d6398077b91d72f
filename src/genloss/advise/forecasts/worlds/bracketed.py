"""Where do increasing functions cross 0? Newton's method, held in brackets that are halved where it leaves them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from genloss.advise.forecasts.worlds.protocol import Array

_STEPS = 80  # of Newton's method, or halvings
_TINY = 1e-300


def crossing(
    value: Callable[[Array], tuple[Array, Array]], start: Array, low: Array, high: Array, close: float
) -> Array:
    """Return where each of some increasing functions is 0, all found together.

    value: the functions and their slopes at places of one shape. low, high: between which the places lie. close: the
    search ends when no place moves as far as this.
    """
    at = start
    for _ in range(_STEPS):
        off, slope = value(at)
        low, high = np.where(off < 0, at, low), np.where(off < 0, high, at)
        newton = at - off / np.maximum(slope, _TINY)
        last, at = at, np.where((newton >= low) & (newton <= high), newton, (low + high) / 2)
        if np.abs(at - last).max() < close:
            break
    return np.asarray(at)
