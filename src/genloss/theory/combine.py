"""Which linear combination of the fits of several generations has the smallest risk, and what does it gain?

All follows from the fits' cross moments, Q_gh = E <w_g - w0, w_h - w0> in the inputs' covariance: with weights a that
add up to 1 the combined fit is off by sum a_g (w_g - w0), so its risk is a'Qa. Of ridge fits `reuse.risk` has Q.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, as_numbers, checked_one, checked_range, guarded, together
from genloss.theory.reuse import SharedRows
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.spectra import PowerLaw, Spectrum, signal_on

__all__ = [
    "CombinationsByGeneration",
    "CombinedFits",
    "Extrapolation",
    "best_combination",
    "combinations_by_generation",
    "combined_risk",
    "extrapolation",
    "penalty_slope",
    "self_training",
]

_ALIKE = 1e-12  # of the largest moment: mean squared difference below which two combinations count as one
_SYMMETRIC = 1e-9


@dataclass(frozen=True)
class CombinedFits:
    """The best combination of K fits. Fits in order.

    weights: share of each fit, (K,), of any sign, adding up to 1. risk: of the combination. single: which fit alone
    has the smallest risk; single_risk: that risk. gain: 1 - risk / single_risk, from 0 to 1; 0 where that risk is 0.
    """

    weights: Array
    risk: float
    single: int
    single_risk: float
    gain: float


@dataclass(frozen=True)
class Extrapolation:
    """(1 + w) first - w second, one number or one per pair. weight: the best w, negative where averaging is better.

    risk: at the best w. gain: 1 - risk / the risk of the first fit. slope: d risk / dw at w = 0, below 0 where a small
    step away from the second fit helps.
    """

    weight: Array
    risk: Array
    gain: Array
    slope: Array


@dataclass(frozen=True)
class CombinationsByGeneration:
    """What stopping at each generation leaves, (K,) each, generation 0 first.

    single: risk of fit g. weight, pair: the best w of (1 + w) fit 0 - w fit g, and its risk. combined: risk of the best
    combination of fits 0 to g, which never rises. best_single, best_pair: the generation at which each is least.
    enough: the first generation whose `combined` is within `within` of the least.
    """

    single: Array
    weight: Array
    pair: Array
    combined: Array
    best_single: int
    best_pair: int
    enough: int


@guarded
def combined_risk(cross: ArrayLike, weights: ArrayLike) -> Array:
    r"""Return the risk of sum_g a_g w_g for weights a that add up to 1, a'Qa.

    cross: Q, (K, K), of any units of squared error, e.g. `reuse.risk(...).cross`. weights: (K,) or (..., K); another
    sum than 1 also shrinks or stretches the fit, which `cross_with_zero` can say: it has a further fit that is 0.
    Errors: `Problem` for a matrix that is no matrix of cross moments, and for weights of another sum.
    Status: exact, given the cross moments. Source: docs/theory/combining.md. Checked by
    tests/unit/test_theory_combine.py and tests/statistical/test_combine.py.

    >>> combined_risk([[1.0, 0.5], [0.5, 2.0]], [0.5, 0.5])
    array(1.)
    """
    moments = _moments(cross)
    shares = as_numbers("weights", weights, "a weight for each fit")
    if not shares.ndim or shares.shape[-1] != len(moments):
        raise Problem("weights", f"shape {shares.shape} for {len(moments)} fits", "give one weight for each fit")
    off = float(np.abs(shares.sum(axis=-1) - 1).max()) if shares.size else 0.0
    if not off <= _SYMMETRIC * max(1.0, float(np.abs(shares).max())):
        raise Problem("weights", f"they add up to 1 + {off:g}", "give weights that add up to 1")
    return np.asarray(np.einsum("...g,gh,...h->...", shares, moments, shares))


@guarded
def best_combination(cross: ArrayLike) -> CombinedFits:
    r"""Return the weights of smallest risk among those that add up to 1, and what they gain over the best single fit.

    .. math:: a = \frac{Q^{-1} 1}{1' Q^{-1} 1}, \qquad a'Qa = \frac{1}{1' Q^{-1} 1}

    cross: Q, (K, K), as in `combined_risk`. For weights of any sum give `cross_with_zero` of `reuse.risk`: its last fit
    predicts 0, and the weight that it gets is by how much the others shrink. Solved for the differences from the best
    single fit; combinations that differ by less than 1e-12 of the largest moment count as one, and get the smallest
    weights. Nothing is gained (gain 0) exactly where all differences are uncorrelated with the best fit's error.
    Errors: `Problem` for a matrix that is no matrix of cross moments.
    Status: exact, given the cross moments; that Q of `reuse.risk` is asymptotic. Weights that are estimated cost more:
    `advise.CombinedGenerations` has that. Source: docs/theory/combining.md. Checked by
    tests/unit/test_theory_combine.py and tests/statistical/test_combine.py.

    >>> best_combination([[1.0, 0.0], [0.0, 3.0]]).weights.tolist()
    [0.75, 0.25]
    """
    moments = _moments(cross)
    best = int(np.argmin(np.diagonal(moments)))
    others = np.delete(np.arange(len(moments)), best)
    leaning = moments[others, best] - moments[best, best]
    differing = (
        moments[np.ix_(others, others)] - moments[others, best, None] - moments[best, others] + moments[best, best]
    )
    moved = _least(differing, -leaning, float(np.diagonal(moments).max(initial=0.0)))
    weights = np.zeros(len(moments))
    weights[others], weights[best] = moved, 1 - moved.sum()
    alone = float(moments[best, best])
    left = min(max(alone + float(leaning @ moved), 0.0), alone)
    return CombinedFits(weights, left, best, alone, 1 - left / alone if alone else 0.0)


@guarded
def extrapolation(first: ArrayLike, second: ArrayLike, shared: ArrayLike) -> Extrapolation:
    r"""Return the best step away from a second fit, (1 + w) first - w second.

    .. math:: w = \frac{C - R_0}{R_0 - 2 C + R_1}, \qquad R_0 - \frac{(C - R_0)^2}{R_0 - 2 C + R_1}

    first, second: risks R_0 and R_1 of the two fits. shared: their cross moment C, at most sqrt(R_0 R_1) in size.
    Numbers or arrays that broadcast. w > 0 where C > R_0: the second fit repeats the first one's error and adds to it.
    Fits that never differ have w = 0.
    Errors: `Problem` for risks below 0 and for a moment that no two such fits have.
    Status: exact, given the three moments. Source: docs/theory/combining.md. Checked by
    tests/unit/test_theory_combine.py and tests/statistical/test_combine.py.

    >>> found = extrapolation(1.0, 2.0, 1.3)
    >>> round(float(found.weight), 6), round(float(found.risk), 6), round(float(found.slope), 6)
    (0.75, 0.775, -0.6)
    """
    meaning = "a risk >= 0"
    one = checked_range("first", first, lowest=0, meaning=meaning)
    other = checked_range("second", second, lowest=0, meaning=meaning)
    meets = as_numbers("shared", shared, "the cross moment of the two fits")
    one, other, meets = together(first=one, second=other, shared=meets)
    if not np.all(np.abs(meets) <= np.sqrt(one) * np.sqrt(other) * (1 + _SYMMETRIC)):
        raise Problem("shared", "larger than sqrt(first x second)", "give the cross moment of these two fits' errors")
    leaning, differing = meets - one, np.maximum(one - 2 * meets + other, 0.0)
    apart = differing > _ALIKE * np.maximum(one, other)
    weight = np.where(apart, leaning / np.where(apart, differing, 1.0), 0.0)
    saved = np.minimum(weight * leaning, one)
    return Extrapolation(weight, one - saved, saved / np.where(one > 0, one, 1.0), -2 * leaning)


@guarded
def combinations_by_generation(cross: ArrayLike, *, within: float = 0.01) -> CombinationsByGeneration:
    """Return what each generation's fit, its pair with fit 0, and all fits so far combined lose: where to stop.

    cross: Q, (K, K), generation 0 first. within: part of the risk by which `enough` may miss the least one, 0 to 1.
    Errors: as `best_combination`. Status: exact, given the cross moments. Source: docs/theory/combining.md.
    Checked by tests/unit/test_theory_combine.py.

    >>> found = combinations_by_generation([[1.0, 0.5, 0.5], [0.5, 1.0, 0.5], [0.5, 0.5, 1.0]])
    >>> found.combined.round(4).tolist(), found.enough
    ([1.0, 0.75, 0.6667], 2)
    """
    moments = _moments(cross)
    share = checked_one("within", within, lowest=0, highest=1, meaning="a part of the risk, 0 to 1")
    single = np.diagonal(moments).copy()
    pair = extrapolation(single[0], single, np.clip(moments[0], -np.sqrt(single[0] * single), None))
    found = [best_combination(moments[: g + 1, : g + 1]).risk for g in range(len(moments))]
    combined = np.minimum.accumulate(found)
    enough = int(np.argmax(combined <= combined[-1] * (1 + share)))
    ends = int(np.argmin(single)), int(np.argmin(pair.risk)), enough
    return CombinationsByGeneration(single, pair.weight, pair.risk, combined, *ends)


@guarded
def penalty_slope(
    spectrum: Spectrum, coefficients: ArrayLike | PowerLaw, *, rows: float, noise: float, penalty: float
) -> float:
    r"""Return how the excess risk of one ridge fit changes with the logarithm of its penalty.

    .. math:: \lambda \frac{dR}{d\lambda} = \frac{2 \lambda}{(1 - \mathrm{df}_2 / T)^2} \sum_i
        \frac{s_i^2}{(s_i + \kappa)^3} \Big( \kappa w_i^2 - \frac{\sigma^2 + R}{T} \Big) = 2 (C - R)

    kappa: the effective ridge; C: the cross moment with a refit to the labels that the fit predicts on its own rows, at
    the same penalty, since that refit is w + penalty dw/dpenalty. So the sign is that of the best w of `extrapolation`
    for these two: above 0 the penalty is too large and a step away from the refit helps, below 0 averaging with it
    does, at 0 neither. It is 0 at every spectrum where all w_i are alike and the penalty is sigma^2 / (T w_i^2).

    rows: T. noise: sigma, of a label. penalty: > 0. Others as in `reuse.risk`. In units of the risk.
    Errors: `Problem` naming the argument. Status: asymptotic, as `reuse.risk`.
    Source: docs/theory/combining.md; the identity is that of arXiv 2602.17565. Checked by
    tests/unit/test_theory_combine.py (difference quotients, cross moments), tests/statistical/test_combine.py.

    >>> [round(penalty_slope([1.0] * 50, 50**-0.5, rows=200, noise=0.5, penalty=p), 4) for p in (0.02, 0.1, 0.3)]
    [-0.0035, 0.0101, 0.0858]
    """
    count = checked_one("rows", rows, lowest=1e-6, meaning="a number of rows of at least 1e-6")
    variance = checked_one("noise", noise, lowest=0, meaning="a standard deviation >= 0") ** 2
    given = checked_one("penalty", penalty, lowest=1e-30, meaning="a penalty > 0")
    nodes, power = signal_on(spectrum, coefficients)
    kappa = float(effective_ridge(nodes, rows=count, penalty=given))
    kept, lost = nodes.values / (nodes.values + kappa), kappa / (nodes.values + kappa)
    spare = 1 - float(nodes.multiplicity @ kept**2) / count
    level = (float(power @ lost**2) + variance) / spare  # sigma^2 + R
    steep = kept * lost / (nodes.values + kappa)  # s kappa / (s + kappa)^3
    uphill, downhill = float(power @ steep), level / count * float(nodes.multiplicity @ (steep * nodes.values)) / kappa
    return 2 * given / spare**2 * (uphill - downhill)


def self_training(
    rows: float, *, noise: float, rounds: int, design: str = "fresh", new_rows: float | None = None
) -> list[SharedRows]:
    """Return the batches of a fit that is refitted to its own predictions, labels without noise, for `reuse.risk`.

    rows: real rows of fit 0. noise: standard deviation of their labels' noise. rounds: of refitting, 1 to 200; fit g is
    labeled by fit g - 1. design: "fresh" inputs for every refit, `new_rows` of them (None: as many as real ones), or
    the "same" inputs as fit 0.
    Errors: `Problem` naming the argument. Status: exact as a description.
    Source: docs/theory/combining.md. Checked by tests/statistical/test_combine.py (self_training, drawn rows).

    >>> [batch.rows for batch in self_training(100, noise=0.5, rounds=2, new_rows=300)]
    [100.0, 300.0, 300.0]
    """
    real = checked_one("rows", rows, lowest=1e-6, meaning="a number of rows of at least 1e-6")
    spread = checked_one("noise", noise, lowest=0, meaning="a standard deviation >= 0")
    count = int(
        checked_range("rounds", rounds, lowest=1, highest=200, whole=True, meaning="a number of rounds, 1 to 200")
    )
    if design not in ("fresh", "same"):
        raise Problem("design", f"{design!r} is not a design", 'give "fresh" or the "same" inputs for the refits')
    if design == "same" and new_rows is not None:
        raise Problem("new_rows", "is given with the same inputs", 'leave it out, or give design = "fresh"')
    taught = np.diag(np.ones(count), -1)
    if design == "same":
        seen = np.zeros((count + 1, count + 1))
        seen[0, 0] = spread**2
        return [SharedRows(real, np.ones(count + 1), taught, 0.0, noise_covariance=seen)]
    later = real if new_rows is None else checked_one("new_rows", new_rows, lowest=1e-6, meaning="a number of rows")
    only = np.eye(count + 1)
    return [
        SharedRows(later if g else real, only[g], taught * only[g][:, None], 0.0 if g else spread)
        for g in range(count + 1)
    ]


def _moments(cross: ArrayLike) -> Array:
    """Return Q, or say why it is no matrix of cross moments."""
    moments = as_numbers("cross", cross, "the matrix of cross moments, (fits, fits)")
    if moments.ndim != 2 or moments.shape[0] != moments.shape[1] or not moments.size:
        raise Problem("cross", f"shape {moments.shape}", "give one row and column per fit, (fits, fits)")
    if not np.isfinite(moments).all() or float(np.abs(moments).max()) > 1e100:
        raise Problem("cross", "moments that are no numbers, or beyond 1e100", "give finite moments")
    size = float(np.abs(moments).max())
    lowest = (
        np.linalg.eigvalsh(moments)[0] if np.allclose(moments, moments.T, rtol=0, atol=_SYMMETRIC * size) else -1e300
    )
    if lowest < -_SYMMETRIC * size:
        raise Problem(
            "cross", "no matrix of cross moments", "give a symmetric matrix without negative eigenvalues, as cross is"
        )
    return (moments + moments.T) / 2


def _least(matrix: Array, wanted: Array, size: float) -> Array:
    """Solve a symmetric system by its eigenvectors; directions below `_ALIKE` of `size` get nothing."""
    values, vectors = np.linalg.eigh(matrix)
    apart = values > _ALIKE * size
    found = (vectors.T @ wanted)[apart] / values[apart]
    return np.asarray(vectors[:, apart] @ found)


def __dir__() -> list[str]:
    return sorted(__all__)
