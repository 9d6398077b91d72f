"""Which rows and words are the same? Those of equal 64-bit hashes under a key, on every machine and in any order.

Two different rows have one hash with probability 2^-64: among a million rows the chance that any two do is 3e-8. A hash
hides a value from a reader and not from a search: who has the key and a list of all values finds which were there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem

Array = NDArray[np.float64]
Kinds = NDArray[np.object_]
Hashes = NDArray[np.uint64]

_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xFF51AFD7ED558CCD), np.uint64(0xC4CEB9FE1A85EC53)
_HALF = np.uint64(33)
_WHOLE = 1 << 64
_NAN = np.uint64(0x7FF8000000000000)


def key_of(seed: int) -> bytes:
    """Return the key that belongs to a seed.

    >>> len(key_of(0)), key_of(0) == key_of(1)
    (32, False)
    """
    return hashlib.sha256(f"genloss audit hashes {int(seed)}".encode()).digest()


def word_hash(word: str, key: bytes) -> int:
    """Return the hash of a word or a text; halves of characters count as they are.

    >>> word_hash("a", b"k") == word_hash("a", b"k"), word_hash("a", b"k") == word_hash("a", b"l")
    (True, False)
    """
    plain = word.encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(plain, digest_size=8, key=key).digest(), "little")


def word_hashes(words: Iterable[str], key: bytes) -> Hashes:
    """Return the hash of each of words or texts, (n,); each distinct one is hashed once."""
    words = list(words)
    known = {word: word_hash(word, key) for word in set(words)}
    return np.fromiter((known[word] for word in words), dtype=np.uint64, count=len(words))


def joined(first: Hashes, second: Hashes) -> Hashes:
    """Return the hashes of pairs: (a, b) is not (b, a).

    >>> a, b = np.array([[3], [4]], dtype=np.uint64)
    >>> bool(joined(a, b) == joined(a, b)), bool(joined(a, b) == joined(b, a))
    (True, False)
    """
    return _mixed(_mixed(first + _STEP) ^ second)


def row_hashes(numbers: Array, kinds: Kinds, key: bytes) -> Hashes:
    """Return the hash of each row of numbers (n, p) and kinds (n, k), (n,).

    Numbers are equal by their bits, where -0.0 is 0.0 and every nan is one; kinds by their text. The hash of a row
    depends on its columns' order, and on no other row.

    >>> rows = np.array([[0.0, 1.0], [-0.0, 1.0], [1.0, 0.0]])
    >>> found = row_hashes(rows, np.empty((3, 0), dtype=object), b"key")
    >>> bool(found[0] == found[1]), bool(found[0] == found[2])
    (True, False)
    """
    numbers = np.asarray(numbers, dtype=np.float64)
    if len(numbers) != len(kinds):
        raise Problem("rows", f"{len(numbers)} rows of numbers and {len(kinds)} of words", "give as many of each")
    found = np.full(len(numbers), word_hash("row", key), dtype=np.uint64)
    for column in numbers.T:
        found = joined(found, _bits(column))
    for column in np.asarray(kinds, dtype=object).T:
        found = joined(found, word_hashes(map(str, column), key))
    return found


def occurrences(hashes: Hashes) -> NDArray[np.int64]:
    """Return the running number of each row among those of its hash, from 0: in any order the same numbers in all.

    >>> occurrences(np.array([5, 7, 5, 5], dtype=np.uint64)).tolist()
    [0, 0, 1, 2]
    """
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    begins = np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]])) if len(hashes) else np.empty(0, int)
    lengths = np.diff(np.concatenate([begins, [len(hashes)]]))
    found = np.empty(len(hashes), dtype=np.int64)
    found[order] = np.arange(len(hashes)) - np.repeat(begins, lengths)
    return found


@dataclass(frozen=True)
class Digest:
    """What a multiset of rows is known by, in whatever order and parts they came. rows: how many.

    >>> rows = np.array([3, 4, 3], dtype=np.uint64)
    >>> digest_of(rows) == digest_of(rows[::-1]) == digest_of(rows[:1]) + digest_of(rows[1:])
    True
    >>> digest_of(rows) == digest_of(rows[:2])
    False
    """

    rows: int
    first: int
    second: int

    def __add__(self, other: Digest) -> Digest:
        """Return that of both together."""
        sums = (self.first + other.first) % _WHOLE, (self.second + other.second) % _WHOLE
        return Digest(self.rows + other.rows, *sums)

    def __str__(self) -> str:
        """Return it as text: equal multisets, equal text."""
        return f"{self.rows}-{self.first:016x}{self.second:016x}"


def digest_of(hashes: Hashes) -> Digest:
    """Take the digest of rows of these hashes: two sums of what the hashes are mixed to, 128 bits."""
    hashes = np.asarray(hashes, dtype=np.uint64)
    sums = (int(_mixed(hashes ^ salt).sum(dtype=np.uint64)) for salt in (_STEP, _SECOND))
    return Digest(len(hashes), *sums)


def given_twice(digests: Sequence[Digest]) -> list[tuple[int, int]]:
    """Return the places of rows that were given before, each with the first place of the same rows.

    >>> a, b = (digest_of(np.array(each, dtype=np.uint64)) for each in ([1, 2], [3]))
    >>> given_twice([a, b, a])
    [(0, 2)]
    """
    first: dict[Digest, int] = {}
    return [(first[each], place) for place, each in enumerate(digests) if first.setdefault(each, place) != place]


def _bits(column: Array) -> Hashes:
    """Return the bits of numbers; -0.0 as 0.0, every nan as one."""
    bits = np.ascontiguousarray(column + 0.0).view(np.uint64)
    return np.where(np.isnan(column), _NAN, bits)


def _mixed(values: Hashes) -> Hashes:
    """Return values in which every bit depends on all bits, one to one (the finalizer of MurmurHash3)."""
    values = (values ^ (values >> _HALF)) * _FIRST
    values = (values ^ (values >> _HALF)) * _SECOND
    return np.asarray(values ^ (values >> _HALF))
