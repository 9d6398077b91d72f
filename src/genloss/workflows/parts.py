"""What is a schedule made of? Batches, drawn once each, and the terms of a fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from genloss.workflows.emission import Sampler
from genloss.workflows.filters import Filter

TRUTH = -1
"""The origin of real rows; a model's origin is the generation of its fit."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows drawn once from one origin; its identity is the identity of its noise.

    birth: the generation it is drawn for. origins: who draws each row, with which probability:
    TRUTH, or the generation of a fit; more than one for a mixed law. number: counts the batches of
    one tag and birth. sampler: how rows are drawn where not honestly. until: the generation at which
    other rows take their place, None where they stay.
    """

    birth: int
    tag: str
    origins: tuple[tuple[int, float], ...]
    rows: int
    number: int = 0
    sampler: Sampler | None = None
    until: int | None = None

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
    term, where decay sets it; empty: by rows. verifier: the generation of the fit that the filter asks; None: of none.
    """

    term: int
    batches: Sequence[int]
    take: int | None = None
    replace: bool = False
    short: str | None = None
    weight: float | None = None
    factors: tuple[float, ...] = ()
    filter: Filter | None = None
    verifier: int | None = None
