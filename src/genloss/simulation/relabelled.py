"""Refit a logistic or Poisson regression to labels that earlier fits drew on a table's own rows; judge it on others."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.models.families import Regression
from genloss.models.likelihood import LINKS

Array = NDArray[np.float64]
INPUTS = ("same", "resampled")
WORKFLOWS = ("replace", "accumulate")


@dataclass(frozen=True)
class Relabelled:
    """Arrays (fits, replicates), generation 0 first, which all replicates share.

    loss: mean negative log likelihood of the held-out labels, up to what does not depend on the fit. ended: whether
    the estimate did not exist in this or an earlier generation; the last one that did stays.
    coefficients: (fits, replicates, features + 1), the intercept first.
    """

    loss: Array
    ended: NDArray[np.bool_]
    coefficients: Array

    def horizon(self, share: float = 0.0) -> int | None:
        """Return the last generation up to which at most this share of replicates has ended; None: all."""
        beyond = np.flatnonzero(self.ended.mean(axis=1) > share)
        return int(beyond[0]) - 1 if beyond.size else None


def relabelled(
    inputs: ArrayLike,
    labels: ArrayLike,
    held_inputs: ArrayLike,
    held_labels: ArrayLike,
    *,
    generations: int,
    replicates: int,
    rng: np.random.Generator,
    kind: str = "logistic",
    workflow: str = "replace",
    design: str = "same",
) -> Relabelled:
    """Fit real rows; let every fit label as many rows, the same inputs or resampled ones; refit; by maximum likelihood.

    inputs (rows, features), labels (rows,); held_...: rows that judge. workflow: "replace" or "accumulate" (all real
    rows and all labels so far). Errors: `Problem` where the real rows have no estimate.
    """
    x, y, held_x, held_y = (np.asarray(given, dtype=float) for given in (inputs, labels, held_inputs, held_labels))
    if x.ndim != 2 or y.shape != (len(x),) or held_x.shape[1:] != x.shape[1:] or held_y.shape != (len(held_x),):
        raise Problem("inputs", f"shapes {x.shape}, {y.shape}, {held_x.shape}, {held_y.shape}", "give rows and labels")
    for name, given, known in (("workflow", workflow, WORKFLOWS), ("design", design, INPUTS)):
        if given not in known:
            raise Problem(name, f"{given!r}", f"give one of {', '.join(known)}")
    family = Regression(kind, x.shape[1])
    rows = np.column_stack([x, y])[None]
    first, exists = family.fit(rows, np.full(len(y), 1 / len(y)), len(y))
    if not exists[0]:
        raise Problem("labels", f"generation 0: {family.missing}", "give more rows, or fewer features")
    fits, ended = [np.repeat(first, replicates, axis=0)], [np.zeros(replicates, dtype=bool)]
    pool = np.repeat(rows, replicates, axis=0)
    for _ in range(generations):
        new = _labeled(family, x, fits[-1], design, rng)
        pool = np.concatenate([pool, new], axis=1) if workflow == "accumulate" else new
        found, exists = family.fit(pool, np.full(pool.shape[1], 1 / pool.shape[1]), pool.shape[1])
        gone = ended[-1] | ~exists
        fits.append(np.where(gone[:, None], fits[-1], found))
        ended.append(gone)
    coefficients = np.array(fits)
    return Relabelled(_loss(kind, coefficients, held_x, held_y), np.array(ended), coefficients)


def _labeled(family: Regression, x: Array, coefficients: Array, design: str, rng: np.random.Generator) -> Array:
    """Rows whose labels every replicate's fit draws, (replicates, rows, features + 1)."""
    shape = (len(coefficients), len(x))
    places = np.broadcast_to(np.arange(len(x)), shape) if design == "same" else rng.integers(len(x), size=shape)
    z = x[places]
    link = LINKS[family.kind]
    mean = link.mean(coefficients[:, :1] + (z @ coefficients[:, 1:, None])[..., 0])
    return np.concatenate([z, link.draw(mean, rng)[..., None]], axis=-1)


def _loss(kind: str, coefficients: Array, x: Array, y: Array) -> Array:
    eta = coefficients[..., :1] + coefficients[..., 1:] @ x.T
    return np.asarray((LINKS[kind].cumulant(eta) - y * eta).mean(axis=-1))
