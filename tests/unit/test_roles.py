"""Is a grouped table its repeated rows, at every door? Are exposures and ids read, kept, refused, and asked about?"""

import json

import numpy as np
import pandas as pd
import pytest
from helpers import tiny
from sklearn import datasets
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor
from statsmodels import datasets as more

import genloss
from genloss import Problem, Study, simulate
from genloss.cli.main import run_command
from genloss.models.likelihood import maximize, unbiased
from genloss.populations import Places
from genloss.populations.from_data import table_pool
from genloss.populations.tables import Reading, moments_of_table, read_rows
from genloss.populations.tables.looks import Entries, looks
from genloss.study.page.words import describe
from genloss.study.spec.data import population_of, users_table
from genloss.theory.workflows.relabeled import expected_loss_growth

pytestmark = pytest.mark.usefixtures("without_pictures")

ROLES = ("weights", "exposure", "id")
GROUPED = pd.DataFrame(  # the table of counts that was answered with "no forecast at all"
    {
        "a": np.repeat([0, 1, 2], 4),
        "b": [0, 0, 1, 1] * 3,
        "y": [0, 1] * 6,
        "n": [9, 58, 11, 49, 20, 40, 25, 36, 38, 33, 51, 58],
    }
)
EXPANDED = GROUPED.loc[GROUPED.index.repeat(GROUPED.n)].drop(columns="n").reset_index(drop=True)
LOGISTIC = LogisticRegression(C=np.inf)
RNG = np.random.default_rng(7)
FIRMS = RNG.permutation(np.repeat(np.arange(30), 4))
PANEL = pd.DataFrame({"firm": [f"f{n}" for n in FIRMS], "x": RNG.standard_normal(120), "z": RNG.standard_normal(120)})
PANEL["y"] = PANEL.x + RNG.standard_normal(30)[FIRMS] + 0.3 * RNG.standard_normal(120)
COUNTS = pd.DataFrame({"months": RNG.uniform(1, 15, 80), "x": RNG.standard_normal(80)})
COUNTS["events"] = RNG.poisson(COUNTS.months * np.exp(0.4 * COUNTS.x - 1))


@pytest.fixture
def files(tmp_path):
    for name, frame in {"grouped": GROUPED, "expanded": EXPANDED, "panel": PANEL, "counts": COUNTS}.items():
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
        frame.to_json(tmp_path / f"{name}.jsonl", orient="records", lines=True)
        frame.to_parquet(tmp_path / f"{name}.parquet")
    return tmp_path


def short(estimator, *given, **settings):
    return genloss.forecast(estimator, *given, **{"generations": 1, "replicates": 50} | settings)


# --- weights: the definition is the expanded rows


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
@pytest.mark.parametrize("rows", [None, 100])
def test_a_grouped_file_is_its_expanded_file(files, form, rows):
    made = []
    for name, weights in (("grouped", "n"), ("expanded", "")):
        reading, rng = Reading("y", weights=weights), np.random.default_rng(1)
        made.append(read_rows(files / f"{name}.{form}", reading, rows=rows, rng=rng))
    one, other = made
    assert np.array_equal(one.table().values, other.table().values)  # to the last digit, samples too
    assert (one.names, one.used, one.read) == (other.names, other.used, other.read) == (("a", "b"), 428, 428)
    assert len(one.target) == (rows or 428)
    unweighted = read_rows(files / f"grouped.{form}", Reading("y", drop="n"))
    assert len(unweighted.target) == 12  # control


def test_moments_are_those_of_the_expanded_file(files):
    one = moments_of_table(files / "grouped.csv", Reading("y", weights="n"))
    other = moments_of_table(files / "expanded.csv", Reading("y"))
    assert one.rows == other.rows == 428
    assert np.array_equal(one.covariance, other.covariance)


def test_forecasts_are_those_of_the_expanded_rows():
    right = short(LOGISTIC, EXPANDED[["a", "b"]], EXPANDED.y, held_out=0.25)
    by_name = short(LOGISTIC, GROUPED[["a", "b", "n"]], GROUPED.y, weights="n", held_out=0.25)
    by_array = short(LOGISTIC, GROUPED[["a", "b"]].to_numpy(), GROUPED.y, weights=GROUPED.n, held_out=0.25)
    assert np.array_equal(by_name.risk, right.risk)
    assert np.array_equal(by_array.risk, right.risk)


