r"""How much do fits lose that train on rows again, where batches differ in the covariance of their inputs?

`reuse.risk` is the special case of one covariance; the words are those of theory/reuse/solver.py. Batch m has the
eigenvalues s_m(i) along axes i that all batches share. Then every batch has its own responses chi_m, and fits are
judged by any eigenvalues t(i):

    L_m = (theta + Omega_m T_m chi_m)^-1 Omega_m,   A(i) = (rho + sum_m n_m s_m(i) L_m T_m)^-1,
    chi_m = sum_i s_m(i) A(i),   R_m = L_m (T_m Q_m T_m' + S_m) L_m',   D(i) = sum_m n_m s_m(i) R_m,
    Q_t = sum_i t(i) (w0_i^2 (A(i) rho)(A(i) rho)' + A(i) D(i) A(i)'),   Q_m likewise with s_m.

All matrices but Q, S, R, D are lower triangular. Entry (g, h) of all chi_m solves one linear system, B x B for B
batches, once the entries nearer to the diagonal and above are known; entry (g, h) of all Q_m likewise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_range, guarded
from genloss.theory.reuse.batch import Batches, SharedRows, checked_batches
from genloss.theory.ridge.fit import finite_size_error
from genloss.theory.ridge.source_algebra import Axes
from genloss.theory.ridge.source_fit import source_fit
from genloss.theory.ridge.source_inputs import covariance_of

__all__ = ["UnlikeReuseRisk", "unlike_risk"]

_LARGEST = 50_000_000  # numbers in A: 400 MB


@dataclass(frozen=True)
class UnlikeReuseRisk:
    """Expected excess risk of every fit on the test's inputs, (fits,), and the moments behind it.

    total: E(x.w - x.w0)^2. bias: without label noise, all labelers included; variance: what label noise adds.
    allowance: how far finite size may push the true mean from total. status: "asymptotic". moments: per axis and pair
    of fits E(w_g - w0)(w_h - w0), (fits, fits, dim).
    """

    total: Array
    bias: Array
    variance: Array
    allowance: Array
    status: str
    moments: Array


@guarded
def unlike_risk(
    coefficients: ArrayLike,
    batches: Sequence[SharedRows],
    spectra: ArrayLike,
    *,
    penalty: ArrayLike,
    test_spectrum: ArrayLike,
) -> UnlikeReuseRisk:
    r"""Expected excess risk of ridge fits that share batches whose inputs have unlike variances along shared axes.

    .. math:: \chi_m = \sum_i s_m(i) \Big(\rho + \sum_{m'} n_{m'} s_{m'}(i) L_{m'} T_{m'}\Big)^{-1}

    and so on, at the head of this file. coefficients: w0 along the axes, (dim,). batches: as in `reuse.risk`, each
    trained on whole (`sampled` None). spectra: eigenvalues of each batch, (batches, dim), > 0 where there is no
    penalty. penalty: >= 0, one number or one per fit. test_spectrum: of the inputs that judge, (dim,).

    Index: fit 0 is generation 0. Time: dim fits^4 batches; memory: 8 dim fits^2 bytes, up to 400 MB.
    Errors: `Problem` naming the argument; batches that are sampled; |rows - dim| <= 1 without a penalty.
    Status: asymptotic in dim and rows at a fixed number of fits. Not covered: covariances without shared axes, where
    the moments close as well, but A is one matrix of fits x dim; inputs that change while labels are kept.
    Source: docs/theory/unlike_sources.md. Checked by tests/unit/test_theory_unlike_reuse.py (equal spectra) and
    tests/statistical/test_unlike_reuse.py (drawn rows).

    >>> real = SharedRows(600, [1, 1], [[0, 0], [0, 0]], 0.2)
    >>> labeled_by_fit_0 = SharedRows(600, [0, 1], [[0, 0], [1, 0]], 0.2)
    >>> unlike_risk([1.0] * 300, [real, labeled_by_fit_0], [[1.0] * 300, [2.0] * 300], penalty=0.0,
    ...             test_spectrum=[1.0] * 300).total.round(5).tolist()
    [0.04, 0.04537]
    """
    known = checked_batches(batches)
    w0 = checked_range("coefficients", coefficients, lowest=-np.inf, meaning="the true coefficients, one an axis")
    given = checked_range("spectra", spectra, lowest=0, meaning="eigenvalues >= 0, (batches, dim)")
    if w0.ndim != 1 or given.shape != (known.rows.size, w0.size):
        found = f"shape {given.shape} for {known.rows.size} batches and {w0.size} coefficients"
        raise Problem("spectra", found, "give one row of eigenvalues a batch")
    test = covariance_of("test_spectrum", test_spectrum, w0.size)
    if test.ndim != 1:
        raise Problem("test_spectrum", f"shape {test.shape}", "give eigenvalues along the axes, (dim,)")
    fits = known.weights.shape[1]
    if (known.sampled != 1).any() or known.replace.any():
        raise Problem("batches", "a batch is sampled", "give batches that are trained on whole, or split them")
    if fits**2 * w0.size > _LARGEST:
        raise Problem("batches", f"{fits} fits on {w0.size} axes take more than 400 MB", "give fewer fits or axes")
    penalties = checked_range("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0, one number or one per fit")
    if penalties.shape not in ((), (fits,)):
        raise Problem("penalty", f"shape {penalties.shape} for {fits} fits", "give one number, or one per fit")
    answers = _Answers(known, given, np.broadcast_to(penalties, (fits,)))
    moments, bias = (_moments(answers, known, given, w0, noise=noise) for noise in (True, False))
    total, without = (np.einsum("i,iff->f", test, each) for each in (moments, bias))
    drift = _drift(known, answers, test)
    alone = np.einsum("iff->if", answers.A) * answers.rho  # what each fit would miss of the truth by itself
    own = (test * w0**2) @ alone**2 / answers.slack
    allowance = total * (0.005 + drift) + 2 * own * answers.error
    return UnlikeReuseRisk(total, without, total - without, allowance, "asymptotic", moments.transpose(1, 2, 0))


class _Answers:
    """The lower triangular matrices of all fits: L_m (B, K, K), A (dim, K, K); and theta, rho of each fit, (K,)."""

    def __init__(self, known: Batches, spectra: Array, penalties: Array) -> None:
        self.known, self.spectra = known, spectra
        self.labels = np.eye(known.weights.shape[1]) - known.teachers  # T_m
        count, fits, dim = known.rows.size, known.weights.shape[1], spectra.shape[1]
        self.chi, self.L = np.zeros((count, fits, fits)), np.zeros((count, fits, fits))
        self.A = np.zeros((dim, fits, fits))
        self.theta, self.rho, self.slack, self.error = (np.zeros(fits) for _ in range(4))
        self.passes = np.zeros((fits, fits, count, count))  # what a unit of R in one batch adds to Q in another
        for g in range(fits):
            self._own(g, float(penalties[g]))
            for h in range(g - 1, -1, -1):
                self._beside(g, h)
        self.missed = np.einsum("igh,h->ig", self.A, self.rho)  # A rho

    def _own(self, g: int, penalty: float) -> None:
        """Fill the diagonal of fit g: the responses of one fit to sources."""
        known, used = self.known, self.known.weights[:, g] > 0
        rows, omega = known.rows[used], known.weights[used, g]
        if penalty == 0 and self.spectra[used].min() <= 0:
            raise Problem("spectra", "an eigenvalue is 0, and there is no penalty", "give a small penalty")
        fit = source_fit(
            Axes(self.spectra.shape[1]), list(self.spectra[used]), rows, omega, penalty, finite_size=False,
            name=f"batches: rows of fit {g}",
        )  # fmt: skip
        total = float(rows.sum())
        self.theta[g] = 1.0 if fit.least_squares else penalty * total
        self.rho[g] = 0.0 if fit.least_squares else 1.0
        self.A[:, g, g] = fit.inverse
        self.L[used, g, g] = np.sqrt(fit.strength / rows)
        self.chi[:, g, g] = self.spectra @ fit.inverse
        self.error[g] = fit.error
        self.slack[g] = 1 - float(np.abs(np.linalg.eigvals(fit.passes)).max())
        self._set_passes(g, g)

    def _set_passes(self, g: int, h: int) -> None:
        weight = self.known.rows * self.L[:, g, g] * self.L[:, h, h]
        both = self.A[:, g, g] * self.A[:, h, h]
        self.passes[g, h] = (self.spectra * both) @ self.spectra.T * weight

    def _beside(self, g: int, h: int) -> None:
        """Fill entry (g, h): all chi_m at once, whose part in themselves is linear."""
        self._set_passes(g, h)
        alone = self._entry(g, h)
        weights = np.eye(self.known.rows.size) - self.passes[g, h]
        self.chi[:, g, h] = np.linalg.solve(weights, alone)
        self._entry(g, h)

    def _entry(self, g: int, h: int) -> Array:
        """Write entry (g, h) of L and A with the chi that stands there; return the chi that follows, (B,)."""
        between = slice(h, g)
        turned = np.einsum(
            "mk,mkj->mj", self.labels[:, g, : g + 1], self.chi[:, : g + 1, h : g + 1]
        )  # (T chi)[g, h..g]
        self.L[:, g, h] = -self.L[:, g, g] * np.einsum("mj,mj->m", turned[:, : g - h], self.L[:, between, h])
        taught = np.einsum("mj,mjk->mk", self.L[:, g, h : g + 1], self.labels[:, h : g + 1, h:g])  # (L T)[g, h..g-1]
        along = np.einsum("m,mi,mk->ik", self.known.rows, self.spectra, taught)
        self.A[:, g, h] = -self.A[:, g, g] * np.einsum("ik,ik->i", along, self.A[:, between, h])
        return np.asarray(self.spectra @ self.A[:, g, h])


def _moments(answers: _Answers, known: Batches, spectra: Array, w0: Array, *, noise: bool) -> Array:
    """Return E(w_g - w0)(w_h - w0) per axis, (dim, K, K)."""
    fits, A, L, labels = known.weights.shape[1], answers.A, answers.L, answers.labels
    sent = w0[:, None, None] ** 2 * answers.missed[:, :, None] * answers.missed[:, None, :]
    shared = known.noise_covariance if noise else np.zeros_like(known.noise_covariance)
    Q = np.einsum("mi,igh->mgh", spectra, sent)  # what is known so far of Q_m, (B, K, K)
    R = np.zeros((known.rows.size, fits, fits))
    for g in range(fits):
        for h in range(g + 1):
            start = Q.copy()
            start[:, g, h] = start[:, h, g] = 0.0
            R[:, g, h] = R[:, h, g] = _residual(L, labels, start, shared, g, h)
            fixed = spectra @ (sent[:, g, h] + _spread(A, known, spectra, R, g, h))
            Q[:, g, h] = Q[:, h, g] = np.linalg.solve(np.eye(known.rows.size) - answers.passes[g, h], fixed)
            R[:, g, h] = R[:, h, g] = _residual(L, labels, Q, shared, g, h)
    D = np.einsum("m,mi,mgh->igh", known.rows, spectra, R)
    return np.asarray(sent + A @ D @ A.transpose(0, 2, 1))


def _residual(L: Array, labels: Array, Q: Array, shared: Array, g: int, h: int) -> Array:
    """Return entry (g, h) of L (T Q T' + S) L', (B,)."""
    left = np.einsum("mj,mjk->mk", L[:, g, : g + 1], labels[:, : g + 1, : g + 1])
    right = np.einsum("mj,mjk->mk", L[:, h, : h + 1], labels[:, : h + 1, : h + 1])
    seen = np.einsum("mj,mjk,mk->m", left, Q[:, : g + 1, : h + 1], right)
    return np.asarray(seen + np.einsum("mj,mjk,mk->m", L[:, g, : g + 1], shared[:, : g + 1, : h + 1], L[:, h, : h + 1]))


def _spread(A: Array, known: Batches, spectra: Array, R: Array, g: int, h: int) -> Array:
    """Return entry (g, h) of A D A', (dim,)."""
    D = np.einsum("m,mi,mjk->ijk", known.rows, spectra, R[:, : g + 1, : h + 1])
    return np.asarray(np.einsum("ij,ijk,ik->i", A[:, g, : g + 1], D, A[:, h, : h + 1]))


def _drift(known: Batches, answers: _Answers, test: Array) -> Array:
    """What finite size may do to every fit, plus what it inherits, as `reuse.risk` has it."""
    fits, kept = known.weights.shape[1], np.zeros(known.rows.size)
    drift = np.zeros(fits)
    for g in range(fits):
        weight = known.rows * answers.L[:, g, g] * (answers.spectra @ (test * answers.A[:, g, g]))
        share = weight / max(weight.sum(), 1e-300)
        inherited = np.maximum(kept, np.abs(known.teachers[:, g]) @ drift)
        drift[g] = float(finite_size_error(1 / max(answers.error[g], 1e-12) + 1)) + share @ inherited
        used = known.weights[:, g] > 0
        kept[used] = np.maximum(kept[used], drift[g])
    return drift


def __dir__() -> list[str]:
    return sorted(__all__)
