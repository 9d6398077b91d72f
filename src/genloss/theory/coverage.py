"""Which formula covers a task, with which status, and how far may finite size push it off?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import NamedTuple

import numpy as np

from genloss.errors import Problem, impossible
from genloss.models import Generator, KernelRidge, LeastSquares, Predictor, Ridge, ShiftedTruth
from genloss.populations import LinearGaussian, Pool, Population
from genloss.theory.arguments import Array
from genloss.theory.filters.of_schedule import LOST, loop_filter, loop_reason, loop_risk
from genloss.theory.reuse.of_workflow import reuse_reason, reuse_too_large
from genloss.theory.reuse.setting import reuse_chain_risk
from genloss.theory.reuse.unlike_setting import unlike_chain_risk, unlike_reason
from genloss.theory.ridge.accumulate import accumulate_reason, accumulate_risk
from genloss.theory.ridge.fresh import blocks_of, fits_too_many, fresh_reason
from genloss.theory.ridge.kernel import pool_spectrum
from genloss.theory.ridge.mixture import mixture_risk_of_power
from genloss.theory.ridge.replace import Risk, replace_risk_of_power
from genloss.theory.ridge.sources_setting import means_too_large, predictor_blocks, sources_chain_risk
from genloss.theory.ridge.strong_setting import strong_chain_risk
from genloss.workflows import Schedule, chain
from genloss.workflows.traits import FILTER, REPLACE

__all__ = ["FORMULAS", "Formula", "Prediction", "Setting", "find", "predict"]


@dataclass(frozen=True, slots=True)
class Setting:
    """What theory is asked about: the same words a simulation gets."""

    population: Population
    schedule: Schedule
    generator: Generator
    predictor: Predictor | None


@dataclass(frozen=True, slots=True)
class Formula:
    """One line of the table of what is covered.

    covers: why the formula does not apply, or None. risk: its values, given setting, spectrum, power,
    generations, and which of the predictor's models. allowance: deviation that finite size may cause
    where the status is asymptotic, in words and by value, stated before any run is compared with it.
    """

    name: str
    says: str
    covers: Callable[[Setting], str | None]
    risk: Callable[[Setting, Array, Array, Sequence[int], int], Risk]
    allowance: str
    allowed: Callable[[Setting, Risk], Array]
    source: str
    checked_by: str


class Prediction(NamedTuple):
    """Theory's value for one penalty and generation."""

    value: float
    status: str
    allowance: float
    formula: str


def predictions(
    generations: Sequence[int], values: Sequence[float], status: str, allowances: Sequence[float], formula: str
) -> dict[int, Prediction]:
    """Return predictions by generation, of one status and formula."""
    parts = zip(values, repeat(status), allowances, repeat(formula))
    return dict(zip(generations, map(Prediction._make, parts), strict=True))


def _linear(setting: Setting) -> str | None:
    return _linear_models(setting) or _mixed(setting) or _same_design(setting) or setting.schedule.uncovered(REPLACE)


def _mixed(setting: Setting) -> str | None:
    """Say what is particular about the predictor's rows, or None."""
    predictor = setting.predictor
    if predictor is not None and predictor.features is not None:
        return "the predictor sees random projections"
    if predictor is not None and predictor.synthetic_rows < predictor.rows:
        return "some of the predictor's rows are real"
    return None


def _linear_models(setting: Setting) -> str | None:
    return _linear_fits(setting) or _unlike(setting)


def _unlike(setting: Setting) -> str | None:
    """Say that models' rows have inputs of their own, or None."""
    population = setting.population
    if isinstance(population, LinearGaussian) and not population.alike:
        return "synthetic rows have inputs of another law than real rows"
    return None


def _linear_fits(setting: Setting) -> str | None:
    if not isinstance(setting.population, LinearGaussian):
        return "the inputs are not Gaussian with a known spectrum"
    if not all(isinstance(model, LeastSquares | Ridge) for model in _models(setting)):
        return "a model is not linear, or is not fitted to rows"
    return None


def _mixture(setting: Setting) -> str | None:
    reason = _linear_models(setting)
    if reason is not None:
        return reason
    if setting.predictor is not None and setting.predictor.features is not None:
        return "the predictor sees random projections of inputs, and the generator is not one whose error is known"
    if setting.generator.design != "fresh":
        return "on the same inputs only plain replace without a penalty has a formula"
    fits = len(setting.schedule.train) * (2 if setting.predictor else 1)
    return fresh_reason(setting.schedule) or fits_too_many(fits, setting.population.dim)


