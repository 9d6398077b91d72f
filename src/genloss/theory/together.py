"""How are many settings predicted at once? What they have in common is computed once; the rest one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from genloss.grouping import grouped
from genloss.models import Predictor
from genloss.populations import LinearGaussian, Population
from genloss.theory.arguments import Array, Flags, is_edge
from genloss.theory.coverage import Formula, Prediction, Setting, find, floor_of, predict, predictions
from genloss.theory.reuse.columns import reuse_chains
from genloss.theory.reuse.long_chains import is_long, long_chains
from genloss.theory.ridge.columns import Curves, Signal, signal_of
from genloss.theory.ridge.mixture_columns import Mixtures, places_of_models
from genloss.theory.ridge.pools import Pools, is_even, pools_of, rows_of
from genloss.theory.ridge.replace_columns import accumulate_curves, judged_curves, replace_curves, replace_teachers
from genloss.workflows import Schedule, chain

__all__ = ["predict_together"]

_FEW = 1e-50  # numbers from here to one over it, or 0, are far from the ends of a computer's
_LONGEST = 64  # fits that train on rows again
_LONGEST_MIXED = 512  # fits on rows of their own
_NUMBERS = 2_000_000  # in a table of one chain
_AT_ONCE = 1_000_000  # in a table of columns
_COVERED = ("replace_risk", "mixture_risk", "accumulate_risk", "reuse_risk")
_POOLS = ("mixture_risk", "reuse_risk")
_FIELDS = tuple(field.name for field in fields(Curves))

Values = tuple[list[dict[int, Prediction]], list[str]]
"""As `coverage.predict` returns them."""
Place = tuple[int, int]
"""A setting, and one of the predictor's models (0: the generator alone)."""


@dataclass(frozen=True, slots=True)
class _Truth:
    """The spectrum and the signal's power s w0^2, as bytes; how many directions, how many different ones, the top."""

    spectrum: bytes
    power: bytes
    dim: int
    distinct: int
    top: float

    def bears(self, penalties: Sequence[float]) -> bool:
        """Whether no penalty is lost beside the eigenvalues."""
        return all(1e-25 <= each / self.top <= 1e25 for each in set(penalties) if each != 0)


@dataclass(frozen=True, slots=True)
class _Kind:
    """What chains have in common that are followed together; equal for equal ones of settings asked together.

    shape: of the schedules, where rows are used again, and whether all rows of a fit count alike. fits: of a chain.
    long: whether each chain is followed by itself, all of one schedule then.
    judged: whether a predictor is asked about, none, some or all of whose rows models label.
    """

    formula: str
    truth: _Truth
    shape: tuple[int, bool]
    fits: int
    same: bool
    judged: str
    long: bool


@dataclass(frozen=True, slots=True)
class _Column:
    """One model of one setting. rows, penalties: of its chain; own: a predictor's rows, how many of them models
    label, and its penalty, else zeros.

    noises: of generator and predictor.
    """

    place: Place
    rows: tuple[float, ...]
    penalties: tuple[float, ...]
    own: tuple[float, float, float]
    noises: tuple[float, float]


def predict_together(settings: Sequence[Setting], metric: str, generations: Sequence[int]) -> list[Values | str]:
    """Return for each setting what `coverage.find` and `coverage.predict` say, up to rounding.

    A setting's values are the same to the last bit whichever others stand beside it.
    Checked by tests/unit/test_together.py.
    """
    formulas = [find(setting, metric) for setting in settings]
    populations = {id(setting.population): setting.population for setting in settings}
    truths = {name: _truth_of(population) for name, population in populations.items()}
    columns = [
        pair
        for i, (setting, formula) in enumerate(zip(settings, formulas, strict=True))
        if not isinstance(formula, str)
        for pair in _columns(i, setting, formula, truths[id(setting.population)], max(generations))
    ]
    known: dict[Place, dict[int, Prediction]] = {}
    for kind, pairs in grouped(columns, lambda pair: pair[0]).items():
        some = [column for _, column in pairs]
        floors = np.array([floor_of(settings[column.place[0]].population, metric) for column in some])
        known |= _predicted(kind, some, settings[some[0].place[0]], floors, generations)
    return [
        formula if isinstance(formula, str) else _gathered(i, setting, formula, metric, generations, known)
        for i, (setting, formula) in enumerate(zip(settings, formulas, strict=True))
    ]


def _gathered(
    i: int,
    setting: Setting,
    formula: Formula,
    metric: str,
    generations: Sequence[int],
    known: dict[Place, dict[int, Prediction]],
) -> Values:
    """Put the models of a setting together; what no column knows is asked alone, or all at once if none is known."""
    values, refused = list[dict[int, Prediction]](), dict[str, None]()
    judged = setting.predictor
    count = len(judged.models) if judged else 1
    if not any((i, which) in known for which in range(count)):
        return predict(setting, formula, metric, generations)
    for which in range(count):
        mine = known.get((i, which))
        if mine is None:
            one = judged and replace(judged, models=(judged.models[which],))
            (mine,), reasons = predict(replace(setting, predictor=one), formula, metric, generations)
            refused |= dict.fromkeys(reasons)
        values.append(mine)
    return values, list(refused)


