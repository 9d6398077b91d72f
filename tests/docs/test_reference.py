"""Does the reference of the site name everything that the program has: names, keys of studies, options?"""

import html
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from helpers_site import built

import genloss
from genloss.cli.commands import COMMANDS
from genloss.cli.main import commands
from genloss.metrics import METRICS
from genloss.study.claims.claim import CLAIM
from genloss.study.claims.measures import MEASURES, Series, measured
from genloss.study.language.checks import accepted
from genloss.study.language.key import MISSING
from genloss.study.spec.tables import STUDY, TABLES
from genloss.workflows import fixed_real, fresh_real
from genloss.workflows.columns import shares_of_columns
from genloss.workflows.forms import long_form

pytest.importorskip("mkdocs", reason="mkdocs is not installed")
pytest.importorskip("mkdocstrings", reason="mkdocstrings is not installed")

MAKING = str(Path(__file__).parents[2] / "docs" / "making")
SIMPLE = {
    "population": {"kind": "linear_gaussian", "dim": 4, "noise": 0.5},
    "workflow": {"kind": "replace", "rows": 20},
    "generator": {"kind": "least_squares"},
}


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Return a function that gives the text of a page of the site, or of all pages of a folder."""
    site = built(tmp_path_factory)

    def text(path):
        pages = [site / path] if path.endswith(".html") else sorted((site / path).glob("*.html"))
        return html.unescape("\n".join(page.read_text(encoding="utf-8") for page in pages))

    return text


def rooms():
    """Every name by which a user reaches a public room, and the room."""
    found, waiting = {}, [("genloss", genloss)]
    while waiting:
        name, room = waiting.pop()
        found[name] = room
        inner = [(f"{name}.{each}", getattr(room, each)) for each in room.__all__]
        waiting += [
            (name, each) for name, each in inner if type(each).__name__ != "function" and hasattr(each, "__all__")
        ]
    return found


def test_every_public_name_has_its_place(read):
    text = read("reference/python")
    headings = set(re.findall(r"<h2[^>]*>(.*?)</h2>", text, re.S))
    named = {re.sub(r"<[^>]+>|\s|¶", "", heading) for heading in headings}
    for name, room in rooms().items():
        for each in room.__all__:
            full = f"{name}.{each}"
            if full not in rooms():
                assert any(heading.startswith(full) for heading in named), full
    assert not any(heading.startswith("genloss.no_such_name") for heading in named)


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_a_table_has_its_line(read, table):
    parts = dict(
        re.findall(r'<code>kind = "(\w+)"</code>(.*?)(?=<h2|</article>)', read(f"reference/study/{table}.html"), re.S)
    )
    assert parts.keys() == TABLES[table].keys()
    for kind, keys in TABLES[table].items():
        assert re.findall(r"<tr>\s*<td><code>([^<]+)</code>", parts[kind]) == list(keys)


@pytest.mark.parametrize(("page", "keys"), [("index", STUDY), ("claims", [*CLAIM, *MEASURES]), ("metrics", METRICS)])
def test_every_other_key_has_its_line(read, page, keys):
    assert re.findall(r"<tr>\s*<td><code>([^<]+)</code>", read(f"reference/study/{page}.html")) == list(keys)


def cells_of(page):
    """The text of every cell, line by line, of all tables of a page."""
    lines = [re.findall(r"<td[^>]*>(.*?)</td>", line, re.S) for line in re.findall(r"<tr>(.*?)</tr>", page, re.S)]
    return [[html.unescape(re.sub(r"<[^>]+>", "", cell)).strip() for cell in line] for line in lines if line]


@pytest.fixture(scope="module")
def raw(tmp_path_factory):
    """Return a function that gives a page of the site as it stands in its file."""
    site = built(tmp_path_factory)
    return lambda path: (site / path).read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ["index", "claims", *TABLES])
def test_what_is_said_of_a_key_stands_whole(raw, page):
    """Braces at the end of a cell are attributes to Markdown, bars and stars markup: none may be lost."""
    keys = {"index": STUDY, "claims": CLAIM}.get(page)
    wanted = list(keys.items()) if keys else [pair for each in TABLES[page].values() for pair in each.items()]
    lines = [line for line in cells_of(raw(f"reference/study/{page}.html")) if len(line) > 3]
    for line, (name, key) in zip(lines, wanted, strict=True):
        assert line[:3] == [name, " ".join(key.meaning.split()), " ".join(accepted(key.check).split())]
        assert line[3], name
        if key.default is MISSING:
            filled = (page == "population" and name == "columns") or "fill" in key.meaning
            assert (line[3] == "needed") != filled, name
        if isinstance(key.default, dict):
            assert line[3][0] + line[3][-1] == "{}", line[3]


@pytest.mark.parametrize(("page", "columns"), [("index", 4), ("claims", 4), ("workflow", 5), ("population", 5)])
def test_only_keys_of_tables_can_have_several_values(raw, page, columns):
    keys = {"index": STUDY, "claims": CLAIM}.get(page) or {key for each in TABLES[page].values() for key in each}
    lines = [line for line in cells_of(raw(f"reference/study/{page}.html")) if line[0] in keys]
    assert {len(line) for line in lines} == {columns}


@pytest.mark.parametrize("name", ["seed", "replicates", "generations", "schema", "question"])
def test_a_list_before_the_first_table_is_refused(name):
    with pytest.raises(genloss.Problem, match=name):
        genloss.Study.from_dict({"generations": 2, **SIMPLE, name: [1, 2]})


def making(name):
    """A module by which the site is made."""
    if MAKING not in sys.path:
        sys.path.insert(0, MAKING)
    return __import__(name)


def said(table, key):
    return making("defaults").FOLLOWS[table, key]


def test_what_is_used_where_nothing_is_given():
    """Each word of the page against a study: the same study with the value written out is the same study."""
    plain = genloss.Study.from_dict(
        {"generations": 2, **SIMPLE, "predictor": {"kind": "ridge", "penalty": 0.1, "rows": 9}}
    )
    assert "excess_risk (regression" in said("study", "metrics")
    assert plain.resolved["metrics"] == ["excess_risk"]
    assert said("study", "report") == "all generations, from 0 to the last"
    assert plain.resolved["report"] == [0, 1, 2]
    assert said("generator", "noise") == said("predictor", "noise") == "the noise of the population"
    assert plain.resolved["generator"]["noise"] == plain.resolved["predictor"]["noise"] == 0.5
    assert said("population", "held_out") == "a quarter of the rows"


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("accumulate", "synthetic_rows"),
        ("fixed_real", "synthetic_rows"),
        ("fresh_real", "synthetic_rows"),
        ("golden", "synthetic_rows"),
        ("accumulate_subsample", "take"),
    ],
)
def test_a_workflow_takes_as_many_rows_as_its_page_says(kind, key):
    assert said("workflow", key) == "the same as rows"
    short = {"kind": kind, "rows": 20}
    assert long_form(short) == long_form({**short, key: 20}) != long_form({**short, key: 7})


@pytest.mark.parametrize("form", [fixed_real, fresh_real])
def test_real_rows_weigh_what_the_page_says(form):
    assert said("workflow", "real_weight") == "the share of real rows among all that are trained on"
    assert weights(form(20, 30)) == pytest.approx(weights(form(20, 30, 20 / 50)))
    assert weights(form(20, 30)) != pytest.approx(weights(form(20, 30, 0.5)))


def weights(long):
    """Shares of the loss of the batches of the first refit."""
    schedule = long.compile(1)
    rows = np.array([[float(batch.rows)] for batch in schedule.batches])
    return np.concatenate([share for _, share in shares_of_columns(schedule.train[1], rows)])


def test_examples_of_measures_are_what_measures_give(read):
    """The numbers of the examples, measured."""
    penalties, risks = [0.01, 0.1, 1.0], [4.0, 2.0, 3.0]
    series = {
        "value": ([0.1], [2]),
        "valley": ([0, 1, 2], [4, 1, 2]),
        "slope": ([0, 1, 2], [1, 3, 5]),
        "exponent": ([100, 200, 400], [1, 4, 16]),
        "bend": (range(5), [0, 1, 2, 5, 8]),
    }
    wanted = {
        "value": 2, "smallest": 2, "largest": 4, "argmin": 0.1, "argmax": 0.01, "valley": 1.25, "slope": 2,
        "exponent": 2, "bend": 3, "regret": 1.5,
    }  # fmt: skip
    assert set(wanted) == set(MEASURES)
    there = exact(penalties, [6, 5, 1])
    page = read("reference/study/claims.html")
    for name, number in wanted.items():
        found = measured(name, exact(*series.get(name, (penalties, risks))), there if name == "regret" else None)
        assert found.value == pytest.approx(number)
        assert f"{number:g}" in making("measures").EXAMPLES[name]
        assert making("measures").EXAMPLES[name] in page


def exact(x, values):
    """A series without errors."""
    none = np.zeros(len(values))
    return Series(np.array(x, float), np.array(values, float), none, none)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_has_its_line(read, name):
    command = commands.get_command(None, name)
    wanted = {each for option in command.params if option.param_type_name == "option" for each in option.opts}
    said = set(re.findall(r"<code>(--?[\w-]+)</code>", read(f"reference/commands/{name}.html")))
    assert wanted <= said


def test_formulas_are_drawn_and_not_printed(read):
    text = read("reference/python") + read("theory")
    assert text.count("<math") > 50
    assert not re.findall(r"\.\. math::.*|^\$\$.*", text, re.M)
    drawn = re.findall(r"<math.*?</math>", text, re.S)
    assert not [formula for formula in drawn if "\\" in formula]  # a command that the converter does not know
