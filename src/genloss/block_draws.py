"""When are the numbers of many blocks drawn in one compiled loop, rather than by a call for each block?

The numbers are the same. The loop takes half a second to load, which is the time of some ten thousands of calls: it is
loaded once so many were made, so that a small study never waits for it.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Sequence
from functools import cache
from itertools import count
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

_LOADING = 60_000
"""Calls of a generator that take as long as loading the compiled loop."""
_LARGEST = 9e18
"""The largest mean of a Poisson number that is drawn here; numpy's own limit is a little above."""

_calls = count()

_MAY: dict[str, Callable[..., bool]] = {
    "standard_gamma": lambda shape: bool((shape > 0).all()),
    "chisquare": lambda freedom: bool((freedom > 0).all()),
    "poisson": lambda mean: bool(((mean >= 0) & (mean <= _LARGEST)).all()),
    "gamma": lambda shape, scale: bool(((shape > 0) & (scale > 0)).all()),
    "binomial": lambda trials, chance: bool(((trials >= 0) & (chance >= 0) & (chance <= 1)).all()),
}
"""The laws that are drawn here, and the arguments that need no closer look: numpy refuses or takes the others."""


def drawn_at_once(
    law: str, generators: Sequence[np.random.Generator], arguments: Sequence[ArrayLike], shape: tuple[int, ...]
) -> NDArray[Any] | None:
    """Draw for every block its equal part of an array's first axis, or return None where it is to be asked by itself.

    law: name of the generators' method. arguments: of the method, as wide as `shape` or of fewer axes.
    """
    if law not in _MAY or not _worth_loading(len(generators)):
        return None
    given = [np.broadcast_to(np.asarray(each), shape).ravel() for each in arguments]
    if not _MAY[law](*given):
        return None
    loops = compiled()
    if loops is None:
        return None
    ends = np.arange(1, len(generators) + 1) * (given[0].size // len(generators))
    return np.asarray(loops.drawn(law, generators, ends, given)).reshape(shape)


@cache
def compiled() -> ModuleType | None:
    """Load what compiled loops draw by; None where a build of numpy hides its functions."""
    try:
        return importlib.import_module("genloss.compiled_draws")
    except (AttributeError, OSError):
        return None


def _worth_loading(blocks: int) -> bool:
    if "genloss.compiled_draws" in sys.modules:
        return True
    return blocks * next(_calls) >= _LOADING
