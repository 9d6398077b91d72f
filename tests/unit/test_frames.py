"""Are the columns of words of a data frame read as those of a file, and only where they are asked to be?"""

import datetime
import json

import numpy as np
import pandas as pd
import pytest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

import genloss
from genloss import Problem
from genloss.cli.main import run_command
from genloss.populations.tables import Reading, read_rows
from genloss.populations.tables.frames import frame_words

pytestmark = pytest.mark.usefixtures("without_pictures")

RNG = np.random.default_rng(5)
N = 60
FRAME = pd.DataFrame(
    {
        "bags": ["none", "one", "two", "none"] * 15,
        "price": [f"${1000 + 7.5 * i:,.2f}" for i in range(N)],
        "code": RNG.integers(1, 4, N) * 101,
        "z": RNG.standard_normal(N),
        "flag": RNG.random(N) < 0.5,
        "size": pd.Categorical(RNG.choice(["S", "M"], N)),
        "said": [str(value) for value in RNG.random(N) < 0.3],
    },
    index=range(100, 100 + N),
)
TARGET = pd.Series(RNG.standard_normal(N), index=FRAME.index, name="y")


def test_a_frame_gives_the_features_of_its_file(tmp_path):
    FRAME.assign(y=TARGET).to_csv(tmp_path / "t.csv", index=False)
    asked = Reading("y", categories=["code"])
    rows = read_rows(tmp_path / "t.csv", asked)
    words = frame_words(FRAME, asked)
    read = words.of(FRAME, "X")
    assert tuple(read.columns) == rows.names
    assert np.array_equal(read.to_numpy(dtype=float), rows.inputs)
    assert sorted(map(str, words.notes)) == sorted(map(str, rows.notes))
    assert read.index.equals(FRAME.index)


@pytest.mark.parametrize("estimator", ["least_squares", LinearRegression()])
def test_a_forecast_reads_words_as_a_file_does(estimator, tmp_path):
    asked = Reading("y", categories=["code"])
    FRAME.assign(y=TARGET).to_csv(tmp_path / "t.csv", index=False)
    rows = read_rows(tmp_path / "t.csv", asked)
    plain = pd.DataFrame(rows.inputs, columns=list(rows.names))
    settings = {"generations": 1, "replicates": 50}
    by_file = genloss.forecast(estimator, plain, rows.target, **settings)
    by_frame = genloss.forecast(estimator, FRAME, TARGET, categories="code", **settings)
    assert np.array_equal(by_file.risk, by_frame.risk)
    assert "Read: column 'price': read as numbers: '$' and commas" in by_frame.summary()
    other = genloss.forecast(estimator, FRAME, TARGET, decimal=".", **settings)
    assert not np.array_equal(by_file.risk, other.risk)  # code as numbers
    with pytest.raises(Problem, match=r"more than 2 different words .*X.drop\(columns=\['bags'\]\)"):
        genloss.forecast(estimator, FRAME, TARGET, categories="code", levels=2, **settings)


def test_an_object_takes_numbers_unless_it_is_said_how_to_read():
    with pytest.raises(Problem, match=r"'none' in column 'bags' is not a number\n  mend: .*categories=\[\"bags\"\]"):
        genloss.forecast(LinearRegression(), FRAME, TARGET)
    with pytest.raises(Problem, match="'a' in column 0 is not a number\n  mend: give numbers, or a data frame"):
        genloss.forecast("least_squares", np.array([["a"], ["b"]] * 9), np.arange(18.0))
    with pytest.raises(Problem, match="X: ndarray, whose columns have no names"):
        genloss.forecast("least_squares", np.ones((9, 2)), np.arange(9.0), categories=["x"])
    with pytest.raises(Problem, match="categories: there is no column 'cod'\n  mend: did you mean code"):
        genloss.forecast("least_squares", FRAME, TARGET, categories=["cod"])


def test_held_out_rows_are_read_alike():
    rng = np.random.default_rng(5)
    y = (TARGET + rng.standard_normal(N) > 0).astype(int)
    held = FRAME.iloc[:20], y.iloc[:20]
    rest = FRAME.iloc[20:]
    words = frame_words(rest, Reading("y"))
    read = words.of(held[0], "held_out")
    assert list(read.columns) == list(words.of(rest, "X").columns)
    other = rest.assign(bags=["none", "one"] * 20)
    with pytest.raises(Problem, match="held_out: column 'bags' holds 'two', which no row of X holds"):
        frame_words(other, Reading("y")).of(held[0], "held_out")
    settings = {"generations": 1, "replicates": 50}
    found = genloss.forecast("logistic", rest, y.iloc[20:], held_out=held, **settings)
    share = genloss.forecast("logistic", FRAME, y, held_out=0.3, **settings)
    assert np.isfinite(found.risk[0])
    assert np.isfinite(share.risk[0])


