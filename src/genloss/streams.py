"""Where does randomness come from? From a key, never from the order of execution."""

from __future__ import annotations

import hashlib

import numpy as np

BLOCK = 10
"""Replicates drawn together. Draws are keyed by block, so this number is part of every result."""


def stream(seed: int, *key: str | int) -> np.random.Generator:
    """Return the random generator that belongs to `seed` and `key`.

    The same seed and key give the same numbers on every call, in any order and in any process;
    another key gives an independent stream. Keys are words and whole numbers; 1 is not "1".

    >>> a, b = stream(7, "draw", 0), stream(7, "draw", 0)
    >>> bool(a.standard_normal() == b.standard_normal())
    True
    >>> bool(stream(7, "draw", 1).standard_normal() == stream(7, "draw", "1").standard_normal())
    False
    """
    words = [f"word:{part}" if isinstance(part, str) else f"number:{int(part)}" for part in (seed, *key)]
    digest = hashlib.sha256("\x1f".join(words).encode()).digest()
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(_entropy(digest))))


def _entropy(digest: bytes) -> int | np.ndarray[tuple[int], np.dtype[np.uint32]]:
    """Return a digest as a whole number, or as the words of that number, which numpy takes in half the time."""
    if digest[-4:] == bytes(4):  # a number has no leading words of 0
        return int.from_bytes(digest, "little")
    return np.frombuffer(digest, dtype="<u4")
