"""What does a verifier say of rows of a family? By the truth, off by an error, or by an earlier fit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.code.trusted import NONE, Trusted
from genloss.errors import Problem
from genloss.models.families.densities import Rows, distance, log_density, moved, refuse_distance
from genloss.models.laws import LawFit
from genloss.simulation.filters import filters_of, refuse_kinds
from genloss.simulation.verdicts import Chosen, judged_by_function
from genloss.workflows import Filter, Schedule

Array = NDArray[np.float64]

_REASONS = {
    "wrong": 'rows of this family are no categories; kind = "categories" of the population has them',
    "keep": 'rows of this family are no categories; kind = "categories" of the population has them',
    "piece": "rows of a family are judged one by one",
}


@dataclass(frozen=True)
class OfRows:
    """Rows (replicates, rows, width) before a verifier with these parameters, (replicates, parameters)."""

    family: Rows
    chosen: Filter
    rows: Array
    truth: Array
    parameters: Array
    uniform: Array
    trusted: Trusted

    def good(self) -> Chosen:
        """Whether a row is near the true mean: within good_within, one standard deviation of a row where not given."""
        if self.chosen.good_within is None:
            return np.asarray(distance(self.family, self.rows, self.truth[None]) <= 1.0)
        return np.asarray(np.abs(self.rows[..., 0] - _mean(self.family, self.truth)) <= self.chosen.good_within)

    def distance(self) -> Array:
        """In standard deviations of the verifier's law."""
        return distance(self.family, self.rows, self.parameters)

    def likelihood(self) -> Array:
        """Under the verifier's law."""
        return log_density(self.family, self.rows, self.parameters)

    def called(self) -> Array:
        """What a user's function says of rows and the uniform numbers."""
        given, shape = ("rows", "uniform"), self.rows.shape[:2]
        return judged_by_function(self.chosen, self.trusted, given, self.rows, self.uniform, shape=shape)


def judge_of(family: Rows, truth: Array, trusted: Trusted = NONE) -> Callable[..., OfRows]:
    """Return who judges rows of a family. truth: (parameters,)."""

    def judge(chosen: Filter, rows: Array, fit: LawFit | None, uniform: Array) -> OfRows:
        parameters = moved(family, truth, chosen.verifier_error)[None] if fit is None else fit.parameters
        return OfRows(family, chosen, rows, truth, parameters, uniform, trusted)

    return judge


def refuse_filters(family: Rows, truth: Array, schedule: Schedule) -> None:
    """Refuse filters by which rows of this family cannot be judged, and a verifier outside the family."""
    refuse_kinds(schedule, _REASONS)
    for where, chosen in filters_of(schedule):
        try:
            if chosen.kind in ("oracle", "distance"):
                refuse_distance(family)
            if chosen.good_within is not None:
                _mean(family, truth)
            moved(family, truth, chosen.verifier_error)
        except Problem as problem:
            raise Problem(f"{where}.{problem.where}", problem.found, problem.mend) from problem


def _mean(family: Rows, truth: Array) -> float:
    """The mean of a row of one number."""
    if truth.size == 1:
        return float(truth[0])
    if family.name == "gamma_shape":
        return float(truth[1])
    if family.name == "gaussian":
        return float(truth[0])
    raise Problem("good_within", f"rows of {family.name} are no single numbers", "leave good_within out")