def test_gaps_mixtures_and_unlike_entries_are_refused_in_the_words_of_python():
    for entries, found, mend in (
        (["a", None, "b"], "X, y: missing entries in 20 of 60 rows: 'x' \\(20\\)", 'missing="mean" to fill'),
        (["1,234", "5,678", "9,876"], "may part thousands or be decimals", 'thousands=","'),
        (["1.5", "2.5", "?"], r"not numeric \('\?' in row 2", r"X.replace\(\['\?'\], None\)"),
        ([1, 2, "n"], r"not numeric \('n' in row 2", 'categories=\\["x"\\]'),
    ):
        with pytest.raises(Problem, match=rf"{found}(.|\n)*{mend}"):
            genloss.forecast("least_squares", FRAME[["z"]].assign(x=entries * 20), TARGET)
    mixed = frame_words(FRAME[["z"]].assign(x=[1, 2, "n"] * 20), Reading("y", categories="x"))
    assert [feature.name for feature in mixed.features["x"]] == ["x=2", "x=n"]
    assert frame_words(FRAME[["z", "flag"]], Reading("y")) is None
    stored = FRAME[["z"]].assign(x=pd.array(["a", "b", "c"] * 20, dtype="string[pyarrow]"))
    assert [feature.name for feature in frame_words(stored, Reading("y")).features["x"]] == ["x=b", "x=c"]
    left = frame_words(FRAME, Reading("y"), leave=["bags", "said"])
    assert set(left.columns) == {"price", "size"}


AMOUNTS = 1000 + 10 * FRAME["z"].to_numpy() + RNG.standard_normal(N)
WRITTEN = {
    "euros": lambda a: f"\u20ac{a:.2f}",
    "decimal commas": lambda a: f"{a:.2f}".replace(".", ","),
    "accounts": lambda a: f"$({a:,.2f})",
    "plain": lambda a: f"{a:.2f}",
}
CONTAINERS = {
    "list": list,
    "objects": lambda entries: np.array(entries, dtype=object),
    "text": np.array,
    "series": lambda entries: pd.Series(entries, name="price"),
    "categories": lambda entries: pd.Series(pd.Categorical(entries), name="price"),
    "arrow": lambda entries: pd.Series(pd.array(entries, dtype="string[pyarrow]")),
}


@pytest.mark.parametrize("estimator", ["ridge", LinearRegression()])
@pytest.mark.parametrize("way", WRITTEN)
@pytest.mark.parametrize("container", CONTAINERS)
def test_labels_of_text_are_read_as_those_of_a_file(container, way, estimator):
    sign = -1 if way == "accounts" else 1
    settings = {"generations": 1, "replicates": 50}
    X = FRAME[["z", "flag"]].reset_index(drop=True)
    labels = CONTAINERS[container]([WRITTEN[way](amount) for amount in AMOUNTS])
    read = genloss.forecast(estimator, X, labels, **settings)
    plain = genloss.forecast(estimator, X, sign * np.round(AMOUNTS, 2), **settings)
    assert np.array_equal(read.risk, plain.risk)
    assert ("read as numbers" in read.summary()) == (way != "plain")


@pytest.mark.parametrize("estimator", ["ridge", LinearRegression()])
@pytest.mark.parametrize("count", [6, N])
def test_labels_that_need_a_choice_are_refused_in_the_words_of_python(count, estimator):
    X = FRAME[["z", "flag"]]

    def refused(labels, **asked):
        with pytest.raises(Problem) as caught:
            genloss.forecast(estimator, X, labels, generations=1, replicates=50, **asked)
        assert "LogisticRegression" not in str(caught.value)
        return str(caught.value)

    either = [f"{1 + i % count},{100 + i % count}" for i in range(N)]
    said = refused(pd.Series(either, name="price"))
    assert "y: column 'price', the target, has commas in numbers ('1,100' in row 0)" in said
    assert 'thousands=","' in said
    assert "several units: '$', '€'" in refused([f"{'$€'[i % 2]}{i % count}" for i in range(N)])
    assert "missing entries in 1 of 60 rows: 'y' (1)" in refused([None, *either[1:]], decimal=",")
    assert "stands for a gap, say None there" in refused(["?" if i % 9 == 0 else f"{i % count}.5" for i in range(N)])
    assert "holds 3 words: a, b, c" in refused(["a", "b", "c"] * 20)
    for asked in ({"thousands": ","}, {"decimal": ","}):
        assert genloss.forecast(estimator, X, either, generations=1, replicates=50, **asked).risk.size == 2