def _sources(setting: Setting) -> str | None:
    reason, population = _linear_fits(setting), setting.population
    if reason is not None or not isinstance(population, LinearGaussian):
        return reason
    if population.alike:
        return "all rows have inputs of one law, which other formulas cover"
    if setting.predictor is not None and setting.predictor.features is not None:
        return "the predictor sees random projections of inputs of unlike laws"
    fits = len(setting.schedule.train) * (2 if setting.predictor else 1)
    return fresh_reason(setting.schedule) or fits_too_many(fits, population.dim) or means_too_large(population)


def _unlike_reuse(setting: Setting) -> str | None:
    reason, population = _linear_fits(setting), setting.population
    if reason is not None or not isinstance(population, LinearGaussian):
        return reason
    if population.alike:
        return "all rows have inputs of one law, which other formulas cover"
    if setting.predictor is not None and setting.predictor.features is not None:
        return "the predictor sees random projections of inputs of unlike laws"
    return unlike_reason(population, setting.schedule, len(setting.schedule.train) + bool(setting.predictor))


def _accumulate(setting: Setting) -> str | None:
    if setting.predictor is not None or setting.generator.design != "fresh" or setting.generator.penalized:
        return "only least squares on fresh inputs, without a predictor, has the sum over batches"
    return _linear_models(setting) or accumulate_reason(setting.schedule, setting.population.dim)


def _reuse(setting: Setting) -> str | None:
    fits, population = len(setting.schedule.train), setting.population
    if not isinstance(population, LinearGaussian):
        return _linear_models(setting)
    return (
        _linear_models(setting)
        or _mixed(setting)
        or reuse_reason(setting.schedule, setting.generator.design)
        or reuse_too_large(fits, len(set(population.spectrum.tolist())), len(setting.schedule.batches))
    )


def _verified(setting: Setting) -> str | None:
    """Least squares whose synthetic rows a verifier keeps or sends away."""
    generator = setting.generator
    reason = loop_reason(setting.schedule) or _linear_models(setting)
    if reason is not None:
        return reason
    if setting.predictor is not None:
        return "there is a predictor, and a verifier's formula judges the fits themselves"
    if generator.penalized or generator.design != "fresh" or not generator.noise > 0:
        return "a verifier's formula is for least squares on fresh inputs, with noise"
    few = setting.schedule.batches[0].rows < setting.population.dim + 2
    return "fewer rows than features + 2" if few else None


def _kernel(setting: Setting) -> str | None:
    if not isinstance(setting.population, Pool):
        return "the population is not a finite pool"
    if setting.population.entities is not None:
        return "rows of one entity are drawn together, and formulas draw rows one by one"
    models = _models(setting)
    if not all(isinstance(model, KernelRidge) for model in models):
        return "a model is not kernel ridge"
    if unknown := sorted({m.kernel for m in models if isinstance(m, KernelRidge)} - {"rbf", "polynomial"}):
        return f"how far theory is off was measured for the kernels rbf and polynomial, not for {unknown[0]}"
    if len({(m.kernel, m.gamma, m.degree, m.coef0) for m in models if isinstance(m, KernelRidge)}) > 1:
        return "generator and predictor use different kernels, whose eigenvectors differ"
    return _mixed(setting) or _same_design(setting) or setting.schedule.uncovered(REPLACE)


def _strong(setting: Setting) -> str | None:
    """Strong collapse: the generator's error is independent of the truth, its covariance diagonal and known."""
    predictor, model = setting.predictor, setting.generator.model
    if predictor is None:
        return "there is no predictor"
    judged = all(isinstance(each, LeastSquares | Ridge) for each in predictor.models)
    if not isinstance(setting.population, LinearGaussian) or not judged:
        return "the inputs are not Gaussian with a known spectrum, or a model is not linear"
    if (reason := _unlike(setting)) is not None:
        return reason
    if isinstance(model, ShiftedTruth):
        return setting.schedule.uncovered(REPLACE)
    if predictor.features is None:
        return "the predictor sees the inputs themselves"
    if (
        not isinstance(model, LeastSquares | Ridge)
        or setting.generator.penalized
        or setting.generator.design != "fresh"
    ):
        return "with random projections the generator must be least squares on fresh inputs, or shifted_truth"
    reason = setting.schedule.uncovered(REPLACE)
    few = reason is None and any(batch.rows < setting.population.dim + 2 for batch in chain(setting.schedule))
    return "with random projections the generator needs at least dim + 2 rows" if few else reason


