"""Do claims get the verdict that their rows were built for, and are claims that cannot be checked refused?"""

import json
import re
from dataclasses import replace

import pytest
import tomli_w
from helpers import built, tiny

import genloss
from genloss import Problem, Study
from genloss.cli.main import run_command
from genloss.results.cells import Store
from genloss.study.claims.verdicts import judge
from genloss.study.page.claims import said, why

pytestmark = pytest.mark.usefixtures("without_pictures")

GROWS = {"text": "It grows.", "measure": "slope", "along": "generation", "expect": {"at_least": 0.0}}
RISE = {"text": "It is a line.", "measure": "slope", "along": "generation", "where": {"rows": 20, "penalty": 1.0}}


def study_of(*claims, **changes):
    return Study.from_dict(tiny(claim=list(claims), **changes))


def test_all_checks_hold_or_fail_or_some_do():
    study = study_of(GROWS)
    up = built(study, lambda row: 1.0 + row.generation, error=0.01)
    down = built(study, lambda row: 9.0 - row.generation, error=0.01)
    mixed = built(study, lambda row: 9.0 + row.generation * (1 if row.axes["predictor.penalty"] == 1.0 else -1))
    wide = built(study, lambda row: 1.0 + row.generation, error=1.0)
    words = [judge(study, rows)[0].word for rows in (up, down, mixed, wide, [])]
    assert words == ["reproduced", "not reproduced", "partly reproduced", "undecided", "undecided"]


@pytest.mark.parametrize(
    ("expect", "word"),
    [
        ({"near": 1.0, "within": 0.04}, "reproduced"),
        ({"near": 1.2, "within": 0.1}, "not reproduced"),
        ({"near": 1.04, "within": 0.04}, "undecided"),
        ({"at_most": 1.1}, "reproduced"),
        ({"at_most": 0.9}, "not reproduced"),
        ({"at_least": 0.96, "at_most": 1.04}, "reproduced"),
        ({"at_least": 1.0}, "undecided"),
    ],
)
def test_bounds_are_kept_by_the_whole_interval(expect, word):
    # slope of 1, 2, 3 with errors of .01: 1 ± .01 / sqrt 2, times 4.5 is .032
    study = study_of(RISE | {"expect": expect})
    assert judge(study, built(study, lambda row: 1.0 + row.generation, error=0.01))[0].word == word


def test_simulation_decides_and_theory_where_it_is_alone():
    study = study_of(RISE | {"expect": {"near": 1.0, "within": 0.05}})
    theory = built(study, lambda row: 1.0 + row.generation, methods=("theory",))
    simulation = built(study, lambda row: 1.0 + 2 * row.generation, methods=("simulation",))
    alone, both = judge(study, theory)[0], judge(study, [*theory, *simulation])[0]
    assert (alone.word, alone.by_theory_alone) == ("reproduced", True)
    assert "judged by theory alone" in why(alone)
    assert (both.word, both.by_theory_alone) == ("not reproduced", False)
    assert why(both) == "fails: 2 (theory 1)"


def test_a_claim_is_checked_at_every_place_but_the_one_it_is_compared_with():
    claim = {"text": "More.", "measure": "value", "versus": {"generation": 0}, "expect": {"at_least": 1.5}}
    study = study_of(claim)
    verdict = judge(study, built(study, lambda row: 1.0 + row.generation))[0]
    assert len(verdict.readings) == 2 * 4
    assert sorted({r.number.value for r in verdict.readings}) == [2.0, 3.0]
    assert {r.check.generation for r in verdict.readings} == {1, 2}


def test_claims_read_along_an_axis_within_a_range_and_across_cases():
    cases = [{"name": "one"}, {"name": "two", "workflow": {"rows": 40}}]
    halved = {"text": "Half.", "measure": "value", "case": "two", "versus": {"case": "one"}}
    falls = {"text": "Falls.", "measure": "exponent", "along": "rows", "from": 5, "to": 20, "generation": 0}
    study = study_of(
        halved | {"expect": {"near": 0.5, "within": 0.01}}, falls | {"expect": {"near": -1, "within": 0.01}}, case=cases
    )
    rows = built(study, lambda row: (0.5 if row.case == "two" else 1.0) / row.axes["predictor.rows"])
    verdicts = judge(study, rows)
    assert [verdict.word for verdict in verdicts] == ["reproduced", "reproduced"]
    assert [len(verdict.readings) for verdict in verdicts] == [4 * 3, 2 * 2]


