"""How much does ridge regression lose when each generation is labeled by the one before?

Each ridge fit on T fresh rows with noise variance sigma^2, labeled by a model of error power q and
loss of gain L (theory/ridge/fit.py says what these are; theta_i = s_i w0_i^2), does

    D_i = s_i / (s_i + kappa),   df2 = sum D_i^2,   u = q + (1 - 2 L) theta  (the labeler's power),
    q_i' = D_i^2 q_i + 2 D_i (1 - D_i) L_i theta_i + (1 - D_i)^2 theta_i + D_i^2 seen,
    seen = (sigma^2 + sum_j (1 - D_j)^2 u_j) / (T - df2),   L_i' = (1 - D_i) + D_i L_i,

and the excess risk of a fit is sum_i q_i. Derivation: docs/theory/regression.md.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_range, guarded, together
from genloss.theory.ridge.accumulate import accumulate_risk
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.fit import PlainFit, plain_fit
from genloss.theory.ridge.mixture import Block, MixtureRisk, mixture_risk, mixture_risk_of_power
from genloss.theory.ridge.risk import Risk
from genloss.theory.ridge.spectra import Nodes, PowerLaw, Spectrum, nodes_of, signal_on

__all__ = [
    "Block",
    "MixtureRisk",
    "Risk",
    "accumulate_risk",
    "effective_ridge",
    "mixture_risk",
    "mixture_risk_of_power",
    "replace_risk",
    "replace_risk_of_power",
]

_LARGEST = 125_000_000  # numbers in each of two tables


@guarded
def replace_risk(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
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
    n = 0), plus noise. All inputs are x ~ N(0, diag(spectrum)). Each fit moves error power and loss
    of gain as the first lines of this file say.

    spectrum: eigenvalues s (dim,), > 0, or `PowerLaw` or `Nodes`. coefficients: w0 in the
    eigenbasis, (dim,), one number, or a `PowerLaw` of the same count.
    noise, rows, penalty, generation: of the predictor; they broadcast, and the result has their
    shape. noise: standard deviation >= 0. penalty: lambda >= 0 in (1/T)|Xw - y|^2 + lambda |w|^2;
    0 is least squares (minimum norm below dim rows). generation: 0 = real labels.
    generator_rows, generator_noise, generator_penalty: one number, or one per generator fit.
    design: "fresh" inputs for every generator fit, or the "same" inputs for all (then without a
    generator penalty). finite_size: use the exact factors T - dim - 1 where they apply.

    Regimes: without a penalty, T >= dim + 2 is least squares: the risk grows by one and the same
    amount per generation; T <= dim - 2 is the minimum-norm interpolator: without noise each
    generation keeps the share T / dim of the signal (isotropic), so the truth is lost exponentially
    fast, while label noise saturates. With design "same" both happen once only.
    Errors: `Problem` for |rows - dim| <= 1 without a penalty (the mean is infinite), for values
    out of range, for too few values per generator fit, for "same" with a penalty.
    Status: exact for least squares with more rows than features in every fit, at any size;
    otherwise asymptotic in dim and rows (`coverage` states the allowance).
    Source: arXiv 2402.07712, theorems 4.1-4.6 are special cases; the recursion is derived in
    docs/theory/regression.md. Checked by
    tests/statistical/test_theory_meets_simulation.py, test_theory_replace.py and verification/theory_regression.py.

    >>> risk = replace_risk([1.0] * 300, 0.0, noise=0.2, rows=600, penalty=0.0, generation=[0, 5],
    ...                     generator_rows=600, generator_noise=0.2)
    >>> risk.total.round(6).tolist(), risk.status
    ([0.040134, 0.240803], 'exact')
    """
    nodes, power = signal_on(spectrum, coefficients)
    return replace_risk_of_power(
        nodes,
        power,
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


@guarded
def replace_risk_of_power(
    spectrum: Spectrum,
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
    """`replace_risk` for a signal given as power s_i w0_i^2 per direction or node, shape (dim,).

    Kernels need this form: their eigenvalues fall below rounding while the power stays finite; so
    eigenvalues of 0 are allowed. Arguments and result as in `replace_risk`. Status: exact or asymptotic, as there.
    Source: docs/theory/regression.md. Checked by tests/statistical/test_theory_replace.py.
    """
    nodes = nodes_of(spectrum)
    signal = checked_range("power", power, lowest=0, meaning="the signal's power s w0^2 >= 0 per direction")
    if signal.shape != nodes.values.shape:
        raise Problem(
            "power", f"shape {signal.shape} beside {nodes.values.size} eigenvalues", "give one per eigenvalue"
        )
    t, lam, sigma, n = together(
        rows=checked_range("rows", rows, lowest=1, meaning="a number of rows from 1 on"),
        penalty=checked_range("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0"),
        noise=checked_range("noise", noise, lowest=0, meaning="a standard deviation >= 0"),
        generation=checked_range(
            "generation", generation, lowest=0, meaning="a generation, 0 = real labels", whole=True
        ),
    )
    fits = int(n.max(initial=0))
    if (fits + 1) * nodes.values.size > _LARGEST:
        found = f"{fits:,} fits in {nodes.values.size:,} directions would take more than 2 GB"
        raise Problem("generation", found, "ask for fewer generations")
    per_fit = [
        _per_fit("generator_rows", generator_rows, fits, lowest=1, meaning="a number of rows from 1 on"),
        _per_fit("generator_noise", generator_noise, fits, lowest=0, meaning="a standard deviation >= 0"),
        _per_fit("generator_penalty", generator_penalty, fits, lowest=0, meaning="a ridge penalty >= 0"),
    ]
    errors, losses, drift = _generators(nodes, signal, *per_fit, design=design, finite_size=finite_size)
    total, bias, variance, allowance = (np.empty(t.size) for _ in range(4))
    step = max(1, 4_000_000 // nodes.values.size)
    for i in range(0, t.size, step):
        part = slice(i, i + step)
        fit = plain_fit(nodes, t.ravel()[part], lam.ravel()[part], finite_size=finite_size, name="rows")
        order, noises = n.ravel()[part].astype(int), sigma.ravel()[part]
        bias[part] = fit.rest**2 @ signal * (1 + fit.df2 / fit.slack)
        variance[part] = noises**2 * fit.noise_factor * fit.df2 / fit.slack
        total[part] = taught(nodes, signal, fit, errors[order], losses[order], noises)[0].sum(axis=-1)
        allowance[part] = total[part] * (0.005 + drift[order] + fit.allowance) + 2 * bias[part] * fit.allowance
    least = nodes.dim + 2
    exact = bool(
        finite_size and np.all((lam == 0) & (t >= least)) and np.all((per_fit[2] == 0) & (per_fit[0] >= least))
    )
    allowance = 0.0 * total if exact else allowance
    total, bias, variance, allowance = (part.reshape(t.shape)[()] for part in (total, bias, variance, allowance))
    return Risk(total, bias, variance, total - bias - variance, allowance, "exact" if exact else "asymptotic")


def taught(nodes: Nodes, signal: Array, fit: PlainFit, error: Array, loss: Array, noise: Array) -> tuple[Array, Array]:
    """Error power and loss of gain of a fit to labels of a model that has `error` and `loss`."""
    shrink, rest = fit.shrink, fit.rest
    seen = fit.seen(error + (1 - 2 * loss) * signal, noise)
    own = rest * (2 * shrink * loss + rest) * signal
    return shrink**2 * (error + nodes.multiplicity * seen[..., None]) + own, rest + shrink * loss


def _per_fit(name: str, values: ArrayLike, fits: int, *, lowest: float, meaning: str) -> Array:
    """Return one value per generator fit."""
    array = checked_range(name, values, lowest=lowest, meaning=meaning)
    if array.ndim > 1 or (array.ndim == 1 and array.size < fits):
        raise Problem(name, f"shape {array.shape} for {fits} generator fits", "give one number, or one per fit")
    return np.broadcast_to(array, (fits,)).copy() if array.ndim == 0 else array[:fits].copy()


def _generators(
    nodes: Nodes,
    signal: Array,
    rows: Array,
    noise: Array,
    penalty: Array,
    *,
    design: str,
    finite_size: bool,
) -> tuple[Array, Array, Array]:
    """Error power and loss of gain of what labels generation 0, 1, ... (the truth first), (fits + 1, nodes).

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
    errors = np.zeros((rows.size + 1, nodes.values.size))
    losses = np.zeros_like(errors)
    drift = np.zeros(rows.size + 1)
    for m in range(rows.size):
        fit = plain_fit(nodes, rows[m : m + 1], penalty[m : m + 1], finite_size=finite_size, name="generator_rows")
        # On the same inputs, without a penalty, m fits act as one fit that sees the sum of their noises.
        teacher = 0 if design == "same" else m
        seen = np.sqrt((noise[: m + 1] ** 2).sum(keepdims=True)) if design == "same" else noise[m : m + 1]
        error, loss = taught(nodes, signal, fit, errors[teacher : teacher + 1], losses[teacher : teacher + 1], seen)
        errors[m + 1], losses[m + 1] = error[0], loss[0]
        drift[m + 1] = drift[teacher] + fit.allowance[0]
    return errors, losses, drift
