"""How much real, how much synthetic, which penalty? One quantity is left open, solved for, and the answer checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from inspect import signature
from typing import Any

from genloss.advise.plans.answer import Plan
from genloss.advise.plans.budget import for_budget
from genloss.advise.plans.of_pilots import is_pilots, planned_from_pilots
from genloss.advise.plans.of_study import planned_study, without_axes
from genloss.advise.plans.of_table import planned_table
from genloss.advise.plans.protocol import Planned
from genloss.advise.plans.question import Question, checked_for, question
from genloss.advise.plans.replicates import for_replicates
from genloss.advise.plans.schedule import for_penalties
from genloss.advise.plans.targets import for_target
from genloss.errors import Problem, nearest, refuse_uncalled
from genloss.study.runner.trust import trusting
from genloss.study.study import Study, as_study

__all__ = ["plan", "plan_for"]

Progress = Callable[[int, int], None]

_OURS = ("pilots", "estimator", "X", "y", "metric", "replicates", "seed", "progress", "held_out")
"""Arguments that `plan` has itself, or that say nothing to it."""


def plan_for(asked: Question, subject: Planned) -> Plan:
    """Answer what is asked of any subject."""
    target = checked_for(asked, subject)
    if asked.open == "replicates" and target is not None:
        return for_replicates(asked, target, subject)
    if target is None and asked.costs is not None and asked.costs.budget is not None:
        return for_budget(asked, asked.costs, subject)
    return for_target(asked, target, subject)


def plan(
    what: Any,
    X: Any = None,
    y: Any = None,
    *,
    open: Any,  # noqa: A002  (the word of every door)
    at_most: float | None = None,
    at_least: float | None = None,
    keep_within: float | str | None = None,
    chance: float | str | None = None,
    when: str = "always",
    budget: float | None = None,
    cost_real: float | None = None,
    cost_synthetic: float | None = None,
    metric: str | None = None,
    case: str | None = None,
    where: Mapping[str, Any] | None = None,
    goal: str = "horizon",
    data_sets: int = 0,
    frontier: bool = False,
    replicates: int | None = None,
    seed: int | None = None,
    progress: Progress | None = None,
    trust: bool = False,
    **table: Any,
) -> Plan:
    """Leave one quantity open, solve for it, and check the answer by runs of their own.

    what: a `Study`, the path of a study file or a mapping with the keys of one; or, with X and y, an estimator as
    `genloss.forecast` takes it; or pilots, short runs of a model of your own at three sizes or more: results or folders
    of `genloss.chain`, or tables of them, one or a list; a law is fitted, and what it says is extrapolated.

    open: "real_rows" or "synthetic_rows" (of each generation that draws them), "synthetic_share" (of synthetic rows
    among both), "real_weight" (of the loss), "penalty" (the same in all generations), "penalties" (by generation),
    "generations", or "replicates" (independent runs that tell the target's loss from none, with `chance`).

    Target, one of: at_most or at_least, a value of the metric (excess risk, unless `metric` says another);
    keep_within, a part of generation 0's value: 0.05 or "5%" is at most 1.05 times it, or at least 0.95 times where
    more is better. It is asked of the mean over runs; with chance, of single runs: so many of them must meet it.
    when: "always", in every generation up to the last, or "last". A penalty, penalties and real_weight need no target:
    the least mean of the last generation is sought, among what meets a target.
    budget, with cost_real and cost_synthetic: what may be spent on the rows of all generations together; the pair of
    rows with the least mean is sought. Costs beside a target: the cheapest pair that meets it is said, too.

    case: of a study with several. where: a value on each axis of a study, {"predictor.rows": 1000}. goal: "horizon" or
    "sum", of penalties; data_sets: for them, as `advise.cross_validation_horizon` takes replicates. frontier: also
    which pairs of rows meet the target. replicates: single runs at each value where they are drawn, and of the check;
    default 400, of a plan for them 2,000. seed: default the study's, or 0. progress: called with (values done, values)
    while runs are drawn. trust: let code that a study names be executed.
    table: workflow, generations and all that `genloss.forecast` takes, for an estimator with rows; for pilots what
    `advise.plans.of_pilots.planned_from_pilots` takes.

    Returns a `Plan`: value, interval, all ranges that meet the target, the check, the regime, what a row is worth.
    Errors: `Problem` that says what to change. Status: theory where there is one, else simulation; said in the answer.
    Source: docs/theory/plan.md. Checked by tests/statistical/test_plan_known_answers.py and
    verification/plan_tables.py.

    >>> study = {"generations": 12, "workflow": {"kind": "accumulate", "rows": 400}, "replicates": 10,
    ...          "population": {"kind": "linear_gaussian", "dim": 50, "noise": 1.0},
    ...          "generator": {"kind": "least_squares"}}
    >>> plan(study, open="real_rows", at_most=0.25, when="last", replicates=50).value
    350.0
    """
    refuse_uncalled("progress", progress)
    asked = question(
        open, at_most=at_most, at_least=at_least, keep_within=keep_within, chance=chance, when=when, budget=budget,
        cost_real=cost_real, cost_synthetic=cost_synthetic, replicates=replicates, seed=0 if seed is None else seed,
        frontier=frontier,
    )  # fmt: skip
    if X is not None:
        _refuse_of_study(case=case, where=where, metric=metric)
        given = _known(table, planned_table)
        rows = planned_table(what, X, y, replicates=asked.replicates, seed=asked.seed, progress=progress, **given)
        return plan_for(asked, rows)
    if is_pilots(what):
        _refuse_of_study(case=case, where=where)
        given = _known(table, planned_from_pilots)
        return plan_for(asked, planned_from_pilots(what, metric=metric, seed=asked.seed, progress=progress, **given))
    if table:
        name = next(iter(table))
        raise Problem(name, "the study says it already", "leave it out, or change it in the study")
    return plan_study(
        asked,
        as_study(what),
        case=case,
        where=where,
        metric=metric,
        goal=goal,
        data_sets=data_sets,
        seed=seed,
        progress=progress,
        trust=trust,
    )


def plan_study(
    asked: Question,
    study: Study,
    *,
    case: str | None = None,
    where: Mapping[str, Any] | None = None,
    metric: str | None = None,
    goal: str = "horizon",
    data_sets: int = 0,
    seed: int | None = None,
    progress: Progress | None = None,
    drawing: Progress | None = None,
    trust: bool = False,
) -> Plan:
    """Answer what is asked of a study; arguments as `plan` takes them. drawing: told of data sets that are drawn."""
    ready = trusting(study, trust=trust)
    known = planned_study(ready, case=case, metric=metric, replicates=asked.replicates, seed=seed, progress=progress)
    subject = without_axes(known, asked.open, where)
    if asked.open == "penalties":
        checked_for(asked, subject)
        return for_penalties(asked, subject, goal=goal, data_sets=data_sets, drawing=drawing)
    return plan_for(asked, subject)


def _known(given: dict[str, Any], takes: Callable[..., Any]) -> dict[str, Any]:
    """Refuse arguments that a subject of this kind does not take."""
    taken = [name for name in signature(takes).parameters if name not in _OURS]
    for name in given:
        if name not in taken:
            raise Problem(name, "no such argument for what is planned", nearest(name, taken))
    return given


def _refuse_of_study(**given: Any) -> None:
    for name, value in given.items():
        if value is not None:
            raise Problem(name, "is for studies, and a table of rows is given", "leave it out")
