"""Where do the blocks of a group wait until the last one is computed? In files, where any worker finds them."""

from __future__ import annotations

import contextlib
import io
import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genloss.errors import Problem
from genloss.ordinary import ordinary
from genloss.results.files import write_atomically

FOLDER = "parts"

Part = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
"""Values of one block: (cells, generations, metrics, replicates)."""


@dataclass(frozen=True, slots=True)
class Parts:
    """The blocks of one piece of work, beside a store's cells. name: of all that determines their values."""

    store: Path
    name: str

    @property
    def _folder(self) -> Path:
        return self.store / FOLDER / self.name

    def write(self, block: int, values: Part) -> None:
        """Keep a block; where that fails the one who gathers the blocks still has it."""
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, values, allow_pickle=False)
        with contextlib.suppress(Problem):
            write_atomically(self._folder / f"{block}.npy", buffer.getvalue())

    def read(self, block: int) -> Part | None:
        """Return a block, or None if it is not there or cannot be read (then it is computed again)."""
        try:
            content = ordinary(self._folder / f"{block}.npy").read_bytes()
            return np.asarray(np.lib.format.read_array(io.BytesIO(content), allow_pickle=False), dtype=float)
        except (OSError, ValueError, EOFError):
            return None

    def all(self, blocks: Iterable[int]) -> list[Part] | None:
        """Return every block, or None if one is not there yet."""
        if not all((self._folder / f"{block}.npy").exists() for block in blocks):
            return None
        found = [part for block in blocks if (part := self.read(block)) is not None]
        return found if len(found) == len(list(blocks)) else None

    def remove(self) -> None:
        """Remove the blocks once their cells are written."""
        with contextlib.suppress(OSError):  # another worker may be at it too
            for path in self._folder.glob("*.npy"):
                path.unlink(missing_ok=True)
            self._folder.rmdir()


def remove_all(store: Path) -> None:
    """Remove all blocks, also those that runs which were stopped have left: every cell is whole."""
    shutil.rmtree(store / FOLDER, ignore_errors=True)
