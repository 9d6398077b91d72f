"""Do other tools read the rows of a run, and read what the run has?"""

import json
import shutil
import sys
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
import xarray

import genloss
from genloss.cli.main import run_command
from genloss.errors import Problem
from genloss.results.marks import mark_of
from genloss.results.result import Result
from genloss.results.row import Row
from genloss.visible import spreadsheet_cell

pytestmark = pytest.mark.usefixtures("without_pictures")
STUDY = {
    "question": "Is it <small> — ü?",
    "replicates": 12,
    "generations": 2,
    "metrics": ["excess_risk", "parameter_error"],
    "population": {"kind": "linear_gaussian", "dim": 3, "noise": 1.0},
    "case": [
        {
            "name": "=a/b, λ",
            "workflow": {"kind": "replace", "rows": 9},
            "generator": {"kind": "ridge", "penalty": [0.1, 1.0]},
        },
        {
            "name": "c",
            "workflow": {"kind": "accumulate", "rows": [9, 20]},
            "generator": {"kind": "ridge", "penalty": [0.1, 0.5]},
        },
    ],
}
ENDINGS = ("csv", "parquet", "nc", "zarr")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run") / "made"
    genloss.run(STUDY, out=folder, workers=1)
    return folder


@pytest.fixture(scope="module")
def other(tmp_path_factory):
    """A run of another study."""
    folder = tmp_path_factory.mktemp("run") / "other"
    genloss.run(STUDY | {"seed": 5}, out=folder, workers=1)
    return folder


@pytest.fixture
def run(made, tmp_path):
    return shutil.copytree(made, tmp_path / "run")


@pytest.fixture
def partly(run):
    """A run that was stopped: rows and page are not there, and one cell."""
    for name in ("rows.csv", "rows.json", "index.html"):
        (run / name).unlink()
    min((run / "cells").glob("*/*.json")).unlink()
    return run


def opened(path):
    with xarray.open_datatree(path, engine="zarr" if path.suffix == ".zarr" else "h5netcdf") as tree:
        return tree.load()


def here(tree, row):
    """The numbers of a tree at the place of a row; where cases have other axes each has a group of its own."""
    groups = [node.to_dataset() for node in tree.leaves if row.case in node.to_dataset().coords["case"].values]
    (group,) = groups
    labels = dict(case=row.case, generation=row.generation, metric=row.metric, by=row.method, **row.axes)
    assert set(labels) == set(group.value.dims)
    return group.sel(labels)


def check_rows(tree, rows):
    for row in rows:
        found = here(tree, row)
        for name in ("value", "standard_error", "allowance", "replicates", "status", "engine"):
            expected, value = getattr(row, name), found[name].item()
            assert value == expected or (np.isnan(value) and np.isnan(expected)), (row, name)
        for level, value in row.quantiles.items():
            assert found["quantile"].sel(probability=float(level)).item() == value
    filled = sum(int((node.to_dataset().status != "").sum()) for node in tree.leaves)
    assert filled == len(rows)


def test_tables_hold_every_row(run):
    rows = Result.load(run / "rows.json").rows
    for ending, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        assert run_command(["export", str(run), "--to", ending, "--quiet"]) == 0
        frame = read(run / f"export.{ending}")
        assert len(frame) == len(rows)
        for line, row in zip(frame.to_dict("records"), rows, strict=True):
            flat = row.flat()
            assert {key for key, value in line.items() if not pd.isna(value)} == {
                key for key, value in flat.items() if not (isinstance(value, float) and np.isnan(value))
            }
            for key, value in flat.items():
                if isinstance(value, str) and ending == "csv":
                    value = spreadsheet_cell(value)
                assert line[key] == value, key
    assert (run / "export.csv").read_bytes() == (run / "rows.csv").read_bytes()


@pytest.mark.parametrize("to", ["netcdf", "zarr"])
def test_arrays_hold_every_row(run, to, capsys):
    assert run_command(["export", str(run), "--to", to]) == 0
    out = run / ("export.nc" if to == "netcdf" else "export.zarr")
    assert capsys.readouterr().out == f"{out}\n"
    result, tree = Result.load(run / "rows.json"), opened(out)
    check_rows(tree, result.rows)
    assert tree.attrs["question"] == STUDY["question"]
    assert tree.attrs["study"] == result.rows[0].study
    assert tree.attrs["schema"] == "result/1"
    assert tree.attrs["genloss"] == genloss.__version__
    assert mark_of(out, out.suffix) == result.mark()


