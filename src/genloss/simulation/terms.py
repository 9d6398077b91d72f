"""What exactly does a fit train on? The rows that its terms select, take and weigh, whatever the rows are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.simulation.layouts import Layout, Places
from genloss.workflows import Use, term_shares

Array = NDArray[np.float64]
Chosen = NDArray[np.bool_]
Uniform = Callable[[tuple[str | int, ...], int], Array]
"""Numbers in [0, 1) by name, (replicates, how many)."""
Made = TypeVar("Made")
Verdict = Callable[[int, Use], Chosen | None]
"""(position of a batch, term) to which of its rows the term's filter keeps, (replicates, rows); None: all of them."""


class NothingKept(Problem):
    """A filter leaves a replicate no row to train on.

    replicate: among those drawn together, from 0; None: the one. words: what the fit is called; None: its generation.
    """

    def __init__(
        self, generation: int, replicate: int | None, *, of: str = "of those drawn together", words: str | None = None
    ) -> None:
        which = "" if replicate is None else f" in replicate {replicate} {of}"
        super().__init__(
            f"workflow.train at {words or f'generation {generation}'}",
            f"the filter leaves no row to train on{which}",
            "keep more rows, draw more, or train on real rows as well",
        )
        self.generation, self.replicate, self.words = generation, replicate, words

    def after(self, before: int) -> NothingKept:
        """Return the same with the replicate's number in the study, where so many stand before."""
        return NothingKept(
            self.generation, before + (self.replicate or 0), of="of the study (the first is 0)", words=self.words
        )

    def called(self, words: str) -> NothingKept:
        """Return the same with another name of the fit."""
        return NothingKept(self.generation, self.replicate, words=words)

    def __reduce__(self) -> tuple[type[Problem], tuple[str, str, str]]:
        return Problem, (self.where, self.found, str(self.mend))


def in_replicate(replicate: int, run: Callable[[int], Made]) -> Made:
    """Run one replicate; where a filter keeps nothing say in which."""
    try:
        return run(replicate)
    except NothingKept as none:
        raise NothingKept(none.generation, replicate) from none


def training_data(
    generation: int, uses: Sequence[Use], kept: Mapping[int, Any], layout: Layout, uniform: Uniform, verdict: Verdict
) -> tuple[Any, Array | None]:
    """Return the rows that a fit trains on and their weights, (replicates, rows) of mean 1; None: all rows count alike.

    uniform: asked by ("take", generation, term) where a term takes a subsample.
    """
    if all(_is_whole(use) for use in uses):
        return layout.join([kept[b] for use in uses for b in use.batches]), None
    parts = [_term(generation, use, kept, layout, uniform, verdict) for use in uses]
    used = np.array([(multiplicity > 0).sum(axis=-1) for _, multiplicity in parts], dtype=float)
    shares = term_shares([use.weight for use in uses], used)
    empty = np.flatnonzero(shares.sum(axis=0) == 0)
    if empty.size:
        raise NothingKept(generation, int(empty[0]) if shares.shape[1] > 1 else None)
    data = layout.join([rows for rows, _ in parts])
    weights = [
        multiplicity * (share / np.maximum(multiplicity.sum(axis=-1), 1e-300))[:, None]
        for (_, multiplicity), share in zip(parts, shares, strict=True)
    ]
    by_row = np.concatenate(weights, axis=1)
    by_row = by_row * by_row.shape[-1]
    if any(use.filter is not None for use in uses):
        data, by_row = layout.thinned(data, by_row)
    return data, None if np.allclose(by_row, 1.0, rtol=1e-12, atol=0) else by_row


def _is_whole(use: Use) -> bool:
    """Whether a term is its batches as they are: all rows, each of which counts alike."""
    return use.weight is None and use.take is None and not use.factors and use.filter is None


def _term(
    generation: int, use: Use, kept: Mapping[int, Any], layout: Layout, uniform: Uniform, verdict: Verdict
) -> tuple[Any, Array]:
    """Rows and relative weights of one term, after its filter and its subsample."""
    batches = [kept[b] for b in use.batches]
    verdicts = [verdict(b, use) for b in use.batches]
    shapes = [(layout.replicates(rows), layout.rows(rows)) for rows in batches]
    rows = layout.join(batches)
    count = sum(width for _, width in shapes)
    if all(v is None for v in verdicts):
        stays = np.broadcast_to(True, (shapes[0][0], count))
    else:
        stays = np.concatenate(
            [np.ones(shape, dtype=bool) if v is None else v for v, shape in zip(verdicts, shapes, strict=True)], axis=1
        )
    if use.take is not None:
        asked = max(use.take, stays.shape[-1])
        places, valid = subsample(stays, use, uniform(("take", generation, use.term), asked), generation)
        return layout.take(rows, places), valid
    if not use.factors:
        return rows, stays.astype(float)
    columns, start = [], 0
    for factor, (_, count) in zip(use.factors, shapes, strict=True):
        part = stays[:, start : start + count].astype(float)
        columns.append(factor * part / np.maximum(part.sum(axis=-1, keepdims=True), 1.0))
        start += count
    return rows, np.concatenate(columns, axis=1)


def refuse_short(use: Use, available: NDArray[np.int64], generation: int) -> None:
    """Refuse a subsample without replacement of more rows than a filter leaves, (replicates,), unless all will do."""
    take = int(use.take or 0)
    if np.any(available < take) and use.short != "all":
        raise Problem(
            f"workflow.train[{use.term}].take",
            f"{take} rows without replacement, and in some replicate {available.min()} after the filter at "
            f"generation {generation}",
            'give fewer, or short = "all", or replace = true',
        )


def subsample(kept: Chosen, use: Use, uniform: Array, generation: int) -> tuple[Places, Array]:
    """Draw `take` of the kept rows of each replicate: their places, and 1 or 0 for a missing row.

    Without replacement: the rows with the smallest uniform numbers. With: row floor(u * kept).
    """
    take, available = int(use.take or 0), kept.sum(axis=-1)
    if use.replace:
        picks = np.floor(uniform[:, :take] * available[:, None]).astype(np.int64)
        valid = np.broadcast_to(available[:, None] > 0, picks.shape).astype(float)
        if available.min() == kept.shape[-1]:
            return picks, valid
        return np.take_along_axis(np.argsort(~kept, axis=-1, kind="stable"), picks, axis=-1), valid
    refuse_short(use, available, generation)
    ranks = uniform[:, : kept.shape[-1]]
    if available.min() < kept.shape[-1]:
        ranks = np.where(kept, ranks, np.inf)
    if available.min() >= take:  # the smallest first, then those in order: sooner than all in order
        smallest = np.argpartition(ranks, take - 1, axis=-1)[:, :take]
        order = np.argsort(np.take_along_axis(ranks, smallest, axis=-1), axis=-1, kind="stable")
        return np.take_along_axis(smallest, order, axis=-1), np.ones((len(kept), take))
    ranked = np.argsort(ranks, axis=-1, kind="stable")[:, :take]
    return ranked, (np.arange(ranked.shape[-1]) < available[:, None]).astype(float)
