"""How is work spread over threads or processes, each with one BLAS thread, in bounded memory?"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from typing import Any, TypeVar

from genloss.errors import Problem

T = TypeVar("T")
R = TypeVar("R")

_AHEAD = 4  # items in flight per worker

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
    """Open a pool; on an error or an interrupt what has not begun is dropped, and what has begun is waited for.

    So nothing works or writes any more once the caller hears of it.
    """
    from threadpoolctl import threadpool_limits

    _load_blas()
    pool: Executor
    if processes:
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context("spawn")
        pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin_process)
    else:
        pool = ThreadPoolExecutor(workers)
    with threadpool_limits(1):
        try:
            yield pool, workers
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
        pool.shutdown()


def as_finished(pool: tuple[Executor, int], work: Callable[[T], R], items: Iterable[T]) -> Iterator[tuple[T, R]]:
    """Work on items, begun in order and a few per worker ahead of the reader; hand each out as soon as it is done."""
    executor, workers = pool
    running: dict[Future[R], T] = {}
    todo = iter(items)
    while True:
        while len(running) < _AHEAD * workers and (item := next(todo, None)) is not None:
            running[executor.submit(work, item)] = item
        if not running:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        for future in [future for future in running if future in done]:  # in the order in which they were begun
            yield running.pop(future), future.result()


def _load_blas() -> None:
    """Load every BLAS that engines use: only what is loaded can be limited."""
    import scipy.linalg  # noqa: F401


def _begin_process() -> None:
    """Hold a new process to one BLAS thread for as long as it lives.

    An interrupt of all is for the one who gave the work: it drops what has not begun, and waits for the rest. Where
    that one was killed nobody reads what is done, and the process ends.
    """
    from threadpoolctl import threadpool_limits

    threading.Thread(target=_end_with_parent, daemon=True).start()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    _load_blas()
    _limits.append(threadpool_limits(1))


def _end_with_parent() -> None:
    """End this process when the one that began it is gone; a pool waits for work for ever."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
