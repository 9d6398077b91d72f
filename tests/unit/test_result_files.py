"""Does every file hold the whole result, with the same bytes each time, and is a broken one refused?"""

import json
import re
from dataclasses import replace

import pandas as pd
import pytest
from helpers import tiny
from hypothesis import given
from hypothesis import strategies as st

import genloss
from genloss import Problem, Result, Study
from genloss.results import Row
from genloss.results.answer import FORMATS
from genloss.results.summary import table

WORDS = st.text(max_size=8)
NUMBERS = st.floats(allow_nan=False)
ROWS = st.builds(
    Row,
    study=WORDS,
    cell=WORDS,
    case=WORDS,
    axes=st.dictionaries(WORDS, WORDS | NUMBERS.filter(lambda x: abs(x) < 1e300) | st.integers(), max_size=2),
    generation=st.integers(0, 99),
    metric=WORDS,
    unit=WORDS,
    value=NUMBERS,
    standard_error=NUMBERS,
    quantiles=st.dictionaries(st.sampled_from(["0.5", "0.975"]), NUMBERS),
    replicates=st.integers(0, 99),
    allowance=NUMBERS,
)


@pytest.fixture(scope="module")
def result():
    study = Study.from_dict(tiny(question="Is <b>it</b> small | or not?", metrics=["excess_risk", "parameter_error"]))
    return genloss.predict(study).merged(genloss.simulate(study))


@given(st.lists(ROWS, max_size=3), st.lists(WORDS, max_size=2))
def test_json_holds_any_result(tmp_path_factory, rows, gaps):
    result = Result({"question": "é", "population": {"dim": 3}}, tuple(rows), tuple(gaps))
    assert Result.load(result.save(tmp_path_factory.mktemp("any") / "result.json")) == result


def test_what_is_not_a_number_survives(result, tmp_path):
    row = replace(result.rows[0], value=float("inf"), standard_error=float("nan"), quantiles={"0.5": float("-inf")})
    (again,) = Result.load(Result(result.study, (row,)).save(tmp_path / "r.json")).rows
    assert repr(again) == repr(row)


@pytest.mark.parametrize("ending", [".json", ".csv", ".parquet", ".html", ".md"])
def test_same_result_same_bytes(result, tmp_path, ending):
    one, other = (result.save(tmp_path / f"{name}{ending}").read_bytes() for name in "ab")
    again = Result.load(result.save(tmp_path / "r.json")).save(tmp_path / f"c{ending}").read_bytes()
    assert one == other == again
    assert not re.search(rb"20\d\d-\d\d-\d\d", one)


def test_an_ending_without_a_format_is_refused(result, tmp_path):
    with pytest.raises(
        Problem, match=r"no such format: '.pickle'\n  mend: end the name in .json, .csv, .parquet, .html"
    ):
        result.save(tmp_path / "r.pickle")
    assert not list(tmp_path.iterdir())


def test_tables_hold_every_number(result, tmp_path):
    frames = [pd.read_csv(result.save(tmp_path / "r.csv")), pd.read_parquet(result.save(tmp_path / "r.parquet"))]
    for frame in frames:
        assert list(frame.columns) == list(result.to_frame().columns)
        assert frame["value"].tolist() == [row.value for row in result.rows]
        assert frame["method"].tolist() == [row.method for row in result.rows]


def test_parquet_takes_an_axis_of_words_and_numbers(tmp_path):
    row = Row("s", "c", "", {"gamma": "scale"}, 0, "m", "u", 1.0, 0.0)
    mixed = Result({}, (row, replace(row, axes={"gamma": 0.1}), replace(row, axes={})))
    read = pd.read_parquet(mixed.save(tmp_path / "r.parquet"))
    assert read["gamma"].fillna("").tolist() == ["scale", "0.1", ""]


