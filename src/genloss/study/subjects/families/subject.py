"""Studies of families of laws: parameters are refitted, with a prior or without, to rows that earlier fits drew."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.blocks import Draws
from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.metrics import FamilyErrors
from genloss.room import refuse_memory
from genloss.streams import BLOCK
from genloss.study.spec.scope import Scope
from genloss.study.subjects.families.building import case_of, refitted
from genloss.study.subjects.families.gaussian import CARRIED
from genloss.study.subjects.families.models import Refitted, held_numbers, no_distance
from genloss.study.subjects.protocol import Chosen, Group, Predicted, Predictions, Subject
from genloss.study.subjects.schedules import schedule_for
from genloss.study.subjects.words import value_words, workflow_words
from genloss.theory.coverage import predictions
from genloss.theory.workflows.together import variances_together
from genloss.workflows import Schedule

Array = NDArray[np.float64]

_ENGINES = ("sums", "picks", "rows")
FEW = "for some generations: with so few rows its allowance for finite size exceeds 75 % of the value"


def _choose(scope: Scope, group: Group, engine: str) -> Chosen:
    family, schedule = case_of(group[0]), schedule_for(scope, group[0])
    engine = "rows" if engine == "reference" else engine  # the definition
    if engine == "auto":
        return Chosen(family.engine(schedule))
    if engine not in _ENGINES:
        raise Problem(
            "engine",
            f"{engine!r} is not an engine of families",
            f"give auto, reference or one of {', '.join(_ENGINES)}",
        )
    wanted = family.refuses(schedule, engine)
    if wanted is not None:
        raise Problem(
            "engine", f"{engine} cannot run this: it needs {wanted}", Advice("use ", Setting("engine", "auto"))
        )
    return Chosen(engine)


def _side_by_side(scope: Scope, group: Group, engine: str) -> int:
    return case_of(group[0]).side_by_side(schedule_for(scope, group[0]), engine)


def _simulate(
    scope: Scope, group: Group, engine: str, draws: Draws, report: tuple[int, ...]
) -> Sequence[Sequence[FamilyErrors]]:
    """One cell: no two read the same draws."""
    family = case_of(group[0])
    schedule = schedule_for(scope, group[0])
    errors = family.run(
        schedule, engine=engine, replicates=draws.drawn, rng=draws.streams("chain"), trusted=scope.trusted
    )
    return [[errors(g, draws.replicates) for g in report]]


def _predict(scope: Scope, groups: Sequence[Group], metric: str) -> Predicted:
    """Errors' variances of all groups together, then each group's own values."""
    cases = [(case_of(group[0]), schedule_for(scope, group[0])) for group in groups]
    errors = variances_together([(schedule, family.row_variance(schedule, metric)) for family, schedule in cases])
    return [_of_curve(scope.report, *case, metric, each) for case, each in zip(cases, errors, strict=True)]


def _of_curve(
    report: Sequence[int], family: Refitted, schedule: Schedule, metric: str, errors: Array | Problem | None
) -> Predictions | str:
    try:
        if isinstance(errors, Problem):
            raise errors
        curve = family.curve(schedule, metric, errors)
    except Problem as problem:
        return f"{problem.where}: {problem.found}"
    if isinstance(curve, str):
        return curve
    values, allowed, status, formula = curve
    blind = allowed > 0.75 * values  # nearly as much or more may be off than is there
    values = np.where(blind, np.nan, values) if status == "asymptotic" else values
    known = predictions(report, values[list(report)].tolist(), status, allowed[list(report)].tolist(), formula)
    known = {g: each for g, each in known.items() if each.value == each.value}
    return [known], [FEW if status == "asymptotic" else CARRIED] if len(known) < len(report) else []


def _words(case: Mapping[str, Any]) -> str:
    population = case["population"]
    keys = ", ".join(f"{key} {_listed(value)}" for key, value in population.items() if key != "kind")
    name = population["kind"].replace("_", " ")
    drawn = workflow_words(case["workflow"], "drawn")
    return f"rows of the {name} family ({keys}); each generation fits it{_prior_words(case['generator'])} to {drawn}"


def _prior_words(generator: Mapping[str, Any]) -> str:
    """Say which prior there is, if any."""
    if generator["kind"] == "maximum_likelihood":
        return ""
    law = generator["prior"]
    center = (
        "the first fit" if law == "first_fit" else ", ".join(f"{key} {_listed(value)}" for key, value in law.items())
    )
    return f", with a prior at {center} that is worth {value_words(generator['prior_rows'])} rows,"


def _listed(value: Any) -> str:
    """Write a short list whole: it is one truth, not an axis."""
    if isinstance(value, list) and len(value) <= 6:
        return " ".join(value_words(each) for each in value)
    return value_words(value)


def _check(scope: Scope, group: Group, workers: int) -> None:
    """Refuse a truth outside its family, metrics that it has not, and fits that would not fit into memory."""
    family, schedule = case_of(group[0]), schedule_for(scope, group[0])
    no_distance(scope.metrics, group[0].settings["population"])
    family.refuse_filters(schedule)
    fits, parameters = len(schedule.train), family.parameters
    together = max(family.side_by_side(schedule, engine) for engine in _ENGINES)
    held = 8.0 * BLOCK * together * workers * parameters * held_numbers(schedule, "sums")
    what = f"{parameters:,} {'parameters' if parameters > 1 else 'parameter'} of {fits:,} fits and their batches"
    refuse_memory("study", held, what, "lower generations or parameters", workers)


FAMILY = Subject(
    name="family",
    engines=lambda: _ENGINES,
    choose=_choose,
    check=_check,
    predict=_predict,
    simulate=_simulate,
    words=_words,
    side_by_side=_side_by_side,
    check_truth=refitted,
)
