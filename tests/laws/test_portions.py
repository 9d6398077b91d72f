"""Is a study that was run in parts, in any order, and merged the same as one run, to the byte?"""

import json
import shutil

import pytest
import tomli_w
from helpers import tiny
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genloss import Problem, Study
from genloss.cli.main import run_command
from genloss.identity import identity
from genloss.results.cells import Store, StoredCell
from genloss.study import Finished, merge, run, run_part
from genloss.study.runner.portions import checked_part, groups_of, merge_cells

pytestmark = pytest.mark.usefixtures("without_pictures")
STUDY = tiny(
    predictor=None,
    population={"noise": [0.1, 0.5, 1.0]},
    workflow={"kind": "replace", "rows": {"each": [10, 14]}},
    generator={"kind": "ridge", "penalty": [0.1, 1.0]},
    generations=1,
)


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if (path.is_file() and "cells" in path.parts) or path.name in ("index.html", "rows.csv", "rows.json")
    }


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("portions") / "whole"
    run(STUDY, out=folder)
    return folder


@settings(deadline=None, max_examples=3, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.integers(2, 4), st.randoms(use_true_random=False), st.booleans())
def test_parts_in_any_order_are_the_whole(whole, tmp_path_factory, count, random, together):
    place, order = tmp_path_factory.mktemp("parts"), list(range(1, count + 1))
    random.shuffle(order)
    folders = [place / ("one" if together else f"part{k}") for k in order]
    for k, folder in zip(order, folders, strict=True):
        last = run_part(STUDY, (k, count), out=folder)
    if together:
        assert not isinstance(last, Finished)
        assert files(folders[0]) == files(whole)
        return
    merged = merge(folders, out=place / "all")
    assert not isinstance(merged, Finished)
    assert files(place / "all") == files(whole)
    merge([*folders, place / "all"], out=place / "all")  # again, and into one of them
    assert files(place / "all") == files(whole)


def test_parts_share_all_groups():
    study = Study.from_dict(STUDY)
    every = [group for k in range(1, 4) for group in groups_of(study, (k, 3))]
    assert sorted(cell.id for group in every for cell in group) == sorted(cell.id for cell in study.cells())


def test_what_is_missing_is_counted_and_more_can_be_merged(whole, tmp_path):
    one, two = (tmp_path / name for name in ("one", "two"))
    run_part(STUDY, "1/2", out=one)
    found = merge([one], out=tmp_path / "all")
    assert isinstance(found, Finished)
    assert 0 < found.finished < found.cells
    assert not (tmp_path / "all" / "index.html").exists()
    run_part(STUDY, "2/2", out=two)
    merge([two], out=tmp_path / "all")
    assert files(tmp_path / "all") == files(whole)


def test_other_studies_other_values_and_damaged_files_are_refused(whole, tmp_path):
    other = tmp_path / "other"
    run_part(STUDY | {"seed": 9}, "1/4", out=other)
    with pytest.raises(Problem, match="merge folders of one study"):
        merge([whole, other], out=tmp_path / "all")
    with pytest.raises(Problem, match=r"is of another study than .*whole \(seed: 9 beside 3\)"):
        merge([whole, other], out=tmp_path / "all")
    far = tmp_path / "far"
    changed = {"seed": 9, "replicates": 11, "generations": 2, "report": [0], "question": "Another one?"}
    run_part(STUDY | changed, "1/4", out=far)
    with pytest.raises(Problem, match="is of another study than") as found:
        merge([whole, far], out=tmp_path / "all")
    before = Study.from_dict(STUDY).scope
    said = found.value.found.partition(" (")[2]
    assert f"seed: 9 beside {before.seed}" in said
    assert f"replicates: 11 beside {before.replicates}" in said
    assert said.count(" beside ") == 3
    assert said.endswith("; 1 more)")
    assert "question" not in said
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    store = Store(copy / "cells")
    name = next(store.names())
    cell = store.read(name)
    place = next(iter(cell.values))
    cell.values[place][0] += 1.0
    store.write(cell)
    with pytest.raises(Problem, match="has other values than"):
        merge([whole, copy], out=tmp_path / "differ")
    store.path(name).write_bytes(b"no cell")
    with pytest.raises(Problem, match="no checksum"):
        merge([copy], out=tmp_path / "damaged")
    with pytest.raises(Problem, match="holds no study"):
        merge([tmp_path], out=tmp_path / "none")


@pytest.mark.parametrize("part", ["0/3", "4/3", "x", "1", (1, 2, 3), (1.5, 2), "-1/3", True, None])
def test_what_is_no_part_is_refused(part):
    with pytest.raises(Problem, match="give which of how many"):
        checked_part(part)


