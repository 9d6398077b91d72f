"""What have texts that a fit wrote lost beside real ones: words, pairs of words, length, originality?

A row is a text, given as its words in order. Where counts of different words are compared, as many words of both are
read, since more words hold more different ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, pairwise

import numpy as np
from numpy.typing import NDArray

from genloss.metrics.evidence import Array

Texts = NDArray[np.object_]
"""Of every text its words, (texts,)."""


def words_left(*, real_words: Texts, generated_words: Texts) -> Array:
    """Different words of made texts over those of real texts, among equally many words; 1: none lost.

    >>> real, made = np.empty(1, dtype=object), np.empty(1, dtype=object)
    >>> real[0], made[0] = ("a", "b", "c", "d"), ("a", "b", "a", "b")
    >>> float(words_left(real_words=real, generated_words=made))
    0.5
    """
    return _ratio(list(chain.from_iterable(real_words)), list(chain.from_iterable(generated_words)))


def pairs_left(*, real_words: Texts, generated_words: Texts) -> Array:
    """Different pairs of neighboring words of made texts over those of real texts, among equally many pairs."""
    real, made = ([pair for text in texts for pair in pairwise(text)] for texts in (real_words, generated_words))
    return _ratio(real, made)


def text_length(*, real_words: Texts, generated_words: Texts) -> Array:
    """Mean number of words of a made text over that of a real one; 1: as long."""
    real, made = (float(np.mean([len(text) for text in texts])) for texts in (real_words, generated_words))
    return np.asarray(made / max(real, 1e-300))


def unseen_mass(*, real_words: Texts, generated_words: Texts) -> Array:
    """Share of the words of real texts that occur nowhere in the made ones; from 0 to 1."""
    known = set(chain.from_iterable(generated_words))
    real = list(chain.from_iterable(real_words))
    return np.asarray(sum(word not in known for word in real) / max(1, len(real)))


def repeated_texts(*, generated_words: Texts) -> Array:
    """Share of made texts that are the same, word for word, as another made before them; from 0 to 1."""
    return np.asarray(1 - len(set(map(tuple, generated_words))) / max(1, len(generated_words)))


def _ratio(real: Sequence[object], made: Sequence[object]) -> Array:
    count = min(len(real), len(made))
    return np.asarray(len(set(made[:count])) / len(set(real[:count])) if count else 0.0)
