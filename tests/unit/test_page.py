"""Does the page of a study say what the numbers say, and no more?"""

import re
from dataclasses import replace

import pytest
from helpers import tiny

import genloss
from genloss import Study
from genloss.report import Curve, Panel, draw
from genloss.report.figure import draw_panel, wrapped
from genloss.results.agreement import compare
from genloss.results.plotting import panel_of
from genloss.study.page.answers import answers
from genloss.study.page.notes import notes
from genloss.study.page.panels import figure_panels, marks
from genloss.study.page.tables import agreement_table


def result_of(**changes):
    study = Study.from_dict(tiny(**changes))
    return study, genloss.predict(study).merged(genloss.simulate(study))


def test_other_axes_get_panels_of_their_own():
    study, result = result_of(population={"dim": [4, 8]})
    panels = {name: shown for name, _, _, shown in figure_panels(study, result)}["against-generations"]
    assert [panel.title for panel in panels] == [
        f"T = {rows}, λ = {penalty}" for rows in (5, 20) for penalty in (0.1, 1)
    ]
    for panel in panels:
        for curve in panel.curves:
            assert len(curve.line_x) == len(set(curve.line_x)) == 3


def test_hidden_panels_are_counted():
    judged = {"rows": [5, 9, 20, 30], "penalty": [0.1, 1.0, 2.0]}
    study, result = result_of(population={"dim": [2, 3, 4]}, predictor=judged)
    captions = [caption for _, _, caption, _ in figure_panels(study, result)]
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


def moved(result, factor):
    """The result with theory times a factor of the row."""
    rows = [row if row.method == "simulation" else replace(row, value=factor(row) * row.value) for row in result.rows]
    return genloss.Result(result.study, tuple(rows))


def counts(sentence):
    """All whole numbers behind "in" of a sentence on agreement: the places compared, then each part."""
    return [int(number) for number in re.findall(r"\bin (\d+)\b", sentence)]


def test_every_comparison_is_counted_once_and_disagreement_is_named():
    study, result = result_of()
    worse = moved(result, lambda row: 0.01 if row.generation else 100.0)
    *_, said, named = answers(study, worse, compare(worse.rows))
    whole, *parts = counts(said)
    assert whole == sum(parts) == len(compare(worse.rows))
    assert "agree" not in said.replace("disagree", "")
    assert named.startswith("They disagree at excess risk, generation ")
    assert "% above theory)" in named
    assert f"and {parts[-1] - 3} more, each by less." in named
    one = moved(result, lambda row: 100.0 if row.generation == 0 and row.axes["predictor.rows"] == 5 else 1.0)
    *_, said, named = answers(study, one, compare(one.rows))
    assert sum(counts(said)[1:]) == counts(said)[0]
    assert "99 % below theory" in named
    said = answers(study, result, compare(result.rows))[-1]
    assert said.startswith("Theory and simulation were compared in 12 places and agree in all: no difference")


def test_what_agrees_only_by_its_allowance_is_counted():
    study, result = result_of()
    rows = [replace(row, allowance=1e3 * row.value) if row.method == "theory" else row for row in result.rows]
    generous = moved(genloss.Result(result.study, tuple(rows)), lambda _: 100.0)
    said = answers(study, generous, compare(generous.rows))[-1]
    assert "in 12 by more, but not by more than that and the error for finite size together" in said
    assert "(1000 % of theory; the largest difference is 99 %)" in said
    assert "disagree" not in said


def test_cases_stand_in_one_sentence_and_then_alone():
    study, result = result_of(case=[{"name": "good"}, {"name": "bad"}])
    first, good, bad, _ = answers(study, result, compare(result.rows))
    assert first.startswith("In generation 2 the smallest excess risk is ")
    assert "(good) and " in first
    assert first.endswith("(bad) as in generation 0.")
    assert good.startswith("good: the smallest excess risk is")
    assert bad.startswith("bad: ")


def test_generations_that_look_alike_are_named():
    _, result = result_of()
    rows = [replace(row, value=1.0, allowance=9.0) if row.method == "theory" else row for row in result.rows]
    told = notes(result, compare(rows))
    assert any("in generations 0, 1, 2 the tolerance is wider than what one generation loses" in line for line in told)
    assert not any("tolerance" in line for line in notes(result, []))


def test_nothing_is_divided_by_a_theory_of_zero():
    study, result = result_of()
    zero = moved(result, lambda _: 0.0)
    pairs = compare(zero.rows)
    lines = agreement_table(pairs).lines
    assert {(line[4], line[10]) for line in lines} == {("–", "–")}
    assert "inf" not in " ".join(answers(study, zero, pairs) + notes(zero, pairs))


def test_no_metric_has_underscores_on_the_page(tmp_path):
    genloss.run(Study.from_dict(tiny(metrics=["excess_risk", "parameter_error"])), out=tmp_path)
    before_the_spec = (tmp_path / "index.html").read_text().partition("<pre>")[0]
    assert "excess risk" in before_the_spec
    assert "excess_risk" not in before_the_spec
    assert "parameter_error" not in before_the_spec
    assert "label^2" not in before_the_spec


def test_long_titles_break_and_say_that_they_go_on():
    lines = wrapped("$" * 50 + " " + "a word " * 40).split("\n")
    assert len(lines) == 3
    assert max(len(line.replace(r"\$", "$")) for line in lines) <= 45
    assert lines[-1].endswith("…")
    assert lines[0] == r"\$" * 45


def test_a_legend_shows_line_and_point():
    from matplotlib.figure import Figure

    both = Curve("both", 0.0, line_x=[1, 2], line_y=[1, 2], x=[1, 2], y=[1, 2], half_width=[0.1, 0.1])
    curves = (both, Curve("line", 0.5, line_x=[1, 2], line_y=[1, 2]), Curve("none", 1.0))
    handles, names = draw_panel(Figure().subplots(), Panel("", "", "", curves))
    assert names == ["both", "line"]
    assert [len(handle) for handle in handles] == [2, 1]


def test_marks_at_one_place_share_a_line():
    case = {"population": {"dim": 6}, "workflow": {"rows": 6}}
    assert marks(case, "predictor.rows") == [(6.0, "features = T0")]


def test_marks_beyond_the_values_are_left_out():
    line = Curve("", 0.0, line_x=[10.0, 20.0], line_y=[1.0, 2.0])
    assert panel_of("", "x", "y", [line], marks=[(5.0, "a"), (15.0, "b"), (25.0, "c")]).marks == ((15.0, "b"),)
