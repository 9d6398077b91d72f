"""How fast does the risk fall with the number of rows, and which term is in the way?

Power laws: eigenvalues s_j = j^-beta, signal s_j w_j^2 = j^-(1 + 2 beta r); beta is the *capacity*,
r the *source*. Penalty lambda = T^-l, with l the *decay*. Generators have T0 ~ T^b rows, dim a fixed
share of T0 (or falling below it by T^-f), and n sigma0^2 ~ T^a of noise handed on. For 0 <= l < beta:

    bias ~ T^-(2 min(r, 1) l),   variance ~ sigma^2 T^-(1 - l / beta),
    synthetic ~ T^-(b_eff - a - l / beta),   b_eff = min(b, 1 + f).

An exponent here is e in T^-e: larger is better, below 0 the term grows.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import gamma, stdtrit, zeta

from genloss.errors import Problem, shown
from genloss.theory.arguments import Array, as_numbers, checked_one, checked_range, guarded, guarded_infinite
from genloss.theory.ridge.spectra import PowerLaw, Spectrum, nodes_of

__all__ = [
    "CleanScaling",
    "Crossovers",
    "PowerLawFit",
    "SyntheticScaling",
    "TermExponents",
    "clean_scaling",
    "crossovers",
    "effective_growth",
    "fit_power_law",
    "synthetic_scaling",
    "term_exponents",
]


@dataclass(frozen=True, slots=True)
class CleanScaling:
    """Exponents of the best risk on real labels.

    critical_decay: l_crit, the best decay with label noise. noisy: exponent there.
    noiseless: exponent without label noise, at any decay from capacity on. noiseless_decay: capacity.
    """

    critical_decay: float
    noisy: float
    noiseless: float
    noiseless_decay: float


@dataclass(frozen=True, slots=True)
class SyntheticScaling:
    """Exponents of the risk on n-fold synthetic labels.

    best_decay: l*, to be used instead of l_crit. best: exponent there. at_critical_decay: exponent
    when the penalty of real labels is kept. grows: whether the risk then grows with the rows.
    growth: b_eff.
    """

    best_decay: float
    best: float
    at_critical_decay: float
    grows: bool
    growth: float


@dataclass(frozen=True, slots=True)
class TermExponents:
    """Exponent of each term of the risk at a decay; their minimum is that of the total."""

    bias: float
    variance: float
    synthetic: float
    total: float


@dataclass(frozen=True, slots=True)
class Crossovers:
    """Numbers of rows T at which one term overtakes another, for lambda = T^-decay.

    bias_meets_noise: bias and label noise are equal; beyond it the larger exponent has lost (nan if they run
    parallel, at l_crit; infinite beyond 1e308).
    synthetic: above it the noise of the generators exceeds the label noise (0
    if it always does). plateau: dim, above which synthetic noise no longer falls relative to 1/T.
    """

    bias_meets_noise: float
    synthetic: float
    plateau: float


@dataclass(frozen=True, slots=True)
class PowerLawFit:
    """Capacity and source read off a spectrum and its signal, each with an interval.

    first, last: the ranks used, both included. level: of the intervals. The interval of the source
    takes the two slopes as independent.
    """

    capacity: float
    capacity_interval: tuple[float, float]
    source: float
    source_interval: tuple[float, float]
    first: int
    last: int
    level: float


@guarded
def clean_scaling(capacity: float, source: float) -> CleanScaling:
    r"""Return the exponents of the best risk on real labels.

    .. math:: l_{crit} = \frac{\beta}{2 \beta \bar r + 1}, \quad E \sim T^{-2 \beta \bar r / (2 \beta \bar r + 1)}
        \text{ with noise}, \quad T^{-2 \beta \bar r} \text{ without}, \quad \bar r = \min(r, 1)

    capacity: beta > 1. source: r > 0. Generation 0. Status: asymptotic in rows; corrections are slow
    at small source (use T >= 1e6). Source: arXiv 2105.15004 and 2402.07712, section 5; derived in
    docs/theory/regression.md. Checked by tests/unit/test_theory_scaling.py on the recursion.

    >>> clean = clean_scaling(2.0, 0.375)
    >>> round(clean.critical_decay, 6), round(clean.noisy, 6), clean.noiseless
    (0.8, 0.6, 1.5)
    """
    beta, r = _checked_law(capacity, source)
    steep = 2 * beta * r
    return CleanScaling(beta / (steep + 1), steep / (steep + 1), steep, beta)


@guarded
def effective_growth(growth: float, aspect_decay: float = 0.0) -> float:
    r"""Return b_eff, the power of T by which the generators' noise per unit is really divided.

    That noise is max(T / T0, phi0) / T with phi0 = dim / T0: once T0 outgrows T, dim in a fixed
    proportion to T0 keeps the second term, so b_eff = min(b, 1), not b. aspect_decay f: phi0 ~ T^-f
    gives min(b, 1 + f); inf (dim far below the rows) gives b.

    growth: b >= 0. Status: asymptotic. Source: corollary 5.2 of arXiv 2402.07712 has b where b_eff is
    meant; docs/theory/slips.md. Checked by tests/unit/test_theory_scaling.py on the recursion.

    >>> effective_growth(0.8), effective_growth(1.3), effective_growth(1.3, aspect_decay=float("inf"))
    (0.8, 1.0, 1.3)
    """
    b = checked_one("growth", growth, lowest=0, meaning="b >= 0 in generator rows ~ T^b")
    mend = "f >= 0 in dim / generator rows ~ T^-f"
    fall = as_numbers("aspect_decay", aspect_decay, mend)
    if fall.ndim or not fall >= 0:
        raise Problem("aspect_decay", f"{shown(aspect_decay)} is not >= 0", f"give {mend}")
    return min(b, 1 + float(fall))


@guarded_infinite
def term_exponents(
    capacity: float,
    source: float,
    *,
    decay: float,
    growth: float,
    noise_growth: float = 0.0,
    noisy: bool = True,
    aspect_decay: float = 0.0,
) -> TermExponents:
    """Return the exponent of each term at lambda = T^-decay, as the first lines of this file say.

    decay: 0 <= l <= capacity (beyond, kappa no longer follows the penalty: refused). growth: b.
    noise_growth: a. noisy: whether the predictor's own labels carry noise. aspect_decay: f.
    Status: asymptotic in rows. Source: docs/theory/regression.md. Checked by tests/unit/test_theory_scaling.py.

    >>> term_exponents(2.0, 0.375, decay=0.8, growth=0.8).total.__round__(6)
    0.4
    """
    beta, r = _checked_law(capacity, source)
    meaning = "a decay from 0 to capacity: beyond, the effective ridge no longer follows the penalty"
    rate = checked_one("decay", decay, lowest=0, highest=beta, meaning=meaning)
    a = checked_one("noise_growth", noise_growth, lowest=-np.inf, meaning="a in n sigma0^2 ~ T^a")
    bias, variance = 2 * r * rate, 1 - rate / beta if noisy else np.inf
    synthetic = effective_growth(growth, aspect_decay) - a - rate / beta
    return TermExponents(bias, variance, synthetic, min(bias, variance, synthetic))


@guarded
def synthetic_scaling(
    capacity: float,
    source: float,
    *,
    growth: float,
    noise_growth: float = 0.0,
    noisy: bool = True,
    aspect_decay: float = 0.0,
) -> SyntheticScaling:
    r"""Return the best decay on n-fold synthetic labels, its exponent, and what the clean decay gives.

    .. math:: l^* = e \, l_{crit}, \quad E^* \sim T^{-e c}, \quad e = \min(b_{eff} - a, 1 \text{ if noisy}),
        \quad l^* \le \beta, \quad c = \frac{2 \beta \bar r}{2 \beta \bar r + 1}

    At l_crit the exponent is min(c, c + b_eff - a - 1): the risk grows iff b_eff < a + 1 - c. Where
    e <= 0 nothing falls with T: l* = 0 and the exponent is 0.

    growth: b >= 0. noise_growth: a. noisy, aspect_decay: as in `term_exponents`. Generation n >= 1.
    Status: asymptotic. Source: arXiv 2402.07712, section 5, corrected (docs/theory/slips.md).
    Checked by tests/unit/test_theory_scaling.py on the recursion.

    >>> slow, fast = (synthetic_scaling(2.0, 0.375, growth=b) for b in (0.8, 1.3))
    >>> round(slow.best_decay, 6), round(slow.best, 6), round(slow.at_critical_decay, 6), round(fast.best, 6)
    (0.64, 0.48, 0.4, 0.6)
    """
    clean = clean_scaling(capacity, source)
    a = checked_one("noise_growth", noise_growth, lowest=-np.inf, meaning="a in n sigma0^2 ~ T^a")
    growth = effective_growth(growth, aspect_decay)
    edge = max(min(growth - a, 1.0) if noisy else growth - a, 0.0)
    decay = min(edge * clean.critical_decay, capacity)
    best = min(edge * clean.noisy, clean.noiseless)
    kept = clean.noisy + min(growth - a - 1, 0.0)
    return SyntheticScaling(decay, best, kept, kept < 0, growth)


@guarded_infinite
def crossovers(
    capacity: float,
    source: float,
    *,
    decay: float,
    noise: float,
    generator_noise: float,
    generations: float,
    generator_rows: float,
    dim: float,
) -> Crossovers:
    r"""Return where, in rows T, one term of the risk overtakes another at lambda = T^-decay.

    With kappa = T^-l, integrals over the power law give, for r < 1,

    .. math:: bias = T^{-2 r l} \frac{\Gamma(2 - 2r) \Gamma(2r)}{\beta}, \quad
        variance = \sigma^2 T^{l / \beta - 1} \frac{(1 - 1/\beta) \pi / \beta}{\sin(\pi / \beta)},

    (for r > 1 the bias is T^-2l zeta(1 + 2 beta (r - 1))), and the noise of least squares generators is
    n sigma0^2 (T + d) / (T0 - d) times variance / sigma^2: their crossing is T = sigma^2 (T0 - d) / (n sigma0^2) - d.

    decay: 0 < l < capacity. noise, generator_noise: standard deviations >= 0. generations: n >= 0.
    generator_rows: T0 > dim. Status: asymptotic: leading terms for T far above 1. Source: derived in
    docs/theory/regression.md. Checked by tests/unit/test_theory_scaling.py on the recursion.

    >>> crossovers(2.0, 0.375, decay=0.8, noise=1.0, generator_noise=1.0, generations=1,
    ...            generator_rows=600, dim=100).synthetic
    400.0
    """
    beta, r = _checked_law(capacity, source)
    rate = checked_one("decay", decay, lowest=0, highest=beta, meaning="a decay from 0 to capacity")
    sigma = checked_one("noise", noise, lowest=0, meaning="a standard deviation >= 0")
    other = checked_one("generator_noise", generator_noise, lowest=0, meaning="a standard deviation >= 0")
    n = checked_one("generations", generations, lowest=0, meaning="a number of generator fits >= 0")
    d = checked_one("dim", dim, lowest=1, meaning="a number of features from 1 on")
    t0 = checked_one("generator_rows", generator_rows, lowest=d + 2, meaning="rows of least squares, >= dim + 2")
    if source == 1:
        raise Problem("source", "at 1 the bias carries a logarithm of T", "give a source below or above 1")
    bias = float(gamma(2 - 2 * r) * gamma(2 * r) / beta) if source < 1 else float(zeta(1 + 2 * beta * (source - 1)))
    variance = sigma**2 * (1 - 1 / beta) * np.pi / beta / np.sin(np.pi / beta)
    exponent = 2 * r * rate - (1 - rate / beta)  # bias / variance ~ T^-exponent
    meet = np.nan if abs(exponent) < 1e-12 or sigma == 0 else (bias / variance) ** (1 / exponent)
    handed = n * other**2
    synthetic = np.inf if handed == 0 else max(sigma**2 * (t0 - d) / handed - d, 0.0)
    return Crossovers(float(meet), float(synthetic), d)


@guarded
def fit_power_law(
    spectrum: Spectrum,
    power: ArrayLike,
    *,
    first: int | None = None,
    last: int | None = None,
    level: float = 0.95,
) -> PowerLawFit:
    r"""Estimate capacity and source from eigenvalues and the signal's power along each.

    .. math:: s_j \sim j^{-\beta}, \qquad power_j \sim j^{-q}, \quad q = 1 + 2 \beta r

    Ranks first..last are cut into 16 blocks of equal width in log j (fewer where ranks are few). A
    line is fitted to the log of each block's mean of value x j^slope, weighted by the ranks in it,
    until the slope repeats itself; intervals are Student's t from the scatter of blocks about the line.

    spectrum: eigenvalues > 0, in any order (sorted with their power, descending), or a `PowerLaw`
    short enough to be listed. power: s_j w_j^2 >= 0, the same shape. first, last: ranks from 1; by
    default from 4 to half of the eigenvalues above 1e-12 of the largest. level: of the intervals.

    Status: consistent where both are power laws over the ranks used; the power may scatter about its
    law independently from rank to rank (as squares of Gaussian numbers do), and its interval then
    covers as stated. Eigenvalues of one sample are dependent: the interval of capacity measures how
    straight the line is, not sampling error. Errors: `Problem` for fewer than 8 ranks or no power in them.
    Source: docs/theory/regression.md. Checked by tests/unit/test_theory_scaling.py: exact laws
    to 1e-9, coverage on scattered ones.

    >>> j = np.arange(1.0, 2001.0)
    >>> found = fit_power_law(j**-2.0, j**-2.5)
    >>> round(found.capacity, 6), round(found.source, 6)
    (2.0, 0.375)
    """
    eigenvalues = spectrum.listed() if isinstance(spectrum, PowerLaw) else nodes_of(spectrum).values
    signal = checked_range("power", power, lowest=0, meaning="the signal's power s w0^2 >= 0 per direction")
    if signal.shape != eigenvalues.shape:
        raise Problem(
            "power", f"shape {signal.shape} beside {eigenvalues.size} eigenvalues", "give one power per eigenvalue"
        )
    order = np.argsort(eigenvalues)[::-1]
    eigenvalues, signal = eigenvalues[order], signal[order]
    usable = int(np.count_nonzero(eigenvalues > 1e-12 * eigenvalues[0]))
    low = 4 if first is None else first
    high = usable // 2 if last is None else last
    if not 1 <= low <= high - 7 or high > usable:
        raise Problem(
            "first, last",
            f"ranks {low} to {high} of {usable} eigenvalues above rounding",
            "give ranks from 1 that leave at least 8 to fit a line to",
        )
    level = checked_one("level", level, lowest=0.01, highest=0.9999, meaning="a confidence level, e.g. 0.95")
    ranks = np.arange(low, high + 1, dtype=float)
    beta, beta_error, freedom = _slope(ranks, eigenvalues[low - 1 : high], "spectrum")
    q, q_error, _ = _slope(ranks, signal[low - 1 : high], "power")
    source = (q - 1) / (2 * beta)
    source_error = float(np.hypot(q_error, 2 * source * beta_error) / (2 * beta))
    width = float(stdtrit(freedom, (1 + level) / 2))
    return PowerLawFit(
        beta,
        (beta - width * beta_error, beta + width * beta_error),
        source,
        (source - width * source_error, source + width * source_error),
        low,
        high,
        level,
    )


def _checked_law(capacity: float, source: float) -> tuple[float, float]:
    """Return beta and min(r, 1), or say which is out of range."""
    beta = checked_one("capacity", capacity, lowest=1, meaning="an exponent beta > 1 of the spectrum j^-beta")
    if beta == 1:
        raise Problem("capacity", "1: the eigenvalues j^-1 have no finite sum as dim grows", "give beta > 1")
    smallest = float(np.finfo(float).tiny)
    return beta, min(checked_one("source", source, lowest=smallest, meaning="an exponent r > 0"), 1.0)


def _slope(ranks: Array, values: Array, name: str) -> tuple[float, float, int]:
    """Return e in values ~ ranks^-e, its standard error and the degrees of freedom of that error."""
    depth = np.log(ranks)
    block = np.minimum((16 * (depth - depth[0]) / (depth[-1] - depth[0])).astype(int), 15)
    block = np.unique(block, return_inverse=True)[1]
    count = np.bincount(block).astype(float)
    middle = np.bincount(block, depth) / count
    total = np.bincount(block, values)
    if count.size < 4 or np.any(total <= 0):
        raise Problem(name, "no value above 0 in some of the ranks used", "choose first and last where the law holds")
    slope, error = 0.0, np.inf
    for _ in range(200):
        level = np.log(np.bincount(block, values * ranks**slope) / count) - slope * middle
        center = middle - (count @ middle) / count.sum()
        found = -(count * center) @ level / (count @ center**2)
        residual = level - (count @ level) / count.sum() + found * center
        error = np.sqrt((count @ residual**2) / (count.size - 2) / (count @ center**2))
        if abs(found - slope) < 1e-13 * max(1.0, abs(found)):
            break
        slope = found
    return float(found), float(error), count.size - 2


def __dir__() -> list[str]:
    return sorted(__all__)
