"""Do names reach a terminal, a page, a figure and a CSV file so that they are seen and do nothing?"""

import csv
import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import genloss
from genloss.cli.main import run_command
from genloss.errors import Problem
from genloss.report import as_text, draw
from genloss.report.figure import Curve, Panel
from genloss.report.page import Page, Table, as_markdown, render
from genloss.results.store import as_csv, as_parquet
from genloss.visible import spreadsheet_cell, visible, visible_line

HOSTILE = "<script>&amp;\x1b[2Jred\x07\x00\x9b\u202eturned\u2066\u2028\u200b$x_1$"
SHOWN = r"\x1b[2Jred\x07\x00\x9b\u202eturned\u2066\u2028\u200b"
_ACTING = "\x1b\x07\x00\x9b\u202e\u2066\u2028\u200b"
STUDY = {
    "generations": 1,
    "replicates": 4,
    "question": f"What of {HOSTILE}?",
    "population": {"kind": "linear_gaussian", "dim": 2, "noise": 0.1},
    "workflow": {"kind": "replace", "rows": 9},
    "generator": {"kind": "ridge", "penalty": [0.1, 0.2]},
    "case": [{"name": f"={HOSTILE}"}, {"name": "plain"}],
}


def _acts(text: str) -> list[str]:
    return [character for character in _ACTING if character in text]


def test_text_is_seen():
    assert visible(HOSTILE) == f"<script>&amp;{SHOWN}$x_1$"
    assert visible("Σ é ñ 漢字 \N{ZERO WIDTH JOINER} a\nb\tc") == "Σ é ñ 漢字 \N{ZERO WIDTH JOINER} a\nb\tc"
    assert visible_line("a\nb\tc") == r"a\nb\tc"
    assert visible("\udcff\ud800") == r"\udcff\ud800"
    assert visible(visible(HOSTILE)) == visible(HOSTILE)


@pytest.mark.parametrize("text", ["=1+1", "+cmd", "-cmd", "@sum", "\tx", "\r=x", "=", "-1 ", "- 1"])
def test_a_cell_that_a_spreadsheet_would_run_is_quoted(text: str):
    assert spreadsheet_cell(text) == f"'{visible_line(text)}"


@pytest.mark.parametrize("text", ["-1", "+1.5", "-1e-3", "-inf", "a=b", "", "1-2", "ridge", "n = 1"])
def test_a_number_stays_a_number(text: str):
    assert spreadsheet_cell(text) == text


def test_a_table_keeps_its_numbers_and_quotes_its_words():
    columns = ("=case", "value", "penalty")
    lines = [{"=case": "=1+1", "value": -1.5, "penalty": "-0.5"}, {"=case": "a\nb\x1b", "value": None, "penalty": "-x"}]
    assert as_csv((columns, lines)) == "'=case,value,penalty\n'=1+1,-1.5,-0.5\na\\nb\\x1b,,'-x\n"
    assert as_csv((columns, [])) == "'=case,value,penalty\n"
    assert b"=1+1" in as_parquet((columns, lines))  # a form for programs is exact


def test_a_page_a_text_and_a_figure_show_it():
    curves = tuple(Curve(f"{HOSTILE} {i}", i / 2, line_x=(1.0, 2.0), line_y=(i + 1.0, 2.0 * i + 2)) for i in range(2))
    panel = Panel(HOSTILE, HOSTILE, HOSTILE, curves, marks=((1.5, HOSTILE),))
    svg = draw([panel], columns=1, formats=("svg",))["svg"].decode()
    ET.fromstring(svg)  # a picture that no browser would refuse
    assert not _acts(svg)
    assert svg.count(r"\x1b[2Jred") >= 4
    assert "<script>" not in svg
    table = Table(HOSTILE, HOSTILE, [HOSTILE, "b"], [[HOSTILE, "two\nlines"]])
    page = Page(
        HOSTILE,
        HOSTILE,
        [HOSTILE],
        tables=[table],
        notes=[HOSTILE],
        words=[HOSTILE],
        spec=HOSTILE,
        facts=[(HOSTILE, HOSTILE)],
    )
    html = render(page)
    assert not _acts(html)
    assert "<script>" not in html
    assert html.count("&lt;script&gt;&amp;amp;" + SHOWN) >= 10
    for text in (as_markdown(page), as_text(table)):
        assert not _acts(text)
        assert SHOWN in text
    assert len(as_text(table).splitlines()) == 2


def test_a_run_shows_hostile_names_everywhere_and_keeps_them_exact(tmp_path: Path):
    result = genloss.run(STUDY, out=tmp_path)
    pages = [path for path in tmp_path.rglob("*") if path.suffix in (".html", ".svg", ".csv")]
    assert {path.suffix for path in pages} >= {".html", ".csv"}
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert not _acts(text), path
        assert "<script>" not in text or path.suffix == ".csv"
        assert "red" in text or path.suffix == ".svg"
    cases = {row["case"] for row in csv.DictReader((tmp_path / "rows.csv").read_text(encoding="utf-8").splitlines())}
    assert cases == {f"'={visible(HOSTILE)}", "plain"}
    kept = {row["case"] for row in json.loads((tmp_path / "rows.json").read_text(encoding="utf-8"))["rows"]}
    assert kept == {STUDY["case"][0]["name"], "plain"}
    assert genloss.Study.load(tmp_path / "study.toml").resolved["question"] == STUDY["question"]
    for text in (repr(result), result.summary(), result._repr_html_()):
        assert not _acts(text)


@pytest.mark.parametrize("command", ["explain", "predict", "simulate"])
def test_a_terminal_shows_it(command: str, tmp_path: Path, capsys):
    path = tmp_path / "a.toml"
    path.write_text(genloss.Study.from_dict(STUDY).toml(), encoding="utf-8")
    assert run_command([command, str(path)]) == 0
    said = capsys.readouterr()
    assert not _acts(said.out + said.err)
    assert SHOWN in said.out + said.err
    assert run_command([command, str(path), "--json", "-", "--quiet"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_an_error_shows_it(tmp_path: Path, capsys):
    (tmp_path / "a.toml").write_text('generations = 1\n"\\u001b[31m" = 3\n', encoding="utf-8")
    assert run_command(["explain", str(tmp_path / "a.toml")]) == 2
    assert r"\x1b[31m: unknown key" in capsys.readouterr().err
    assert run_command(["explain", "no\x1b[31m.toml"]) == 2
    assert not _acts(capsys.readouterr().err)
    with pytest.raises(Problem) as told:
        genloss.Study.load("no\x1b.toml")
    assert told.value.where == "no\x1b.toml"  # what a program reads is exact
    assert not _acts(str(told.value))
