"""Which columns tell labels apart, is it so just where there is no fit, and does a penalized forecast answer then?"""

import numpy as np
import pandas as pd
import pytest
from helpers import Z
from sklearn.linear_model import LogisticRegression, PoissonRegressor

import genloss
from genloss.cli.main import run_command
from genloss.errors import Problem
from genloss.models.likelihood import LINKS, estimate_exists, maximize, unbiased
from genloss.models.separation import separations
from genloss.streams import stream

SMALL = {"generations": 2, "replicates": 50}


def births(seed=1, rows=150):
    """Births: low is 1 up to 2,500 grams; rows are numbered in the order of low."""
    rng = stream(seed, "births")
    grams = np.concatenate([[2462.0, 2520.0], rng.integers(700, 2460, rows // 3), rng.integers(2530, 5000, rows // 2)])
    low = (grams <= 2500).astype(int)
    frame = pd.DataFrame({"age": rng.integers(15, 45, grams.size), "smoke": rng.integers(0, 2, grams.size)})
    frame["grams"], frame["low"] = grams, low
    return frame.astype(float)


def test_single_columns_are_named_with_their_rule():
    x = np.array([[2462.0, 1, 0, 5], [2400, 3, 1, 1], [2520, 2, 0, 5], [3000, 1, 0, 0]])
    names = ["grams", "age", "ill", "visits"]
    (found,) = separations("logistic", x[:, :2], np.array([1, 1, 0, 0]), names=names[:2], target="low")
    assert found.sentence == "column 'grams' alone: low is 1 where grams <= 2500, and 0 elsewhere"
    assert (found.columns, found.complete) == ((0,), True)
    (other,) = separations(
        "logistic", x[:, :2], np.array([0, 0, 1, 1]), names=names[:2], target="heavy", labels=("no", "yes")
    )
    assert other.sentence == "column 'grams' alone: heavy is yes where grams > 2500, and no elsewhere"
    (some,) = separations("logistic", x[:, 1:3], np.array([0, 1, 1, 0]), names=names[1:3])[1:]
    assert some.sentence == "column 'ill' alone: the label is 1 wherever ill is 1"
    assert not some.complete
    _, told = separations("logistic", x[:, [1, 2]], np.array([1, 0, 1, 1]), names=["age", "ill"], labels=("no", "yes"))
    assert told.sentence == "column 'ill' alone: the label is yes where ill is 0, and no elsewhere"
    (counts,) = separations("poisson", x[:, [1, 2]], np.array([2, 0, 4, 1]), names=["age", "ill"], target="calls")
    assert counts.sentence == "column 'ill' alone: calls is 0 wherever ill is 1"
    assert separations("poisson", x[:, [1]], np.array([2, 1, 4, 0])) == ()
    assert separations("logistic", np.ones((4, 1)), np.array([0, 1, 0, 1])) == ()  # a constant tells nothing
    assert separations("logistic", x[:, [1]], np.array([0, 1, 0, 1])) == ()  # ones on both sides of a zero


def test_a_combination_is_as_small_as_it_can_be():
    rng = stream(2, "combination")
    x = rng.standard_normal((80, 5)) * [1, 10, 1, 1e3, 1] + 50
    y = (x[:, 1] + x[:, 3] / 100 > 50.5).astype(int)
    (found,) = separations("logistic", x, y, names=list("abcde"), target="bought")
    assert (found.columns, found.complete) == ((1, 3), True)
    assert found.sentence == "columns 'b' and 'd' together: a weighted sum of them tells what bought is in every row"
    hint = y + rng.uniform(-0.7, 0.7, 80)  # helps a little: the least slopes use it, and it can be left out
    (found,) = separations("logistic", np.column_stack([x[:, 1], x[:, 3], hint]), y)
    assert found.columns in ((0, 1), (0, 2), (1, 2))
    on = rng.integers(0, 3, (80, 2))
    counts = np.where(on.sum(axis=1) == 2, 1 + rng.poisson(2, 80), 0) * (on.sum(axis=1) <= 2)
    kept = on.sum(axis=1) <= 2
    (few,) = separations("poisson", np.column_stack([x, on])[kept], counts[kept])  # above 0 where both add up to 2
    assert few.columns == (5, 6)


@pytest.mark.parametrize("kind", ["logistic", "poisson"])
def test_something_is_found_where_and_only_where_there_is_no_fit(kind):
    """Small tables of few values: the linear program of `estimate_exists` decides; both answers come up often."""
    seen = []
    for k in range(60):
        rng = stream(3, kind, k)
        x = rng.integers(-2, 3, (9, 3)).astype(float)
        y = (rng.random(9) < 0.5) * 1.0 if kind == "logistic" else rng.poisson(0.6, 9).astype(float)
        ones = np.column_stack([np.ones(9), x])
        if y.max() == 0 or (kind == "logistic" and y.min() == 1) or np.linalg.matrix_rank(ones) < 4:
            continue
        seen.append(estimate_exists(kind, ones, y, np.ones(9)))
        assert bool(separations(kind, x, y)) != seen[-1]
    assert min(np.sum(seen), np.sum(~np.array(seen))) > 5


@pytest.mark.parametrize("kind", ["logistic", "poisson"])
def test_fits_without_bias_and_with_a_penalty_exist_where_labels_part(kind):
    """What `unbiased` maximizes has slope 0 there, by differences; heavy tails too. Control: near it, it has not."""
    link = LINKS[kind]
    for k in range(8):
        rng = stream(4, kind, k)
        x = np.column_stack([np.ones(90), rng.standard_t(1.5, (90, 3)) if k % 2 else rng.standard_normal((90, 3))])
        x[:, 1:] /= x[:, 1:].std(axis=0)
        part = x[:, 1] > np.median(x[:, 1])
        x[:, 1] = np.where(part, x[:, 1], x[:, 1] if kind == "logistic" else x[:, 1].min())
        y = part * 1.0 if kind == "logistic" else np.where(part, 0.0, 1.0 * rng.poisson(2, 90))

        def value(b, x=x, y=y):
            eta = x @ b
            root = np.linalg.slogdet(x.T @ (link.weight(eta)[:, None] * x))[1]
            return (y * eta - link.cumulant(eta)).sum() + root / 2

        b = unbiased(kind, x, y)
        steps = 1e-4 * np.eye(4) * np.maximum(np.abs(b), 1)
        scale = np.abs([value(b + 100 * s) + value(b - 100 * s) - 2 * value(b) for s in steps])
        slopes = np.abs([value(b + s) - value(b - s) for s in steps])
        assert (slopes < 1e-4 * scale + 1e-9).all()
        off = b + 100 * steps[1]
        assert np.abs(value(off + steps[1]) - value(off - steps[1])) > 1e-4 * scale[1]
        fits, exists = maximize(kind, x[None], y[None], np.full(90, 1 / 90), 0.01)
        assert exists.all()
        model = (
            LogisticRegression(C=1 / 0.9, tol=1e-10, max_iter=10_000)
            if kind == "logistic"
            else PoissonRegressor(alpha=0.01, tol=1e-10, max_iter=10_000)
        )
        np.testing.assert_allclose(fits[0, 1:], np.ravel(model.fit(x[:, 1:], y).coef_), rtol=1e-3, atol=1e-4)
        assert not maximize(kind, x[None], y[None], np.full(90, 1 / 90))[1].any()
    none = np.zeros((1, 90))
    assert not maximize(kind, x[None], none, np.full(90, 1 / 90), 0.01)[1].any()  # all alike: the intercept is free


def test_a_penalized_forecast_of_separated_labels_answers_and_a_plain_one_names_the_column(tmp_path, capsys):
    frame = births()
    path = tmp_path / "births.csv"
    frame.to_csv(path, index=False)
    common = [
        "forecast",
        str(path),
        "--target",
        "low",
        "--model",
        "logistic",
        "--generations",
        "2",
        "--replicates",
        "50",
    ]
    assert run_command(common) == 2
    said = capsys.readouterr().err
    assert "the labels are separable: column 'grams' alone: low is 1 where grams <= 2500, and 0 elsewhere" in said
    assert (
        "leave out column 'grams' (--drop grams) if the label is made of it, or give a penalty (--penalty 0.01)" in said
    )
    assert run_command([*common, "--penalty", "0.01"]) == 0
    said = capsys.readouterr()
    assert (
        "does not hold: labels are not told for certain by the inputs (the labels are separable: column 'grams'"
        in said.err
    )
    assert "0.0%" in said.out
    x, y = frame.drop(columns="low"), frame["low"]
    for estimator in ({"kind": "logistic", "penalty": 0.01}, LogisticRegression(C=1.0)):
        told = genloss.forecast(estimator, x, y, begin="new_rows", **SMALL)
        assert told.exists_until is None
        assert np.isfinite(told.high).all()
        assert (told.ended == 0).all()
        assert told.risk[2] - told.risk[0] > Z * told.standard_error[0]
    for estimator in ("logistic", LogisticRegression(C=np.inf)):
        with pytest.raises(
            Problem, match=r"(?s)generation 0 has no fit without.*grams <= 2500.*penalty=0.01. or a finite C"
        ):
            genloss.forecast(estimator, x, y, **SMALL)
        with pytest.raises(Problem, match="grams <= 2500"):
            genloss.forecast(estimator, x, y, held_out=0.2, **SMALL)
    with pytest.raises(Problem, match=r"column 'X\[:, 2\]' alone: the label is true where"):
        genloss.forecast("logistic", x.to_numpy(), y.to_numpy() == 1, **SMALL)
    with pytest.raises(Problem, match="grams above 2500 is true where grams > 2500"):
        genloss.forecast("logistic", x, frame["grams"], above=2500, **SMALL)
    assert genloss.forecast("logistic", x.drop(columns="grams"), y, **SMALL).exists_until != -1


def test_counts_that_lie_on_one_side_are_named():
    frame = births(5)
    counts = pd.Series(np.where(frame["smoke"] > 0, 0, 1 + stream(5, "calls").poisson(2, len(frame))), name="calls")
    x = frame[["age", "smoke"]]
    with pytest.raises(
        Problem, match="counts above 0 lie in too few directions: column 'smoke' alone: calls is 0 wherever smoke is 1"
    ):
        genloss.forecast("poisson", x, counts, **SMALL)
    assert genloss.forecast("poisson penalty=0.01", x, counts, **SMALL).exists_until is None
