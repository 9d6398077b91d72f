"""Which batches are drawn, when and from whom, and which of them does each generation train on?"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.workflows.parts import Batch, Use
from genloss.workflows.term import term_shares
from genloss.workflows.traits import traits_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Schedule:
    """Batches in the order they are drawn; `train[g]` says what generation g trains on.

    restarts[g]: the generation at which training last began again; 0 without a reset. pattern: the same schedule with
    one row a batch, if it was made from that. lineages: the names of several models whose fits take turns, lineage by
    lineage within each generation (lineages.py); empty for one model.
    """

    batches: tuple[Batch, ...]
    train: tuple[tuple[Use, ...], ...]
    restarts: tuple[int, ...]
    pattern: Schedule | None = field(default=None, compare=False, repr=False)
    lineages: tuple[str, ...] = ()

    def fit_words(self, fit: int) -> str:
        """Name a fit, or what is drawn for it, in a sentence.

        >>> from genloss.workflows import islands, replace
        >>> islands(2, 0.1).compile(replace(10), 3).fit_words(7)
        'generation 3 of lineage 2'
        """
        if not self.lineages:
            return f"generation {fit}"
        generation, lineage = divmod(fit, self.lines)
        return f"generation {generation} of lineage {self.lineages[lineage]}"

    @property
    def lines(self) -> int:
        """How many models take turns: 1, or the number of lineages."""
        return max(1, len(self.lineages))

    def before(self, fit: int) -> int | None:
        """Return the fit of the generation before of the same lineage; None: there is none."""
        return fit - self.lines if fit >= self.lines else None

    @cached_property
    def born(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the batches born at each generation."""
        by_birth: list[list[int]] = [[] for _ in self.train]
        for position, batch in enumerate(self.batches):
            by_birth[batch.birth].append(position)
        return tuple(tuple(positions) for positions in by_birth)

    @cached_property
    def done(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the batches on which no fit trains after each generation; those never used are done at birth."""
        last = {position: batch.birth for position, batch in enumerate(self.batches)}
        for g, uses in enumerate(self.train):
            for use in uses:
                last.update(dict.fromkeys(use.batches, g))
        by_end: list[list[int]] = [[] for _ in self.train]
        for position, g in last.items():
            by_end[g].append(position)
        return tuple(tuple(positions) for positions in by_end)

    @cached_property
    def unasked(self) -> tuple[tuple[int, ...], ...]:
        """Fits that neither draw nor verify rows after each generation, once, when not the newest of their lineage."""
        last = list(range(self.lines, len(self.train) + self.lines))
        for batch in self.batches:
            for origin, _ in batch.origins:
                if origin >= 0:
                    last[origin] = max(last[origin], batch.birth)
        for g, uses in enumerate(self.train):
            for use in uses:
                if use.verifier is not None:
                    last[use.verifier] = max(last[use.verifier], g)
        by_end: list[list[int]] = [[] for _ in self.train]
        for fit, generation in enumerate(last):
            if generation < len(by_end):
                by_end[generation].append(fit)
        return tuple(tuple(fits) for fits in by_end)

    @cached_property
    def real_names(self) -> dict[int, tuple[int, int, int]]:
        """What names the rows of each batch that is all real, by position: birth, rows, number among its like.

        Batches with one name are the same real rows, whatever the workflow and the tag.
        """
        names: dict[int, tuple[int, int, int]] = {}
        seen: Counter[tuple[int, int]] = Counter()
        for position, batch in enumerate(self.batches):
            if batch.real:
                like = batch.birth, batch.rows
                names[position] = (*like, seen[like])
                seen[like] += 1
        return names

    def rows_used(self, generation: int) -> Array:
        """Rows that each term of a generation trains on, before any filter; (terms,)."""
        return np.array([self._used(use) for use in self.train[generation]], dtype=float)

    def shares(self, generation: int) -> dict[int, float]:
        """Expected share of the loss of each batch, by position; they sum to 1. Filters not counted.

        A subsample's share of a batch is the batch's share of the pool.
        """
        shares: dict[int, float] = {}
        uses = self.train[generation]
        by_term = term_shares([use.weight for use in uses], self.rows_used(generation))
        for use, share in zip(uses, by_term.tolist(), strict=True):
            parts = use.factors or [float(self.batches[b].rows) for b in use.batches]
            total = sum(parts)
            for b, part in zip(use.batches, parts, strict=True):
                shares[b] = shares.get(b, 0.0) + share * part / total
        return shares

    def is_subsample(self, use: Use) -> bool:
        """Whether a term leaves out or repeats rows of its batches."""
        return use.take is not None and (use.replace or use.take < self._pool(use))

    @cached_property
    def traits(self) -> dict[str, str]:
        """What is asked for beyond plain replace (workflows/traits.py), each with a sentence naming its first place."""
        even = len({batch.rows for batch in self.batches}) <= 1
        if self.pattern is not None and even:  # whose sentences name no number of rows
            return self.pattern.traits
        return traits_of(self.batches, self.train, self.shares, self.fit_words)

    @cached_property
    def weighs_all(self) -> bool:
        """Whether every batch that a term selects has a share of the loss above 0; filters not counted."""
        return all(share > 0 for g in range(len(self.train)) for share in self.shares(g).values())

    def uncovered(self, covered: Collection[str]) -> str | None:
        """Say what of this schedule is not among the traits that are covered, in one sentence, or None.

        >>> from genloss.workflows import accumulate
        >>> accumulate(10).compile(1).uncovered({"several_batches", "left_out"})
        'term 0 of generation 1 trains again on rows drawn for generation 0, on which generation 0 has trained'
        """
        return next((sentence for trait, sentence in self.traits.items() if trait not in covered), None)

    def refuse_uncovered(self, covered: Collection[str], mend: str) -> None:
        """Refuse a schedule with a trait that is not covered, naming the first place where it stands."""
        left = self.uncovered(covered)
        if left is not None:
            raise Problem("workflow", left, mend)

    @cached_property
    def _rows_before(self) -> tuple[int, ...]:
        """Rows of all batches before each position, and of all."""
        return (0, *accumulate(batch.rows for batch in self.batches))

    def _pool(self, use: Use) -> int:
        if isinstance(use.batches, range) and len(use.batches):
            return self._rows_before[use.batches[-1] + 1] - self._rows_before[use.batches[0]]
        return sum(self.batches[b].rows for b in use.batches)

    def _used(self, use: Use) -> int:
        pool = self._pool(use)
        if use.take is None:
            return pool
        return use.take if use.replace or use.short is None else min(use.take, pool)


def chain(schedule: Schedule) -> tuple[Batch, ...]:
    """Return the batch of each generation of a plain replace schedule, one without any trait but unlike sizes."""
    return tuple(schedule.batches[uses[0].batches[0]] for uses in schedule.train)