def test_the_command_forecasts_a_grouped_file_as_its_expanded_file(files, capsys):
    said = []
    for file, more_words in (("grouped", ["--weights", "n"]), ("expanded", [])):
        words = ["forecast", str(files / f"{file}.csv"), "--target", "y", *more_words, "--generations", "1"]
        assert run_command([*words, "--replicates", "50", "--json", "-"]) == 0
        said.append(json.loads(capsys.readouterr().out))
    assert said[0]["risk"] == said[1]["risk"]


def test_a_study_of_a_grouped_file_is_that_of_its_expanded_file(files):
    found = []
    for file, weights in (("grouped", {"weights": "n"}), ("expanded", {})):
        population = {"kind": "table", "file": f"{file}.csv", "target": "y", "noise": 0.4, "held_out": 40} | weights
        study = Study.from_dict(tiny(population=None, predictor=None) | {"population": population}, folder=files)
        found.append([row.value for row in simulate(study).rows])
    assert found[0] == found[1]


@pytest.mark.parametrize(
    ("weights", "found"),
    [
        ([1.5] * 12, "1.5 in row 1, no whole number"),
        ([-1] * 12, "-1 in row 1, less than 0"),
        ([10**8] * 12, "adds up to more than 10,000,000 rows"),
        ([np.nan] + [2] * 11, "is empty in row 1"),
        (["two"] * 12, "'n' is not numeric"),
    ],
)
def test_weights_that_are_no_counts_are_refused_in_a_file(tmp_path, weights, found):
    GROUPED.assign(n=weights).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(Problem, match=found) as problem:
        read_rows(tmp_path / "t.csv", Reading("y", weights="n"))
    assert "weights" in problem.value.found or "two" in weights
    if weights[0] == 1.5:
        assert "survey" in problem.value.mend


@pytest.mark.parametrize(
    ("weights", "found"),
    [
        ([1.5] * 12, "1.5 in row 0, and counts"),
        ([-1] * 12, "-1 in row 0"),
        ([10**8] * 12, "1,200,000,000 rows"),
        ([np.nan] * 12, "not finite in row 0"),
        ([1, 2], "shape"),
        ("m", "no column 'm'"),
    ],
)
def test_weights_that_are_no_counts_are_refused_in_python(weights, found):
    with pytest.raises(Problem, match=found):
        short(LOGISTIC, GROUPED[["a", "b"]], GROUPED.y, weights=weights)


def test_rows_that_count_nothing_are_left_out_and_told(tmp_path):
    GROUPED.assign(n=[0, 0, *GROUPED.n[2:]]).to_csv(tmp_path / "t.csv", index=False)
    rows = read_rows(tmp_path / "t.csv", Reading("y", weights="n"))
    assert len(rows.target) == 428 - 67
    assert "2 of them count 0 rows and are left out" in str(rows.notes[0])


# --- exposure


def test_exposures_by_name_by_array_and_by_file_are_one_and_their_unit_does_not_matter(files, capsys):
    by_name = short("poisson", COUNTS[["months", "x"]], COUNTS.events, exposure="months")
    years = short("poisson", COUNTS[["x"]], COUNTS.events, exposure=COUNTS.months.to_numpy() / 12)
    assert by_name.risk == pytest.approx(years.risk, rel=1e-9)
    assert by_name.plain == "one rate for all"
    words = ["forecast", str(files / "counts.csv"), "--target", "events", "--model", "poisson", "--exposure", "months"]
    assert run_command([*words, "--generations", "1", "--replicates", "50", "--json", "-"]) == 0
    by_file = json.loads(capsys.readouterr().out)["risk"]
    assert by_file == pytest.approx(by_name.risk.tolist(), rel=1e-9)
    as_input = short("poisson", COUNTS[["months", "x"]], COUNTS.events)
    assert abs(as_input.risk[0] / by_name.risk[0] - 1) > 0.2  # control


@pytest.mark.parametrize("model", ["least_squares", "ridge", LOGISTIC, LinearRegression()])
def test_exposures_are_of_counts_alone(model):
    with pytest.raises(Problem, match="predicts no counts"):
        short(model, COUNTS[["months", "x"]], COUNTS.events > 1, exposure="months")


