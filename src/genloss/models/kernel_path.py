"""Kernel ridge regression on one set of inputs: every penalty, label set and generation from one decomposition."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import eigh

from genloss.errors import Problem
from genloss.models.kernel_ridge import KernelRidge

Array = NDArray[np.float64]

LARGEST = 10_000
"""Rows whose kernel is decomposed, in float64: 0.8 GB and its eigenvectors; above, `kernel_solver` iterates."""


@dataclass(frozen=True, eq=False)
class KernelPath:
    """K = U diag(k) U' of T rows. model: its kernel counts, not its penalty."""

    model: KernelRidge
    inputs: Array  # (T, features)
    eigenvalues: Array  # (T,)
    basis: Array  # (T, T)

    @classmethod
    def of(cls, model: KernelRidge, inputs: ArrayLike) -> "KernelPath":
        """Decompose the kernel of inputs, (T, features), T up to 10,000."""
        rows = checked_inputs(inputs)
        if len(rows) > LARGEST:
            raise Problem("inputs", f"{len(rows):,} rows", f"give at most {LARGEST:,}, or use kernel_solver.solve")
        gram = model.gram(rows, rows)
        values, basis = eigh(gram, overwrite_a=True, check_finite=False, driver="evd")
        return cls(model, rows, values, basis)

    def dual(self, labels: ArrayLike, penalties: ArrayLike) -> Array:
        """Return dual coefficients (K + penalty T)^-1 labels, (penalties, T, columns); labels (T, columns)."""
        turned = self.basis.T @ self._columns(labels)
        return np.array(
            [self.basis @ (self._inverse(penalty)[:, None] * turned) for penalty in checked_penalties(penalties)]
        )

    def predict(self, labels: ArrayLike, penalties: ArrayLike, inputs: ArrayLike) -> Array:
        """Return predictions at other inputs (rows, features), (penalties, rows, columns)."""
        crossed = self.model.gram(checked_inputs(inputs), self.inputs) @ self.basis
        turned = self.basis.T @ self._columns(labels)
        every = [self._inverse(penalty)[:, None] * turned for penalty in checked_penalties(penalties)]
        joined = crossed @ np.concatenate(every, axis=1)  # one product for all penalties
        return np.moveaxis(joined.reshape(len(joined), len(every), -1), 1, 0)

    def fitted(self, labels: ArrayLike, penalties: ArrayLike) -> Array:
        """Return predictions on the rows themselves, (penalties, T, columns)."""
        turned = self.basis.T @ self._columns(labels)
        every = [(self.eigenvalues * self._inverse(p))[:, None] * turned for p in checked_penalties(penalties)]
        joined = self.basis @ np.concatenate(every, axis=1)
        return np.moveaxis(joined.reshape(len(joined), len(every), -1), 1, 0)

    def chains(
        self, truth: ArrayLike, noise: ArrayLike, penalties: ArrayLike, inputs: ArrayLike | None = None
    ) -> Array:
        r"""Return predictions of every fit of every chain, (chains, generations, rows, columns).

        .. math:: c_0 = U'y_0, \qquad \hat y_g = U \frac{k}{k + \lambda_g T} c_g, \qquad
            c_{g+1} = \frac{k}{k + \lambda_g T} c_g + U' e_{g+1}, \qquad y_0 = truth + e_0

        truth: (T,) or (T, columns). noise: e, (generations, T, columns), the same for every chain.
        penalties: (chains,), the same in every generation, or (chains, generations).
        inputs: other rows, (rows, features); None for the design's own.
        """
        drawn = checked_noise(noise, len(self.inputs))
        shift = checked_schedules(penalties, len(drawn)) * len(self.inputs)
        turned = np.matmul(self.basis.T, drawn)
        told = self.basis.T @ self._columns(truth)
        scaled, values = np.empty((len(shift), *turned.shape)), np.maximum(self.eigenvalues, 0.0)[:, None]
        for g, new in enumerate(turned):
            scaled[:, g] = (told + new) / (values + shift[:, g, None, None])
            told = values * scaled[:, g]
        if inputs is None:
            crossed = self.basis * values[:, 0]
        else:
            crossed = self.model.gram(checked_inputs(inputs), self.inputs) @ self.basis
        columns = np.moveaxis(scaled, 2, 0)
        joined = crossed @ columns.reshape(len(columns), -1)  # one product for all
        return np.moveaxis(joined.reshape(len(joined), *columns.shape[1:]), 0, 2)

    def _inverse(self, penalty: float) -> Array:
        return 1 / (np.maximum(self.eigenvalues, 0.0) + penalty * self.eigenvalues.size)

    def _columns(self, labels: ArrayLike) -> Array:
        given = np.asarray(labels, dtype=float)
        columns = given[:, None] if given.ndim == 1 else given
        if columns.ndim != 2 or len(columns) != len(self.inputs) or not np.isfinite(columns).all():
            raise Problem(
                "labels", f"shape {given.shape}", f"give {len(self.inputs)} finite numbers, or columns of them"
            )
        return columns


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
