"""Who works: how many, and of which kind?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.study.runner.executor import Executor


def checked_workers(workers: int | None) -> int:
    """Return a number of workers: as asked, or one per processor."""
    if workers is None:
        return os.cpu_count() or 1
    if isinstance(workers, bool) or not isinstance(workers, int) or not 1 <= workers <= 1024:
        raise Problem("workers", f"{workers!r} is not a whole number from 1 to 1024", "give a number of workers")
    return workers


@dataclass(frozen=True, slots=True)
class Workers:
    """How many work, and of which kind: threads, processes of this machine, or those of a running cluster.

    scheduler: the address of a cluster, whose workers are as many as they are; None for workers of this machine.
    """

    count: int = 1
    processes: bool = False
    scheduler: str | None = None

    @contextmanager
    def opened(self, store: Path | None = None) -> Iterator[Executor]:
        """Open them, and hold this process to one BLAS thread meanwhile. store: the folder that they write to."""
        from threadpoolctl import threadpool_limits

        from genloss.study.runner.one_blas import load_blas

        load_blas()
        with threadpool_limits(1), self._kind(store) as opened:
            yield opened

    def _kind(self, store: Path | None) -> AbstractContextManager[Executor]:
        if self.scheduler is not None:
            try:
                from genloss.study.runner.cluster import cluster
            except ImportError as error:
                mend = "pip install 'genloss[cluster]'"
                raise Problem("scheduler", f"needs a package that is not here: {error.name}", mend) from error
            return cluster(self.scheduler, store)
        if self.processes:
            from genloss.study.runner.processes import processes

            return processes(self.count)
        from genloss.study.runner.threads import threads

        return threads(self.count)


ONE = Workers()


def checked_kind(workers: int | None, *, processes: bool = False, scheduler: str | None = None) -> Workers:
    """Return workers as asked, or threads, one per processor. Errors: `Problem`, also for a number for a cluster."""
    if scheduler is None:
        return Workers(checked_workers(workers), processes)
    if workers is not None or processes:
        given = "processes" if workers is None else "workers"
        mend = Advice("leave ", Setting(given), " out, or ", Setting("scheduler"))
        raise Problem(given, "the cluster of a scheduler has workers of its own", mend)
    return Workers(scheduler=scheduler)
