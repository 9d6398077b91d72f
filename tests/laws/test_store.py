"""A finished cell is never lost and never computed twice; growing a study changes no other number."""

import errno
import itertools
import json
import os
import shutil
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
import tomli_w
from helpers import tiny
from helpers_faults_kill import contents

import genloss
from genloss import Problem, Study
from genloss.cli.main import run_command
from genloss.errors import Damaged
from genloss.identity import identity
from genloss.results import files
from genloss.results.cells import Damage, Store, StoredCell
from genloss.results.store import sealed
from genloss.study.runner import units as plan
from genloss.study.runner.folder import leave_study, mark_of_run
from genloss.study.runner.parts import Parts
from genloss.study.runner.status import status
from genloss.study.runner.verify import verify

pytestmark = pytest.mark.usefixtures("without_pictures")


@pytest.fixture
def computed(monkeypatch):
    """Units that were computed, as (axes of the cells, block, report, metrics)."""
    seen = []
    whole = plan.Unit.measured

    def measured(unit):
        seen.append(([dict(cell.axes) for cell in unit.cells], unit.blocks.start, unit.report, unit.metrics))
        return whole(unit)

    monkeypatch.setattr(plan.Unit, "measured", measured)
    return seen


def numbers(result):
    return {(r.case, *r.axes.values(), r.metric, r.generation): (r.value, r.standard_error) for r in result.rows}


def test_a_second_run_computes_nothing_and_leaves_the_same_bytes(tmp_path, computed):
    study = Study.from_dict(tiny())
    genloss.simulate(study, store=tmp_path)
    before = contents(tmp_path)
    assert len(computed) == 4  # 2 values of rows x 2 blocks; both penalties read the same draws
    genloss.simulate(study, store=tmp_path)
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
    genloss.simulate(study, store=tmp_path / "one", workers=1)
    genloss.simulate(study, store=tmp_path / "threads", workers=2)
    genloss.simulate(study, store=tmp_path / "processes", workers=2, processes=True)
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


def test_an_interrupt_keeps_what_is_finished(tmp_path):
    study = Study.from_dict(tiny())

    def stop(done, _total):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        genloss.run(study, out=tmp_path / "a", workers=1, progress=stop)
    # one of two groups of two cells was handed out, which is whole; the worker may have ended the other
    assert status(tmp_path / "a").finished in (2, 4)
    for name in ("a", "b"):
        genloss.simulate(study, store=tmp_path / name / "cells")
    assert contents(tmp_path / "a" / "cells") == contents(tmp_path / "b" / "cells")


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
    assert "0 of 4 cells finished, 2 begun (some replicates or generations are there), 2 not begun" in said
    assert "to go on: genloss run" in said
    assert run_command(["status", str(tmp_path / "none")]) == 2


ONE = {"predictor": {"rows": 5, "penalty": 0.1}, "replicates": 2, "generations": 1}
"""A study of one small cell."""


@pytest.fixture(scope="module")
def cell(tmp_path_factory):
    """The file of a small cell: its name and its bytes."""
    folder = tmp_path_factory.mktemp("one")
    genloss.simulate(tiny(**ONE), store=folder)
    (name,) = Store(folder).names()
    return name, Store(folder).path(name).read_bytes()


def seen(name, content, folder):
    """What a store sees in a file."""
    place = Store(folder).path(name)
    place.parent.mkdir(exist_ok=True)
    place.write_bytes(content)
    return Store(folder).look(name)


def test_a_cell_cut_at_any_byte_is_not_believed(cell, tmp_path):
    name, whole = cell
    assert isinstance(seen(name, whole, tmp_path), StoredCell)
    for end in (*range(0, len(whole) - 9, 7), *range(len(whole) - 9, len(whole))):
        assert isinstance(seen(name, whole[:end], tmp_path), Damage), end


