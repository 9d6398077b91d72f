"""Which batches are drawn, when and from whom, and which of them does each generation train on?"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from genloss.workflows.emission import Sampler
from genloss.workflows.term import Filter, term_shares

TRUTH = -1
"""The origin of real rows; a model's origin is the generation of its fit."""

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows drawn once from one origin; its identity is the identity of its noise.

    birth: the generation it is drawn for. origins: who draws each row, with which probability:
    TRUTH, or the generation of a fit; more than one for a mixed law. number: counts the batches of
    one tag and birth. sampler: how rows are drawn where not honestly.
    """

    birth: int
    tag: str
    origins: tuple[tuple[int, float], ...]
    rows: int
    number: int = 0
    sampler: Sampler | None = None

    @property
    def key(self) -> tuple[int, str, int]:
        """What names the batch, and its random numbers, in any workflow."""
        return self.birth, self.tag, self.number

    @property
    def real(self) -> bool:
        """Whether every row comes from the truth."""
        return self.origins == ((TRUTH, 1.0),)

    @property
    def origin(self) -> int | None:
        """The one origin, or None for a mixed law."""
        return self.origins[0][0] if len(self.origins) == 1 else None


@dataclass(frozen=True, slots=True)
class Use:
    """One term as it stands in one generation: these batches, then filter, take and share.

    batches: positions in the schedule. weight: as in `Term`. factors: each batch's part of the
    term, where decay sets it; empty: by rows.
    """

    term: int
    batches: Sequence[int]
    take: int | None = None
    replace: bool = False
    short: str | None = None
    weight: float | None = None
    factors: tuple[float, ...] = ()
    filter: Filter | None = None


@dataclass(frozen=True)
class Schedule:
    """Batches in the order they are drawn; `train[g]` says what generation g trains on.

    restarts[g]: the generation at which training last began again; 0 without a reset.
    """

    batches: tuple[Batch, ...]
    train: tuple[tuple[Use, ...], ...]
    restarts: tuple[int, ...]

    @cached_property
    def born(self) -> tuple[tuple[int, ...], ...]:
        """Positions of the batches born at each generation."""
        by_birth: list[list[int]] = [[] for _ in self.train]
        for position, batch in enumerate(self.batches):
            by_birth[batch.birth].append(position)
        return tuple(tuple(positions) for positions in by_birth)

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
    def first_subsample(self) -> tuple[int, int] | None:
        """Generation and term of the first one that leaves out or repeats rows; None where all batches are whole."""
        found = ((g, use.term) for g, uses in enumerate(self.train) for use in uses if self.is_subsample(use))
        return next(found, None)

    def _pool(self, use: Use) -> int:
        return sum(self.batches[b].rows for b in use.batches)

    def _used(self, use: Use) -> int:
        pool = self._pool(use)
        if use.take is None:
            return pool
        return use.take if use.replace or use.short is None else min(use.take, pool)


def chain_reason(schedule: Schedule) -> str | None:
    """Say why a schedule is not plain replace (each fit on one new, whole batch of the fit before), or None."""
    for g, uses in enumerate(schedule.train):
        if len(uses) != 1 or len(uses[0].batches) != 1:
            count = sum(len(use.batches) for use in uses)
            return f"generation {g} trains on {count} batches"
        use, batch = uses[0], schedule.batches[uses[0].batches[0]]
        if use.filter is not None:
            return f"generation {g} filters its rows (term {use.term})"
        if schedule.is_subsample(use):
            return f"generation {g} trains on a subsample (term {use.term})"
        if batch.birth != g:
            return f"generation {g} trains again on rows drawn for generation {batch.birth}"
        if batch.origin != (TRUTH if g == 0 else g - 1):
            return f"generation {g} trains on rows that do not come from the fit before"
        if batch.sampler is not None:
            return f"the rows of generation {g} are not drawn honestly ({', '.join(batch.sampler.given())})"
    return None


def chain(schedule: Schedule) -> tuple[Batch, ...]:
    """Return the batch of each generation of a plain replace schedule."""
    return tuple(schedule.batches[uses[0].batches[0]] for uses in schedule.train)
