"""Refit a language model that counts to texts that earlier ones wrote, and judge it on real text."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.ngram import Bigram, Tokens, Unigram, checked_tokens
from genloss.workflows import TRUTH, Schedule
from genloss.workflows.traits import EVEN_BATCHES

Array = NDArray[np.float64]

__all__ = ["BANDS", "TextRun", "frequency_bands", "ngram_run"]

BANDS = (1, 2, 4, 8, 16, 32)
"""Least counts of the bands of real frequency: once, 2-3, 4-7, 8-15, 16-31, 32 and more."""


@dataclass(frozen=True)
class TextRun:
    """One run. Arrays by fit, generation 0 first.

    perplexity: exp of the mean negative log probability of held-out real tokens, (fits,). distinct: tokens that
    the training text still has, (fits,). lost_mass: share of held-out tokens that it has not, (fits,). surviving: share
    of the tokens of each band of real frequency (`BANDS`, counted in the first real batch) that it has, (fits, bands).
    """

    perplexity: Array
    distinct: Array
    lost_mass: Array
    surviving: Array


def frequency_bands(counts: Array) -> NDArray[np.int64]:
    """Return the band of every token by its count, (vocabulary,): -1 where it never came."""
    return np.asarray(np.searchsorted(np.array(BANDS), counts, side="right") - 1, dtype=np.int64)


def ngram_run(
    real: Tokens,
    held_out: Tokens,
    schedule: Schedule,
    *,
    vocabulary: int,
    order: int,
    rng: np.random.Generator,
) -> TextRun:
    """Fit a unigram (order 1) or bigram (order 2) model in every generation to what the schedule says.

    real: tokens in the text's order; each real batch is the next excerpt of as many as it has rows. Models write one
    text per batch. Training texts are joined in the order of their batches. held_out: real tokens that no
    generation sees. Whole batches by rows only: subsamples, weights, decay, filters, samplers and mixed laws are
    refused, and a text that is too short.
    """
    if order not in (1, 2):
        raise Problem("order", f"{order!r}", "give 1 for unigrams or 2 for bigrams")
    text = checked_tokens("real", real, vocabulary)
    judged = checked_tokens("held_out", held_out, vocabulary)
    schedule.refuse_uncovered(EVEN_BATCHES, "give whole batches of one origin, every row alike")
    model = Unigram if order == 1 else Bigram
    batches: list[Tokens] = []
    fits: list[Unigram | Bigram] = []
    used, bands = 0, None
    perplexity, distinct, lost, surviving = [], [], [], []
    for g, uses in enumerate(schedule.train):
        for b in schedule.born[g]:
            batch = schedule.batches[b]
            if batch.origin == TRUTH:
                if used + batch.rows > text.size:
                    raise Problem(
                        "real",
                        f"generation {g} needs {used + batch.rows:,} real tokens, and there are {text.size:,}",
                        "give a longer text, or fewer rows",
                    )
                batches.append(text[used : used + batch.rows])
                used += batch.rows
            else:
                batches.append(fits[batch.origin or 0].sample(batch.rows, rng))
        corpus = np.concatenate([batches[b] for use in uses for b in use.batches])
        fit = model.fit(corpus, vocabulary)
        fits.append(fit)
        here = fit.counts > 0
        if bands is None:
            bands = frequency_bands(fit.counts)
        perplexity.append(float(np.exp(-fit.log_prob(judged).mean())))
        distinct.append(float(here.sum()))
        lost.append(float(1 - here[judged].mean()))
        surviving.append([float(here[bands == i].mean()) if (bands == i).any() else np.nan for i in range(len(BANDS))])
    return TextRun(np.array(perplexity), np.array(distinct), np.array(lost), np.array(surviving))
