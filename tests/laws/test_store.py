"""A finished cell is never lost and never computed twice; growing a study changes no other number."""

import errno
import itertools
import os
from pathlib import Path

import pytest
import tomli_w
from helpers import tiny
from helpers_kill import contents, survives_kills

import genloss
from genloss import Problem, Study
from genloss.cli.main import run_command
from genloss.errors import Damaged
from genloss.results.cells import Store, StoredCell
from genloss.study.runner import units as plan
from genloss.study.runner.status import status


@pytest.fixture
def computed(monkeypatch):
    """Units that were computed, as (axes of the cells, block, report, metrics)."""
    seen = []
    whole = plan.Unit.values

    def values(unit):
        seen.append(([dict(cell.axes) for cell in unit.cells], unit.block, unit.report, unit.metrics))
        return whole(unit)

    monkeypatch.setattr(plan.Unit, "values", values)
    return seen


def numbers(result):
    return {(r.case, *r.axes.values(), r.metric, r.generation): (r.value, r.standard_error) for r in result.rows}


def test_a_second_run_computes_nothing_and_leaves_the_same_bytes(tmp_path, computed):
    study = Study.from_dict(tiny())
    genloss.run(study, out=tmp_path)
    before = contents(tmp_path)
    assert len(computed) == 4  # 2 values of rows x 2 blocks; both penalties read the same draws
    genloss.run(study, out=tmp_path)
    assert len(computed) == 4
    assert contents(tmp_path) == before


GROWTH = {
    "penalty": ({"predictor": {"penalty": [0.1, 0.5, 1.0]}}, lambda u: [c["predictor.penalty"] for c in u[0]] == [0.5]),
    "rows": ({"predictor": {"rows": [5, 20, 9]}}, lambda u: {c["predictor.rows"] for c in u[0]} == {9}),
    "generation": ({"generations": 4}, lambda u: u[2] == (3, 4)),
    "metric": ({"metrics": ["excess_risk", "parameter_error"]}, lambda u: u[3] == ("parameter_error",)),
    "replicates": ({"replicates": 20}, lambda u: u[1] == 1),
    "more replicates": ({"replicates": 33}, lambda u: u[1] in (1, 2, 3)),
}


@pytest.mark.parametrize("name", GROWTH)
def test_growing_computes_only_what_is_missing_and_changes_no_other_number(name, tmp_path, computed):
    change, only = GROWTH[name]
    before = genloss.simulate(Study.from_dict(tiny()), store=tmp_path)
    computed.clear()
    study = Study.from_dict(tiny(**change))
    after = genloss.simulate(study, store=tmp_path)
    assert computed
    assert all(only(unit) for unit in computed)
    if "replicates" not in change:
        assert numbers(before).items() <= numbers(after).items()
    for key, value in numbers(genloss.simulate(study)).items():
        assert numbers(after)[key] == pytest.approx(value, rel=1e-12)


def test_fewer_replicates_are_the_first_ones(tmp_path, computed):
    many = genloss.simulate(Study.from_dict(tiny(replicates=20)), store=tmp_path)
    computed.clear()
    few = Study.from_dict(tiny())
    assert numbers(genloss.simulate(few, store=tmp_path)) == numbers(genloss.simulate(few))
    assert computed == [] or len(computed) == 4  # nothing from the store, then 4 without it
    assert len(many.rows) == 12


@pytest.mark.parametrize("change", [{"seed": 4}, {"population": {"noise": 0.7}}, {"generator": {"noise": 0.1}}])
def test_what_changes_a_number_changes_the_name(change, tmp_path, computed):
    genloss.simulate(Study.from_dict(tiny()), store=tmp_path)
    computed.clear()
    genloss.simulate(Study.from_dict(tiny(**change)), store=tmp_path)
    assert len(computed) == 4
    genloss.simulate(Study.from_dict(tiny()), store=tmp_path, engine="reference")
    assert len(computed) == 8


def test_threads_and_processes_leave_the_same_bytes(tmp_path):
    cases = [{"name": kind, "workflow": {"kind": kind, "rows": 12}} for kind in ("replace", "accumulate")]
    study = Study.from_dict(tiny(replicates=30, workflow=None) | {"case": cases})
    genloss.run(study, out=tmp_path / "one", workers=1)
    genloss.run(study, out=tmp_path / "threads", workers=2)
    genloss.run(study, out=tmp_path / "processes", workers=2, processes=True)
    assert contents(tmp_path / "one") == contents(tmp_path / "threads") == contents(tmp_path / "processes")


SPECTRA = {"isotropic": "isotropic", "power law": {"power_law": 1.5}, "tall": {"power_law": 0.5}}


