"""Cells are handed out as they are finished, their files written before; results gather them in order."""

import dataclasses
import pickle
import threading

import numpy as np
import pytest
import tomli_w
from helpers import tiny

import genloss
from genloss import Problem, Study
from genloss.results.cells import Store
from genloss.study import as_study, explain, iterate
from genloss.study.runner import units
from genloss.study.runner.keeping import Keeping
from genloss.study.runner.parts import FOLDER, Parts
from genloss.study.runner.plans import plan_group
from genloss.study.subjects.table import group_cells

pytestmark = pytest.mark.usefixtures("without_pictures")

THREE = {"replicates": 30, "predictor": {"rows": [5, 9, 20], "penalty": [0.1, 1.0]}}


def names(store):
    return set(Store(store).names())


@pytest.mark.parametrize("how", [{"workers": 1}, {"workers": 3}, {"workers": 2, "processes": True}])
def test_finished_cells_hold_what_the_results_hold(how):
    study = Study.from_dict(tiny(**THREE))
    found = list(iterate(study, **how))
    assert {one.cell.id for one in found} == {cell.id for cell in study.cells()}
    assert all(one.engine == "isotropic" and not one.stored for one in found)
    theory, simulated = genloss.predict(study), genloss.simulate(study)
    assert {row.place: row for one in found for row in one.theory} == {row.place: row for row in theory.rows}
    assert {row.place: row for one in found for row in one.simulation} == {row.place: row for row in simulated.rows}
    assert all(one.rows == one.theory + one.simulation for one in found)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found[0].engine = "other"


def test_theory_or_simulation_alone_and_cases_of_theory_alone():
    study = Study.from_dict(tiny(case=[{"name": "a"}, {"name": "b", "simulate": False}]))
    both = list(iterate(study, workers=1))
    assert [one.cell.case for one in both][:4] == ["b"] * 4  # theory comes first
    assert {(one.cell.case, bool(one.theory), bool(one.simulation)) for one in both} == {
        ("a", True, True),
        ("b", True, False),
    }
    assert not any(one.simulation for one in iterate(study, simulation=False))
    assert {one.cell.case for one in iterate(study, theory=False, workers=1)} == {"a"}


def test_silence_of_theory_is_told_with_its_reason():
    found = list(iterate(tiny(metrics=["excess_risk", "parameter_error"]), simulation=False))
    assert {metric for one in found for metric, _ in one.silent} == {"parameter_error"}


def test_a_cell_is_in_the_store_before_it_is_handed_out(tmp_path):
    study = Study.from_dict(tiny(**THREE))
    count = 0
    for one in iterate(study, workers=2, store=tmp_path, theory=False):
        count += 1
        stored = [Store(tmp_path).read(name) for name in names(tmp_path)]
        assert any(each is not None and each.describes["settings"] == one.cell.long_settings for each in stored)
    assert count == len(names(tmp_path)) == 6
    again = list(iterate(study, store=tmp_path, theory=False))
    assert all(one.stored for one in again)
    assert not (tmp_path / FOLDER).exists()


def test_work_that_is_finished_while_the_reader_sleeps_is_written_by_the_worker(tmp_path, monkeypatch):
    writers, whole = set(), Store.write

    def write(store, cell):
        writers.add(threading.current_thread().name)
        whole(store, cell)

    monkeypatch.setattr(Store, "write", write)
    cells = iterate(tiny(**THREE), workers=2, store=tmp_path, theory=False)
    next(cells)
    cells.close()  # the reader stops; what is finished stays
    assert names(tmp_path)
    assert threading.main_thread().name not in writers
    before = names(tmp_path)
    rest = list(iterate(tiny(**THREE), workers=2, store=tmp_path, theory=False))
    assert sum(one.stored for one in rest) >= len(before) - 4  # a group that was at work counts as new
    assert len(names(tmp_path)) == 6


def test_blocks_of_a_run_that_was_stopped_are_not_computed_again(tmp_path, monkeypatch):
    falling = {"spectrum": {"power_law": 1.0}}  # whose engine takes one block at a time
    study = Study.from_dict(tiny(replicates=40, predictor={"rows": 9, "penalty": 0.1}, population=falling))
    (group,) = group_cells(study.cells())
    plan = plan_group(study.scope, group, "auto", Store(tmp_path))
    assert [list(unit.blocks) for unit in plan.units()] == [[0], [1], [2], [3]]
    keeping = Keeping(Store(tmp_path))
    for unit in plan.units()[:3]:
        keeping(unit)
    keeping.end()
    assert names(tmp_path) == set()
    computed, whole = [], units.Unit.measured

    def measured(unit):
        computed.append(unit.blocks.start)
        return whole(unit)

    monkeypatch.setattr(units.Unit, "measured", measured)
    left = genloss.simulate(study, store=tmp_path)
    assert computed == [3]
    assert left.rows == genloss.simulate(study).rows
    assert not (tmp_path / FOLDER).exists()


