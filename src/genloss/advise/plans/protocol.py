"""What must be known of anything that is planned? What it risks at values of the open quantity, and runs to check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from genloss.advise.assumption import Assumption

Array = NDArray[np.float64]

OPEN = {
    "real_rows": "real rows a generation",
    "synthetic_rows": "synthetic rows a generation",
    "synthetic_share": "share of synthetic rows",
    "real_weight": "real rows' share of the loss",
    "penalty": "penalty, the same in every generation",
    "penalties": "penalties, one for each generation",
    "generations": "last generation",
    "replicates": "independent runs",
}
"""What may be left open, and what it is."""


@dataclass(frozen=True, eq=False)
class Judged:
    """What is known of the metric at one value of the open quantity, by generation, (generations + 1,) each.

    mean: expected value over runs. low, high: between which the mean lies with 95 %, whatever the truth and the noise
    may be; standard errors and the allowance of theory are inside. ratio_low, ratio_high: the same of mean / mean of
    generation 0. runs: the metric of single runs, (truths, runs, generations + 1), where they were drawn; those at
    several values share their luck; a study has one run of each truth. status: "exact", "asymptotic", "simulation" or
    "extrapolated".
    """

    mean: Array
    low: Array
    high: Array
    ratio_low: Array
    ratio_high: Array
    runs: Array | None = None
    status: str = "simulation"


class Planned(Protocol):
    """A subject of plans: a study, a table with an estimator, pilot runs.

    generations: the last one. metric, unit: what is planned for. more_is_better: whether a run that lost nothing has
    the largest value. signed: whether the metric may be below 0, so that ratios of it mean nothing. settings:
    real_rows, synthetic_rows, penalty ... as they are where they are not open; None where the workflow has none. opens:
    what may be left open. fine: to which part of itself a value is worth finding. batches: how often real rows and
    synthetic rows are drawn up to the last generation.
    """

    @property
    def generations(self) -> int: ...  # noqa: D102
    @property
    def metric(self) -> str: ...  # noqa: D102
    @property
    def unit(self) -> str: ...  # noqa: D102
    @property
    def more_is_better(self) -> bool: ...  # noqa: D102
    @property
    def signed(self) -> bool: ...  # noqa: D102
    @property
    def settings(self) -> Mapping[str, float | None]: ...  # noqa: D102
    @property
    def opens(self) -> Sequence[str]: ...  # noqa: D102
    @property
    def fine(self) -> float: ...  # noqa: D102
    @property
    def batches(self) -> tuple[int, int]: ...  # noqa: D102

    def domain(self, name: str) -> tuple[float, float]:
        """Return between which values of an open quantity one may look."""
        ...

    def judge(
        self, settings: Sequence[Mapping[str, float]], *, runs: bool = False, generations: int | None = None
    ) -> list[Judged]:
        """Say what is known at each of the settings; each replaces some of `settings`.

        runs: single runs are needed. generations: the last one, if not that of the plan.
        """
        ...

    def check(self, setting: Mapping[str, float], replicates: int) -> Array:
        """Draw independent runs, with luck that `judge` never had, (replicates, generations + 1)."""
        ...

    def assumptions(self) -> Sequence[Assumption]:
        """Return what the answer rests on."""
        ...

    def words(self) -> Sequence[tuple[str, str]]:
        """Echo what was asked, as (name, words)."""
        ...
