"""Kernel ridge regression on one set of inputs: every penalty, label set and generation from one reduction to a band.

Nothing needs the kernel's eigenvectors: in the basis of its band form a fit is a banded solve. Predictions on the rows
are the labels less penalty T times the dual coefficients, exact to the rounding of the labels.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.models.kernel.band import Banded, banded, solve
from genloss.models.kernel.ridge import KernelRidge, solving

Array = NDArray[np.float64]

LARGEST = 10_000
"""Rows whose kernel is reduced, in double precision: 0.8 GB and half as much; above, `kernel_solver` iterates."""


@dataclass(frozen=True, eq=False)
class KernelPath:
    """K = Q B Q' of T rows, B a band: with it a fit is a banded solve. model: its kernel counts, not its penalty."""

    model: KernelRidge
    inputs: Array  # (T, features)
    form: Banded

    @classmethod
    def of(cls, model: KernelRidge, inputs: ArrayLike) -> KernelPath:
        """Reduce the kernel of inputs, (T, features), T up to 10,000; they are copied."""
        rows = checked_inputs(inputs).copy()
        if len(rows) > LARGEST:
            raise Problem("inputs", f"{len(rows):,} rows", f"give at most {LARGEST:,}, or use kernel_solver.solve")
        return cls(model, rows, banded(finite(model, rows)))

    def dual(self, labels: ArrayLike, penalties: ArrayLike) -> Array:
        """Return dual coefficients (K + penalty T)^-1 labels, (penalties, T, columns); labels (T, columns)."""
        turned = self.form.into(self._columns(labels))
        every = [solve(self._factor(penalty), turned) for penalty in checked_penalties(penalties)]
        return self._apart(self.form.back(np.concatenate(every, axis=1)), len(every))

    def predict(self, labels: ArrayLike, penalties: ArrayLike, inputs: ArrayLike) -> Array:
        """Return predictions at other inputs (rows, features), (penalties, rows, columns)."""
        other, dual = self._others(inputs), self.dual(labels, penalties)
        joined = np.moveaxis(dual, 0, 1).reshape(len(self.inputs), -1)  # one product for all penalties
        return self._apart(self.model.gram(other, self.inputs) @ joined, len(dual))

    def fitted(self, labels: ArrayLike, penalties: ArrayLike) -> Array:
        """Return predictions on the rows themselves, (penalties, T, columns)."""
        shift = np.array(checked_penalties(penalties)) * len(self.inputs)
        return np.asarray(self._columns(labels) - shift[:, None, None] * self.dual(labels, penalties))

    def chains(
        self, truth: ArrayLike, noise: ArrayLike, penalties: ArrayLike, inputs: ArrayLike | None = None
    ) -> Array:
        r"""Return predictions of every fit of every chain, (chains, generations, rows, columns).

        .. math:: (B + \lambda_g T) x_g = c_g, \qquad \hat y_g = Q (c_g - \lambda_g T x_g), \qquad
            c_{g+1} = Q'(\hat y_g + e_{g+1}), \qquad c_0 = Q'(truth + e_0)

        truth: (T,) or (T, columns). noise: e, (generations, T, columns), the same for every chain.
        penalties: (chains,), the same in every generation, or (chains, generations).
        inputs: other rows, (rows, features); None for the design's own.
        """
        drawn = checked_noise(noise, len(self.inputs))
        schedules = checked_schedules(penalties, len(drawn))
        other = None if inputs is None else self._others(inputs)
        generations, rows, columns = drawn.shape
        start = self.form.into(checked_truth(truth, rows, columns))
        turned = self.form.into(np.moveaxis(drawn, 0, 1).reshape(rows, -1)).reshape(rows, generations, columns)
        kept = np.empty((rows, len(schedules), generations, columns))
        for chain, schedule in enumerate(schedules):
            for g, told, dual in self._chain(start, turned, schedule):
                kept[:, chain, g] = told if other is None else dual
        shown = self.form.back(kept.reshape(rows, -1))
        if other is not None:
            shown = self.model.gram(other, self.inputs) @ shown
        return np.moveaxis(shown.reshape(len(shown), *kept.shape[1:]), 0, 2)

    def _chain(self, told: Array, turned: Array, schedule: Array) -> Iterator[tuple[int, Array, Array]]:
        """Return Q' of the predictions of every generation, and of the dual coefficients, (T, columns) each."""
        for g, penalty in enumerate(schedule):
            if g == 0 or penalty != schedule[g - 1]:
                factor = self._factor(float(penalty))
            labels = told + turned[:, g]
            dual = solve(factor, labels)
            told = labels - penalty * len(self.inputs) * dual
            yield g, told, dual

    def _factor(self, penalty: float) -> Array:
        with solving(penalty):
            return self.form.factor(penalty * len(self.inputs))

    def _others(self, inputs: ArrayLike) -> Array:
        other = checked_inputs(inputs)
        if other.shape[1] != self.inputs.shape[1]:
            raise Problem("inputs", f"{other.shape[1]} columns", f"give {self.inputs.shape[1]}, as in the design")
        return other

    def _apart(self, joined: Array, penalties: int) -> Array:
        """Return (penalties, rows, columns) of (rows, penalties x columns)."""
        return np.moveaxis(joined.reshape(len(joined), penalties, -1), 1, 0)

    def _columns(self, labels: ArrayLike) -> Array:
        given = np.asarray(labels, dtype=float)
        columns = given[:, None] if given.ndim == 1 else given
        if columns.ndim != 2 or len(columns) != len(self.inputs) or not np.isfinite(columns).all():
            raise Problem(
                "labels", f"shape {given.shape}", f"give {len(self.inputs)} finite numbers, or columns of them"
            )
        return columns


