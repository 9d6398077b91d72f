"""Does an answer stay the same where the question does? Units, origins, names and orders, for every model and command.

Exactly (1e-6): names of columns and their order; the target's origin; the target's unit, squared in risks of squares;
the inputs' origin and unit, but where a penalty or a kernel is given in the units of the inputs (scikit-learn's own
classes with one). Within Z standard errors, because draws follow the order of rows and the sign of labels: rows in
another order, the target turned round, two classes that change places; blind to less than 50 %, RidgeCV to 70.
Control: in each kind something that must change the answer does.
"""

import numpy as np
import pandas as pd
import pytest
import tomli_w
from helpers import Z
from sklearn.covariance import EmpiricalCovariance
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, PoissonRegressor, Ridge, RidgeCV

import genloss
from genloss import Study, advise
from genloss.advise import GenerationKernelRidge, GenerationRidge, GenerationRidgeCV
from genloss.advise.estimators.named import MODELS
from genloss.advise.estimators.recognized import CLASSES
from genloss.streams import stream

ROWS, SMALL = 50, {"generations": 1, "replicates": 150}
FEW = {"generations": 1, "replicates": 50}  # where every fit is scikit-learn's own
RNG = stream(211, "invariance")
MIX = np.array([[1, 0.3, 0], [0, 20, 10], [0, 0, 0.5]])
X = pd.DataFrame(RNG.standard_normal((ROWS, 3)) @ MIX + [1, -3, 40], columns=["age", "income", "rooms"])
ETA = (X - X.mean()).to_numpy() @ [0.8, -0.04, 0.06]
NUMBERS = 2 + ETA + RNG.standard_normal(ROWS)
CLASS = (ETA + 2 * RNG.standard_normal(ROWS) > 0).astype(int)
COUNTS = RNG.poisson(np.exp(0.4 * ETA + 0.5))
ORDER = RNG.permutation(ROWS)

CASES = {
    "least_squares": NUMBERS, "ridge": NUMBERS, "kernel_ridge": NUMBERS, "gaussian": NUMBERS, "logistic": CLASS,
    "logistic penalty=0.1": CLASS, "poisson": COUNTS, "poisson penalty=0.1": COUNTS,
}  # fmt: skip
OBJECTS = [
    (LinearRegression(), NUMBERS), (Ridge(alpha=6.0), NUMBERS), (RidgeCV(), NUMBERS), (GenerationRidge(0.2), NUMBERS),
    (KernelRidge(alpha=1.0, kernel="rbf", gamma=0.01), NUMBERS), (LogisticRegression(C=np.inf), CLASS),
    (LogisticRegression(C=1.0), CLASS), (PoissonRegressor(alpha=0), COUNTS), (PoissonRegressor(alpha=0.1), COUNTS),
    (EmpiricalCovariance(), None),
]  # fmt: skip
EVERY = [*CASES.items(), *OBJECTS]


def named(model):
    return model if isinstance(model, str) else f"{model}"


def penalized(model):
    """Whether a penalty or a kernel of scikit-learn's own stands in the units of the inputs."""
    return not isinstance(model, str | LinearRegression | EmpiricalCovariance) and not (
        getattr(model, "C", 0) == np.inf or getattr(model, "alpha", 1) == 0
    )


def asked(model, x, y):
    return genloss.forecast(model, x, y, **(FEW if isinstance(model, RidgeCV) else SMALL))


def same(model, told, x, labels, unit=1.0):
    other = asked(model, x, labels)
    for name in ("risk", "low", "high", "truth_low", "run_high"):
        np.testing.assert_allclose(getattr(other, name), unit * getattr(told, name), rtol=1e-6, err_msg=name)
    assert other.plain_risk == pytest.approx(unit * told.plain_risk, rel=1e-6)
    np.testing.assert_array_equal(other.worse, told.worse)


def close(told, other):
    """Within Z standard errors, generation by generation."""
    return bool((np.abs(told.risk - other.risk) < Z * np.hypot(told.standard_error, other.standard_error)).all())


def test_every_model_is_here():
    assert {name.split()[0] for name in CASES} == set(MODELS)
    assert {type(model).__name__ for model, _ in OBJECTS} == set(CLASSES)


