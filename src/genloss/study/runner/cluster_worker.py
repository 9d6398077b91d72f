"""What does a worker of a cluster do? It is told the work once, then is given bundles of items."""

from __future__ import annotations

import contextlib
import importlib.metadata
import platform
import secrets
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from distributed import Worker, get_worker
from distributed.diagnostics.plugin import WorkerPlugin

from genloss.errors import Problem
from genloss.results.files import read_regular, remove_files, write_atomically
from genloss.study.runner.bundles import Bundled, Done
from genloss.study.runner.sent import read
from genloss.version import __version__

PACKAGES = ("numpy", "scipy", "distributed")
"""Of which the versions must be the same everywhere, beside that of genloss."""
PROBE = "probe"


def versions() -> dict[str, str]:
    """Return what must be the same everywhere, so that numbers are the same wherever they are computed."""
    named = {name: importlib.metadata.version(name) for name in PACKAGES}
    minor = ".".join(platform.python_version_tuple()[:2])
    return {"genloss": __version__, "Python": minor, "processor": platform.machine(), **named}


@dataclass(frozen=True, slots=True)
class Probe:
    """A file that whoever gives the work has written; whoever sees its content sees the folder."""

    folder: Path
    content: str

    @property
    def path(self) -> Path:
        """Where it stands."""
        return self.folder / f"{PROBE}-{self.content}"

    def write(self) -> None:
        """Leave it. Errors: `Problem`."""
        write_atomically(self.path, self.content)

    def remove(self) -> None:
        """Remove it, with what workers left beside it."""
        remove_files(self.folder, self.path.name)

    def refused(self) -> str:
        """Say why this process cannot work in the folder, "" where it can: it reads the file and writes one."""
        try:
            if read_regular(self.path, most=1000).decode() != self.content:
                return f"finds another file in {self.folder}"
            mine = self.folder / f"{secrets.token_hex(8)}-{self.path.name}"
            write_atomically(mine, self.content)
            mine.unlink(missing_ok=True)
        except FileNotFoundError:
            return f"does not see the folder {self.folder}"
        except Problem as problem:
            return f"cannot write to {self.folder}: {problem.found}"
        except (OSError, ValueError) as error:
            return f"cannot read in {self.folder}: {error}"
        return ""


def unlike(found: Mapping[str, str], wanted: Mapping[str, str]) -> str:
    """Say in which versions a worker differs, "" where in none."""
    return ", ".join(
        f"{name} {found.get(name, 'none')} instead of {version}"
        for name, version in wanted.items()
        if found.get(name) != version
    )


@dataclass(frozen=True, slots=True)
class Unable:
    """Why a worker cannot take the work."""

    why: str


class AtWork(WorkerPlugin):
    """The work, which the scheduler brings to every worker, also to those that join later.

    wanted: the versions of whoever gives the work. probe: a file that a worker must see, None for no folder.
    """

    idempotent = False

    def __init__(self, work: bytes, seconds: float, wanted: Mapping[str, str], probe: Probe | None) -> None:
        self.work = work
        self.seconds = seconds
        self.wanted = wanted
        self.probe = probe

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 (dask calls it so)
        """Hold the worker to one BLAS thread, and look whether it is like the others."""
        from threadpoolctl import threadpool_limits

        from genloss.study.runner.one_blas import load_blas

        load_blas()
        self.limit = threadpool_limits(1)
        self.refused = unlike(versions(), self.wanted) or ("" if self.probe is None else self.probe.refused())
        self.lock, self.busy, self.stopped = threading.Lock(), 0, False
        self.bundled: Bundled[Any, Any] | None = None
        self.shared: Sequence[object] = ()

    def teardown(self, worker: Worker) -> None:  # noqa: ARG002
        """Give the worker its BLAS threads back."""
        with contextlib.suppress(AttributeError):
            self.limit.restore_original_limits()

    def answer(self, items: bytes) -> Done[Any] | Unable:
        """Work on a bundle."""
        with self.lock:
            if self.stopped or self.refused:
                return Unable(self.refused or "was told to stop")
            if self.bundled is None:
                try:
                    self.shared, work = read(self.work)
                except Exception as error:  # whatever reading what a user gave may raise
                    return Unable(f"cannot read the work: {type(error).__name__}: {error}")
                self.bundled = Bundled(work, self.seconds, lambda: self.stopped)
            self.busy += 1
        try:
            return self.bundled(read(items, self.shared))
        finally:
            with self.lock:
                self.busy -= 1


class Kept(WorkerPlugin):
    """A value that all work needs, which the scheduler brings to every worker, also to those that join later."""

    idempotent = False

    def __init__(self, content: bytes) -> None:
        self.content = content

    def setup(self, worker: Worker) -> None:  # noqa: ARG002 (dask calls it so)
        """Read it when it is first needed: a value that cannot be read is for the work to tell."""
        self.lock = threading.Lock()

    def value(self) -> Any:
        """Return it."""
        with self.lock:
            if self.content:
                self.found, self.content = read(self.content), b""
            return self.found


@dataclass(frozen=True, slots=True)
class OfWorker:
    """The name of a value that workers keep."""

    name: str

    def __call__(self) -> Any:
        """Return it, at a worker. Errors: `Problem`."""
        plugin = get_worker().plugins.get(self.name)
        if not isinstance(plugin, Kept):
            raise Problem("scheduler", "a worker was not told what all work needs", "do the same again")
        return plugin.value()


def answer(name: str, items: bytes) -> Done[Any] | Unable:
    """Work on a bundle; name: of the plugin that knows the work."""
    plugin = get_worker().plugins.get(name)
    return plugin.answer(items) if isinstance(plugin, AtWork) else Unable("was not told the work")


def stopped(name: str, dask_worker: Worker) -> int:
    """Begin nothing more of the work; return how many bundles are still at work."""
    plugin: Any = dask_worker.plugins.get(name)
    if not isinstance(plugin, AtWork):
        return 0
    plugin.stopped = True
    return plugin.busy
