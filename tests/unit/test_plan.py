"""What does `genloss plan` print, and what does it refuse?"""

import json

import numpy as np
import pytest
import tomli_w
from helpers import tiny

from genloss import Problem, Study, advise, predict
from genloss.advise.penalties.of_study import plans
from genloss.cli.main import run_command
from genloss.workflows import accumulate

POPULATION = {"spectrum": {"power_law": 1.0}}
GENERATOR = {"kind": "ridge", "penalty": 0.1}


def planned(tmp_path, **changes):
    study = tiny(**({"predictor": None, "population": POPULATION, "generator": GENERATOR} | changes))
    study["workflow"] = changes.get("workflow", {"kind": "accumulate", "rows": 12})
    path = tmp_path / "study.toml"
    path.write_text(tomli_w.dumps(study))
    return path


def test_a_table_a_picture_and_penalties_to_paste(tmp_path, capsys):
    path, picture = planned(tmp_path), tmp_path / "plan.png"
    assert run_command(["plan", str(path), "--goal", "sum", "--picture", str(picture), "--quiet"]) == 0
    said = capsys.readouterr().out
    for text in ("recommended", "cross-validated", "fixed at clean", "saved", "by_generation"):
        assert text in said
    assert picture.read_bytes().startswith(b"\x89PNG")


def test_json_says_what_the_function_says_and_the_study_can_run_it(tmp_path, capsys):
    path = planned(tmp_path)
    assert run_command(["plan", str(path), "--json", "-"]) == 0
    (plan,) = json.loads(capsys.readouterr().out)["plans"]
    spectrum, truth = np.arange(1, 7.0) ** -1, np.full(6, 6**-0.5)
    best = advise.penalty_schedule(spectrum, truth, accumulate(12), noise=0.5, generations=2)
    assert plan["penalties"] == pytest.approx(best.penalties.tolist(), rel=1e-4)
    assert plan["saving"] == pytest.approx(best.saving, abs=1e-8)
    given = GENERATOR | {"penalty": {"by_generation": plan["penalties"]}}
    rows = predict(Study.load(planned(tmp_path, generator=given))).rows
    assert [row.value for row in rows] == pytest.approx(plan["risk"], rel=1e-9)


def test_penalties_of_the_study_make_no_plan_of_their_own(tmp_path, capsys):
    path = planned(
        tmp_path,
        generator={"kind": "ridge", "penalty": [0.1, 0.2]},
        workflow={"kind": "accumulate", "rows": {"each": [12, 24]}},
    )
    assert run_command(["plan", str(path), "--json", "-"]) == 0
    assert [plan["title"] for plan in json.loads(capsys.readouterr().out)["plans"]] == ["T0 = 12", "T0 = 24"]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"predictor": {}}, "predictor"),
        ({"generator": {"kind": "least_squares"}}, "generator.kind"),
        ({"workflow": {"kind": "accumulate", "rows": {"each": list(range(10, 20))}}}, "study"),
    ],
)
def test_what_cannot_be_planned_is_said(tmp_path, capsys, changes, where):
    path = planned(tmp_path, **changes)
    if where == "generator.kind":
        path.write_text(path.read_text().replace("penalty = 0.1\n", ""))
    assert run_command(["plan", str(path)]) == 2
    assert f"error: {where}:" in capsys.readouterr().err


def test_a_picture_needs_a_format(tmp_path, capsys):
    assert run_command(["plan", str(planned(tmp_path)), "--picture", str(tmp_path / "plan.gif")]) == 2
    assert ".png or .svg" in capsys.readouterr().err


def test_replicates_say_until_when_the_cross_validated_line_will_do(tmp_path, capsys):
    path = planned(tmp_path)
    assert run_command(["plan", str(path), "--quiet", "--replicates", "20", "--json", "-"]) == 0
    choice = json.loads(capsys.readouterr().out)["plans"][0]["cross_validation"]
    assert choice["replicates"] == 20
    assert len(choice["risk"]) == len(choice["predicted"]) == len(choice["standard_error"])
    assert run_command(["plan", str(path), "--quiet", "--replicates", "20"]) == 0
    assert "20 drawn data sets that choose their own penalties" in capsys.readouterr().out


def test_what_is_no_regression_has_no_penalties_to_plan():
    study = Study.from_dict(
        {
            "generations": 2,
            "population": {"kind": "poisson", "mean": 3.0},
            "workflow": {"kind": "replace", "rows": 20},
        }
    )
    with pytest.raises(Problem, match="poisson has no penalties to plan"):
        plans(study)
