"""How should real and synthetic labels be weighted, and how large should the penalty be?

Two mixing schemes that never end: *relabeled* (one fixed set of inputs, every row's label a blend of
a fresh real one and the last fit's) and *fresh* (new real rows and new synthetic rows each time).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_one, checked_range, guarded, guarded_infinite, refuse_edge, together
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.fit import finite_size_error, minimum_norm_factor, weighted_fit
from genloss.theory.ridge.replace import replace_risk
from genloss.theory.ridge.spectra import Nodes, PowerLaw, Spectrum, nodes_of, signal_on

__all__ = [
    "MixingRisk",
    "OptimalPenalty",
    "OptimalWeight",
    "fresh_mixing_risk",
    "golden_real_weight",
    "isotropic_optimal_penalty",
    "optimal_penalty",
    "optimal_real_weight",
    "relabeled_risk",
]


@dataclass(frozen=True, slots=True)
class MixingRisk:
    """Expected excess risk after infinitely many generations, and its parts.

    total = bias + variance. bias: without any label noise. variance: what the noise of all
    generations adds. effective_weight: the share of the real labels in what is learned; equals
    real_weight for relabeled rows. allowance, status: as in `Risk`.
    """

    total: Array
    bias: Array
    variance: Array
    effective_weight: Array
    allowance: Array
    status: str


@dataclass(frozen=True, slots=True)
class OptimalWeight:
    """The share of the loss that real labels should carry.

    real_weight: the minimizer. effective_weight: the share of what is learned that it amounts to.
    penalty: the one given, or the one found with it. risk: at the minimum. real_only: the risk when
    only real labels are used (at the given penalty, or at its own best one).
    """

    real_weight: float
    effective_weight: float
    penalty: float
    risk: float
    real_only: float


@dataclass(frozen=True, slots=True)
class OptimalPenalty:
    """The best penalty at a generation, beside the one that would be best on real labels.

    penalty, risk: the minimizer (0 or inf where the risk falls up to that end) and its risk.
    clean_penalty: the minimizer at generation 0. clean_risk: the risk at generation 0 with it.
    risk_at_clean_penalty: the risk at the asked generation with it. cost: what using it there costs,
    risk_at_clean_penalty - risk.
    """

    penalty: float
    risk: float
    clean_penalty: float
    clean_risk: float
    risk_at_clean_penalty: float
    cost: float


@guarded
def relabeled_risk(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    *,
    noise: ArrayLike,
    rows: ArrayLike,
    penalty: ArrayLike,
    real_weight: ArrayLike,
) -> MixingRisk:
    r"""Excess risk, in the limit of many generations, when one set of rows is relabeled by blends.

    The inputs X stay the same. At each generation row i gets the label w y_i + (1 - w) y'_i: y a
    fresh real label, y' the last fit's with fresh noise of the same size. With
    ka = kappa(lambda / w), kb = kappa(lambda / (2 - w)), D = sum s^2 / ((s + ka)(s + kb)):

    .. math:: E = \frac{ka^2 \sum s w_0^2 / (s + ka)^2}{1 - df_2(ka) / T}
        + \sigma^2 \frac{w^2 + (1 - w)^2}{w (2 - w)} \frac{D}{T - D}

    so the bias is that of real labels with the penalty lambda / w. spectrum: eigenvalues s (dim,),
    > 0, or `PowerLaw` or `Nodes`. coefficients: w0, (dim,), one number, or `PowerLaw`. noise:
    standard deviation >= 0. rows: T >= 1. penalty: lambda >= 0. real_weight: w in (0, 1]. The last
    four broadcast; the result has their shape. 1 is ordinary ridge on real labels (generation 0).

    Errors: `Problem` for real_weight 0 (the noise of every generation is kept: no limit), for
    |rows - dim| <= 1 without a penalty. Status: exact without a penalty for T >= dim + 2, otherwise
    asymptotic. Source: the setting is that of arXiv 2509.22341; derived in docs/theory/regression.md.
    Checked by tests/statistical/test_theory_mixing.py.

    >>> risk = relabeled_risk([1.0] * 10, 1.0, noise=1.0, rows=100, penalty=0.0, real_weight=[0.5, 0.618034, 1.0])
    >>> (risk.total / risk.total[2]).round(6).tolist()
    [0.666667, 0.618034, 1.0]
    """
    nodes, signal = signal_on(spectrum, coefficients)
    sigma, t, lam, w = together(
        noise=checked_range("noise", noise, lowest=0, meaning="a standard deviation >= 0"),
        rows=checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on"),
        penalty=checked_range("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0"),
        real_weight=_checked_weight(real_weight),
    )
    plain = lam == 0
    refuse_edge("rows", t, nodes.dim, plain)
    ka = effective_ridge(nodes, rows=t, penalty=lam / w)[..., None]
    kb = effective_ridge(nodes, rows=t, penalty=lam / (2 - w))[..., None]
    followed, other = nodes.values / (nodes.values + ka), nodes.values / (nodes.values + kb)
    missed, rest = ka / (nodes.values + ka), kb / (nodes.values + kb)
    freedom = (followed * other) @ nodes.multiplicity
    least_squares = plain & (t > nodes.dim)
    # T - df1 = lambda T / kappa at each of the two ridges; nothing cancels
    left = lam / w * t / np.where(ka > 0, ka, 1)[..., 0]
    slack = np.where(least_squares, t - nodes.dim - 1, left + (followed * rest) @ nodes.multiplicity)
    bias_slack = np.where(least_squares, t - nodes.dim, left + (followed * missed) @ nodes.multiplicity)
    bias = (missed**2 @ signal) * t / bias_slack
    variance = sigma**2 * (w**2 + (1 - w) ** 2) / (w * (2 - w)) * freedom / slack
    variance = variance * np.where(plain, minimum_norm_factor(nodes.dim, t), 1.0)
    total, exact = bias + variance, bool(np.all(least_squares))
    allowance = np.where(
        least_squares, 0.0, total * (0.005 + finite_size_error(bias_slack)) + 2 * bias * finite_size_error(bias_slack)
    )
    return MixingRisk(total, bias, variance, w + 0.0, allowance, "exact" if exact else "asymptotic")


@guarded
def fresh_mixing_risk(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    *,
    noise: float,
    rows: float,
    synthetic_rows: float,
    penalty: float,
    real_weight: float,
    synthetic_noise: float | None = None,
) -> MixingRisk:
    r"""Excess risk, in the limit of many generations, on new real and new synthetic rows each time.

    Every fit sees `rows` fresh real rows that carry the share w of the loss, and `synthetic_rows`
    fresh rows labeled by the last fit that carry 1 - w: the fixed point of `ridge.mixture_risk` with
    blocks of weight w T / rows and (1 - w) T / synthetic_rows, solved in closed form. With pi the
    effective weights, L = (1 - D) / (1 - pi_2 D) and the error power is affine in one number.

    spectrum, coefficients: as in `relabeled_risk`. noise: standard deviation of real labels;
    synthetic_noise: of the others (default the same). real_weight: w in (0, 1]; 1 uses the real rows alone
    (their penalty is then counted over the real rows: lambda is that of `rows` rows).

    Errors: `Problem` where no limit exists: real_weight 0, or so little that errors grow.
    Status: asymptotic in dim and rows (exact for real_weight 1 without a penalty).
    Source: docs/theory/regression.md. Checked by tests/statistical/test_theory_mixing.py, against
    200 steps of the recursion and against simulation.

    >>> risk = fresh_mixing_risk([1.0] * 10, 1.0, noise=1.0, rows=1e5, synthetic_rows=1e5, penalty=0.0,
    ...                          real_weight=0.618034)
    >>> round(float(risk.total) * 1e4, 4)
    0.6181
    """
    nodes, signal = signal_on(spectrum, coefficients)
    weight = float(_checked_weight(real_weight))
    counts = np.array(
        [
            checked_one("rows", rows, lowest=1, meaning="a number of rows from 1 on"),
            checked_one("synthetic_rows", synthetic_rows, lowest=1, meaning="a number of rows from 1 on"),
        ]
    )
    sigma = checked_one("noise", noise, lowest=0, meaning="a standard deviation >= 0")
    other = sigma if synthetic_noise is None else synthetic_noise
    other = checked_one("synthetic_noise", other, lowest=0, meaning="a standard deviation >= 0")
    penalty = checked_one("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0")
    if weight == 1.0:
        counts[1] = 0.0
    shares = np.array([weight, 1 - weight]) * counts.sum() / np.maximum(counts, 1)
    return _fixed_point(nodes, signal, counts, shares, np.array([sigma, other]), penalty)


def _fixed_point(nodes: Nodes, signal: Array, counts: Array, shares: Array, noise: Array, penalty: float) -> MixingRisk:
    """Solve Q = (own + m D^2 seen) / (1 - pi_2^2 D^2), in which seen is affine in Q."""
    fit = weighted_fit(nodes, counts, shares, penalty, finite_size=True, name="rows")
    shrink, rest, (real, old), lift = fit.shrink, fit.rest, fit.effective, fit.lift
    apart = rest + real * shrink  # 1 - old D, since the two shares of what is learned add up to 1
    loss = rest / apart
    kept = 1 / (apart * (1 + old * shrink))
    own = kept * rest * (2 * shrink * old * loss + rest) * signal
    noisy = kept * nodes.multiplicity * shrink**2
    # what the residuals of a fit carry, per unit of Q, and without Q
    heard = lift[0] * old**2 * (1 - 2 * rest) + lift[1] * real * (real + 2 * rest * old) + lift.sum() * rest**2 * old**2
    constant = (lift[0] * 2 * rest * old - lift[1] * 2 * rest * real) * loss + lift.sum() * rest**2 * (
        1 - 2 * old * loss
    )
    gain = 1 - heard @ noisy
    if gain <= 0:
        raise Problem(
            "real_weight",
            f"real labels carry {real:.3g} of what is learned, and {counts.sum():g} rows for {nodes.dim:g} features "
            "amplify errors: there is no limit",
            "give more rows, more real weight, or a larger penalty",
        )
    bias = float(own.sum() + noisy.sum() * (constant @ signal + heard @ own) / gain)
    variance = float(noisy.sum() * (lift @ noise**2) * fit.noise_factor / gain)
    exact = fit.exact and old == 0
    total = np.asarray(bias + variance)
    allowance = np.asarray(0.0 if exact else total * (0.005 + lift.sum() / gain))
    return MixingRisk(
        total,
        np.asarray(bias),
        np.asarray(variance),
        np.asarray(real),
        allowance,
        "exact" if exact else "asymptotic",
    )


@guarded
def golden_real_weight(size_ratio: ArrayLike = 1.0) -> Array:
    r"""Return the share of the loss that real rows should carry in least squares on many rows.

    .. math:: w^* = \frac{\sqrt{k^2 + 4k} - k}{2}, \quad k = rows / synthetic\ rows

    k = 1 gives the reciprocal of the golden ratio. w* is also the limiting risk over that of the
    real rows alone. size_ratio: k > 0, any shape. Status: exact for rows far above dim, fresh rows
    each time. Source: arXiv 2502.18049, derived in docs/theory/regression.md. Checked by
    tests/statistical/test_theory_mixing.py against minimizing the risk.

    >>> golden_real_weight([0.5, 1.0, 2.0]).round(6).tolist()
    [0.5, 0.618034, 0.732051]
    """
    k = checked_range("size_ratio", size_ratio, lowest=np.finfo(float).tiny, meaning="real rows over synthetic, > 0")
    return np.asarray(2 / (np.sqrt(1 + 4 / k) + 1))


@guarded
def optimal_real_weight(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    *,
    noise: float,
    rows: float,
    penalty: float | None,
    synthetic_rows: float | None = None,
) -> OptimalWeight:
    r"""Return the share of the loss for real labels that minimizes the risk of many generations.

    synthetic_rows None: minimizes `relabeled_risk` over w in (0, 1]. Without a penalty that is the
    reciprocal of the golden ratio, for any spectrum, over- or underparameterized. A number: minimizes
    `fresh_mixing_risk`; for rows far above dim that is `golden_real_weight(rows / synthetic_rows)`,
    in the proportional regime the nominal share is larger and `.effective_weight` a little smaller.
    penalty: lambda >= 0, or None to choose it together with the weight. Other arguments as there.

    Errors: as there, and `Problem` without label noise and penalty (every weight is equally good).
    Status: exact or asymptotic as the risk that is minimized; the minimizer to 1e-6.
    Source: docs/theory/regression.md. Checked by tests/statistical/test_theory_mixing.py.

    >>> best = optimal_real_weight([1.0] * 50, 1.0, noise=1.0, rows=20, penalty=0.0)
    >>> round(best.real_weight, 6)
    0.618034
    """
    sigma = checked_one("noise", noise, lowest=0, meaning="a standard deviation >= 0")
    if sigma == 0 and penalty == 0:
        raise Problem("noise", "0 without a penalty: every real weight gives the same risk", "give noise > 0")
    nodes, signal = signal_on(spectrum, coefficients)
    truth = np.sqrt(signal / np.where(signal > 0, nodes.multiplicity * nodes.values, 1))

    def risk(weight: float, ridge: float) -> MixingRisk:
        if synthetic_rows is None:
            return relabeled_risk(nodes, truth, noise=sigma, rows=rows, penalty=ridge, real_weight=weight)
        return fresh_mixing_risk(
            nodes, truth, noise=sigma, rows=rows, synthetic_rows=synthetic_rows, penalty=ridge, real_weight=weight
        )

    def best_weight(ridge: float) -> tuple[float, float]:
        if synthetic_rows is None and ridge == 0:
            golden = float(golden_real_weight(1.0))
            return golden, float(risk(golden, 0.0).total)
        tried: Array | None = None
        if synthetic_rows is None:  # which takes all weights at once
            tried = relabeled_risk(nodes, truth, noise=sigma, rows=rows, penalty=ridge, real_weight=weights).total
        return _least(lambda w: _finite(lambda: float(risk(w, ridge).total)), weights, tried)

    weights = np.append(np.geomspace(1e-9, 0.015, 30), np.linspace(0.02, 1.0, 50))
    top = float(nodes.values.max())
    grid = np.log(top) + np.linspace(np.log(1e-8), np.log(1e4), 49)
    if penalty is None:
        logarithm, _ = _least(lambda x: best_weight(float(np.exp(x)))[1], grid)
        ridge = float(np.exp(logarithm))
        _, real_only = _least(lambda x: float(risk(1.0, float(np.exp(x))).total), grid)
    else:
        ridge = checked_one("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0, or None")
        real_only = float(risk(1.0, ridge).total)
    weight, least = best_weight(ridge)
    return OptimalWeight(weight, float(risk(weight, ridge).effective_weight), ridge, least, real_only)


@guarded
def isotropic_optimal_penalty(
    *, signal: float, noise: float, aspect_ratio: float, inherited_risk: float = 0.0
) -> tuple[float, float]:
    r"""Return the best penalty on isotropic inputs and its risk, after least squares generators.

    .. math:: \lambda r^2 = \sigma^2 \phi + N \left[ 1 - \phi \frac{2 - \kappa}{1 + \kappa}
        + \frac{\phi^2}{(1 + \kappa)^3} \right], \quad \lambda = \kappa \frac{1 + \kappa - \phi}{1 + \kappa}

    with r^2 = |w0|^2 = signal, phi = dim / rows = aspect_ratio, noise sigma a standard deviation, and
    N = inherited_risk, the excess risk that the generators hand on: sum of sigma_m^2 d / (T_m - d - 1)
    over the fits before. N = 0 (generation 0) gives lambda = phi sigma^2 / r^2. Eigenvalues are 1.

    Errors: `Problem` for values out of range; a signal of 0 has no finite optimum.
    Status: asymptotic in dim and rows. Source: derived in docs/theory/regression.md. Checked by
    tests/statistical/test_theory_mixing.py against minimizing the risk.

    >>> penalty, risk = isotropic_optimal_penalty(signal=1.0, noise=0.2, aspect_ratio=0.3, inherited_risk=0.2)
    >>> round(penalty, 6), round(risk, 6)
    (0.129842, 0.185538)
    """
    r2 = checked_one("signal", signal, lowest=np.finfo(float).tiny, meaning="|w0|^2 > 0")
    sigma = checked_one("noise", noise, lowest=0, meaning="a standard deviation >= 0")
    phi = checked_one("aspect_ratio", aspect_ratio, lowest=np.finfo(float).tiny, meaning="dim / rows > 0")
    extra = checked_one("inherited_risk", inherited_risk, lowest=0, meaning="an excess risk >= 0")

    low, gap = max(0.0, phi - 1), max(0.0, 1 - phi)  # kappa = low + z, 1 + kappa - phi = gap + z, z >= 0

    def risk(z: float) -> float:
        k = low + z
        ridge = extra * (gap + z + phi * k) / (1 + k)
        return (k**2 * r2 + sigma**2 * phi + ridge) / ((1 + k) ** 2 - phi)

    def penalty(z: float) -> float:
        return (low + z) * (gap + z) / (1 + low + z)

    def excess(z: float) -> float:
        k = low + z
        return penalty(z) * r2 - sigma**2 * phi - extra * (1 - phi * (2 - k) / (1 + k) + phi**2 / (1 + k) ** 3)

    if excess(0.0) >= 0:
        return 0.0, risk(0.0) if low or phi < 1 else r2
    high = 1.0
    while excess(high) < 0:
        high *= 2
    best = float(brentq(excess, 0.0, high, xtol=1e-300, rtol=1e-14, maxiter=2000))
    return penalty(best), risk(best)


@guarded_infinite
def optimal_penalty(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    *,
    noise: float,
    rows: float,
    generation: int,
    generator_rows: ArrayLike,
    generator_noise: ArrayLike,
    generator_penalty: ArrayLike = 0.0,
    design: str = "fresh",
) -> OptimalPenalty:
    r"""Return the penalty that minimizes `ridge.replace_risk` at a generation, and what the clean one costs.

    Minimizes over lambda from 1e-10 to 1e6 times the largest eigenvalue, 97 points and then bounded
    minimization between the neighbors of the best; an end of the range is reported as 0 or inf.
    Arguments as in `ridge.replace_risk`, one number each; generation 0 = real labels, where cost is 0.
    For isotropic inputs and least squares generators on more rows than dim it agrees with
    `isotropic_optimal_penalty`.

    Errors as `ridge.replace_risk`. Status: exact or asymptotic as that risk is; the minimizer to 1e-6 relative.
    Source: docs/theory/regression.md. Checked by tests/statistical/test_theory_mixing.py.

    >>> best = optimal_penalty([1.0] * 300, 300**-0.5, noise=0.2, rows=1000, generation=5,
    ...                        generator_rows=600, generator_noise=0.2)
    >>> best.penalty > 10 * best.clean_penalty, best.cost > 0
    (True, True)
    """
    nodes, signal = signal_on(spectrum, coefficients)

    def risk(penalty: float, n: int) -> float:
        if np.isinf(penalty):
            return float(signal.sum())
        return float(
            replace_risk(
                spectrum,
                coefficients,
                noise=noise,
                rows=rows,
                penalty=penalty,
                generation=n,
                generator_rows=generator_rows,
                generator_noise=generator_noise,
                generator_penalty=generator_penalty,
                design=design,
            ).total
        )

    n = int(checked_range("generation", generation, lowest=0, meaning="a generation, 0 = real labels", whole=True))
    clean = _least_penalty(nodes, lambda penalty: risk(penalty, 0))
    best = _least_penalty(nodes, lambda penalty: risk(penalty, n)) if n else clean
    there = risk(clean[0], n)
    return OptimalPenalty(best[0], best[1], clean[0], clean[1], there, there - best[1])


def _least_penalty(nodes: Nodes, risk: Callable[[float], float]) -> tuple[float, float]:
    """Minimize over the penalty, its two ends included."""
    grid = np.log(float(nodes_of(nodes).values.max())) + np.linspace(np.log(1e-10), np.log(1e6), 97)
    logarithm, least = _least(lambda x: risk(float(np.exp(x))), grid)
    if logarithm <= grid[1]:
        try:
            at_zero = risk(0.0)
        except Problem:  # rows within one of dim: the risk at 0 is infinite
            at_zero = np.inf
        return (0.0, at_zero) if at_zero <= least * (1 + 1e-9) else (float(np.exp(logarithm)), least)
    return (np.inf, risk(np.inf)) if logarithm >= grid[-2] else (float(np.exp(logarithm)), least)


def _least(function: Callable[[float], float], grid: Array, tried: Array | None = None) -> tuple[float, float]:
    """Return where a function of one number is least on the grid's range, and its value there.

    tried: its values on the grid, where they are known.
    """
    values = [function(float(point)) for point in grid] if tried is None else [float(value) for value in tried]
    best = int(np.argmin(values))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    found = minimize_scalar(function, bounds=(low, high), method="bounded", options={"xatol": 1e-9})
    return (float(found.x), float(found.fun)) if found.fun < values[best] else (float(grid[best]), values[best])


def _finite(function: Callable[[], float]) -> float:
    """Return the value, or infinity where the formula says that there is no limit."""
    try:
        return function()
    except Problem as problem:
        if problem.where != "real_weight":
            raise
        return np.inf


def _checked_weight(real_weight: ArrayLike) -> Array:
    """Return the real weight, which must be above 0."""
    weight = checked_range("real_weight", real_weight, lowest=0, highest=1, meaning="a share of the loss in (0, 1]")
    if np.any(weight == 0):
        raise Problem(
            "real_weight",
            "0: no real label ever corrects the fits, and without a limit their noise adds up",
            "give a share of the loss above 0; `ridge.replace_risk` covers synthetic labels alone",
        )
    return weight


def __dir__() -> list[str]:
    return sorted(__all__)
