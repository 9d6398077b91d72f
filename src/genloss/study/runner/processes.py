"""How do processes of this machine share work? Bundles of items go out, and one that ends is put in its place again."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, Future, ProcessPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager
from multiprocessing.connection import wait as wait_for_any

from genloss.errors import Problem
from genloss.study.runner.bundles import Bundled, Bundles, Done
from genloss.study.runner.executor import AHEAD, R, T
from genloss.study.runner.kept_file import in_file


class Processes:
    """Processes that work. One of them may end, with all that was given to them; then they are made anew."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.pool = _pool(workers)

    def as_finished(
        self,
        work: Callable[[T], R],
        items: Iterable[T],
        died: Callable[[T], R] | None = None,
        *,
        shared: Sequence[object] = (),  # noqa: ARG002 (a bundle holds them once)
    ) -> Generator[tuple[T, R], None, None]:
        """Work on items; see `Executor`.

        Where a process ends, what was in flight is run again one by one.
        """
        running: dict[Future[Done[R]], list[T]] = {}
        bundles, bundled = Bundles(items), Bundled(work)
        while True:
            broken = list[T]()
            while not broken and len(running) < AHEAD * self.workers and (bundle := bundles.next()):
                try:
                    running[self.pool.submit(bundled, bundle)] = bundle
                except BrokenExecutor:
                    broken += bundle
            if not running and not broken:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            if broken or any(isinstance(future.exception(), BrokenExecutor) for future in done):
                done, _ = wait(running)  # all of them have ended with the process
            for future in [future for future in running if future in done]:  # in the order in which they were begun
                bundle = running.pop(future)
                if isinstance(future.exception(), BrokenExecutor):
                    broken += bundle
                else:
                    yield from bundles.heard(bundle, future.result())
            if broken:
                _shut(self.pool)
                self.pool = _pool(self.workers)
                yield from _one_by_one(work, broken, died)

    def keeping(self, value: T) -> AbstractContextManager[Callable[[], T]]:
        """Keep a value in a file, which every process reads once; see `Executor`."""
        return in_file(value)


@contextmanager
def processes(workers: int) -> Iterator[Processes]:
    """Begin so many processes."""
    opened = Processes(workers)
    try:
        yield opened
    except BaseException:
        _wait_or_kill(opened.pool)
        raise
    _shut(opened.pool)


def _wait_or_kill(pool: ProcessPoolExecutor) -> None:
    """Drop what has not begun and wait for the rest; whoever interrupts again does not wish to wait."""
    at_work = list((getattr(pool, "_processes", None) or {}).values())
    try:
        _shut(pool, cancel_futures=True)
    except KeyboardInterrupt:
        for each in at_work:
            each.kill()
        raise


def _shut(pool: ProcessPoolExecutor, *, cancel_futures: bool = False) -> None:
    """Wait until a pool has ended; where one of its processes was ended by itself, the others are killed.

    They would wait for ever: such a one may have held what they take their work from, and they ignore SIGTERM. What
    they were at is run again, and files are put in place in one step.
    """
    begun = list((getattr(pool, "_processes", None) or {}).values())
    pool.shutdown(wait=False, cancel_futures=cancel_futures)
    while running := [each for each in begun if each.is_alive()]:
        if any(each.exitcode for each in begun):
            for each in running:
                each.kill()
        wait_for_any([each.sentinel for each in running], timeout=0.5)
    pool.shutdown()


def _pool(workers: int) -> ProcessPoolExecutor:
    context = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, mp_context=context, initializer=_begin)


def _one_by_one(
    work: Callable[[T], R], items: Sequence[T], died: Callable[[T], R] | None
) -> Generator[tuple[T, R], None, None]:
    """Work on items, each alone in a process, so that whoever ends it is known."""
    alone = _pool(1)
    try:
        _refuse_no_start(alone)
        for item in items:
            try:
                result = alone.submit(work, item).result()
            except BrokenExecutor as error:
                if died is None:
                    mend = "give fewer workers, so that they need less memory, or look into the log of the system"
                    raise Problem("workers", "a process that worked has ended by itself", mend) from error
                result = died(item)
                _shut(alone)
                alone = _pool(1)
            yield item, result
    finally:
        _wait_or_kill(alone)


def _refuse_no_start(pool: ProcessPoolExecutor) -> None:
    """Refuse a place where processes end as soon as they begin, whatever they are given."""
    try:
        pool.submit(abs, 0).result()
    except BrokenExecutor as error:
        mend = 'put the call under `if __name__ == "__main__":`, or work with threads: processes=False'
        raise Problem("workers", "no process can be begun here", mend) from error


def _begin() -> None:
    """Hold a new process to one BLAS thread for as long as it lives.

    An interrupt of all is for the one who gave the work: it drops what has not begun, and waits for the rest. Where
    that one was killed nobody reads what is done, and the process ends.
    """
    from genloss.study.runner.one_blas import hold_to_one_thread

    threading.Thread(target=_end_with_parent, daemon=True).start()
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.SIG_IGN)
    hold_to_one_thread()


def _end_with_parent() -> None:
    """End this process when the one that began it is gone; a pool waits for work for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
