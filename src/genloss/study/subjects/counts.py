"""Studies of counts on the rows of a table: a Poisson regression, with exposures or without, is refitted to its own."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.blocks import Draws
from genloss.errors import Problem
from genloss.metrics import LabelErrors
from genloss.populations.places import Places
from genloss.room import refuse_memory
from genloss.simulation.families.labels import LabelLaw, fit_of, label_run
from genloss.streams import BLOCK
from genloss.study.spec.data import table_words, users_table
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Group, Subject, no_formula, one_engine
from genloss.study.subjects.schedules import schedule_for
from genloss.study.subjects.words import value_words, workflow_words

Array = NDArray[np.float64]


def _simulate(
    scope: Scope, group: Group, engine: str, draws: Draws, report: tuple[int, ...]
) -> Sequence[Sequence[LabelErrors]]:
    """Replicates of a block are drawn together, always the whole block."""
    del engine
    law, truth = _truth(scope, group)
    fits = label_run(law, truth, schedule_for(scope, group[0]), replicates=draws.drawn, rng=draws.streams("chain"))
    parts = [(fits[g].parameters[: draws.replicates], fits[g].ended[: draws.replicates]) for g in report]
    return [[LabelErrors(law.divergence(parameters, truth), ended) for parameters, ended in parts]]


def _truth(scope: Scope, group: Group) -> tuple[LabelLaw, Array]:
    """Return the law of counts on the rows of the table, and the fit of these, which is the truth."""
    return _fitted(json.dumps(group[0].settings["population"], sort_keys=True), scope.places)


@lru_cache(maxsize=4)
def _fitted(population: str, places: Places) -> tuple[LabelLaw, Array]:
    settings = json.loads(population)
    table = users_table(settings, places)
    column = table.columns.index(settings["target"])
    inputs, counts = np.delete(table.values, column, axis=1), table.values[:, column]
    if (counts < 0).any() or (counts != np.round(counts)).any():
        found = f"column {settings['target']!r} holds what is no count"
        raise Problem("population.target", found, "name a column of whole numbers from 0 on")
    exposure = np.ones(len(counts)) if table.exposure is None else table.exposure
    design = np.column_stack([np.ones(len(counts)), (inputs - inputs.mean(axis=0)) / inputs.std(axis=0)])
    law = LabelLaw("poisson", design, np.log(exposure / exposure.mean()), table.entities)
    return law, fit_of(law, counts, f"population.file: {settings['file']}")


def _words(case: Mapping[str, Any]) -> str:
    population = {key: value_words(value) for key, value in case["population"].items() if value is not None}
    exposed = f" with the exposure {population['exposure']}" if "exposure" in population else ""
    return (
        f"{table_words(population)}; the truth is the Poisson regression of {population['target']}{exposed} that fits "
        f"them; each generation fits one to {workflow_words(case['workflow'], 'drawn')}"
    )


def _check(scope: Scope, group: Group, workers: int) -> None:
    """Read the table, and refuse one that has no fit, or whose batches would not fit into memory."""
    law, _ = _truth(scope, group)
    rows, batches = len(law.design), len(schedule_for(scope, group[0]).batches)
    held = 16.0 * BLOCK * workers * rows * (batches + 1)  # uses of every row, and the sum of its labels
    what = f"labels of {rows:,} rows in {batches:,} batches"
    refuse_memory("study", held, what, "lower generations or rows", workers)


COUNTS = Subject(
    name="counts",
    engines=lambda: ("labels",),
    choose=one_engine("labels", "refits no counts"),
    check=_check,
    predict=no_formula("counts on the rows of a table have no formula here"),
    simulate=_simulate,
    words=_words,
)