@pytest.mark.parametrize("ending", ENDINGS)
def test_python_writes_what_the_command_writes_each_time(run, ending, tmp_path):
    result = Result.load(run / "rows.json")
    saved = [result.save(tmp_path / f"{name}.{ending}") for name in "ab"]
    assert run_command(["export", str(run), "--out", str(tmp_path / f"c.{ending}")]) == 0
    contents = [
        {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        if place.is_dir()
        else place.read_bytes()
        for place in (*saved, tmp_path / f"c.{ending}")
    ]
    assert contents[0] == contents[1] == contents[2]
    assert not [path for path in tmp_path.iterdir() if path.name.endswith(".part")]


def test_cases_with_other_axes_have_groups_of_their_own(tmp_path):
    row = Row("s", "c", "a / b", {"x": 1}, 0, "m", "u", 1.0, 0.0, {"0.5": 2.0}, engine="e")
    other = replace(row, cell="d", case="a b", axes={"y": "=word", "z": 0.5}, value=float("nan"), quantiles={})
    rows = (row, replace(row, axes={"x": 2}, cell="e", standard_error=float("nan")), other)
    for name in ("r.nc", "r.zarr"):
        tree = opened(Result({}, rows).save(tmp_path / name))
        assert set(tree.children) == {"a_b", "a_b_2"}
        check_rows(tree, rows)
        assert tree["a_b"].coords["case"].item() == "a / b"


def test_an_axis_of_truth_values_and_one_of_words_and_numbers_are_read_back(tmp_path):
    row = Row("s", "c", "", {"x": True, "y": "all"}, 0, "m", "u", 1.0, 0.0)
    rows = (row, replace(row, axes={"x": False, "y": 3}, value=2.0))
    for name in ("r.nc", "r.zarr"):
        tree = opened(Result({}, rows).save(tmp_path / name))
        assert tree["value"].sel(x=False, y="3").item() == 2.0
        assert np.isnan(tree["value"].sel(x=True, y="3")).item()


def test_values_of_replicates_are_those_of_the_cells(run):
    rows = [row for row in Result.load(run / "rows.json").rows if row.method == "simulation"]
    for to in ("csv", "parquet", "netcdf", "zarr"):
        assert run_command(["export", str(run), "--to", to, "--values", "--quiet"]) == 0
    tables = [pd.read_csv(run / "export-values.csv"), pd.read_parquet(run / "export-values.parquet")]
    for frame in tables:
        assert len(frame) == 12 * len(rows)
        by_place = frame.groupby(["cell", "generation", "metric"])["value"]
        means = by_place.mean()
        assert len(means) == len(rows)
        for row in rows:
            assert means[row.cell, row.generation, row.metric] == pytest.approx(row.value, rel=1e-12)
        assert frame["replicate"].unique().tolist() == list(range(12))
    assert tables[0]["value"].tolist() == tables[1]["value"].tolist()
    assert mark_of(run / "export-values.csv", ".csv") == mark_of(run / "export-values.parquet", ".parquet")
    first = json.loads(next((run / "cells").glob("*/*.json")).read_text())
    flat = set(tables[1]["value"])
    assert {value for listed in first["values"]["excess_risk"].values() for value in listed} <= flat
    for name in ("export-values.nc", "export-values.zarr"):
        tree = opened(run / name)
        for row in rows:
            group = next(n.to_dataset() for n in tree.leaves if row.case in n.to_dataset().coords["case"].values)
            labels = dict(case=row.case, generation=row.generation, metric=row.metric, **row.axes)
            each = group["replicate_value"].sel(labels).values
            assert each.mean() == pytest.approx(row.value, rel=1e-12)
            assert np.quantile(each, 0.975) == row.quantiles["0.975"]


def test_a_run_that_is_not_finished_gives_what_is_there(partly, capsys):
    code = run_command(["export", str(partly), "--to", "parquet", "--json", "-"])
    said = capsys.readouterr()
    told = json.loads(said.out)
    assert code == 1
    assert (told["finished"], told["cells"], told["whole"]) == (3, 4, False)
    assert "3 of 4 cells are finished" in said.err
    frame = pd.read_parquet(partly / "export.parquet")
    assert len(frame) == told["rows"] == 3 * 3 * 2
    assert set(frame["method"]) == {"simulation"}
    whole = genloss.run(partly / "study.toml", out=partly, workers=1)
    rows = {(row.cell, row.generation, row.metric): row.value for row in whole.rows if row.method == "simulation"}
    for line in frame.to_dict("records"):
        assert rows[line["cell"], line["generation"], line["metric"]] == line["value"]
    assert run_command(["export", str(partly), "--to", "parquet"]) == 0
    assert set(pd.read_parquet(partly / "export.parquet")["method"]) == {"simulation", "theory"}


def test_an_export_reads_the_folder_alone(partly):
    before = {path: path.read_bytes() for path in partly.rglob("*") if path.is_file()}
    run_command(["export", str(partly), "--to", "csv", "--quiet"])
    after = {path: path.read_bytes() for path in partly.rglob("*") if path.is_file()}
    assert after.keys() - before.keys() == {partly / "export.csv"}
    assert {path: after[path] for path in before} == before


def test_rows_of_an_earlier_form_are_not_those_of_the_study(run):
    grown = genloss.Study.from_dict(STUDY | {"replicates": 30})
    (run / "study.toml").write_text(f"# genloss: study {grown.id}\n{grown.toml()}")
    with pytest.raises(Problem, match="none of its 4 cells is whole"):
        genloss.study.runner.exported.exported(run)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ([], "--to: the format is not known"),
        (["--out", "a.txt"], "--out a.txt: the format is not known"),
        (["--to", "csv", "--out", "a.nc"], "does not end in .csv, as files of csv do\n  mend: give a.csv"),
        (["--to", "excel"], "--to: excel is not one of"),
        (["--to", "zarr", "--out", "taken.zarr"], "is a folder of something else: it holds mine.txt"),
        (["--to", "zarr", "--out", "file.zarr"], "is a file where a folder must stand"),
        (["--to", "csv", "--out", "taken.csv"], "is there already"),
        (["--to", "csv", "--out", "file.zarr/a.csv"], "is a file, not a folder"),
    ],
)
def test_what_cannot_be_is_refused(words, found, made, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "taken.zarr").mkdir()
    for name in ("taken.zarr/mine.txt", "file.zarr", "taken.csv"):
        (tmp_path / name).write_text("mine")
    assert run_command(["export", str(made), *words]) == 2
    assert found in capsys.readouterr().err
    if "taken.zarr" in words:  # not even when told to
        assert run_command(["export", str(made), *words, "--force"]) == 2
        assert (tmp_path / "taken.zarr" / "mine.txt").read_text() == "mine"