def _same_design(setting: Setting) -> str | None:
    if setting.generator.design == "same" and setting.generator.penalized:
        return "a chain of penalized fits on the same inputs has no formula here"
    return None


def _kernel_allowance(setting: Setting) -> float:
    model = setting.generator.model
    return 0.05 if isinstance(model, KernelRidge) and model.kernel == "rbf" else 0.20


def _models(setting: Setting) -> list[object]:
    return [setting.generator.model, *(setting.predictor.models if setting.predictor else ())]


def _replace_risk(setting: Setting, spectrum: Array, power: Array, generations: Sequence[int], which: int) -> Risk:
    generator, predictor = setting.generator, setting.predictor
    rows = np.array([float(batch.rows) for batch in chain(setting.schedule)])
    penalties = np.array([generator.penalty_at(g) for g in range(rows.size)])

    def risk(n: Sequence[int], t: float, noise: float, penalty: float) -> Risk:
        return replace_risk_of_power(
            spectrum,
            power,
            noise=noise,
            rows=t,
            penalty=penalty,
            generation=n,
            generator_rows=rows,
            generator_noise=generator.noise,
            generator_penalty=penalties,
            design=generator.design,
        )

    if predictor is not None:
        return risk(generations, predictor.rows, predictor.noise, predictor.models[which].penalty)
    if generator.design == "same":  # n + 1 fits on one design act as one that sees n + 1 noises
        own = [risk([0], rows[0], generator.noise * np.sqrt(n + 1), penalties[0]) for n in generations]
    else:
        own = [risk([n], rows[n], generator.noise, penalties[n]) for n in generations]
    total, bias, variance, inherited, allowance = (
        np.concatenate([getattr(part, name) for part in own])
        for name in ("total", "bias", "variance", "inherited", "allowance")
    )
    exact = all(part.status == "exact" for part in own)
    return Risk(total, bias, variance, inherited, allowance, "exact" if exact else "asymptotic")


def _mixture_risk(setting: Setting, spectrum: Array, power: Array, generations: Sequence[int], which: int) -> Risk:
    """Every generator fit, and after them the predictor of each generation asked for."""
    generator, predictor = setting.generator, setting.predictor
    fits = blocks_of(setting.schedule, generator.noise)[: max(generations) + 1]
    penalties = [generator.penalty_at(g) for g in range(len(fits))]
    places = list(generations)
    if predictor is not None:
        fits = fits[: max(generations)]
        penalties = penalties[: len(fits)] + [predictor.models[which].penalty] * len(generations)
        places = list(range(len(fits), len(penalties)))
        fits += [predictor_blocks(predictor, n) for n in generations]
    risk = mixture_risk_of_power(spectrum, power, fits, penalty=penalties)
    exact = all(risk.exact[place] for place in places)
    total, bias, variance, inherited, allowance = (
        part[places] for part in (risk.total, risk.bias, risk.variance, risk.inherited, risk.allowance)
    )
    return Risk(total, bias, variance, inherited, allowance, "exact" if exact else "asymptotic")


def _strong_risk(setting: Setting, spectrum: Array, power: Array, generations: Sequence[int], which: int) -> Risk:
    if setting.predictor is None:
        impossible("strong collapse was asked about a generator alone")
    return strong_chain_risk(
        spectrum, power, setting.schedule, setting.generator, setting.predictor, generations, which
    )


def _accumulate_risk(setting: Setting, spectrum: Array, _power: Array, generations: Sequence[int], _: int) -> Risk:
    rows = [float(batch.rows) for batch in setting.schedule.batches]
    return accumulate_risk(spectrum.size, rows=rows, noise=setting.generator.noise, generation=list(generations))


def _verified_risk(setting: Setting, spectrum: Array, _power: Array, generations: Sequence[int], _: int) -> Risk:
    from genloss.theory.filters.loops import LeastSquaresLoop  # loaded when something is predicted

    noise, rows = setting.generator.noise, setting.schedule.batches[0].rows
    loop = LeastSquaresLoop(spectrum.size, rows=rows, noise=noise)
    risk = loop_risk(loop, loop_filter(setting.schedule), noise, generations)
    variance = risk.total - risk.bias
    return Risk(risk.total, risk.bias, variance, np.zeros_like(variance), risk.allowance, "asymptotic")


