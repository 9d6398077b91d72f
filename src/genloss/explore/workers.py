"""Who computes what may take long? A process of its own, which is ended where nobody waits any more."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context
from queue import Empty, LifoQueue
from threading import Event
from typing import Any

from genloss.errors import Problem
from genloss.explore.desk import Desk
from genloss.explore.simulations import Stopped

_CONTEXT = get_context("spawn")
_LOOK = 0.05  # seconds between two looks at a worker
_GRACE = 1.5  # seconds in which a worker that is told to stop may end by itself, and be used again
_WAIT = 2.0  # seconds in which a worker that a page has left may become free


class Busy(Exception):
    """As much is computed as this machine may."""


class Left(Exception):
    """Nobody waits for the answer any more."""


def _work(pipe: Any, stop: Any, desk: Desk) -> None:
    """Answer what comes through a pipe, until it is closed. To be interrupted is the business of the other end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while True:
        try:
            name, arguments = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            for message in _answers(desk, name, arguments, stop):
                pipe.send(message)
            pipe.send(("end", None))
        except (BrokenPipeError, OSError):
            return


def _answers(desk: Desk, name: str, arguments: tuple[Any, ...], stop: Any) -> Iterator[tuple[str, Any]]:
    """Yield what there is to say: values, or what was wrong."""
    try:
        if name == "points":
            state, drawn = arguments
            yield from (("value", each) for each in desk.points(state, drawn, stop))
        elif name == "prepare":
            yield from (("value", each) for each in desk.prepare())
        else:
            yield "value", getattr(desk, name)(*arguments)
    except Stopped:
        return
    except Problem as problem:
        yield "problem", (str(problem.where), str(problem.found), str(problem.mend))
    except MemoryError:
        yield "problem", ("position", "there is not enough memory here", "move features, rows or generations down")
    except Exception as error:
        import traceback

        traceback.print_exc()
        yield "bug", f"{type(error).__name__}: {error}"


@dataclass
class Worker:
    """A process that answers one question after the other; it is begun when the first is asked."""

    desk: Desk
    process: Any = None
    pipe: Any = None
    stop: Any = None

    def asked(self, name: str, arguments: tuple[Any, ...], seconds: float, left: Event | None) -> Iterator[Any]:
        """Ask for an answer of `Desk`, by its name; yield its values as they come.

        seconds: the longest wait for a value. left: set where nobody waits any more. Errors: what the answer raises;
        `Problem` where a value took too long; `Left`.
        """
        self.begin()
        self.stop.clear()
        self.pipe.send((name, arguments))
        whole, since = False, time.monotonic()
        try:
            while True:
                if self.pipe.poll(_LOOK):
                    kind, value = self._heard()
                    whole = kind != "value"
                    if kind == "end":
                        return
                    if kind == "problem":
                        self._heard()
                        raise Problem(*value)
                    if kind == "bug":
                        self._heard()
                        raise RuntimeError(value)
                    yield value
                    since = time.monotonic()
                elif left is not None and left.is_set():
                    raise Left
                elif time.monotonic() - since > seconds:
                    self.end()
                    found = f"took longer than {seconds:.0f} seconds, and was ended"
                    raise Problem("position", found, "move features, rows or generations down")
        finally:
            if not whole:
                self._leave()

    def end(self) -> None:
        """End the process, whatever it does."""
        process, self.process = self.process, None
        if process is not None:
            process.kill()
            process.join()

    def begin(self) -> None:
        """Begin the process, if there is none."""
        process = self.process
        if process is not None and process.is_alive():
            return
        self.end()
        self.pipe, other = _CONTEXT.Pipe()
        self.stop = _CONTEXT.Event()
        process = _CONTEXT.Process(target=_work, args=(other, self.stop, self.desk), daemon=True)
        process.start()
        self.process = process  # one that is not begun yet cannot be ended by another thread
        other.close()

    def _heard(self) -> tuple[str, Any]:
        try:
            said: tuple[str, Any] = self.pipe.recv()
        except (EOFError, OSError):
            self.end()
            mend = "move features, rows or generations down"
            raise Problem("position", "the process that computed it has ended", mend) from None
        return said

    def _leave(self) -> None:
        """Let the process stop by itself, or end it."""
        if self.process is None:
            return
        self.stop.set()
        until = time.monotonic() + _GRACE
        while time.monotonic() < until:
            if self.pipe.poll(_LOOK) and self._heard()[0] == "end":
                return
        self.end()
        self.begin()  # whoever moved a slider asks again in a moment, and need not wait for a process to begin


@dataclass
class Crew:
    """So many workers; who asks gets a free one, or is told that all are busy."""

    desk: Desk
    count: int
    free: LifoQueue[Worker] = field(default_factory=LifoQueue)
    all: list[Worker] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.all.extend(Worker(self.desk) for _ in range(self.count))
        for worker in reversed(self.all):
            self.free.put(worker)

    def asked(self, name: str, *arguments: Any, seconds: float, left: Event | None = None) -> Iterator[Any]:
        """Yield the values of an answer, as `Worker.asked` does. Errors: also `Busy`, before anything is asked."""
        worker = self._turn(_WAIT, left)
        return _Held(self, worker, worker.asked(name, arguments, seconds, left))

    def answer(self, name: str, *arguments: Any, seconds: float, left: Event | None = None) -> Any:
        """Return the one value of an answer. seconds: the longest wait, for a free worker and for its answer."""
        until = time.monotonic() + seconds
        worker = self._turn(seconds, left)
        remaining = max(0.0, until - time.monotonic())
        found = list(_Held(self, worker, worker.asked(name, arguments, remaining, left)))
        return found[0]

    def _turn(self, seconds: float, left: Event | None) -> Worker:
        """Wait for a free worker. Errors: `Busy` where there is none for so long; `Left`."""
        until = time.monotonic() + seconds
        while True:
            if left is not None and left.is_set():
                raise Left
            try:
                return self.free.get(timeout=_LOOK)
            except Empty:
                if time.monotonic() > until:
                    raise Busy from None

    def begin(self) -> None:
        """Let one worker begin, so that the first who asks need not wait for it."""
        self.all[0].begin()

    def end(self) -> None:
        """End all workers, also those that are at work."""
        for worker in self.all:
            worker.end()


@dataclass
class _Held:
    """The values of a worker that comes back to its crew at the end, also where nobody asked for the first."""

    crew: Crew
    worker: Worker
    values: Any
    back: bool = False

    def __iter__(self) -> _Held:
        return self

    def __next__(self) -> Any:
        try:
            return next(self.values)
        except BaseException:
            self._give_back()
            raise

    def close(self) -> None:
        """Ask for no more. Errors: `ValueError` where another thread waits for a value."""
        self.values.close()
        self._give_back()

    def __del__(self) -> None:
        """Come back also where the reader left before anybody asked for the first value."""
        with suppress(ValueError):
            self.close()

    def _give_back(self) -> None:
        if not self.back:
            self.back = True
            self.crew.free.put(self.worker)
