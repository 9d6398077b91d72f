"""Studies of categories: shares are refitted by counting rows that earlier fits drew. Drift, tails, closed loops."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.blocks import Draws, width
from genloss.errors import Problem
from genloss.metrics import CategoricalErrors
from genloss.room import refuse_memory
from genloss.simulation.families.categories import category_run
from genloss.simulation.families.verified_counts import refuse_filters
from genloss.streams import BLOCK
from genloss.study.spec.scope import Scope
from genloss.study.subjects.categories.truth import known_truth, truth_of
from genloss.study.subjects.protocol import Group, Predicted, Predictions, Subject, one_engine
from genloss.study.subjects.schedules import schedule_for
from genloss.study.subjects.words import value_words, workflow_words
from genloss.theory.coverage import predictions
from genloss.theory.drift.ancestors import expected_distinct, survival_of_category
from genloss.theory.drift.diversity import remaining_heterozygosity
from genloss.theory.drift.many_rows import mean_field, noise_left
from genloss.theory.loops.contaminated import distance_of_categories
from genloss.theory.workflows.together import RowVariance, variances_together
from genloss.workflows import Schedule, chain
from genloss.workflows.traits import FILTER, REPLACE

Array = NDArray[np.float64]

_EXACT_ROWS = 2_000  # of the law of ancestors, whose cost grows with their square


def _simulate(
    scope: Scope, group: Group, engine: str, draws: Draws, report: tuple[int, ...]
) -> Sequence[Sequence[CategoricalErrors]]:
    del engine
    truth, generator = known_truth(group[0].texts["population"]), group[0].settings["generator"]
    fits = category_run(
        truth,
        schedule_for(scope, group[0]),
        report=report,
        replicates=draws.drawn,
        rng=draws.streams("chain"),
        temperature=generator["temperature"],
        top_p=generator["top_p"],
    )
    return [[CategoricalErrors(fit[: draws.replicates], truth) for fit in fits]]


def _predict(scope: Scope, groups: Sequence[Group], metric: str) -> Predicted:
    """Heterozygosity of fits that are sampled as they are from errors' variances of all groups together."""
    row = RowVariance(curvature=-1.0)
    rows = [row if metric in _OF_VARIANCE and _is_honest(group) else None for group in groups]
    errors = variances_together([(schedule_for(scope, group[0]), row) for group, row in zip(groups, rows, strict=True)])
    return [
        _predicted(scope, group, metric) if each is None else _OF_VARIANCE[metric](scope.report, group, each)
        for group, each in zip(groups, errors, strict=True)
    ]


def _is_honest(group: Group) -> bool:
    generator = group[0].settings["generator"]
    return bool(generator["temperature"] == 1 and generator["top_p"] == 1)


def _heterozygosity(report: Sequence[int], group: Group, errors: Array | Problem) -> Predictions | str:
    start = known_truth(group[0].texts["population"])
    try:
        if isinstance(errors, Problem):
            raise errors
        curve = remaining_heterozygosity(1 - (start**2).sum(), errors)
    except Problem as problem:
        return f"{problem.where}: {problem.found}"
    values = curve[list(report)].tolist()
    return [predictions(report, values, "exact", [0.0] * len(values), "heterozygosity_of_workflow")], []


def _distance(report: Sequence[int], group: Group, errors: Array | Problem) -> Predictions | str:
    if isinstance(errors, Problem):
        return f"{errors.where}: {errors.found}"
    truth, at = known_truth(group[0].texts["population"]), list(report)
    values, allowances = distance_of_categories(truth, errors[at])
    if not np.all(np.isfinite(allowances)):
        return "the normal law of its errors needs more rows than rare categories have"
    return [predictions(report, values.tolist(), "asymptotic", allowances.tolist(), "distance_of_categories")], []


