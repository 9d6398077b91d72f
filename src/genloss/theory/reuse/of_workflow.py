"""Which workflows can theory follow when rows are trained on again, and what does it call their batches?"""

from __future__ import annotations

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, guarded
from genloss.theory.reuse.batch import SharedRows
from genloss.theory.ridge.pools import noise_scale
from genloss.workflows import TRUTH, Batch, Schedule, WorkflowLike, schedule_of
from genloss.workflows.edits import is_edited, places_in_data_set
from genloss.workflows.traits import MIXED_LAW, SIZES, SUBSAMPLE, WHOLE_BATCHES, sampler

__all__ = ["from_workflow", "reuse_reason", "reuse_too_large", "uses_of"]

COVERED = WHOLE_BATCHES | {SUBSAMPLE, MIXED_LAW} | sampler("variance_scale", "sampling_bias")
ON_THE_SAME_INPUTS = COVERED - {SUBSAMPLE, MIXED_LAW, SIZES}
"""What is covered where every fit has the same inputs."""

Whole = np.ndarray[tuple[int, ...], np.dtype[np.int64]]

_LARGEST = 250_000_000  # numbers held at once: 2 GB


@guarded
def from_workflow(
    workflow: WorkflowLike, *, noise: float, generations: int | None = None, design: str = "fresh"
) -> list[SharedRows]:
    """Return the batches of a workflow, for `risk`; fit g is generation g.

    workflow: any `WorkflowLike`, with `generations` the last one; a `Schedule` has its own. noise:
    standard deviation of the label noise. design: "fresh" inputs for every batch, or the "same" for all.

    A batch has the per-row weight omega = share of the loss x rows used / rows of the batch. A mixed law
    is one batch per origin with its expected number of rows. A subsample of `take` out of a pool uses
    each row with probability take / pool, or that often if drawn with replacement. On the same inputs
    all batches are one, labeled for each fit by the weighted mean of its batches' labels; where rows take the place of
    others, the inputs of every place stay, and places whose labels are rewritten by the same fits are one batch.

    Errors: `Problem` that says what of the workflow has no such form: filters, samplers other than
    variance_scale and sampling_bias, a batch that one fit uses both whole and as a subsample.
    Status: exact as a description; subsamples are described by how often they use a row.
    Source: docs/theory/reuse.md, the table of workflows. Checked by tests/unit/test_reuse_workflow.py and
    tests/statistical/test_reuse_workflows.py.

    >>> from genloss.workflows import accumulate
    >>> [(b.rows, b.weights.tolist()) for b in from_workflow(accumulate(100).compile(1), noise=0.5)]
    [(100.0, [1.0, 1.0]), (100.0, [0.0, 1.0])]
    """
    spread = checked_one("noise", noise, lowest=0, meaning="a standard deviation >= 0")
    if design not in ("fresh", "same"):
        raise Problem(
            "design", f"{design!r} is not a design", 'give "fresh" inputs for every batch, or the "same" for all'
        )
    schedule = schedule_of(workflow, generations)
    reason = reuse_reason(schedule, design)
    if reason is not None:
        raise Problem("workflow", reason, "simulate it")
    large = reuse_too_large(len(schedule.train), 1, len(schedule.batches))
    if large is not None:
        raise Problem("generations", large, "give fewer generations, or simulate it")
    if design == "same":
        return _rewritten(schedule, spread) if is_edited(schedule) else [_on_the_same_inputs(schedule, spread)]
    weights, sampled, replace = uses_of(schedule)
    return [
        SharedRows(
            batch.rows * probability,
            weights[:, b],
            _taught_by(origin, len(schedule.train)),
            _noise_of(batch, origin, spread),
            sampled[:, b] if np.any(sampled[:, b] != 1) else None,
            replace[:, b],
        )
        for b, batch in enumerate(schedule.batches)
        if weights[:, b].any()
        for origin, probability in batch.origins
    ]


def reuse_reason(schedule: Schedule, design: str = "fresh") -> str | None:
    """Say what of a schedule cannot be said in batches of fixed weights, or None."""
    left = schedule.uncovered(COVERED)
    if left is not None or design != "same":
        return left
    if is_edited(schedule):
        left = schedule.uncovered(ON_THE_SAME_INPUTS | {SIZES}) or _growth(schedule)
    else:
        left = schedule.uncovered(ON_THE_SAME_INPUTS)
    return left and f"{left}, while all fits have the same inputs"


