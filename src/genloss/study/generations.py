"""What have a user's own generations lost? Their rows beside real ones, without a study."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from genloss.errors import Problem, nearest
from genloss.metrics import METRICS, SampleErrors, measure, named
from genloss.populations.own_rows import (
    Columns,
    Seen,
    as_rows,
    evidence_of,
    left_out,
    metrics_of,
    refuse_still,
    refuse_unlike,
    seen_of,
    sha256_of,
    to_bytes,
)
from genloss.results import Result, Row
from genloss.streams import stream
from genloss.version import __version__

RESAMPLES = 200
"""Bootstrap resamples behind a standard error."""


def measure_generations(
    real: Any, generations: Sequence[Any], *, metrics: str | Sequence[str] | None = None, seed: int = 0
) -> Result:
    """Measure every generation's rows beside real rows that no generation was trained on.

    real, each of generations: an array (rows, columns), a table of numbers and words, (X, y), or a list of texts, with
    the same columns. generations[0] is what the model made that was fitted to real rows alone. metrics: names of
    metrics that compare rows, default all of them. Returns rows of method "data", which name no study; standard errors
    are those of 200 bootstrap resamples of the real and of the made rows, so they count the rows at hand and not other
    runs of the same chain. Errors: `Problem` for unlike columns, data that are not finite numbers, and other metrics.

    >>> rng = np.random.default_rng(0)
    >>> real, first, later = (rng.normal(0, deviation, (3000, 2)) for deviation in (1, 1, 0.4))
    >>> found = measure_generations(real, [first, later], metrics=["variance_left"])
    >>> [round(row.value, 1) for row in found.rows]
    [1.0, 0.2]
    """
    reference = as_rows(real, "real")
    known = metrics_of(reference)
    asked = known if metrics is None else named(metrics)
    for name in asked:
        if name not in METRICS:
            raise Problem("metrics", f"{name!r} is not a metric", nearest(str(name), known))
        if name not in known:
            raise Problem("metrics", f"{name} does not compare rows", f"give some of {', '.join(known)}")
    if not isinstance(generations, list | tuple) or not generations:
        found = "none" if isinstance(generations, list | tuple) else f"a {type(generations).__name__}"
        raise Problem("generations", found, "give a list of the rows of each generation, generation 0 first: [rows]")
    rows, truth = [], seen_of(reference, "real")
    if any("real_rows" in METRICS[name].need_of(SampleErrors) for name in asked):
        refuse_still(truth, "real row", "real")
    first = {sha256_of(to_bytes(reference)): "real rows"}
    told = left_out(truth, "real row")
    for g, given in enumerate(generations):
        made = as_rows(given, "generations")
        refuse_unlike(made, reference, f"generation {g}")
        earlier = first.setdefault(sha256_of(to_bytes(made)), f"generation {g}")
        told += [] if earlier == f"generation {g}" else [_SAME.format(g=g, earlier=earlier)]
        seen = seen_of(made)
        rows += [_row(name, g, truth, seen, seed) for name in asked]
    return Result({"question": "What have these generations lost?"}, tuple(rows), tuple(told))


_SAME = (
    "generation {g} has the very rows of {earlier}, in the same order: nothing was drawn anew there, as happens "
    "where a sampler has one seed, or rows were read from a cache"
)


def _row(metric: str, generation: int, real: Seen, made: Seen, seed: int) -> Row:
    rng = stream(seed, "generations", metric, generation)
    pairs = ((_again(real, rng), _again(made, rng)) for _ in range(RESAMPLES))
    drawn = [float(measure(metric, evidence_of(*pair))) for pair in pairs]
    return Row(
        study="",
        cell="",
        case="",
        axes={},
        generation=generation,
        metric=metric,
        unit=METRICS[metric].unit,
        value=float(measure(metric, evidence_of(real, made))),
        standard_error=float(np.std(drawn, ddof=1)) or _one_row(metric, real, made),
        replicates=1,
        method="data",
        engine=f"bootstrap of {RESAMPLES}",
        version=__version__,
    )


def _one_row(metric: str, real: Seen, made: Seen) -> float:
    """How far one made row could move the value: the error where no resample differs, as with nothing in the tail."""
    moved: Any = made[np.arange(len(made) - 1)]
    moved = moved.joined(real[np.array([_farthest(real)])])
    return abs(float(measure(metric, evidence_of(real, moved))) - float(measure(metric, evidence_of(real, made))))


def _farthest(real: Seen) -> int:
    """The place of the row farthest from the mean of columns of numbers; the last one where there are none."""
    if not isinstance(real, Columns) or not real.names:
        return len(real) - 1
    return int(np.argmax(np.abs(real.numbers - real.numbers.mean(axis=0)).sum(axis=1)))


def _again(seen: Seen, rng: np.random.Generator) -> Seen:
    return seen[rng.integers(len(seen), size=len(seen))]
