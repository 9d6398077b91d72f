"""Markov chains of sentences of the library `markovify` as models that keep the contract; a row is one sentence.

What is right here where a guess is wrong (markovify 0.9.4): `make_sentence` throws away sentences that overlap with its
source, so that they grow longer with every generation; here they are drawn by the chain itself, unless asked otherwise.
It draws from the random state of the whole process, so one thread draws at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.errors import Problem
from genloss.models.adapters.refusals import refuse_start, refuse_weights
from genloss.models.adapters.seeding import seeded
from genloss.populations.own_rows import is_texts

_TRIES = 1000  # draws in a row that overlap too much


def adapt(model: Any) -> Any:
    """Return a model of sentences for a `markovify.Text`, `NewlineText` or one of your own; None for others."""
    if not any(kind.__name__ == "Text" for kind in type(model).__mro__):
        return None
    return Sentences(type(model), model.state_size)


@dataclass(frozen=True, repr=False)
class Sentences:
    """A Markov chain of words. kind: the class of markovify. state_size: words that the next one depends on.

    test_output: True throws away sentences that overlap with the source, as markovify does unless told otherwise.
    """

    kind: Any
    state_size: int = 2
    test_output: bool = False

    def __repr__(self) -> str:
        return f"{self.kind.__name__}(state_size={self.state_size}, test_output={self.test_output})"

    def fit(self, data: Any, weights: Any, rng: np.random.Generator, *, start: Any = None) -> SentencesFit:
        """Count. Errors: `Problem` for rows that are no texts."""
        del rng
        refuse_start(start, "markovify")
        refuse_weights(weights, "markovify")
        if not is_texts(data):
            raise Problem(
                "population", "markovify fits texts, and these rows are not texts", "give a list of sentences"
            )
        settings = {"state_size": self.state_size, "well_formed": False, "retain_original": self.test_output}
        blank = self.kind(None, parsed_sentences=[["a"]], **settings)
        parsed = [[word for word in blank.word_split(text) if word] for text in data]
        return SentencesFit(self.kind(None, parsed_sentences=[run for run in parsed if run], **settings), self)


@dataclass(frozen=True, eq=False)
class SentencesFit:
    """A chain that was counted, and the model that counted it."""

    text: Any
    model: Sentences

    def sample(self, count: int, rng: np.random.Generator) -> list[str]:
        """Draw sentences."""
        with seeded(rng):
            return [self._one() for _ in range(count)]

    def _one(self) -> str:
        made = self.text.make_sentence(test_output=self.model.test_output, tries=_TRIES)
        if made is None:
            found = f"of {_TRIES} sentences in a row none was unlike its source"
            raise Problem("generator", found, "give more texts, or leave test_output=True out")
        return str(made)
