"""How much does a ridge fit lose when its sources of rows differ in the covariance and mean of their inputs?

`ridge.mixture_risk` is the special case of one covariance. Write e_a = w_a - w0 for the error of the model a that
labels source b (0 for the truth). With the numbers of theory/ridge/source_fit.py, a fit has the error

    e' = sum_b P_b e_{a_b} - rho A^-1 w0 + noise,   cov(noise) = sum_b n_b l_b^2 R_b A^-1 S_b A^-1,
    R_b = sigma_b^2 + E |e' - e_{a_b}|^2 in S_b,

a system of one equation a source for the residual variances R_b. The risk is E |e'|^2 in the covariance of the test's
inputs. A mean m of inputs enters as the second moment S + m m'.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_range, guarded
from genloss.theory.ridge.mixture import Block, checked_blocks
from genloss.theory.ridge.source_algebra import Algebra, Axes, Matrices
from genloss.theory.ridge.source_fit import SourceFit, source_fit
from genloss.theory.ridge.source_inputs import checked_inputs

__all__ = ["Source", "SourcesRisk", "sources_risk"]

_LARGEST = 250_000_000  # numbers in the cross moments of all fits: 2 GB


@dataclass(frozen=True)
class Source:
    """Rows of one origin and one law of inputs in one fit: fresh inputs, fresh labels.

    rows, origin, noise, weight: as in `ridge.Block`. covariance: of the inputs: eigenvalues along axes that all
    sources share, (dim,), >= 0, or a matrix (dim, dim). mean: of the inputs, (dim,); None is 0.
    """

    rows: float
    origin: int
    noise: float
    covariance: ArrayLike
    mean: ArrayLike | None = None
    weight: float = 1.0


@dataclass(frozen=True)
class SourcesRisk:
    """Expected excess risk of every fit on the test's inputs, each (fits,), in the order the fits were given.

    total: E(x.w - x.w0)^2, x drawn from the test's law. bias, variance: what the same fit would lose if the truth
    labeled every row: without noise, and by the noise of its own labels. inherited: total - bias - variance, what the
    labels of earlier models add. allowance: how far finite size may push the true mean from total; 0 where exact.
    exact: for every fit. status: "exact" if every fit is. learned: per fit the share in what is learned of each of its
    sources, summing to 1, averaged over the test's inputs. moments: E(w - w0)(w - w0)' per fit, (fits, dim) on shared
    axes, else (fits, dim, dim): with it the risk on any other law of inputs is a sum.
    """

    total: Array
    bias: Array
    variance: Array
    inherited: Array
    allowance: Array
    exact: tuple[bool, ...]
    status: str
    learned: tuple[Array, ...]
    moments: Array


@guarded
def sources_risk(
    coefficients: ArrayLike,
    fits: Sequence[Sequence[Source]],
    *,
    penalty: ArrayLike,
    test_covariance: ArrayLike,
    test_mean: ArrayLike | None = None,
    finite_size: bool = True,
) -> SourcesRisk:
    r"""Expected excess risk of ridge fits, each to sources of unlike inputs, labeled by the truth or by earlier fits.

    Fit f minimizes (1/T) sum_i omega_i (y_i - x_i.w)^2 + penalty_f |w|^2, without an intercept, over the rows of
    fits[f]; source b has inputs x ~ N(mean_b, covariance_b), drawn for this fit alone. The risk is that on inputs of
    the test's mean and covariance (covariate shift: they need not be those of any source).

    .. math:: E = tr \, (\Sigma + \mu \mu') \, E(w - w_0)(w - w_0)'

    coefficients: w0, (dim,). fits: one entry per fit, each a list of `Source`; an origin is TRUTH or the index of an
    earlier fit. penalty: >= 0, one number or one per fit; 0 is least squares, or minimum norm where the rows with
    weight are fewer than dim. test_covariance: eigenvalues along the shared axes, (dim,), or a matrix.
    finite_size: use T - dim - 1 for T - dim rows in least squares, exact where all covariances are equal.

    Index: fit 0 can only have the origin TRUTH: it is generation 0. Time: dim (fits + sources)^2 on shared axes without
    means, else dim^3 sources^2 a fit.
    Errors: `Problem` naming fits[f], the source and the argument: shapes that do not go together, a matrix that is no
    covariance, a direction without variance where there is no penalty, |rows - dim| <= 1 without a penalty.
    Status: exact for least squares whose fits see one origin, one covariance, equal weights and no mean; otherwise
    asymptotic in dim and rows. Means of any size are covered to the same order.
    Source: docs/theory/unlike_sources.md; the setting of two sources is that of arXiv 2510.08123.
    Checked by tests/statistical/test_sources.py and tests/unit/test_theory_sources.py.

    >>> from genloss.workflows import TRUTH
    >>> real, wide = Source(600, TRUTH, 0.5, [1.0] * 300), Source(600, TRUTH, 0.5, [2.0] * 300)
    >>> [sources_risk([0.1] * 300, [rows], penalty=0.0, test_covariance=[1.0] * 300).total.round(5).tolist()
    ...  for rows in ([real, real], [real, wide])]
    [[0.08343], [0.05724]]
    """
    _refuse_unnested(fits)
    inputs = checked_inputs(coefficients, fits, test_covariance, test_mean)
    algebra = Matrices(inputs.dim) if inputs.full else Axes(inputs.dim)
    penalties = checked_range("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0, one number or one per fit")
    if penalties.ndim > 1 or (penalties.ndim == 1 and penalties.size != len(fits)):
        raise Problem("penalty", f"shape {penalties.shape} for {len(fits)} fits", "give one number, or one per fit")
    penalties = np.broadcast_to(penalties, (len(fits),))
    if (len(fits) + 2) ** 2 * inputs.test.size > _LARGEST:
        raise Problem(
            "fits", f"cross moments of {len(fits)} fits take more than 2 GB", "give fewer fits, or shared axes"
        )
    known = _Known(algebra, inputs.truth)
    parts, exact, drift, learned = np.zeros((len(fits), 4)), [True], np.zeros(len(fits) + 1), []
    for f, sources in enumerate(fits):
        origins, rows, noise, weights = checked_blocks(f, [Block(s.rows, s.origin, s.noise, s.weight) for s in sources])
        _refuse_flat(f, inputs.covariances[f], weights, float(penalties[f]))
        fit = source_fit(
            algebra, inputs.covariances[f], rows, weights, float(penalties[f]), finite_size=finite_size,
            name=f"fits[{f}]: rows",
        )  # fmt: skip
        heard = noise**2 * fit.noise_factor
        parts[f, :3] = known.add(fit, inputs.covariances[f], origins, heard, inputs.test)
        alone = (
            finite_size and fit.least_squares and not inputs.means[f] and _one(origins, weights, inputs.covariances[f])
        )
        exact.append(alone and all(exact[a] for a in set(origins[weights > 0].tolist())))
        share = np.array([algebra.trace(inputs.test, each) for each in fit.learned])
        learned.append(share / max(share.sum(), 1e-300))
        parts[f, 3] = 0.0 if alone else fit.error
        drift[f + 1] = learned[f] @ drift[origins] + parts[f, 3]
    total, bias, variance, own = parts.T.copy()
    allowance = np.where(exact[1:], 0.0, total * (0.005 + drift[1:]) + 2 * bias * own)
    return SourcesRisk(
        total,
        bias,
        variance,
        total - bias - variance,
        allowance,
        tuple(exact[1:]),
        "exact" if all(exact) else "asymptotic",
        tuple(learned),
        np.array([known.moments[f + 1][f + 1] for f in range(len(fits))]),
    )


class _Known:
    """Second moments of the errors of all models so far: the truth first (0), then fits; and against w0."""

    def __init__(self, algebra: Algebra, coefficients: Array) -> None:
        self.algebra = algebra
        nothing = np.zeros_like(algebra.identity())
        self.moments: list[list[Array]] = [[nothing]]
        self.against: list[Array] = [nothing]  # E e w0'
        self.truth = algebra.outer(coefficients)

    def add(
        self, fit: SourceFit, covariances: Sequence[Array], origins: Array, heard: Array, test: Array
    ) -> tuple[float, float, float]:
        """Add the moments of one more fit; return its risk, and the bias and variance it has of its own."""
        a, count = self.algebra, len(self.moments)
        of = [int(origin) for origin in origins]
        cross = [
            sum((a.times(p, self.moments[o][j]) for p, o in zip(fit.learned, of, strict=True)), np.zeros_like(test))
            - a.times(fit.missed, a.transposed(self.against[j]))
            for j in range(count)
        ]
        truth = sum((a.times(p, self.against[o]) for p, o in zip(fit.learned, of, strict=True)), np.zeros_like(test))
        truth = truth - a.times(fit.missed, self.truth)
        square = sum(
            (a.transposed(a.times(p, a.transposed(cross[o]))) for p, o in zip(fit.learned, of, strict=True)),
            np.zeros_like(test),
        )
        square = square - a.transposed(a.times(fit.missed, a.transposed(truth)))
        apart = [
            a.trace(s, square - cross[o] - a.transposed(cross[o]) + self.moments[o][o])
            for s, o in zip(covariances, of, strict=True)
        ]
        alone = a.moved(fit.missed, self.truth, fit.missed)
        noise = [a.moved(fit.inverse, s, fit.inverse) for s in covariances]
        adds = fit.strength * np.array([a.trace(test, each) for each in noise])
        residuals = fit.residuals(heard + np.array(apart))
        square = square + sum(
            (r * n for r, n in zip(residuals * fit.strength, noise, strict=True)), np.zeros_like(test)
        )
        missed = fit.residuals(np.array([a.trace(s, alone) for s in covariances]))
        for j in range(count):
            self.moments[j].append(a.transposed(cross[j]))
        self.moments.append([*cross, square])
        self.against.append(truth)
        return a.trace(test, square), a.trace(test, alone) + float(adds @ missed), float(adds @ fit.residuals(heard))


def _refuse_unnested(fits: Sequence[Sequence[Source]]) -> None:
    """Refuse what is not a list of fits, each a list of sources."""
    if isinstance(fits, Source) or not isinstance(fits, Sequence) or any(isinstance(each, Source) for each in fits):
        found = "not a list of fits, each a list of its sources"
        raise Problem("fits", found, "put the sources of each fit in a list of their own: [[Source(...), Source(...)]]")
    for f, sources in enumerate(fits):
        refuse_other(f"fits[{f}]", sources)
        if not sources:
            raise Problem(f"fits[{f}]", "no source of rows to fit", "give at least one Source")


def refuse_other(name: str, sources: Sequence[Source]) -> None:
    """Refuse what is not a list of sources."""
    if not isinstance(sources, Sequence) or not all(isinstance(each, Source) for each in sources):
        raise Problem(name, "not a list of Source", "give one list: [Source(...), Source(...)]")


def _one(origins: Array, weights: Array, covariances: Sequence[Array]) -> bool:
    """Whether all rows with weight are of one origin, one weight and one covariance."""
    used = np.flatnonzero(weights > 0).tolist()
    first = covariances[used[0]]
    alike = all(np.array_equal(covariances[b], first) for b in used)
    return alike and np.unique(origins[used]).size == 1 and np.unique(weights[used]).size == 1


def _refuse_flat(f: int, covariances: Sequence[Array], weights: Array, penalty: float) -> None:
    """Refuse fits without a penalty to sources that do not vary in some direction."""
    if penalty > 0:
        return
    for b, covariance in enumerate(covariances):
        values = covariance if covariance.ndim == 1 else np.linalg.eigvalsh(covariance)
        if weights[b] > 0 and values.min() <= 1e-12 * values.max():
            raise Problem(
                f"fits[{f}][{b}].covariance",
                "inputs do not vary in some direction, and the fit has no penalty",
                "give a small penalty, or a covariance without eigenvalue 0",
            )


def __dir__() -> list[str]:
    return sorted(__all__)
