"""Can a result be read cold: in a shell, in a notebook, as a frame, arrays, a plot?"""

import sys
from dataclasses import replace

import matplotlib as mpl
import numpy as np
import pytest
from helpers import tiny
from scipy.stats import t

import genloss
from genloss import Problem, Result, Study
from genloss.results import Row
from genloss.results.differences import first_difference
from genloss.results.page import values_table
from genloss.results.plotting import longest_axis
from genloss.results.summary import table

mpl.use("Agg")

CASES = {
    "metrics": ["excess_risk", "parameter_error"],
    "predictor": {"rows": [5, 20], "penalty": 0.1},
    "case": [
        {"name": "small", "population": {"dim": 3}},
        {"name": "words", "population": {"spectrum": {"each": ["isotropic", {"power_law": 2.0}]}}},
    ],
}


@pytest.fixture(scope="module")
def result():
    study = Study.from_dict(tiny())
    return genloss.predict(study).merged(genloss.simulate(study))


@pytest.fixture(scope="module")
def cases():
    study = Study.from_dict(tiny(**CASES))
    return genloss.predict(study).merged(genloss.simulate(study))


def many(rows):
    row = Row("s", "c", "", {}, 0, "excess_risk", "label^2", 1.0, 0.1, method="simulation", replicates=9)
    each = (replace(row, cell=f"c{i}", axes={f"axis.{k}": i + k for k in range(9)}) for i in range(rows))
    return Result({"question": "Long? " * 99, "seed": 1, "replicates": 9}, tuple(each))


def problem_of(call, *arguments, **keywords):
    with pytest.raises(Problem) as caught:
        call(*arguments, **keywords)
    return str(caught.value)


def test_a_row_says_what_it_is(result):
    row = result.select(method="simulation").rows[0]
    theory, simulated = str(result.rows[0]), str(row)
    number = f"{row.value:.3g} ± {row.standard_error:.2g}"
    assert simulated.startswith(f"excess_risk (label^2) at generation 0 = {number} (standard error, 12 replicates)")
    assert "simulation, exact, engine isotropic; predictor.rows = 5, predictor.penalty = 0.1; study " in simulated
    assert "= 0.52381, theory, asymptotic within 0.75 at finite size, formula replace_risk; predictor" in theory
    assert theory.endswith(f"genloss {genloss.__version__}")
    assert "\n" not in theory + simulated
    assert "case 'small'" in str(replace(result.rows[0], case="small"))


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (0.123456, 0.00123, "0.1235 ± 0.0012"),
        (123456.0, 0.5, "123456 ± 0.5"),
        (0.5, 0.0, "0.5 ± 0"),
        (0.01, 5.0, "0.01 ± 5"),
        (float("inf"), float("nan"), "inf ± nan"),
        (2.5, float("inf"), "2.5 ± inf"),
    ],
)
def test_a_value_has_the_digits_its_error_supports(value, error, said):
    row = Row("s", "c", "", {}, 0, "m", "u", value, error, method="simulation", replicates=9)
    assert f"= {said} (standard error" in str(row)


@pytest.mark.parametrize("rows", [0, 1, 100_000])
def test_repr_is_short(rows):
    lines = repr(many(rows)).splitlines()
    assert len(lines) <= 12
    assert max(map(len, lines)) <= 100
    assert (f"{rows:,} rows" if rows else "no rows") in lines[0]


def test_repr_says_what_the_rows_range_over(cases):
    said = repr(cases)
    assert "Is it small?" in said
    assert "seed 3 (12 replicates)" in said
    assert "cases: small; words" in said
    assert "metrics: excess_risk (label^2), parameter_error (coefficient^2)" in said
    assert 'population.spectrum: isotropic, {"power_law": 2.0}' in said


def test_a_notebook_shows_a_short_table_and_how_much_more_there_is(result):
    short, long = result._repr_html_(), many(50)._repr_html_()
    assert short.count("<tr") == 1 + 8
    assert "more lines" not in short
    assert long.count("<tr") == 1 + 20
    assert "… 30 more lines; " in long
    assert "&lt;Result: " in short
    assert Result({}, ())._repr_html_()


def test_a_table_has_a_column_for_each_generation(result):
    shown = values_table(result.rows)
    assert list(shown.columns)[-3:] == ["n=0", "n=1", "n=2"]
    assert len(shown.lines) == 2 * 4
    place = shown.columns.index("method")
    assert all(("±" in line[-1]) == (line[place] == "simulation") for line in shown.lines)