def _sources_risk(setting: Setting, _s: Array, _p: Array, generations: Sequence[int], which: int) -> Risk:
    if not isinstance(setting.population, LinearGaussian):
        impossible("a formula for Gaussian inputs was asked about other ones")
    return sources_chain_risk(
        setting.population, setting.schedule, setting.generator, setting.predictor, generations, which
    )


def _unlike_reuse_risk(setting: Setting, _s: Array, _p: Array, generations: Sequence[int], which: int) -> Risk:
    if not isinstance(setting.population, LinearGaussian):
        impossible("a formula for Gaussian inputs was asked about other ones")
    return unlike_chain_risk(
        setting.population, setting.schedule, setting.generator, setting.predictor, generations, which
    )


def _reuse_risk(setting: Setting, spectrum: Array, power: Array, generations: Sequence[int], which: int) -> Risk:
    return reuse_chain_risk(spectrum, power, setting.schedule, setting.generator, setting.predictor, generations, which)


FORMULAS = (
    Formula(
        name="replace_risk",
        says="ridge regression on Gaussian rows under replace: the single-source moment recursion",
        covers=_linear,
        risk=_replace_risk,
        allowance="0.5 % + the sum of 1 / (T - df2 - 1) over fits that are not exact, three times the last on its bias",
        allowed=lambda _, risk: risk.allowance,
        source="arXiv 2402.07712, theorems 4.1-4.6; docs/theory/regression.md",
        checked_by="tests/statistical/test_theory_meets_simulation.py",
    ),
    Formula(
        name="mixture_risk",
        says="ridge regression on Gaussian rows under any workflow whose batches are drawn for one fit alone",
        covers=_mixture,
        risk=_mixture_risk,
        allowance="0.5 % + the sum of 1 / (T - df2 - 1) over the fits that are not exact, by their weights, "
        "the last three times on its bias",
        allowed=lambda _, risk: risk.allowance,
        source="docs/theory/regression.md; special cases in arXiv 2410.04840, 2502.18049",
        checked_by="tests/statistical/test_fresh_workflows.py, tests/statistical/test_theory_mixture.py",
    ),
    Formula(
        name="strong_collapse_risk",
        says="ridge regression on Gaussian rows or random projections of them, labeled in part by a generator whose "
        "error is independent of the truth",
        covers=_strong,
        risk=_strong_risk,
        allowance="0.5 % + 1 / (n - df2 - 1) + 1 / features, three times that on the bias",
        allowed=lambda _, risk: risk.allowance,
        source="arXiv 2410.04840, theorems 1 and 2; docs/theory/regression.md",
        checked_by="tests/statistical/test_theory_strong.py, tests/statistical/test_strong_collapse.py",
    ),
    Formula(
        name="accumulate_risk",
        says="least squares on Gaussian rows, all batches so far with their old labels: a sum over the batches",
        covers=_accumulate,
        risk=_accumulate_risk,
        allowance="none: exact at any size",
        allowed=lambda _, risk: risk.allowance,
        source="docs/theory/regression.md; the workflow is that of arXiv 2404.01413",
        checked_by="tests/statistical/test_theory_accumulate.py",
    ),
    Formula(
        name="reuse_risk",
        says="ridge regression on Gaussian rows that fits train on again: any fixed shares of the loss, subsamples, "
        "the same inputs",
        covers=_reuse,
        risk=_reuse_risk,
        allowance="0.5 % + the sum of 1 / (T - df2 - 1) over each fit and those that label its rows, by their weights, "
        "the fit three times on its bias",
        allowed=lambda _, risk: risk.allowance,
        source="docs/theory/reuse.md",
        checked_by="tests/statistical/test_reuse_workflows.py, verification/theory_reuse.py",
    ),
    Formula(
        name="filtered_risk",
        says="least squares on Gaussian rows under replace, where a verifier keeps labels near its guess",
        covers=_verified,
        risk=_verified_risk,
        allowance=LOST,
        allowed=lambda _, risk: risk.allowance,
        source="docs/theory/verifier.md",
        checked_by="tests/statistical/test_filters.py",
    ),
    Formula(
        name="sources_risk",
        says="ridge regression on fresh Gaussian rows, those that models label with inputs of their own variances and "
        "mean: real rows, synthetic rows, any mix",
        covers=_sources,
        risk=_sources_risk,
        allowance="0.5 % + the sum of 1 / (T - f - 1) over fits that are not exact, f the rows a fit uses up on what "
        "it learns, three times the last on its bias",
        allowed=lambda _, risk: risk.allowance,
        source="docs/theory/unlike_sources.md; two sources: arXiv 2510.08123",
        checked_by="tests/statistical/test_sources.py",
    ),
    Formula(
        name="unlike_reuse_risk",
        says="ridge regression on Gaussian rows that fits train on again, those that models label with inputs of their "
        "own variances",
        covers=_unlike_reuse,
        risk=_unlike_reuse_risk,
        allowance="as of reuse_risk",
        allowed=lambda _, risk: risk.allowance,
        source="docs/theory/unlike_sources.md",
        checked_by="tests/statistical/test_unlike_reuse.py",
    ),
    Formula(
        name="kernel_replace_risk",
        says="kernel ridge regression on a pool of real rows under replace, from the empirical spectrum, "
        "as if the kernel's features were Gaussian",
        covers=_kernel,
        risk=_replace_risk,
        allowance="5 % for the RBF kernel, 20 % for polynomials, whose features have heavy tails",
        allowed=lambda setting, risk: risk.total * _kernel_allowance(setting),
        source="arXiv 2402.07712, section 5 and appendix C; docs/theory/regression.md",
        checked_by="tests/statistical/test_digits.py",
    ),
)
"""Every formula a study can be predicted by; a new one is one file and one entry here."""