def test_the_commands(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.toml").write_text(tomli_w.dumps(STUDY))
    for k in (1, 2):
        assert run_command(["run", "s.toml", "--part", f"{k}/2", "--out", f"part{k}", "--quiet"]) == 0
    assert "the page is made when all are" in capsys.readouterr().out
    assert run_command(["run", "s.toml", "--part", "1/2", "--out", "part1", "--quiet", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["finished"] > 0
    assert run_command(["merge", "part1", "--out", "all", "--json", "-"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["schema"], told["study"]) == ("finished/1", Study.from_dict(STUDY).id)
    assert 0 < told["finished"] < told["cells"]
    assert run_command(["merge", "part1", "part2", "--out", "again", "--json", "a.json", "--quiet"]) == 0
    capsys.readouterr()
    assert run_command(["run", "s.toml", "--out", "run", "--json", "b.json", "--quiet"]) == 0
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    capsys.readouterr()
    assert run_command(["merge", "part1", "part2", "--out", "all", "--quiet"]) == 0
    assert capsys.readouterr().out.endswith("all/index.html\n")
    assert run_command(["run", "s.toml", "--part", "3/2", "--out", "part3"]) == 2
    assert "is not a part" in capsys.readouterr().err
    assert run_command(["run", "s.toml", "--part", "99/99", "--out", "part3", "--quiet"]) == 0
    assert capsys.readouterr().out.startswith("part 99/99 has no cells: there are fewer groups; 0 of ")


def test_a_cell_that_cannot_be_computed_does_not_keep_the_page_of_parts_away(tmp_path):
    population = {"kind": "gamma_shape", "shape": 2.0, "mean": 1.0}
    rows = {"each": [1, 20, 50]}  # one row has no estimate
    study = {
        "generations": 1,
        "replicates": 10,
        "population": population,
        "workflow": {"kind": "replace", "rows": rows},
    }
    for k in (1, 2, 3):
        run_part(study, (k, 3), out=tmp_path / "shared")
        assert isinstance(run_part(study, (k, 3), out=tmp_path / str(k)), Finished)
    assert (tmp_path / "shared" / "index.html").exists()
    found = merge([tmp_path / str(k) for k in (3, 1, 2)], out=tmp_path / "all")
    assert [gap[:8] for gap in found.gaps if "rows = 1" in gap] == ["failed: "]
    assert (tmp_path / "all" / "rows.csv").read_bytes() == (tmp_path / "shared" / "rows.csv").read_bytes()


def test_the_engine_of_the_parts_is_that_of_the_page_and_several_are_refused(whole, tmp_path):
    run(STUDY, out=tmp_path / "reference", engine="reference")
    for k in (1, 2):
        run_part(STUDY, (k, 2), out=tmp_path / str(k), engine="reference")
    merge([tmp_path / "2", tmp_path / "1"], out=tmp_path / "all")
    assert files(tmp_path / "all") == files(tmp_path / "reference")
    with pytest.raises(Problem, match="of engine"):
        merge([whole, tmp_path / "1"], out=tmp_path / "several")


def test_other_versions_are_refused_and_the_longer_cell_is_kept(whole, tmp_path):
    more = tmp_path / "more"
    run(STUDY | {"replicates": STUDY["replicates"] + 10}, out=more)
    for place, folders in (("one", [whole, more]), ("two", [more, whole])):
        out = tmp_path / place
        for folder in folders:
            merge_cells([folder], out, Study.from_dict(STUDY).scope)
        store, long = Store(out / "cells"), Store(more / "cells")
        assert all(store.read(name).values == long.read(name).values for name in long.names())
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    store = Store(copy / "cells")
    for name in list(store.names()):
        cell = store.read(name)
        store.path(name).unlink()
        describes = {**cell.describes, "version": "0.0.0"}
        store.write(StoredCell(identity(describes), describes, cell.values, cell.made_with))
    with pytest.raises(Problem, match=r"of version of genloss 0\.0\.0"):
        merge([whole, copy], out=tmp_path / "versions")


def test_rows_of_own_models_are_not_left_behind_unsaid(whole, tmp_path):
    copy = tmp_path / "copy"
    shutil.copytree(whole, copy)
    (copy / "generations").mkdir()
    with pytest.raises(Problem, match="let the parts share one folder"):
        merge([copy], out=tmp_path / "all")


def test_merging_tells_how_far_it_is_and_reads_each_file_once(whole, tmp_path, monkeypatch):
    parts = [tmp_path / str(k) for k in (1, 2)]
    for k, folder in enumerate(parts, 1):
        run_part(STUDY, (k, 2), out=folder)
    read, told, look = [], [], Store.look
    monkeypatch.setattr(Store, "look", lambda store, name: (read.append((store.folder, name)), look(store, name))[1])
    found = merge(parts[:1], out=tmp_path / "all", progress=lambda *each: told.append(each))
    count = len(list(Store(parts[0] / "cells").names()))
    assert found.finished == count
    assert told == [(k, count) for k in range(1, count + 1)]
    sources = [each for each in read if each[0] == parts[0] / "cells"]
    assert len(sources) == len(set(sources)) == count
    of_target = [name for folder, name in read if folder == tmp_path / "all" / "cells"]
    assert max(map(of_target.count, of_target)) == 1
    assert not isinstance(merge(parts, out=tmp_path / "all"), Finished)
    assert files(tmp_path / "all") == files(whole)


def test_what_a_cell_is_stands_at_the_beginning_of_its_file(whole, tmp_path):
    store = Store(whole / "cells")
    for name in store.names():
        assert store.describes(name) == store.read(name).describes
    long = StoredCell("", {"settings": "x" * 100_000})
    long = StoredCell(identity(long.describes), long.describes)
    other = Store(tmp_path)
    other.write(long)
    assert other.describes(long.name) == long.describes
    other.path(long.name).write_bytes(b"{")
    assert other.describes(long.name) is None
    assert other.describes("0" * 16) is None
