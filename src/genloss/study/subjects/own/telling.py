"""What does a fit say of the words of texts? By `word_log_prob` of each, by `log_prob` of texts as a whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.protocol import HasLogProb, HasWordLogProb
from genloss.populations.text import words

Array = NDArray[np.float64]
_SURPRISE, _WORDS, _LOGS = "held_out_word_surprise", "held_out_tokens", "held_out_token_logs"


def told(fit: Any, texts: Sequence[str], wanted: Collection[str]) -> dict[str, Any]:
    """Return what is wanted of held-out texts, by the names that metrics have for it."""
    found: dict[str, Any] = {}
    if {_WORDS, _LOGS} & set(wanted):
        if not isinstance(fit, HasWordLogProb):
            mend = "leave it out, or let the fit have word_log_prob(texts), of each text its words and their logarithms"
            raise Problem("metrics: losses of bands of words", f"a {type(fit).__name__} has no word_log_prob", mend)
        found[_WORDS], found[_LOGS] = _by_word(fit, texts)
    if _SURPRISE in wanted:
        found[_SURPRISE] = word_surprise(fit, texts)
    return found


def word_surprise(fit: Any, texts: Sequence[str]) -> Array:
    """Return the mean of -log p of the words of texts and their ends.

    Of a fit that knows texts as a whole alone it is over words as `genloss.populations.text.words` has them, and ends.
    """
    if isinstance(fit, HasWordLogProb):
        _, logs = _by_word(fit, texts)
        return np.asarray(-np.mean(np.concatenate([*logs])))
    if not isinstance(fit, HasLogProb):
        mend = "leave word_loss and made_loss out, or let the fit have log_prob(texts)"
        raise Problem("metrics: word_loss", f"a {type(fit).__name__} has no log_prob", mend)
    count = sum(len(words(text)) + 1 for text in texts)
    return np.asarray(-np.sum(fit.log_prob(texts)) / count)


def _by_word(fit: HasWordLogProb, texts: Sequence[str]) -> tuple[NDArray[np.object_], NDArray[np.object_]]:
    said = fit.word_log_prob(texts)
    named, logs = np.empty(len(texts), dtype=object), np.empty(len(texts), dtype=object)
    if len(said) != len(texts) or any(len(each) != 2 or len(each[0]) != len(each[1]) for each in said):
        found = f"word_log_prob of {len(texts)} texts did not return so many pairs of words and as many logarithms"
        raise Problem("generator", found, "return a list of pairs, one a text: its words, and log p of each of them")
    named[:] = [tuple(each[0]) for each in said]
    logs[:] = [np.asarray(each[1], dtype=float) for each in said]
    return named, logs