def finite(model: KernelRidge, rows: Array) -> Array:
    """Return the kernel of rows, or say that they are too large for it."""
    with np.errstate(over="ignore", invalid="ignore"):
        gram = model.gram(rows, rows)
    if not np.isfinite(gram).all():
        raise Problem(
            "inputs", "the kernel has entries that are not finite", "scale the inputs, or lower gamma or degree"
        )
    return gram


def checked_truth(truth: ArrayLike, rows: int, columns: int) -> Array:
    """Return the truth's labels, (rows, columns), the same in every column where one is given."""
    given = np.asarray(truth, dtype=float)
    if given.shape not in ((rows,), (rows, columns)) or not np.isfinite(given).all():
        raise Problem("truth", f"shape {given.shape}", f"give {rows} finite numbers, or {columns} columns of them")
    return np.array(np.broadcast_to(given[:, None] if given.ndim == 1 else given, (rows, columns)))


def checked_inputs(inputs: ArrayLike) -> Array:
    """Return rows of finite numbers, or say what is wrong with them."""
    rows = np.asarray(inputs, dtype=float)
    if rows.ndim != 2 or not rows.size:
        raise Problem("inputs", f"shape {rows.shape}", "give rows and columns of numbers")
    if not np.isfinite(rows).all():
        row = int(np.flatnonzero(~np.isfinite(rows).all(axis=1))[0])
        raise Problem("inputs", f"row {row} holds a number that is not finite", "leave it out, or fill it")
    return rows


def checked_noise(noise: ArrayLike, rows: int) -> Array:
    """Return noise (generations, rows, columns) of finite numbers, or say what is wrong with it."""
    drawn = np.asarray(noise, dtype=float)
    if drawn.ndim != 3 or drawn.shape[1] != rows or not drawn.size or not np.isfinite(drawn).all():
        raise Problem("noise", f"shape {drawn.shape}", f"give finite numbers, (generations, {rows}, columns)")
    return drawn


def checked_schedules(penalties: ArrayLike, generations: int) -> Array:
    """Return penalties above 0 by chain and generation, (chains, generations), or say what is wrong with them."""
    given = np.atleast_1d(np.asarray(penalties, dtype=float))
    if given.ndim == 1:
        return np.repeat(np.array(checked_penalties(given))[:, None], generations, axis=1)
    if given.ndim != 2 or given.shape[1] != generations or not given.size:
        mend = f"give (chains,), or (chains, {generations}): one for every generation of the noise"
        raise Problem("penalties", f"shape {given.shape}", mend)
    return np.array(checked_penalties(given.ravel())).reshape(given.shape)


def checked_penalties(penalties: ArrayLike) -> list[float]:
    """Return penalties above 0, or say what is wrong with them."""
    given = np.atleast_1d(np.asarray(penalties, dtype=float))
    if given.ndim != 1 or not given.size or not np.all(np.isfinite(given) & (given > 0)):
        raise Problem("penalties", f"{given.tolist()}", "give penalties above 0, e.g. [1e-3, 1e-2]")
    return [float(value) for value in given]
