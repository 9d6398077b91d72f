"""A scheduler and workers in processes of their own, ended for sure when a test ends."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

LIMIT = 120.0
"""Seconds for anything to happen; a test cannot hang."""


@dataclass
class Cluster:
    """One scheduler of this machine, whose port it chose itself."""

    folder: Path
    failures: int = 1
    """How many workers may end at a piece of work before it is no longer given out."""
    address: str = ""
    begun: list[subprocess.Popen] = field(default_factory=list)
    workers: list[subprocess.Popen] = field(default_factory=list)

    def scheduler(self, port: int = 0) -> subprocess.Popen:
        options = ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show"]
        process = self._begin(*options)
        found = self.said(process, r"Scheduler at:\s+(tcp://127\.0\.0\.1:\d+)")
        self.address = found
        return process

    def worker(self, *options: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> subprocess.Popen:
        given = ["--no-dashboard", "--no-nanny", "--nthreads", "1", "--local-directory", str(self.folder), *options]
        process = self._begin("worker", self.address, *given, env=env, cwd=cwd)
        self.workers.append(process)
        return process

    @contextmanager
    def joined(self, *options: str, cwd: Path) -> Iterator[None]:
        """One worker more for a while; when it has ended, the scheduler knows that before anything else happens."""
        process = self.worker(*options, cwd=cwd)
        try:
            address = self.said(process, r"Start worker at:\s+(tcp://127\.0\.0\.1:\d+)")
            self.said(process, "(Registered to)")
            yield
        finally:
            self.workers.remove(process)
            process.kill()
            process.wait(LIMIT)
        self.said(self.begun[0], f"(Remove worker).*{re.escape(address)}")

    def ready(self) -> None:
        """Wait until all workers are known to the scheduler."""
        for process in self.workers:
            self.said(process, "(Registered to)")

    def log(self, process: subprocess.Popen) -> str:
        return (self.folder / f"{self.begun.index(process)}.log").read_text(encoding="utf-8", errors="replace")

    def said(self, process: subprocess.Popen, pattern: str) -> str:
        """Wait for words in the log of a process."""
        until = time.monotonic() + LIMIT
        while time.monotonic() < until and process.poll() is None:
            if found := re.search(pattern, self.log(process)):
                return found[1]
            time.sleep(0.05)
        raise AssertionError(self.log(process))

    def _begin(self, *words: str, env: dict[str, str] | None = None, cwd: Path | None = None) -> subprocess.Popen:
        with (self.folder / f"{len(self.begun)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "dask", *words],
                cwd=cwd or self.folder,
                env={**os.environ, "DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES": str(self.failures), **(env or {})},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.begun.append(process)
        return process


@contextmanager
def cluster(folder: Path, *, workers: int = 2, failures: int = 1) -> Iterator[Cluster]:
    """Begin a scheduler and workers; end all of them, and whoever they began."""
    folder.mkdir(parents=True, exist_ok=True)
    made = Cluster(folder, failures)
    try:
        made.scheduler()
        for _ in range(workers):
            made.worker()
        made.ready()
        yield made
    finally:
        for process in made.begun:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(LIMIT)