def test_the_page_needs_nothing_else(result, tmp_path):
    page = result.save(tmp_path / "r.html").read_text()
    assert "Is &lt;b&gt;it&lt;/b&gt; small" in page
    assert page.count("<svg") == 1
    assert "<script" not in page
    assert not re.findall(r"(?:src|href)=\"(?!#)", page)
    assert "seed = 3" in page
    assert result.gaps[0][1:] in page.replace("&#39;", "'")


def test_the_page_of_pooled_runs_names_every_seed(result, tmp_path):
    other = genloss.simulate(Study.from_dict(tiny(seed=4, metrics=["excess_risk", "parameter_error"])))
    page = (result + other).save(tmp_path / "r.html").read_text()
    assert "seed 3 (12 replicates), seed 4 (12 replicates)" in page
    spec = re.search(r"<pre>(.*)</pre>", page, re.DOTALL)[1].replace("&#34;", '"').replace("&lt;", "<")
    (tmp_path / "study.toml").write_text(spec.replace("&gt;", ">"))
    assert Study.load(tmp_path / "study.toml").id == result.rows[0].study


def test_a_page_of_many_lines_says_what_it_leaves_out(tmp_path):
    row = Row("s", "c", "", {}, 0, "m", "u", 1.0, 0.1, method="simulation", replicates=3)
    rows = tuple(replace(row, cell=str(i), axes={"a": i}) for i in range(2_100))
    assert "100 more lines are not on this page" in Result({}, rows).save(tmp_path / "r.html").read_text()


def test_markdown_is_a_table(result, tmp_path):
    lines = result.save(tmp_path / "r.md").read_text().splitlines()
    cells = [line for line in lines if line.startswith("|")]
    assert len(cells) == 2 + len(table(result.rows)[1])
    assert len({line.count("|") for line in cells}) == 1
    assert lines[0] == "## Is <b>it</b> small | or not?"
    assert lines[-3:-1] == [f"- N{result.gaps[-1][1:]}.", ""]
    assert lines[-1] == f"<!-- genloss: study {result.rows[0].study} -->"


def test_an_empty_result_can_be_saved(tmp_path):
    for ending in set(FORMATS) - {".png", ".svg"}:
        assert Result({}, ()).save(tmp_path / f"r{ending}").stat().st_size > 0


GOOD = {"schema": "result/1", "study": {}, "rows": [], "gaps": []}
ROW = {"study": "s", "cell": "c", "case": "", "axes": {}, "generation": 0, "metric": "m", "unit": "u", "value": 1.0}
ROW |= {"standard_error": 0.0}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        ("[1]", "names no schema"),
        ("[" * 100_000, "not JSON"),
        (json.dumps(GOOD | {"schema": "result/2"}), "schema 'result/2'\n  mend: .* reads result/1"),
        (json.dumps({"schema": "result/1", "study": {}, "rows": []}), "not whole: no 'gaps'"),
        (json.dumps(GOOD | {"rows": [{"study": "s"}]}), "not whole: .*missing"),
        (json.dumps(GOOD | {"rows": [ROW | {"value": "much"}]}), "not whole: value is 'much'"),
        (json.dumps(GOOD | {"rows": [ROW | {"surprise": 1}]}), "not whole: .*surprise"),
        (json.dumps(GOOD | {"rows": [3]}), "not whole"),
        (json.dumps(GOOD | {"study": 3}), "not whole"),
        (json.dumps(GOOD | {"gaps": 3}), "not whole"),
        (b"\xff\xfe", "not JSON"),
    ],
)
def test_a_broken_file_is_refused(tmp_path, text, reason):
    path = tmp_path / "r.json"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Problem, match=reason):
        Result.load(path)


def test_what_is_no_file_of_a_result_is_refused(result, tmp_path):
    with pytest.raises(Problem, match=r"cannot be read: No such file"):
        Result.load(tmp_path / "absent.json")
    with pytest.raises(Problem, match=r"a .csv file holds only a part of a result"):
        Result.load(result.save(tmp_path / "r.csv"))
