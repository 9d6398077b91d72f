"""Who works: how many, and of which kind?"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from genloss.errors import Problem
from genloss.study.runner.executor import Executor


def checked_workers(workers: int | None) -> int:
    """Return a number of workers: as asked, or one per processor."""
    if workers is None:
        return os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
        raise Problem("workers", f"{workers!r} is not a whole number from 1 to 1024", "give a number of workers")
    return workers


@contextmanager
def executor(workers: int, *, processes: bool) -> Iterator[Executor]:
    """Open so many workers, threads or processes, and hold this process to one BLAS thread meanwhile."""
    from threadpoolctl import threadpool_limits

    from genloss.study.runner.one_blas import load_blas

    load_blas()
    with threadpool_limits(1), _kind(processes)(workers) as opened:
        yield opened


def _kind(processes: bool) -> Callable[[int], AbstractContextManager[Executor]]:
    if processes:
        from genloss.study.runner import processes as begun

        return begun.processes
    from genloss.study.runner import threads

    return threads.threads
