"""Which words does a model of texts know, and how is a text read as their places and written again?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.populations.own_rows import is_texts

Places = NDArray[np.int64]
END = ""
"""What follows the last word of a text and stands before the first; place 0. No word is empty."""
PAD = -1
"""Stands where a text is shorter than others; it is never a place of a word."""


@dataclass(frozen=True)
class Vocabulary:
    """Words in their order, and how many of a text are read. Words are what stands between blanks.

    unknown: the word that stands for all others, one of `words`; None: a text with another word is refused.
    """

    words: tuple[str, ...]
    longest: int
    unknown: str | None = None

    @classmethod
    def of(cls, texts: Any, longest: int, unknown: str | None = None, least: int = 1) -> Vocabulary:
        """Return the words of texts, the commonest first. With `unknown` those that occur `least` times or more.

        >>> Vocabulary.of(["a b a", "c a b"], 10, "?", 2).words
        ('?', 'a', 'b')
        """
        counts = Counter(word for text in texts_of(texts) for word in text.split())
        if unknown is None:
            least = 1
        counts.pop(unknown or END, None)
        ranked = sorted((word for word, count in counts.items() if count >= least), key=lambda word: -counts[word])
        return cls((*((unknown,) if unknown is not None else ()), *ranked), longest, unknown)

    @property
    def size(self) -> int:
        """How many places there are: words, and the end."""
        return len(self.words) + 1

    def read(self, texts: Any) -> Places:
        """Return the places of the words of texts and of their ends, (texts, words of the longest + 1), then `PAD`.

        >>> Vocabulary(("a", "b"), 10).read(["b a", ""]).tolist()
        [[2, 1, 0], [0, -1, -1]]
        """
        rows = [self._places(text, number) for number, text in enumerate(texts_of(texts), start=1)]
        found = np.full((len(rows), max(map(len, rows), default=1)), PAD, dtype=np.int64)
        for row, places in zip(found, rows, strict=True):
            row[: len(places)] = places
        return found

    def written(self, places: Places) -> list[str]:
        """Return texts, given the places of their words up to their ends, as `read` returns them."""
        named = (END, *self.words)
        return [" ".join(named[place] for place in row[: _length(row)]) for row in places.tolist()]

    @cached_property
    def _of_word(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.words, start=1)}

    def _places(self, text: str, number: int) -> list[int]:
        split = text.split()
        if len(split) > self.longest:
            found = f"text {number} has {len(split)} words, and {self.longest} are read at the most"
            raise Problem("population", found, f"give longest={len(split)}, or cut such texts")
        known, other = self._of_word, None if self.unknown is None else self._of_word[self.unknown]
        places = [known.get(word, other) for word in split]
        if None in places:
            found = f"{split[places.index(None)]!r} in text {number} is not one of the {len(self.words):,} words known"
            raise Problem("population", found, 'give unknown="<unk>", which then stands for every such word')
        return [*(place for place in places if place is not None), 0]


def _length(row: Sequence[int]) -> int:
    """How many words stand before the end of a text."""
    return next((at for at, place in enumerate(row) if place <= 0), len(row))


def texts_of(rows: Any) -> list[str]:
    """Return rows that are texts; others are refused."""
    if not is_texts(rows):
        raise Problem("population", "a language model fits texts, and these rows are not texts", "give a list of texts")
    found: list[str] = rows
    return found
