"""How much does a ridge fit lose when its rows are labeled by several earlier models, each with its weight?

This is the universal recursion: `ridge.replace_risk`, strong collapse and mixing are special cases.
Models j, k (0 the truth, then the fits in order) are described by their error cross power
Q_jk(i) = s_i E[(w_j - w0)_i (w_k - w0)_i] and their loss of gain L_j(i) = 1 - E[w_j]_i / w0_i. A fit
with effective weights pi_b to blocks b of origin a_b, e the errors and ebar = sum pi_b e_{a_b}, has

    e' = D ebar - (1 - D) w0 + noise,   Q'_j = D sum_b pi_b Q_{a_b j} + (1 - D) L_j theta,
    Q'' = E s (D ebar - (1 - D) w0)^2 + D^2 sum_b lift_b R_b,
    R_b = sigma_b^2 + sum_i s_i E[(e_{a_b} - ebar) + (1 - D) (ebar + w0)]_i^2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.errors import Problem
from genloss.theory.arguments import Array, checked_range, guarded
from genloss.theory.ridge.fit import WeightedFit, finite_size_error, weighted_fit
from genloss.theory.ridge.spectra import Nodes, PowerLaw, Spectrum, nodes_of, signal_on
from genloss.workflows import TRUTH

__all__ = ["Block", "MixtureRisk", "mixture_risk", "mixture_risk_of_power"]


@dataclass(frozen=True, slots=True)
class Block:
    """Rows of one origin in one fit: fresh inputs, fresh labels.

    rows: their number, > 0. origin: TRUTH (-1), or the index of the earlier fit that labels them.
    noise: standard deviation of the label noise, >= 0. weight: omega of each of the rows as it
    stands in (1/T) sum_i omega_i (y_i - x_i.w)^2 + lambda |w|^2, T counting all rows; >= 0. A share
    of the loss a_b per block is omega_b = a_b T / rows_b.
    """

    rows: float
    origin: int
    noise: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class MixtureRisk:
    """Expected excess risk of every fit and its parts, each (fits,), in the order the fits were given.

    total: E(x.w - x.w0)^2. bias, variance: what the same fit would lose if the truth labeled every
    row: without noise, and by the noise of its own labels. inherited: total - bias - variance, what
    the earlier models add. disagreement: the part of inherited that comes from origins of this very
    fit differing from each other. allowance: how far finite size may push the true mean from total;
    0 where exact. exact: whether the fit and all behind it are exact. status: "exact" if every fit is.
    effective_weights: per fit pi_b for each of its blocks, summing to 1: the share in what is
    learned, not the nominal share of the loss. effective_ridge: kappa per fit.
    error_powers: s E[(w_j - w0)(w_k - w0)] per direction or node, (fits + 1, fits + 1, nodes), the
    truth first (zeros); its memory is 8 (fits + 1)^2 nodes bytes. losses: 1 - E[w_j] / w0, (fits + 1, nodes).
    signal: s w0^2, (nodes,).
    """

    total: Array
    bias: Array
    variance: Array
    inherited: Array
    disagreement: Array
    allowance: Array
    exact: tuple[bool, ...]
    status: str
    effective_weights: tuple[Array, ...]
    effective_ridge: Array
    error_powers: Array
    losses: Array
    signal: Array

    @property
    def powers(self) -> Array:
        """Second moments s E[w_j w_k] per direction or node, (fits + 1, fits + 1, nodes), the truth first."""
        gain = 1 - self.losses
        return np.asarray(self.error_powers + (gain[:, None] + gain[None, :] - 1) * self.signal)


@guarded
def mixture_risk(
    spectrum: Spectrum,
    coefficients: ArrayLike | PowerLaw,
    fits: Sequence[Sequence[Block]],
    *,
    penalty: ArrayLike,
    finite_size: bool = True,
) -> MixtureRisk:
    r"""Expected excess risk of ridge fits, each to weighted blocks labeled by the truth or by earlier fits.

    Fit f minimizes (1/T) sum_i omega_i (y_i - x_i.w)^2 + penalty_f |w|^2 over the rows of fits[f].
    Inputs are x ~ N(0, diag(spectrum)); every block is drawn for its fit alone, inputs, labels and
    noise. Blocks that are kept and trained on again are not covered. The recursion is in the first
    lines of this file; a predictor is one more fit at the end that nothing refers to.

    spectrum: eigenvalues s (dim,), > 0, or `PowerLaw` or `Nodes`. coefficients: w0 in the
    eigenbasis, (dim,), one number, or a `PowerLaw` of the same count. fits: one entry per fit, each
    a list of `Block`; an origin is TRUTH or the index of an earlier fit. penalty: >= 0, one number
    or one per fit; 0 is least squares, or minimum norm where the rows with weight are fewer than
    dim (then weights do not matter). finite_size: use exact factors where they are known.

    Index: fit 0 can only have the origin TRUTH: it is generation 0.
    Errors: `Problem` naming fits[f], the argument and the regime: no block, an origin that is not
    fitted yet, weights negative or all zero, |rows - dim| <= 1 without a penalty.
    Status: exact for least squares with one origin and equal weights in every fit; otherwise
    asymptotic in dim and rows. Source: docs/theory/regression.md. Checked by
    tests/statistical/test_theory_mixture.py and verification/theory_regression.py.

    >>> first, second = [Block(600, TRUTH, 0.2)], [Block(600, 0, 0.2)]
    >>> mixture_risk([1.0] * 300, 0.0, [first, second], penalty=0.0).total.round(6).tolist()
    [0.040134, 0.080268]
    """
    nodes, power = signal_on(spectrum, coefficients)
    return mixture_risk_of_power(nodes, power, fits, penalty=penalty, finite_size=finite_size)


@guarded
def mixture_risk_of_power(
    spectrum: Spectrum,
    power: ArrayLike,
    fits: Sequence[Sequence[Block]],
    *,
    penalty: ArrayLike,
    finite_size: bool = True,
) -> MixtureRisk:
    """`mixture_risk` for a signal given as power s_i w0_i^2 per direction or node, shape (dim,).

    Eigenvalues of 0 are allowed. Arguments, result and errors as in `mixture_risk`. Status: exact or asymptotic,
    as there. Source: docs/theory/regression.md. Checked by tests/statistical/test_theory_mixture.py.
    """
    nodes = nodes_of(spectrum)
    signal = checked_range("power", power, lowest=0, meaning="the signal's power s w0^2 >= 0 per direction")
    if signal.shape != nodes.values.shape:
        raise Problem(
            "power", f"shape {signal.shape} beside {nodes.values.size} eigenvalues", "give one per eigenvalue"
        )
    penalties = checked_range("penalty", penalty, lowest=0, meaning="a ridge penalty >= 0, one number or one per fit")
    if penalties.ndim > 1 or (penalties.ndim == 1 and penalties.size != len(fits)):
        raise Problem("penalty", f"shape {penalties.shape} for {len(fits)} fits", "give one number, or one per fit")
    penalties = np.broadcast_to(penalties, (len(fits),))

    count = len(fits)
    errors = np.zeros((count + 1, count + 1, nodes.values.size))
    losses = np.zeros((count + 1, nodes.values.size))
    parts = np.zeros((count, 5))  # total, bias, variance, disagreement, effective ridge
    drift, own, exact = np.zeros(count + 1), np.zeros(count), [True]
    effective: list[Array] = []
    for f, blocks in enumerate(fits):
        origins, rows, noise, weights = checked_blocks(f, blocks)
        where = f"fits[{f}]: rows"
        fit = weighted_fit(nodes, rows, weights, float(penalties[f]), finite_size=finite_size, name=where)
        parts[f] = _advance(nodes, signal, fit, origins, noise, errors, losses, f)
        heard = set(origins[weights > 0].tolist())
        alone = fit.exact and len(heard) == 1
        exact.append(alone and all(exact[a] for a in heard))
        own[f] = 0.0 if alone else float(finite_size_error(1 / fit.lift.sum()))
        drift[f + 1] = fit.effective @ drift[origins] + own[f]
        effective.append(fit.effective)
    total, bias, variance, disagreement, ridge = parts.T.copy()
    allowance = np.where(exact[1:], 0.0, total * (0.005 + drift[1:]) + 2 * bias * own)
    return MixtureRisk(
        total,
        bias,
        variance,
        total - bias - variance,
        disagreement,
        allowance,
        tuple(exact[1:]),
        "exact" if all(exact) else "asymptotic",
        tuple(effective),
        ridge,
        errors,
        losses,
        signal,
    )


def _advance(
    nodes: Nodes,
    signal: Array,
    fit: WeightedFit,
    origins: Array,
    noise: Array,
    errors: Array,
    losses: Array,
    f: int,
) -> tuple[float, float, float, float, float]:
    """Write the moments of fit f into `errors` and `losses`, and return its row of parts."""
    shrink, rest, pi = fit.shrink, fit.rest, fit.effective
    known = errors[: f + 1, : f + 1]
    with_mean = np.tensordot(pi, known[origins], axes=1)  # ebar against each model
    mean_power = pi @ with_mean[origins]
    mean_loss = pi @ losses[origins]
    differ = known[origins, origins] - 2 * with_mean[origins] + mean_power  # E s (e_a - ebar)^2
    along = with_mean[origins] - mean_power + (mean_loss - losses[origins]) * signal  # against ebar + w0
    missed = (rest**2 * (mean_power + (1 - 2 * mean_loss) * signal)).sum()
    apart = differ.sum(axis=1) + 2 * (along @ rest)
    heard = noise**2 * fit.noise_factor
    seen = fit.lift @ (heard + apart) + fit.lift.sum() * missed
    square = shrink**2
    df2 = square @ nodes.multiplicity
    own = square * mean_power + rest * (2 * shrink * mean_loss + rest) * signal + nodes.multiplicity * square * seen
    errors[f + 1, : f + 1] = errors[: f + 1, f + 1] = shrink * with_mean + rest * losses[: f + 1] * signal
    errors[f + 1, f + 1] = own
    losses[f + 1] = rest + shrink * mean_loss
    bias = float((rest**2 * signal).sum() * (1 + df2 * fit.lift.sum()))
    return float(own.sum()), bias, float(df2 * (fit.lift @ heard)), float(df2 * (fit.lift @ apart)), fit.kappa


def checked_blocks(f: int, blocks: Sequence[Block]) -> tuple[Array, Array, Array, Array]:
    """Return origins (0 the truth, k + 1 fit k), rows, noise and weights of fit f, or say what is wrong."""
    if len(blocks) == 0:
        raise Problem(f"fits[{f}]", "no block of rows to fit", "give at least one Block")
    origins = np.array([_origin(f, b, block.origin) for b, block in enumerate(blocks)])
    rows, noise, weights = (
        checked_range(f"fits[{f}]: {name}", [getattr(block, name) for block in blocks], lowest=low, meaning=meaning)
        for name, low, meaning in (
            ("rows", 1e-12, "a number of rows above 0 (expected rows may be a fraction)"),
            ("noise", 0, "a standard deviation >= 0"),
            ("weight", 0, "a weight per row >= 0"),
        )
    )
    if not weights.any():
        raise Problem(
            f"fits[{f}]: weight", "every weight is 0: the fit sees no row", "give at least some rows a weight > 0"
        )
    return origins, rows, noise, weights


def _origin(f: int, b: int, origin: int) -> int:
    """Return the place of an origin among the models known to fit f."""
    if origin == TRUTH and not isinstance(origin, bool):
        return 0
    if isinstance(origin, bool) or not isinstance(origin, int | np.integer) or not 0 <= origin < f:
        known = f"TRUTH (-1) or an index from 0 to {f - 1}" if f else "TRUTH (-1): nothing is fitted before"
        raise Problem(f"fits[{f}][{b}].origin", f"{origin!r} is not fitted before fit {f}", f"give {known}")
    return int(origin) + 1