@pytest.mark.parametrize("seed", range(5))
def test_a_flipped_bit_is_seen_wherever_it_falls(seed, cell, tmp_path):
    name, whole = cell
    rng = np.random.default_rng(seed)
    for place in rng.choice(8 * len(whole), 300, replace=False):
        content = bytearray(whole)
        content[place // 8] ^= 1 << (place % 8)
        assert isinstance(seen(name, bytes(content), tmp_path), Damage), place


def signed(data):
    """A cell's file with a checksum that is right, whatever it holds."""
    text = (data if isinstance(data, str) else json.dumps(data, sort_keys=True)[1:]) + "\n"
    return f'{{"checksum": "{sha256(text.encode()).hexdigest()}", {text}'.encode()


def changed(whole, **changes):
    data = {key: value for key, value in json.loads(whole).items() if key != "checksum"}
    return {key: value for key, value in (data | changes).items() if value is not ...}


DEEP = '"values": ' + "[" * 100_000
DAMAGE = {
    "empty": lambda _: b"",
    "a list": lambda _: b"[]",
    "100,000 brackets": lambda _: b"[" * 100_000,
    "100,000 brackets, signed": lambda _: signed(DEEP),
    "100,000 brackets that close, signed": lambda _: signed(f"{DEEP}{']' * 100_000}}}"),
    "more behind": lambda whole: whole + b"x",
    "an edited digit": lambda whole: whole.replace(b"0.", b"1.", 1),
    "pretty": lambda whole: json.dumps(json.loads(whole), indent=1).encode(),
    "no UTF-8": lambda whole: whole[:-3] + b"\xff\xfe\n",
    "no checksum": lambda whole: json.dumps(changed(whole), sort_keys=True).encode(),
    "an older form": lambda whole: json.dumps(changed(whole, schema="cell/1", made_with=...), sort_keys=True).encode(),
    "another schema, signed": lambda whole: signed(changed(whole, schema="cell/3")),
    "another name, signed": lambda whole: signed(changed(whole, name="0" * 16)),
    "other settings, signed": lambda whole: signed(changed(whole, describes={"seed": 4})),
    "settings of NaN, signed": lambda whole: signed(changed(whole, describes={"seed": float("nan")})),
    "no values, signed": lambda whole: signed(changed(whole, values=...)),
    "values of words, signed": lambda whole: signed(changed(whole, values={"excess_risk": {"0": ["much"]}})),
    "values of truths, signed": lambda whole: signed(changed(whole, values={"excess_risk": {"0": [True]}})),
    "values of lists, signed": lambda whole: signed(changed(whole, values={"excess_risk": {"0": [[1.0]]}})),
    "a number as values, signed": lambda whole: signed(changed(whole, values=3)),
    "a generation of words, signed": lambda whole: signed(changed(whole, values={"excess_risk": {"first": [1.0]}})),
    "a huge number, signed": lambda whole: signed(changed(whole, values={"excess_risk": {"0": [10**400]}})),
    "ten thousand digits, signed": lambda _: signed(f'"values": {{"excess_risk": {{"0": [{"9" * 10_000}]}}}}}}'),
    "NaN, signed": lambda whole: signed(changed(whole, values={"excess_risk": {"0": [float("nan")]}}, made_with=3)),
}


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_is_computed_again_reported_and_answered(name, cell, tmp_path, capsys):
    file, whole = cell
    out = tmp_path / "out"
    (tmp_path / "study.toml").write_text(tomli_w.dumps(tiny(**ONE)))
    out.mkdir()
    (out / "study.toml").write_text(Study.from_dict(tiny(**ONE)).toml())
    (out / "cells").mkdir()
    assert isinstance(seen(file, DAMAGE[name](whole), out / "cells"), Damage)
    place = Store(out / "cells").path(file)
    assert run_command(["status", str(out)]) == 0
    said = capsys.readouterr().out
    assert f"damaged: {place}: " in said
    assert "0 of 1 cells finished, 1 not begun" in said
    with pytest.warns(Damaged, match=f"{file}.json: ") as told:
        genloss.simulate(tiny(**ONE), store=out / "cells")
    assert len(told) == 1
    assert "\n" not in str(told[0].message)
    assert place.read_bytes() == whole


def test_a_file_too_long_for_a_cell_is_not_read(cell, tmp_path):
    name, whole = cell
    place = Store(tmp_path).path(name)
    place.parent.mkdir()
    place.write_bytes(whole)
    os.truncate(place, 1 << 34)
    assert "longer than" in Store(tmp_path).look(name).found


def test_the_command_says_damage_in_one_line(cell, tmp_path, capsys):
    study, out = tmp_path / "study.toml", tmp_path / "out"
    study.write_text(tomli_w.dumps(tiny(**ONE)))
    assert run_command(["run", str(study), "--out", str(out), "--quiet"]) == 0
    before = contents(out)
    place = Store(out / "cells").path(cell[0])
    place.write_bytes(cell[1][:99])
    capsys.readouterr()
    assert run_command(["run", str(study), "--out", str(out), "--quiet"]) == 0
    assert capsys.readouterr().err == f"note: {place}: its checksum is that of another content; it is computed again\n"
    assert contents(out) == before


@pytest.mark.parametrize("kind", ["edited", "cut", "long"])
def test_a_damaged_block_is_computed_again(kind, tmp_path):
    values = np.arange(12.0).reshape(1, 2, 2, 3)
    parts = Parts(tmp_path, "some", 3)
    parts.write(range(1), values)
    np.testing.assert_array_equal(parts.read(range(1)), values)
    (place,) = (tmp_path / "parts" / "some").iterdir()
    content = bytearray(place.read_bytes())
    content[-40] ^= 1
    place.write_bytes({"edited": content, "cut": content[:-9], "long": place.read_bytes() + b"0"}[kind])
    assert parts.read(range(1)) is None


def test_status_answers_whatever_lies_in_the_folder(tmp_path, capsys):
    out = tmp_path / "out"
    genloss.run(Study.from_dict(tiny(**ONE)), out=out)
    store = Store(out / "cells")
    (name,) = store.names()
    os.mkfifo(out / "cells" / name[:2] / f"{name[:2]}{'0' * 14}.json")
    (out / "cells" / name[:2] / f"{name[:2]}{'1' * 14}.json").mkdir()
    (out / "cells" / name[:2] / f"{name[:2]}{'2' * 14}.json").symlink_to("nowhere")
    (out / "cells" / "zz").write_text("no folder")
    (out / "cells" / name[:2] / "notes.txt").write_text("mine")
    found = status(out)
    assert (found.finished, found.others, len(found.damaged)) == (1, 0, 2)
    for content in (b"", b"\xff", b"seed = ", b"seed = 1", b"[" * 99_999, (out / "study.toml").read_bytes()[:-9]):
        (out / "study.toml").write_bytes(content)
        assert run_command(["status", str(out)]) == 0
        assert "the study cannot be read" in capsys.readouterr().out
    for make in (os.mkfifo, os.mkdir, lambda path: os.symlink("/dev/zero", path)):
        (out / "study.toml").unlink() if not (out / "study.toml").is_dir() else (out / "study.toml").rmdir()
        make(out / "study.toml")
        assert run_command(["status", str(out), "--json", "-"]) == 0
        assert json.loads(capsys.readouterr().out)["others"] == 1
        assert run_command(["verify", str(out)]) == 2


def test_a_cell_that_vanishes_while_a_run_reads_it_is_reported(tmp_path):
    # whole when the work was planned, gone when its rows are made; and with blocks to come: never at another's place
    study = tiny(**ONE)
    for change in ({}, {"replicates": 20}):
        store = tmp_path / str(len(change))
        genloss.simulate(tiny(**(ONE | {"replicates": 10})), store=store)
        asked = tiny(**(ONE | {"replicates": 10} | change))
        assert study["seed"] == asked["seed"]
        with pytest.MonkeyPatch.context() as patch:
            look, calls = Store.look, itertools.count()
            patch.setattr(Store, "look", lambda self, name, look=look, n=calls: None if next(n) else look(self, name))
            with pytest.raises(Problem, match="is gone or damaged now\n  mend: run the same again"):
                genloss.simulate(asked, store=store, workers=1)
        assert numbers(genloss.simulate(asked, store=store)) == numbers(genloss.simulate(asked))


def test_a_full_disk_at_any_write_ends_clearly_and_loses_nothing(tmp_path, monkeypatch, capsys):
    study = tmp_path / "study.toml"
    study.write_text(tomli_w.dumps(tiny(predictor={"rows": 5, "penalty": [0.1, 1.0]})))
    assert run_command(["run", str(study), "--out", str(tmp_path / "whole"), "--quiet"]) == 0
    whole, writes = contents(tmp_path / "whole"), files.write_new
    for n in itertools.count():
        count, out = itertools.count(), tmp_path / f"full{n}"

        def full(half, data, n=n, count=count):
            at = next(count)
            if at >= n:
                half.write_bytes(data[: len(data) // 2])
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            writes(half, data)

        capsys.readouterr()
        with monkeypatch.context() as patch:
            patch.setattr(files, "write_new", full)
            code = run_command(["run", str(study), "--out", str(out), "--quiet"])
        said = capsys.readouterr().err
        left = contents(out) if out.exists() else {}
        if next(count) <= n:
            assert (code, left) == (0, whole)
            break
        kept = {name: content for name, content in left.items() if "/parts/" not in name}
        assert kept.items() <= whole.items()  # whole files only, none of them half
        assert code == 2
        assert said.count("\n") == 2
        assert "cannot be written: No space left on device" in said
        if n % 4 == 0:
            assert run_command(["run", str(study), "--out", str(out), "--quiet"]) == 0
            assert contents(out) == whole
    assert n >= 8


def test_two_studies_at_once_do_not_share_a_folder(tmp_path):
    # The second began in an empty folder too, and comes to write its study after the first did.
    one, other = Study.from_dict(tiny(**ONE)), Study.from_dict(tiny(**ONE, seed=9))
    late = mark_of_run(tmp_path, other, force=False)
    genloss.run(one, out=tmp_path)
    with pytest.raises(Problem, match="answers something else"):
        leave_study(tmp_path, other, late)
    assert Study.load(tmp_path / "study.toml").id == one.id


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    out = tmp_path_factory.mktemp("verified") / "out"
    genloss.run(Study.from_dict(tiny()), out=out)
    return out


@pytest.fixture
def run_folder(finished, tmp_path):
    return shutil.copytree(finished, tmp_path / "out")


def rewrite(folder, change):
    """Edit one stored cell and sign it anew."""
    store = Store(folder / "cells")
    stored = store.read(sorted(store.names())[0])
    store.write(change(stored))
    return stored


def test_verify_says_that_a_run_is_what_its_study_gives(run_folder, capsys):
    assert run_command(["verify", str(run_folder), "--cells", "9"]) == 0
    said = capsys.readouterr().out
    assert said.count("the same: ") == 4
    assert "4 of 4 stored cells derived again: the folder agrees with its study" in said
    assert run_command(["verify", str(run_folder), "--cells", "1", "--seed", "5", "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["agrees"]
    assert len(told["sample"]) == 1
    names = {verify(run_folder, cells=1, seed=seed).sample[0].name for seed in range(12)}
    assert len(names) > 1


def nudged(by):
    def change(stored):
        values = {place: [value * (1 + by) for value in held] for place, held in stored.values.items()}
        return replace(stored, values=values)

    return change


@pytest.mark.parametrize(
    ("by", "outcome", "code"),
    [(1e-12, "other last digits", 0), *((by, "differs", 1) for by in (1e-5, float("nan"), float("inf")))],
)
def test_verify_sees_an_edited_number_that_is_signed(by, outcome, code, run_folder, capsys):
    rewrite(run_folder, nudged(by))
    (run_folder / "rows.json").unlink()
    assert run_command(["verify", str(run_folder), "--cells", "9"]) == code
    said = capsys.readouterr().out
    assert f"{outcome}: " in said
    assert "no reason is known" in said
    assert ("agrees" if code == 0 else "does not agree") in said


def test_verify_tells_what_else_wrote_a_cell(run_folder, capsys):
    def older(stored):
        describes = {**stored.describes, "version": "0.0.1"}
        return replace(nudged(1e-13)(stored), name=identity(describes), describes=describes, made_with=("numpy 1.0",))

    stored = rewrite(run_folder, older)
    Store(run_folder / "cells").path(stored.name).unlink()
    assert run_command(["verify", str(run_folder), "--cells", "9"]) == 0
    said = capsys.readouterr().out
    assert "what may be the reason: genloss 0.0.1 wrote it, this is" in said
    assert "it was made with numpy 1.0, here is numpy" in said


def test_verify_sees_damage_and_rows_that_are_not_those_of_the_cells(run_folder, capsys):
    rows = run_folder / "rows.json"
    data = json.loads(rows.read_text())
    whole = rows.read_text()
    next(row for row in data["rows"] if row["method"] == "simulation")["value"] *= 1.01
    rows.write_text(json.dumps(data))
    assert run_command(["verify", str(run_folder), "--cells", "9", "--quiet"]) == 1
    assert "rows of cell" in capsys.readouterr().out
    rows.write_text(json.dumps(sealed({key: value for key, value in data.items() if key != "checksum"})))
    assert run_command(["verify", str(run_folder), "--cells", "9", "--quiet"]) == 1
    assert "is not the mean of its values" in capsys.readouterr().out
    rows.write_text(whole)
    next((run_folder / "cells").rglob("*.json")).write_bytes(b"{")
    assert run_command(["verify", str(run_folder), "--quiet"]) == 1
    assert "damaged: " in capsys.readouterr().out
    shutil.rmtree(run_folder / "cells")
    assert run_command(["verify", str(run_folder)]) == 2


def test_a_stored_cell_reads_cold(tmp_path):
    genloss.simulate(Study.from_dict(tiny()), store=tmp_path)
    store = Store(tmp_path)
    cell = store.read(next(store.names()))
    assert isinstance(cell, StoredCell)
    assert cell.describes["engine"] == "isotropic"
    assert cell.describes["settings"]["workflow"]["emit"][0]["tag"] == "real"
    assert len(cell.values["excess_risk", 0]) == 12


def test_a_folder_that_is_refused_is_not_said_to_be_replaced(tmp_path, monkeypatch, capsys):
    """What is kept and replaced is told where it happens alone."""
    monkeypatch.chdir(tmp_path)
    text = (
        'generations = 1\nreplicates = 4\n[population]\nkind = "linear_gaussian"\ndim = DIM\nnoise = 1.0\n'
        '[workflow]\nkind = "replace"\nrows = 20\n[generator]\nkind = "least_squares"\n'
    )
    said = []
    for dim in ("4", "6", "[6, 4]", "[4, 6]"):
        (tmp_path / "few.toml").write_text(text.replace("DIM", dim), encoding="utf-8")
        code = run_command(["run", "few.toml", "--out", "first", "--quiet"])
        told = capsys.readouterr().err
        said.append((code, "is of another study" in told, "are replaced" in told))
    assert said == [(0, False, False), (2, True, False), (0, False, True), (0, False, True)]
