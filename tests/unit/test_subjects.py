"""Studies that are not about regression: what they assume, what they refuse, what comes of them."""

import numpy as np
import pytest

import genloss
from genloss.errors import Problem
from genloss.study import Study

FAMILY = {"generations": 2, "replicates": 20, "population": {"kind": "poisson", "mean": 3.0}}
CATEGORIES = {"generations": 2, "replicates": 20, "population": {"kind": "zipf", "categories": 9}}
REPLACE = {"workflow": {"kind": "replace", "rows": 30}}


def text(folder, words=400):
    rng = np.random.default_rng(5)
    (folder / "my.txt").write_text(" ".join(f"w{chr(97 + i)}" for i in rng.integers(0, 20, words)))
    return {"generations": 2, "replicates": 4, "population": {"kind": "text", "file": "my.txt"}} | REPLACE


def test_generator_and_metric_need_not_be_given():
    study = Study.from_dict(FAMILY | REPLACE)
    assert study.resolved["generator"] == {"kind": "maximum_likelihood"}
    assert study.resolved["metrics"] == ["standardized_error"]
    assert Study.from_dict(CATEGORIES | REPLACE).resolved["metrics"] == ["heterozygosity"]
    assert Study.from_dict(study.resolved).id == study.id


@pytest.mark.parametrize(
    ("study", "said"),
    [
        (FAMILY | REPLACE | {"metrics": ["excess_risk"]}, "poisson has no excess_risk"),
        (FAMILY | REPLACE | {"generator": {"kind": "ridge", "penalty": 1.0}}, "ridge is not a model of poisson"),
        (FAMILY | REPLACE | {"predictor": {"kind": "least_squares", "rows": 5}}, "poisson has no inputs"),
        (FAMILY | REPLACE | {"population": {"kind": "poisson"}}, "population.mean: missing"),
        (CATEGORIES | REPLACE | {"metrics": ["perplexity"]}, "zipf has no perplexity"),
        (CATEGORIES | REPLACE | {"generator": {"kind": "counting", "temperature": 0.0}}, "temperature"),
        (CATEGORIES | REPLACE | {"generator": {"kind": "counting", "top_p": 1.5}}, "top_p"),
    ],
)
def test_what_does_not_go_together_is_refused_at_once(study, said):
    with pytest.raises(Problem, match=said):
        Study.from_dict(study)


@pytest.mark.parametrize(
    ("study", "said"),
    [
        (FAMILY | REPLACE | {"population": {"kind": "poisson", "mean": -1.0}}, "population.mean: .*not inside"),
        (FAMILY | REPLACE | {"population": {"kind": "bernoulli", "mean": 1.0}}, "between 0 and 1"),
        (FAMILY | REPLACE | {"population": {"kind": "beta", "concentrations": [1.0]}}, "2 concentrations"),
        (CATEGORIES | REPLACE | {"population": {"kind": "categories", "probabilities": [0.5, 0.4]}}, "add up to 0.9"),
    ],
)
def test_a_truth_outside_its_family_is_refused_when_it_is_read(study, said):
    with pytest.raises(Problem, match=said):
        Study.from_dict(study)


def test_a_truth_on_an_axis_is_refused_before_work():
    study = Study.from_dict(FAMILY | REPLACE | {"population": {"kind": "poisson", "mean": [1.0, -1.0]}})
    for ask in (genloss.predict, genloss.simulate):
        with pytest.raises(Problem, match="not inside the family"):
            ask(study)


def test_engines_are_chosen_and_named():
    sub = {"workflow": {"kind": "accumulate_subsample", "rows": 30}}
    several = {"population": {"kind": "gaussian", "mean": 0.0, "variance": 1.0}}
    engines = [
        {row.engine for row in genloss.simulate(Study.from_dict(s)).rows}
        for s in (FAMILY | REPLACE, FAMILY | sub, FAMILY | several | sub)
    ]
    assert engines == [{"sums"}, {"picks"}, {"rows"}]
    assert {row.engine for row in genloss.simulate(Study.from_dict(FAMILY | sub), engine="rows").rows} == {"rows"}
    with pytest.raises(Problem, match="picks cannot run this: it needs a family whose fit is the mean of its rows"):
        genloss.simulate(Study.from_dict(FAMILY | several | REPLACE), engine="picks")
    with pytest.raises(Problem, match="needs whole batches"):
        genloss.simulate(Study.from_dict(FAMILY | sub), engine="sums")
    with pytest.raises(Problem, match="is not an engine of families"):
        genloss.simulate(Study.from_dict(FAMILY | REPLACE), engine="wishart")
    with pytest.raises(Problem, match="runs no categories"):
        genloss.simulate(Study.from_dict(CATEGORIES | REPLACE), engine="rows")


@pytest.mark.parametrize("spec", [FAMILY | REPLACE, CATEGORIES | REPLACE])
def test_more_replicates_and_generations_change_no_number(spec):
    few = genloss.simulate(Study.from_dict(spec | {"replicates": 13}))
    many = genloss.simulate(Study.from_dict(spec | {"generations": 4, "report": [1, 4], "replicates": 13}))
    at = {row.generation: row.value for row in few.rows}
    assert at[1] == {row.generation: row.value for row in many.rows}[1]


def test_a_text_of_ones_own(tmp_path):
    study = Study.from_dict(text(tmp_path) | {"metrics": ["perplexity", "distinct"]}, folder=tmp_path)
    assert len(study.resolved["population"]["sha256"]) == 64
    result = genloss.predict(study)
    assert result.gaps == ("no theory for perplexity and distinct, because the law of real text is not known",)
    rows = genloss.simulate(study).rows
    assert all(row.value >= 1 for row in rows)
    first = next(row for row in rows if row.metric == "distinct" and row.generation == 0)
    assert first.standard_error == 0  # the real text is one


def test_a_text_that_will_not_do(tmp_path):
    short = text(tmp_path) | {"workflow": {"kind": "replace", "rows": 3000}}
    with pytest.raises(Problem, match="needs 3,000 real words"):
        genloss.simulate(Study.from_dict(short, folder=tmp_path))
    with pytest.raises(Problem, match="20 words"):
        Study.from_dict(text(tmp_path, 20), folder=tmp_path)
    with pytest.raises(Problem, match="no text that can be read"):
        Study.from_dict(FAMILY | REPLACE | {"population": {"kind": "text", "file": "none.txt"}}, folder=tmp_path)
    (tmp_path / "my.txt").write_bytes(b"\xff\xfe" * 500)
    with pytest.raises(Problem, match="no text that can be read"):
        Study.from_dict(FAMILY | REPLACE | {"population": {"kind": "text", "file": "my.txt"}}, folder=tmp_path)


def test_another_text_than_the_study_was_made_for(tmp_path):
    study = Study.from_dict(text(tmp_path), folder=tmp_path)
    (tmp_path / "my.txt").write_text("other words " * 200)
    with pytest.raises(Problem, match="the study was made for a text of SHA-256"):
        Study.from_dict(study.resolved, folder=tmp_path)


def test_a_page_of_cases_without_axes_has_one_panel(tmp_path):
    cases = [{"name": kind, "workflow": {"kind": kind, "rows": 30}} for kind in ("replace", "accumulate")]
    genloss.run(Study.from_dict(FAMILY | {"case": cases}), out=tmp_path / "out")
    page = (tmp_path / "out" / "index.html").read_text()
    assert "Standardized error against the generation" in page
    assert "rows of the poisson family" in page