def test_a_median_is_read_from_quantiles_and_theory_has_none():
    claim = RISE | {"statistic": "median", "expect": {"near": 2.0, "within": 0.1}}
    study = study_of(claim)
    rows = [
        replace(row, quantiles={"0.25": row.value, "0.5": 2 * row.value, "0.75": 2 * row.value + 1.0}, replicates=10**6)
        for row in built(study, lambda row: 1.0 + row.generation, methods=("simulation",))
    ]
    verdict = judge(study, [*rows, *built(study, lambda _: 1.0, methods=("theory",))])[0]
    assert verdict.word == "reproduced"
    assert verdict.readings[0].theory is None
    # quartiles 2 and 4 apart at the ends, over sqrt R = 1000, times 1/2 each
    assert verdict.readings[0].number.standard_error == pytest.approx((2**2 + 4**2) ** 0.5 / 2000)
    assert judge(study, [replace(row, quantiles={}) for row in rows])[0].word == "undecided"


def test_why_names_the_worst_places_and_counts_the_rest():
    study = study_of(GROWS)
    rows = built(study, lambda row: 9.0 - row.generation * row.axes["predictor.penalty"])
    assert said(judge(study, rows)) == [
        "not reproduced: It grows. (expected ≥ 0; fails in 4 of 4 checks: -1 (theory -1) at T = 5, λ = 1, "
        "-1 (theory -1) at T = 20, λ = 1, -0.1 (theory -0.1) at T = 5, λ = 0.1, and 1 more) "
        "A true value below 0 would have been refused in 95 % of runs."
    ]


def test_a_claim_changes_no_id_and_recomputes_nothing(tmp_path, monkeypatch):
    plain, claimed = Study.from_dict(tiny()), study_of(GROWS)
    assert plain.id == claimed.id
    assert [cell.id for cell in plain.cells()] == [cell.id for cell in claimed.cells()]
    genloss.run(plain, out=tmp_path)
    assert "<h2>Claims</h2>" not in (tmp_path / "index.html").read_text()
    monkeypatch.setattr(Store, "write", lambda *_: pytest.fail("a stored cell was computed again"))
    first = (tmp_path / "rows.csv").read_bytes()
    genloss.run(claimed, out=tmp_path)
    assert (tmp_path / "rows.csv").read_bytes() == first
    assert "It grows." in (tmp_path / "index.html").read_text()


def test_runs_that_differ_in_claims_pool():
    one, other = (genloss.simulate(Study.from_dict(tiny(seed=seed, **more))) for seed, more in
                  ((1, {}), (2, {"claim": [GROWS]})))  # fmt: skip
    assert (one + other).rows[0].replicates == 24


def test_resolved_claims_resolve_to_themselves():
    study = study_of(GROWS, RISE | {"expect": {"near": 1.0, "within": 0.1}})
    assert Study.from_dict(study.resolved).resolved == study.resolved
    assert study.with_seed(9).resolved["claim"] == study.resolved["claim"]


