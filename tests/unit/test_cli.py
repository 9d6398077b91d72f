"""What does a user of the command line see, and with which exit code?"""

import json
import re
import subprocess
import sys

import pytest
import tomli_w
from helpers import tiny

from genloss.cli.main import run_command


@pytest.fixture
def study(tmp_path):
    path = tmp_path / "tiny.toml"
    path.write_text(tomli_w.dumps(tiny()))
    return path


def test_run_leaves_a_page_figures_and_rows(study, tmp_path, capsys):
    out = tmp_path / "out"
    assert run_command(["run", str(study), "--out", str(out)]) == 0
    said = capsys.readouterr()
    assert said.out.strip() == str(out / "index.html")
    assert "Theory and simulation were compared in 12 places" in said.err
    names = {str(path.relative_to(out)) for path in out.rglob("*") if path.is_file()}
    assert len([name for name in names if name.startswith("cells/")]) == 4
    assert {name for name in names if not name.startswith("cells/")} == {
        "index.html",
        "rows.csv",
        "rows.json",
        "study.toml",
        "figures/against-the-grid.png",
        "figures/against-generations.png",
    }
    assert (out / "figures/against-the-grid.png").read_bytes().startswith(b"\x89PNG")


def test_the_page_stands_alone_and_its_figures_have_the_axes_they_claim(study, tmp_path):
    out = tmp_path / "out"
    assert run_command(["run", str(study), "--out", str(out), "--quiet"]) == 0
    page = (out / "index.html").read_text()
    links = re.findall(r"(?:src|href|url)\s*=?\s*[\"'(]\s*(https?:[^\"')]*)", page)
    assert [link for link in links if "w3.org" not in link] == []
    assert "<script" not in page
    for text in ("excess risk (label²)", "rows T of the predictor", "generation n", "n = 2", "Is it small?"):
        assert text in page
    assert page.count("<svg") == 2


def test_the_same_study_leaves_the_same_bytes(study, tmp_path):
    for name in "ab":
        assert run_command(["run", str(study), "--out", str(tmp_path / name), "--quiet"]) == 0
    for path in sorted((tmp_path / "a").rglob("*.*")):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes(), path


@pytest.mark.parametrize("command", ["predict", "simulate"])
def test_json_goes_to_stdout_alone(study, command, capsys):
    assert run_command([command, str(study), "--json", "-"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert {row["method"] for row in data["rows"]} == {"theory" if command == "predict" else "simulation"}
    assert len(data["rows"]) == 12


def test_tables_have_generations_as_columns(study, capsys):
    assert run_command(["predict", str(study)]) == 0
    assert "n=0" in capsys.readouterr().out
    assert run_command(["simulate", str(study), "--seed", "5", "--quiet"]) == 0
    said = capsys.readouterr()
    assert "±" in said.out
    assert said.err == ""


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["run"],
        ["compare"],
        ["predict"],
        ["simulate"],
        ["explain"],
        ["status"],
        ["datasets"],
        ["plan"],
        ["merge"],
        ["verify"],
        ["ledger"],
        ["attribute"],
        ["share"],
        ["folklore"],
        ["reproduce"],
    ],
)
def test_help_has_an_example(command, capsys):
    assert run_command([*command, "--help"]) == 0
    assert re.search(r"Examples?:\s+genloss", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "none.toml"], "no such file"),
        (["run", "{study}", "--out", "{study}"], "is a file, not a folder"),
        (["run", "{study}", "--out", "{study}/deep"], "is a file, not a folder"),
        (["simulate", "{study}", "--engine", "fast"], "'fast' is not an engine"),
        (["simulate", "{study}", "--engine", "pool_kernel"], "the population is not a finite pool"),
        (["run", "{study}", "--outt", "x"], "no such option"),
        (["bake"], "no such command"),
        (["predict", "{study}", "--seed", "-1"], "--seed"),
    ],
)
def test_bad_requests_exit_with_2_and_leave_nothing(study, arguments, said, capsys):
    before = sorted(study.parent.rglob("*"))
    assert run_command([part.format(study=study) for part in arguments]) == 2
    assert said in capsys.readouterr().err
    assert sorted(study.parent.rglob("*")) == before


def test_our_bugs_and_interrupts_have_their_own_codes(study, monkeypatch, capsys):
    def broken(*_args, **_kwargs):
        raise RuntimeError("surprise")

    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr("genloss.study.predict", broken)
    assert run_command(["predict", str(study)]) == 4
    assert "this is a bug in genloss" in capsys.readouterr().err
    monkeypatch.setattr("genloss.study.predict", interrupted)
    assert run_command(["predict", str(study)]) == 130


def test_version_and_the_quick_door():
    command = [sys.executable, "-m", "genloss", "--version"]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout.startswith("genloss, version 0.")
    heavy = "import genloss, sys; assert not {'pandas', 'scipy', 'matplotlib', 'sklearn'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", heavy], check=True)


def test_the_door_names_what_it_opens():
    import genloss

    for name in genloss.__all__:
        assert getattr(genloss, name) is not None
    with pytest.raises(AttributeError):
        _ = genloss.nonsense


def test_the_exit_codes_name_reproduce_for_each_of_its_own():
    from genloss.cli.main import EXIT_CODES

    code = dict(re.findall(r"^  (\d+) +(.*?)(?=^  \d|\Z)", EXIT_CODES, flags=re.DOTALL | re.MULTILINE))
    assert re.search(r"reproduce: +a claim does not hold", code["1"])
    assert re.search(r"reproduce: +from so few replicates", code["3"])
