"""What has a language model lost: how surprising is real text to it, and which words does it not have any more?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.metrics.evidence import Array


def perplexity(*, held_out_log_prob: Array) -> Array:
    """Exponential of the mean negative log probability of held-out real words."""
    return np.asarray(np.exp(-held_out_log_prob))


def distinct(*, word_counts: Array) -> Array:
    """Words that the model still has."""
    return np.asarray((word_counts > 0).sum(axis=-1), dtype=float)


def lost_mass(*, word_counts: Array, held_out_words: NDArray[np.int64]) -> Array:
    """Share of held-out real words that the model has not."""
    return np.asarray(1 - (word_counts > 0)[..., held_out_words].mean(axis=-1))


def lost_once(*, word_counts: Array, first_counts: Array) -> Array:
    """Share of the words that the first real text had just once which the model has not."""
    return np.asarray(1 - (word_counts > 0)[..., first_counts == 1].mean(axis=-1))
