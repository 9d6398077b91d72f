"""What has a language model lost of common words, and what of rare ones? Bands are of real text, which does not change.

The rarest types first, in the order of the alphabet where they are as rare: the tail are those before which less than
10 % of all words have stood, the head those with which more than half have stood and that are not of the tail, the
middle is what lies between. The end of a text counts as a word of its own, "".

What collapses first is the tail. Counts of different words and pairs do not show it where a model draws at
temperature 1, as a worse model is a noisier one there, and its pairs are as many as ever.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy.typing import NDArray

from genloss.metrics.evidence import Array

Texts = NDArray[np.object_]
"""Of every text its words, or one number for each of them, (texts,)."""
_TAIL, _HEAD = 10, 2  # one in so many words


@dataclass(frozen=True, slots=True)
class Bands:
    """The types of a text by how common they are."""

    head: frozenset[str]
    middle: frozenset[str]
    tail: frozenset[str]


def bands(counts: Mapping[str, int]) -> Bands:
    """Part types by their counts in real text.

    >>> found = bands({"the": 6, "sun": 2, "set": 1, "rose": 1})
    >>> sorted(found.head), sorted(found.middle), sorted(found.tail)
    (['the'], ['set', 'sun'], ['rose'])
    """
    whole, before = sum(counts.values()), 0
    parts: dict[str, set[str]] = {"head": set(), "middle": set(), "tail": set()}
    for word in sorted(counts, key=lambda word: (counts[word], word)):
        after = before + counts[word]
        parts["tail" if _TAIL * before < whole else "head" if _HEAD * after > whole else "middle"].add(word)
        before = after
    return Bands(**{name: frozenset(part) for name, part in parts.items()})


def word_loss(*, held_out_word_surprise: Array) -> Array:
    """Mean of -log p of a word of held-out real texts, given those before it; ends of texts count; in nats."""
    return held_out_word_surprise


def head_loss(*, held_out_tokens: Texts, held_out_token_logs: Texts) -> Array:
    """Mean of -log p of held-out words that are among the commonest."""
    return _loss("head", held_out_tokens, held_out_token_logs)


def middle_loss(*, held_out_tokens: Texts, held_out_token_logs: Texts) -> Array:
    """Mean of -log p of held-out words that are neither common nor rare."""
    return _loss("middle", held_out_tokens, held_out_token_logs)


def tail_loss(*, held_out_tokens: Texts, held_out_token_logs: Texts) -> Array:
    """Mean of -log p of held-out words that are among the rarest."""
    return _loss("tail", held_out_tokens, held_out_token_logs)


def rare_words_left(*, real_words: Texts, generated_words: Texts) -> Array:
    """Share of made words that are of the tail of real texts, over that share of real words; 1: none lost.

    Other real texts have less than 1 too, as what is rare in one text is so by chance in part: compare with the value
    of real texts beside real texts.

    >>> real, made = np.empty(1, dtype=object), np.empty(1, dtype=object)
    >>> real[0], made[0] = ("a", "a", "b", "c"), ("a", "b", "a", "a")
    >>> float(rare_words_left(real_words=real, generated_words=made))
    1.0
    """
    counts = Counter(chain.from_iterable(real_words))
    tail = bands(counts).tail
    true = sum(counts[word] for word in tail) / max(1, counts.total())
    made = list(chain.from_iterable(generated_words))
    return np.asarray(sum(word in tail for word in made) / max(1, len(made)) / true if true else np.nan)


def made_loss(*, made_word_surprise: Array) -> Array:
    """Mean of -log p of a word of made texts under the fit of generation 0, in nats.

    Two-sided: it goes up where texts get noisier and down where they get narrower, so that a low one is no praise.
    """
    return made_word_surprise


def _loss(band: str, tokens: Texts, logs: Texts) -> Array:
    words = list(chain.from_iterable(tokens))
    chosen: frozenset[str] = getattr(bands(Counter(words)), band)
    lost = [-log for word, log in zip(words, chain.from_iterable(logs), strict=True) if word in chosen]
    return np.asarray(np.mean(lost) if lost else np.nan)
