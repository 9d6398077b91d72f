"""Networks that label rows: their definitions, what they are told of real rows, going on from earlier fits, bytes."""

from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

import genloss
from genloss.errors import Problem
from genloss.models import check
from genloss.models.neural import Perceptron, Softmax
from genloss.populations.own_rows import to_bytes

STUDIES = Path(__file__).parents[2] / "studies"
needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed: pip install torch==2.13.0")
LABELERS = [
    pytest.param(Softmax(unit="column"), id="softmax"),
    pytest.param(Perceptron(8, budget={"steps": 25}, batch=16), id="perceptron", marks=needs_torch),
]


def rng(seed=0):
    return np.random.default_rng(seed)


def rows(count=120, classes=3):
    y = np.arange(count) % classes
    X = rng(5).normal(size=(count, 4))
    X[:, 0] += 3.0 * y
    return X, y


def slow_loss(W, b, X, y, penalty, weights):
    """The definition, row by row."""
    total = 0.0
    for x, label, weight in zip(X, y, weights, strict=True):
        values = [sum(x[i] * W[i, k] for i in range(len(x))) + b[k] for k in range(len(b))]
        total += weight * (np.log(sum(np.exp(v) for v in values)) - values[label])
    return total / len(X) + penalty / 2 * sum(float(w) ** 2 for w in W.ravel())


def test_softmax_regression_is_the_least_of_its_definition():
    X, y = rows()
    weights = rng(1).uniform(0.1, 1.9, len(y))
    weights /= weights.mean()
    held = Softmax(penalty=0.05, unit=2.0).fit((X, y), weights, rng()).weights
    least = slow_loss(held["W0"], held["b0"], X / 2.0, y, 0.05, weights)
    for seed in range(5):
        W, b = (held[name] + 0.02 * rng(seed).normal(size=held[name].shape) for name in ("W0", "b0"))
        assert slow_loss(W, b, X / 2.0, y, 0.05, weights) > least
    other = Softmax(penalty=0.05, unit=2.0).fit((X, y), None, rng()).weights
    assert slow_loss(other["W0"], other["b0"], X / 2.0, y, 0.05, weights) > least + 1e-6  # weights count


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_softmax_regression_agrees_with_scikit_learn():
    from sklearn.linear_model import LogisticRegression

    X, y = rows()
    fit = Softmax(penalty=0.01, unit=1.0).fit((X, y), None, rng())
    theirs = LogisticRegression(C=1 / (0.01 * len(y)), tol=1e-8, max_iter=2000).fit(X, y)
    ours = np.exp([fit.log_prob((X, np.full(len(y), k))) for k in range(3)]).T
    assert np.allclose(ours, theirs.predict_proba(X), atol=1e-3)


@pytest.mark.parametrize("model", LABELERS)
def test_a_labeler_keeps_the_contract(model):
    checked = check(model, rows(100))
    assert checked.well, str(checked)
    (weights,) = (finding for finding in checked.findings if finding.what == "weights")
    assert "other labels are drawn" in weights.said


def test_a_labeler_whose_weights_do_not_count_is_found():
    class Deaf(Softmax):
        def fit(self, data, weights, rng, *, start=None):
            del weights
            return super().fit(data, None, rng, start=start)

    (weights,) = (finding for finding in check(Deaf(), rows(100)).findings if finding.what == "weights")
    assert weights.well is False


@pytest.mark.parametrize("model", LABELERS)
def test_two_fits_with_one_key_are_the_same_bytes(model):
    one, other = (model.fit(rows(), None, rng(3)) for _ in range(2))
    for name, array in one.state().items():
        assert array.tobytes() == other.state()[name].tobytes()
    again = model.from_state({name: array.copy() for name, array in one.state().items()})
    assert to_bytes(again.sample(50, rng(1))) == to_bytes(one.sample(50, rng(1)))