def _columns(
    i: int, setting: Setting, formula: Formula, truth: _Truth | None, last: int
) -> Iterator[tuple[_Kind, _Column]]:
    """Return what is followed in columns of a setting."""
    schedule, generator, judged = setting.schedule, setting.generator, setting.predictor
    fits = last + (judged is None)
    if formula.name not in _COVERED or truth is None:
        return
    again = formula.name in _POOLS
    fresh = generator.design == "fresh"
    long = formula.name == "reuse_risk" and fresh and is_long(fits, truth.distinct, len(schedule.batches))
    rows: tuple[float, ...] | None
    if long:
        rows = tuple(float(batch.rows) for batch in schedule.batches if batch.birth < fits)
    elif again:
        rows = rows_of(schedule, fits) if fresh and fits <= _longest(formula) else None
    else:
        drawn = schedule.batches if formula.name == "accumulate_risk" else chain(schedule)
        rows = tuple(float(batch.rows) for batch in drawn[:fits])
    if rows is None or (formula.name == "mixture_risk" and not (schedule.pattern or schedule).weighs_all):
        return
    nodes = truth.dim if not again else fits * (truth.dim + len(rows))
    if formula.name == "mixture_risk" and (fits + 1) * nodes > _NUMBERS:
        nodes = truth.dim * places_of_models(pools_of(schedule, fits))[1] ** 2 // fits
    penalties = tuple(generator.penalty_at(g) for g in range(fits))
    same = generator.design == "same"
    if (not long and (fits + 1) * nodes > _NUMBERS) or (same and len(set(rows)) > 1) or not truth.bears(penalties):
        return
    shape = (id(schedule), True) if long else (id(schedule.pattern), is_even(schedule)) if again else (0, True)
    kind = _Kind(formula.name, truth, shape, fits, same, _blend(judged), long)
    for which, penalty in enumerate(_own_penalties(judged)):
        own = (float(judged.rows), float(judged.synthetic_rows), penalty) if judged else (0.0, 0.0, 0.0)
        noises = generator.noise, judged.noise if judged else 0.0
        if truth.bears((penalty,)) and _near(noises):
            yield kind, _Column((i, which), rows, penalties, own, noises)


def _longest(formula: Formula) -> int:
    """Fits of a chain that is followed in columns: numbers of pairs of fits are kept, but in mixtures of a few."""
    return _LONGEST if formula.name == "reuse_risk" else _LONGEST_MIXED


def _blend(judged: Predictor | None) -> str:
    """Say how many of a predictor's rows models label, or nothing."""
    if judged is None:
        return ""
    return {0: "none", judged.rows: "all"}.get(judged.synthetic_rows, "some")


def _own_penalties(judged: Predictor | None) -> list[float]:
    """The penalties of a predictor's models, or 0 for a generator alone."""
    return [float(getattr(model, "penalty", 0.0)) for model in judged.models] if judged else [0.0]


def _near(numbers: Sequence[float]) -> bool:
    """Whether squares of numbers are far from the ends of a computer's."""
    return all(number == 0 or _FEW <= number <= 1 / _FEW for number in numbers)


def _truth_of(population: Population) -> _Truth | None:
    """Return what chains need of a population; None where inputs do not vary along all directions, or nearly so."""
    if not isinstance(population, LinearGaussian):
        return None
    spectrum, power = population.spectrum, population.spectrum * population.coefficients**2
    low, high = float(spectrum.min()), float(spectrum.max())
    if low <= 0 or not _near((low, high, float(power.max()))):
        return None
    return _Truth(spectrum.tobytes(), power.tobytes(), spectrum.size, len(set(spectrum.tolist())), high)


