"""Does a cell that cannot be computed cost itself alone, and is it told, kept and tried again?"""

import json

import numpy as np
import pytest
import tomli_w
from sklearn.mixture import GaussianMixture

import genloss
from genloss import room
from genloss.cli.main import run_command
from genloss.errors import Problem
from genloss.results.result import Result
from genloss.results.summary import FAILED
from genloss.study.runner.failing import Unexpected
from genloss.study.runner.status import status
from genloss.study.subjects.regression import subject as regression

pytestmark = pytest.mark.usefixtures("without_pictures")
STUDY = {
    "replicates": 20,
    "generations": 1,
    "population": {"kind": "linear_gaussian", "dim": 4, "noise": [0.5, 1.0]},
    "workflow": {"kind": "replace", "rows": 20},
    "generator": {"kind": "ridge", "penalty": [0.1, 0.2]},
}
ERRORS = {
    "problem": (Problem("here", "it is too much", "ask for less"), "here: it is too much (mend: ask for less", False),
    "memory": (MemoryError(), "memory: there is not enough of it here: none is left", False),
    "numbers": (
        np.linalg.LinAlgError("Singular matrix"),
        "they cannot be computed: LinAlgError: Singular matrix",
        False,
    ),
    "bug": (ZeroDivisionError("by zero"), "a bug in genloss, not in your request: ZeroDivisionError: by zero", True),
}


@pytest.fixture
def broken():
    """Let cells fail that a test names, whenever they are simulated or predicted."""
    subject = regression.REGRESSION
    bad = {"simulate": (lambda _: False, None), "predict": (lambda _: False, None)}

    def simulate(scope, group, *more):
        if any(bad["simulate"][0](cell) for cell in group):
            raise bad["simulate"][1]
        return simulated(scope, group, *more)

    def predict(scope, groups, metric):
        if any(bad["predict"][0](cell) for group in groups for cell in group):
            raise bad["predict"][1]
        return predicted(scope, groups, metric)

    simulated, predicted = subject.simulate, subject.predict
    object.__setattr__(subject, "simulate", simulate)
    object.__setattr__(subject, "predict", predict)
    yield bad
    object.__setattr__(subject, "simulate", simulated)
    object.__setattr__(subject, "predict", predicted)


def one(cell):
    return cell.axes["population.noise"] == 1.0 and cell.axes["generator.penalty"] == 0.2


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("failing") / "whole"
    return genloss.run(STUDY, out=folder, workers=1), folder


@pytest.mark.parametrize("kind", ERRORS)
def test_one_cell_that_fails_does_not_stop_the_others(kind, broken, whole, tmp_path):
    error, said, _ = ERRORS[kind]
    broken["simulate"] = (one, error)
    result = genloss.run(STUDY, out=tmp_path / "r", workers=2)
    (gap,) = [gap for gap in result.gaps if gap.startswith(FAILED)]
    assert gap.startswith("failed: the simulation of population.noise = 1.0, generator.penalty = 0.2: ")
    assert said in gap
    simulated = [row for row in result.rows if row.method == "simulation"]
    assert simulated == [r for r in whole[0].rows if r.method == "simulation" and not one(r)]
    assert [r for r in result.rows if r.method == "theory"] == [r for r in whole[0].rows if r.method == "theory"]
    page = (tmp_path / "r" / "index.html").read_text()
    assert "Not complete: one calculation failed, its rows are missing here (4 cells have rows)" in page
    found = status(tmp_path / "r")
    assert (found.finished, found.cells, len(found.failed)) == (3, 4, 1)
    assert said.partition(" (mend")[0] in found.failed[0]
    (file,) = (tmp_path / "r" / "cells" / "failed").iterdir()
    assert f"in cells/failed/{file.name}" in gap
    kept = json.loads(file.read_text())
    assert kept["axes"] == {"population.noise": 1.0, "generator.penalty": 0.2}
    assert kept["settings"]["population"]["dim"] == 4
    assert ("Traceback" in kept["traceback"]) == (kind != "problem")
    broken["simulate"] = (lambda _: False, None)
    genloss.run(STUDY, out=tmp_path / "r", workers=1)  # the next run tries it again
    for name in ("rows.json", "rows.csv", "index.html"):
        assert (tmp_path / "r" / name).read_bytes() == (whole[1] / name).read_bytes()
    assert not (tmp_path / "r" / "cells" / "failed").exists()
    assert not status(tmp_path / "r").failed


