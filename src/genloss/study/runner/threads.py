"""How do threads of this process share work?"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext

from genloss.study.runner.executor import AHEAD, R, T


class Threads:
    """Threads: nothing is copied to them, so that single items are given out; they share one interpreter."""

    def __init__(self, workers: int) -> None:
        self.workers = workers
        self.pool = ThreadPoolExecutor(workers)

    def as_finished(
        self,
        work: Callable[[T], R],
        items: Iterable[T],
        died: Callable[[T], R] | None = None,  # noqa: ARG002 (a thread ends with its process)
        *,
        shared: Sequence[object] = (),  # noqa: ARG002 (nothing is sent)
    ) -> Generator[tuple[T, R], None, None]:
        """Work on items; see `Executor`."""
        running: dict[Future[R], T] = {}
        todo = iter(items)
        while True:
            while len(running) < AHEAD * self.workers and (item := next(todo, None)) is not None:
                running[self.pool.submit(work, item)] = item
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in [future for future in running if future in done]:  # in the order in which they were begun
                yield running.pop(future), future.result()

    def keeping(self, value: T) -> AbstractContextManager[Callable[[], T]]:
        """Return what is here already; see `Executor`."""
        return nullcontext(lambda: value)


@contextmanager
def threads(workers: int) -> Iterator[Threads]:
    """Open so many threads."""
    opened = Threads(workers)
    try:
        yield opened
    except BaseException:
        opened.pool.shutdown(cancel_futures=True)
        raise
    opened.pool.shutdown()
