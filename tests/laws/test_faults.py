"""Does everything that is wrong get an answer or a `Problem`? Short forms of verification/faults.py, seeds fixed."""

import random
import shutil

import helpers_faults as faults
import helpers_faults_disk as disk
import helpers_faults_kill as kill
import helpers_faults_ledgers as ledgers
import helpers_faults_tables as tables
import numpy as np
import pytest

from genloss.errors import Problem

pytestmark = pytest.mark.usefixtures("without_pictures")


@pytest.mark.parametrize("seed", range(2))
def test_wrong_studies_are_answered_or_refused(seed, tmp_path):
    rng, pool = random.Random(seed), faults.small_studies()
    said = [faults.ask_study(rng, pool, tmp_path)[0] for _ in range(60)]
    assert set(said) <= {"made", "told", "computed", "Problem"}
    assert "Problem" in said


@pytest.mark.parametrize("seed", range(2))
def test_damaged_tables_are_read_or_refused(seed, tmp_path):
    rng, said = random.Random(seed), set()
    for place in range(40):
        ending, content = tables.damaged_table(rng)
        path = tmp_path / f"table{ending}"
        path.write_bytes(content)
        said.add(faults.answered(lambda path=path, place=place: tables.ask_reader(path, place)))
    assert said <= {"read", "Problem"}


def test_damaged_records_of_who_made_what_are_read_or_refused(tmp_path):
    rng, seed, said = random.Random(1), ledgers.kept_seed(tmp_path / "run"), set()
    for number in range(80):
        place = tmp_path / str(number)
        ledgers.damaged(rng, seed, place)
        said.add(faults.answered(lambda place=place: ledgers.ask_ledger(place)))
    assert said == {"read", "Problem"}
    assert ledgers.ask_command(place) in said


def test_what_is_no_answer_is_seen():
    def warns():
        return 1.0 / np.float64(0.0)

    def refused():
        raise Problem("here", "found", "give another")

    def endless():
        raise Problem("x " * 20_000, "found", "give another")

    assert "ZeroDivisionError" in faults.answered(lambda: 1 / 0)
    assert "a warning" in faults.answered(warns)
    assert "a message" in faults.answered(
        lambda: (_ for _ in ()).throw(Problem("x " * 20_000, "found", "give another"))
    )
    assert faults.answered(lambda: None) == "answered"
    assert faults.answered(refused) == "Problem"


def test_a_full_disk_a_kill_a_clock_or_another_writer_loses_nothing(tmp_path):
    path, whole = disk.prepared(tmp_path)
    for name in disk.STEPS:
        assert not disk.at_step(name, 1, path, whole, tmp_path / "out")
    assert not disk.killed_at("fsync", 2, path, whole, tmp_path / "out")
    assert disk.at_once(path, whole, tmp_path / "out") == []
    with disk.jumping(random.Random(1)):
        assert disk.said_of(path, tmp_path / "jumped") == (0, "")
    assert disk.contents(tmp_path / "jumped") == whole


@pytest.mark.parametrize(
    ("door", "at", "ever"),
    [
        ("run --part", 3, True),
        ("merge", 2, False),
        ("merge", 5, True),
        ("export", 1, False),
        ("export --to zarr", 9, True),
    ],
)
def test_a_full_disk_in_the_middle_of_cells_costs_nothing_finished(door, at, ever, tmp_path):
    work, out = disk.doors(tmp_path)[door], tmp_path / "out"
    out.mkdir()
    assert work(out)[0] == 0
    whole = disk.contents(out)
    shutil.rmtree(out)
    assert disk.at_write(work, at, ever=ever, whole=whole, out=out) == []


@pytest.mark.parametrize("door", ["chain", "explain", "ledger"])
def test_a_disk_that_is_full_once_ends_the_work_and_is_no_fault_of_a_model(door, tmp_path):
    work, out = disk.doors(tmp_path)[door], tmp_path / "out"
    out.mkdir()
    assert work(out)[0] == 0
    whole = disk.contents(out)
    shutil.rmtree(out)
    assert disk.at_write(work, 2, ever=False, whole=whole, out=out) == []


@pytest.mark.parametrize(("way", "kills"), [("two threads", 2), ("two processes", 1), ("chain", 1)])
def test_a_killed_run_goes_on_to_the_same_bytes(way, kills, tmp_path):
    seen = kill.after_kills(kill.at_files, way, tmp_path, kills=kills, seed=5)
    assert seen["wrong"] == []
    assert (seen["met"], seen["compared"]) == (kills, kills)
    assert seen["cells kept"] > 0
