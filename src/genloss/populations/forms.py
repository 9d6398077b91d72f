"""In which forms do real data come? Images with classes, tables with named columns, words in order."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.populations.draw import Array


@dataclass(frozen=True, eq=False)
class Images:
    """Images as rows of pixels, with the class of each.

    pixels: (images, pixels), any real type; classes: (images,), whole numbers. test_pixels,
    test_classes: the data set's own test split, with no rows where it has none.
    """

    pixels: NDArray[np.generic]
    classes: NDArray[np.int64]
    test_pixels: NDArray[np.generic]
    test_classes: NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Table:
    """Recorded numbers, finite, by row and named column: values (rows, columns).

    entities: of what each row is, (rows,), 0, 1, ...; None: every row of its own. exposure: of each row, (rows,).
    """

    columns: tuple[str, ...]
    values: Array
    entities: NDArray[np.int64] | None = None
    exposure: Array | None = None


@dataclass(frozen=True, eq=False)
class Words:
    """A text as its words in order, lower case."""

    tokens: tuple[str, ...]


Data = Images | Table | Words


@dataclass(frozen=True, eq=False)
class Loaded:
    """A data set in memory: the data, the SHA-256 of what was read, where that was, and what was done to it."""

    data: Data
    sha256: str
    where: str
    notes: tuple[str, ...] = ()


def without_test(pixels: NDArray[np.generic], classes: NDArray[np.int64]) -> Images:
    """Make images of a data set that has no test split of its own."""
    return Images(pixels, classes, pixels[:0], classes[:0])


def bytes_hash(content: bytes) -> str:
    """Return the SHA-256 of bytes, as `sha256sum` prints it.

    >>> bytes_hash(b"")[:12]
    'e3b0c44298fc'
    """
    return hashlib.sha256(content).hexdigest()


def joint_hash(hashes: Iterable[str]) -> str:
    """Return one hash for several files in order; the hash of one file alone stays as it is."""
    listed = list(hashes)
    return listed[0] if len(listed) == 1 else bytes_hash("\n".join(listed).encode())


def array_hash(*arrays: NDArray[np.generic]) -> str:
    """Return the SHA-256 of the values of arrays in order, as little-endian 32-bit floats.

    Thirty-two bits, so that the last digit in which two readers of decimal numbers may differ
    does not make another data set.
    """
    return bytes_hash(b"".join(np.ascontiguousarray(array, dtype="<f4").tobytes() for array in arrays))
