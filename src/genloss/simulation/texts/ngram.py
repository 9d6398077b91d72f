"""Refit a language model that counts to texts that earlier ones wrote, and judge it on real text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem, impossible
from genloss.metrics import texts
from genloss.models.ngram import Bigram, NGram, Tokens, Unigram, checked_tokens
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Single
from genloss.simulation.texts.judging import judge, refuse_filters
from genloss.workflows import TRUTH, Schedule
from genloss.workflows.traits import EVEN_BATCHES, FILTER

Array = NDArray[np.float64]

__all__ = ["BANDS", "TextRun", "frequency_bands", "ngram_run"]

BANDS = (1, 2, 4, 8, 16, 32)
"""Least counts of the bands of real frequency: once, 2-3, 4-7, 8-15, 16-31, 32 and more."""


@dataclass(frozen=True)
class TextRun:
    """One run. Arrays by fit, generation 0 first.

    held_out_log_prob: mean log probability of held-out real tokens, (fits,). counts: of the training text's tokens,
    (fits, vocabulary). held_out: the held-out tokens.
    """

    held_out_log_prob: Array
    counts: Array
    held_out: Tokens

    @property
    def perplexity(self) -> Array:
        """Exp of the mean negative log probability of held-out real tokens, (fits,)."""
        return texts.perplexity(held_out_log_prob=self.held_out_log_prob)

    @property
    def distinct(self) -> Array:
        """How many tokens the training text still has, (fits,)."""
        return texts.distinct(word_counts=self.counts)

    @property
    def lost_mass(self) -> Array:
        """Share of held-out tokens that the training text has not, (fits,)."""
        return texts.lost_mass(word_counts=self.counts, held_out_words=self.held_out)

    @property
    def surviving(self) -> Array:
        """Share of the tokens of each band of real frequency that the training text has, (fits, bands).

        Bands (`BANDS`) are counted in the training text of generation 0.
        """
        bands, here = frequency_bands(self.counts[0]), self.counts > 0
        shares = np.full((len(here), len(BANDS)), np.nan)
        for band in set(bands[bands >= 0].tolist()):
            shares[:, band] = here[:, bands == band].mean(axis=1)
        return shares


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
    generation sees. Whole batches by rows, or what a filter by likelihood under an earlier fit keeps of them: what is
    kept is joined. Refused: subsamples, weights, decay, samplers and mixed laws, and a text that is too short.
    """
    model = NGram(order, vocabulary)
    text = checked_tokens("real", real, vocabulary)
    judged = checked_tokens("held_out", held_out, vocabulary)
    refuse_filters(schedule)
    schedule.refuse_uncovered(EVEN_BATCHES | {FILTER}, "give whole batches of one origin, every row alike")
    excerpts = _excerpts(text, schedule)
    logs, counts = [], []
    fits = chain(
        model, lambda batch: excerpts[batch.key], schedule, layout=Single(), random=lambda *_: rng, judge=judge
    )
    for fit in fits:
        if not isinstance(fit, Unigram | Bigram):
            impossible("a language model that counts was fitted to something else")
        logs.append(float(fit.log_prob(judged).mean()))
        counts.append(fit.counts)
    return TextRun(np.array(logs), np.array(counts), judged)


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