@pytest.mark.parametrize("kind", ERRORS)
def test_the_commands_say_it(kind, broken, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(tomli_w.dumps(STUDY))
    error, said, bug = ERRORS[kind]
    broken["simulate"] = (one, error)
    assert run_command(["run", "s.toml", "--out", "r", "--quiet"]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert told.out == "r/index.html\n"
    assert run_command(["status", "r"]) == 0
    assert "failed: the simulation of population.noise = 1.0, generator.penalty = 0.2: " in capsys.readouterr().out
    assert run_command(["simulate", "s.toml", "--quiet"]) == 1
    assert said in capsys.readouterr().out
    assert run_command(["run", "s.toml", "--out", "part", "--part", "1/1", "--json", "-", "--quiet"]) == 1
    told = capsys.readouterr()
    assert said in told.err
    assert any(gap.startswith(FAILED) for gap in json.loads(told.out)["gaps"])
    assert (tmp_path / "part" / "index.html").exists()  # a cell that cannot be computed does not keep the page away
    assert run_command(["export", "r", "--to", "csv", "--quiet"]) == 1
    capsys.readouterr()
    broken["simulate"] = (lambda _: True, error)
    assert run_command(["run", "s.toml", "--out", "all", "--quiet"]) == (4 if bug else 2)
    told = capsys.readouterr().err
    assert ("ZeroDivisionError: by zero" in told) == bug
    assert ("this is a bug in genloss" in told) == bug
    assert run_command(["run", "s.toml", "--out", "part2", "--part", "1/2", "--quiet"]) == (4 if bug else 1)


def test_theory_that_fails_for_one_cell_is_told_and_the_rest_is_there(broken, whole, tmp_path):
    broken["predict"] = (one, ZeroDivisionError("by zero"))
    result = genloss.run(STUDY, out=tmp_path, workers=1)
    (gap,) = [gap for gap in result.gaps if gap.startswith(FAILED)]
    assert gap.startswith("failed: the theory of population.noise = 1.0, generator.penalty = 0.2: ")
    assert len(result.rows) == len(whole[0].rows) - 2
    simulated = [row for row in result.rows if row.method == "simulation"]
    assert simulated == [row for row in whole[0].rows if row.method == "simulation"]
    assert Result.load(tmp_path / "rows.json").gaps == result.gaps
    broken["predict"] = (lambda _: True, ZeroDivisionError("by zero"))
    with pytest.raises(Unexpected, match="by zero"):
        genloss.predict(STUDY)


def test_a_full_disk_is_no_failure_of_a_cell(broken, tmp_path):
    from genloss.results.files import NotWritten

    broken["simulate"] = (one, NotWritten("there", "cannot be written: No space left on device", "free it"))
    with pytest.raises(NotWritten):
        genloss.run(STUDY, out=tmp_path, workers=2)


def test_cells_that_fail_are_handed_out_with_the_error(broken):
    broken["simulate"] = (one, Problem("here", "too much", "less"))
    found = list(genloss.study.iterate(STUDY, workers=1))
    (failed,) = [each for each in found if each.failed is not None]
    assert (failed.simulation, bool(failed.theory), str(failed.failed)) == ((), True, "here: too much\n  mend: less")
    assert len(found) == 4


WIDE = STUDY | {
    "replicates": 2,
    "population": {"kind": "linear_gaussian", "dim": [4, 300], "noise": 0.5},
    "workflow": {"kind": "replace", "rows": 400},
}


def narrow(result):
    return [row for row in result.rows if row.method == "simulation" and row.axes["population.dim"] == 4]


def test_a_cell_for_which_there_is_no_room_costs_itself_alone(monkeypatch, tmp_path, capsys):
    """Inputs of 300 x 300 numbers for a block of 10 replicates take 24 * 10 * 300^2 bytes = 21.6 MB."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(tomli_w.dumps(WIDE))
    monkeypatch.setattr(room, "memory", lambda: 26e6)
    small = WIDE | {"population": WIDE["population"] | {"dim": [4]}}
    expected = narrow(genloss.simulate(small, workers=1))
    assert run_command(["run", "s.toml", "--out", "r", "--quiet", "--workers", "1"]) == 1
    told = capsys.readouterr().err
    said = "population.dim = 300, generator.penalty = 0.1: study: inputs of 300 x 300 numbers would take 21.6 MB"
    said += " at once, and this machine has 26.0 MB, of which genloss takes three quarters at most (19.5 MB) (mend: "
    assert f"failed: the simulation of {said}lower population.dim or rows; kept in cells/failed/" in told
    assert "fewer workers" not in told  # there is one
    rows = Result.load(tmp_path / "r" / "rows.json")
    values = [(row.metric, row.generation, row.value, row.standard_error) for row in narrow(rows)]
    assert values == [(row.metric, row.generation, row.value, row.standard_error) for row in expected]
    assert run_command(["status", "r"]) == 0
    told = capsys.readouterr().out
    assert "2 of 4 cells finished, 2 failed, 0 not begun" in told
    assert f"failed: the simulation of {said}" in told
    kept = [json.loads(file.read_text()) for file in (tmp_path / "r" / "cells" / "failed").iterdir()]
    assert sorted(each["axes"]["generator.penalty"] for each in kept) == [0.1, 0.2]
    assert all(each["settings"]["population"]["dim"] == 300 for each in kept)
    monkeypatch.setattr(room, "memory", lambda: 1e12)
    assert run_command(["run", "s.toml", "--out", "r", "--quiet", "--workers", "1"]) == 0  # a larger machine goes on
    monkeypatch.setattr(room, "memory", lambda: 26e6)
    assert run_command(["run", "s.toml", "--out", "r", "--quiet", "--workers", "1"]) == 0  # all is there, none is drawn
    assert not (tmp_path / "r" / "cells" / "failed").exists()


def test_fewer_workers_are_named_where_one_alone_has_room(monkeypatch):
    monkeypatch.setattr(room, "memory", lambda: 400.0)
    for size, workers, mend in ((600, 2, "ask for less, or use fewer workers"), (620, 2, "ask for less")):
        with pytest.raises(room.NoRoom) as caught:
            room.refuse_memory("here", size, "it", "ask for less", workers)
        assert caught.value.mend == mend


def test_a_cell_whose_seeds_all_fail_is_kept_and_told_by_status(tmp_path, capsys):
    study = {
        "replicates": 3,
        "generations": 1,
        "population": np.random.default_rng(0).normal(size=(60, 2)),
        "generator": GaussianMixture(3),
        "case": [
            {"name": "good", "workflow": {"kind": "replace", "rows": 20}},
            {"name": "bad", "workflow": {"kind": "replace", "rows": 2}},
        ],
    }
    for _ in range(2):  # and again by a run that tries it again
        genloss.run(study, out=tmp_path / "r", workers=1)
        found = status(tmp_path / "r")
        assert (found.finished, found.begun, found.missing, found.cells) == (1, 0, 1, 2)
        (line,) = found.failed
        assert line.startswith("the simulation of bad in all 3 seeds: generator: bad, seed 0, generation 0: ")
        assert "ValueError: Expected n_samples >= n_components" in line
        (file,) = (tmp_path / "r" / "cells" / "failed").iterdir()
        assert json.loads(file.read_text())["case"] == "bad"
    assert run_command(["status", str(tmp_path / "r")]) == 0
    assert "1 of 2 cells finished, 1 failed, 0 not begun" in capsys.readouterr().out