def test_a_column_of_a_table_is_written_alike():
    row = Row("s", "c", "", {"a": 0, "b": 100_000}, 0, "m", "u", 1.0, 0.0)
    columns, lines = table((row, replace(row, cell="d", axes={"a": 0.5, "b": 7}), replace(row, cell="e", axes={})))
    assert [dict(zip(columns, line, strict=True))["a"] for line in lines] == [0, 0.5, ""]
    columns, lines = table((row, replace(row, cell="d", axes={"a": 0.5, "b": 7})))
    assert [type(line[columns.index("a")]) for line in lines] == [float, float]
    assert [line[columns.index("b")] for line in lines] == [100_000, 7]


def test_a_line_of_the_frame_can_be_read_alone(result):
    frame = result.to_frame()
    assert len(frame) == len(result.rows)
    labels = {"unit", "method", "status", "engine", "version", "study", "replicates", "standard_error", "allowance"}
    assert labels <= set(frame.columns)
    assert list(frame.columns) == list(result.select(method="simulation").to_frame().columns)
    assert list(Result({}, ()).to_frame().columns)[:3] == ["study", "cell", "case"]


def test_selecting_by_label_and_by_axis(result):
    chosen = result.select(generation=1, penalty=0.1, **{"predictor.rows": 20}, method="theory")
    (row,) = chosen.rows
    assert (row.generation, row.axes) == (1, {"predictor.rows": 20, "predictor.penalty": 0.1})
    assert "generation: 9 is in no row\n  mend: known here: 0, 1, 2" in problem_of(result.select, generation=9)
    assert "did you mean predictor.penalty?" in problem_of(result.select, **{"predictor.penaltty": 1})
    both = Result({}, (replace(result.rows[0], axes={"generator.penalty": 1.0, "predictor.penalty": 2.0}),))
    assert "stands for 2 axes: generator.penalty, predictor.penalty" in problem_of(both.select, penalty=1.0)


def test_arrays_hold_every_row_and_nan_elsewhere(cases):
    data = cases.to_xarray()
    assert next(iter(data.value.dims)) == "case"
    assert set(data.value.dims) >= {"predictor.rows", "population.spectrum", "generation", "metric", "by"}
    for row in cases.rows:
        place = dict(case=row.case, generation=row.generation, metric=row.metric, by=row.method, **row.axes)
        here = data.sel(place)
        assert float(here.value) == row.value
        assert float(here.standard_error) == row.standard_error
        assert int(here.replicates) == row.replicates
        assert str(here.status.item()) == row.status
    assert int(np.isfinite(data.value).sum()) == len(cases.rows) < data.value.size
    assert int((data.status == "").sum()) == data.value.size - len(cases.rows)
    assert data.unit.sel(metric="excess_risk").item() == "label^2"
    assert data.attrs["question"] == "Is it small?"
    assert data.attrs["study"] == cases.rows[0].study
    assert data.attrs["genloss"] == genloss.__version__


def test_arrays_of_cases_that_lack_an_axis():
    row = Row("s", "c", "a", {"x": 1}, 0, "m", "u", 1.0, 0.0)
    data = Result({}, (row, replace(row, case="b", axes={"y": "word"}, value=2.0))).to_xarray()
    assert data.value.sizes == {"case": 2, "x": 2, "y": 2, "generation": 1, "metric": 1, "by": 1}
    assert float(data.value.sel(case="a", x=1, y="").item()) == 1.0
    assert int(np.isfinite(data.value).sum()) == 2
    assert Result({}, ()).to_xarray().value.size == 0


def test_a_grid_too_large_for_memory_is_refused():
    row = Row("s", "c", "", {}, 0, "m", "u", 1.0, 0.0)
    rows = tuple(replace(row, cell=str(i), axes={"a": i, "b": i, "c": i}) for i in range(400))
    assert "the full grid has 64,000,000 places (1 case x 400 a x" in problem_of(Result({}, rows).to_xarray)


def test_without_xarray_the_extra_is_named(result, monkeypatch):
    monkeypatch.setitem(sys.modules, "xarray", None)
    assert 'pip install "genloss[arrays]"' in problem_of(result.to_xarray)


@pytest.fixture
def axes():
    from matplotlib import pyplot

    figure, place = pyplot.subplots()
    yield place
    pyplot.close(figure)


def legend(place):
    return [text.get_text() for text in place.get_legend().get_texts()]


