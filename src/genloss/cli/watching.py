"""How many cells of a study are finished, how fast do they come, and how many failed?"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from genloss.study import FinishedCell

_UNITS = ((1.0, "second"), (60.0, "minute"), (3600.0, "hour"), (86_400.0, "day"))


@dataclass
class Watched:
    """Cells as they come. cells: how many there will be. Those that were stored already count, but not for the pace."""

    cells: int
    clock: Callable[[], float] = time.monotonic
    finished: int = 0
    failed: int = 0
    computed: int = 0
    begun: float | None = None

    def see(self, cell: FinishedCell) -> None:
        """Count a cell."""
        if not cell.stored and self.begun is None:
            self.begun = self.clock()
            self.computed = -1  # the pace is measured from the first one on
        self.finished += 1
        self.failed += cell.failed is not None
        self.computed += not cell.stored

    def __call__(self) -> str:
        """Say it.

        >>> Watched(1_000, finished=312, failed=3)()
        '312 of 1,000 cells, 3 failed'
        """
        said = [f"{self.finished:,} of {self.cells:,} cells"]
        if self.begun is not None and self.computed > 0 and (taken := self.clock() - self.begun) > 1.0:
            said.append(pace(self.computed / taken))
        return ", ".join([*said, *([f"{self.failed:,} failed"] if self.failed else [])])


class Interrupted(KeyboardInterrupt):
    """An interrupt, with what a user reads of it."""


GOING_ON = "\n  to go on: the same command again; it computes only what is missing"


@contextmanager
def stopped(words: Callable[[], str]) -> Iterator[None]:
    """Where this is interrupted say what is kept, and how to go on."""
    try:
        yield
    except Interrupted:
        raise
    except KeyboardInterrupt as interrupt:
        raise Interrupted(words()) from interrupt


def resumable(watched: Watched, folder: Path) -> AbstractContextManager[None]:
    """Where a run is interrupted say how many of its cells are whole, and how it goes on."""

    def words() -> str:
        whole = watched.finished - watched.failed
        return f"at least {whole:,} of {watched.cells:,} cells are whole in {folder}{GOING_ON}"

    return stopped(words)


def pace(each_second: float) -> str:
    """Say how many come in a time in which at least one does.

    >>> pace(12.3), pace(0.25), pace(0.001)
    ('12 a second', '15 a minute', '3.6 an hour')
    """
    seconds, unit = next((each for each in _UNITS if each_second * each[0] >= 1), _UNITS[-1])
    return f"{each_second * seconds:.2g} {'an' if unit == 'hour' else 'a'} {unit}"
