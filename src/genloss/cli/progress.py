"""How far is long work, and how long will it go on? A bar on a terminal, a line now and then in a log."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING, Protocol

from genloss.cli.say import echo

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress

PILOT = 1.0  # seconds of work that are measured before anything is said of the rest
LONG = 5.0  # seconds: of shorter work nothing is said
EVERY = 60.0  # seconds from line to line; the first comes at once, the last at the end

Told = Callable[[int, int], None]
"""Called with what is done and what there is to do."""
Beside = Callable[[], str]
"""Says more of work that is going on, e.g. how many cells are finished."""


class Talk(Protocol):
    """Who is told how far work is."""

    def part(self, doing: str, unit: str = "", *, known: bool = True, beside: Beside | None = None) -> Told:
        """Return whom to tell (done, all of it), counted in units; known: all of it, not the most that there can be.

        beside: says what else is told of it.
        """
        ...

    def say(self, line: str) -> None:
        """Say something beside it."""
        ...


@dataclass
class Clocked:
    """Work and what is left of it. begun: when. first: when it was first told of, and what was done then."""

    begun: float
    first: tuple[float, int] | None = None
    done: int = 0
    total: int = 0

    def tell(self, now: float, done: int, total: int) -> None:
        """Take note of what is done."""
        self.done, self.total = done, total
        if self.first is None:
            self.first = now, done

    def left(self, now: float) -> float | None:
        """Return seconds, as fast as since it was first told of: what comes before is slower. None: too soon to say."""
        if self.first is None:
            return None
        since, before = self.first
        if now - since < PILOT or self.done <= before:
            return None
        return (now - since) / (self.done - before) * (self.total - self.done)

    def most(self, now: float) -> float:
        """Return seconds, as fast as from the beginning."""
        return (now - self.begun) / max(self.done, 1) * (self.total - self.done)


@dataclass
class Part:
    """A part of work that lines are written of. said: when last; 0: not yet."""

    doing: str
    unit: str
    known: bool
    beside: Beside | None
    work: Clocked
    said: float = 0.0

    def line(self, now: float, left: float | None) -> str:
        """Say what the whole will take, the first time, and then how far it is. left: in seconds, None: not known."""
        work = self.work
        of, taken = " ".join([f"{work.total:,}", self.unit]).strip(), now - work.begun
        if work.first is None:
            return f"{self.doing}: nothing is finished after {duration(taken)}"
        if not self.said and (left is not None or not self.known):
            told = f"about {duration(taken + left)} for {of}" if self.known and left is not None else f"at most {of}"
        elif self.known:
            rest = "" if left is None else f", about {duration(left)} left"
            told = f"{work.done:,} of {of}, {work.done / max(work.total, 1):.0%}{rest}"
        else:
            told = f"{work.done:,} of at most {of}, {duration(taken)} so far"
        return f"{self.doing}: {told}" + self._beside()

    def end(self, now: float) -> str:
        """Say that it is done, and how long it took."""
        of = " ".join([f"{self.work.done:,}", self.unit]).strip()
        return f"{self.doing}: {of} done after {duration(now - self.work.begun)}" + self._beside()

    def _beside(self) -> str:
        return f"; {self.beside()}" if self.beside is not None else ""


@dataclass
class Lines:
    """Lines for a log, plain and few: what the whole will take once some of it is measured, then how far it is."""

    write: Callable[[str], None]
    clock: Callable[[], float] = time.monotonic
    work: Clocked | None = None
    last: float | None = None  # when anything was told
    parts: list[Part] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)

    def part(self, doing: str, unit: str = "", *, known: bool = True, beside: Beside | None = None) -> Told:
        """Return who is told of a part of the work, which begins now or where the part before ends."""
        part = Part(doing, unit, known, beside, Clocked(self.clock()))
        work = part.work
        self.parts.append(part)

        def tell(done: int, total: int) -> None:
            with self.lock:
                if self.work is not work:
                    self.work, work.begun = work, max(work.begun, self.last or work.begun)
                self.last = now = self.clock()
                work.tell(now, done, total)
                left = work.left(now)
                if done >= total:
                    if part.said:
                        self.write(part.end(now))
                elif part.said:
                    self._again(part, now)
                elif left is not None and left >= LONG:
                    self.write(part.line(now, left))
                    part.said = now

        return tell

    def beat(self) -> None:
        """Write of work of which nothing was told for long: some seconds at its beginning, a minute later."""
        with self.lock:
            now = self.clock()
            part = next((each for each in self.parts if not each.work.total or each.work.done < each.work.total), None)
            if part is None:
                return
            begun = max(part.work.begun, self.last or part.work.begun) if part.work.first is None else part.work.begun
            if part.said:
                self._again(part, now)
            elif now - begun >= LONG:
                self.write(part.line(now, part.work.left(now)))
                part.said = now

    def _again(self, part: Part, now: float) -> None:
        """Write a line where it is time for one: whole minutes behind the first, however late the last one was."""
        if now - part.said >= EVERY:
            self.write(part.line(now, part.work.left(now)))
            part.said += EVERY * ((now - part.said) // EVERY)

    def say(self, line: str) -> None:
        """Write it, unless the work will be done at once."""
        if self.work is not None and self.work.most(self.clock()) >= PILOT:
            self.write(line)


def duration(seconds: float) -> str:
    """Say a length of time as roughly as it is known.

    >>> duration(7.4), duration(43.0), duration(400.0), duration(9000.0)
    ('7 s', '45 s', '7 min', '2.5 h')
    >>> duration(200_000.0), duration(260_000.0), duration(1e8)
    ('56 h', '3 days', '1,157 days')
    """
    if seconds < 20:
        return f"{max(round(seconds), 1)} s"
    if seconds < 117.5:
        return f"{5 * round(seconds / 5)} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.2g} h" if seconds < 216_000 else f"{round(seconds / 86_400):,} days"


def _terminal() -> Console | None:
    """Return stderr as a terminal; None where it is none, which is mostly known before rich is loaded."""
    forced = os.environ.get("FORCE_COLOR") or os.environ.get("TTY_COMPATIBLE")
    if not forced and (sys.stderr is None or sys.stderr.closed or not sys.stderr.isatty()):
        return None
    from rich.console import Console

    console = Console(stderr=True)
    return console if console.is_terminal else None


@contextmanager
def progress_talk(*, quiet: bool) -> Iterator[Talk | None]:
    """Talk on stderr; None when quiet."""
    if quiet:
        yield None
        return
    console = _terminal()
    if console is None:
        lines = Lines(lambda line: echo(line, err=True))
        with _beating(lines):
            yield lines
    else:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        words = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[count]}"))
        with Progress(*words, TimeElapsedColumn(), TimeRemainingColumn(), console=console, transient=True) as bar:
            yield _Bar(bar)


@contextmanager
def _beating(lines: Lines) -> Iterator[None]:
    """Let lines be written while nothing is done."""
    ended = Event()

    def beat() -> None:
        while not ended.wait(1.0):
            lines.beat()

    thread = Thread(target=beat, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextmanager
def progress_bar(doing: str, *, quiet: bool, unit: str = "") -> Iterator[Told | None]:
    """Talk of work that has one part."""
    with progress_talk(quiet=quiet) as talk:
        yield None if talk is None else talk.part(doing, unit)


@dataclass
class _Bar:
    """A bar of rich for every part, shown once it is told of, and lines above them."""

    bar: Progress

    def part(self, doing: str, unit: str = "", *, known: bool = True, beside: Beside | None = None) -> Told:
        task = self.bar.add_task(doing, total=None, visible=False, count="")

        def tell(done: int, total: int) -> None:
            count = f"{done}/{total} {unit}" if known else f"{done} of at most {total} {unit}"
            count += f", {beside()}" if beside is not None else ""
            self.bar.update(task, completed=done, total=total if known else None, visible=True, count=count)

        return tell

    def say(self, line: str) -> None:
        self.bar.console.print(line, highlight=False, markup=False)
