"""Do sizes follow from the predictor's rows as they are told to, and is what asks for theory alone left alone?"""

import pytest
from helpers import tiny

import genloss
from genloss import Problem, Study
from genloss.study.page.words import describe
from genloss.study.runner.status import status

pytestmark = pytest.mark.usefixtures("without_pictures")

GROWING = {
    "population": {"dim": {"rows_power": 0.5, "factor": 2.0}},
    "workflow": {"rows": {"rows_power": 1.5}},
    "predictor": {"rows": [4, 9, 100], "penalty": {"rows_power": -0.5, "factor": 3.0}},
}


def test_sizes_follow_from_the_rows_of_the_predictor():
    study = Study.from_dict(tiny(**GROWING))
    cells = list(study.cells())
    found = [(c.settings["population"]["dim"], c.settings["workflow"]["rows"]) for c in cells]
    assert found == [(4, 8), (6, 27), (20, 1000)]
    assert [cell.settings["predictor"]["penalty"] for cell in cells] == pytest.approx([1.5, 1.0, 0.3])
    assert Study.from_dict(study.resolved).id == study.id
    assert "2 T^0.5 Gaussian features" in " ".join(describe(study))


def test_a_rule_gives_the_numbers_of_the_sizes_written_out():
    ruled = genloss.predict(Study.from_dict(tiny(**GROWING))).rows
    plain = {"population": {"dim": 6}, "workflow": {"rows": 27}, "predictor": {"rows": 9, "penalty": 1.0}}
    written = genloss.predict(Study.from_dict(tiny(**plain))).rows
    assert [row.value for row in ruled if row.axes["predictor.rows"] == 9] == [row.value for row in written]
    assert {row.cell for row in written} < {row.cell for row in ruled}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {"predictor": None, "workflow": {"rows": {"rows_power": 1.0}}},
            "computed from predictor.rows, but the study has no",
        ),
        ({"population": {"dim": {"rows_power": 1.0, "factor": 1e9}}}, "is not between 1 and 100,000"),
        ({"population": {"dim": {"rows_power": 1.0, "times": 2}}}, "not a table with rows_power, and factor"),
        ({"workflow": {"rows": {"rows_power": "x"}}}, "is not a number"),
        ({"case": [{"name": "a", "simulate": "no"}]}, "is not true or false"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(changes, words):
    with pytest.raises(Problem, match=words):
        list(Study.from_dict(tiny(**changes)).cells())


def test_a_case_of_theory_alone_is_not_simulated(tmp_path):
    # 90,000 features are within what theory can do, and far from what a simulation can.
    large = {"name": "large", "simulate": False, "population": {"dim": 90_000}, "workflow": {"rows": 200_000}}
    study = Study.from_dict(tiny(case=[{"name": "small"}, large | {"predictor": {"penalty": 0.1}}]))
    result = genloss.run(study, out=tmp_path)
    methods = {(row.case, row.method) for row in result.rows}
    assert methods == {("small", "theory"), ("small", "simulation"), ("large", "theory")}
    assert status(tmp_path).missing == 0
    assert any("not simulated: theory alone" in line for line in describe(study))


def test_a_case_that_is_simulated_has_the_id_it_always_had():
    assert (
        Study.from_dict(tiny(case=[{"name": "a"}])).id
        == Study.from_dict(tiny(case=[{"name": "a", "simulate": True}])).id
    )
