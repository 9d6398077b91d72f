"""What came of blocks of replicates?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from genloss.errors import Problem
from genloss.study.runner.failing import Failure, Tried
from genloss.study.runner.parts import Part
from genloss.study.subjects.protocol import Notes


@dataclass(frozen=True)
class Made:
    """What came of blocks of replicates. values: those of a cell that failed are no numbers.

    notes: what each fit had to say of itself. lost: why a user's own model failed in these blocks, by the place of its
    cell. failed: why a cell could not be computed at all. left: whether the values lie in the store alone.
    """

    values: Part
    notes: list[Notes] = field(default_factory=list)
    lost: Mapping[int, Problem] = field(default_factory=dict)
    failed: Mapping[int, Failure] = field(default_factory=dict)
    left: bool = False

    @property
    def whole(self) -> bool:
        """Whether no cell failed, so that the values are all there."""
        return not self.lost and not self.failed

    def leaving(self) -> Made:
        """Return the same without its values, which lie in the store unless something failed."""
        return replace(self, values=np.empty(0), left=True) if self.whole else self


def together(each: Tried[Made], count: int, shape: Sequence[int]) -> Made:
    """Put what came of single cells side by side, of which each may have failed. shape: of the values of one."""
    values = [each.made[place].values if place in each.made else np.full((1, *shape), np.nan) for place in range(count)]
    lost = {place: made.lost[0] for place, made in each.made.items() if made.lost}
    notes = [note for place in range(count) if place in each.made for note in each.made[place].notes]
    return Made(np.concatenate(values), notes, lost, each.failed)