def test_exposures_that_cannot_be(tmp_path):
    COUNTS.assign(months=0).to_csv(tmp_path / "t.csv", index=False)
    with pytest.raises(Problem, match="'months' is 0 in row 1"):
        read_rows(tmp_path / "t.csv", Reading("events", exposure="months"))
    with pytest.raises(Problem, match="exposure: 0 in row 0"):
        short("poisson", COUNTS[["x"]], COUNTS.events, exposure=np.zeros(80))
    population = {"kind": "table", "file": "t.csv", "target": "events", "noise": 1.0, "exposure": "months"}
    with pytest.raises(Problem, match=r"population\.exposure.*labels of a table have Gaussian noise"):
        Study.from_dict(tiny(population=None) | {"population": population}, folder=tmp_path)


def test_a_study_of_counts_is_that_of_its_expanded_rows_and_refuses_what_is_none(tmp_path):
    rng = np.random.default_rng(7)
    frame = COUNTS.assign(n=rng.integers(1, 4, 80), of=np.repeat(np.arange(16), 5))
    frame.to_csv(tmp_path / "one.csv", index=False)
    frame.loc[frame.index.repeat(frame.n)].drop(columns="n").to_csv(tmp_path / "other.csv", index=False)
    base = {"kind": "counts", "target": "events", "exposure": "months", "id": "of"}
    found = []
    for population in (base | {"file": "one.csv", "weights": "n"}, base | {"file": "other.csv"}):
        study = Study.from_dict(tiny(population=None, generator=None, predictor=None) | {"population": population},
                                folder=tmp_path)  # fmt: skip
        assert "with the exposure months" in " ".join(describe(study))
        found.append(population_rows(study))
    assert np.array_equal(found[0].values, found[1].values)
    assert np.array_equal(found[0].exposure, found[1].exposure)
    wrong = base | {"file": "one.csv", "target": "x"}
    with pytest.raises(Problem, match="holds what is no count"):
        simulate(Study.from_dict(tiny(population=None, generator=None, predictor=None) | {"population": wrong},
                                 folder=tmp_path))  # fmt: skip


def population_rows(study):
    return users_table(study.resolved["population"], study.places)


def test_a_row_of_exposure_e_is_e_rows_of_exposure_1():
    """Sums of Poisson counts are Poisson: fits, fits without bias and the first order cannot tell them apart."""
    rng = np.random.default_rng(7)
    x, e = rng.standard_normal((30, 2)), rng.integers(1, 5, 30)
    apart = np.repeat(np.arange(30), e)
    counts = rng.poisson(np.exp(x[apart] @ [0.5, -0.3] + 1)).astype(float)
    sums = np.bincount(apart, weights=counts)
    ones = np.column_stack([np.ones(30), x])
    one = unbiased("poisson", ones, sums, 1.3, np.log(e))
    assert one == pytest.approx(unbiased("poisson", ones[apart], counts, 1.3), abs=1e-7)
    assert one != pytest.approx(unbiased("poisson", ones, sums, 1.3), abs=1e-2)  # control
    fits = [
        maximize("poisson", rows[None], labels[None], np.full(len(rows), 1 / len(rows)), offset=offset)[0][0]
        for rows, labels, offset in ((ones, sums, np.log(e)), (ones[apart], counts, 0.0))
    ]
    assert fits[0] == pytest.approx(fits[1], abs=1e-8)
    judge, judged = rng.standard_normal((5, 2)), np.arange(5.0)
    grown = expected_loss_growth(one, x, judge, judged, "poisson", (np.log(e), 0.0))
    assert grown == pytest.approx(expected_loss_growth(one, x[apart], judge, judged, "poisson"), rel=1e-9)
    assert grown != pytest.approx(expected_loss_growth(one, x, judge, judged, "poisson"), rel=1e-2)  # control
    held = expected_loss_growth(one, x[apart], judge, judged, "poisson", (0.0, np.full(5, 0.7)))
    shifted = expected_loss_growth(one + np.array([0.7, 0, 0]), x[apart], judge, judged, "poisson", (-0.7, 0.0))
    assert held == pytest.approx(shifted, rel=1e-9)


