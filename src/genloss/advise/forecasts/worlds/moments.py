"""What is the risk of a linear truth if a fit has no luck? Of many truths at once, from their second moments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Protocol

import numpy as np

from genloss.advise.forecasts.worlds.columns import NEAR, Columns, sure
from genloss.advise.forecasts.worlds.directions import Directions
from genloss.advise.forecasts.worlds.linear import Populations
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.models.pairs import Pairs
from genloss.simulation.loop import generations
from genloss.workflows import Batch, Schedule, Use


@dataclass(frozen=True, eq=False)
class Sums:
    """G (paths, m, m) and h (paths, m) of a batch: sums, or means, of q q' and q y."""

    gram: Array
    right: Array


@dataclass(frozen=True, eq=False)
class Moments:
    """Of truths, in columns q. gram: mean q q' of the population, (truths, m, m); clean: coefficients, (truths, m).

    noise: variance of labels of models, (truths,). scores: mean of r^2 q q' over the population, r the residual that a
    real row keeps, (truths, m, m).
    """

    gram: Array
    clean: Array
    noise: Array
    scores: Array

    @cached_property
    def sure(self) -> bool:
        """Whether in no population a column is nearly a sum of those before it."""
        return bool(sure(self.gram).all())

    def plain_risks(self, one: Array, measure: Array) -> Array:
        """Return the risk of each truth's mean over its population, (truths,). one (m,): coefficients of 1.

        measure: mean q q' of the inputs that judge, (truths, m, m).
        """
        means = (times(self.gram, self.clean) * one).sum(axis=1, keepdims=True)
        return squared(self.clean - means * one, measure)


class Fitting(Protocol):
    """A penalized least squares fit in columns."""

    @property
    def columns(self) -> Columns: ...  # noqa: D102

    def estimate(self, gram: Array, right: Array, rows: float) -> Array:
        """Fit every run to means over so many rows."""
        ...

    def beside_the_mean(self, rows: float) -> float:
        """Return the penalty beside the mean of squares of a fit to so many rows."""
        ...

    def judging(self, grams: Array) -> Array:
        """Return the mean q q' of the inputs that judge fits in each truth, (truths, m, m)."""
        ...


def moments_of(drawn: Populations, pairs: Pairs, along: Array) -> Moments:
    """Return the moments of populations. pairs: of the rows that weigh; along: as `along_columns` has it."""
    clean, squares = drawn.lines @ along, drawn.residuals**2
    squares *= drawn.weights
    gram = pairs.sums(drawn.weights) if drawn.gram is None else drawn.gram
    return Moments(gram, clean, drawn.noise**2, pairs.sums(squares))


def along_columns(columns: Columns, x: Array, directions: Directions) -> Array:
    """Write 1 and directions in columns, (k + 1, m). x: the inputs that the columns are of, (T, d)."""
    ones = np.column_stack([np.ones(columns.size), directions.turn(x)])
    return np.asarray(ones.T @ columns.values / columns.size)


def joined(parts: Sequence[Moments]) -> Moments:
    """Return the moments of all truths of some parts."""
    names = ("gram", "clean", "noise", "scores")
    return Moments(*(np.concatenate([getattr(each, name) for each in parts]) for name in names))


def lasting(fitting: Fitting, moments: Moments, schedule: Schedule, in_hand: Sums | None) -> Array:
    """Return the risk of every truth in a chain of means, (truths, generations + 1).

    Every batch shows its population and labels have no noise, but those of the rows in hand, if there are any, in
    generation 0. Labels are lines, so batches but these have one sum of squares and differ in coefficients alone.
    """
    means = _Means(fitting, moments, in_hand)

    def draw(batch: Batch, fits: Sequence[Array]) -> Array | None:
        if batch.real:
            return None if in_hand is not None and batch.birth == 0 else moments.clean
        return fits[batch.origins[0][0]]

    def fit(g: int, uses: Sequence[Use], kept: Mapping[int, Array | None], fits: Sequence[Array]) -> Array:
        del uses, fits
        lines = [(share, kept[b]) for b, share in schedule.shares(g).items()]
        own = sum(share for share, line in lines if line is None)
        return means.fit(_label(lines, moments.clean), own, float(schedule.rows_used(g).sum()))

    risks, before, measure = list[Array](), None, fitting.judging(moments.gram)
    for made in generations(schedule, draw, fit):
        risks.append(risks[-1] if made is before else squared(made - moments.clean, measure))
        before = made
    return np.stack(risks, axis=1)


def _label(lines: Sequence[tuple[float, Array | None]], clean: Array) -> Array:
    """Return the sum of lines by shares; one line as it is."""
    every = [(share, line) for share, line in lines if line is not None]
    if len(every) == 1 and every[0][0] == 1:
        return every[0][1]
    return sum((share * line for share, line in every), np.zeros_like(clean))


@dataclass(frozen=True, eq=False)
class _Means:
    """Fits of truths to labels that are lines, beside the rows in hand. again: matrices that fit, by number of rows."""

    fitting: Fitting
    moments: Moments
    in_hand: Sums | None
    again: dict[float, Array] = field(default_factory=dict)

    def fit(self, label: Array, own: float, rows: float) -> Array:
        """Return coefficients, (truths, m). label: likewise, times its share; own: share of the rows in hand."""
        if not self.sure:
            gram, right = (1 - own) * self.moments.gram, times(self.moments.gram, label)
            if self.in_hand is not None and own > 0:
                gram, right = gram + own * self.in_hand.gram, right + own * self.in_hand.right
            return self.fitting.estimate(gram, right, rows)
        if self.in_hand is None or own == 0:
            return self._alone(label, rows)
        if own == 1:
            fit = np.linalg.solve(self.in_hand.gram + self._held(rows), self.in_hand.right[..., None])[..., 0]
            return np.asarray(np.broadcast_to(fit, label.shape))
        beside, rest = own / (1 - own), 1 / (1 - own)  # all over the share of the others: fewer products
        gram = self.moments.gram + (beside * self.in_hand.gram + rest * self._held(rows))
        right = times(self.moments.gram, rest * label) + beside * self.in_hand.right
        return np.asarray(np.linalg.solve(gram, right[..., None])[..., 0])

    def _alone(self, label: Array, rows: float) -> Array:
        """Return fits to labels of the population, which without a penalty are these labels."""
        held = self._held(rows)
        if not held.any():
            return label
        if rows not in self.again:
            self.again[rows] = np.asarray(np.linalg.solve(self.moments.gram + held, self.moments.gram))
        return times(self.again[rows], label)

    def _held(self, rows: float) -> Array:
        return self.fitting.beside_the_mean(rows) * np.diag(self.fitting.columns.penalty)

    @cached_property
    def sure(self) -> bool:
        """Whether every fit is found with full precision: what is left of pivots adds up where sums of squares do."""
        columns = self.fitting.columns
        every = columns.free == columns.values.shape[1] and columns.spread >= NEAR
        known = self.in_hand is None or bool(sure(self.in_hand.gram).all())
        return every and known and self.moments.sure


def squared(off: Array, measure: Array) -> Array:
    """Return b'G b of every run: the mean square of q'b. off (runs, m), measure (runs, m, m)."""
    return np.asarray((off * times(measure, off)).sum(axis=1))


def times(gram: Array, fits: Array) -> Array:
    """Return G b of every run."""
    return np.asarray((gram @ fits[:, :, None])[..., 0])
