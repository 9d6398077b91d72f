"""Does the page of a study say what the numbers say, and no more?"""

from dataclasses import replace

import pytest
from helpers import tiny

import genloss
from genloss import Study
from genloss.report import Panel, draw
from genloss.study import page
from genloss.study.agreement import compare


def result_of(**changes):
    study = Study.from_dict(tiny(**changes))
    return study, genloss.predict(study).merged(genloss.simulate(study))


def test_other_axes_get_panels_of_their_own():
    study, result = result_of(population={"dim": [4, 8]})
    panels = {name: shown for name, _, _, shown in page.figure_panels(study, result)}["against-generations"]
    assert [panel.title for panel in panels] == [
        f"T = {rows}, λ = {penalty}" for rows in (5, 20) for penalty in (0.1, 1)
    ]
    for panel in panels:
        for curve in panel.curves:
            assert len(curve.line_x) == len(set(curve.line_x)) == 3


def test_hidden_panels_are_counted():
    judged = {"rows": [5, 9, 20, 30], "penalty": [0.1, 1.0, 2.0]}
    study, result = result_of(population={"dim": [2, 3, 4]}, predictor=judged)
    captions = [caption for _, _, caption, _ in page.figure_panels(study, result)]
    assert all("8 of 9 panels are shown; all values are in rows.csv." in caption for caption in captions)


def test_the_control_is_one_generation_off_or_none():
    _, result = result_of(generations=6, report=[0, 1, 4, 6])
    for pair in compare(result.rows):
        if pair.theory.generation in (0, 1):
            assert abs(pair.control.generation - pair.theory.generation) == 1
        else:
            assert pair.control is None


@pytest.mark.parametrize(
    "changes", [{"population": {"noise": 0.0, "signal": {"norm": 0.0}}}, {"metrics": ["parameter_error"]}]
)
def test_a_page_without_risk_or_theory_is_written(changes, tmp_path):
    genloss.run(Study.from_dict(tiny(**changes)), out=tmp_path)
    assert (tmp_path / "index.html").stat().st_size > 1000


def test_a_users_text_is_not_read_as_mathematics(tmp_path):
    name = "cost $x^$ and $\\frac$"
    genloss.run(Study.from_dict(tiny(case=[{"name": name}], question="$ or \\?")), out=tmp_path)
    assert "cost $x^$ and" in (tmp_path / "index.html").read_text()
    assert draw([Panel("$", "$$", "$x", ())], columns=1)["png"]


def test_large_misses_are_told_first():
    study, result = result_of()
    wrong = [row if row.method == "simulation" else replace(row, value=2 * row.value) for row in result.rows]
    said = page.answers(study, genloss.Result(result.study, tuple(wrong)), compare(wrong))
    assert "optimistic" in said[-1] or "pessimistic" in said[-1]
    assert "theory is off by more than 4.5 standard errors" in said[-1]
