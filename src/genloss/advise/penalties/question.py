"""Which chain of fits is advice asked about? Its rows, its truth, and what a penalty, a weight or a row does to it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_range
from genloss.theory.reuse.batch import SharedRows
from genloss.theory.reuse.risks import Prepared, from_workflow, prepared
from genloss.theory.ridge.spectra import Nodes, PowerLaw, Spectrum, compress, signal_on
from genloss.workflows import WorkflowLike

__all__ = ["Array", "WorkflowOrBatches", "batches_of", "goal_weights", "power_on", "ready"]

WorkflowOrBatches = WorkflowLike | Sequence[SharedRows]
"""A workflow, or theory's batches of one, which carry their own noise and generations."""

_LISTED = 200  # eigenvalues that are not compressed


def power_on(spectrum: Spectrum, coefficients: ArrayLike | PowerLaw) -> tuple[Nodes, Array]:
    """Return nodes and the signal's power; a long list of eigenvalues is compressed to about 100 nodes."""
    nodes, power = signal_on(spectrum, coefficients)
    if not power.any():
        raise Problem("coefficients", "all 0: there is nothing to learn", "give a truth that is not 0")
    if isinstance(spectrum, PowerLaw | Nodes) or np.unique(nodes.values).size <= _LISTED:
        return nodes, power
    shorter = compress(nodes.values, power)
    assert shorter.power is not None
    return shorter, shorter.power


def batches_of(
    workflow: WorkflowOrBatches, noise: float | None, generations: int | None, design: str
) -> list[SharedRows]:
    """Return theory's batches of a workflow, or the batches that were given."""
    if isinstance(workflow, Sequence) and not isinstance(workflow, str):
        return _given(workflow, noise, generations)
    if noise is None:
        raise Problem("noise", "missing", "give the standard deviation of the label noise")
    return from_workflow(workflow, noise=noise, generations=generations, design=design)


def _given(batches: Sequence[SharedRows], noise: float | None, generations: int | None) -> list[SharedRows]:
    if not all(isinstance(each, SharedRows) for each in batches):
        raise Problem(
            "workflow", "a list whose entries are not batches", "give a workflow, or a list of theory.reuse.SharedRows"
        )
    for name, given in (("noise", noise), ("generations", generations)):
        if given is not None:
            raise Problem(name, "is given with batches, which have their own", "leave it out, or give a workflow")
    return list(batches)


def ready(spectrum: Spectrum, coefficients: ArrayLike | PowerLaw, batches: Sequence[SharedRows]) -> Prepared:
    """Check everything and set the chain's equations up."""
    nodes, power = power_on(spectrum, coefficients)
    return prepared(nodes, power, batches)


def goal_weights(goal: str, weights: ArrayLike | None, fits: int) -> Array:
    """Return the weight of every generation's risk in the goal, (fits,)."""
    if goal not in ("horizon", "sum"):
        raise Problem("goal", f"{goal!r} is not a goal", 'give "horizon" (the last generation) or "sum"')
    if weights is None:
        return np.ones(fits) if goal == "sum" else np.eye(fits)[-1]
    if goal == "horizon":
        raise Problem("weights", 'are given with goal = "horizon"', 'give goal = "sum" with weights, or no weights')
    given = checked_range("weights", weights, lowest=0, meaning="a weight >= 0 for the risk of every generation")
    if given.shape != (fits,) or not given.any():
        found = f"shape {given.shape} for {fits} generations" if given.shape != (fits,) else "all are 0"
        raise Problem("weights", found, "give one weight for each generation, not all 0")
    return given
