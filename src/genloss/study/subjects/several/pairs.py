"""What does theory say of the whole of several models? How the errors of all fits go together says it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from genloss.study.spec.grid import Cell
from genloss.study.spec.kinds import subject_name
from genloss.study.spec.lineages import lineages_of_table
from genloss.study.spec.scope import Scope
from genloss.study.subjects.categories.truth import known_truth
from genloss.study.subjects.families.building import known_family
from genloss.study.subjects.regression.build import setting_of
from genloss.study.subjects.schedules import schedule_for
from genloss.theory.coverage import Prediction, predictions
from genloss.theory.drift.diversity import remaining_heterozygosity
from genloss.theory.whole import predict_means
from genloss.theory.workflows.errors_of_fits import covariance
from genloss.theory.workflows.together import RowVariance
from genloss.workflows import Schedule

Array = NDArray[np.float64]

__all__ = ["predicted_whole"]


def predicted_whole(scope: Scope, cell: Cell, metric: str) -> dict[int, Prediction] | str:
    """Return theory's values of the whole of a cell's lineages, by generation, or why there are none."""
    subject = subject_name(cell.settings["population"]["kind"])
    if subject == "family":
        return _of_family(scope, cell, metric)
    if subject == "categories":
        return _of_categories(scope, cell, metric)
    if subject == "regression":
        return _of_regression(scope, cell, metric)
    return "no formula gives the whole of several models of this kind"


def _of_family(scope: Scope, cell: Cell, metric: str) -> dict[int, Prediction] | str:
    family, schedule = known_family(cell.texts["population"], cell.texts["generator"]), schedule_for(scope, cell)
    row = family.row_variance(schedule, metric)
    if row is None or metric not in ("standardized_error", "variance_left"):
        return f"no formula gives {metric} of the whole"
    errors = _of_means(schedule, row, scope.report, lineages_of_table(cell.settings["lineages"]).count)
    curve = family.curve(schedule, metric, errors)
    if isinstance(curve, str):
        return curve
    values, allowed, status, formula = curve
    return predictions(scope.report, values.tolist(), status, allowed.tolist(), formula)


def _of_categories(scope: Scope, cell: Cell, metric: str) -> dict[int, Prediction] | str:
    generator = cell.settings["generator"]
    if metric != "heterozygosity" or generator["temperature"] != 1 or generator["top_p"] != 1:
        return f"no formula gives {metric} of the whole"
    start, count = known_truth(cell.texts["population"]), lineages_of_table(cell.settings["lineages"]).count
    errors = _of_means(schedule_for(scope, cell), RowVariance(curvature=-1.0), scope.report, count)
    values = remaining_heterozygosity(1 - (start**2).sum(), errors).tolist()
    return predictions(scope.report, values, "exact", [0.0] * len(values), "heterozygosity_of_workflow")


def _of_regression(scope: Scope, cell: Cell, metric: str) -> dict[int, Prediction] | str:
    setting, lineages = setting_of(scope, (cell,)), lineages_of_table(cell.settings["lineages"])
    found = predict_means(setting, metric, [lineages.fits(g) for g in scope.report])
    return found if isinstance(found, str) else dict(zip(scope.report, found, strict=True))


def _of_means(schedule: Schedule, row: RowVariance, report: Sequence[int], count: int) -> Array:
    """Return the variance of the error of the mean of all lineages' fits, at each reported generation."""
    of_fits = _covariance(schedule, row)
    fits = [slice(g * count, (g + 1) * count) for g in report]
    return np.array([of_fits[each, each].mean() for each in fits])


@lru_cache(maxsize=4)
def _covariance(schedule: Schedule, row: RowVariance) -> Array:
    return covariance(schedule, variance=row.variance, curvature=row.curvature, limit=row.limit)