@pytest.mark.parametrize("model", LABELERS)
def test_labels_that_a_generation_lost_are_known_where_real_rows_were_told(model):
    X, y = rows()
    few = (X[y < 2], y[y < 2])
    alone, told = (each.fit(few, None, rng()) for each in (model, model.among((X, y))))
    logs = [fit.log_prob((X, y))[y == 2] for fit in (alone, told)]
    assert np.isneginf(logs[0]).all()
    assert np.isfinite(logs[1]).all()
    made, _ = told.sample(400, rng())
    assert {x.tobytes() for x in made} <= {x.tobytes() for x in X}
    assert made[:, 0].max() > few[0][:, 0].max()  # inputs are those of all real rows


def test_the_same_inputs_come_each_once():
    X, y = rows()
    made, labels = Softmax(inputs="same", labels="hard", unit=1.0).fit((X, y), None, rng()).sample(len(y), rng())
    assert sorted(map(tuple, made)) == sorted(map(tuple, X))
    order = [int(np.flatnonzero((x == X).all(axis=1))[0]) for x in made]
    assert (labels == y[order]).mean() > 0.8


@pytest.mark.parametrize("model", LABELERS)
def test_a_low_temperature_draws_what_is_most_probable(model):
    fit = model.fit(rows(), None, rng())
    X, labels = fit.sample(200, rng(), temperature=1e-3)
    assert np.array_equal(labels, fit.predict(X))
    assert not np.array_equal(fit.sample(400, rng(), temperature=5.0)[1], fit.predict(fit.sample(400, rng())[0]))
    with pytest.raises(Problem, match="temperature"):
        fit.sample(1, rng(), temperature=0.0)


@pytest.mark.parametrize("kind", [Softmax, pytest.param(Perceptron, marks=needs_torch)])
def test_a_start_goes_on_from_the_weights_of_an_earlier_fit(kind):
    begun = kind(budget={"steps": 100}).fit(rows(), None, rng())
    short = kind(budget={"steps": 2})
    loss = {
        name: -short.fit(rows(), None, rng(1), start=start).log_prob(rows()).mean()
        for name, start in (("scratch", None), ("on", begun))
    }
    assert loss["on"] < loss["scratch"] - 0.1
    wider = short.fit(rows(160, classes=4), None, rng(1), start=begun)  # a label more
    assert np.isfinite(wider.log_prob(rows(160, classes=4))).all()
    with pytest.raises(Problem, match="start"):
        short.fit(rows(), None, rng(1), start=object())


