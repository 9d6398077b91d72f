"""How do workers of a dask cluster share work? The scheduler hands out bundles; values stay in the store."""

from __future__ import annotations

import logging
import queue
import re
import secrets
import time
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from distributed import Client, KilledWorker

from genloss.errors import Problem, shown
from genloss.study.runner.bundles import SECONDS, Bundles, Done
from genloss.study.runner.cluster_checks import probed, refuse_unlike
from genloss.study.runner.cluster_worker import AtWork, Kept, OfWorker, Unable, answer, stopped, versions
from genloss.study.runner.executor import AHEAD, Lost, R, T
from genloss.study.runner.sent import written

_TELL_TOO = (
    "asyncio",
    "distributed",
    "distributed.client",
    "distributed.core",
    "distributed.comm",
    "tornado.application",
)
ANSWERS = 10.0
"""Seconds within which a scheduler must answer when a run begins, and a worker be there."""
PATIENCE = 120.0
"""Seconds within which a scheduler must answer in the middle of a run, and a worker be there."""
PER_WORKER = 0.01
"""Seconds that a bundle takes longer for each worker: a scheduler hands out a few hundred bundles a second."""
LARGEST = 2**31 - 1_000_000
"""Bytes of a value that is brought to every worker: a message of dask's is shorter than 2 GiB."""
_LOOK = 2.0
_PROTOCOLS = ("tcp", "tls", "ws", "wss")
_ADDRESS = re.compile(r"([a-z]+)://(\S+:\d{1,5})/?", re.ASCII)
_START = "start one with `dask scheduler`, and on each machine `dask worker tcp://HOST:PORT` (docs/howto/cluster.md)"


class Cluster:
    """The workers of a running cluster. folder: where they leave what they compute, None for nowhere."""

    def __init__(self, client: Any, address: str, probe: Any) -> None:
        self.client = client
        self.address = address
        self.probe = probe
        self._looked, self._workers = 0.0, 0

    @property
    def workers(self) -> int:
        """How many bundles are worked on at once: the threads of all workers there are now."""
        if time.monotonic() > self._looked + _LOOK:
            self._workers = sum(self._asked(self.client.scheduler.ncores).values())
            self._looked = time.monotonic()
        return self._workers

    def as_finished(
        self,
        work: Callable[[T], R],
        items: Iterable[T],
        died: Callable[[T], R] | None = None,
        *,
        shared: Sequence[object] = (),
    ) -> Generator[tuple[T, R], None, None]:
        """Work on items; see `Executor`. A bundle at which workers end each time is worked on item by item."""
        seconds = max(SECONDS, PER_WORKER * self.workers)
        bundles, heard, running = Bundles(items, seconds), queue.SimpleQueue[Any](), dict[Any, list[T]]()
        with self._told(written((tuple(shared), work)), seconds) as name:
            while True:
                while len(running) < AHEAD * max(1, self.workers) and (bundle := bundles.next()):
                    running[self._given(name, written(bundle, shared), heard)] = bundle
                if not running:
                    return
                future = self._next(heard)
                bundle = running.pop(future)
                try:
                    yield from bundles.heard(bundle, self._result(future))
                except KilledWorker as error:
                    for item in bundle:
                        yield item, self._alone(name, item, died, shared, error)

    def _alone(
        self,
        name: str,
        item: T,
        died: Callable[[T], R] | None,
        shared: Sequence[object],
        before: Exception,
    ) -> R:
        """Work on one item of a bundle with which workers ended."""
        heard = queue.SimpleQueue[Any]()
        future = self._given(name, written([item], shared), heard)
        try:
            found: R = self._result(self._next(heard)).results[0]
        except KilledWorker as error:
            if died is None:
                mend = "give workers more memory (dask worker --memory-limit), or look into their logs"
                raise Problem("scheduler", "workers have ended by themselves at the same work", mend) from before
            del error
            return died(item)
        finally:
            future.release()
        return found

    def _given(self, name: str, items: bytes, heard: queue.SimpleQueue[Any]) -> Any:
        """Give a bundle to the scheduler; whatever comes of it is put into the queue."""
        try:
            future = self.client.submit(answer, name, items, key=(name, secrets.token_hex(8)), pure=False)
        except Exception as error:
            raise self._lost() from error
        future.add_done_callback(heard.put)
        return future

    def _next(self, heard: queue.SimpleQueue[Any]) -> Any:
        """Wait for a bundle that is done, as long as there are workers."""
        there = time.monotonic()
        while True:
            try:
                return heard.get(timeout=_LOOK)
            except queue.Empty:
                if self.client.status not in ("running", "connecting"):
                    raise self._lost() from None
                if self.workers:
                    there = time.monotonic()
                elif time.monotonic() > there + PATIENCE:
                    raise Lost(f"scheduler {self.address}", "has no workers any more", _START) from None

    def _result(self, future: Any) -> Done[Any]:
        """Return what came of a bundle. Errors: those of the work; `Problem` where a worker cannot work."""
        try:
            result: Done[Any] | Unable = future.result(timeout=PATIENCE)
        except (CancelledError, OSError, TimeoutError) as error:
            if self.client.status == "running" and isinstance(error, Problem):
                raise
            raise self._lost() from error
        if isinstance(result, Unable):
            mend = (
                "give workers what this process has: the same packages, modules and folders; what is finished is kept"
            )
            raise Problem(f"a worker of {self.address}", result.why, mend)
        return result

    def _asked(self, what: Callable[..., Any], **arguments: Any) -> Any:
        try:
            return self.client.sync(what, callback_timeout=PATIENCE, **arguments)
        except (OSError, TimeoutError, RuntimeError, AttributeError) as error:
            raise self._lost() from error

    def _lost(self) -> Lost:
        return Lost(f"scheduler {self.address}", "does not answer any more", _START)

    @contextmanager
    def keeping(self, value: T) -> Iterator[Callable[[], T]]:
        """Send a value to the scheduler, which brings it to every worker; see `Executor`."""
        content = written(value)
        if len(content) > LARGEST:
            found = f"{len(content):,} bytes for every worker, where a cluster takes at most {LARGEST:,}"
            raise Problem("inputs", found, "give fewer rows or columns, or work with processes of this machine")
        with self._placed(Kept(content)) as name:
            yield OfWorker(name)

    @contextmanager
    def _told(self, work: bytes, seconds: float) -> Iterator[str]:
        """Bring the work to all workers, and take it from them again when it ends."""
        with self._placed(AtWork(work, seconds, versions(), self.probe)) as name:
            try:
                yield name
            except BaseException:
                with suppress(Exception):  # the cluster may be gone; what is raised is why
                    self._dropped(name, stopped, seconds)
                raise

    @contextmanager
    def _placed(self, plugin: Any) -> Iterator[str]:
        """Bring a plugin to all workers, and take it from them again. Errors: `Lost`."""
        name = f"genloss-{secrets.token_hex(8)}"
        self._place(plugin, name)
        try:
            yield name
        finally:
            with suppress(Exception):
                self.client.sync(self.client.scheduler.unregister_worker_plugin, name=name, callback_timeout=ANSWERS)

    def _place(self, plugin: Any, name: str) -> None:
        """Bring a plugin to all workers, again where one ends meanwhile. Errors: `Lost`."""
        until = time.monotonic() + PATIENCE
        while True:
            try:
                self.client.register_plugin(plugin, name=name)
            except (OSError, TimeoutError) as error:
                if self.client.status != "running" or time.monotonic() > until:
                    raise self._lost() from error
                time.sleep(0.2)
            except (RuntimeError, AttributeError) as error:
                raise self._lost() from error
            else:
                return

    def _dropped(self, name: str, stopped: Callable[..., int], seconds: float) -> None:
        """Drop what has not begun, and wait for what has."""
        if self.client.status != "running":
            return
        self.client.cancel([future for future in self.client.futures if future[0] == name], force=True)
        until = time.monotonic() + PATIENCE + seconds
        while any(self.client.run(stopped, name).values()) and time.monotonic() < until:
            time.sleep(0.1)