# --- id


def test_a_sample_of_rows_holds_whole_entities(files):
    reading = Reading("y", id="firm")
    every = read_rows(files / "panel.csv", reading)
    assert np.bincount(every.entities).tolist() == [4] * 30
    rows = read_rows(files / "panel.csv", reading, rows=50, rng=np.random.default_rng(0))
    assert np.bincount(rows.entities).tolist() == [4] * 12  # 48 rows: two more are of a firm that is not there whole
    assert rows.names == ("x", "z")
    other = read_rows(files / "panel.csv", reading, rows=50, rng=np.random.default_rng(1))
    assert set(other.numbers) != set(rows.numbers)


def test_held_out_rows_are_of_other_entities():
    labels = PANEL.y > 0
    told = short(LOGISTIC, PANEL[["firm", "x", "z"]], labels, id="firm", held_out=0.25)
    assert dict(told.asked)["held_out"] == "32 rows"  # 8 firms: 30 rows would cut one
    with pytest.raises(Problem, match="rows with the same id stay together"):
        short(LOGISTIC, PANEL[["x", "z"]], labels, id=np.zeros(120), held_out=0.25)


def test_a_forecast_of_a_panel_says_its_design_effect(files, capsys):
    alone = short(LinearRegression(), PANEL[["x", "z"]], PANEL.y)
    together = short(LinearRegression(), PANEL[["firm", "x", "z"]], PANEL.y, id="firm")
    (said,) = [a for a in together.assumptions if a.name == "enough entities"]
    assert said.state == "checked"
    assert "30 for 120 rows" in said.found
    assert not [a for a in alone.assumptions if a.name == "enough entities"]
    words = ["forecast", str(files / "panel.csv"), "--target", "y", "--id", "firm", "--generations", "1"]
    assert run_command([*words, "--replicates", "50"]) == 0
    assert "rows of each of its 30 are drawn together" in capsys.readouterr().err


@pytest.mark.parametrize("model", ["kernel_ridge", "gaussian", "ridge", "poisson"])
def test_every_model_draws_entities(model):
    y = np.round(np.exp(PANEL.y / 2)) if model == "poisson" else PANEL.y
    told = short(model, PANEL[["x", "z"]], y, id=FIRMS)
    assert np.isfinite(told.risk).all()
    assert any("design effect" in a.found for a in told.assumptions)


def test_pools_are_split_and_drawn_by_entity(files):
    population = {"kind": "table", "file": "panel.csv", "target": "y", "noise": 0.5, "held_out": 30, "id": "firm"}
    study = Study.from_dict(tiny(population=None) | {"population": population}, folder=files)
    pool = population_of(study.resolved["population"], 3, Places((files,)))
    assert (len(pool.held_out), len(pool.inputs)) == (32, 88)
    drawn = pool.indices(40, 5, np.random.default_rng(0))
    for of in pool.entities[drawn]:  # runs of an entity, the first and the last of which may be cut
        lengths = np.diff(np.flatnonzero(np.append(True, np.diff(of) != 0)))[1:]
        assert lengths.size
        assert (lengths % 4 == 0).all()
    assert genloss.predict(study).rows == ()  # formulas draw rows one by one
    assert len(simulate(study).rows) > 0
    table = read_rows(files / "panel.csv", Reading("y", id="firm")).table()
    with pytest.raises(Problem, match="held out whole"):
        table_pool("table", table, target="y", noise=0.0, held_out=115, seed=0, rows=None)


# --- what looks like a role


def asked(frame, target, roles=ROLES):
    columns = [Entries(name, frame[name].to_numpy(), frame[name].dtype.kind in "iuf") for name in frame]
    return [(look.column, look.role) for look in looks([c for c in columns if c.name != target], frame[target], roles)]


@pytest.mark.parametrize("name", ["diabetes", "iris", "wine", "breast_cancer", "fair", "randhie", "anes96", "star98"])
def test_ordinary_columns_are_not_asked_about(name):
    if name in ("diabetes", "iris", "wine", "breast_cancer"):
        frame, target = getattr(datasets, f"load_{name}")(as_frame=True).frame, "target"
    else:
        data = getattr(more, name).load_pandas()
        frame, target = data.data.iloc[:3000], np.ravel(data.endog_name)[0]
    assert asked(frame, target) == []