def test_two_words_are_0_and_1_for_a_word_and_classes_for_an_object():
    words = np.where(TARGET > 0, "yes", "no")
    settings = {"generations": 1, "replicates": 50}
    X = FRAME[["z"]]
    as_words = genloss.forecast("ridge", X, words, **settings)
    assert np.array_equal(as_words.risk, genloss.forecast("ridge", X, (TARGET > 0) + 0.0, **settings).risk)
    assert "no is 0, yes is 1" in as_words.summary()
    with pytest.raises(Problem, match="is not a number\n  mend: give numbers, or two classes to LogisticRegression"):
        genloss.forecast(LinearRegression(), X, words, **settings)


def test_all_that_is_missing_is_told_at_once():
    X = FRAME[["z", "bags"]].assign(w=1.0 + np.arange(N) % 7)
    X.iloc[3:6, 0], X.iloc[7, 2], X.iloc[:10, 1] = np.nan, np.nan, None
    y = TARGET.copy()
    y.iloc[4] = np.nan
    with pytest.raises(Problem) as caught:
        genloss.forecast("ridge", X, y)
    told = (
        "X, y: missing entries in 10 of 60 rows: 'bags' (10), 'z' (3), 'w' (1), 'y' (1)\n  mend: fill them in; or say "
    )
    assert str(caught.value).startswith(told)
    kept = X.notna().all(axis=1) & pd.notna(y)
    assert genloss.forecast("ridge", X[kept], y[kept], generations=1, replicates=50).risk.size == 2
    with pytest.raises(Problem, match=r"missing entries in 4 of 60 rows: 'X\[:, 0\]' \(3\), 'X\[:, 1\]' \(1\)"):
        genloss.forecast("ridge", X[["z", "w"]].to_numpy(), TARGET)


def test_columns_are_called_as_in_the_table():
    with pytest.raises(Problem, match="known here: bags, price, code, z, flag, size, said"):
        genloss.forecast("ridge", FRAME, TARGET, weights="nope")
    X = FRAME[["z", "bags"]]
    with pytest.raises(Problem, match="columns 'z' and 'bags' together make up the target"):
        genloss.forecast("ridge", X, 3 * FRAME["z"] + (FRAME["bags"] == "one"))
    many = FRAME[["z"]].assign(team=[f"t{i % 37}" for i in range(N)])
    with pytest.raises(
        Problem, match=r"40 rows for 37 directions .*the 37 words of column 'team'\n  mend: leave it out"
    ):
        genloss.forecast("ridge", many[:40], TARGET[:40])


def test_a_column_that_names_rows_is_left_out_as_from_a_file(tmp_path):
    X = FRAME[["z"]].assign(customer_id=[f"{1000 + i * 7 % N}" for i in range(N)], name=[f"n{i}" for i in range(N)])
    X.assign(y=TARGET).to_csv(tmp_path / "t.csv", index=False)
    rows = read_rows(tmp_path / "t.csv", Reading("y", levels=100))
    assert rows.names == ("z",)
    settings = {"generations": 1, "replicates": 50}
    found = genloss.forecast("ridge", X, TARGET, levels=100, **settings)
    assert np.array_equal(found.risk, genloss.forecast("ridge", X[["z"]], TARGET, **settings).risk)
    for name in ("customer_id", "name"):
        assert f"column '{name}': left out: it names the rows, each differently (keep=[\"{name}\"]" in found.summary()
    kept = genloss.forecast("ridge", X, TARGET, levels=100, keep="customer_id", **settings)
    assert not np.array_equal(kept.risk, found.risk)


GAPS = FRAME.assign(
    z=FRAME.z.where(np.arange(N) % 9 != 4), bags=FRAME.bags.where(np.arange(N) % 11 != 3), flag=FRAME.flag * 1.0
)
LABELS = TARGET.where(np.arange(N) != 7)


