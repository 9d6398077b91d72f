"""Are later rows read as the rows in hand are, are both ways to judge on them one, and are mistakes answered?"""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LinearRegression, LogisticRegression

import genloss
from genloss.advise.forecasts.later_given import judged_later
from genloss.advise.forecasts.later_rows import reachable
from genloss.advise.forecasts.worlds import world_of
from genloss.advise.forecasts.worlds.moments import squared
from genloss.advise.forecasts.worlds.sums import summed_world
from genloss.cli.main import run_command
from genloss.errors import Problem
from genloss.streams import stream

RNG = stream(630, "table")
X = pd.DataFrame(RNG.standard_normal((80, 3)), columns=["a", "b", "c"])
Y = pd.Series(X @ [1.0, 2.0, 0.0] + RNG.standard_normal(80), name="price")
LATER = X.iloc[::2] * 0.9
FEW = {"generations": 1, "replicates": 50}


class Asked:
    later, rows, names, kind = np.asarray(LATER), np.asarray(X), ("a", "b", "c"), "linear"


@pytest.mark.parametrize("intercept", [True, False])
def test_sums_and_predictions_judge_alike(intercept):
    estimator = LinearRegression(fit_intercept=intercept)
    world = judged_later(world_of(estimator, Asked.rows, np.asarray(Y)), Asked)
    sums = summed_world(world)
    truth = world.draw_truths(2, stream(631, "truths"))[1]
    slopes = stream(632, "fits").standard_normal((4, 3))
    fits = Asked.rows @ slopes.T if not intercept else 0.3 + Asked.rows @ slopes.T
    along = lambda values: values.T @ sums.columns.values / sums.columns.size  # noqa: E731
    by_sums = squared(along(fits) - along(truth.clean), np.broadcast_to(sums.measure, (4, *sums.measure.shape)))
    np.testing.assert_allclose(world.risk(fits.T, truth), by_sums, rtol=1e-9)
    line = np.linalg.lstsq(np.column_stack([np.ones(80), X]), truth.clean, rcond=None)[0]
    there = (0.3 if intercept else 0.0) + Asked.later @ slopes.T - (line[0] + Asked.later @ line[1:])[:, None]
    np.testing.assert_allclose(world.risk(fits.T, truth), (there**2).mean(axis=0), rtol=1e-9)


def test_words_and_states_follow_the_later_rows():
    plain = genloss.forecast("least_squares", X, Y, **FEW)
    found = genloss.forecast("least_squares", X, Y, later_rows=LATER, **FEW)
    states = {each.name: each.state for each in found.assumptions}
    assert {each.name: each.state for each in plain.assumptions}["later rows are like these"] == "unknown"
    assert states["later rows are like these"] == "checked"
    assert "the forecast is for the later rows" in states
    assert "on the later rows" in found.means
    assert "later_rows=40 rows" in found.call()
    other = genloss.forecast("least_squares", X, Y, later_rows=LATER.assign(a=LATER.a + 0.9), **FEW)
    assert {each.name: each.state for each in other.assumptions}["later rows are like these"] == "failed"
    assert other.risk[0] > found.risk[0]


def test_columns_are_found_by_name_and_an_object_reads_arrays():
    turned = genloss.forecast("least_squares", X, Y, later_rows=LATER[["c", "a", "b"]].assign(extra=1), **FEW)
    found = genloss.forecast("least_squares", X, Y, later_rows=LATER, **FEW)
    np.testing.assert_array_equal(turned.risk, found.risk)
    arrays = genloss.forecast(LinearRegression(), np.asarray(X), np.asarray(Y), later_rows=np.asarray(LATER), **FEW)
    np.testing.assert_allclose(arrays.risk, found.risk, rtol=1e-6)


def test_other_models_test_later_rows_and_say_that_they_do_not_follow():
    found = genloss.forecast(LogisticRegression(C=1.0), X, Y > 0, later_rows=LATER, **FEW)
    alike = next(each for each in found.assumptions if each.name == "later rows are like these")
    assert "still about rows like these" in alike.found
    plain = genloss.forecast(LogisticRegression(C=1.0), X, Y > 0, **FEW)
    np.testing.assert_array_equal(found.risk, plain.risk)


