"""How is what a model adds to its rows carried from generation to generation? One linear recursion for every workflow.

A smoothing generator draws one of its training rows and noise: x' = a x + h z, z standard normal. So every expectation
that one such step multiplies by a known factor is carried by the shares of the loss alone, whatever the rows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_range
from genloss.workflows import TRUTH, Schedule, WorkflowLike, schedule_of
from genloss.workflows.traits import MIXED_LAW, OVERLAP, SUBSAMPLE, WHOLE_BATCHES

Complex = np.ndarray[tuple[int, ...], np.dtype[np.complex128]]

COVERED = WHOLE_BATCHES | {SUBSAMPLE, OVERLAP, MIXED_LAW}
_HELD = 50_000_000


@dataclass(frozen=True)
class Steps:
    """What each fit does to a row. bandwidth: h, scale: a, both (fits,)."""

    schedule: Schedule
    bandwidth: Array
    scale: Array

    @property
    def fits(self) -> int:
        """How many fits there are."""
        return len(self.schedule.train)


def steps_of(
    workflow: WorkflowLike,
    *,
    bandwidth: object,
    scale: object = 1.0,
    generations: int | None,
    covered: frozenset[str] = COVERED,
) -> Steps:
    """Return the steps of a workflow, or say what is wrong with them."""
    schedule = schedule_of(workflow, generations)
    schedule.refuse_uncovered(covered, "leave it out")
    meaning = "the standard deviation of the noise, >= 0; one number, or one per generation"
    noise = _each("bandwidth", bandwidth, len(schedule.train), meaning)
    meaning = "what a row is multiplied by, from 0 to 1; one number, or one per generation"
    return Steps(schedule, noise, _each("scale", scale, len(schedule.train), meaning, highest=1.0))


def _each(name: str, given: object, fits: int, meaning: str, highest: float = np.inf) -> Array:
    values = checked_range(name, given, lowest=0, highest=highest, meaning=meaning)  # type: ignore[arg-type]
    if values.ndim > 1 or (values.ndim == 1 and values.size < fits):
        raise Problem(name, f"shape {values.shape} for {fits} generations", f"give {meaning}")
    return np.broadcast_to(values, (fits,)) if values.ndim == 0 else values[:fits]


def origins_of(schedule: Schedule, generation: int) -> dict[int, float]:
    """Return the share of the loss that rows of each origin have, the truth's or a fit's."""
    found: dict[int, float] = {}
    for b, share in schedule.shares(generation).items():
        for origin, chance in schedule.batches[b].origins:
            found[origin] = found.get(origin, 0.0) + share * chance
    return found


def carried(schedule: Schedule, factors: Array, real: Array) -> Array:
    """Return factor x the mean over origins of each fit, (fits, F): the truth has `real` (F,), a fit what it got."""
    found = np.zeros_like(factors)
    for g in range(len(factors)):
        for origin, share in origins_of(schedule, g).items():
            found[g] += share * (real if origin == TRUTH else found[origin])
        found[g] *= factors[g]
    return found


def variances(steps: Steps, factors: Array, means: Complex, squares: Array, real: tuple[Complex, Array]) -> Array:
    r"""Return Var of the mean of f over each training set, (fits, F), for f with E(f(x') | x) = factor f(x) + constant.

    .. math:: Var(e_b) = (E|f|^2 - |E f|^2 - \rho^2 Var_{o(b)}) / n_b

    of rows of the fit o(b). factors: rho, means: E f and squares: E |f|^2 of rows of each fit, all (fits, F). real: the
    same two of the truth, (F,). Whole batches of one origin each.
    """
    schedule, count = steps.schedule, len(steps.schedule.batches)
    if steps.fits * count * factors.shape[1] > _HELD:
        many = f"{steps.fits} fits of {count} batches for {factors.shape[1]} numbers"
        raise Problem("generations", many, "give fewer generations, or fewer frequencies at once")
    loading, noise = np.zeros((steps.fits, count, factors.shape[1])), np.zeros((count, factors.shape[1]))
    found = np.zeros_like(factors)
    for g in range(steps.fits):
        for b in schedule.born[g]:
            batch = schedule.batches[b]
            o = batch.origin
            if o is None or o == TRUTH:
                noise[b] = (real[1] - np.abs(real[0]) ** 2) / batch.rows
            else:
                noise[b] = (squares[o] - np.abs(means[o]) ** 2 - factors[o] ** 2 * found[o]) / batch.rows
        for b, share in schedule.shares(g).items():
            o = schedule.batches[b].origin
            loading[g, b] += share
            if o is not None and o != TRUTH:
                loading[g] += share * factors[o] * loading[o]
        found[g] = (loading[g] ** 2 * np.maximum(noise, 0.0)).sum(axis=0)
    return found