def test_columns_with_a_role_are_asked_about():
    assert asked(GROUPED, "y") == [("n", "weights")]
    assert asked(GROUPED.rename(columns={"n": "Freq"}), "y") == [("Freq", "weights")]
    assert asked(GROUPED.rename(columns={"n": "people"}), "y") == [("people", "weights")]
    assert asked(COUNTS, "events") == [("months", "exposure")]
    assert asked(PANEL, "y") == [("firm", "id")]
    assert asked(PANEL.assign(PatientID=FIRMS).drop(columns="firm"), "y") == [("PatientID", "id")]
    assert asked(PANEL.sort_values("firm").rename(columns={"firm": "country"}), "y") == [("country", "id")]
    assert asked(more.grunfeld.load_pandas().data, "invest") == [("firm", "id")]
    assert asked(more.cancer.load_pandas().data, "cancer") == [("population", "exposure")]


def test_other_meanings_of_such_names_are_not():
    rng = np.random.default_rng(7)
    body = pd.DataFrame(
        {"weight": rng.integers(40, 120, 100), "height": rng.integers(150, 200, 100), "y": rng.random(100)}
    )
    assert asked(body, "y") == []  # a weight that is one
    assert asked(PANEL.rename(columns={"firm": "country"}), "y") == []  # not in runs: a category
    assert asked(COUNTS.assign(events=COUNTS.x + COUNTS.events), "events") == []  # no counts
    assert asked(GROUPED.assign(n=1), "y") == []
    assert asked(pd.DataFrame({"id": np.arange(30), "y": np.arange(30.0)}), "y") == []  # one row each
    assert asked(pd.DataFrame({"acid": np.repeat(np.arange(10), 3), "y": np.arange(30.0)}), "y") == []


def test_all_are_asked_about_in_one_note_in_the_words_of_the_door(files, capsys):
    rng = np.random.default_rng(7)
    both = COUNTS.assign(firm=np.repeat(np.arange(20), 4), count=rng.integers(1, 5, 80))
    both.to_csv(files / "both.csv", index=False)
    words = ["forecast", str(files / "both.csv"), "--target", "events", "--generations", "1", "--replicates", "50"]
    assert run_command([*words, "--model", "poisson"]) == 0
    (note,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("note: columns that look like")]
    for option in ("--exposure months", "--id firm", "--weights count"):
        assert option in note
    assert (
        run_command([*words, "--model", "poisson", "--exposure", "months", "--id", "firm", "--weights", "count"]) == 0
    )
    assert "columns that look like" not in capsys.readouterr().err
    assert run_command(words) == 0
    said = capsys.readouterr().err
    assert "--exposure" not in said  # least squares has none
    assert 'weights="' not in said
    told = short("poisson", both.drop(columns="events"), both.events)
    (assumption,) = [a for a in told.assumptions if a.name == "every column is an input"]
    assert "months looks like exposure" in assumption.found
    population = {"kind": "table", "file": "both.csv", "target": "events", "noise": 1.0}
    study = Study.from_dict(tiny(population=None) | {"population": population}, folder=files)
    (note,) = [note for notes in study.data_notes.values() for note in notes if "columns that look like" in note]
    assert 'id = "firm"' in note
    assert 'weights = "count"' in note
    assert "exposure" not in note


def test_columns_have_one_role():
    for given in ({"weights": "n", "id": "n"}, {"weights": "y"}, {"id": "n", "drop": "n"}):
        with pytest.raises(Problem, match="has another role already"):
            genloss.populations.tables.reading.wanted_columns(_Source(), Reading("y", **given))
    with pytest.raises(Problem, match="twice"):
        short(LOGISTIC, GROUPED[["a", "b", "n"]], GROUPED.y, weights="n", id="n")
    with pytest.raises(Problem, match="name of a column of both"):
        short(PoissonRegressor(alpha=0), COUNTS[["x"]], COUNTS.events, exposure=COUNTS.months,
              held_out=(COUNTS[["x"]], COUNTS.events))  # fmt: skip


class _Source:
    names, where = ("a", "n", "y"), "t.csv"