@pytest.mark.parametrize(("model", "y"), EVERY, ids=[named(model) for model, _ in EVERY])
def test_forecasts(model, y):
    told = asked(model, X, y)
    units = 1.0 if penalized(model) else [10.0, 30.0, 0.1]
    moved = (X * units + [100, 0, -7]).set_axis(["a", "b", "c"], axis=1)[["c", "a", "b"]]
    same(model, told, moved, y)
    if y is NUMBERS:
        squared = 1.8**2 if model != "gaussian" else 1.0
        origin = 0.0 if isinstance(model, KernelRidge) else 273.15
        same(model, told, X, 1.8 * (y + origin), squared)
    if y is CLASS:
        same(model, told, X, np.where(y == 1, "yes", "no"))
    turned = {id(NUMBERS): -NUMBERS, id(CLASS): 1 - CLASS}.get(id(y), y)
    mixed, labels = X.iloc[ORDER], None if y is None else turned[ORDER]
    assert close(told, asked(model, mixed, labels))


def test_what_must_change_an_answer_does():
    """An alpha in other units of the inputs, scikit-learn's kernel ridge with another origin, other labels."""
    told = genloss.forecast(Ridge(alpha=6.0), X, NUMBERS, **SMALL)
    assert not close(told, genloss.forecast(Ridge(alpha=6.0), X * 1e-3, NUMBERS, **SMALL))
    kernel = KernelRidge(alpha=1.0, kernel="rbf", gamma=0.01)
    told, other = (genloss.forecast(kernel, X, NUMBERS + shift, **SMALL) for shift in (0, 273.15))
    assert not close(told, other)
    level = "labels lie about 0"
    assert [[a.state for a in each.assumptions if a.name == level] for each in (told, other)] == [
        ["failed"],
        ["failed"],
    ]
    about = genloss.forecast(kernel, X, NUMBERS - NUMBERS.mean(), **SMALL)
    assert [a.state for a in about.assumptions if a.name == level] == ["checked"]
    assert "another origin of the labels is another answer" in other.summary()
    assert level not in genloss.forecast("kernel_ridge", X, NUMBERS + 273.15, **SMALL).summary()
    with pytest.raises(AssertionError):
        same("ridge", genloss.forecast("ridge", X, NUMBERS, **SMALL), X, NUMBERS[ORDER])
    assert not close(
        genloss.forecast("ridge", X, NUMBERS, **SMALL), genloss.forecast("ridge", X, NUMBERS + 6 * ETA[ORDER], **SMALL)
    )


def run_of(folder, frame, generator, noise, method):
    """Risks and standard errors of a study on a table."""
    folder.mkdir()
    frame.to_csv(folder / "rows.csv", index=False)
    study = {
        "schema": "study/1", "question": "Does it matter?", "replicates": 40, "generations": 1, "seed": 3,
        "population": {"kind": "table", "file": "rows.csv", "target": "t", "noise": noise, "held_out": 0},
        "workflow": {"kind": "replace", "rows": 30}, "generator": generator, "metrics": ["excess_risk"],
    }  # fmt: skip
    (folder / "study.toml").write_text(tomli_w.dumps(study))
    rows = getattr(genloss, method)(Study.load(folder / "study.toml")).rows
    return [np.array([getattr(row, name) for row in rows]) for name in ("value", "standard_error")]


@pytest.mark.parametrize(
    "generator",
    [
        {"kind": "least_squares"},
        {"kind": "ridge", "penalty": 0.2},
        {"kind": "kernel_ridge", "penalty": 0.01, "gamma": 0.1},
    ],
    ids=lambda case: case["kind"],
)
def test_studies_on_a_table(tmp_path, generator):
    frame = X.assign(t=NUMBERS)
    ask = lambda name, table, noise=1.0: run_of(tmp_path / name, table, generator, noise, "simulate")  # noqa: E731
    told, error = ask("plain", frame)
    moved = (X * [10, 30, 0.1] + [100, 0, -7]).set_axis(["a", "b", "c"], axis=1)[["c", "a", "b"]]
    np.testing.assert_allclose(ask("inputs", moved.assign(t=NUMBERS))[0], told, rtol=1e-6)
    kelvin = ask("target", frame.assign(t=1.8 * (NUMBERS + 273.15)), 1.8)[0]
    np.testing.assert_allclose(kelvin, 1.8**2 * told, rtol=1e-6)
    assert np.abs(ask("noise", frame, 1.8)[0] / told - 1).max() > 0.05  # control: other noise
    mixed = ask("rows", frame.iloc[ORDER])
    assert (np.abs(mixed[0] - told) < Z * np.hypot(error, mixed[1])).all()
    assert (np.abs(told - ask("more noise", frame, 3.0)[0]) > Z * error).all()  # control


