"""Does a study of many cells hold the values of those at work only?

Blind spot: memory of engines, and of blocks that are ready ahead of the reader. Negative control: who keeps the
cells is seen.
"""

import gc
import weakref

import pytest

from genloss.study import iterate
from genloss.study.runner.plans import Plan

pytestmark = pytest.mark.usefixtures("without_pictures")

STUDY = {
    "generations": 1,
    "replicates": 20,
    "population": {"kind": "linear_gaussian", "dim": 1, "noise": [0.5 + 0.01 * i for i in range(8)]},
    "workflow": {"kind": "replace", "rows": 9},
    "generator": {"kind": "ridge", "penalty": 0.1},
}


@pytest.fixture
def alive(monkeypatch):
    """How many cells with values are held by somebody, of all that were completed."""
    made, completed = [], Plan.completed
    gc.collect()
    gc.freeze()  # what other tests left need not be looked at each time

    def watched(*given, **named):
        cells = completed(*given, **named)
        made.extend(map(weakref.ref, cells))
        return cells

    def count():
        gc.collect()
        return sum(each() is not None for each in made), len(made)

    monkeypatch.setattr(Plan, "completed", watched)
    return count


@pytest.mark.parametrize("where", ["nowhere", "a store", "a store that has them"])
def test_values_of_finished_cells_are_let_go(where, alive, tmp_path):
    store = None if where == "nowhere" else tmp_path / "cells"
    if where == "a store that has them":
        list(iterate(STUDY, workers=1, theory=False, store=store))
    finished = [(each, alive()[0]) for each in iterate(STUDY, workers=1, theory=False, store=store)]
    assert len(finished) == 8
    assert alive()[1] >= 8
    assert max(held for _, held in finished) <= 2


def test_the_count_sees_cells_that_are_kept(alive, monkeypatch):
    kept, completed = [], Plan.completed
    monkeypatch.setattr(Plan, "completed", lambda *given, **named: kept.append(completed(*given, **named)) or kept[-1])
    list(iterate(STUDY, workers=1, theory=False))
    assert alive()[0] == 8
