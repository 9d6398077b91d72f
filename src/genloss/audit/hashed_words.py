"""Which number stands for a word? A keyed hash of it, the same on every machine, from which the word cannot be read."""

from __future__ import annotations

from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from genloss.audit.hashes import STEP, mixed


def word_hashes(words: NDArray[np.object_], key: int) -> NDArray[np.uint64]:
    """Return a 64-bit number for each word, (words,).

    >>> one, two, again = word_hashes(np.array(["a", "b", "a"], dtype=object), 1)
    >>> bool(one == again), bool(one == two)
    (True, False)
    """
    secret = int(key).to_bytes(8, "little")
    known: dict[str, int] = {}
    for word in words:
        if word not in known:
            content = str(word).encode("utf-8", "surrogatepass")
            known[word] = int.from_bytes(blake2b(content, digest_size=8, key=secret).digest(), "little")
    return np.fromiter((known[word] for word in words), dtype=np.uint64, count=len(words))


def tie_breaks(hashes: NDArray[np.uint64], number: int) -> NDArray[np.float64]:
    """Return numbers between 0 and 1, one for each hash, others for each `number`: to break ties by.

    >>> bool(0 <= tie_breaks(np.array([5], dtype=np.uint64), 1)[0] < 1)
    True
    """
    found = mixed(hashes + np.uint64((number + 1) * STEP % 2**64))
    return np.asarray(found >> np.uint64(11), dtype=float) / 2.0**53
