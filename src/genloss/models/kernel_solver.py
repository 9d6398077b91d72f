r"""Kernel ridge regression on more rows than can be decomposed: conjugate gradients, all penalties and labels at once.

Every step of (K + penalty T) a = y multiplies K once with the directions of all penalties and label columns.
The preconditioner is Nystroem's: K ~ C W^-1 C' = U diag(l) U' from random landmark rows, whose inverse with the penalty
added is U diag(1/(l + penalty T)) U' + (1 - U U') / (penalty T). The kernel is held where it fits, or computed anew in
blocks of rows at every step.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cholesky, qr, solve_triangular

from genloss.errors import Problem
from genloss.models.kernel_path import checked_inputs, checked_penalties
from genloss.models.kernel_ridge import KernelRidge

Array = NDArray[np.float64]
Progress = Callable[[int, int], None]

HELD = 6_500_000_000
"""Bytes of a kernel that is held: 28,000 rows in float64."""
_BLOCK = 268_435_456  # bytes of a block of rows that is computed anew
_JITTER = 1e-10


@dataclass(frozen=True, eq=False)
class Solved:
    """dual: (penalties, T, columns). residual: largest |y - (K + penalty T) a| / |y| of any column, computed anew.

    steps: of conjugate gradients. converged: whether the residual is within the tolerance. With r the residual,
    predictions of the rows themselves are off by at most |r| (Euclidean norm, for K (K + penalty T)^-1 shrinks), those
    at another x by at most |r| sqrt(K(x, x) / (4 penalty T)).
    """

    dual: Array
    residual: float
    steps: int
    converged: bool


@dataclass(frozen=True, eq=False)
class Prepared:
    """A design whose kernel can be multiplied and is preconditioned: made once, used for many labels."""

    rows: Array  # (T, features)
    times: Callable[[Array], Array]
    vectors: Array  # (T, landmarks)
    values: Array  # (landmarks,)

    def solve(
        self, targets: Array, shift: Array, *, tolerance: float, most_steps: int, progress: Progress | None
    ) -> tuple[Array, float, int]:
        """Solve for targets (T, columns) and shift (columns,) = penalty T; the solution, its residual, the steps.

        Errors: `Problem` where most_steps are not enough.
        """
        found, steps = _iterate(self.times, targets, shift, self.vectors, self.values, tolerance, most_steps, progress)
        residual = _residual(self.times, targets, found, shift)
        if not residual <= 10 * tolerance:  # a residual that is not a number is no success
            raise Problem(
                "tolerance",
                f"after {steps} steps the residual is {residual:.1e}, not {tolerance:.1e}",
                "raise landmarks, most_steps, the smallest penalty or the tolerance",
            )
        return found, residual, steps


def prepare(
    model: KernelRidge, inputs: ArrayLike, *, landmarks: int, held: bool | None, rng: np.random.Generator
) -> Prepared:
    """Hold the kernel of inputs (T, features), or say how to compute it in blocks; find its preconditioner."""
    rows = checked_inputs(inputs)
    hold = len(rows) ** 2 * 8 <= HELD if held is None else held
    times = _held(model, rows) if hold else _blocks(model, rows)
    return Prepared(rows, times, *_nystroem(model, rows, min(landmarks, len(rows)), rng))


def solve(
    model: KernelRidge,
    inputs: ArrayLike,
    labels: ArrayLike,
    penalties: ArrayLike,
    *,
    tolerance: float = 1e-8,
    landmarks: int = 1000,
    most_steps: int = 500,
    held: bool | None = None,
    rng: np.random.Generator,
    progress: Progress | None = None,
) -> Solved:
    """Solve for all penalties (> 0) and label columns, (T,) or (T, columns).

    tolerance: of the relative residual. landmarks: rows of the preconditioner; more make steps fewer. held: whether
    the kernel is held in memory; None: where it takes at most 6.5 GB. progress: called with (digits won, digits
    asked for), so that the time left can be told. Errors: `Problem` where most_steps are not enough: it says how far.
    Status: exact to the tolerance. Checked by tests/unit/test_kernel_scale.py.
    """
    rows = checked_inputs(inputs)
    targets = np.asarray(labels, dtype=float)
    if targets.ndim not in (1, 2) or len(targets) != len(rows):
        raise Problem("labels", f"shape {targets.shape}", f"give {len(rows)} finite numbers, or columns of them")
    targets = targets.reshape(len(rows), -1)
    given = np.array(checked_penalties(penalties))
    if not (targets.size and np.isfinite(targets).all() and targets.any(axis=0).all()):
        raise Problem("labels", "a column holds a number that is not finite, or zeros alone", "leave it out")
    ready = prepare(model, rows, landmarks=landmarks, held=held, rng=rng)
    shift = np.repeat(given * len(rows), targets.shape[1])
    right = np.tile(targets, (1, given.size))
    found, residual, steps = ready.solve(right, shift, tolerance=tolerance, most_steps=most_steps, progress=progress)
    dual = np.moveaxis(found.reshape(len(rows), given.size, -1), 1, 0)
    return Solved(dual, residual, steps, residual <= tolerance)


def _held(model: KernelRidge, rows: Array) -> Callable[[Array], Array]:
    gram = np.empty((len(rows), len(rows)))
    for part in _parts(len(rows)):
        gram[part] = model.gram(rows[part], rows)
    return lambda right: gram @ right


def _blocks(model: KernelRidge, rows: Array) -> Callable[[Array], Array]:
    def times(right: Array) -> Array:
        product = np.empty((len(rows), right.shape[1]))
        for part in _parts(len(rows)):
            product[part] = model.gram(rows[part], rows) @ right
        return product

    return times


def _parts(rows: int) -> list[slice]:
    step = max(1, _BLOCK // (8 * rows))
    return [slice(start, min(start + step, rows)) for start in range(0, rows, step)]


def _nystroem(model: KernelRidge, rows: Array, landmarks: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Eigenvectors (T, landmarks) and eigenvalues of C W^-1 C'."""
    chosen = rows[rng.choice(len(rows), size=landmarks, replace=False)]
    inner = model.gram(chosen, chosen)
    inner[np.diag_indices_from(inner)] += _JITTER * np.trace(inner) / landmarks
    root = cholesky(inner, lower=True)
    tall = np.empty((len(rows), landmarks))
    for part in _parts(len(rows)):
        tall[part] = model.gram(rows[part], chosen)
    factor = solve_triangular(root, tall.T, lower=True).T
    orthogonal, small = qr(factor, mode="economic", overwrite_a=True)
    left, sizes, _ = np.linalg.svd(small)
    return orthogonal @ left, sizes**2


