"""Who keeps linear algebra to one thread? Whoever is asked for a whole: more threads add in another order.

So numbers of a seed are the same bytes on any number of cores; for small products more threads only wait for one
another.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import ParamSpec, TypeVar

from threadpoolctl import ThreadpoolController

P = ParamSpec("P")
R = TypeVar("R")


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """Return the libraries of linear algebra that are loaded; finding them takes longer than small products."""
    import scipy.linalg  # noqa: F401  (only what is loaded can be limited)

    return ThreadpoolController()


def by_one_thread(asked: Callable[P, R]) -> Callable[P, R]:
    """Return the same function, in which linear algebra has one thread."""

    @wraps(asked)
    def limited(*args: P.args, **kwargs: P.kwargs) -> R:
        with _libraries().limit(limits=1):
            return asked(*args, **kwargs)

    return limited