def test_verdicts_are_printed_and_in_json(tmp_path, capsys):
    path = tmp_path / "study.toml"
    path.write_text(tomli_w.dumps(tiny(claim=[GROWS | {"source": "A. Author, section 1"}])))
    assert run_command(["run", str(path), "--out", str(tmp_path / "out"), "--json", str(tmp_path / "x.json")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split(":")[0] in ("reproduced", "undecided", "partly reproduced")
    claim = json.loads((tmp_path / "x.json").read_text())["claims"][0]
    assert claim["verdict"] == lines[0].split(":")[0]
    assert {check["outcome"] for check in claim["checks"]} <= {"holds", "fails", "undecided"}
    assert claim["must_refuse"] == []
    assert claim["would_have_refused"]["probability"] == 0.95
    assert claim["would_have_refused"]["above"] is None
    assert claim["would_have_refused"]["below"] < 0.0
    assert claim["power"] in lines[0]
    assert genloss.Result.load(tmp_path / "x.json").rows
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.index("<svg") < page.index("<h2>Claims</h2>")  # the figure first
    assert "A. Author, section 1" in page
    assert claim["power"] in page
    assert run_command(["predict", str(path)]) == 0
    assert "judged by theory alone" in capsys.readouterr().out


def written(claims, **changes):
    """A study file with its claims under headers of their own, their tables under [claim.NAME]."""
    return tomli_w.dumps(tiny(**changes)) + "".join(
        "\n[[claim]]\n" + re.sub(r"^\[", "[claim.", tomli_w.dumps(claim), flags=re.MULTILINE) for claim in claims
    )


CLAIM = {"text": "x", "measure": "value", "expect": {"at_least": 1}}
WRONG = {
    "claim 1.mesure: unknown key": {"mesure": "value"},
    "claim 1.text: missing": {"text": None},
    "did you mean slope?": {"measure": "slop"},
    "'ridge' is not a case": {"case": "ridge"},
    "generation 7 is not reported": {"generation": 7},
    "claim 1.along: missing": {"measure": "slope"},
    "'penaltty' is not an axis of the grid": {"measure": "slope", "along": "penaltty"},
    "0 values along predictor.rows": {"measure": "slope", "along": "rows", "from": 100},
    "value is the value, along no axis": {"along": "rows"},
    "predictor.penalty = 0.3 is not on the axis": {"where": {"penalty": 0.3}},
    "the nearest value there is 0.1": {"where": {"penalty": 0.3}},
    "2 places to compare": {"versus": {"case": "two"}, "case": "one"},
    "generation 9 is not reported": {"versus": {"generation": 9}},
    "a generation is chosen": {"measure": "slope", "along": "generation", "generation": 1},
    "claim 1.versus: missing": {"measure": "regret", "along": "penalty"},
    "'parameter_error' is not measured": {"metric": "parameter_error"},
    "is not a table with near and within": {"expect": {"near": 1}},
    "within: 0 is not above 0": {"expect": {"near": 1, "within": 0}},
    "at_least is above at_most": {"expect": {"at_least": 2, "at_most": 1}},
    "at_most: 'x' is not a number": {"expect": {"at_most": "x"}},
    "is not one of mean, median": {"statistic": "mode"},
    "predictor.kernel": {"where": {"predictor.kernel": "rbf"}},
    "did you mean nearest_wrong?": {"nearest_wrongs": 0.5},
    "claim 1.nearest_wrong: 'half' is not a number": {"nearest_wrong": "half"},
    "claim 1.nearest_wrong: the claim accepts 2, which it calls wrong: it holds from 1 on": {"nearest_wrong": [0.5, 2]},
    "mend: give a number below 1, or drop it": {"nearest_wrong": 1},
    "mend: give a number below 1 or above 2": {"nearest_wrong": 1.5, "expect": {"at_least": 1, "at_most": 2}},
    "give a within well below 0.355": {"nearest_wrong": 2, "expect": {"near": 1.645, "within": 0.4}},
    "1.645, which it calls wrong": {"nearest_wrong": 1.645, "expect": {"near": 1.645, "within": 0.4}},
}


@pytest.mark.parametrize("words", WRONG)
def test_claims_that_cannot_be_checked_are_refused_by_name(words, tmp_path):
    cases = [{"name": "one"}, {"name": "two", "predictor": {"rows": 9, "penalty": [0.1, 1.0, 2.0]}}]
    claim = {key: value for key, value in (CLAIM | WRONG[words]).items() if value is not None}
    if words.startswith("2 places"):
        cases = [{"name": "one", "predictor": {"rows": 9, "penalty": 0.1}}, cases[1]]
        cases[1]["predictor"]["penalty"] = [0.2, 1.0]
    path = tmp_path / "study.toml"
    path.write_text(written([claim], case=cases))
    with pytest.raises(Problem) as caught:
        Study.load(path)
    assert words in str(caught.value)
    assert "study.toml, line " in str(caught.value)


def test_a_problem_names_the_line_of_its_own_claim(tmp_path):
    path = tmp_path / "study.toml"
    text = written([CLAIM, CLAIM | {"case": "none"}])
    path.write_text(text)
    with pytest.raises(Problem) as caught:
        Study.load(path)
    line = next(number for number, said in enumerate(text.splitlines(), start=1) if said.startswith("case ="))
    assert f"line {line}: claim 2.case" in caught.value.where
