"""Refit a logistic or Poisson regression to labels that earlier fits drew on a table's own rows; judge it on others."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.models.likelihood import LINKS, maximize

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
        return last_before(self.ended.mean(axis=1) > share)


def last_before(beyond: NDArray[np.bool_]) -> int | None:
    """Return the last generation before the first that is marked, -1 where generation 0 is; None: none is."""
    return int(np.argmax(beyond)) - 1 if beyond.any() else None


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
    progress: Callable[[int, int], None] | None = None,
) -> Relabelled:
    """Fit real rows; let every fit label as many rows, the same inputs or resampled ones; refit; by maximum likelihood.

    inputs (rows, features), labels (rows,); held_...: rows that judge. workflow: "replace" or "accumulate" (all real
    rows and all labels so far). progress: called with (generations done, generations).
    Errors: `Problem` where the real rows have no estimate.
    """
    x, y, held_x, held_y = (np.asarray(given, dtype=float) for given in (inputs, labels, held_inputs, held_labels))
    if x.ndim != 2 or y.shape != (len(x),) or held_x.shape[1:] != x.shape[1:] or held_y.shape != (len(held_x),):
        raise Problem("inputs", f"shapes {x.shape}, {y.shape}, {held_x.shape}, {held_y.shape}", "give rows and labels")
    for name, given, known in (("workflow", workflow, WORKFLOWS), ("design", design, INPUTS)):
        if given not in known:
            raise Problem(name, f"{given!r}", f"give one of {', '.join(known)}")
    if kind not in LINKS:
        raise Problem("kind", f"{kind!r}", f"give one of {', '.join(LINKS)}")
    ones = np.column_stack([np.ones(len(x)), x])
    first, exists = maximize(kind, ones[None], y[None], np.full(len(y), 1 / len(y)))
    if not exists[0]:
        raise Problem("labels", f"generation 0: {LINKS[kind].missing}", "give more rows, or fewer features")
    fits, ended = [np.repeat(first, replicates, axis=0)], [np.zeros(replicates, dtype=bool)]
    # an input that is used more than once is one row: how often it was, and the sum of its labels
    counts, sums = np.ones((replicates, len(x))), np.tile(y, (replicates, 1))
    for g in range(generations):
        new_counts, new_sums = _labeled(kind, ones, fits[-1], design, rng)
        keep = float(workflow == "accumulate")
        counts, sums = keep * counts + new_counts, keep * sums + new_sums
        found, gone = fits[-1].copy(), ended[-1].copy()
        going = np.flatnonzero(~gone)
        if going.size:
            weights = counts[going] / counts[going].sum(axis=1, keepdims=True)
            means = np.divide(sums[going], counts[going], out=np.zeros_like(weights), where=counts[going] > 0)
            made, exists = maximize(kind, np.broadcast_to(ones, (len(going), *ones.shape)), means, weights)
            found[going[exists]] = made[exists]
            gone[going[~exists]] = True
        fits.append(found)
        ended.append(gone)
        if progress:
            progress(g + 1, generations)
    coefficients = np.array(fits)
    return Relabelled(_loss(kind, coefficients, held_x, held_y), np.array(ended), coefficients)


def _labeled(kind: str, ones: Array, coefficients: Array, design: str, rng: np.random.Generator) -> tuple[Array, Array]:
    """How often every input is used by each replicate, and the sum of the labels its fit gives it."""
    link, rows = LINKS[kind], len(ones)
    mean = link.mean(coefficients @ ones.T)
    if design == "same":
        return np.ones_like(mean), link.draw(mean, rng)
    places = rng.integers(rows, size=mean.shape)
    labels = link.draw(np.take_along_axis(mean, places, axis=1), rng)
    at = (places + rows * np.arange(len(mean))[:, None]).ravel()
    counts = np.bincount(at, minlength=mean.size).astype(float)
    sums = np.bincount(at, weights=labels.ravel(), minlength=mean.size)
    return np.reshape(counts, mean.shape), np.reshape(sums, mean.shape)


def _loss(kind: str, coefficients: Array, x: Array, y: Array) -> Array:
    eta = coefficients[..., :1] + coefficients[..., 1:] @ x.T
    return np.asarray((LINKS[kind].cumulant(eta) - y * eta).mean(axis=-1))
