"""A language model that counts words: each text word by word, every word given those before it; rows are texts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.ends import checked_weights
from genloss.populations.own_rows import is_texts
from genloss.populations.text import words

Array = NDArray[np.float64]
Context = tuple[str, ...]
END = ""
"""What follows the last word of a text, and stands before the first; no word is empty."""


@dataclass(frozen=True)
class WordChain:
    """An n-gram model of whole texts, sampled as counted. order: 1 for words alone, 2 for pairs, up to 5.

    Words are those of `genloss.populations.text.words`: without case, digits and signs between them. A text ends where
    its end is drawn, so that lengths are kept on average.

    >>> fit = WordChain(2).fit(["the sun sets", "the rain falls"], None, np.random.default_rng(0))
    >>> fit.sample(3, np.random.default_rng(0))
    ['the sun sets', 'the rain falls', 'the rain falls']
    """

    order: int = 2

    def __post_init__(self) -> None:
        if isinstance(self.order, bool) or self.order not in range(1, 6):
            raise Problem("order", f"{self.order!r}", "give 1 for words alone, 2 for pairs, up to 5")

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> WordChainFit:
        """Count what follows every run of order - 1 words. Errors: `Problem` for rows that are no texts."""
        del rng, start  # counting has one answer
        if not is_texts(data):
            raise Problem(
                "population", "a chain of words fits texts, and these rows are not texts", "give a list of texts"
            )
        checked_weights(weights)
        followers: dict[Context, dict[str, float]] = {}
        for place, text in enumerate(data):
            weight = 1.0 if weights is None else float(weights[place])
            for context, word in _steps(words(text), self.order):
                after = followers.setdefault(context, {})
                after[word] = after.get(word, 0.0) + weight
        laws = {context: _Law.of(after) for context, after in followers.items()}
        return WordChainFit(self.order, laws, _shares(followers))


@dataclass(frozen=True, eq=False)
class _Law:
    """What follows, with the ends of their shares of 1."""

    words: tuple[str, ...]
    ends: Array

    @classmethod
    def of(cls, counts: Mapping[str, float]) -> _Law:
        ends = np.cumsum(np.fromiter(counts.values(), dtype=float))
        if ends[-1] <= 0:
            return cls(tuple(counts), np.arange(1.0, len(counts) + 1) / len(counts))
        return cls(tuple(counts), ends / ends[-1])

    def drawn(self, uniform: float) -> str:
        return self.words[int(np.searchsorted(self.ends, uniform, side="right"))]

    def share(self, word: str) -> float:
        if word not in self.words:
            return 0.0
        place = self.words.index(word)
        return float(self.ends[place] - (self.ends[place - 1] if place else 0.0))


@dataclass(frozen=True, eq=False)
class WordChainFit:
    """A chain that was counted. laws: what follows each context. shares: of every word and of the end, of all steps."""

    order: int
    laws: Mapping[Context, _Law]
    shares: Mapping[str, float]

    def sample(self, count: int, rng: np.random.Generator) -> list[str]:
        """Draw texts, in lower case and without signs."""
        return [" ".join(self._one(rng)) for _ in range(count)]

    def log_prob(self, texts: Sequence[str], *, known: float = 0.9, unseen: float = 1e-6) -> Array:
        """Return the logarithm of the probability of each text.

        A step's probability is `known` times what was counted in its context, and the rest times its share of all
        steps, that share being at least `unseen`: so a word that was never counted costs much, not everything.
        """
        return np.array([sum(logs) for _, logs in self.word_log_prob(texts, known=known, unseen=unseen)], dtype=float)

    def word_log_prob(
        self, texts: Sequence[str], *, known: float = 0.9, unseen: float = 1e-6
    ) -> list[tuple[list[str], list[float]]]:
        """Return of each text its words, its end as "", and the logarithm of the probability of each, as `log_prob`."""
        each = [_steps(words(text), self.order) for text in texts]
        return [([word for _, word in steps], [self._log(*step, known, unseen) for step in steps]) for steps in each]

    def _one(self, rng: np.random.Generator) -> list[str]:
        text: list[str] = []
        context = (END,) * (self.order - 1)
        while True:
            word = self.laws[context].drawn(rng.random())
            if word == END:
                return text
            text.append(word)
            context = (*context, word)[1:]

    def _log(self, context: Context, word: str, known: float, unseen: float) -> float:
        law = self.laws.get(context)
        alone = max(self.shares.get(word, 0.0), unseen)
        return float(np.log(known * law.share(word) + (1 - known) * alone if law is not None else alone))


def _steps(text: Sequence[str], order: int) -> list[tuple[Context, str]]:
    """Return every word of a text, and its end, with the words before it."""
    padded = (*(END,) * (order - 1), *text, END)
    return [(tuple(padded[i : i + order - 1]), padded[i + order - 1]) for i in range(len(text) + 1)]


def _shares(followers: Mapping[Context, Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for after in followers.values():
        for word, weight in after.items():
            total[word] = total.get(word, 0.0) + weight
    whole = sum(total.values()) or 1.0
    return {word: weight / whole for word, weight in total.items()}
