r"""Kernel ridge regression on more rows than can be decomposed: conjugate gradients, all penalties and labels at once.

Every step of (K + penalty T) a = y multiplies K once with the directions of all penalties and label columns.
The preconditioner is Nystroem's: K ~ C W^-1 C' = U diag(l) U' from random landmark rows, whose inverse with the penalty
added is U diag(1/(l + penalty T)) U' + (1 - U U') / (penalty T). The kernel is held where it fits, in double or in
single precision, or computed anew in blocks of rows at every step. The residual is that of the solution, in double
precision; where it is too large, the steps go on from it (iterative refinement).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.linalg import cholesky, qr, solve_triangular

from genloss.errors import Problem, refuse_uncalled
from genloss.models.kernel.path import checked_inputs, checked_penalties, finite
from genloss.models.kernel.products import Array, Product, Workers, checked_workers, in_blocks, in_memory, parts
from genloss.models.kernel.ridge import KernelRidge, solving

Progress = Callable[[int, int], None]

HELD = 6_500_000_000
"""Bytes of a kernel that is held: 28,000 rows in double precision, 40,000 in single."""
PRECISIONS = {"double": np.float64, "single": np.float32}
"""Numbers in which a kernel is held. Single: half the memory; products in double, in blocks, mend what it costs."""
_JITTER = 1e-10
_ROUNDS = 20
_SURE = {"double": 0.0, "single": 1e-5}
"""By how much the steps of one round reduce a residual before it is computed anew: rounding would hide more."""


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
class PreparedKernel:
    """A design whose kernel can be multiplied and is preconditioned: made once, used for many labels.

    times: the product with the kernel that the steps use. exact: the one in double precision.
    """

    rows: Array  # (T, features)
    times: Product
    exact: Product
    sure: float
    vectors: Array  # (T, landmarks)
    values: Array  # (landmarks,)

    def solve(
        self, targets: Array, shift: Array, *, tolerance: float, most_steps: int, progress: Progress | None
    ) -> Answer:
        """Solve for targets (T, columns) and shift (columns,) = penalty T.

        Errors: `Problem` where most_steps are not enough.
        """
        if not 0 < tolerance < 1:
            raise Problem("tolerance", f"{tolerance!r}", "give a number between 0 and 1, e.g. 1e-8")
        if isinstance(most_steps, bool) or not isinstance(most_steps, Integral) or most_steps < 1:
            raise Problem("most_steps", f"{most_steps!r}", "give a whole number from 1 on")
        with np.errstate(over="ignore"):
            size = np.linalg.norm(targets, axis=0)
        if not np.isfinite(size).all():
            raise Problem("labels", "their sum of squares is not finite", "give them in other units")
        size[size == 0] = 1.0
        tell = _teller(progress, tolerance)
        found, fitted, left, steps, before = np.zeros_like(targets), np.zeros_like(targets), targets, 0, np.inf
        for _ in range(_ROUNDS):
            off = np.linalg.norm(left, axis=0)
            wide = off > tolerance * size
            if not wide.any():
                residual = float((off / size).max())
                break
            goal = np.maximum(tolerance * size, self.sure * off)[wide]
            more, used = _iterate(self, left[:, wide], shift[wide], goal, most_steps - steps, size[wide], tell)
            found[:, wide] += more
            steps += used
            fitted[:, wide] = self.exact(found[:, wide])
            left = targets - fitted - shift * found
            residual = float((np.linalg.norm(left, axis=0) / size).max())
            if residual <= tolerance or steps >= most_steps or not residual < before / 2:
                break
            before = residual
        if not residual <= 10 * tolerance:  # a residual that is not a number is no success
            raise Problem(
                "tolerance",
                f"after {steps} steps the residual is {residual:.1e}, not {tolerance:.1e}",
                (
                    "raise landmarks, most_steps, the smallest penalty or the tolerance"
                    if steps >= most_steps
                    else "rounding allows no less: raise the smallest penalty or the tolerance, or use KernelPath"
                )
                + ', or hold the kernel with precision="double"' * (self.sure > 0),
            )
        return Answer(found, fitted, residual, steps)


@dataclass(frozen=True, eq=False)
class Answer:
    """found: dual coefficients a, (T, columns). fitted: K a. residual: the largest relative one of any column."""

    found: Array
    fitted: Array
    residual: float
    steps: int


@contextmanager
def prepared(
    model: KernelRidge,
    inputs: ArrayLike,
    *,
    landmarks: int,
    held: bool | None,
    precision: str,
    rng: np.random.Generator,
    workers: Workers | None,
) -> Iterator[PreparedKernel]:
    """Hold the kernel of inputs (T, features), or bring these to whoever computes it in blocks; precondition it."""
    rows = checked_inputs(inputs).copy()
    if isinstance(landmarks, bool) or not isinstance(landmarks, Integral) or landmarks < 1:
        raise Problem("landmarks", f"{landmarks!r}", "give a whole number of rows from 1 on")
    hold = _holds(len(rows), held, precision, alone=workers is None)
    with in_blocks(model, rows, checked_workers(workers)) as exact:
        times = in_memory(model, rows, PRECISIONS[precision]) if hold else exact
        sound = times if precision == "double" else exact
        basis = _nystroem(model, rows, min(landmarks, len(rows)), rng)
        yield PreparedKernel(rows, times, sound, _SURE[precision], *basis)


def _holds(rows: int, held: bool | None, precision: str, *, alone: bool) -> bool:
    """Whether a kernel is held. Errors: `Problem` for what cannot be done with it."""
    if precision not in PRECISIONS:
        raise Problem("precision", f"{precision!r} is not known", f"give one of {', '.join(PRECISIONS)}")
    if held and not alone:
        found = "True, and workers, who compute the kernel anew in each step"
        raise Problem("held", found, "leave out held, or workers: a kernel that fits is multiplied faster where it is")
    fits = rows**2 * np.dtype(PRECISIONS[precision]).itemsize <= HELD
    hold = alone and (fits if held is None else held)
    if precision == "single" and not hold:
        found = f"single, of a kernel of {rows:,} rows that is not held"
        mend = "leave precision out, or give held=True" if alone else "leave precision out, or workers"
        raise Problem("precision", found, mend)
    return hold


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
    precision: str = "double",
    rng: np.random.Generator,
    progress: Progress | None = None,
    workers: Workers | None = None,
) -> Solved:
    """Solve for all penalties (> 0) and label columns, (T,) or (T, columns).

    tolerance: of the relative residual; 1e-10 for predictions that agree to 1e-8. landmarks: rows of the
    preconditioner; more make steps fewer. held: whether the kernel is held in memory; None: where it takes at most
    6.5 GB. precision: of the kernel that is held, "double" or "single", which halves its memory; the residual is
    within the tolerance either way. progress: called with (digits won, digits asked for), so that the time left can
    be told. workers: who multiplies, as `genloss.study.open_workers` opens them, and then the kernel is not held; None:
    this process. Errors: `Problem` where most_steps are not enough: it says how far.
    Status: exact to the tolerance. Checked by tests/unit/test_kernel_scale.py.
    """
    refuse_uncalled("progress", progress)
    rows = checked_inputs(inputs)
    targets = np.asarray(labels, dtype=float)
    if targets.ndim not in (1, 2) or len(targets) != len(rows):
        raise Problem("labels", f"shape {targets.shape}", f"give {len(rows)} finite numbers, or columns of them")
    targets = targets.reshape(len(rows), -1)
    given = np.array(checked_penalties(penalties))
    if not (targets.size and np.isfinite(targets).all() and targets.any(axis=0).all()):
        raise Problem("labels", "a column holds a number that is not finite, or zeros alone", "leave it out")
    shift = np.repeat(given * len(rows), targets.shape[1])
    right = np.tile(targets, (1, given.size))
    with prepared(model, rows, landmarks=landmarks, held=held, precision=precision, rng=rng, workers=workers) as ready:
        answer = ready.solve(right, shift, tolerance=tolerance, most_steps=most_steps, progress=progress)
    dual = np.moveaxis(answer.found.reshape(len(rows), given.size, -1), 1, 0)
    return Solved(dual, answer.residual, answer.steps, answer.residual <= tolerance)


def _nystroem(model: KernelRidge, rows: Array, landmarks: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Eigenvectors (T, landmarks) and eigenvalues of C W^-1 C'."""
    chosen = rows[rng.choice(len(rows), size=landmarks, replace=False)]
    inner = finite(model, chosen)
    inner[np.diag_indices_from(inner)] += _JITTER * np.trace(inner) / landmarks
    with solving(_JITTER):
        root = cholesky(inner, lower=True)
    tall = np.empty((len(rows), landmarks))
    for part in parts(len(rows)):
        tall[part] = model.gram(rows[part], chosen)
    factor = solve_triangular(root, tall.T, lower=True).T
    orthogonal, small = qr(factor, mode="economic", overwrite_a=True)
    left, sizes, _ = np.linalg.svd(small)
    return orthogonal @ left, sizes**2


