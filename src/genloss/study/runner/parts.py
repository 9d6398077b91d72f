"""Where do the blocks of a group wait until the last one is computed? In files, where any worker finds them."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

import numpy as np

from genloss.errors import Problem
from genloss.results.files import names_in, read_regular, remove_files, write_atomically

FOLDER = "parts"
MOST_BYTES = 1 << 30
_DIGEST = 32  # bytes of a checksum; it stands behind the array, where readers of .npy files do not look

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
        array = buffer.getvalue()
        with contextlib.suppress(Problem):
            write_atomically(self._folder / f"{block}.npy", array + sha256(array).digest())

    def read(self, block: int) -> Part | None:
        """Return a block, or None if it is not there or cannot be read (then it is computed again)."""
        try:
            content = read_regular(self._folder / f"{block}.npy", most=MOST_BYTES)
        except OSError:
            return None
        array, digest = content[:-_DIGEST], content[-_DIGEST:]
        if sha256(array).digest() != digest:
            return None
        return np.asarray(np.lib.format.read_array(io.BytesIO(array), allow_pickle=False), dtype=float)

    def all(self, blocks: Iterable[int]) -> list[Part] | None:
        """Return every block, or None if one is not there yet."""
        if not all((self._folder / f"{block}.npy").exists() for block in blocks):
            return None
        found = [part for block in blocks if (part := self.read(block)) is not None]
        return found if len(found) == len(list(blocks)) else None

    def remove(self) -> None:
        """Remove the blocks once their cells are written."""
        remove_files(self._folder, ".npy")


def remove_all(store: Path) -> None:
    """Remove all blocks, also those that runs which were stopped have left: every cell is whole."""
    for name in names_in(store / FOLDER):
        remove_files(store / FOLDER / name, ".npy")
    remove_files(store / FOLDER, ".npy")