def test_plot_draws_on_the_axes_given(result, axes):
    assert result.plot(axes) is axes
    assert axes.get_xlabel() == "generation n"
    assert all(float(x).is_integer() for x in axes.get_xticks())
    assert axes.get_ylabel() == "excess risk (label²)"
    assert legend(axes) == [f"rows = {rows}, penalty = {penalty}" for rows in (5, 20) for penalty in (0.1, 1)]
    bands = [bar for bar in axes.containers if bar.has_yerr]
    assert len(bands) == 4
    first = result.select(method="simulation", rows=5, penalty=0.1).rows[0]
    low, high = (end[1] for end in bands[0].lines[2][0].get_segments()[0])
    assert (high - low) / 2 == pytest.approx(t.ppf(0.975, first.replicates - 1) * first.standard_error)


def test_plot_against_an_axis_by_its_last_word(result, axes):
    result.select(rows=5).plot(axes, x="penalty")
    assert axes.get_xlabel() == "predictor.penalty"
    assert legend(axes) == ["n = 0", "n = 1", "n = 2"]
    assert axes.get_title() == "rows = 5"


def test_plot_of_one_generation_goes_along_the_longest_axis(axes):
    many(3).plot(axes)
    assert axes.get_xlabel() == "axis.0"


def test_an_axis_that_moves_with_x_makes_no_curves(axes):
    row = Row("s", "c", "", {}, 0, "m", "u", 1.0, 0.1, method="simulation", replicates=9)
    each = [replace(row, cell=str(i), axes={"p.power": 0.5**i, "p.rows": 2**i, "p.dim": 3}) for i in range(5)]
    rows = [replace(one, generation=g) for one in each for g in (0, 1)]
    Result({}, tuple(rows)).plot(axes, x="rows")
    assert legend(axes) == ["n = 0", "n = 1"]
    assert axes.get_title() == "dim = 3"
    assert longest_axis(rows, 2) == "p.rows"


def test_plot_keeps_seven_curves_and_says_so(axes):
    row = Row("s", "c", "", {}, 0, "m", "u", 1.0, 0.1, method="simulation", replicates=9)
    rows = [replace(row, cell=str(i), axes={"a": i}, generation=g) for i in range(31) for g in (0, 1)]
    Result({}, tuple(rows)).plot(axes)
    assert legend(axes) == [f"a = {i}" for i in range(0, 31, 5)]
    assert axes.get_title() == "7 of 31 curves"


def test_plot_of_cases_and_of_words(cases, axes):
    cases.plot(axes, metric="parameter_error", case="words", x="spectrum")
    assert [tick.get_text() for tick in axes.get_xticklabels()] == ["isotropic", '{"power_law": 2.0}']
    axes.clear()
    cases.plot(axes)
    assert any(text.startswith("small") for text in legend(axes))
    assert any(text.startswith("words") for text in legend(axes))


def test_plot_makes_its_own_figure(result):
    from matplotlib import pyplot

    place = result.plot()
    assert place.figure in [pyplot.figure(number) for number in pyplot.get_fignums()]
    pyplot.close(place.figure)


def test_plot_refuses_what_it_does_not_know(result, cases):
    assert "did you mean excess_risk?" in problem_of(result.plot, metric="excess_rsk")
    assert "'penaltty': no such axis\n  mend: did you mean predictor.penalty?" in problem_of(result.plot, x="penaltty")
    assert "did you mean words?" in problem_of(cases.plot, case="word")
    assert "has no rows" in problem_of(Result({}, ()).plot)
    each = tuple(replace(result.rows[0], case=f"case {i}") for i in range(8))
    assert "8 cases do not fit on one set of axes\n  mend: give case=" in problem_of(Result({}, each).plot)


@pytest.mark.parametrize(
    ("left", "right", "said"),
    [
        ({"a": 1}, {"a": 1.0}, None),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 3]}}, "a.b: [1, 2] beside [1, 3]"),
        ({"case": [{"n": 1}, {"n": 2}]}, {"case": [{"n": 1}, {"n": 3}]}, "case[1].n: 2 beside 3"),
        ({"case": [{"n": 1}]}, {"case": []}, 'case: [{"n": 1}] beside []'),
        ({"a": {"b": 1}}, {"a": 2}, 'a: {"b": 1} beside 2'),
        ({"a": 1}, {}, "a: 1 beside absent"),
    ],
)
def test_the_first_difference_is_named(left, right, said):
    assert first_difference(left, right) == said
