"""Which penalty should rows get whose labels earlier generators made? Arrays in, one choice out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.advise.empirical_bayes import Belief, believe, mallows, multiplied, priors, risks
from genloss.advise.inherited import checked_rows, least_squares_noise, resampled_noise, ridge_chain
from genloss.errors import Problem

Array = NDArray[np.float64]

METHODS = ("eb_rob", "eb", "cp")
NOT_WORTH, TUNED = 3.0, 0.1


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Centered rows in the eigenbasis of their covariance: eigenvalues e > 0, basis (d, directions), least squares
    coefficients there, and the noise variance of a label. rows: how many real rows they are worth.
    """

    eigenvalues: Array
    basis: Array
    seen: Array
    noise: float
    rows: float


@dataclass(frozen=True, slots=True)
class Generators:
    """Who made the labels: `count` generators, one taught by the other, each by ridge regression on `rows` rows.

    penalty: theirs, 0 for least squares.
    """

    count: int
    rows: float
    penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """penalties tried, ascending, infinity last; risks: predicted, minus that of predicting the mean.

    penalty: the best. psi: inherited noise over signal, with the ends of its 90 % interval (nan for "cp").
    """

    penalties: Array
    risks: Array
    penalty: float
    psi: float
    psi_low: float
    psi_high: float


def choose_penalty(
    spectrum: Spectrum,
    *,
    method: str,
    generators: Generators,
    rows: Array,
    rng: np.random.Generator,
) -> Choice:
    """Choose by `method`; rows: (T, d) centered, for "eb_rob" to resample."""
    e = spectrum.eigenvalues
    penalties = np.append(e.mean() * np.logspace(-6, 4, 161), np.inf)
    inherited = _inherited(spectrum, generators)
    if method == "cp":
        if generators.penalty > 0:
            raise Problem("method", "cp knows least squares generators only", 'give method="eb"')
        found = mallows(
            e, spectrum.seen, noise=spectrum.noise, rows=spectrum.rows, inherited=inherited, penalties=penalties
        )
        signal = float((e * spectrum.seen**2).sum()) - e.size * (inherited + spectrum.noise / spectrum.rows)
        belief = Belief(e, e, max(signal, 0.0), np.nan, np.nan)
    else:
        belief = _belief(spectrum, method, generators, rows, rng)
        found = risks(belief, e, penalties)
    best = int(np.argmin(found))
    scale = inherited * e.size
    psi, low, high = (_ratio(scale, power) for power in (belief.signal, belief.high, belief.low))
    return Choice(penalties, found, float(penalties[best]), psi, low, high)


def _inherited(spectrum: Spectrum, generators: Generators) -> float:
    """Noise variance that a direction inherits, N = n s2 / (T0 - d - 1); of ridge generators n s2 / T0 at most."""
    if generators.count == 0:
        return 0.0
    if generators.penalty > 0:
        return generators.count * spectrum.noise / generators.rows
    dim = spectrum.eigenvalues.size
    return generators.count * spectrum.noise / (checked_rows(generators.rows, dim) - dim - 1)


def _belief(spectrum: Spectrum, method: str, generators: Generators, rows: Array, rng: np.random.Generator) -> Belief:
    e, noise = spectrum.eigenvalues, spectrum.noise
    grid, powers = priors(e, float((e * spectrum.seen**2).sum()))
    if generators.count == 0:
        chains = [(0.0, powers, grid, grid)]
    elif generators.penalty > 0:
        second, cross = ridge_chain(
            grid,
            e,
            noise=np.array(noise),
            generation=generators.count,
            generator_rows=generators.rows,
            penalty=generators.penalty,
        )
        chains = [(0.0, powers, second, cross)]
    elif method == "eb":
        known = generators.count * noise * least_squares_noise(e, generator_rows=generators.rows)
        chains = [(0.0, powers, grid + known, grid)]
    else:
        drawn = resampled_noise(rows, spectrum.basis, generator_rows=int(generators.rows), rng=rng)
        chains = multiplied(generators.count * noise * drawn, grid, powers)
    return believe(e, spectrum.seen, noise=noise, rows=spectrum.rows, chains=chains)


def _ratio(scale: float, power: float) -> float:
    if not np.isfinite(power):
        return float("nan")
    return scale / power if power > 0 else (0.0 if scale == 0 else float("inf"))


def advice(choice: Choice, generators: Generators, spectrum: Spectrum) -> str:
    """Say in one sentence what the labels are worth."""
    if generators.count == 0:
        return "the labels are real: nothing is inherited"
    if not np.isfinite(choice.penalty) or choice.psi > NOT_WORTH:
        return (
            f"these labels are not worth using: the inherited noise is {choice.psi:.2g} times the signal "
            f"(psi above {NOT_WORTH:g}, or no penalty beats predicting the mean)"
        )
    if generators.penalty >= TUNED * float(spectrum.eigenvalues.mean()):
        return (
            "the downstream penalty is not the lever: the generators were penalized themselves, their shrinkage is in "
            "the labels and cannot be undone from them; more rows or real rows can"
        )
    return f"usable: the inherited noise is {choice.psi:.2g} times the signal"