def test_theory_and_advice():
    """`predict`, `plan` and penalties from rows: the noise and the truth in other units, rows and columns elsewhere."""
    x = X.to_numpy() - X.to_numpy().mean(axis=0)
    told = advise.penalty_from_rows(x, NUMBERS, generations=2)
    for rows, labels, inputs, target in [
        (x[ORDER][:, [2, 0, 1]] + 5, NUMBERS[ORDER], 1.0, 1.0),
        (x, 1.8 * (NUMBERS + 273.15), 1.0, 1.8),
        (3 * x, NUMBERS, 3.0, 1.0),
    ]:
        other = advise.penalty_from_rows(rows, labels, generations=2)
        assert other.penalty == pytest.approx(inputs**2 * told.penalty, rel=1e-3)
        np.testing.assert_allclose(other.risk, target**2 * told.risk, rtol=1e-6)
    spectrum, truth = np.array([3.0, 1.0, 0.5, 0.2]), np.array([1.0, -0.5, 0.3, 0.1])
    plan = advise.penalty_schedule(spectrum, truth, "replace rows=40", noise=0.5, generations=1)
    for e, w, noise, unit, scale in [
        (spectrum[::-1], truth[::-1], 0.5, 1.0, 1.0),
        (spectrum, 1.8 * truth, 0.9, 1.8**2, 1.0),
        (9 * spectrum, truth / 3, 0.5, 1.0, 9.0),
    ]:
        other = advise.penalty_schedule(e, w, "replace rows=40", noise=noise, generations=1)
        np.testing.assert_allclose(other.risk, unit * plan.risk, rtol=1e-4)
        np.testing.assert_allclose(other.penalties, scale * plan.penalties, rtol=1e-2)


def test_comparisons():
    """Workflows have no units; their order and names change no risk, and chances stay within Z standard errors."""
    one = genloss.compare({"a": "replace rows=50", "b": "accumulate rows=50"}, generations=3)
    other = genloss.compare({"x": "accumulate rows=50", "y": "replace rows=50"}, generations=3)
    for mine, theirs in zip(one.workflows, other.workflows[::-1], strict=True):
        np.testing.assert_allclose(mine.risk, theirs.risk)
    for name in ("chance", "chance_same_luck"):
        assert np.abs(getattr(one, name)[1, 0] - getattr(other, name)[0, 1]).max() < Z * 0.5 * np.sqrt(2 / 2000)
    assert one.workflows[0].risk[-1] > 1.5 * one.workflows[1].risk[-1]


REPAIR = [
    GenerationRidge(0.2),
    GenerationRidgeCV(),
    GenerationKernelRidge(gamma=0.1),
    GenerationKernelRidge(gamma=0.1, penalty=0.01),
]


@pytest.mark.parametrize("model", REPAIR, ids=str)
def test_estimators_that_repair(model):
    x = ((X - X.mean()) / X.std()).to_numpy()
    told = model.fit(x, NUMBERS).predict(x)
    np.testing.assert_allclose(model.fit(x, 1.8 * (NUMBERS + 273.15)).predict(x), 1.8 * (told + 273.15), rtol=1e-6)
    np.testing.assert_allclose(model.fit(x[:, [2, 0, 1]], NUMBERS).predict(x[:, [2, 0, 1]]), told, rtol=1e-6)
    if not isinstance(model, GenerationRidgeCV):  # that resamples rows
        np.testing.assert_allclose(model.fit(x[ORDER], NUMBERS[ORDER]).predict(x), told, rtol=1e-6)
