"""How does a user open workers, and what are they told who use them when they have ended?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from genloss.errors import Problem
from genloss.study.runner.executor import Executor, R, T
from genloss.study.runner.workers import checked_kind


@dataclass
class OpenWorkers:
    """Workers until the end of a context; executor: None after it."""

    executor: Executor | None

    def keeping(self, value: T) -> AbstractContextManager[Callable[[], T]]:
        """Bring a value to every worker once; see `Executor`. Errors: `Problem` where they have ended."""
        return self._still().keeping(value)

    def as_finished(self, work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
        """Work on items; see `Executor`. Errors: `Problem` where workers have ended."""
        return self._still().as_finished(work, items)

    def _still(self) -> Executor:
        if self.executor is None:
            mend = "put the call into the context: with genloss.study.open_workers(2) as workers:"
            raise Problem("workers", "they have ended with the context that opened them", mend)
        return self.executor


@contextmanager
def open_workers(
    workers: int | None = None, *, processes: bool = False, scheduler: str | None = None
) -> Iterator[OpenWorkers]:
    """Open workers for kernel ridge regression on many rows, and end them with the context.

    workers: how many threads, or processes of this machine; None: one per processor. scheduler: the address of a dask
    cluster, which has workers of its own. They are given to `genloss.models.kernel.solver.solve` or
    `genloss.models.kernel.chain.chains` as `workers=`, any number of times. Every worker, and this process until the
    end of the context, has one BLAS thread, so that numbers are the same by any number and kind of workers. Where
    processes work, put the call under `if __name__ == "__main__":`, as each of them reads your file.

    >>> import numpy as np
    >>> from genloss.models import KernelRidge
    >>> from genloss.models.kernel.solver import solve
    >>> rng = np.random.default_rng(0)
    >>> x = rng.normal(size=(300, 2))
    >>> with open_workers(2) as two:
    ...     fit = solve(KernelRidge(1.0, gamma=0.5), x, x[:, 0], [1e-3], rng=rng, workers=two)
    >>> fit.dual.shape, fit.converged
    ((1, 300, 1), True)

    Errors: `Problem` for a number that is none, or a scheduler that does not answer.
    Status: exact. Checked by tests/unit/test_kernel_workers.py.
    """
    with checked_kind(workers, processes=processes, scheduler=scheduler).opened() as executor:
        opened = OpenWorkers(executor)
        try:
            yield opened
        finally:
            opened.executor = None
