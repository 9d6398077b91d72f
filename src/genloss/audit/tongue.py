r"""Which words and pairs of words do real texts use, how often, and how surprising is another text beside them?

A word seen c times among n has probability (c + 1/2) / (n + (V + 1) / 2), V words seen; all that were not seen share
one such half. A word b after a word a that was followed f times by t different words has

.. math:: p(b \mid a) = \frac{c(a, b) + t\, p(b)}{f + t},

the more of the plain p(b) the more new words followed a (Witten and Bell 1991); after a word that was not seen, p(b).
These are scores and no claim about texts: any function fitted to one half of the real texts would be valid.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.audit.hashes import Hashes, mixed
from genloss.audit.packed import packed, unpacked
from genloss.audit.spoken import Spoken

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

_STEP = np.uint64(0x9E3779B97F4A7C15)
MOST_WORDS, MOST_PAIRS = 200_000, 500_000
"""That are kept, commonest first; what is beyond counts as not seen."""


@dataclass(frozen=True, eq=False)
class Tongue:
    """Counts of words and pairs, by hash in rising order. total: of all words, kept or not.

    words, counts (V,); followed, followers (V,): how often, and by how many different words, each was followed.
    pairs, pair_counts (P,).
    """

    total: int
    words: Hashes
    counts: Counts
    followed: Counts
    followers: Counts
    pairs: Hashes
    pair_counts: Counts

    def rarity(self, words: Hashes) -> Array:
        """Return the share of all real words that are at most as common as each of these; 0 for a word not seen.

        Words of one count are ordered by hash, so that any share of the mass can be parted off.
        """
        places, seen = _found(self.words, words)
        return np.where(seen, self._below[places], 0.0)

    def log_losses(self, words: Hashes) -> Array:
        """Return minus the log probability of each word alone."""
        return np.asarray(-np.log(self._shares(words)))

    def pair_log_losses(self, first: Hashes, second: Hashes) -> Array:
        """Return minus the log probability of each second word after the first."""
        alone = self._shares(second)
        places, seen = _found(self.words, first)
        followed, followers = (np.where(seen, each[places], 0) for each in (self.followed, self.followers))
        at, there = _found(self.pairs, joined(first, second))
        together = np.where(there, self.pair_counts[at], 0) if len(self.pairs) else np.zeros(len(first))
        known = followed + followers
        return np.asarray(-np.log(np.where(known > 0, (together + followers * alone) / np.maximum(known, 1), alone)))

    def _shares(self, words: Hashes) -> Array:
        places, seen = _found(self.words, words)
        counts = np.where(seen, self.counts[places], 0)
        return np.asarray((counts + 0.5) / (self.total + (len(self.words) + 1) / 2))

    @cached_property
    def _below(self) -> Array:
        order = np.lexsort((self.words, self.counts))
        below = np.empty(len(order))
        below[order] = np.cumsum(self.counts[order])
        return np.asarray((below + self.total - self.counts.sum()) / max(self.total, 1))

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain data."""
        arrays = ("words", "counts", "followed", "followers", "pairs", "pair_counts")
        return {"total": self.total} | {name: packed(getattr(self, name)) for name in arrays}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Tongue:
        """Make it again of what it kept."""
        return cls(int(data["total"]), **{name: unpacked(each) for name, each in data.items() if name != "total"})


def tongue_of(texts: Spoken) -> Tongue:
    """Count words, and pairs within a text."""
    words, counts = np.unique(texts.words, return_counts=True)
    first, second = pairs_of(texts.words, texts.texts)
    pairs, at, pair_counts = np.unique(joined(first, second), return_index=True, return_counts=True)
    place_of_first = np.searchsorted(words, first[at])
    followed = np.bincount(place_of_first, weights=pair_counts, minlength=len(words)).astype(np.int64)
    followers = np.bincount(place_of_first, minlength=len(words)).astype(np.int64)
    kept, kept_pairs = _commonest(words, counts, MOST_WORDS), _commonest(pairs, pair_counts, MOST_PAIRS)
    return Tongue(
        len(texts.words), words[kept], counts[kept].astype(np.int64), followed[kept], followers[kept],
        pairs[kept_pairs], pair_counts[kept_pairs].astype(np.int64),
    )  # fmt: skip


def pairs_of(words: Hashes, texts: NDArray[np.int64]) -> tuple[Hashes, Hashes]:
    """Return first and second words of all neighbors of one text."""
    within = texts[1:] == texts[:-1]
    return words[:-1][within], words[1:][within]


def joined(first: Hashes, second: Hashes) -> Hashes:
    """Return the hashes of pairs of words: (a, b) is not (b, a).

    >>> a, b = np.array([[3], [4]], dtype=np.uint64)
    >>> bool(joined(a, b) == joined(a, b)), bool(joined(a, b) == joined(b, a))
    (True, False)
    """
    return mixed(mixed(first + _STEP) ^ second)


def _commonest(hashes: Hashes, counts: Counts, most: int) -> NDArray[np.int64]:
    """Return the places of the commonest, at most so many, in rising order of hash."""
    return np.sort(np.lexsort((hashes, -counts))[:most])


def _found(known: Hashes, asked: Hashes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the place of each hash among the known, and whether it is one of them."""
    if len(known) == 0:
        return np.zeros(len(asked), dtype=np.int64), np.zeros(len(asked), dtype=bool)
    places = np.minimum(np.searchsorted(known, asked), len(known) - 1)
    return places, known[places] == asked
