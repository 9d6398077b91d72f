"""How much does a regression lose whose predictions are the mean of several fits of one workflow?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from genloss.populations import LinearGaussian
from genloss.theory.arguments import Array
from genloss.theory.coverage import FORMULAS, Prediction, Setting, find, floor_of
from genloss.theory.reuse.of_workflow import from_workflow
from genloss.theory.reuse.risks import risk_of_power
from genloss.theory.ridge.fresh import blocks_of
from genloss.theory.ridge.mixture import mixture_risk_of_power

__all__ = ["predict_means"]


class _Moments(NamedTuple):
    """Products of the errors of all fits, by what they lose on new inputs. cross: (fits, fits). allowance: (fits,)."""

    cross: Array
    allowance: Array
    exact: tuple[bool, ...]
    formula: str


def predict_means(setting: Setting, metric: str, groups: Sequence[Sequence[int]]) -> list[Prediction] | str:
    r"""Return what the mean of the fits of each group loses, or why no formula says it.

    .. math:: E (x \cdot (\bar w - w_0))^2 = \frac{1}{K^2} \sum_{f, h} E \langle w_f - w_0, w_h - w_0 \rangle

    The product of two fits' errors is linear in each fit. Two fits that share no rows meet through their teachers
    alone, each by its mean response; two that train on rows in common have their noise in common, too. `mixture_risk`
    has the first, `reuse.risk` both.

    groups: numbers of fits of the generator; no predictor is asked about. The allowance of a product is the geometric
    mean of its two fits' allowances, in proportion to their risks. Status: exact where all fits of a group are (least
    squares with one origin each), else asymptotic. Source: docs/theory/lineages.md. Checked by
    tests/statistical/test_theory_whole.py and tests/unit/test_theory_whole.py.
    """
    moments = _moments(setting, metric, max(max(group) for group in groups))
    if isinstance(moments, str):
        return moments
    floor = floor_of(setting.population, metric)
    return [_of_group(moments, np.array(group), floor) for group in groups]


def _moments(setting: Setting, metric: str, last: int) -> _Moments | str:
    """Return the products of errors up to a fit, from the first formula that has them."""
    formula = find(setting, metric)
    if isinstance(formula, str):
        return formula
    if setting.predictor is not None or not isinstance(setting.population, LinearGaussian):
        return "no formula gives how the errors of two such fits go together"
    covers = {each.name: each.covers for each in FORMULAS}
    if covers["mixture_risk"](setting) is None:
        return _fresh(setting, setting.population, last)
    reason = covers["reuse_risk"](setting)
    return reason if reason is not None else _reused(setting, setting.population)


def _fresh(setting: Setting, population: LinearGaussian, last: int) -> _Moments:
    """No two fits have rows in common."""
    fits = blocks_of(setting.schedule, setting.generator.noise)[: last + 1]
    penalties = [setting.generator.penalty_at(g) for g in range(len(fits))]
    found = mixture_risk_of_power(population.spectrum, _power(population), fits, penalty=penalties)
    return _Moments(found.error_powers[1:, 1:].sum(axis=-1), found.allowance, found.exact, "mixture_risk")


def _reused(setting: Setting, population: LinearGaussian) -> _Moments:
    """Fits may train on the same rows."""
    generator = setting.generator
    batches = from_workflow(setting.schedule, noise=generator.noise, design=generator.design)
    penalties = [generator.penalty_at(g) for g in range(len(setting.schedule.train))]
    found = risk_of_power(population.spectrum, _power(population), batches, penalty=penalties)
    return _Moments(found.cross, found.allowance, (False,) * len(penalties), "reuse_risk")


def _power(population: LinearGaussian) -> Array:
    return np.asarray(population.spectrum * population.coefficients**2)


def _of_group(moments: _Moments, group: Array, floor: float) -> Prediction:
    cross = moments.cross[np.ix_(group, group)]
    part = np.sqrt(moments.allowance[group] / cross.diagonal())
    allowance = float((np.abs(cross) * np.outer(part, part)).mean())
    status = "exact" if all(moments.exact[fit] for fit in group) else "asymptotic"
    return Prediction(float(cross.mean()) + floor, status, allowance, moments.formula)
