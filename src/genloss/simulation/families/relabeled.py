"""Refit a logistic or Poisson regression to labels that earlier fits drew on a table's own rows; judge it on others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.models.laws import Law, LawFit
from genloss.models.likelihood import LINKS, maximize
from genloss.simulation import loop
from genloss.workflows import NAMED, Batch, Use

Array = NDArray[np.float64]
INPUTS = ("same", "resampled")
WORKFLOWS = ("replace", "accumulate")


@dataclass(frozen=True)
class Relabeled:
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


def relabeled(
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
    offsets: tuple[ArrayLike, ArrayLike] = (0.0, 0.0),
) -> Relabeled:
    """Fit real rows; let every fit label as many rows, the same inputs or resampled ones; refit; by maximum likelihood.

    inputs (rows, features), labels (rows,); held_...: rows that judge. workflow: "replace" or "accumulate" (all real
    rows and all labels so far). progress: called with (generations done, generations). offsets: what linear predictors
    of rows and of held-out rows have beside the coefficients, numbers or (rows,).
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
    beside, held_beside = (
        np.broadcast_to(np.asarray(o, dtype=float), len(r)) for o, r in zip(offsets, (x, held_x), strict=True)
    )
    first, exists = maximize(kind, ones[None], y[None], np.full(len(y), 1 / len(y)), offset=beside)
    if not exists[0]:
        raise Problem("labels", f"generation 0: {LINKS[kind].missing}", "give more rows, or fewer features")
    start = LawFit(
        _Regression(kind, ones, design, beside), np.repeat(first, replicates, axis=0), np.zeros(replicates, dtype=bool)
    )
    pool = _Counted(np.ones((replicates, len(x))), np.tile(y, (replicates, 1)))
    keep = float(workflow == "accumulate")

    def drawn(batch: Batch, fits: Sequence[LawFit]) -> None:
        """Put the labels of the fit before into the pool, which is all that is kept."""
        nonlocal pool
        if not batch.real:
            new = fits[-1].sample(batch.rows, rng)
            pool = _Counted(keep * pool.counts + new.counts, keep * pool.sums + new.sums)

    def fitted(g: int, _uses: Sequence[Use], _kept: Mapping[int, None], fits: Sequence[LawFit]) -> LawFit:
        if not fits:
            return start
        going = ~fits[-1].ended
        if progress:
            progress(g, generations)
        return _refitted(start.law, pool.only(going)).after(fits[-1]) if going.any() else fits[-1]

    schedule = NAMED[workflow](len(x)).compile(generations)
    fits = list(loop.generations(schedule, drawn, fitted))
    coefficients = np.array([fit.parameters for fit in fits])
    loss = _loss(kind, coefficients, held_x, held_y, held_beside)
    return Relabeled(loss, np.array([fit.ended for fit in fits]), coefficients)


@dataclass(frozen=True, eq=False)
class _Counted:
    """Labels on a table's rows: how often each row was used, and the sum of its labels, (replicates, rows) each."""

    counts: Array
    sums: Array

    def only(self, chosen: NDArray[np.bool_]) -> _Counted:
        """Return some of the replicates."""
        return _Counted(self.counts[chosen], self.sums[chosen])


@dataclass(frozen=True, eq=False)
class _Regression:
    """The law of labels on a table's rows; parameters are coefficients, the intercept first."""

    kind: str
    ones: Array
    design: str
    offset: Array
    name: str = "labels"

    def draw(self, parameters: Array, rows: int, rng: np.random.Generator) -> _Counted:
        """Draw labels of the same rows, or of as many rows drawn from them."""
        del rows
        link, count = LINKS[self.kind], len(self.ones)
        mean = link.mean(parameters @ self.ones.T + self.offset)
        if self.design == "same":
            return _Counted(np.ones_like(mean), link.draw(mean, rng))
        places = rng.integers(count, size=mean.shape)
        labels = link.draw(np.take_along_axis(mean, places, axis=1), rng)
        at = (places + count * np.arange(len(mean))[:, None]).ravel()
        counts = np.bincount(at, minlength=mean.size).astype(float)
        sums = np.bincount(at, weights=labels.ravel(), minlength=mean.size)
        return _Counted(np.reshape(counts, mean.shape), np.reshape(sums, mean.shape))

    def estimate(self, rows: _Counted, weights: Array, size: float) -> tuple[Array, NDArray[np.bool_]]:
        """Maximize the likelihood; weights: share of each row's uses, (replicates, rows)."""
        del size
        means = np.divide(rows.sums, rows.counts, out=np.zeros_like(weights), where=rows.counts > 0)
        design = np.broadcast_to(self.ones, (len(weights), *self.ones.shape))
        return maximize(self.kind, design, means, weights, offset=self.offset)


def _refitted(law: Law, pool: _Counted) -> LawFit:
    used = pool.counts.sum(axis=1, keepdims=True)
    found, exists = law.estimate(pool, pool.counts / used, float(used[0, 0]))
    return LawFit(law, found, ~exists)


def _loss(kind: str, coefficients: Array, x: Array, y: Array, offset: Array) -> Array:
    eta = coefficients[..., :1] + coefficients[..., 1:] @ x.T + offset
    return np.asarray((LINKS[kind].cumulant(eta) - y * eta).mean(axis=-1))
