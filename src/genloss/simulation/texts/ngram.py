"""Refit a language model that counts to texts that earlier ones wrote, and judge it on real text."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem, impossible
from genloss.models.ngram import Bigram, NGram, Tokens, Unigram, checked_tokens
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Single
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
    model = NGram(order, vocabulary)
    text = checked_tokens("real", real, vocabulary)
    judged = checked_tokens("held_out", held_out, vocabulary)
    schedule.refuse_uncovered(EVEN_BATCHES, "give whole batches of one origin, every row alike")
    excerpts = _excerpts(text, schedule)
    bands = None
    perplexity, distinct, lost, surviving = [], [], [], []
    fits = chain(model, lambda batch: excerpts[batch.key], schedule, layout=Single(), random=lambda *_: rng)
    for fit in fits:
        if not isinstance(fit, Unigram | Bigram):
            impossible("a language model that counts was fitted to something else")
        here = fit.counts > 0
        if bands is None:
            bands = frequency_bands(fit.counts)
        perplexity.append(float(np.exp(-fit.log_prob(judged).mean())))
        distinct.append(float(here.sum()))
        lost.append(float(1 - here[judged].mean()))
        surviving.append([float(here[bands == i].mean()) if (bands == i).any() else np.nan for i in range(len(BANDS))])
    return TextRun(np.array(perplexity), np.array(distinct), np.array(lost), np.array(surviving))


def _excerpts(text: Tokens, schedule: Schedule) -> dict[tuple[int, str, int], Tokens]:
    """Return the part of the text that is each real batch: one after the other, in the order they are drawn."""
    used, excerpts = 0, {}
    for batch in schedule.batches:
        if batch.origin != TRUTH:
            continue
        if used + batch.rows > text.size:
            raise Problem(
                "real",
                f"generation {batch.birth} needs {used + batch.rows:,} real tokens, and there are {text.size:,}",
                "give a longer text, or fewer rows",
            )
        excerpts[batch.key] = text[used : used + batch.rows]
        used += batch.rows
    return excerpts
