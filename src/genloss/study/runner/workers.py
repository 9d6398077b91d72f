"""How is work spread over threads or processes, each with one BLAS thread, in bounded memory?"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Executor, Future, ThreadPoolExecutor, wait
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


class Pool:
    """Threads or processes that work. A process may end, with all that was given to the pool; then it is made anew."""

    def __init__(self, workers: int, *, processes: bool) -> None:
        self.workers = workers
        self.processes = processes
        self.executor = self._made()

    def _made(self) -> Executor:
        if not self.processes:
            return ThreadPoolExecutor(self.workers)
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        context = multiprocessing.get_context("spawn")
        return ProcessPoolExecutor(self.workers, mp_context=context, initializer=_begin_process)

    def renew(self) -> None:
        """Put others in the place of processes of which one has ended."""
        self.executor.shutdown()
        self.executor = self._made()

    def end(self, *, cancel: bool) -> None:
        """Wait for what has begun. cancel: drop what has not."""
        self.executor.shutdown(cancel_futures=cancel)


@contextmanager
def worker_pool(workers: int, *, processes: bool) -> Iterator[Pool]:
    """Open a pool; on an error or an interrupt what has not begun is dropped, and what has begun is waited for.

    So nothing works or writes any more once the caller hears of it.
    """
    from threadpoolctl import threadpool_limits

    _load_blas()
    pool = Pool(workers, processes=processes)
    with threadpool_limits(1):
        try:
            yield pool
        except BaseException:
            pool.end(cancel=True)
            raise
        pool.end(cancel=False)


def as_finished(
    pool: Pool, work: Callable[[T], R], items: Iterable[T], died: Callable[[T], R] | None = None
) -> Iterator[tuple[T, R]]:
    """Work on items, begun in order and a few per worker ahead of the reader; hand each out as soon as it is done.

    Where a process ends, what was in flight is run again one by one. died: what comes of an item with which its process
    ends once more; None: nothing, that is an error.
    """
    running: dict[Future[R], T] = {}
    todo = iter(items)
    while True:
        broken = list[T]()
        while not broken and len(running) < _AHEAD * pool.workers and (item := next(todo, None)) is not None:
            try:
                running[pool.executor.submit(work, item)] = item
            except BrokenExecutor:
                broken.append(item)
        if not running and not broken:
            return
        done, _ = wait(running, return_when=FIRST_COMPLETED)
        if broken or any(isinstance(future.exception(), BrokenExecutor) for future in done):
            done, _ = wait(running)  # all of them have ended with the process
        for future in [future for future in running if future in done]:  # in the order in which they were begun
            item = running.pop(future)
            if isinstance(future.exception(), BrokenExecutor):
                broken.append(item)
            else:
                yield item, future.result()
        if broken:
            pool.renew()
            yield from _one_by_one(work, broken, died)


def _one_by_one(work: Callable[[T], R], items: Sequence[T], died: Callable[[T], R] | None) -> Iterator[tuple[T, R]]:
    """Work on items, each alone in a process, so that whoever ends it is known."""
    alone = Pool(1, processes=True)
    try:
        _refuse_no_start(alone)
        for item in items:
            try:
                result = alone.executor.submit(work, item).result()
            except BrokenExecutor as error:
                if died is None:
                    mend = "give fewer workers, so that they need less memory, or look into the log of the system"
                    raise Problem("workers", "a process that worked has ended by itself", mend) from error
                result = died(item)
                alone.renew()
            yield item, result
    finally:
        alone.end(cancel=True)


def _refuse_no_start(pool: Pool) -> None:
    """Refuse a place where processes end as soon as they begin, whatever they are given."""
    try:
        pool.executor.submit(abs, 0).result()
    except BrokenExecutor as error:
        mend = 'put the call under `if __name__ == "__main__":`, or work with threads: processes=False'
        raise Problem("workers", "no process can be begun here", mend) from error


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