def _predicted(
    kind: _Kind, columns: Sequence[_Column], setting: Setting, floors: Array, generations: Sequence[int]
) -> dict[Place, dict[int, Prediction]]:
    """Return the values of columns of one kind; those without a finite number are left out."""
    signal = signal_of(np.frombuffer(kind.truth.spectrum), np.frombuffer(kind.truth.power))
    pools = pools_of(setting.schedule, kind.fits) if kind.formula in _POOLS and not kind.long else None
    distinct = list(dict.fromkeys((column.rows, column.penalties, column.own) for column in columns))
    place = {each: i for i, each in enumerate(distinct)}
    step = max(2, _AT_ONCE // _size(kind, signal, pools))
    some = [distinct[i : i + step] for i in range(0, len(distinct), step)]
    long = setting.schedule if kind.long else None
    parts = [_curves(kind, signal, pools, long, each, generations) for each in some]
    found = _beside(parts)
    at = np.array([place[column.rows, column.penalties, column.own] for column in columns])
    generator, predictor = (np.array([column.noises for column in columns]) ** 2).T
    exact = found.exact[:, at]
    with np.errstate(all="ignore"):
        risk = found.signal[:, at] + generator * found.generator[:, at] + predictor * found.predictor[:, at]
        allowance = np.where(exact, 0.0, risk * found.relative[:, at] + found.more[:, at])
    usable = np.logical_and.reduce(np.isfinite(risk) & np.isfinite(allowance), axis=0).tolist()
    whole = np.logical_and.reduce(exact, axis=0).tolist()
    values, allowed = (risk + floors).T.tolist(), allowance.T.tolist()
    statuses = ["exact" if each else "asymptotic" for each in whole]
    return {
        column.place: predictions(generations, value, status, more, kind.formula)
        for column, use, value, status, more in zip(columns, usable, values, statuses, allowed, strict=True)
        if use
    }


def _beside(parts: Sequence[Curves]) -> Curves:
    """Put curves of some settings beside those of others."""
    return Curves(*(np.concatenate([getattr(part, name) for part in parts], axis=1) for name in _FIELDS))


def _size(kind: _Kind, signal: Signal, pools: Pools | None) -> int:
    """Numbers that one column holds in one table."""
    if pools is None:
        return (kind.fits + 1) * int(signal.values.size)
    return max(1, kind.fits**2 * (int(signal.values.size) + pools.origin.size) // 16)


def _curves(
    kind: _Kind,
    signal: Signal,
    pools: Pools | None,
    long: Schedule | None,
    asked: Sequence[tuple[tuple[float, ...], tuple[float, ...], tuple[float, float, float]]],
    generations: Sequence[int],
) -> Curves:
    """Follow the chains, each once, and the predictors that they teach. No number where no mean is finite."""
    chains = list(dict.fromkeys((rows, penalties) for rows, penalties, _ in asked))
    place = {each: i for i, each in enumerate(chains)}
    at = np.array([place[rows, penalties] for rows, penalties, _ in asked])
    rows = np.array([each for each, _ in chains], dtype=float).reshape(len(chains), -1).T
    penalties = np.array([each for _, each in chains], dtype=float).reshape(len(chains), -1).T
    order = np.array(generations)
    rows = rows if pools is None else pools.expected(rows)
    with np.errstate(all="ignore"):
        if long is not None:
            return _long_curves(kind, signal, long, penalties, at, [own for *_, own in asked], generations)
        edges = is_edge(rows if pools is None else pools.totals(rows), signal.dim, penalties == 0)
        edge = np.logical_or.reduce(edges, axis=0)[at]
        if kind.formula == "accumulate_risk":
            return accumulate_curves(signal, rows, generations)
        own_rows, made, own_penalties = np.array([own for *_, own in asked], dtype=float).T
        edge = edge | (is_edge(own_rows, signal.dim, own_penalties == 0) & (kind.judged != ""))
        if pools is not None and kind.formula == "mixture_risk":
            mixtures = Mixtures(signal, pools, rows, penalties)
            if not kind.judged:
                return _without(mixtures.curves(generations), edge)
            return _without(mixtures.judged(at, own_rows, made, own_penalties, generations), edge)
        if pools is not None:
            curves, teachers = reuse_chains(signal, pools, rows, penalties)
            if not kind.judged:
                return _without(Curves(*(getattr(curves, name)[order] for name in _FIELDS)), edge)
        elif not kind.judged:
            return _without(replace_curves(signal, rows, penalties, generations, same=kind.same), edge)
        else:
            teachers, _ = replace_teachers(signal, rows, penalties, same=kind.same)
        return _without(judged_curves(signal, teachers, at, own_rows, own_penalties, generations), edge)


def _long_curves(
    kind: _Kind,
    signal: Signal,
    schedule: Schedule,
    penalties: Array,
    at: NDArray[np.int64],
    own: Sequence[tuple[float, float, float]],
    generations: Sequence[int],
) -> Curves:
    """Follow each chain by itself, and the predictors that they teach. at: the chain of a setting."""
    signal, curves, teachers = long_chains(signal, schedule, penalties)
    if not kind.judged:
        return Curves(*(getattr(curves, name)[np.array(generations)][:, at] for name in _FIELDS))
    rows, _, own_penalties = np.array(own, dtype=float).T
    edge = is_edge(rows, signal.dim, own_penalties == 0)
    return _without(judged_curves(signal, teachers, at, rows, own_penalties, generations), edge)


def _without(curves: Curves, edge: Flags) -> Curves:
    return replace(curves, signal=np.where(edge, np.nan, curves.signal))
