"""Which of a study's metrics does the Gaussian chain have exact laws of?"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from genloss.theory.ridge.accumulate import accumulate_reason
from genloss.workflows import Schedule, chain
from genloss.workflows.traits import REPLACE

Array = NDArray[np.float64]


_OF_REPLACE = ("variance_left", "log_variance", "squared_distance", "below_one_percent")

RAREST = 20.0
"""Mean square over squared mean beyond which a mean says nothing of a run: rare chains carry it."""
CARRIED = "beyond some generation rare chains carry the mean (its square is less than 1/20 of the mean square)"


def has_gaussian_curve(schedule: Schedule, metric: str) -> bool:
    """Whether `gaussian_curve` knows a metric."""
    if schedule.uncovered(REPLACE) is None:
        return metric in _OF_REPLACE
    return metric == "variance_left" and accumulate_reason(schedule, 0) is None


def gaussian_curve(schedule: Schedule, metric: str, divisor: str) -> tuple[Array, str] | None:
    """Return a metric by generation and its formula's name, for replace and accumulate; None where none is known.

    Means that rare chains carry are nan, because `CARRIED`: their simulation would lie below them, its standard error
    with it. The medians tell more there.
    """
    if not has_gaussian_curve(schedule, metric):
        return None
    order = np.arange(len(schedule.train))
    if schedule.uncovered(REPLACE) is None:
        rows = [float(batch.rows) for batch in chain(schedule)]
        return _replace(metric, {"rows": rows, "generation": order, "divisor": divisor})
    from genloss.theory.gaussian import accumulated_moments  # which loads scipy

    rows = [float(batch.rows) for batch in schedule.batches]
    moments = accumulated_moments(rows=rows, generation=order, divisor=divisor)
    return moments.variance, "accumulated_moments"


def _replace(metric: str, known: dict[str, object]) -> tuple[Array, str]:
    from genloss.theory.gaussian import log_variance, squared_distance, variance_below, variance_moment

    if metric == "variance_left":
        mean, square = (variance_moment(power, **known) for power in (1.0, 2.0))  # type: ignore[arg-type]
        return np.where(square <= RAREST * mean**2, mean, np.nan), "variance_moment"
    if metric == "log_variance":
        return log_variance(**known).mean, "log_variance"  # type: ignore[arg-type]
    if metric == "squared_distance":
        law = squared_distance(**known)  # type: ignore[arg-type]
        return np.where(law.variance <= (RAREST - 1) * law.mean**2, law.mean, np.nan), "squared_distance"
    return variance_below(0.01, **known), "variance_below"  # type: ignore[arg-type]
