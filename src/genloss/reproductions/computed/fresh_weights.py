"""New real rows beside as many synthetic ones in every generation: what is the error at a weight of the real ones?"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from genloss.models.families.quadratic import gaussian_mean
from genloss.reproductions.computed.part import Array, Part, Theory
from genloss.simulation.families.quadratic import run_sums
from genloss.theory.workflows import variances
from genloss.workflows import Workflow


def parts(settings: Mapping[str, Any]) -> list[Part]:
    """Return a part for every family and weight; its one value, at the last generation, is the mean of the late ones.

    settings: rows (real ones, and as many synthetic), parameters, first and last of the late generations, weights.
    """
    rows, count, first, last = (settings[key] for key in ("rows", "parameters", "first", "last"))
    found = []
    for weight in settings["weights"]:
        flow = Workflow.from_dict({"kind": "fresh_real", "rows": rows, "real_weight": weight})
        exact = count * float(np.mean(np.asarray(variances(flow, generations=last))[first : last + 1]))
        axes = {"weight": weight}
        means = partial(_means, flow, count, first, last)
        theory = {last: Theory(exact, "exact", "workflow_covariance")}
        found.append(Part("Gaussian means", (last,), axes, means, theory=theory))
        fits = partial(_regressions, rows, count, weight, first, last)
        found.append(Part("least squares", (last,), axes, fits))
    return found


def _means(flow: Workflow, count: int, first: int, last: int, rng: np.random.Generator, replicates: int) -> Array:
    """Return the late mean of the squared error of a mean of some dimensions: independent means, added up."""
    runs = run_sums(gaussian_mean(), 0.0, flow.compile(last), replicates=count * replicates, rng=rng)
    late = (runs.estimates[first : last + 1] ** 2).mean(axis=0)
    return np.asarray(late.reshape(count, replicates).sum(axis=0)[None])


def _regressions(
    rows: int, count: int, weight: float, first: int, last: int, rng: np.random.Generator, replicates: int
) -> Array:
    """Return the late mean of the squared error of coefficients fitted to weighted rows with new inputs each time."""
    error: Array = np.zeros((replicates, count))
    late = np.zeros(replicates)
    for g in range(last + 1):
        real = _sums(np.zeros_like(error), rows, rng)
        made = _sums(error, rows, rng)
        both = real if g == 0 else tuple(weight * a + (1 - weight) * b for a, b in zip(real, made, strict=True))
        error = np.asarray(np.linalg.solve(both[0], both[1][..., None])[..., 0], dtype=float)
        late += (error**2).sum(axis=-1) * (g >= first)
    return np.asarray(late[None] / (last + 1 - first))


def _sums(teacher: Array, rows: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Return X'X / rows and X'y / rows of new rows labeled by a teacher with noise of variance 1."""
    x = rng.standard_normal((len(teacher), rows, teacher.shape[1]))
    y = (x @ teacher[..., None])[..., 0] + rng.standard_normal((len(teacher), rows))
    return x.mT @ x / rows, (x.mT @ y[..., None])[..., 0] / rows
