"""Does --out mean the same in every command: a file by its ending, or a folder, refused before any work?"""

import json

import pytest
import tomli_w
from helpers import tiny

from genloss.cli.main import run_command

STUDY = tiny(predictor=None, generator={"kind": "ridge", "penalty": 0.1}, generations=2)
TABLE = "x,y\n" + "\n".join(f"{i * 37 % 23},{i * 37 % 23 + i * 17 % 7}" for i in range(40)) + "\n"
COMMANDS = {
    "attribute": ["GaussianMixture", "--data", "rows.csv", "--repetitions", "2", "--many", "4", "--quiet"],
    "compare": ["study.toml", "--replicates", "20"],
    "explain": ["study.toml", "--quiet"],
    "folklore": ["half-and-half", "--quiet"],
    "forecast": ["rows.csv", "--target", "y", "--generations", "2", "--replicates", "50", "--quiet"],
    "ledger": ["own", "--quiet"],
    "plan": ["study.toml", "--open", "penalty", "--replicates", "50", "--quiet"],
    "predict": ["study.toml", "--quiet"],
    "reproduce": ["2412.17646/upper-bound", "--quiet"],
    "share": ["rows.csv", "--real", "real.csv", "--generator", "made.csv", "--quiet"],
    "simulate": ["study.toml", "--quiet"],
    "verifier": ["rows.csv", "--target", "y", "--quiet"],
}
STARTS = {".html": b"<!doctype html>", ".json": b"{", ".png": b"\x89PNG", ".svg": b"<?xml", ".md": b"## "}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.toml").write_text(tomli_w.dumps(STUDY))
    (tmp_path / "rows.csv").write_text(TABLE)
    (tmp_path / "real.csv").write_text(TABLE.replace("9", "8"))
    (tmp_path / "made.csv").write_text(TABLE.replace("\n", "7\n").replace("7\n", "\n", 1))
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "ledger.csv").write_text("generation,data,made_by,rows\na,r,real,9\nb,s,a,9\n")
    return tmp_path


@pytest.mark.parametrize("name", COMMANDS)
def test_a_folder_gets_page_table_and_data(name, here):
    assert run_command([name, *COMMANDS[name], "--out", "new/v1.2"]) == 0
    made = {path.name: path.read_bytes() for path in (here / "new" / "v1.2").iterdir()}
    assert set(made) == {"index.html", "table.csv", "answer.json"}
    assert made["index.html"].startswith(STARTS[".html"])
    assert "schema" in json.loads(made["answer.json"])
    assert made["table.csv"].count(b"\n") > 1


@pytest.mark.parametrize(
    ("name", "ending"),
    [
        ("plan", ".png"),
        ("ledger", ".png"),
        ("ledger", ".svg"),
        *(("explain", ending) for ending in STARTS),
        ("predict", ".html"),
    ],
)
def test_a_file_has_the_form_of_its_ending(name, ending, here):
    assert run_command([name, *COMMANDS[name], "--out", f"a{ending}"]) == 0
    assert (here / f"a{ending}").read_bytes().startswith(STARTS[ending])


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize(
    ("out", "found"),
    [
        ("a.pdf", "no such format: '.pdf'"),
        (".", "is the folder you are in"),
        ("rows.csv/a.html", "is a file, not a folder"),
        ("rows.csv/folder", "is a file, not a folder"),
    ],
)
def test_a_place_that_cannot_be_is_refused_before_any_work(name, out, found, capsys):
    words = ["missing.toml", *COMMANDS[name][1:]]
    assert run_command([name, *words, "--out", out]) == 2
    assert found in capsys.readouterr().err


def test_a_run_leaves_a_folder(capsys):
    assert run_command(["run", "study.toml", "--out", "a.html"]) == 2
    assert (
        "is the name of a file, and a run writes a folder\n  mend: give a folder, e.g. --out a;"
        in capsys.readouterr().err
    )


def test_the_table_of_a_prediction_says_its_status_and_what_it_allows(capsys):
    assert run_command(["predict", *COMMANDS["predict"]]) == 0
    head, first, *_, last = capsys.readouterr().out.splitlines()
    assert head.split() == ["metric", "unit", "method", "status", "allowance", "n=0", "n=1", "n=2"]
    assert "asymptotic" in first
    assert "%" in first
    assert last == "allowance: how far theory may be off at most because rows are finite; the largest of its line."
