"""How many small items go to a worker at once? As many as take half a second, by the time that others took."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic

from genloss.study.runner.executor import R, T

SECONDS = 0.5
"""What a bundle should take: long beside what it costs to hand it out, short beside what a reader waits for."""
MOST = 4096
_GROWTH = 4  # from one bundle to the next: the first items may be other than those that follow


@dataclass(frozen=True, slots=True)
class Done(Generic[R]):
    """What came of the first items of a bundle, in order, and how long they took; the others were not begun."""

    results: list[R]
    seconds: float


def _nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Bundled(Generic[T, R]):
    """What a worker does with a bundle: one item after the other, until the time is over.

    Where an item fails that is not the first, it is given back with those behind it: it will be the first of another
    bundle, and fail there. Work that has an `end` is told of the bundle's. seconds: what a bundle should take; after
    twice as much nothing more is begun, nor once `stopped` says so.
    """

    work: Callable[[T], R]
    seconds: float = SECONDS
    stopped: Callable[[], bool] = bool

    def __call__(self, items: Sequence[T]) -> Done[R]:
        """Work on the items. Errors: those of the first."""
        begun, results = time.monotonic(), list[R]()
        try:
            for item in items:
                try:
                    results.append(self.work(item))
                except Exception:
                    if not results:
                        raise
                    break
                if time.monotonic() - begun > 2 * self.seconds or self.stopped():
                    break
        finally:
            getattr(self.work, "end", _nothing)()
        return Done(results, time.monotonic() - begun)


class Bundles(Generic[T]):
    """Items, handed out in bundles whose length follows the time that bundles take. seconds: what one should take."""

    def __init__(self, items: Iterable[T], seconds: float = SECONDS) -> None:
        self.seconds = seconds
        self._todo: Iterator[T] = iter(items)
        self._back: list[T] = []
        self._size = 1

    def next(self) -> list[T]:
        """Return the next items; none where all were handed out."""
        bundle, self._back = self._back[: self._size], self._back[self._size :]
        while len(bundle) < self._size and (item := next(self._todo, None)) is not None:
            bundle.append(item)
        return bundle

    def heard(self, bundle: Sequence[T], done: Done[R]) -> list[tuple[T, R]]:
        """Return what is done of a bundle; the rest comes first in the next."""
        count = len(done.results)
        self._back = [*bundle[count:], *self._back]
        fitting = math.ceil(self.seconds * count / max(done.seconds, 1e-9))
        self._size = max(1, min(fitting, _GROWTH * max(count, 1), MOST))
        return list(zip(bundle, done.results, strict=False))
