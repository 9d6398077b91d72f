"""How is a kernel multiplied? It is held, or computed anew in blocks of rows by whoever works, with the same bytes.

The blocks follow from the number of rows alone, each is multiplied by itself, and the pieces are put in their places,
never added up: so it does not matter how many work, nor in which order they end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

import numpy as np
from numpy.typing import DTypeLike, NDArray

from genloss.errors import Problem, shown
from genloss.models.kernel.ridge import KernelRidge

Array = NDArray[np.float64]
Product = Callable[[Array], Array]
"""Of the kernel of T rows with directions (T, columns)."""
T = TypeVar("T")
R = TypeVar("R")

_BLOCK = 33_554_432
"""Bytes of a block of the kernel that is computed anew: larger ones leave the processor's caches, smaller ones cost
more than they take to hand out."""


class Workers(Protocol):
    """Who multiplies blocks, in this process or another. `genloss.study.open_workers` opens what keeps this."""

    def keeping(self, value: T) -> AbstractContextManager[Callable[[], T]]:
        """Bring a value to every worker once; what is handed out returns it there when it is called."""

    def as_finished(self, work: Callable[[T], R], items: Iterable[T]) -> Iterable[tuple[T, R]]:
        """Work on items in any order, and hand out each with what came of it."""


class _Here:
    """Nobody else: this process works on one item after the other."""

    def keeping(self, value: T) -> AbstractContextManager[Callable[[], T]]:
        """Return what is here already."""
        return nullcontext(lambda: value)

    def as_finished(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Work on items in their order."""
        return ((item, work(item)) for item in items)


def checked_workers(workers: Any) -> Workers:
    """Return who works: this process where nobody is given. Errors: `Problem` for what is not open workers."""
    if workers is None:
        return _Here()
    if not (hasattr(workers, "keeping") and hasattr(workers, "as_finished")):
        mend = "open them: with genloss.study.open_workers(2, processes=True) as workers: solve(..., workers=workers)"
        raise Problem("workers", f"{shown(workers, 60)} is not workers that are open", mend)
    opened: Workers = workers
    return opened


def in_memory(model: KernelRidge, rows: Array, precision: DTypeLike) -> Product:
    """Compute the kernel of rows (T, features) once, and return the product with it."""
    gram = np.empty((len(rows), len(rows)), dtype=precision)
    for part in parts(len(rows)):
        gram[part] = model.gram(rows[part], rows)
    return lambda right: np.asarray(gram @ right.astype(gram.dtype, copy=False), dtype=float)


@contextmanager
def in_blocks(model: KernelRidge, rows: Array, workers: Workers) -> Iterator[Product]:
    """Hand out the product with the kernel of rows (T, features), which is computed anew by workers each time."""
    with workers.keeping(rows) as kept:

        def times(right: Array) -> Array:
            product = np.empty((len(rows), right.shape[1]))
            with workers.keeping(np.ascontiguousarray(right)) as directions:
                for part, piece in workers.as_finished(_Piece(model, kept, directions), parts(len(rows))):
                    product[part] = piece
            return product

        yield times


@dataclass(frozen=True, slots=True)
class _Piece:
    """The product of one block of rows of the kernel with the directions."""

    model: KernelRidge
    rows: Callable[[], Array]
    directions: Callable[[], Array]

    def __call__(self, part: slice) -> Array:
        rows = self.rows()
        return self.model.gram(rows[part], rows) @ self.directions()


def parts(rows: int) -> list[slice]:
    """Cut rows into blocks: the same whoever works on them."""
    step = max(1, _BLOCK // (8 * rows))
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]
