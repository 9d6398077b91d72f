"""Where do the blocks of a group wait until the last one is computed? In files, where any worker finds them."""

from __future__ import annotations

import contextlib
import io
import re
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
    """The blocks of one piece of work, beside a store's cells, several in a file where they were computed side by side.

    name: of all that determines their values. size: how many replicates a block has.
    """

    store: Path
    name: str
    size: int

    @property
    def _folder(self) -> Path:
        return self.store / FOLDER / self.name

    def write(self, blocks: range, values: Part) -> None:
        """Keep blocks; where that fails the one who gathers them still has them."""
        buffer = io.BytesIO()
        np.lib.format.write_array(buffer, values, allow_pickle=False)
        array = buffer.getvalue()
        with contextlib.suppress(Problem):
            write_atomically(self._folder / _file(blocks), array + sha256(array).digest())

    def read(self, blocks: range) -> Part | None:
        """Return blocks, or None if one is not there or cannot be read (then they are computed again).

        It does not matter which of them were computed side by side.
        """
        found, at = list[Part](), blocks.start
        kept = sorted((each for name in names_in(self._folder) if (each := _blocks(name))), key=len, reverse=True)
        while at < blocks.stop:
            held = next((each for each in kept if at in each), None)
            values = None if held is None else self._content(held)
            if held is None or values is None:
                return None
            end = min(held.stop, blocks.stop)
            found.append(values[..., (at - held.start) * self.size : (end - held.start) * self.size])
            at = end
        return found[0] if len(found) == 1 else np.concatenate(found, axis=-1)

    def _content(self, blocks: range) -> Part | None:
        try:
            content = read_regular(self._folder / _file(blocks), most=MOST_BYTES)
        except OSError:
            return None
        array, digest = content[:-_DIGEST], content[-_DIGEST:]
        if sha256(array).digest() != digest:
            return None
        return np.asarray(np.lib.format.read_array(io.BytesIO(array), allow_pickle=False), dtype=float)

    def remove(self) -> None:
        """Remove the blocks once their cells are written."""
        remove_files(self._folder, ".npy")


def _file(blocks: range) -> str:
    return f"{blocks.start}-{blocks.stop - 1}.npy"


def _blocks(name: str) -> range | None:
    """Return the blocks that a file holds, by its name."""
    found = re.fullmatch(r"(\d{1,9})-(\d{1,9})\.npy", name, re.ASCII)
    return range(int(found[1]), int(found[2]) + 1) if found else None


def remove_all(store: Path) -> None:
    """Remove all blocks, also those that runs which were stopped have left: every cell is whole."""
    for name in names_in(store / FOLDER):
        remove_files(store / FOLDER / name, ".npy")
    remove_files(store / FOLDER, ".npy")