@pytest.mark.parametrize("missing", ["drop", "mean"])
def test_gaps_are_dropped_or_filled_as_those_of_a_file_are(missing, tmp_path, capsys):
    path = tmp_path / "t.csv"
    GAPS.assign(y=LABELS).to_csv(path, index=False)
    words = ["--target", "y", "--missing", missing, "--generations", "1", "--replicates", "50", "--json", "-"]
    assert run_command(["forecast", str(path), *words]) == 0
    said = json.loads(capsys.readouterr().out)
    small = {"generations": 1, "replicates": 50}
    found = genloss.forecast("least_squares", GAPS, LABELS, missing=missing, **small)
    np.testing.assert_allclose(found.risk, said["risk"], rtol=1e-10)
    noted = " ".join(value for name, value in found.asked if name == "read")
    gone = int((GAPS.isna().any(axis=1) | LABELS.isna()).sum())
    told = {"drop": f"{gone} of 60 rows left out", "mean": "'z': 7 missing of 59 filled with its mean"}
    assert told[missing] in noted
    assert ("'bags': 6 missing of 59 filled with the shares" in noted) == (missing == "mean")
    other = genloss.forecast("least_squares", GAPS, LABELS, missing={"drop": "mean", "mean": "drop"}[missing], **small)
    assert not np.allclose(found.risk, other.risk)
    numbers = GAPS[["z", "flag"]]
    of_array = genloss.forecast("ridge", numbers.to_numpy(), LABELS.to_numpy(), missing=missing, **small)
    assert np.array_equal(of_array.risk, genloss.forecast("ridge", numbers, LABELS, missing=missing, **small).risk)


def test_gaps_go_with_what_stands_beside_the_rows():
    rng = np.random.default_rng(3)
    firm = np.repeat(np.arange(20), 3)
    count, months = rng.poisson(3.0, N) * 1.0, rng.uniform(1, 9, N)
    kept = GAPS.z.notna().to_numpy()
    settings = {"generations": 1, "replicates": 50}
    found = genloss.forecast("poisson", GAPS[["z"]], count, exposure=months, id=firm, missing="drop", **settings)
    right = genloss.forecast(
        "poisson", GAPS[["z"]][kept], count[kept], exposure=months[kept], id=firm[kept], **settings
    )
    assert np.array_equal(found.risk, right.risk)
    judged = GAPS[["z"]].iloc[:30], count[:30]
    by_pair = genloss.forecast("poisson", GAPS[["z"]], count, held_out=judged, missing="drop", **settings)
    clean = judged[0][kept[:30]], judged[1][kept[:30]]
    right = genloss.forecast("poisson", GAPS[["z"]][kept], count[kept], held_out=clean, **settings)
    assert np.array_equal(by_pair.risk, right.risk)
    mean = genloss.forecast("poisson", GAPS[["z"]], count, held_out=judged, missing="mean", **settings)
    full = GAPS[["z"]].fillna(GAPS.z.mean())
    right = genloss.forecast("poisson", full, count, held_out=(full.iloc[:30], count[:30]), **settings)
    np.testing.assert_allclose(mean.risk, right.risk, rtol=1e-9)


def test_gaps_are_refused_as_those_of_a_file_are_and_left_to_steps():
    with pytest.raises(
        Problem, match=r"missing entries in 13 of 60 rows: 'z' \(7\), 'bags' \(6\), 'y' \(1\)"
    ) as caught:
        genloss.forecast("least_squares", GAPS, LABELS)
    assert 'say missing="drop" to leave such rows out, missing="mean" to fill in means' in caught.value.mend
    with pytest.raises(Problem, match="missing: 'men' is not known"):
        genloss.forecast("least_squares", GAPS, LABELS, missing="men")
    steps = make_pipeline(SimpleImputer(), LinearRegression())
    settings = {"generations": 1, "replicates": 50}
    found = genloss.forecast(steps, GAPS[["z", "flag"]], TARGET, **settings)
    filled = GAPS[["z", "flag"]].fillna(GAPS[["z", "flag"]].mean())
    np.testing.assert_allclose(found.risk, genloss.forecast(LinearRegression(), filled, TARGET, **settings).risk)


def test_a_column_to_leave_out_is_not_read_by_the_setting_for_all():
    """Its own advice comes first; the setting for the other column is proposed, `levels` for this one is not."""
    X = FRAME[["z"]].assign(x=["1,234", "5,678", "9,876"] * 20, w=[f"word {i} a" for i in range(N)])
    with pytest.raises(Problem) as caught:
        genloss.forecast("ridge", X, TARGET)
    found, _, proposed = str(caught.value).partition("mend:")
    assert "X.drop(columns=['w'])" in found
    assert 'thousands=","' in proposed
    assert "levels" not in proposed


def test_a_nested_cell_may_hold_a_date():
    rows = pd.DataFrame({"x": [0.1, 0.9, 0.3, 0.5], "seen": pd.Series([[datetime.date(2020, 1, 1)]] * 4, dtype=object)})
    with pytest.raises(genloss.Problem, match="seen"):
        genloss.forecast("least_squares", rows, [1.0, 2.0, 3.0, 1.5], generations=1, replicates=50)
