"""Which penalty should rows get whose labels earlier generators made? Arrays in, one choice out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from genloss.advise.estimators.empirical_bayes import Belief, believe, mallows, multiplied, priors, risks
from genloss.advise.estimators.inherited_noise import (
    checked_rows,
    least_squares_noise,
    resampled_noise,
    ridge_chain,
    shrinkage,
)
from genloss.advise.estimators.when_not_to import chance_of_harm, limit_of
from genloss.errors import Problem

Array = NDArray[np.float64]

METHODS = ("empirical_bayes_robust", "empirical_bayes", "mallows_cp")
UNKNOWN = range(21)  # generators, where their number is not known
NOT_WORTH, TUNED = 3.0, 0.1


@dataclass(frozen=True, slots=True)
class Spectrum:
    """Centered rows in the eigenbasis of their covariance: eigenvalues e > 0, basis (d, directions), least squares
    coefficients there, and the noise variance of a label. rows: how many real rows they are worth.
    """

    eigenvalues: Array
    basis: Array
    seen: Array
    noise_variance: float
    rows: float


@dataclass(frozen=True, slots=True)
class Generators:
    """Who made the labels: `count` generators, one taught by the other, each by ridge regression on `rows` rows.

    count: None where nobody knows; then 0 to 20 of them, in proportion to 1 / (1 + count). penalty: theirs, 0 for
    least squares.
    """

    count: int | None
    rows: float
    penalty: float = 0.0


@dataclass(frozen=True, slots=True)
class Choice:
    """penalties tried, ascending, infinity last; risks: predicted, minus that of predicting the mean.

    penalty: the best, or that of leave-one-out where the chance that correcting costs more is above its limit; harm:
    that chance, nan where nothing is compared; corrected: whether the penalty knows what labels inherit.
    psi: inherited noise over signal, with the ends of its 90 % interval (nan for "mallows_cp").
    generation: how many generators are believed, the mean; generation_low, generation_high: 5 and 95 % points.
    """

    penalties: Array
    risks: Array
    penalty: float
    psi: float
    psi_low: float
    psi_high: float
    generation: float
    generation_low: int
    generation_high: int
    harm: float = float("nan")
    corrected: bool = True


def choose_penalty(
    spectrum: Spectrum,
    *,
    method: str,
    generators: Generators,
    rows: Array,
    rng: np.random.Generator,
    blind: Callable[[Array], float] | None = None,
) -> Choice:
    """Choose by `method`; rows: (T, d) centered, for "empirical_bayes_robust" to resample.

    blind: which of some penalties leave-one-out takes; it is asked where generators made the labels and there is a
    belief about the truth (all methods but "mallows_cp"). None: nothing is compared.
    """
    e = spectrum.eigenvalues
    penalties = np.append(e.mean() * np.logspace(-6, 4, 161), np.inf)
    counts = np.array(UNKNOWN if generators.count is None else [generators.count])
    each = _inherited_by_one(spectrum, generators) if counts.any() else 0.0
    if method == "mallows_cp":
        if generators.penalty > 0:
            raise Problem(
                "method", "mallows_cp is only for labels that least squares made", 'give method="empirical_bayes"'
            )
        if generators.count is None:
            raise Problem(
                "method",
                "mallows_cp needs the number of generators, and cannot estimate it",
                'give generation, or method="empirical_bayes"',
            )
        inherited = generators.count * each
        found = _mallows(spectrum, inherited, penalties)
        signal = float((e * spectrum.seen**2).sum()) - e.size * (inherited + spectrum.noise_variance / spectrum.rows)
        belief = None
        power, few_power, much_power = max(signal, 0.0), np.nan, np.nan
        believed = np.ones(1)
    else:
        drawn = _drawn(spectrum, method, generators, rows, rng) if counts.any() and not generators.penalty else None
        belief = _belief(spectrum, method, generators, counts, drawn)
        power, few_power, much_power = belief.signal, belief.low, belief.high
        believed = belief.chains.reshape(counts.size, -1).sum(axis=1) if counts.size > 1 else np.ones(1)
        found = risks(belief, e, penalties)
        if counts.any():  # half the weight on what the labels show: the truth is hard to see
            noise = 0.0 if drawn is None else float(believed @ counts) * spectrum.noise_variance * e * drawn
            found = (found + _mallows(spectrum, noise, penalties)) / 2
    best = int(np.argmin(found))
    few, many = counts[np.minimum(np.searchsorted(np.cumsum(believed), [0.05, 0.95]), counts.size - 1)].tolist()
    generation = float(believed @ counts)
    scale = generation * each * e.size
    psi, low, high = (_ratio(scale, each_power) for each_power in (power, much_power, few_power))
    choice = Choice(penalties, found, float(penalties[best]), psi, low, high, generation, few, many)
    if belief is None or blind is None or not counts.any():
        return choice
    return _or_blind(choice, belief, e, blind(penalties), limit_of(generators.penalty))


def _or_blind(choice: Choice, belief: Belief, eigenvalues: Array, blind: float, limit: float) -> Choice:
    """Keep the corrected penalty, or take the blind one where the chance that correcting costs is above the limit."""
    harm = chance_of_harm(belief, eigenvalues, corrected=choice.penalty, blind=blind)
    if harm > limit:
        return replace(choice, penalty=blind, harm=harm, corrected=False)
    return replace(choice, harm=harm)


def _inherited_by_one(spectrum: Spectrum, generators: Generators) -> float:
    """Noise variance that a direction inherits from each, s2 / (T0 - d - 1); of ridge generators s2 / T0 at most."""
    if generators.penalty > 0:
        return spectrum.noise_variance / generators.rows
    dim = spectrum.eigenvalues.size
    return spectrum.noise_variance / (checked_rows(generators.rows, dim) - dim - 1)


def _drawn(spectrum: Spectrum, method: str, generators: Generators, rows: Array, rng: np.random.Generator) -> Array:
    """Inherited variance by direction of each least squares generator, over s2: of Gaussian inputs, or resampled."""
    if method == "empirical_bayes":
        return least_squares_noise(spectrum.eigenvalues, generator_rows=generators.rows)
    return resampled_noise(rows, spectrum.basis, generator_rows=int(generators.rows), rng=rng)


def _belief(
    spectrum: Spectrum, method: str, generators: Generators, counts: NDArray[np.int64], drawn: Array | None
) -> Belief:
    """Weigh truths, and numbers of generators where there are several; as many chains for each number."""
    e, variance = spectrum.eigenvalues, spectrum.noise_variance
    shown = float((e * spectrum.seen**2).sum())
    grid, powers = priors(e, shown)
    penalized = generators.penalty > 0 and bool(counts.any())
    chains: list[tuple[float, Array, Array, Array]] = []
    for count in counts.tolist():
        prior = -float(np.log1p(count))
        if penalized and count:
            keep = shrinkage(e, generator_rows=generators.rows, penalty=generators.penalty)
            truths, strength = priors(e, shown, keep ** (2 * count))
            second, cross = ridge_chain(
                truths,
                e,
                noise_variance=np.array(variance),
                generation=count,
                generator_rows=generators.rows,
                penalty=generators.penalty,
            )
            chains.append((prior, strength, second, cross))
        elif drawn is None:
            chains.append((prior, powers, grid, grid))
        elif method == "empirical_bayes":
            chains.append((prior, powers, grid + count * variance * drawn, grid))
        else:
            several = multiplied(count * variance * drawn, grid, powers)
            chains += [(prior + log_weight, power, second, cross) for log_weight, power, second, cross in several]
    return believe(e, spectrum.seen, noise_variance=variance, rows=spectrum.rows, chains=chains, given_seen=penalized)


def _ratio(scale: float, power: float) -> float:
    if not np.isfinite(power):
        return float("nan")
    return scale / power if power > 0 else (0.0 if scale == 0 else float("inf"))


def _mallows(spectrum: Spectrum, inherited: float | Array, penalties: Array) -> Array:
    variance, rows = spectrum.noise_variance, spectrum.rows
    return mallows(
        spectrum.eigenvalues,
        spectrum.seen,
        noise_variance=variance,
        rows=rows,
        inherited=inherited,
        penalties=penalties,
    )


def advice(choice: Choice, generators: Generators, spectrum: Spectrum) -> str:
    """Say in one sentence what the labels are worth."""
    told = _worth(choice, generators, spectrum)
    if not choice.corrected:
        told += (
            "; not corrected: the penalty is the one that leave-one-out (RidgeCV) takes, as the chance that correcting "
            f"for the generators costs more than it saves is {choice.harm:.0%} by what these rows show, above "
            f"{limit_of(generators.penalty):.0%}"
        )
    if generators.count is None:
        told += (
            f"; {choice.generation_low} to {choice.generation_high} generators are likely (90 %): their number "
            "can be seen only where the signal is weaker in some directions than in others, so give it if it is known"
        )
    return told


def _worth(choice: Choice, generators: Generators, spectrum: Spectrum) -> str:
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
