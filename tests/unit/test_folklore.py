"""Is each number that circulates right in one setting and wrong in another, and does the page say what is computed?"""

import json
import shlex
from importlib import import_module
from pathlib import Path

import click
import pytest

from genloss import Problem, Study, advise
from genloss.advise.sayings.entries import FOLKLORE, STUDIES, entry_of, study_file
from genloss.advise.sayings.verdicts import saying_of, study_of
from genloss.cli.commands import COMMANDS
from genloss.cli.main import run_command
from genloss.report import as_markdown
from genloss.streams import stream

pytestmark = pytest.mark.usefixtures("without_pictures")

PAGE = Path(__file__).parents[2] / "docs" / "folklore.md"
LINE = "<!-- computed: genloss folklore --out FILE.md writes what follows -->\n\n"


@pytest.fixture(scope="module")
def found():
    return advise.folklore()


def test_every_number_has_a_study_and_every_study_a_number():
    assert {path.stem for path in STUDIES.glob("*.toml")} == set(FOLKLORE)


@pytest.mark.parametrize("name", FOLKLORE)
def test_a_number_is_right_here_and_wrong_there(name, found):
    saying = next(each for each in found.sayings if each.name == name)
    assert saying.verdict == "right here, wrong there"
    assert [each.verdict for each in saying.beside] == ["right"] * len(saying.beside)
    assert saying.beside
    assert saying.as_expected


@pytest.mark.parametrize("name", FOLKLORE)
def test_the_same_is_told_in_both_settings(name):
    first, second, *more = (claim for claim, _ in study_of(name).claims)
    assert (first.cases, second.cases) == (("right",), ("wrong",))
    for told in ("text", "metric", "measure", "along", "versus", "where", "expect", "nearest_wrong", "generations"):
        assert getattr(first, told) == getattr(second, told), told
    assert all(claim.text != first.text for claim in more)


PLANTED = {
    "golden-weight": {"near": 0.5, "within": 0.025},
    "half-and-half": {"at_most": 0.6},
    "thirty-percent-synthetic": {"at_most": 1.05},
    "tenth-real": {"at_most": 1.4},
    "one-in-a-thousand": {"at_least": 60.0},
    "pi-squared-over-six": {"at_most": 1.5},
    "accumulation-is-safe": {"at_most": 1.03},
    "replace-collapses": {"at_least": 2.0},
    "every-synthetic-row-hurts": {"at_least": 1.6},
    "variance-vanishes": {"at_most": 0.3},
    "more-rows-wash-it-out": {"near": -0.5, "within": 0.1},
    "tuned-once": {"at_most": 0.99},
}
"""For each number one that is wrong in the first setting as well."""


def planted(name, expect):
    """The study of a number with another number told in it."""
    told = study_of(name).resolved
    first, second, *more = told["claim"]
    other = [{k: v for k, v in claim.items() if k != "nearest_wrong"} | {"expect": expect} for claim in (first, second)]
    return Study.from_dict({**told, "claim": [*other, *more]})


@pytest.mark.parametrize("name", FOLKLORE)
def test_a_planted_number_is_wrong(name):
    saying = saying_of(name, entry_of(name), planted(name, PLANTED[name]))
    assert saying.right.verdict == "wrong"
    assert not saying.as_expected


def test_what_cannot_be_told_is_undecided():
    saying = saying_of("tuned-once", entry_of("tuned-once"), planted("tuned-once", {"at_most": 1.01}))
    assert saying.verdict == "undecided here, wrong there"
    assert not saying.as_expected


def test_what_stands_beside_must_hold_too():
    told = study_of("half-and-half").resolved
    other = {"expect": {"near": 1.5, "within": 0.06}, "nearest_wrong": 1.0}
    study = Study.from_dict({**told, "claim": [*told["claim"][:2], told["claim"][2] | other]})
    saying = saying_of("half-and-half", entry_of("half-and-half"), study)
    assert saying.verdict == "right here, wrong there"
    assert [each.verdict for each in saying.beside] == ["wrong"]
    assert not saying.as_expected