REFUSED = {
    "a column is missing": ({"later_rows": LATER[["a", "b"]]}, "'c'"),
    "other columns": ({"later_rows": np.ones((4, 2))}, "2 columns"),
    "no rows": ({"later_rows": LATER.iloc[:0]}, "shape (0, 3)"),
    "a gap": ({"later_rows": LATER.assign(a=np.nan)}, "missing"),
    "a word": ({"later_rows": LATER.assign(a="x")}, "'x'"),
    "far away": ({"later_rows": LATER + 9}, "farther from the center"),
    "exposures of the rows in hand": ({"later_rows": LATER, "exposure": np.ones(80)}, "exposure"),
    "beside held-out rows": ({"later_rows": LATER, "held_out": 0.2}, "held_out"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_later_rows_that_cannot_be_are_refused_by_name(name):
    given, found = REFUSED[name]
    with pytest.raises(Problem) as refused:
        genloss.forecast("least_squares", X, Y, **(FEW | given))
    assert refused.value.where == "later_rows"
    assert found in str(refused.value)


def test_a_law_of_rows_has_no_later_inputs():
    with pytest.raises(Problem, match="no inputs that could change"):
        genloss.forecast("gaussian", X, Y, later_rows=LATER, **FEW)


def test_directions_that_these_rows_do_not_have_are_refused():
    flat, tied = np.asarray(X.assign(b=1.0)), np.asarray(X.assign(b=X.a))
    with pytest.raises(Problem, match="'b' is the same in all rows in hand"):
        reachable(flat, np.asarray(LATER), ["a", "b", "c"])
    with pytest.raises(Problem, match="determine each other"):
        reachable(tied, np.asarray(LATER), ["a", "b", "c"])
    assert reachable(tied, tied[:5], [])[0].shape == (5, 3)


def test_a_forecast_for_later_rows_is_not_advised_on():
    found = genloss.forecast("least_squares", X, Y, later_rows=LATER, **FEW)
    with pytest.raises(Problem, match="later rows"):
        genloss.advise.advised(found)


@pytest.fixture
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = X.assign(color=["red", "blue"] * 40)
    words.assign(price=Y).to_csv("data.csv", index=False)
    (words.iloc[::2]).to_csv("later.csv", index=False)
    words.iloc[::2].drop(columns="b").to_csv("short.csv", index=False)
    words.iloc[::2].assign(color="green").to_csv("green.csv", index=False)
    words.iloc[::2].assign(a=np.nan).to_csv("gap.csv", index=False)
    words.iloc[:0].to_csv("empty.csv", index=False)
    entries = [*["big"] * 3, *(f"big {row}" for row in range(60))]
    words.assign(a=[*X.a[:17], *entries]).to_csv("big.csv", index=False)
    words.assign(color=[*["red"] * 20, *entries[3:]]).to_csv("colors.csv", index=False)


def run(capsys, *options):
    asked = ["forecast", "data.csv", "--target", "price", "--generations", "1", "--replicates", "50", *options]
    code = run_command(asked)
    told = capsys.readouterr()
    return code, told.out + told.err


@pytest.mark.usefixtures("_folder")
def test_the_command_reads_later_rows_as_the_first_file(capsys):
    code, told = run(capsys, "--later-rows", "later.csv")
    assert code == 0, told
    assert "on the later rows" in told


MISTAKES = {
    "short.csv": "there is no column 'b'",
    "green.csv": "'green', which no row of the first file holds",
    "gap.csv": "missing entries in 40 of 40 rows: a (40)",
    "empty.csv": "no rows that can be used",
    "none.csv": "no such file",
    "big.csv": "column 'a' is not numeric ('big' in row 18)",
    "colors.csv": "column 'color' holds more than 50 different words",
}


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize("file", MISTAKES)
def test_the_command_answers_mistakes_in_the_file(capsys, file):
    code, told = run(capsys, "--later-rows", file)
    assert code == 2
    assert MISTAKES[file] in told


@pytest.mark.usefixtures("_folder")
@pytest.mark.parametrize(("file", "held"), [("big.csv", "numbers"), ("colors.csv", "words")])
def test_entries_of_another_kind_are_to_be_mended_in_the_file(capsys, file, held):
    """No option is advised: one that reads the first file otherwise leads to the next refusal."""
    told = run(capsys, "--later-rows", file)[1]
    assert told.endswith(f"correct such entries, or leave their rows out: the first file holds {held} in this column\n")
    assert "--categories" not in told


def test_an_entry_of_a_frame_is_named_with_its_row():
    wrong = LATER.astype({"a": object})
    wrong.iloc[6, 0] = "big"
    with pytest.raises(Problem, match="'big' in column 'a', row 6, is not a number\n  mend: correct such") as refused:
        genloss.forecast("least_squares", X, Y, later_rows=wrong, **FEW)
    assert "categories" not in str(refused.value)
    wrong.iloc[6, 0] = pd.NA
    with pytest.raises(Problem, match="missing"):
        genloss.forecast("least_squares", X, Y, later_rows=wrong, **FEW)
    floors = X.assign(a=[1, 2] * 40)
    with pytest.raises(Problem, match="'attic'"):  # a column of words is read as one
        genloss.forecast("least_squares", floors, Y, later_rows=floors.assign(a="attic"), categories="a", **FEW)


COUNTS = np.tile([3, 1, 0, 2], 10)


@pytest.fixture
def _counted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X.assign(n=1, price=Y).to_csv("data.csv", index=False)
    LATER.assign(n=COUNTS).to_csv("counted.csv", index=False)
    LATER.iloc[np.repeat(np.arange(40), COUNTS)].assign(n=1).to_csv("repeated.csv", index=False)
    LATER.assign(n=1).to_csv("once.csv", index=False)
    LATER.assign(n="x").to_csv("words.csv", index=False)
    LATER.assign(n=1.5).to_csv("parts.csv", index=False)
    LATER.assign(n=-1).to_csv("below.csv", index=False)
    LATER.to_csv("without.csv", index=False)


@pytest.mark.usefixtures("_counted")
def test_a_later_row_stands_for_as_many_as_its_weight_says(capsys):
    """By a file and by a frame as if the rows stood there one by one."""
    by_file = {name: run(capsys, "--weights", "n", "--later-rows", f"{name}.csv") for name in ("counted", "repeated")}
    assert by_file["counted"] == by_file["repeated"]
    assert "60 later rows" in by_file["counted"][1]
    once = run(capsys, "--weights", "n", "--later-rows", "once.csv")[1]
    assert "40 later rows" in once  # negative control
    table = X.assign(n=1)
    frames = [LATER.assign(n=COUNTS), LATER.iloc[np.repeat(np.arange(40), COUNTS)].assign(n=1)]
    one, other = (
        genloss.forecast("least_squares", table, Y, weights="n", later_rows=later, **FEW).risk for later in frames
    )
    np.testing.assert_array_equal(one, other)


WEIGHTS = {
    "words": "column 'n' is not numeric ('x' in row 1)",
    "parts": "weights: column 'n' is 1.5 in row 1, no whole number",
    "below": "weights: column 'n' is -1 in row 1, less than 0",
    "without": "there is no column 'n', which says how many equal rows a row is",
}


@pytest.mark.usefixtures("_counted")
@pytest.mark.parametrize("name", WEIGHTS)
def test_weights_of_later_rows_that_cannot_be_are_refused(capsys, name):
    code, told = run(capsys, "--weights", "n", "--later-rows", f"{name}.csv")
    assert code == 2
    assert f"{name}.csv: {WEIGHTS[name]}" in told
    assert "name another column" not in told  # which would be another column of the first file, too
    later = pd.read_csv(f"{name}.csv")
    with pytest.raises(Problem) as refused:
        genloss.forecast("least_squares", X.assign(n=1), Y, weights="n", later_rows=later, **FEW)
    assert refused.value.where == "later_rows"


def found_of(later, **more):
    told = genloss.forecast("least_squares", X, Y, later_rows=later, **(FEW | more))
    return {each.name: each for each in told.assumptions}


ALIKE, WITHIN = "later rows are like these", "later rows are within the range of these"


def test_rows_beyond_one_column_are_not_within_the_range():
    """All of them lie nearer to the center than the farthest row in hand, but no row in hand has such an `a`."""
    near = LATER * 0.1
    beyond = near.assign(a=X.a.max() + 0.05)
    told = found_of(beyond)[WITHIN]
    assert told.state == "failed"
    assert "0.0% of 40 later rows are farther from the center" in told.found
    assert "column 'a' in 100.0%" in told.found
    edge = found_of(near.assign(a=X.a.max()))[WITHIN]  # negative control: on the edge is within
    assert edge.state == "checked"
    assert "beyond the range of a column: none" in edge.found


def test_a_few_later_rows_are_not_said_to_be_alike():
    one = found_of(LATER.iloc[:1])
    assert one[ALIKE].state == "unknown"
    assert one[ALIKE].found.startswith("1 later row: too few rows to tell, below 20")
    assert "on the 1 later row" in one[ALIKE].found
    assert not any("1 later rows" in each.found or "1 rows" in each.found for each in one.values())
    assert found_of(LATER.iloc[:19])[ALIKE].state == "unknown"
    assert found_of(LATER.iloc[:20])[ALIKE].state == "checked"
    assert found_of(pd.concat([X.iloc[[4]] * 0 + 1.2] * 19))[ALIKE].state == "failed"  # a few can be seen to differ
