"""Studies of a user's own model: fitted to its own rows as a workflow says, judged by rows that it makes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.identity import identity
from genloss.metrics import SampleErrors
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Single
from genloss.simulation.task import Streams
from genloss.streams import stream
from genloss.study.spec.grid import Cell
from genloss.study.spec.objects import object_of, table_of
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Group, Predictions, Subject, one_engine
from genloss.study.subjects.schedules import schedule_for
from genloss.study.subjects.words import value_words, workflow_words
from genloss.workflows import TRUTH, Batch, Schedule, Workflow

Array = NDArray[np.float64]
Places = NDArray[np.int64]

NO_THEORY = "the law of a model of your own is not known"


def _simulate(
    scope: Scope, group: Group, engine: str, replicates: int, report: tuple[int, ...], streams: Streams
) -> Sequence[Sequence[SampleErrors]]:
    """Each replicate fits its own draw of real rows; the rows that judge are the same for all."""
    del engine
    settings, schedule = group[0].settings, schedule_for(scope, group[0])
    model = object_of(scope.objects, settings["generator"]["identity"], "generator")
    rows = object_of(scope.objects, settings["population"]["sha256"], "population")
    training, judging = _split(settings["population"], scope.seed)
    held_out = table_of(Single().take(rows, judging[None]))
    made: list[list[Any]] = [[] for _ in report]
    for replicate in range(replicates):
        excerpts = _excerpts(rows, streams("real", replicate).permutation(training), schedule)
        fits = chain(
            model,
            partial(_excerpt, excerpts),
            schedule,
            layout=Single(),
            random=lambda *key, r=replicate: streams("chain", r, *key),
            start=settings["generator"]["start"],
            last=max(report),
        )
        for g, fit in enumerate(fits):
            if g in report:
                sample = fit.sample(len(held_out), streams("judged", replicate, g))
                made[report.index(g)].append(_alike(sample, held_out))
    return [[SampleErrors(held_out, np.array(samples)) for samples in made]]


def _alike(sample: Any, held_out: Array) -> Array:
    """Return made rows as numbers with as many rows and columns as the real ones."""
    try:
        table = table_of(sample)
    except Problem as problem:
        raise Problem("generator", f"sample returned {problem.found}", "return finite numbers") from problem
    if table.shape != held_out.shape:
        found = f"sample({len(held_out)}, rng) returned {table.shape[0]} rows of {table.shape[1]} numbers"
        mend = f"return {len(held_out)} rows of {held_out.shape[1]} numbers, as the real ones"
        raise Problem("generator", found, mend)
    return table


def _split(population: Mapping[str, Any], seed: int) -> tuple[Places, Places]:
    """Return the places of the rows that train and of those that judge; the study's seed draws them."""
    order = stream(seed, "own rows", population["sha256"]).permutation(population["rows"])
    count = max(1, round(population["held_out"] * population["rows"]))
    return order[count:], np.sort(order[:count])


def _excerpts(rows: Any, order: Places, schedule: Schedule) -> dict[tuple[int, str, int], Any]:
    """Return the real rows of every batch that has some, by its key: each row stands in one batch only."""
    used, excerpts = 0, {}
    for batch in schedule.batches:
        if any(origin == TRUTH for origin, _ in batch.origins):
            excerpts[batch.key] = Single().take(rows, order[None, used : used + batch.rows])
            used += batch.rows
    return excerpts


def _excerpt(excerpts: Mapping[tuple[int, str, int], Any], batch: Batch) -> Any:
    return excerpts[batch.key]


def _draw_key(cell: Cell) -> str:
    """Name what changes the draws, so that models of one study see the same real rows: not the model."""
    population = {key: cell.settings["population"][key] for key in ("sha256", "held_out")}
    emit = Workflow.from_dict(cell.settings["workflow"]).to_dict()["emit"]
    return identity({"population": population, "emit": emit})


def _predict(scope: Scope, group: Group, metric: str) -> Predictions | str:
    del scope, group, metric
    return NO_THEORY


def _words(case: Mapping[str, Any]) -> str:
    population, generator = case["population"], case["generator"]
    start = {"base": " beginning from the fit of generation 0", "previous": " beginning from the fit before"}
    begin = start.get(generator["start"], "") if isinstance(generator["start"], str) else ""
    return (
        f"rows given in Python ({population['rows']} of them; {population['columns']}), a share of "
        f"{value_words(population['held_out'])} held out for judging; each generation fits {generator['model']}{begin} "
        f"to {workflow_words(case['workflow'], 'drawn')}"
    )


def _check(scope: Scope, group: Group, workers: int) -> None:
    """Find the objects, and refuse a workflow that wants more real rows than there are."""
    del workers
    settings, schedule = group[0].settings, schedule_for(scope, group[0])
    object_of(scope.objects, settings["generator"]["identity"], "generator")
    object_of(scope.objects, settings["population"]["sha256"], "population")
    training, _ = _split(settings["population"], scope.seed)
    needed = sum(batch.rows for batch in schedule.batches if any(origin == TRUTH for origin, _ in batch.origins))
    if needed > training.size:
        found = f"the workflow needs {needed:,} real rows, and {training.size:,} are not held out"
        raise Problem("workflow.rows", found, "give fewer rows or generations, or hold out less")


OWN = Subject(
    name="samples",
    engines=lambda: ("loop",),
    choose=one_engine("loop", "runs no model of your own"),
    check=_check,
    predict=_predict,
    simulate=_simulate,
    words=_words,
    draw_key=_draw_key,
)