def test_simulation_decides_where_it_is_asked_for():
    few = Study.from_dict({**study_of("half-and-half").resolved, "replicates": 300})
    saying = saying_of("half-and-half", entry_of("half-and-half"), few, simulated=True)
    assert saying.verdict == "right here, wrong there"
    assert saying.wrong.status == "simulation"
    assert saying.wrong.standard_error > 0
    assert abs(saying.wrong.value - 4 / 3) < 4.5 * saying.wrong.standard_error + 0.001
    assert "; theory 1.333" in saying.wrong.measured


def test_the_page_says_what_is_computed(found, request):
    head, line, said = PAGE.read_text(encoding="utf-8").partition(LINE)
    assert line
    computed = as_markdown(found.page())
    if request.config.getoption("--update-golden"):
        PAGE.write_text(head + line + computed, encoding="utf-8")
    elif said != computed:
        pytest.fail("docs/folklore.md does not say what is computed: pytest --update-golden writes it anew")


def test_the_list_has_every_number_and_the_answer_is_kept(found, tmp_path, capsys):
    assert run_command(["folklore", "--quiet"]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    assert all(name in said.out for name in FOLKLORE)
    assert said.out.splitlines()[-1] == found.summary().splitlines()[0]
    assert advise.Folklore.load(found.save(tmp_path / "a.json")) == found


def test_one_number_is_said_in_full_with_the_command_that_runs_it(capsys):
    assert run_command(["folklore", "tenth-real"]) == 0
    said = capsys.readouterr()
    entry = entry_of("tenth-real")
    assert entry.right in said.out
    assert entry.wrong in said.out
    run = said.err.splitlines()[-1].removeprefix("Run it: genloss run ")
    assert Path(run).resolve() == study_file("tenth-real").resolve()


ASKED = [name for name, entry in FOLKLORE.items() if entry.ask]


@pytest.mark.parametrize("name", ASKED)
def test_the_command_for_own_rows_is_understood(name):
    program, command, *words = shlex.split(entry_of(name).ask)
    assert program == "genloss"
    module = import_module(f"genloss.cli.{COMMANDS[command].module}")
    getattr(module, command).make_context(command, words)
    with pytest.raises(click.UsageError):
        getattr(module, command).make_context(command, [*words, "--no-such-option"])


def test_the_command_for_own_rows_answers(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    rng = stream(95, "folklore")
    rows = "".join(f"{a},{a + b}\n" for a, b in rng.standard_normal((60, 2)).tolist())
    (tmp_path / "data.csv").write_text(f"x,y\n{rows}")
    words = [*shlex.split(entry_of("golden-weight").ask)[1:], "--generations", "1", "--replicates", "50", "--quiet"]
    assert run_command(words) in (0, 1)
    assert "weight of the real rows" in capsys.readouterr().out


def test_a_number_that_comes_out_otherwise_ends_with_1(monkeypatch, capsys):
    monkeypatch.setattr("genloss.advise.sayings.answer.study_of", lambda name: planted(name, {"at_most": 0.6}))
    assert run_command(["folklore", "half-and-half", "--json", "-"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["as_expected"] is False
    assert told["sayings"][0]["right"]["verdict"] == "wrong"
    assert run_command(["folklore", "half-and-half", "--quiet"]) == 1
    assert "is not as expected" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("name", "mend"), [("golden-wieght", "did you mean golden-weight?"), ("zzz", "known here: golden-weight, half")]
)
def test_a_bad_name_is_answered_with_the_nearest(name, mend, capsys):
    assert run_command(["folklore", name]) == 2
    assert mend in capsys.readouterr().err
    with pytest.raises(Problem, match="is not in the list of rules"):
        advise.folklore(name)


@pytest.mark.parametrize("name", [3, ["half-and-half"], b"half-and-half", "", "x" * 100_000])
def test_what_is_no_name_is_refused(name):
    with pytest.raises(Problem, match="is not in the list of rules"):
        advise.folklore(name)
