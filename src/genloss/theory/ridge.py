"""How much does ridge regression lose when each generation is labeled by the one before?

The whole file follows second moments direction by direction. Write s_i for the eigenvalues of the
inputs' covariance, w0 for the truth, and for a fit w its *power* u_i = s_i E[w_i^2] and its *gain*
M_i = E[w_i] / w0_i. One ridge fit on T fresh rows labeled by w with noise variance sigma^2 does

    D_i = s_i / (s_i + kappa),   df2 = sum D_i^2,
    u_i' = D_i^2 (u_i + (sigma^2 + sum_j (1 - D_j)^2 u_j) / (T - df2)),   M_i' = D_i M_i,

and the excess risk of a fit is sum_i (u_i - 2 M_i s_i w0_i^2 + s_i w0_i^2). Derivation:
docs/theory/regression.md. Nothing here divides by an eigenvalue.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.equivalents import Array, checked_range, checked_spectrum, effective_ridge

__all__ = ["Risk", "effective_ridge", "replace_risk", "replace_risk_of_power"]


@dataclass(frozen=True, slots=True)
class Risk:
    """Expected excess risk and its parts, each of the broadcast shape of the arguments.

    total: E(x.w - x.w0)^2 at the generation asked for.
    bias, variance: the two parts of the same predictor at generation 0, trained on real labels.
    inherited: total - bias - variance, what the earlier generations add; negative where their
        shrinkage happens to help.
    allowance: how far finite size may push the true mean from total: total * (0.005 + the sum of
        1 / (T - df2) over the fits that are not exact); 0 where status is "exact".
    status: "exact" if every fit is least squares on more rows than features, else "asymptotic".
    """

    total: Array
    bias: Array
    variance: Array
    inherited: Array
    allowance: Array
    status: str


@dataclass(frozen=True, slots=True)
class _Fit:
    """What one ridge fit does to the moments of its teacher, for a batch of settings (..., dim)."""

    shrink: Array  # D
    slack: Array  # T - df2, or the exact T - dim - 1
    noise_factor: Array  # exact finite-size correction of the noise term
    allowance: Array  # 1 / (T - df2), 0 for an exact fit

    def risk_of(self, power: Array, noise: Array) -> Array:
        """Return the noise that the fit sees, over T - df2."""
        seen = noise**2 * self.noise_factor + ((1 - self.shrink) ** 2 * power).sum(axis=-1)
        return np.asarray(seen / self.slack)


def _fit(spectrum: Array, rows: Array, penalty: Array, *, finite_size: bool, name: str) -> _Fit:
    """Deterministic equivalent of one fit; rows and penalty of the same shape."""
    dim = int(np.count_nonzero(spectrum))
    plain = penalty == 0
    edge = plain & (np.abs(rows - dim) <= 1)
    if edge.any():
        raise Problem(
            name,
            f"{rows[edge].flat[0]:g} rows for {dim} features without a penalty: the expected risk is infinite",
            f"give a penalty > 0, at least {dim + 2} rows, or at most {dim - 2}",
        )
    kappa = effective_ridge(spectrum, rows=rows, penalty=penalty)
    shrink = np.where(spectrum > 0, spectrum / (spectrum + kappa[..., None] + (spectrum == 0)), 0.0)
    slack = rows - (shrink**2).sum(axis=-1)
    noise_factor = np.ones_like(slack)
    if finite_size:
        slack = np.where(plain & (rows > dim), rows - dim - 1, slack)
        positive = spectrum[spectrum > 0]
        if np.all(positive == positive[0]):
            gap = np.where(plain & (rows < dim), dim - rows, np.inf)
            noise_factor = np.where(np.isinf(gap), 1.0, 1 / (1 - 1 / gap))
    exact = finite_size & plain & (rows > dim)
    return _Fit(shrink, slack, noise_factor, np.where(exact, 0.0, 1 / slack))


def replace_risk(
    spectrum: ArrayLike,
    coefficients: ArrayLike,
    *,
    noise: ArrayLike,
    rows: ArrayLike,
    penalty: ArrayLike,
    generation: ArrayLike,
    generator_rows: ArrayLike,
    generator_noise: ArrayLike,
    generator_penalty: ArrayLike = 0.0,
    design: str = "fresh",
    finite_size: bool = True,
) -> Risk:
    r"""Expected excess risk of ridge regression on labels that came through `generation` models.

    Fit 0 of the generator sees real labels y = x.w0 + noise, fit m the labels of fit m - 1 plus
    noise; the predictor of generation n sees `rows` rows labeled by fit n - 1 (by the truth for
    n = 0), plus noise. All inputs are x ~ N(0, diag(spectrum)). Each fit moves (power, gain) as the
    first lines of this file say; the result is read off after the predictor.

    spectrum: eigenvalues s (dim,), >= 0. coefficients: w0 in the eigenbasis, (dim,) or one number.
    noise, rows, penalty, generation: of the predictor; they broadcast, and the result has their
    shape. noise: standard deviation >= 0. penalty: lambda >= 0 in (1/T)|Xw - y|^2 + lambda |w|^2;
    0 is least squares (minimum norm below dim rows). generation: 0 = real labels.
    generator_rows, generator_noise, generator_penalty: one number, or one per generator fit.
    design: "fresh" inputs for every generator fit, or the "same" inputs for all (then without a
    generator penalty). finite_size: use the exact factors T - dim - 1 where they apply.

    Errors: `Problem` for |rows - dim| <= 1 without a penalty (the mean is infinite), for values
    out of range, for too few values per generator fit, for "same" with a penalty.
    Status: exact for least squares with more rows than features in every fit, at any size;
    otherwise asymptotic in dim and rows (`coverage` states the allowance).
    Source: arXiv 2402.07712, theorems 4.1-4.6 are special cases; the recursion is derived in
    docs/theory/regression.md. Checked by tests/statistical/test_theory_meets_simulation.py.

    >>> risk = replace_risk([1.0] * 300, 0.0, noise=0.2, rows=600, penalty=0.0, generation=[0, 5],
    ...                     generator_rows=600, generator_noise=0.2)
    >>> risk.total.round(6).tolist(), risk.status
    ([0.040134, 0.240803], 'exact')
    """
    eigenvalues = checked_spectrum(spectrum)
    truth = np.asarray(coefficients, dtype=float)
    if truth.ndim > 1 or (truth.ndim == 1 and truth.size not in (1, eigenvalues.size)):
        raise Problem(
            "coefficients",
            f"shape {truth.shape} beside {eigenvalues.size} eigenvalues",
            "give one coefficient per eigenvalue, or one number for all",
        )
    if not np.all(np.isfinite(truth)):
        raise Problem("coefficients", "a value that is not finite", "give finite coefficients")
    return replace_risk_of_power(
        eigenvalues,
        eigenvalues * truth**2,
        noise=noise,
        rows=rows,
        penalty=penalty,
        generation=generation,
        generator_rows=generator_rows,
        generator_noise=generator_noise,
        generator_penalty=generator_penalty,
        design=design,
        finite_size=finite_size,
    )


def replace_risk_of_power(
    spectrum: ArrayLike,
    power: ArrayLike,
    *,
    noise: ArrayLike,
    rows: ArrayLike,
    penalty: ArrayLike,
    generation: ArrayLike,
    generator_rows: ArrayLike,
    generator_noise: ArrayLike,
    generator_penalty: ArrayLike = 0.0,
    design: str = "fresh",
    finite_size: bool = True,
) -> Risk:
    """`replace_risk` for a signal given as power s_i w0_i^2 per direction, shape (dim,).

    Kernels need this form: their eigenvalues fall below rounding while the power stays finite.
    Arguments, result, status and source as in `replace_risk`.
    """
    eigenvalues, signal = checked_spectrum(spectrum), np.asarray(power, dtype=float)
    t, lam, sigma, n = np.broadcast_arrays(
        checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on"),
        checked_range("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0"),
        checked_range("noise", noise, lowest=0, meaning="a standard deviation >= 0"),
        checked_range("generation", generation, lowest=0, meaning="a generation, 0 = real labels", whole=True),
    )
    fits = int(n.max(initial=0))
    per_fit = [
        _per_fit("generator_rows", generator_rows, fits, lowest=1, meaning="a number of rows from 1 on"),
        _per_fit("generator_noise", generator_noise, fits, lowest=0, meaning="a standard deviation >= 0"),
        _per_fit("generator_penalty", generator_penalty, fits, lowest=0, meaning="a ridge penalty >= 0"),
    ]
    powers, gains, drift = _generator_moments(eigenvalues, signal, *per_fit, design=design, finite_size=finite_size)

    total, bias, variance, allowance = (np.empty(t.size) for _ in range(4))
    step = max(1, 4_000_000 // eigenvalues.size)
    for i in range(0, t.size, step):
        part = slice(i, i + step)
        fit = _fit(eigenvalues, t.ravel()[part], lam.ravel()[part], finite_size=finite_size, name="rows")
        order, noises = n.ravel()[part].astype(int), sigma.ravel()[part]
        df2 = (fit.shrink**2).sum(axis=-1)
        shortfall = ((1 - fit.shrink) ** 2 * signal).sum(axis=-1)
        bias[part] = shortfall * (1 + df2 / fit.slack)
        variance[part] = noises**2 * fit.noise_factor * df2 / fit.slack
        taught = (fit.shrink**2 * powers[order]).sum(axis=-1) + df2 * fit.risk_of(powers[order], noises)
        allowance[part] = drift[order] + fit.allowance
        total[part] = taught - 2 * (fit.shrink * gains[order] * signal).sum(axis=-1) + signal.sum()
    total = np.where(n.ravel() == 0, bias + variance, total)
    dim = int(np.count_nonzero(eigenvalues))
    exact = bool(
        finite_size and np.all((lam == 0) & (t >= dim + 2)) and np.all((per_fit[2] == 0) & (per_fit[0] >= dim + 2))
    )
    allowance = 0.0 * total if exact else total * (0.005 + allowance)
    total, bias, variance, allowance = (part.reshape(t.shape)[()] for part in (total, bias, variance, allowance))
    return Risk(total, bias, variance, total - bias - variance, allowance, "exact" if exact else "asymptotic")


def _per_fit(name: str, values: ArrayLike, fits: int, *, lowest: float, meaning: str) -> Array:
    """Return one value per generator fit."""
    array = checked_range(name, values, lowest=lowest, meaning=meaning)
    if array.ndim > 1 or (array.ndim == 1 and array.size < fits):
        raise Problem(name, f"shape {array.shape} for {fits} generator fits", "give one number, or one per fit")
    return np.broadcast_to(array, (fits,)).copy() if array.ndim == 0 else array[:fits].copy()


def _generator_moments(
    spectrum: Array,
    signal: Array,
    rows: Array,
    noise: Array,
    penalty: Array,
    *,
    design: str,
    finite_size: bool,
) -> tuple[Array, Array, Array]:
    """Power and gain of what labels generation 0, 1, ... (the truth first), each (fits + 1, dim).

    The third array, (fits + 1,), is the relative allowance for finite size gathered on the way.
    """
    if design not in ("fresh", "same"):
        raise Problem("design", f"{design!r} is not a design", 'give "fresh" or "same"')
    if design == "same" and (np.any(penalty > 0) or np.any(rows != rows[:1])):
        raise Problem(
            "design",
            '"same" inputs with a generator penalty, or with unequal rows: no formula is known to us',
            'use design="fresh", drop the generator penalty, or simulate',
        )
    powers = np.empty((rows.size + 1, spectrum.size))
    gains = np.ones_like(powers)
    drift = np.zeros(rows.size + 1)
    powers[0] = signal
    for m in range(rows.size):
        fit = _fit(spectrum, rows[m : m + 1], penalty[m : m + 1], finite_size=finite_size, name="generator_rows")
        # On the same inputs, without a penalty, m fits act as one fit that sees the sum of their noises.
        teacher = 0 if design == "same" else m
        seen = np.sqrt((noise[: m + 1] ** 2).sum()) if design == "same" else noise[m]
        shrink = fit.shrink[0]
        powers[m + 1] = shrink**2 * (powers[teacher] + fit.risk_of(powers[teacher], np.asarray(seen))[0])
        gains[m + 1] = shrink * gains[teacher]
        drift[m + 1] = drift[teacher] + fit.allowance[0]
    return powers, gains, drift
