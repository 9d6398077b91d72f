"""What have a user's own generations lost? Their rows beside real ones, without a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from genloss.errors import Problem, nearest
from genloss.metrics import METRICS, SampleErrors, measure
from genloss.results import Result, Row
from genloss.streams import stream
from genloss.study.spec.objects import table_of
from genloss.version import __version__

RESAMPLES = 200
"""Bootstrap resamples behind a standard error."""


def measure_generations(
    real: Any, generations: Sequence[Any], *, metrics: Sequence[str] | None = None, seed: int = 0
) -> Result:
    """Measure every generation's rows beside real rows that no generation was trained on.

    real, each of generations: an array (rows, columns), a DataFrame of numbers, or (X, y); the same columns in the
    same order. generations[0] is what the model made that was fitted to real rows alone. metrics: names of metrics that
    compare rows, default all of them. Returns rows of method "data", which name no study; standard errors are those of
    200 bootstrap resamples of the real and of the made rows, so they count the rows at hand and not other runs of the
    same chain. Errors: `Problem` for unlike columns, data that are not finite numbers, and other metrics.

    >>> rng = np.random.default_rng(0)
    >>> real, first, later = (rng.normal(0, deviation, (3000, 2)) for deviation in (1, 1, 0.4))
    >>> found = measure_generations(real, [first, later], metrics=["variance_left"])
    >>> [round(row.value, 1) for row in found.rows]
    [1.0, 0.2]
    """
    known = [name for name, metric in METRICS.items() if "samples" in metric.subjects]
    asked = known if metrics is None else list(metrics)
    for name in asked:
        if name not in METRICS:
            raise Problem("metrics", f"{name!r} is not a metric", nearest(str(name), known))
        if name not in known:
            raise Problem("metrics", f"{name} does not compare rows", f"give some of {', '.join(known)}")
    reference = table_of(real)
    if not isinstance(generations, list | tuple) or not generations:
        found = "none" if isinstance(generations, list | tuple) else f"a {type(generations).__name__}"
        raise Problem("generations", found, "give a list of the rows of each generation, generation 0 first: [rows]")
    rows = []
    for g, given in enumerate(generations):
        made = table_of(given)
        if made.shape[1] != reference.shape[1]:
            found = f"generation {g} has {_columns(made)}, and the real rows have {reference.shape[1]}"
            raise Problem("generations", found, "give the same columns in the same order")
        rows += [_row(name, g, reference, made, seed) for name in asked]
    return Result({"question": "What have these generations lost?"}, tuple(rows))


def _columns(rows: np.ndarray[Any, Any]) -> str:
    return "1 column" if rows.shape[1] == 1 else f"{rows.shape[1]} columns"


def _row(metric: str, generation: int, real: np.ndarray[Any, Any], made: np.ndarray[Any, Any], seed: int) -> Row:
    rng = stream(seed, "generations", metric, generation)
    drawn = [
        float(measure(metric, SampleErrors(real[_again(real, rng)], made[_again(made, rng)]))) for _ in range(RESAMPLES)
    ]
    return Row(
        study="",
        cell="",
        case="",
        axes={},
        generation=generation,
        metric=metric,
        unit=METRICS[metric].unit,
        value=float(measure(metric, SampleErrors(real, made))),
        standard_error=float(np.std(drawn, ddof=1)) or _one_row(metric, real, made),
        replicates=1,
        method="data",
        engine=f"bootstrap of {RESAMPLES}",
        version=__version__,
    )


def _one_row(metric: str, real: np.ndarray[Any, Any], made: np.ndarray[Any, Any]) -> float:
    """How far one made row could move the value: the error where no resample differs, as with nothing in the tail."""
    farthest = real[np.argmax(np.abs(real - real.mean(axis=0)).sum(axis=1))]
    moved = np.concatenate([made[:-1], farthest[None]])
    return abs(float(measure(metric, SampleErrors(real, moved))) - float(measure(metric, SampleErrors(real, made))))


def _again(rows: np.ndarray[Any, Any], rng: np.random.Generator) -> np.ndarray[Any, Any]:
    return rng.integers(len(rows), size=len(rows))