def _iterate(
    times: Callable[[Array], Array],
    right: Array,
    shift: Array,
    vectors: Array,
    values: Array,
    tolerance: float,
    most_steps: int,
    progress: Progress | None,
) -> tuple[Array, int]:
    """Conjugate gradients on all columns; those that have settled are left out of the product."""
    size = np.linalg.norm(right, axis=0)
    solution, residual = np.zeros_like(right), right.copy()

    def precondition(r: Array, at: NDArray[np.intp]) -> Array:
        inside = vectors.T @ r
        gain = 1 / (values[:, None] + shift[at]) - 1 / shift[at]
        return np.asarray(r / shift[at] + vectors @ (gain * inside))

    active = np.arange(shift.size)
    direction = precondition(residual, active)
    rho = (residual * direction).sum(axis=0)
    asked, start = int(np.ceil(-np.log10(tolerance))), 0
    for step in range(1, most_steps + 1):
        product = times(direction) + direction * shift[active]
        alpha = rho / (direction * product).sum(axis=0)
        solution[:, active] += alpha * direction
        residual[:, active] -= alpha * product
        left = np.linalg.norm(residual[:, active], axis=0) / size[active]
        if progress and (won := min(asked, int(-np.log10(max(left.max(), 1e-300))))) >= start:
            start = won
            progress(max(0, won), asked)
        going = left > tolerance
        if not going.any():
            return solution, step
        z = precondition(residual[:, active[going]], active[going])
        after = (residual[:, active[going]] * z).sum(axis=0)
        direction = z + after / rho[going] * direction[:, going]
        active, rho = active[going], after
    return solution, most_steps


def _residual(times: Callable[[Array], Array], right: Array, found: Array, shift: Array) -> float:
    """The largest relative residual, from the solution itself."""
    left = right - times(found) - shift * found
    return float((np.linalg.norm(left, axis=0) / np.linalg.norm(right, axis=0)).max())
