r"""How fast does a regression's held-out loss grow when its own fits label its rows again and again?

Given the real rows generation 0 is fixed, b_0. Each later batch of n labels adds noise of covariance J to the scores,
J = sum V(eta) x x' over the rows at that fit. So to first order Cov of fit g is (c_g - 1) J^-1, c the workflow's
covariance for variance 1 and n rows a batch, times n, less what the real batch brings. Likelihoods with canonical link
keep the sum of x E y from generation to generation, so fits move away from b_0 by

.. math:: E b_g - b_0 = -\tfrac12 (c_g - 1) J^{-1} \sum_i A^{(3)}(\eta_i)\, h_i x_i, \quad h_i = x_i' J^{-1} x_i

and with s the slope and H the curvature of the held-out loss at b_0

.. math:: E \, loss_g = loss_0 + s' (E b_g - b_0) + \tfrac12 (c_g - 1) \, tr(H J^{-1})

replace: c_g - 1 = g. accumulate: the sum of 1/j^2, j = 2..g+1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.models.likelihood import LINKS
from genloss.theory.arguments import guarded
from genloss.theory.workflows.errors_of_fits import variances
from genloss.workflows import WorkflowLike, accumulate, replace, schedule_of

__all__ = ["bias", "expected_loss_growth", "growth"]

Array = NDArray[np.float64]


@guarded
def bias(coefficients: ArrayLike, inputs: ArrayLike, kind: str = "logistic", offset: ArrayLike = 0.0) -> Array:
    """Return what one more batch adds to the mean of the coefficients, (features + 1,); also the bias of a first fit.

    coefficients: the intercept first. inputs: (rows, features). offset: what linear predictors have
    beside the coefficients, a number or (rows,). Status: asymptotic, first order in 1 / rows.
    Source: docs/theory/tables.md. Checked by tests/statistical/test_relabeled.py.
    """
    x, b = _ones(inputs), np.asarray(coefficients, dtype=float)
    eta = x @ b + np.asarray(offset, dtype=float)
    return _bias(x, eta, kind, np.asarray(np.linalg.inv(_information(x, eta, kind))))


def _bias(x: Array, eta: Array, kind: str, inverse: Array) -> Array:
    leverage = ((x @ inverse) * x).sum(axis=1)
    return np.asarray(-inverse @ (x.T @ (LINKS[kind].third(eta) * leverage)) / 2)


@guarded
def expected_loss_growth(
    coefficients: ArrayLike,
    inputs: ArrayLike,
    held_inputs: ArrayLike,
    held_labels: ArrayLike,
    kind: str = "logistic",
    offsets: tuple[ArrayLike, ArrayLike] = (0.0, 0.0),
) -> float:
    """Return s' bias + tr(H J^-1) / 2: what one unit of c_g - 1 adds to the held-out loss.

    coefficients: of the first fit, the intercept first. inputs, held_inputs: (rows, features). kind: "logistic" or
    "poisson". offsets: of rows and of held-out rows, as in `bias`. Status: asymptotic, many rows at a fixed generation.
    Source: docs/theory/tables.md. Checked by tests/statistical/test_relabeled.py.
    """
    b, x, z = np.asarray(coefficients, dtype=float), _ones(inputs), _ones(held_inputs)
    link, labels = LINKS[kind], np.asarray(held_labels, dtype=float)
    eta, held = (rows @ b + np.asarray(o, dtype=float) for rows, o in zip((x, z), offsets, strict=True))
    slope = z.T @ (link.mean(held) - labels) / len(z)
    spread = np.asarray(np.linalg.inv(_information(x, eta, kind)))
    return float(slope @ _bias(x, eta, kind, spread) + np.trace(spread @ _information(z, held, kind)) / 2 / len(z))


def _ones(inputs: ArrayLike) -> Array:
    given = np.asarray(inputs, dtype=float)
    return np.column_stack([np.ones(len(given)), given])


def _information(x: Array, eta: Array, kind: str) -> Array:
    return np.asarray(x.T @ (LINKS[kind].weight(eta)[:, None] * x))


@guarded
def growth(workflow: WorkflowLike, generations: int | None = None) -> Array:
    """Return c_g - 1 for replace or accumulate of equal batches, given the real rows, (generations + 1,).

    workflow: any `WorkflowLike`; how many rows a batch has does not matter. generations: the last one; a `Schedule`
    has its own. Errors: `Problem` for other workflows.
    Status: asymptotic, many rows at a fixed generation. Source: docs/theory/tables.md.
    Checked by tests/statistical/test_relabeled.py.

    >>> growth("accumulate", 2).round(4).tolist()
    [0.0, 0.25, 0.3611]
    """
    schedule = schedule_of(workflow, generations, rows=1)
    last, rows = len(schedule.train) - 1, schedule.batches[0].rows
    for made in (replace, accumulate):
        if schedule == made(rows).compile(last):
            return variances(made(1), generations=last, limit=True) - 1
    raise Problem("workflow", "not replace or accumulate of equal batches", "give one of the two")


def __dir__() -> list[str]:
    return sorted(__all__)