def find(setting: Setting, metric: str) -> Formula | str:
    """Return the formula that covers the setting, or why there is none."""
    if metric not in ("excess_risk", "test_error"):
        return (
            "the formulas know the pool, not the images held out of it"
            if metric == "held_out_excess_risk"
            else f"no formula gives {metric}"
        )
    for formula in FORMULAS:
        if formula.covers(setting) is None:
            return formula
    if not isinstance(setting.population, LinearGaussian):
        widest = "kernel_replace_risk"
    else:
        projected = setting.predictor is not None and setting.predictor.features is not None
        shifted = isinstance(setting.generator.model, ShiftedTruth)
        filtered = "filtered_risk" if FILTER in setting.schedule.traits else "reuse_risk"
        widest = "strong_collapse_risk" if projected or shifted else filtered
        if not setting.population.alike:
            widest = "unlike_reuse_risk" if setting.population.synthetic_mean is None else "sources_risk"
    reason = str(next(formula.covers(setting) for formula in FORMULAS if formula.name == widest))
    filters = setting.schedule.traits.get(FILTER)
    return reason if filters in (None, reason) else f"{filters}, and beside that {reason}"


def floor_of(population: Population, metric: str) -> float:
    """Return what a metric adds to the excess risk: the variance of the noise in a test label, or nothing."""
    return float(population.noise**2) if metric == "test_error" else 0.0


def predict(
    setting: Setting, formula: Formula, metric: str, generations: Sequence[int]
) -> tuple[list[dict[int, Prediction]], list[str]]:
    """Predict by model of the predictor (or the generator alone) and generation.

    Also returns why single values are missing, e.g. for rows equal to dim without a penalty.
    """
    population = setting.population
    if isinstance(population, LinearGaussian):
        spectrum = population.spectrum
        power = spectrum * population.coefficients**2
    else:
        spectrum, power = pool_spectrum(population, setting.generator.model)
    floor = floor_of(population, metric)
    predicted: list[dict[int, Prediction]] = []
    refused: list[str] = []
    for which in range(len(setting.predictor.models) if setting.predictor else 1):
        values: dict[int, Prediction] = {}
        for part in (generations, *([n] for n in generations)):
            if set(part) <= set(values):
                continue
            try:
                risk = formula.risk(setting, spectrum, power, part, which)
            except Problem as problem:
                refused.extend([problem.found] if len(part) == 1 else [])
                continue
            allowed = np.atleast_1d(formula.allowed(setting, risk)).tolist()
            for n, value, allowance in zip(part, np.atleast_1d(risk.total).tolist(), allowed, strict=True):
                values[n] = Prediction(value + floor, risk.status, allowance, formula.name)
        predicted.append(values)
    return predicted, list(dict.fromkeys(refused))


def __dir__() -> list[str]:
    return sorted(__all__)
