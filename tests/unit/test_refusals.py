"""Do wrong options, names and folders get an answer that says what to do?"""

import numpy as np
import pandas as pd
import pytest
import tomli_w
from helpers import tiny

from genloss.cli.main import run_command
from genloss.populations.table_file import read_table
from genloss.populations.tables import Reading, read_rows

RNG = np.random.default_rng(3)
FRAME = pd.DataFrame({"x": RNG.normal(size=40), "z": RNG.normal(size=40), "y": RNG.normal(size=40)})
SMALL = ["--target", "y", "--generations", "1", "--replicates", "50"]


def said(capsys, *words):
    assert run_command([str(word) for word in words]) == 2
    shown = capsys.readouterr()
    assert not shown.out
    return shown.err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--generations", "0"], "--generations: 0 is not a whole number from 1 to 500"),
        (["--generations", "few"], "--generations: few is not a whole number from 1 to 500"),
        (["--penalty", "-1"], "--penalty: -1.0 is not a number from 0 on"),
        (["--above", "high"], "--above: high is not a number"),
        (["--model", "logistc"], "--model: logistc is not one of least_squares, ridge"),
        (["--modell", "ridge"], "mend: did you mean --model?"),
        (["--workflow", "replac"], "--workflow: 'replac' is not a workflow"),
        (["--replicates", "55"], "--replicates: 55"),
        (["--drop", "zz"], "data.csv: --drop: there is no column 'zz'"),
        (["another.csv"], "a name with * in quotes"),
    ],
)
def test_wrong_options_are_named_as_they_are_typed(words, told, tmp_path, capsys):
    FRAME.to_csv(tmp_path / "data.csv", index=False)
    assert told in said(capsys, "forecast", tmp_path / "data.csv", *SMALL, *words)


def test_what_is_missing_and_misspelled_commands_are_said(tmp_path, capsys):
    assert "--target: missing" in said(capsys, "forecast", tmp_path / "data.csv")
    assert "mend: did you mean run?" in said(capsys, "runn", "study.toml")
    (tmp_path / "a.toml").write_text(tomli_w.dumps(tiny()))
    assert f"give one study: {tmp_path / 'a.toml'}" in said(capsys, "explain", tmp_path)


def test_compare_says_what_it_takes(tmp_path, capsys):
    FRAME.to_parquet(tmp_path / "data.parquet")
    for path in (tmp_path / "data.parquet", tmp_path, tmp_path / "absent.csv"):
        told = said(capsys, "compare", path)
        assert "compare takes workflows: studies, or TOML files with a [workflow] table" in told
        assert f"genloss forecast {path} --target COLUMN" in told


@pytest.mark.parametrize(
    "names",
    [
        ("gen_0", "gen_1"), ("real", "gen1", "gen2"), ("generation=0/part", "generation=1/part"), ("iter_3", "iter_12"),
        ("round1", "round2"), ("model-gen-0", "model-gen-1"), ("synthetic_1", "synthetic_2"), ("Gen 1", "Gen 2"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("stars", [False, True])
def test_files_that_look_like_generations_are_not_joined(names, stars, tmp_path, capsys):
    for name in names:
        path = tmp_path / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        FRAME.to_parquet(path)
    if stars and "/" in names[0]:
        return
    told = said(capsys, "forecast", tmp_path / "*.parquet" if stars else tmp_path, *SMALL)
    assert "look like generations" in told
    assert "genloss audit REAL" in told
    first = next(tmp_path / f"{name}.parquet" for name in names if any(letter.isdigit() for letter in name))
    assert f"give one file, e.g. {first}" in told
    assert run_command(["forecast", str(first), *SMALL, "--quiet"]) == 0


@pytest.mark.parametrize("names", [("a", "b"), ("part-0", "part-1"), ("year=2020/a", "year=2021/a"), ("gen_1", "more")])
def test_other_files_are_joined_and_named(names, tmp_path):
    for name in names:
        path = tmp_path / f"{name}.parquet"
        path.parent.mkdir(exist_ok=True)
        FRAME.to_parquet(path)
    rows = read_rows(tmp_path, Reading("y"))
    assert len(rows.target) == 80
    assert (
        str(rows.notes[0])
        == f"2 files were read as one table, one below the other: {names[0]}.parquet, {names[1]}.parquet"
    )


def test_a_target_that_is_cut_is_given_away_by_what_cuts_it(tmp_path, capsys):
    FRAME.assign(high=np.where(FRAME.y > 0.2, "yes", "no")).to_csv(tmp_path / "data.csv", index=False)
    assert run_command(["forecast", str(tmp_path / "data.csv"), *SMALL, "--quiet"]) == 0
    capsys.readouterr()
    told = said(capsys, "forecast", tmp_path / "data.csv", *SMALL, "--above", "0.2")
    assert "column 'high' says the same as the target in every row ('no' is 0, 'yes' is 1)" in told


def test_a_study_adds_noise_itself_so_that_a_target_without_any_is_noted(tmp_path):
    rng = np.random.default_rng(3)
    FRAME.assign(y=FRAME.x + FRAME.z).to_csv(tmp_path / "sum.csv", index=False)
    notes = read_table(tmp_path / "sum.csv", target="y").notes
    assert any(note.endswith('in every row; to leave out: drop = ["x", "z"]') for note in notes)
    FRAME.assign(id=rng.permutation(900)[:40]).to_csv(tmp_path / "ids.csv", index=False)
    assert any('(keep = ["id"] keeps it)' in note for note in read_table(tmp_path / "ids.csv", target="y").notes)
    assert read_table(tmp_path / "ids.csv", target="y", keep=["id"]).data.columns == ("x", "z", "id", "y")


def test_options_that_were_typed_are_named_and_those_of_the_file_are_not(tmp_path, capsys):
    study = tmp_path / "s.toml"
    study.write_text(
        'schema = "study/1"\nseed = 1\nreplicates = 2\ngenerations = 1\nreport = [0, 1]\nmetrics = ["excess_risk"]\n'
        '[population]\nkind = "linear_gaussian"\ndim = 3\nnoise = 0.3\n[workflow]\nkind = "replace"\nrows = 30\n'
        '[generator]\nkind = "ridge"\npenalty = 0.1\n'
    )
    assert "error: --engine: 'foo' is not an engine" in said(capsys, "simulate", study, "--engine", "foo")
    told = said(capsys, "simulate", study, "--engine", "tridiagonal")
    assert "error: --engine: tridiagonal cannot run this" in told
    assert "use --engine auto" in told
    assert "error: --population:" in said(capsys, "predict", study, "--population", "digits")
    assert "1 data sets" in said(capsys, "plan", study, "--open", "penalties", "--data-sets", "1")
    flow = tmp_path / "flow.toml"
    flow.write_text('[workflow]\nkind = "replace"\nrows = 30\n')
    assert "is given twice" in said(capsys, "compare", flow, flow)
    assert "did you mean --quiet?" in said(capsys, "compare", flow, "--qiet")
    assert "did you mean" not in said(capsys, "status", tmp_path, "--quiet")
    assert run_command(["compare", str(flow), "--quiet", "--replicates", "20", "--out", str(tmp_path / "c.csv")]) == 0
    assert capsys.readouterr().err == ""
