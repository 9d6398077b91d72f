"""How does a value that all work needs reach processes of this machine once? In a file, read once by each of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Generic

from genloss.ordinary import ordinary
from genloss.results.files import write_atomically
from genloss.study.runner.executor import T
from genloss.study.runner.sent import read, written

_read: dict[Path, Any] = {}
"""What this process has read and is still kept."""


@dataclass(frozen=True, slots=True)
class InFile(Generic[T]):
    """A value in a file."""

    path: Path

    def __call__(self) -> T:
        """Return it; what is read stays for as long as its file does."""
        if self.path not in _read:
            for gone in [each for each in _read if not each.exists()]:
                del _read[gone]
            _read[self.path] = read(ordinary(self.path).read_bytes())
        value: T = _read[self.path]
        return value


@contextmanager
def in_file(value: T) -> Iterator[Callable[[], T]]:
    """Write a value to a file, and remove it at the end. Errors: `Problem` where the disk has no room."""
    with TemporaryDirectory(prefix="genloss-kept-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "value"
        write_atomically(path, written(value))
        yield InFile(path)
