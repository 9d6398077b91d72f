"""What if real and synthetic rows carry different information? The recursion with one matrix a batch."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem, shown
from genloss.theory.arguments import Array, as_numbers, guarded
from genloss.theory.workflows.atoms import Atoms, read
from genloss.workflows import TRUTH, WorkflowLike, schedule_of

__all__ = ["unequal_information"]


@guarded
def unequal_information(
    workflow: WorkflowLike,
    *,
    real: tuple[ArrayLike, ArrayLike],
    synthetic: tuple[ArrayLike, ArrayLike],
    generations: int | None = None,
) -> Array:
    r"""Return the covariance of all fits when rows of two kinds weigh differently in the estimate.

    .. math:: \delta_g = \bar H_g^{-1} \sum_b W_{gb} (H_b \delta_{o(b)} + s_b), \quad
       \bar H_g = \sum_b W_{gb} H_b, \quad Cov(s_b) = J_b / n_b,

    delta the error of fit g about the best parameter, W the share of batch b in the loss of fit g.

    real, synthetic: pairs (H, J) of one row, (dim, dim) or numbers: H the mean second derivative of
    the loss, J the covariance of its gradient, at the best parameter. A correct model has H = J =
    Fisher's information; under misspecification real rows have the two parts of the sandwich and
    synthetic rows H = J. Under covariate shift H and J are those of each kind's inputs. Sub-sampling
    adds noise with the J of each kind. Returns (fits, fits, dim, dim), generation 0 first.

    A consequence: under accumulation with equal H the risk is J_R + J_S (pi^2 / 6 - 1) in the end, so the
    factor pi^2 / 6 belongs to correct models only.

    Errors: `Problem` for filters, samplers with gain or model-specific settings, matrices that do not fit.
    Status: asymptotic, many rows and a fixed number of generations. Source: linear expansion of the
    estimating equation, docs/theory/workflows.md section 4. Checked by tests/unit/test_theory_workflows.py
    and tests/statistical/test_workflow_covariance.py.

    >>> from genloss.workflows import accumulate
    >>> table = unequal_information(accumulate(1).compile(1), real=(1, 1), synthetic=(1, 4))
    >>> table[:, :, 0, 0].tolist()
    [[1.0, 1.0], [1.0, 2.0]]
    """
    kinds = _matrices("real", real), _matrices("synthetic", synthetic)
    dim = kinds[0][0].shape[0]
    if kinds[1][0].shape[0] != dim:
        raise Problem("synthetic", f"{kinds[1][0].shape[0]} parameters, and real has {dim}", "give equal shapes")
    atoms = read(schedule_of(workflow, generations))
    if np.any(atoms.gain_of_pair != 1):
        raise Problem(
            "workflow",
            "a sampler has a gain, which changes what later fits see",
            "use covariance, which knows gains of one parameter",
        )
    return _solve(atoms, dim, kinds)


def _solve(atoms: Atoms, dim: int, kinds: tuple[tuple[Array, Array], tuple[Array, Array]]) -> Array:
    from scipy.linalg import cho_factor, cho_solve

    count = atoms.first_fit_of_atom.size
    scores = [_scores(atoms, of_real=True), _scores(atoms, of_real=False)]  # variance of one score unit, by atom
    parts = [np.einsum("j,ab->jab", score, kind[1]) for score, kind in zip(scores, kinds, strict=True)]
    roots = np.array([_root(one + two) for one, two in zip(*parts, strict=True)]).reshape(count, dim, dim)
    loading = np.zeros((atoms.fits, dim, count, dim))
    taught = atoms.teacher_weights.sum(axis=1)
    for g in range(atoms.fits):
        bar = (1 - taught[g]) * kinds[0][0] + taught[g] * kinds[1][0]
        pulled = np.tensordot(atoms.teacher_weights[g, :g], loading[:g], axes=1)
        total = np.einsum("ab,bjc->ajc", kinds[1][0], pulled) + np.einsum("j,jac->ajc", atoms.atom_weights[g], roots)
        loading[g] = cho_solve(cho_factor(bar), total.reshape(dim, -1)).reshape(dim, count, dim)
    flat = loading.reshape(atoms.fits * dim, count * dim)
    return np.ascontiguousarray((flat @ flat.T).reshape(atoms.fits, dim, atoms.fits, dim).transpose(0, 2, 1, 3))


def _scores(atoms: Atoms, *, of_real: bool) -> Array:
    """How much of one kind's J is in the noise of each atom, (J,)."""
    kind = (atoms.origin_of_pair == TRUTH) == of_real
    scale = np.bincount(atoms.batch_of_pair[kind], (atoms.chance_of_pair * atoms.scale_of_pair)[kind], atoms.rows.size)
    used = atoms.atom_of_batch >= 0
    result = np.bincount(
        atoms.atom_of_batch[used], (atoms.part_of_batch**2 * scale / atoms.rows)[used], atoms.first_fit_of_atom.size
    )
    for sample in atoms.subsamples:
        rows = atoms.rows[sample.batches]
        left = 1.0 if sample.replace else 1.0 - sample.take / rows.sum()
        part = rows @ scale[sample.batches] / rows.sum()
        result[atoms.own_atom_of_fit[sample.generation]] += sample.weight**2 * left / sample.take * part
    return np.asarray(result)


def _root(matrix: Array) -> Array:
    """A square root of a positive semidefinite matrix."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)))


def _matrices(name: str, pair: tuple[ArrayLike, ArrayLike]) -> tuple[Array, Array]:
    """Return H and J as symmetric matrices, H positive definite, J semidefinite."""
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise Problem(name, f"{shown(pair)} is not a pair", "give the pair (H, J)")
    read_in = []
    for label, value in zip(("H", "J"), pair, strict=True):
        matrix = np.atleast_2d(as_numbers(f"{name} {label}", value, "a matrix (dim, dim)"))
        if matrix.ndim != 2 or matrix.shape[0] != matrix.shape[1] or not np.all(np.isfinite(matrix)):
            raise Problem(f"{name} {label}", f"an array of shape {matrix.shape}", "give finite numbers (dim, dim)")
        if not np.allclose(matrix, matrix.T, rtol=1e-10, atol=1e-12):
            raise Problem(f"{name} {label}", "is not symmetric", "give a symmetric matrix")
        read_in.append((matrix + matrix.T) / 2)
    h, j = read_in
    if h.shape != j.shape:
        raise Problem(f"{name} J", f"shape {j.shape}, and H has {h.shape}", "give equal shapes")
    try:
        np.linalg.cholesky(h)
    except np.linalg.LinAlgError as error:
        raise Problem(f"{name} H", "is not positive definite", "give the second derivative at a minimum") from error
    if np.linalg.eigvalsh(j)[0] < -1e-10 * np.trace(np.abs(j)):
        raise Problem(f"{name} J", "is not positive semidefinite", "give a covariance")
    return h, j