@pytest.mark.parametrize("workflow", ["replace", "accumulate"])
@pytest.mark.parametrize("name", SPECTRA)
def test_a_cell_has_the_same_bytes_whichever_cells_are_computed_beside_it(name, workflow, tmp_path):
    # What a run that goes on asks for: some penalties of a group. To the last bit, for every fast engine.
    population = {"dim": 40, "spectrum": SPECTRA[name]}
    penalties = [1e-9, 1e-3, 0.01, 0.1, 1.0, 3.0, 10.0]

    def simulate(chosen, folder):
        judged = {"rows": [15, 39, 60, 200], "penalty": chosen}
        genloss.simulate(
            Study.from_dict(tiny(population=population, workflow={"kind": workflow, "rows": 80}, predictor=judged)),
            store=folder,
        )

    simulate(penalties, tmp_path / "whole")
    for penalty in (penalties[:1], penalties[1:4], penalties[4:]):
        simulate(penalty, tmp_path / "parts")
    assert contents(tmp_path / "parts") == contents(tmp_path / "whole")


def test_a_damaged_or_foreign_cell_is_computed_again(tmp_path, computed):
    study = Study.from_dict(tiny())
    genloss.simulate(study, store=tmp_path)
    whole = contents(tmp_path)
    files = [tmp_path / name for name in whole]
    files[0].write_bytes(files[0].read_bytes()[:50])
    files[1].write_text("[]")
    files[2].write_bytes(files[3].read_bytes())  # another cell's file under this name
    computed.clear()
    with pytest.warns(Damaged) as told:
        genloss.simulate(study, store=tmp_path)
    assert computed
    assert contents(tmp_path) == whole
    assert {str(each.message).split(": ")[0] for each in told} == {str(file) for file in files[:3]}


def test_a_full_disk_says_so_and_loses_nothing(tmp_path, monkeypatch):
    study = Study.from_dict(tiny())
    genloss.run(study, out=tmp_path / "whole")
    finished, sync = itertools.count(), os.fsync

    def full(handle):
        if next(finished) >= 3:
            raise OSError(errno.ENOSPC, "No space left on device")
        return sync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Problem, match="No space left on device"):
            genloss.run(study, out=tmp_path / "full")
    left = contents(tmp_path / "full")
    assert len(left) == 3  # the study and two blocks or cells, whole, and no half file
    genloss.run(study, out=tmp_path / "full")
    assert contents(tmp_path / "full") == contents(tmp_path / "whole")


def test_an_interrupt_keeps_what_is_finished(tmp_path):
    study = Study.from_dict(tiny())

    def stop(done, _total):
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        genloss.run(study, out=tmp_path / "a", workers=1, progress=stop)
    # three of four blocks were handed out, so one group of two cells is whole; the worker may have ended the last block
    assert status(tmp_path / "a").finished in (2, 4)
    genloss.run(study, out=tmp_path / "a")
    genloss.run(study, out=tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_status_tells_how_far_a_run_has_come(tmp_path, capsys):
    out = tmp_path / "out"
    with pytest.raises(Problem, match="no run was begun"):
        status(tmp_path)
    genloss.run(Study.from_dict(tiny()), out=out)
    (out / "study.toml").write_text(Study.from_dict(tiny(predictor={"rows": [5, 9]}, generations=3)).toml())
    found = status(out)
    assert (found.cells, found.finished, found.begun, found.missing, found.others) == (4, 0, 2, 2, 2)
    assert run_command(["status", str(out)]) == 0
    said = capsys.readouterr().out
    assert "0 of 4 cells finished, 2 begun, 2 missing" in said
    assert "to go on: genloss run" in said
    assert run_command(["status", str(tmp_path / "none")]) == 2


def test_a_stored_cell_reads_cold(tmp_path):
    genloss.simulate(Study.from_dict(tiny()), store=tmp_path)
    store = Store(tmp_path)
    cell = store.read(next(store.names()))
    assert isinstance(cell, StoredCell)
    assert cell.describes["engine"] == "isotropic"
    assert cell.describes["settings"]["workflow"]["emit"][0]["tag"] == "real"
    assert len(cell.values["excess_risk", 0]) == 12


def test_kills_leave_the_bytes_of_an_uninterrupted_run(tmp_path):
    # Moments drawn beforehand over the length of a run; some must meet a run. verification/kills.py has hundreds.
    path = Path(tmp_path / "study.toml")
    path.write_text(tomli_w.dumps(tiny(replicates=60, predictor={"rows": [5, 9, 20], "penalty": [0.1, 1.0]})))
    whole, killed, met = survives_kills(path, tmp_path, kills=10, seed=1)
    assert killed == whole
    assert met >= 3