@pytest.mark.parametrize("ending", ["nc", "zarr", "csv", "parquet"])
@pytest.mark.parametrize("values", [[], ["--values"]])
def test_another_study_is_replaced_when_told_to(run, other, ending, values, tmp_path, capsys):
    out = tmp_path / f"a.{ending}"
    assert run_command(["export", str(run), "--out", str(out), *values]) == 0
    assert run_command(["export", str(run), "--out", str(out), *values]) == 0
    assert run_command(["export", str(other), "--out", str(out), *values]) == 2
    assert "answers something else" in capsys.readouterr().err
    assert run_command(["export", str(other), "--out", str(out), *values, "--force"]) == 0
    assert mark_of(out, out.suffix) == mark_of(other / "study.toml", ".toml")
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"a.{ending}", "run"]


@pytest.mark.parametrize("module", ["xarray", "zarr", "h5netcdf", "h5py"])
def test_without_the_libraries_the_extra_is_named(module, made, tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, module, None)
    to = "zarr" if module == "zarr" else "netcdf"
    ending = "zarr" if module == "zarr" else "nc"
    assert run_command(["export", str(made), "--to", to, "--out", str(tmp_path / f"a.{ending}")]) == 2
    said = capsys.readouterr().err
    assert f"{module} is not installed" in said
    assert 'pip install "genloss[arrays]"' in said
    assert not list(tmp_path.iterdir())
    assert run_command(["export", str(made), "--out", str(tmp_path / "a.csv")]) == 0


def test_parquet_of_values_keeps_the_kind_of_each_axis(run):
    run_command(["export", str(run), "--to", "parquet", "--values", "--quiet"])
    schema = pq.read_schema(run / "export-values.parquet")
    kinds = {name: str(schema.field(name).type) for name in schema.names}
    assert kinds["generator.penalty"] == "double"
    assert kinds["replicate"] == kinds["generation"] == "int64"
    assert kinds["value"] == "double"
    assert kinds["case"] == "string"