def _teller(progress: Progress | None, tolerance: float) -> Callable[[float], None]:
    """Return what tells the digits of the largest relative residual, as they come."""
    asked, most = int(np.ceil(-np.log10(tolerance))), [0]

    def tell(residual: float) -> None:
        if not np.isfinite(residual):
            raise Problem(
                "precision",
                "numbers beyond those of the kernel's precision",
                'scale the inputs or labels, or give "double"',
            )
        won = max(0, min(asked, int(-np.log10(max(residual, 1e-300)))))
        if progress and won >= most[0]:
            most[0] = won
            progress(won, asked)

    return tell


def _iterate(
    ready: PreparedKernel,
    right: Array,
    shift: Array,
    goal: Array,
    most_steps: int,
    size: Array,
    tell: Callable[[float], None],
) -> tuple[Array, int]:
    """Conjugate gradients on all columns, each to its goal (columns,) for the residual; settled ones are left out."""
    solution, residual = np.zeros_like(right), right.copy()

    def precondition(r: Array, at: NDArray[np.intp]) -> Array:
        inside = ready.vectors.T @ r
        gain = 1 / (ready.values[:, None] + shift[at]) - 1 / shift[at]
        return np.asarray(r / shift[at] + ready.vectors @ (gain * inside))

    active = np.arange(shift.size)
    direction = precondition(residual, active)
    rho = (residual * direction).sum(axis=0)
    for step in range(1, most_steps + 1):
        product = ready.times(direction) + direction * shift[active]
        alpha = rho / (direction * product).sum(axis=0)
        solution[:, active] += alpha * direction
        residual[:, active] -= alpha * product
        left = np.linalg.norm(residual[:, active], axis=0)
        tell(float((left / size[active]).max()))
        going = left > goal[active]
        if not going.any():
            return solution, step
        z = precondition(residual[:, active[going]], active[going])
        after = (residual[:, active[going]] * z).sum(axis=0)
        direction = z + after / rho[going] * direction[:, going]
        active, rho = active[going], after
    return solution, most_steps
