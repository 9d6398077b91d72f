"""Metrics of labeled rows in the eyes of a judge: their definitions, the judge, floors, that none stands alone."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.datasets import load_digits

import genloss
from genloss.errors import Problem
from genloss.metrics import METRICS
from genloss.metrics.judged import (
    NEIGHBORS,
    TOGETHER,
    frechet_distance,
    precision,
    recall,
    within_class_variance,
)
from genloss.populations.own_rows import seen_of, take
from genloss.study.subjects.own.judging import judge_of, seen_by
from genloss.study.subjects.own.measuring import default_metrics, floor, measured

pytestmark = pytest.mark.usefixtures("without_pictures")

RNG = np.random.default_rng(8)
REAL, MADE = RNG.normal(size=(60, 3)) * [1.0, 2.0, 0.5], RNG.normal(size=(50, 3)) + 0.7
DIGITS, ORDER = load_digits(), RNG.permutation(1797)  # in their order they are those of one writer after another
HELD_OUT, OTHERS = ((DIGITS.images[places], DIGITS.target[places]) for places in (ORDER[:500], ORDER[500:1000]))


def test_frechet_distance_is_that_of_its_formula():
    one, other = np.cov(REAL.T), np.cov(MADE.T)
    slow = ((REAL.mean(axis=0) - MADE.mean(axis=0)) ** 2).sum() + np.trace(one + other - 2 * sqrtm(one @ other).real)
    found = float(frechet_distance(real_features=REAL, generated_features=MADE))
    assert found == pytest.approx(float(slow), rel=1e-9)
    assert found == pytest.approx(float(frechet_distance(real_features=MADE, generated_features=REAL)), rel=1e-9)


def reached(rows, of):
    """Which share of rows stands within reach, by loops."""
    reach = [sorted(float(np.linalg.norm(a - b)) for b in of)[NEIGHBORS] for a in of]
    return np.mean([any(np.linalg.norm(row - a) <= far for a, far in zip(of, reach, strict=True)) for row in rows])


def test_precision_and_recall_are_those_of_loops():
    asked = {"real_features": REAL, "generated_features": MADE}
    assert float(precision(**asked)) == reached(MADE, REAL)
    assert float(recall(**asked)) == reached(REAL, MADE)
    assert 0 < reached(MADE, REAL) < 1


def test_variance_is_taken_within_labels():
    real, labels = np.array([[0.0], [2.0], [10.0], [14.0]]), np.array([0, 0, 1, 1])
    made = np.array([[5.0], [6.0], [9.0], [9.0]])  # variance 1/4 for 1 of label 0, one row of label 1
    found = within_class_variance(
        real_inputs=real, real_labels=labels, generated_inputs=made[:3], generated_labels=labels[:3]
    )
    assert float(found) == (0.25 + 0.0) / 2


class Noisy:
    """Makes real rows with noise, or the mean of each label alone."""

    def __init__(self, rows, noise=0.0, mean=False):
        self.rows, self.noise, self.mean = rows, noise, mean

    def sample(self, count, rng):
        X, y = take(self.rows, rng.integers(len(self.rows[1]), size=count))
        X = X + self.noise * rng.normal(size=X.shape)
        means = np.array([self.rows[0][self.rows[1] == k].mean(axis=0) for k in range(10)])
        return (means[y] + 0.01 * X if self.mean else X), y


def test_noise_and_narrowness_are_told_apart():
    seen = seen_of(HELD_OUT)
    real = floor(OTHERS, HELD_OUT, seen, TOGETHER)
    assert real["judge_agreement"] > 0.9
    assert real["precision"] > 0.8
    assert real["recall"] > 0.8
    assert 0.85 < real["within_class_variance"] < 1.15
    rng = np.random.default_rng(0)
    noisy, narrow = (
        measured(fit, HELD_OUT, seen, TOGETHER, rng) for fit in (Noisy(OTHERS, 6.0), Noisy(OTHERS, mean=True))
    )
    assert noisy["judge_agreement"] < real["judge_agreement"] < narrow["judge_agreement"] + 0.05
    assert noisy["within_class_variance"] > 1.5
    assert narrow["within_class_variance"] < 0.05
    assert narrow["recall"] < 0.1
    assert min(noisy["frechet_distance"], narrow["frechet_distance"]) > 3 * real["frechet_distance"]


def test_the_judge_is_the_same_for_the_same_rows_and_sees_as_it_was_fitted():
    judge = judge_of(HELD_OUT)
    assert judge_of((HELD_OUT[0].copy(), HELD_OUT[1].copy())) is judge
    assert (judge.judged(judge.inputs(OTHERS)) == judge.places(OTHERS[1])).mean() > 0.9
    assert judge.features(judge.inputs(OTHERS)).shape == (500, 32)
    assert seen_by(judge, HELD_OUT, OTHERS)["generated_labels"].shape == (500,)
    two = (HELD_OUT[0][HELD_OUT[1] < 2], np.where(HELD_OUT[1][HELD_OUT[1] < 2], "one", "zero"))
    binary = judge_of(two)
    assert (binary.judged(binary.inputs(two)) == binary.places(two[1])).mean() > 0.95
    assert binary.places(np.array(["two"])).tolist() == [-1]


@pytest.mark.parametrize("labels", [np.zeros(20, int), np.array([0] * 19 + [1])])
def test_rows_by_which_nobody_can_judge_are_refused(labels):
    with pytest.raises(Problem, match="the rows held out do not allow"):
        judge_of((np.arange(40.0).reshape(20, 2), labels))


def test_one_metric_of_a_judge_brings_all():
    asked = {
        "replicates": 2,
        "generations": 0,
        "metrics": ["recall"],
        "population": {"kind": "rows", "data": "digits", "target": "class"},
        "generator": {"kind": "network", "network": "Softmax", "budget": {"steps": 10}},
        "workflow": {"kind": "replace", "rows": 100},
    }
    study = genloss.Study.from_dict(asked)
    assert all(f'"{name}"' in study.toml() for name in TOGETHER)
    assert default_metrics(HELD_OUT) == list(TOGETHER)
    assert set(TOGETHER) <= set(METRICS)
    asked["population"] = {"kind": "rows", "data": "iris"}
    asked["generator"] = {"kind": "sklearn", "estimator": "GaussianMixture"}
    with pytest.raises(Problem, match="does not measure rows of this form"):
        genloss.simulate(genloss.Study.from_dict(asked))


def test_images_of_the_catalog_have_rows_and_columns_and_are_labeled_by_any_classifier():
    asked = {
        "replicates": 2,
        "generations": 1,
        "metrics": ["held_out_error"],
        "population": {"kind": "rows", "data": "digits", "target": "class"},
        "generator": {"kind": "sklearn", "estimator": "GaussianNB", "options": {"var_smoothing": 0.1}},
        "workflow": {"kind": "replace", "rows": 200},
    }
    found = genloss.simulate(genloss.Study.from_dict(asked))
    assert found.select(generation=1).rows[0].value < 0.3
    density = {"kind": "sklearn", "estimator": "GaussianMixture", "options": {"reg_covar": 0.1}}
    asked |= {"metrics": ["variance_left"], "population": {"kind": "rows", "data": "digits"}, "generator": density}
    found = genloss.simulate(genloss.Study.from_dict(asked))  # pixels that are 0 in all are not judged
    assert found.select(generation=1).rows[0].value > 0.5
