"""What does a verifier say of the tokens of a text? By an earlier fit; the law of real text is not known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import impossible
from genloss.models.ngram import Bigram, Tokens, Unigram
from genloss.simulation.filters import refuse_kinds
from genloss.simulation.verdicts import Scores
from genloss.workflows import Filter, Schedule

Array = NDArray[np.float64]

_REASONS = {
    "oracle": "which tokens of a text are good is not known",
    "distance": "tokens have no distance from each other",
    "function": "tokens of a text are counted by number, and its words are not held",
    "truth": "the law of real text is not known",
}


def refuse_filters(schedule: Schedule) -> None:
    """Refuse filters that tokens cannot be judged by."""
    refuse_kinds(schedule, _REASONS)


@dataclass(frozen=True)
class OfTokens(Scores):
    """A text before a fit that verifies it, in pieces of so many tokens."""

    piece: int
    tokens: Tokens
    fit: Unigram | Bigram

    def likelihood(self) -> Array:
        """Mean log probability of the tokens of each piece, (1, pieces); of a bigram given the token before."""
        logs = log_probs(self.fit, self.tokens)
        starts = np.arange(0, logs.size, self.piece)
        sizes = np.minimum(self.piece, logs.size - starts)
        return np.asarray(np.add.reduceat(logs, starts) / sizes)[None]


def log_probs(fit: Unigram | Bigram, tokens: Tokens) -> Array:
    """Return the log probability of every token, (rows,): the first of a text by its share alone."""
    if isinstance(fit, Unigram):
        return fit.log_prob(tokens)
    first = Unigram(fit.counts).log_prob(tokens[:1])
    return np.concatenate([first, fit.log_prob(tokens)])


def judge(chosen: Filter, tokens: Tokens, fit: Unigram | Bigram | None, uniform: Array) -> OfTokens:
    """Return what is said of a text."""
    del uniform
    if fit is None:
        impossible("a text has no verifier")
    return OfTokens(chosen.piece, tokens, fit)
