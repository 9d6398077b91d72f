"""Studies of regression: models fitted to labeled rows, judged by their error."""

from __future__ import annotations

from collections.abc import Sequence

from genloss.blocks import Draws
from genloss.metrics import Errors
from genloss.simulation.verifying import refuse_filters
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Chosen, Group, Predicted, Subject
from genloss.study.subjects.regression.build import draw_key, group_key, setting_of, shared_draws, task_of
from genloss.study.subjects.regression.memory import check_memory
from genloss.study.subjects.regression.words import words
from genloss.study.subjects.schedules import schedule_for
from genloss.theory.together import predict_together


def _task_engine(scope: Scope, group: Group, engine: str) -> Chosen:
    from genloss.simulation.engines import choose  # engines are loaded when something is simulated

    found = choose(task_of(scope, group, 1, scope.report), engine)
    return Chosen(found.name, found.draws, found.shares)


def _check(scope: Scope, group: Group, workers: int) -> None:
    refuse_filters(schedule_for(scope, group[0]))
    check_memory(task_of(scope, group, 1, scope.report), workers)


def _predict(scope: Scope, groups: Sequence[Group], metric: str) -> Predicted:
    return predict_together([setting_of(scope, group) for group in groups], metric, scope.report)


def _simulate(scope: Scope, group: Group, engine: str, draws: Draws, report: tuple[int, ...]) -> list[list[Errors]]:
    from genloss.simulation.engines import choose

    task = task_of(scope, group, draws.replicates, report, draws.drawn)
    return choose(task, engine).run(task, draws.streams)


def _side_by_side(scope: Scope, group: Group, engine: str) -> int:
    from genloss.simulation.engines import choose

    task = task_of(scope, group, 1, scope.report)
    return choose(task, engine).side_by_side(task)


def _engines() -> tuple[str, ...]:
    from genloss.simulation.engines import ENGINES

    return tuple(engine.name for engine in ENGINES)


REGRESSION = Subject(
    name="regression",
    engines=_engines,
    group_key=group_key,
    shared_draws=shared_draws,
    draw_key=draw_key,
    choose=_task_engine,
    check=_check,
    predict=_predict,
    simulate=_simulate,
    words=words,
    side_by_side=_side_by_side,
)
