"""By which number is a row known? A 64-bit hash of its content: the same in any file, order, chunk and process.

Numbers count by their bits (0.0 and -0.0 are one, and all NaN are one), words by their UTF-8. Each column is mixed
with a key of its own, so rows with the same values in other columns differ, and the sum over columns is mixed again.
"""

from __future__ import annotations

from collections.abc import Callable
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Kinds = NDArray[np.object_]
Hashes = NDArray[np.uint64]

STEP = 0x9E3779B97F4A7C15
_ENTRIES = 1 << 15
"""Numbers that are mixed at once: they stay in the cache of a core."""


def row_hashes(numbers: Array, kinds: Kinds, key: int) -> Hashes:
    """Return a hash of each row. numbers (rows, n); kinds (rows, k): words. key: another key, unrelated hashes.

    >>> table, none = np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 0.0]]), np.empty((3, 0), dtype=object)
    >>> one, same, other = row_hashes(table, none, 0).tolist()
    >>> one == same, one == other
    (True, False)
    """
    width = numbers.shape[1]
    keys = mixed(np.arange(1, width + kinds.shape[1] + 1, dtype=np.uint64) * np.uint64(STEP) + folded(key))
    found = np.full(len(numbers), folded(key), dtype=np.uint64)
    step = max(1, _ENTRIES // max(1, width))
    for first in range(0, len(numbers) if width else 0, step):
        found[first : first + step] += mixed(_bits(numbers[first : first + step]) ^ keys[:width]).sum(axis=1)
    for column, of_column in zip(kinds.T, keys[width:], strict=True):
        found += mixed(_of_words(column) ^ of_column)
    return mixed(found)


def occurrences(hashes: Hashes) -> Hashes:
    """Return for each row how many of the same hash stand before it.

    >>> occurrences(np.array([7, 8, 7, 7], dtype=np.uint64)).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    new = np.ones(len(order), dtype=bool)
    new[1:] = ordered[1:] != ordered[:-1]
    first = np.flatnonzero(new)
    found = np.empty(len(order), dtype=np.uint64)
    found[order] = np.arange(len(order)) - first[np.cumsum(new) - 1] if len(order) else 0
    return found


def mixed(values: Hashes) -> Hashes:
    """Return values in which every bit depends on every bit: the last steps of SplitMix64, one to one.

    Source: Steele, Lea and Flood (2014), Fast splittable pseudorandom number generators, with Stafford's constants.
    """
    found = values ^ (values >> np.uint64(30))
    found *= np.uint64(0xBF58476D1CE4E5B9)
    found ^= found >> np.uint64(27)
    found *= np.uint64(0x94D049BB133111EB)
    found ^= found >> np.uint64(31)
    return found


def folded(key: int) -> np.uint64:
    """Return any whole number as 64 bits that are well mixed.

    >>> len({int(folded(key)) for key in (1, -1, 1 << 64, (1 << 64) + 1)})
    4
    """
    return np.uint64(_digest(str(int(key)).encode()))


def _digest(content: bytes) -> int:
    return int.from_bytes(blake2b(content, digest_size=8).digest(), "little")


def _bits(numbers: Array) -> Hashes:
    plain = numbers + 0.0  # -0.0 becomes 0.0
    odd = np.isnan(plain)
    if odd.any():
        plain[odd] = np.nan
    return plain.view(np.uint64)


def _of_words(column: Kinds) -> Hashes:
    """Hash every different word once."""
    import pandas as pd

    factorize: Callable[..., Any] = pd.factorize
    places, words = factorize(column, use_na_sentinel=False)
    known = np.fromiter((_digest(str(word).encode("utf-8", "surrogatepass")) for word in words), np.uint64, len(words))
    return known[places] if len(words) else np.empty(0, dtype=np.uint64)
