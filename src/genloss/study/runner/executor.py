"""What does whoever spreads work over workers have to offer? Another engine is one more file that keeps this."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Protocol, TypeVar

from genloss.errors import Problem

T = TypeVar("T")
R = TypeVar("R")

AHEAD = 4
"""How many items, or bundles of items, are in flight per worker: enough that none waits, and few in memory."""


class Lost(Problem):
    """Whoever hands out the work is gone, or all workers are, in the middle of it."""


class Executor(Protocol):
    """Workers of some kind, each with one BLAS thread, between the opening and the end of a context manager.

    On an error or an interrupt in that context what has not begun is dropped, and what has begun is waited for, so that
    nothing works or writes any more once the caller hears of it.
    """

    @property
    def workers(self) -> int:
        """How many work at once."""

    def as_finished(
        self,
        work: Callable[[T], R],
        items: Iterable[T],
        died: Callable[[T], R] | None = None,
        *,
        shared: Sequence[object] = (),
    ) -> Generator[tuple[T, R], None, None]:
        """Work on items, begun in order and a few per worker ahead of the reader; hand each out as soon as it is done.

        work: may be called again with an item where a worker ended. died: what comes of an item with which whoever
        works at it ends each time; None: nothing, that is a `Problem`. shared: objects that many items hold, which
        need not be sent with each. An error of `work` is raised here.
        """

    def keeping(self, value: T) -> AbstractContextManager[Callable[[], T]]:
        """Bring a value to every worker once, for whatever is worked on until the end of the context.

        What is handed out is sent in work instead of the value, and returns it there when it is called. Workers that
        join later, or take the place of one that ended, get it too.
        """
