"""Language models that count: unigrams and bigrams of token ids, fitted by counting, sampled as counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from genloss.errors import Problem, is_from, shown

Tokens = NDArray[np.int64]
Array = NDArray[np.float64]

__all__ = ["Bigram", "NGram", "Tokens", "Unigram", "checked_tokens"]


def checked_tokens(name: str, tokens: object, vocabulary: int) -> Tokens:
    """Return token ids from 0 to vocabulary - 1, (rows,), or say what is wrong with them."""
    given = np.asarray(tokens)
    if given.ndim != 1 or given.size == 0 or not np.issubdtype(given.dtype, np.integer):
        raise Problem(name, f"shape {given.shape}, {given.dtype}", "give token ids: one list of whole numbers")
    if given.min() < 0 or given.max() >= vocabulary:
        bad = given.min() if given.min() < 0 else given.max()
        raise Problem(name, f"token {bad} outside a vocabulary of {vocabulary}", f"give ids from 0 to {vocabulary - 1}")
    return given.astype(np.int64)


@dataclass(frozen=True)
class Unigram:
    """Tokens drawn independently with their counted shares. counts: (vocabulary,)."""

    counts: Array

    @classmethod
    def counted(cls, tokens: Tokens, vocabulary: int) -> Unigram:
        """Count."""
        return cls(np.bincount(checked_tokens("tokens", tokens, vocabulary), minlength=vocabulary).astype(float))

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> Tokens:
        """Draw token ids, (count,)."""
        _as_counted(sampler)
        kept = np.flatnonzero(self.counts)
        ends = np.cumsum(self.counts[kept])
        return np.asarray(kept[np.searchsorted(ends, rng.random(count) * ends[-1], side="right")], dtype=np.int64)

    def state(self) -> Mapping[str, Array]:
        """Return the counts."""
        return {"counts": self.counts}

    def shares(self, added: float) -> Array:
        """Token probabilities with `added` counts more for every token of the vocabulary, (vocabulary,)."""
        return np.asarray((self.counts + added) / (self.counts.sum() + added * self.counts.size))

    def log_prob(self, tokens: Tokens, *, added: float = 0.5) -> Array:
        """Log probability of every token, (rows,); `added` > 0 gives unseen tokens some."""
        return np.asarray(np.log(self.shares(added)[tokens]))


@dataclass(frozen=True)
class Bigram:
    """Each token drawn given the one before, with counted shares; the corpus is read as a circle.

    successors: what follows every occurrence, sorted by the token that it follows, (rows,). starts: where each
    token's occurrences begin there, (vocabulary + 1,). So a draw is one occurrence picked at random.
    """

    successors: Tokens
    starts: Tokens

    @classmethod
    def counted(cls, tokens: Tokens, vocabulary: int) -> Bigram:
        """Sort every token's successors by the token."""
        checked = checked_tokens("tokens", tokens, vocabulary)
        starts = np.concatenate([[0], np.cumsum(np.bincount(checked, minlength=vocabulary))]).astype(np.int64)
        return cls(_successors(checked, starts), starts)

    @property
    def counts(self) -> Array:
        """Occurrences of every token, (vocabulary,)."""
        return np.diff(self.starts).astype(float)

    def state(self) -> Mapping[str, Array]:
        """Return what was counted."""
        return {"successors": self.successors.astype(float), "starts": self.starts.astype(float)}

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> Tokens:
        """Draw one text of token ids, (count,): the first by its share, each other given the one before."""
        _as_counted(sampler)
        if count == 0:
            return np.empty(0, dtype=np.int64)
        first = int(Unigram(self.counts).sample(1, rng)[0])
        return np.asarray(_walk(self.successors, self.starts, first, rng.random(count - 1)), dtype=np.int64)

    def log_prob(self, tokens: Tokens, *, added: float = 0.5, backing: float = 5.0) -> Array:
        """Log probability of every token after the first given the one before, (rows - 1,).

        (pairs counted + backing x unigram share) / (occurrences + backing): the unigram has `added` counts more
        for every token.
        """
        shares = Unigram(self.counts).shares(added)
        before, after = np.asarray(tokens[:-1], dtype=np.int64), np.asarray(tokens[1:], dtype=np.int64)
        pairs = _pairs(self.successors, self.starts, before, after)
        return np.asarray(np.log((pairs + backing * shares[after]) / (self.counts[before] + backing)))


@dataclass(frozen=True)
class NGram:
    """A language model that counts. order: 1 for unigrams, 2 for bigrams. vocabulary: how many tokens there may be."""

    order: int
    vocabulary: int

    def __post_init__(self) -> None:
        if self.order not in (1, 2):
            raise Problem("order", shown(self.order), "give 1 for unigrams or 2 for bigrams")
        whole = isinstance(self.vocabulary, int) and not isinstance(self.vocabulary, bool)
        if not whole or not is_from(self.vocabulary, 1, 2**31):
            raise Problem("vocabulary", shown(self.vocabulary), "give how many tokens there may be, a whole number > 0")

    def fit(
        self, data: Tokens, weights: Array | None, rng: np.random.Generator, *, start: Any = None
    ) -> Unigram | Bigram:
        """Count a text of token ids, (rows,). Every token counts alike."""
        del rng, start  # counting has one answer
        if weights is not None:
            raise Problem("weights", "tokens have different weights", "leave weights out: a text is counted as a whole")
        return (Unigram if self.order == 1 else Bigram).counted(data, self.vocabulary)


def _as_counted(sampler: Mapping[str, Any]) -> None:
    if sampler:
        raise Problem("sampler", f"{', '.join(sampler)}", "leave it out: texts are drawn as counted")


@njit(cache=True)
def _successors(tokens: Tokens, starts: Tokens) -> Tokens:  # pragma: no cover
    place, found = starts.copy(), np.empty_like(tokens)
    for i in range(tokens.size):
        token = tokens[i]
        found[place[token]] = tokens[i + 1] if i + 1 < tokens.size else tokens[0]
        place[token] += 1
    return found


@njit(cache=True)
def _walk(successors: Tokens, starts: Tokens, first: int, uniform: Array) -> Tokens:  # pragma: no cover
    text = np.empty(uniform.size + 1, dtype=np.int64)
    text[0] = first
    token = first
    for i in range(uniform.size):
        low = starts[token]
        token = successors[low + np.int64(uniform[i] * (starts[token + 1] - low))]
        text[i + 1] = token
    return text


def _pairs(successors: Tokens, starts: Tokens, before: Tokens, after: Tokens) -> Array:
    """How often each pair (before, after) was counted."""
    vocabulary = starts.size - 1
    previous = np.repeat(np.arange(vocabulary), np.diff(starts))
    known, counts = np.unique(previous * vocabulary + successors, return_counts=True)
    asked = before * vocabulary + after
    place = np.minimum(np.searchsorted(known, asked), known.size - 1)
    return np.asarray(np.where(known[place] == asked, counts[place], 0), dtype=float)