class _Quiet(Client):
    """A client that is let go without a word where it could not be made."""

    made = False

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)  # type: ignore[no-untyped-call]
        self.made = True

    def __del__(self) -> None:
        if self.made:
            super().__del__()  # type: ignore[no-untyped-call]


@contextmanager
def cluster(address: str, store: Path | None) -> Iterator[Cluster]:
    """Open a running cluster, and look whether its workers can do the work. Errors: `Problem` before any work."""
    with _silenced():
        client = _connected(_checked(address))
        try:
            refuse_unlike(client, address, ANSWERS)
            with probed(client, address, store) as probe:
                yield Cluster(client, address, probe)
        finally:
            with suppress(Exception):
                client.close(timeout=2)


def _checked(address: object) -> str:
    if not isinstance(address, str) or _ADDRESS.fullmatch(address) is None:
        raise Problem(
            "scheduler",
            f"{shown(address, 60)} is not an address",
            "give what `dask scheduler` says, e.g. tcp://10.0.0.1:8786",
        )
    found = _ADDRESS.fullmatch(address)
    if found is not None and found[1] not in _PROTOCOLS:
        mend = f"give what `dask scheduler` says, e.g. tcp://{found[2]}"
        raise Problem(f"scheduler {address}", f"{found[1]} is not a protocol of a scheduler", mend)
    return address


def _connected(address: str) -> Any:
    try:
        made: Any = _Quiet
        return made(address, timeout=ANSWERS, set_as_default=False, name="genloss")
    except (OSError, TimeoutError) as error:
        raise Problem(f"scheduler {address}", f"nobody answers there within {ANSWERS:.0f} seconds", _START) from error
    except Exception as error:
        raise Problem(f"scheduler {address}", f"is none: {type(error).__name__}: {error}", _START) from error


@contextmanager
def _silenced() -> Iterator[None]:
    """Let a lost connection, and an interrupt while something is waited for, be told once, in our words."""
    loggers = [logging.getLogger(name) for name in _TELL_TOO]
    before = [each.level for each in loggers]
    for each in loggers:
        each.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for each, level in zip(loggers, before, strict=True):
            each.setLevel(level)