_OF_VARIANCE: Mapping[str, Callable[[Sequence[int], Group, Array | Problem], Predictions | str]] = {
    "heterozygosity": _heterozygosity,
    "wasserstein_distance": _distance,
}
"""What follows from the variances of the errors of fits that are sampled as they are."""


def _predicted(scope: Scope, group: Group, metric: str) -> Predictions | str:
    truth, generator = known_truth(group[0].texts["population"]), group[0].settings["generator"]
    schedule, report = schedule_for(scope, group[0]), scope.report
    if _is_honest(group):
        return _ancestors(truth, schedule, report, metric)
    if metric != "heterozygosity":
        return f"no formula gives {metric} where models are not sampled as they are"
    filtered = schedule.traits.get(FILTER)
    if filtered is not None:
        return f"no formula knows which categories stay where {filtered}"
    laws = mean_field(truth, schedule, temperature=generator["temperature"], top_p=generator["top_p"])
    allowed = 3 * noise_left(schedule, temperature=generator["temperature"])
    values = 1 - (laws**2).sum(axis=1)
    at = list(report)
    return [predictions(report, values[at].tolist(), "asymptotic", allowed[at].tolist(), "mean_field")], []


def _ancestors(truth: Array, schedule: Schedule, report: Sequence[int], metric: str) -> Predictions | str:
    """Which categories are left, of fits that are sampled as they are."""
    if metric not in ("distinct", "lost_mass"):
        return f"no formula gives {metric}"
    reason = schedule.uncovered(REPLACE)
    if reason is not None:
        return f"only plain replace has one, and {reason}"
    rows = [float(batch.rows) for batch in chain(schedule)]
    if max(rows) > _EXACT_ROWS:
        return f"the exact law of ancestors is for up to {_EXACT_ROWS:,} rows"
    counts = rows if len(set(rows)) > 1 else rows[0]
    if metric == "distinct":
        values = expected_distinct(truth, rows=counts, generation=report)
    else:
        values = 1 - survival_of_category(truth, rows=counts, generation=report) @ truth
    return [predictions(report, values.tolist(), "exact", [0.0] * len(values), "ancestors")], []


def _words(case: Mapping[str, Any]) -> str:
    population, generator = case["population"], case["generator"]
    if population["kind"] == "zipf":
        count, exponent = value_words(population["categories"]), value_words(population["exponent"])
        law = f"{count} categories of probability in proportion to k^-{exponent}"
    else:
        law = "categories of given probabilities"
    how = [f"temperature {value_words(generator['temperature'])}"] if generator["temperature"] != 1.0 else []
    how += [f"top-p {value_words(generator['top_p'])}"] if generator["top_p"] != 1.0 else []
    sampled = f", sampled at {' and '.join(how)}" if how else ""
    return f"{law}; each generation counts {workflow_words(case['workflow'], 'drawn')}{sampled}"


def _held(scope: Scope, group: Group) -> float:
    """How many numbers a block of replicates holds at once."""
    truth, schedule = known_truth(group[0].texts["population"]), schedule_for(scope, group[0])
    return float(BLOCK * truth.size * (2 * len(schedule.train) + len(schedule.batches)))


def _side_by_side(scope: Scope, group: Group, _engine: str) -> int:
    return width(_held(scope, group))


def _check(scope: Scope, group: Group, workers: int) -> None:
    truth, schedule = known_truth(group[0].texts["population"]), schedule_for(scope, group[0])
    refuse_filters(truth.size, schedule)
    held = 8.0 * workers * _held(scope, group) * _side_by_side(scope, group, "counts")
    what = f"{truth.size:,} categories over {len(schedule.train):,} fits"
    refuse_memory("study", held, what, "lower generations or categories", workers)


CATEGORIES = Subject(
    name="categories",
    engines=lambda: ("counts",),
    choose=one_engine("counts", "runs no categories"),
    check=_check,
    predict=_predict,
    simulate=_simulate,
    words=_words,
    side_by_side=_side_by_side,
    check_truth=truth_of,
)
