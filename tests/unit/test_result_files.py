"""Does every file hold the whole result, with the same bytes each time, and is a broken one refused?"""

import json
import os
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from helpers import tiny
from hypothesis import given
from hypothesis import strategies as st

import genloss
from genloss import Problem, Result, Study
from genloss.errors import Damaged
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
    assert result.gaps[0][1:].replace("parameter_error", "parameter error") in page.replace("&#39;", "'")


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
    gap = result.gaps[-1][1:].replace("parameter_error", "parameter error")
    assert lines[-3:-1] == [f"- N{gap}.", ""]
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


def edited(path, change):
    """Change the data of a file, its checksum left as it is."""
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    return path


EDITS = {
    "a value": (lambda d: d["rows"][7].update(value=0.5), "rows of cell .*: was edited or damaged"),
    "an axis": (
        lambda d: d["rows"][0]["axes"].update({"predictor.rows": 6}),
        r"cell \w+ \(predictor.rows = 6, .*edited",
    ),
    "a standard error": (lambda d: d["rows"][-1].update(standard_error=0.0), "rows of cell .*: was edited or damaged"),
    "a row less": (lambda d: d["rows"].pop(), "rows of cell .*: was edited or damaged"),
    "a cell less": (
        lambda d: d.update(rows=[r for r in d["rows"] if r["cell"] != d["rows"][0]["cell"]]),
        "rows of cell",
    ),
    "no rows": (lambda d: d.update(rows=[]), "rows: was edited or damaged"),
    "rows of another kind": (lambda d: d.update(rows=3), "rows: was edited or damaged"),
    "a row without a cell": (lambda d: d["rows"].append({}), "rows: was edited or damaged"),
    "no number": (lambda d: d["rows"][0].update(value=float("nan")), "rows: was edited or damaged"),
    "the seed": (lambda d: d["study"].update(seed=4), "study.seed: was edited or damaged"),
    "a key more": (lambda d: d["study"].update(sead=4), "study.sead: was edited or damaged"),
    "a gap": (lambda d: d["gaps"].append("none"), "gaps: was edited or damaged"),
    "a field less": (lambda d: d.pop("gaps"), "not whole: no 'gaps'"),
    "a field more": (lambda d: d.update(note="mine"), "'note' is unknown"),
    "a claim": (lambda d: d.update(claims=[]), "'claims' is unknown"),
    "the checksum": (lambda d: d["checksum"].update(gaps="0"), "gaps: was edited or damaged"),
    "a checksum of words": (lambda d: d.update(checksum="all"), "checksum: was edited or damaged"),
    "a checksum under another name": (lambda d: d.update(chfcksum=d.pop("checksum")), "'chfcksum' is unknown"),
}


@pytest.mark.parametrize("name", EDITS)
def test_what_was_edited_is_refused_by_name_with_a_way_out(name, result, tmp_path):
    change, said = EDITS[name]
    path = edited(result.save(tmp_path / "r.json"), change)
    with pytest.raises(Problem, match=said) as caught:
        Result.load(path)
    assert "genloss run goes on" in caught.value.mend


def test_a_flipped_bit_changes_no_number_unseen(result, tmp_path):
    path = result.save(tmp_path / "r.json")
    whole, rng = path.read_bytes(), np.random.default_rng(8)
    for place in rng.choice(8 * len(whole), 200, replace=False):
        content = bytearray(whole)
        content[place // 8] ^= 1 << (place % 8)
        path.write_bytes(content)
        try:
            assert Result.load(path) == result  # the bit was white space, or in the mark
        except Problem:
            continue


def test_without_a_checksum_a_result_is_read_with_a_word(result, tmp_path):
    path = edited(result.save(tmp_path / "r.json"), lambda data: data.pop("checksum"))
    with pytest.warns(Damaged, match=r"r.json: has no checksum .* it is read as it is"):
        assert Result.load(path) == result
    changed = edited(path, lambda data: data["rows"][0].update(value=0.5))
    with pytest.warns(Damaged):
        assert Result.load(changed).rows[0].value == 0.5


def test_a_pipe_is_no_result(tmp_path):
    os.mkfifo(tmp_path / "r.json")
    with pytest.raises(Problem, match="is a pipe, not a file that ends"):
        Result.load(tmp_path / "r.json")
