"""How much does a chain of ridge fits lose when fits train again on rows that earlier fits have seen?

Then fits depend on each other through the rows, not only through the labels. The answer for any fixed
weights, any labelers and any subsamples is one recursion on matrices over the fits (theory/reuse/solver.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_range, guarded
from genloss.theory.reuse.batch import Batches, SharedRows, checked_batches
from genloss.theory.reuse.of_workflow import from_workflow, reuse_reason, reuse_too_large
from genloss.theory.reuse.solver import Recursion, Solution, begin, solve
from genloss.theory.ridge.fit import finite_size_error
from genloss.theory.ridge.spectra import Nodes, PowerLaw, Spectrum, nodes_of, signal_on

__all__ = ["ReuseRisk", "SharedRows", "from_workflow", "reuse_reason", "reuse_too_large", "risk", "risk_of_power"]

_LEAST = 1e-30  # the least penalty above 0, of the largest eigenvalue; its inverse the most


@dataclass(frozen=True)
class ReuseRisk:
    """Expected excess risk of every fit, and what else the recursion knows. Fits in order, K of them; B batches.

    total: E(x.w - x.w0)^2, (K,). bias: what is lost without label noise, all labelers included;
    variance: what the label noise of all batches adds; they sum to total. allowance: how far finite
    size may push the true mean from total. status: "asymptotic".
    errors: s E(w - w0)^2 per direction or node, (K, nodes). losses: 1 - E[w] / w0, (K, nodes).
    cross: E <w_g - w0, w_h - w0> in the inputs' covariance, (K, K); its diagonal is total.
    cross_with_zero: the same with one more fit, the last, that predicts 0 everywhere, (K + 1, K + 1): its risk is the
    signal, its moment with fit g sum s w0^2 loss_g. For `theory.combine`, where weights of fits need not add up to 1.
    training_residual: mean squared residual of fit g on the rows of batch m that it uses, (B, K), nan
    where it uses none. test_residual: the same on new rows labeled in the same way, (B, K).
    left_out_residual: mean squared error of fit g on such a row when the fit is made without it but the fits
    before g are not: leave-one-out, for the labels that fit g sees, (B, K), nan where it uses none.
    effective_ridge: the matrix kappa, (K, K), lower triangular: A rho = (kappa + s)^-1 kappa 1 are the losses;
    its diagonal is each fit's own effective ridge. drift: relative allowance gathered from labelers and itself, (K,).
    """

    total: Array
    bias: Array
    variance: Array
    allowance: Array
    status: str
    errors: Array
    losses: Array
    cross: Array
    cross_with_zero: Array
    training_residual: Array
    test_residual: Array
    left_out_residual: Array
    effective_ridge: Array
    drift: Array


@guarded
def risk(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    batches: Sequence[SharedRows],
    *,
    penalty: ArrayLike,
) -> ReuseRisk:
    r"""Expected excess risk of ridge fits that share batches of rows.

    Fit g minimizes, over the rows it uses (T_g of them, in expectation),

    .. math:: \frac{1}{T_g} \sum \omega_g (y_g - x \cdot w)^2 + \lambda_g |w|^2, \qquad
        y_g = x \cdot \Big(w_0 + \sum_{h<g} P_{gh} (w_h - w_0)\Big) + e_g,

    rows x ~ N(0, diag(spectrum)), drawn once per batch and kept with their noise; omega, P and the
    covariance of e are a `SharedRows`'s weights, teachers and noises. With c = lambda T the errors of all
    fits have the cross moments Q that solve the equations at the head of theory/reuse/solver.py.

    spectrum: eigenvalues s (dim,), > 0, or `PowerLaw` or `Nodes`. coefficients: w0 in the
    eigenbasis, (dim,), one number, or a `PowerLaw` of the same count. penalty: >= 0, one number or
    one per fit; 0 is least squares, or minimum norm where the rows with weight are fewer than dim; others
    1e-30 to 1e30 times the largest eigenvalue.
    T_g counts the rows of batches of weight above 0, times `sampled` where that is given.

    Index: fit 0 is generation 0. Time and memory: O((nodes + batches) fits^3) and O((nodes + batches) fits^2).
    Errors: `Problem` naming the batch and the argument; |T_g - dim| <= 1 without a penalty (infinite).
    Status: asymptotic in dim and rows, at a fixed number of fits: a deterministic equivalent whose
    algebra is exact and whose concentration is argued, not proved in every detail. Worst for rows close
    to dim with a tiny penalty, as the allowance says. Not covered: weights, penalties or rows chosen by
    looking at the labels.
    Source: docs/theory/reuse.md. Checked by tests/unit/test_theory_reuse.py (a plain fixed point,
    scalar formulas), tests/statistical/test_theory_reuse.py and verification/theory_reuse.py (drawn rows).

    >>> real = SharedRows(600, [1, 1], [[0, 0], [0, 0]], 0.2)
    >>> labeled_by_fit_0 = SharedRows(600, [0, 1], [[0, 0], [1, 0]], 0.2)
    >>> risk([1.0] * 300, 1.0, [real, labeled_by_fit_0], penalty=0.0).total.round(6).tolist()
    [0.04, 0.046667]
    """
    nodes, power = signal_on(spectrum, coefficients)
    return risk_of_power(nodes, power, batches, penalty=penalty)


@guarded
def risk_of_power(
    spectrum: Spectrum, power: ArrayLike, batches: Sequence[SharedRows], *, penalty: ArrayLike
) -> ReuseRisk:
    """`risk` for a signal given as power s_i w0_i^2 per direction or node, shape (dim,).

    Eigenvalues of 0 are allowed. Arguments, result and errors as in `risk`. Status: asymptotic, as there.
    Source: docs/theory/reuse.md. Checked by tests/unit/test_theory_reuse.py.
    """
    ready = prepared(spectrum, power, batches)
    nodes, signal, known, place = ready.nodes, ready.signal, ready.recursion.batches, ready.place
    found = solve(ready.recursion, ready.ridge(penalty))
    total, bias, variance = (np.diagonal(c).copy() for c in (found.Q.sum(axis=0), *found.Q))
    drift, own_left = _drift(known, found)
    own_bias = _bias_of_one_fit(found, nodes, signal)
    losses, own = np.ones((total.size, nodes.values.size)), np.zeros((total.size, nodes.values.size))
    kept = nodes.values > 0
    losses[:, kept] = found.A_rho[:, place]
    own[:, kept] = found.own_power.sum(axis=0)[:, place]
    return ReuseRisk(
        total,
        bias,
        variance,
        total * (0.005 + drift) + 2 * own_bias * own_left,
        "asymptotic",
        losses**2 * signal + own * nodes.multiplicity,
        losses,
        found.Q.sum(axis=0),
        _with_zero(found.Q.sum(axis=0), losses @ signal, float(signal.sum())),
        (found.training_ratio * found.left_out_residual.sum(axis=0)).T,
        _on_new_rows(known, found),
        np.where(np.isnan(found.training_ratio), np.nan, found.left_out_residual.sum(axis=0)).T,
        np.asarray(np.linalg.solve(found.M, np.diag(found.rho)), dtype=float),
        drift,
    )


def _with_zero(cross: Array, meets: Array, signal: float) -> Array:
    """Add the fit that predicts 0, whose error is -w0: E <w_g - w0, 0 - w0> = sum s w0^2 (1 - E[w_g] / w0)."""
    return np.block([[cross, meets[:, None]], [meets, np.array(signal)]])


@dataclass(frozen=True)
class Prepared:
    """A chain of fits, checked and set up, to be solved at several penalties. rows: T_g of every fit, (K,)."""

    nodes: Nodes
    signal: Array
    recursion: Recursion
    place: NDArray[np.int64]
    rows: Array

    def ridge(self, penalty: ArrayLike) -> Array:
        """Return c = penalty x rows of every fit, (K,), or say what is wrong with the penalty."""
        penalties = checked_range(
            "penalty", penalty, lowest=0, meaning="a ridge penalty >= 0, one number or one per fit"
        )
        if penalties.shape not in ((), self.rows.shape):
            raise Problem(
                "penalty", f"shape {penalties.shape} for {self.rows.size} fits", "give one number, or one per fit"
            )
        top = float(self.nodes.values.max())
        extreme = (penalties > 0) & ((penalties < 0.999 * _LEAST * top) | (penalties > 1.001 * top / _LEAST))
        if extreme.any():
            raise Problem(
                "penalty",
                f"{penalties[extreme].flat[0]:g} beside eigenvalues up to {top:g}: numbers cannot hold what it does",
                f"give 0, or {_LEAST * top:g} to {top / _LEAST:g}",
            )
        return penalties * self.rows


def prepared(spectrum: Spectrum, power: ArrayLike, batches: Sequence[SharedRows]) -> Prepared:
    """Check and set up what `risk_of_power` solves; arguments and errors as there."""
    nodes = nodes_of(spectrum)
    signal = checked_range("power", power, lowest=0, meaning="the signal's power s w0^2 >= 0 per direction")
    if signal.shape != nodes.values.shape:
        raise Problem(
            "power", f"shape {signal.shape} beside {nodes.values.size} eigenvalues", "give one per eigenvalue"
        )
    known = checked_batches(batches)
    grouped, power_of, place = _grouped(nodes, signal)
    reason = reuse_too_large(known.weights.shape[1], grouped.values.size, known.rows.size)
    if reason is not None:
        raise Problem("batches", reason, "give fewer fits, or the spectrum as PowerLaw or compress(...)")
    counted = (known.rows[:, None] * known.sampled * (known.weights > 0)).sum(axis=0)
    silent = float(signal[nodes.values == 0].sum())
    return Prepared(nodes, signal, begin(grouped, power_of, known, silent), place, counted)


def _grouped(nodes: Nodes, signal: Array) -> tuple[Nodes, Array, NDArray[np.int64]]:
    """Join equal eigenvalues and drop zeros: nodes, the signal on them, and the place of each old one above 0."""
    kept = nodes.values > 0
    values, place = np.unique(nodes.values[kept], return_inverse=True)
    multiplicity, power = (np.zeros(values.size) for _ in range(2))
    np.add.at(multiplicity, place, nodes.multiplicity[kept])
    np.add.at(power, place, signal[kept])
    return Nodes(values, multiplicity, nodes.dim), power, place


def _bias_of_one_fit(found: Solution, nodes: Nodes, power: Array) -> Array:
    """Bias of every fit as if the truth labeled all its rows, (K,)."""
    own = np.diagonal(found.M)[:, None]
    rest = found.rho[:, None] / (found.rho[:, None] + nodes.values * own)
    return np.asarray(rest**2 @ power / found.slack)


def _on_new_rows(batches: Batches, found: Solution) -> Array:
    """Mean squares of new labels' residuals, (T Q T' + S)_gg."""
    labels = np.eye(batches.weights.shape[1]) - batches.teachers
    moments = np.einsum("mgh,hk,mgk->mg", labels, found.Q.sum(axis=0), labels, optimize=True)
    return np.asarray(moments + np.diagonal(batches.noise_covariance, axis1=1, axis2=2))


def _drift(batches: Batches, found: Solution) -> tuple[Array, Array]:
    """What finite size may do to every fit (`finite_size_error`), plus what it inherits by the rows it learns from.

    A batch hands on the drift of the fits that labeled it, or, where larger, of an earlier fit that used it:
    kept rows carry the same noise into every fit. Drawn with replacement, T itself varies: how many
    different rows are drawn adds its relative variance.
    """
    drift, own_error = np.zeros(batches.weights.shape[1]), np.zeros(batches.weights.shape[1])
    kept = np.zeros(batches.rows.size)
    for g in range(drift.size):
        own = found.M[g, g]
        share = batches.rows * found.ell[g] / own
        missed = np.exp(-batches.sampled[:, g]) * batches.replace[:, g] * (batches.weights[:, g] > 0)
        different = batches.rows @ (missed * (1 - (1 + batches.sampled[:, g]) * missed))
        left = float(finite_size_error(own**2 * found.slack[g] / found.ell_squares[g]))
        own_error[g] = left
        inherited = np.maximum(kept, np.abs(batches.teachers[:, g]) @ drift)
        drift[g] = left + different * left**2 + share @ inherited
        used = batches.weights[:, g] > 0
        kept[used] = np.maximum(kept[used], drift[g])
    return drift, own_error
