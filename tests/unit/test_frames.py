"""Are the columns of words of a data frame read as those of a file, and only where they are asked to be?"""

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
    with pytest.raises(Problem, match=r"'none' in column 'bags' is no number\n  mend: .*categories=\[\"bags\"\]"):
        genloss.forecast(LinearRegression(), FRAME, TARGET)
    with pytest.raises(Problem, match="'a' in column 0 is no number\n  mend: give numbers, or a data frame"):
        genloss.forecast("least_squares", np.array([["a"], ["b"]] * 9), np.arange(18.0))
    with pytest.raises(Problem, match="X: ndarray, whose columns have no names"):
        genloss.forecast("least_squares", np.ones((9, 2)), np.arange(9.0), categories=["x"])
    with pytest.raises(Problem, match="categories: there is no column 'cod'\n  mend: did you mean code"):
        genloss.forecast("least_squares", FRAME, TARGET, categories=["cod"])


def test_held_out_rows_are_read_alike():
    y = (TARGET + RNG.standard_normal(N) > 0).astype(int)
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
