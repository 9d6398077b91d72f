"""genloss audit as it is typed: words, exit codes, files that it leaves, and what it says to a mistake."""

import json
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest

from genloss.cli.main import run_command
from genloss.streams import stream

pytestmark = pytest.mark.usefixtures("without_pictures")


def table(rng, rows, scale=1.0):
    kinds = rng.choice(["north", "south", "east"], rows, p=[0.6, 0.3, 0.1])
    return pd.DataFrame({"height": rng.normal(170, 9 * scale, rows), "age": rng.gamma(9, 4, rows), "side": kinds})


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder, rng = tmp_path_factory.mktemp("audited"), stream(121, "files")
    table(rng, 600).to_csv(folder / "real.csv", index=False)
    for number, scale in enumerate((1.0, 1.0, 0.6), 1):
        table(rng, 400, scale).to_csv(folder / f"gen{number}.csv", index=False)
    parts = [pd.read_csv(folder / f"{name}.csv").assign(made=name) for name in ("real", "gen1", "gen2", "gen3")]
    pd.concat(parts).sample(frac=1, random_state=1).to_parquet(folder / "all.parquet")
    return folder


def asked(files, *words):
    return [str(files / word) if (files / word).exists() else word for word in words]


def test_the_newest_decides(files, capsys):
    assert run_command(["audit", *asked(files, "real.csv", "gen1.csv", "gen2.csv")]) in (0, 3)
    assert run_command(["audit", *asked(files, "real.csv", "gen1.csv", "gen2.csv", "gen3.csv")]) == 1
    said = capsys.readouterr().out
    assert "Generation 3 (gen3) is collapsing" in said
    assert "The first change is in generation 3" in said
    assert run_command(["audit", *asked(files, "real.csv", "gen3.csv"), "--quiet"]) == 1
    assert capsys.readouterr().out == "collapsing\n"


def test_one_file_with_a_column_of_generations_says_the_same(files, capsys):
    apart = ["audit", *asked(files, "real.csv", "gen1.csv", "gen2.csv", "gen3.csv"), "--json", "-"]
    assert run_command(apart) == 1
    one = json.loads(capsys.readouterr().out)
    assert run_command(["audit", "--by", "made", *asked(files, "all.parquet"), "--json", "-"]) == 1
    other = json.loads(capsys.readouterr().out)
    assert [each["word"] for each in other["generations"]] == [each["word"] for each in one["generations"]]
    assert [each["lines"] for each in other["generations"]] == [each["lines"] for each in one["generations"]]


def test_a_kept_state_and_the_newest_file_give_the_same_bytes(files, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    run_command(["audit", *asked(files, "real.csv", "gen1.csv", "gen2.csv"), "--state", "s.json"])
    assert "written: s.json, 0." in capsys.readouterr().err
    assert run_command(["audit", "s.json", *asked(files, "gen3.csv"), "--state", "s.json", "--json", "one.json"]) == 1
    whole = asked(files, "real.csv", "gen1.csv", "gen2.csv", "gen3.csv")
    assert run_command(["audit", *whole, "--state", "t.json", "--json", "two.json"]) == 1
    assert (tmp_path / "one.json").read_bytes() == (tmp_path / "two.json").read_bytes()
    assert (tmp_path / "s.json").read_bytes() == (tmp_path / "t.json").read_bytes()
    capsys.readouterr()
    assert run_command(["audit", "s.json", *asked(files, "gen3.csv")]) == 2
    assert "holds the same rows as generation gen3" in capsys.readouterr().err
    assert run_command(["audit", "s.json", *asked(files, "gen1.csv"), "--alpha", "0.5"]) == 2
    assert "it was chosen when s.json was made" in capsys.readouterr().err
    assert run_command(["audit", "s.json"]) == 2
    assert "genloss audit s.json newest.csv" in capsys.readouterr().err


def test_pages_reports_and_test_cases(files, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["audit", *asked(files, "real.csv", "gen1.csv", "gen3.csv")]
    assert run_command([*words, "--out", "a.html", "--junit", "a.xml"]) == 1
    assert run_command([*words, "--out", "a.md", "--junit", "a.xml"]) == 1
    suite = ElementTree.parse(tmp_path / "a.xml").getroot()[0]
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1")
    assert suite[1][0].get("type") == "collapsing"
    assert "is collapsing" in (tmp_path / "a.md").read_text(encoding="utf-8")
    page = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "A word for each generation" in page
    assert "north" not in page
    capsys.readouterr()
    assert run_command([*words, "--junit", "a.html"]) == 2
    assert "end the name in .xml" in capsys.readouterr().err


def test_values_are_shown_on_request_alone(files, capsys):
    gone = pd.read_csv(files / "gen1.csv").query("side != 'east'")
    gone.to_csv(files / "gone.csv", index=False)
    for words, shown in (([], False), (["--show-rows"], True)):
        run_command(["audit", *asked(files, "real.csv", "gone.csv"), "--slices", "side", *words])
        assert ("'east'" in capsys.readouterr().out) == shown


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["real.csv"], "generations: none"),
        (["real.csv", "real.csv"], "given as generation 1 and as the real rows"),
        (["real.csv", "nothing.csv"], "no such file"),
        (["real.csv", "gen1.csv", "--id", "sidee"], "did you mean side?"),
        (["real.csv", "gen1.csv", "--tolerance", "varience=10%"], "no metric 'varience'"),
        (["real.csv", "gen1.csv", "--tolerance", "variance=ten"], "'ten' is not a share"),
        (["real.csv", "gen1.csv", "--alpha", "0"], "between 0 and 1"),
        (["real.csv", "gen1.csv", "--horizon", "0"], "give how many generations"),
        (["real.csv", "gen1.csv", "--by", "made"], "give the one table"),
        (["all.parquet", "--by", "mad"], "did you mean made?"),
        (["real.csv", "gen1.csv", "--state", "s.txt"], "end the name in .json"),
    ],
)
def test_mistakes_are_answered_and_nothing_is_written(words, says, files, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(["audit", *asked(files, *words), "--out", "a.html"]) == 2
    assert says in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_columns_are_named_where_they_differ(files, tmp_path, capsys):
    rows = pd.read_csv(files / "gen1.csv")
    for name, other, says in (
        ("lacks", rows.drop(columns="age"), "no column 'age'"),
        ("renamed", rows.rename(columns={"age": "agee"}), "did you mean agee?"),
        ("words", rows.assign(age="old"), "age"),
    ):
        other.to_csv(tmp_path / f"{name}.csv", index=False)
        assert run_command(["audit", str(files / "real.csv"), str(tmp_path / f"{name}.csv")]) == 2
        assert says in capsys.readouterr().err


def test_order_of_rows_of_columns_and_of_shards_says_nothing(files, tmp_path, capsys):
    real, made = (pd.read_csv(files / name) for name in ("real.csv", "gen1.csv"))
    folder = tmp_path / "gen1"
    folder.mkdir()
    mixed = made.sample(frac=1, random_state=2)[["side", "age", "height"]]
    mixed[:150].to_csv(folder / "b.csv", index=False)
    mixed[150:].to_csv(folder / "a.csv", index=False)
    real.sort_values("age").to_csv(tmp_path / "real.csv", index=False)
    run_command(["audit", str(tmp_path / "real.csv"), str(folder), "--json", "-"])
    one = json.loads(capsys.readouterr().out)
    run_command(["audit", *asked(files, "real.csv", "gen1.csv"), "--json", "-"])
    other = json.loads(capsys.readouterr().out)
    assert one["generations"] == other["generations"]
    assert np.isfinite([line["evidence"] for line in one["generations"][0]["lines"]]).all()
