"""How is work spread over threads or processes, each with one BLAS thread, in bounded memory?"""

import multiprocessing
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from threadpoolctl import threadpool_limits

from genloss.errors import Problem
from genloss.study.runner.units import Part, Unit

_AHEAD = 4  # units in flight per worker

_limits: list[Any] = []


def checked_workers(workers: int | None) -> int:
    """Return a number of workers: as asked, or one per processor."""
    if workers is None:
        return os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
        raise Problem("workers", f"{workers!r} is not a whole number from 1 to 1024", "give a number of workers")
    return workers


@contextmanager
def worker_pool(workers: int, *, processes: bool) -> Iterator[tuple[Executor, int]]:
    """Open a pool; on an error or an interrupt what has not begun is dropped."""
    pool: Executor
    if processes:
        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_one_blas_thread)
    else:
        pool = ThreadPoolExecutor(workers)
    with threadpool_limits(1):
        try:
            yield pool, workers
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
        pool.shutdown()


def in_order(pool: tuple[Executor, int], units: Iterable[Unit], done: Callable[[], None]) -> Iterator[Part]:
    """Compute units ahead of their reader, a few per worker, and hand the values out in order."""
    executor, workers = pool
    waiting: deque[Future[Part]] = deque()
    todo = iter(units)
    while True:
        while len(waiting) < _AHEAD * workers and (unit := next(todo, None)) is not None:
            waiting.append(executor.submit(unit.values))
        if not waiting:
            return
        values = waiting.popleft().result()
        done()
        yield values


def _one_blas_thread() -> None:
    """Hold a new process to one BLAS thread for as long as it lives."""
    _limits.append(threadpool_limits(1))