def reuse_too_large(fits: int, directions: int, batches: int) -> str | None:
    """Say that the responses of so many fits to each other would not fit into memory, or None."""
    if fits**2 * (directions + 8 * batches) > _LARGEST:
        directed = f" in {directions} directions" if directions > 1 else ""
        return f"{fits} fits that share {batches} batches{directed} would take more than 2 GB"
    return None


def uses_of(schedule: Schedule) -> tuple[Array, Array, np.ndarray[tuple[int, ...], np.dtype[np.bool_]]]:
    """Weights, how often a row is used, and whether drawn with replacement, (fits, batches) each."""
    shape = len(schedule.train), len(schedule.batches)
    weights, sampled, replace = np.zeros(shape), np.ones(shape), np.zeros(shape, dtype=bool)
    rows = np.array([float(batch.rows) for batch in schedule.batches])
    for g, uses in enumerate(schedule.train):
        for use in uses:
            if schedule.is_subsample(use):
                chosen = list(use.batches)
                sampled[g, chosen] = float(use.take or 0) / rows[chosen].sum()
                replace[g, chosen] = use.replace
        loss = schedule.shares(g)
        chosen = [b for b, part in loss.items() if part > 0]
        count = rows[chosen] * sampled[g, chosen]
        weights[g, chosen] = np.array([loss[b] for b in chosen]) * count.sum() / count
    return np.where(np.isclose(weights, 1.0, rtol=1e-12, atol=0), 1.0, weights), sampled, replace


def _taught_by(origin: int, fits: int) -> Array:
    teachers = np.zeros((fits, fits))
    if origin != TRUTH:
        teachers[origin + 1 :, origin] = 1.0
    return teachers


def _noise_of(batch: Batch, origin: int, noise: float) -> float:
    """Return the noise of one origin's labels."""
    return noise * float(np.sqrt(noise_scale(batch, origin)))


def _on_the_same_inputs(schedule: Schedule, noise: float) -> SharedRows:
    """One batch: each fit sees, on every row, the mean of its batches' labels by their shares of the loss."""
    fits = len(schedule.train)
    shares = np.zeros((fits, len(schedule.batches)))
    teachers = np.zeros((fits, fits))
    for g in range(fits):
        for b, share in schedule.shares(g).items():
            shares[g, b] = share
            origin = schedule.batches[b].origins[0][0]
            if origin != TRUTH:
                teachers[g, origin] += share
    each = np.array([_noise_of(batch, batch.origins[0][0], noise) for batch in schedule.batches])
    covariance = (shares * each) @ (shares * each).T
    return SharedRows(schedule.batches[0].rows, np.ones(fits), teachers, 0.0, noise_covariance=covariance)


def _growth(schedule: Schedule) -> str | None:
    """Say that a data set has more places than its first rows, or None."""
    last = max(int(places.max()) for places in places_in_data_set(schedule.batches))
    first = sum(batch.rows for batch in schedule.batches if batch.birth == 0)
    return None if last < first else f"rows without a place join the {first} rows of generation 0"


def _rewritten(schedule: Schedule, noise: float) -> list[SharedRows]:
    """One batch for all places with the same labels in every fit, whose rows are used by their batch's weight."""
    weights, _, _ = uses_of(schedule)
    histories = _histories(schedule)
    return [
        _places(schedule, weights, np.array(history), count, noise)
        for history, count in zip(*np.unique(histories, axis=0, return_counts=True), strict=True)
    ]


def _histories(schedule: Schedule) -> Whole:
    """Return which batch stands at each place in each generation, (places, fits)."""
    places = places_in_data_set(schedule.batches)
    standing = np.zeros((1 + max(int(each.max()) for each in places), len(schedule.train)), dtype=np.int64)
    for b, (batch, at) in enumerate(zip(schedule.batches, places, strict=True)):
        standing[at, batch.birth :] = b
    return standing


def _places(schedule: Schedule, weights: Array, history: Whole, count: int, noise: float) -> SharedRows:
    fits = np.arange(history.size)
    origin = np.array([schedule.batches[b].origins[0][0] for b in history])
    spread = np.array([_noise_of(schedule.batches[b], schedule.batches[b].origins[0][0], noise) for b in history])
    teachers = np.zeros((history.size, history.size))
    teachers[fits[origin != TRUTH], origin[origin != TRUTH]] = 1.0
    kept = (history[:, None] == history) * np.outer(spread, spread)
    return SharedRows(float(count), weights[fits, history], teachers, 0.0, noise_covariance=kept)