@needs_torch
def test_a_fit_of_other_layers_is_no_start():
    begun = Perceptron(8, budget={"steps": 2}).fit(rows(), None, rng())
    with pytest.raises(Problem, match="other layers"):
        Perceptron(9, budget={"steps": 2}).fit(rows(), None, rng(), start=begun)


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"penalty": -1.0}, "penalty"),
        ({"labels": "soft"}, "labels"),
        ({"inputs": "new"}, "inputs"),
        ({"unit": 0.0}, "unit"),
        ({"budget": {"steps": 1, "epochs": 1}}, "budget"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(options, where):
    with pytest.raises(Problem, match=where):
        Softmax(**options)


@pytest.mark.parametrize("options", [{"hidden": 0}, {"hidden": ()}, {"batch": 0}, {"rate": 0.0}, {"decay": -1.0}])
def test_settings_of_a_network_that_cannot_be_are_refused_by_name(options):
    with pytest.raises(Problem, match=next(iter(options))):
        Perceptron(**options)


def test_rows_without_labels_are_refused():
    with pytest.raises(Problem, match="no labels"):
        Softmax().fit(rows()[0], None, rng())
    with pytest.raises(Problem, match="with a fraction"):
        Softmax().fit((rows()[0], rows()[0][:, 0]), None, rng())


@needs_torch
def test_a_chain_of_networks_that_was_stopped_goes_on_with_the_same_bytes(tmp_path):
    spec = {
        "replicates": 2,
        "metrics": ["held_out_loss"],
        "population": {"rows": rows()},
        "generator": {"model": Perceptron(6, budget={"steps": 10}, batch=8), "start": "previous"},
        "workflow": {"kind": "replace", "rows": 40},
    }
    for place, last in (("whole", 2), ("parts", 1), ("parts", 2)):
        study = genloss.Study.from_dict(spec | {"generations": last, "report": [last]})
        genloss.simulate(study.keeping(tmp_path / place))
    kept = [sorted(folder.rglob("generation-*.npz")) for folder in (tmp_path / "whole", tmp_path / "parts")]
    assert [path.read_bytes() for path in kept[0]] == [path.read_bytes() for path in kept[1]]
    assert len(kept[0]) == 4
    (said, *_) = (tmp_path / "whole").rglob("generation-0001.json")
    assert '"device": "cpu"' in said.read_text() or '"device": "cuda"' in said.read_text()


def test_the_worked_study_of_labels_runs():
    found = genloss.simulate(STUDIES / "softmax-relabels-digits.toml")
    last = {row.case: row for row in found.select(metric="held_out_error", generation=4).rows}
    apart = last["replace"].value - last["real labels kept"].value
    assert apart > 4.5 * (last["replace"].standard_error + last["real labels kept"].standard_error)
    assert not found.gaps or not [gap for gap in found.gaps if "left out" in gap]


CONTROL = {"emit": [{"tag": "real", "from": "real", "rows": 40, "at": "start"}], "train": [{"select": {"tag": "real"}}]}


@pytest.mark.parametrize(
    ("workflows", "start", "told"),
    [
        ("replace rows=40", "previous", True),
        (["replace rows=40", CONTROL], "previous", False),
        ("replace rows=40", "base", False),
    ],
)
def test_who_goes_on_from_the_fit_before_is_told_to_add_a_control(workflows, start, told):
    asked = {"generations": 1, "seeds": 2, "metrics": ["held_out_error"], "start": start}
    found = genloss.chain(Softmax(), rows(), workflows, **asked)
    (gap,) = [gap for gap in found.gaps if "real rows alone" in gap] or [""]
    assert bool(gap) == told
    if told:  # what is said can be pasted
        import tomllib

        pasted = tomllib.loads(gap.partition("add a case with ")[2])["workflow"]
        again = genloss.chain(Softmax(), rows(150), ["replace rows=40", pasted], **asked)
        assert not [gap for gap in again.gaps if "real rows alone" in gap]


@needs_torch
def test_the_worked_study_of_a_network_that_goes_on_has_its_control():
    found = genloss.simulate(STUDIES / "network-goes-on.toml")
    assert not [gap for gap in found.gaps if "real rows alone" in gap]
    first, last = (found.select(metric="held_out_error", generation=g).rows for g in (0, 3))
    own, control = ({row.case: row for row in rows} for rows in (first, last))
    assert own["own labels"].value == own["control: real labels"].value
    apart = control["own labels"].value - control["control: real labels"].value
    assert apart > 4.5 * sum(row.standard_error for row in control.values())


def test_own_rows_with_a_target_are_read_from_a_file_and_from_a_data_set(tmp_path):
    X, y = rows(60)
    lines = [",".join(map(str, (*x, label))) for x, label in zip(X.tolist(), y.tolist(), strict=True)]
    (tmp_path / "my.csv").write_text("\n".join(["a,b,c,d,y", *lines]) + "\n")
    for home in ({"file": "my.csv", "target": "y"}, {"data": "iris", "target": "target"}):
        study = {
            "replicates": 2,
            "generations": 1,
            "metrics": ["held_out_error"],
            "population": {"kind": "rows", **home},
            "generator": {"kind": "network", "network": "Softmax", "budget": {"steps": 100}},
            "workflow": {"kind": "replace", "rows": 30},
        }
        found = genloss.simulate(genloss.Study.from_dict(study, folder=tmp_path))
        assert found.select(generation=1).rows[0].value < 0.5
