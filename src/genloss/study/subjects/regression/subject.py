"""Studies of regression: models fitted to labeled rows, judged by their error."""

from genloss.metrics import Errors
from genloss.simulation import choose
from genloss.simulation.engines import ENGINES
from genloss.simulation.task import Streams
from genloss.study.study import Study
from genloss.study.subjects.protocol import Chosen, Group, Predictions, Subject
from genloss.study.subjects.regression.build import alike, draw_id, setting_of, shared_id, task_of
from genloss.study.subjects.regression.memory import check_memory
from genloss.study.subjects.regression.words import words
from genloss.theory import coverage


def _task_engine(study: Study, group: Group, engine: str) -> Chosen:
    found = choose(task_of(study, group, 1, tuple(study.resolved["report"])), engine)
    return Chosen(found.name, found.draws, found.shares)


def _check(study: Study, group: Group, workers: int) -> None:
    check_memory(task_of(study, group, 1, tuple(study.resolved["report"])), workers)


def _predict(study: Study, group: Group, metric: str) -> Predictions | str:
    setting = setting_of(study, group)
    formula = coverage.find(setting, metric)
    if isinstance(formula, str):
        return formula
    return coverage.predict(setting, formula, metric, study.resolved["report"])


def _simulate(
    study: Study, group: Group, engine: str, replicates: int, report: tuple[int, ...], streams: Streams
) -> list[list[Errors]]:
    task = task_of(study, group, replicates, report)
    return choose(task, engine).run(task, streams)


REGRESSION = Subject(
    name="regression",
    engines=tuple(engine.name for engine in ENGINES),
    alike=alike,
    shared=shared_id,
    draw_id=draw_id,
    choose=_task_engine,
    check=_check,
    predict=_predict,
    simulate=_simulate,
    words=words,
)