def test_a_damaged_block_is_computed_again(tmp_path):
    parts = Parts(tmp_path, "work", 3)
    parts.write(range(1), np.array([[[[1.0, np.nan, -np.inf]]]]))
    assert np.array_equal(parts.read(range(1)), [[[[1.0, np.nan, -np.inf]]]], equal_nan=True)
    (file,) = tmp_path.rglob("0-0.npy")
    file.write_bytes(file.read_bytes()[:-9])
    assert parts.read(range(1)) is None
    assert parts.read(range(1, 2)) is None
    assert parts.read(range(2)) is None


def test_where_no_block_can_be_kept_the_cells_are_still_written(tmp_path):
    (tmp_path / FOLDER).write_text("a file where the folder of blocks would stand")
    genloss.simulate(Study.from_dict(tiny(**THREE)), store=tmp_path)
    assert len(names(tmp_path)) == 6


def test_a_unit_carries_no_study():
    study = Study.from_dict(tiny(question="?" * 100_000, **THREE))
    units_of = [plan_group(study.scope, group, "auto", None).units()[0] for group in group_cells(study.cells())]
    assert all(len(pickle.dumps(unit)) < 10_000 for unit in units_of)


def test_work_runs_a_few_blocks_ahead_of_the_reader_and_no_further(monkeypatch):
    computed, whole = [], units.Unit.measured

    def measured(unit):
        computed.append(unit.blocks.start)
        return whole(unit)

    monkeypatch.setattr(units.Unit, "measured", measured)
    study = tiny(replicates=10, predictor={"rows": list(range(5, 65)), "penalty": 0.1})
    cells = iterate(study, workers=1, theory=False)
    next(cells)
    assert len(computed) <= 8
    assert len(list(cells)) == 59


def test_a_path_a_mapping_and_a_study_give_the_same(tmp_path):
    path = tmp_path / "study.toml"
    path.write_text(tomli_w.dumps(tiny()))
    study = Study.load(path)
    for function in (genloss.predict, genloss.simulate):
        rows = function(study).rows
        assert function(path).rows == function(str(path)).rows == function(tiny()).rows == rows
    assert genloss.run(path, out=tmp_path / "out").rows
    assert repr(explain(path)) == repr(explain(study))
    assert as_study(study) is study


@pytest.mark.parametrize("function", [genloss.predict, genloss.simulate, explain, lambda s: list(iterate(s))])
def test_what_is_no_study_is_refused_by_every_function(function):
    with pytest.raises(Problem, match=r"none\.toml: no such file"):
        function("none.toml")
    for wrong in (7, None, [tiny()]):
        with pytest.raises(Problem, match="is not a study"):
            function(wrong)


def test_an_explanation_says_itself(tmp_path):
    found = explain(tiny(generations=30))
    lines = repr(found).splitlines()
    assert len(lines) <= 12
    assert all(len(line) <= 100 for line in lines)
    assert "generation 0 trains on" in repr(found)
    assert "eneration 30 trains on" in found.summary()
    assert len(found.to_frame()) == 31
    assert found.to_dict()["study"] == found.study == Study.from_dict(tiny(generations=30)).id
    for ending in ("json", "md", "html", "csv"):
        assert found.save(tmp_path / f"x.{ending}").stat().st_size > 500
    assert type(found).load(tmp_path / "x.json") == found
    found.draw(tmp_path / "x.svg")
    type(found).load(tmp_path / "x.json").draw(tmp_path / "loaded.svg")
    assert (tmp_path / "x.svg").stat().st_size == (tmp_path / "loaded.svg").stat().st_size
    grown = {"kind": "accumulate", "rows": {"each": [9, 12, 15, 20, 25, 30, 35]}}
    several = explain(tiny(workflow=grown, generations=9))
    assert len(repr(several).splitlines()) <= 12
    whole = explain(tiny(workflow=grown, generations=9), whole=True)
    assert len(whole.to_frame()) > len(several.to_frame())


def test_a_study_says_itself():
    cases = [{"name": f"case {place}", "simulate": place > 1} for place in range(9)]
    claims = [{"text": "It grows.", "measure": "value", "expect": {"at_least": 0.0}}]
    for study in (Study.from_dict(tiny()), Study.from_dict(tiny(question="Why?\nHow?", case=cases, claim=claims))):
        lines = repr(study).splitlines()
        assert len(lines) <= 12
        assert all(len(line) <= 100 for line in lines)
        assert study.id in lines[0]
        assert "{" not in repr(study)
    assert "36 cells in 9 cases: case 0," in repr(study)
    assert "1 claim" in repr(study)
