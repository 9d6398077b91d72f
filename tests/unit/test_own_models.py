"""A model of one's own as the generator of a study: five lines, the same law, the same resume, clear refusals."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from helpers import Z

import genloss
from genloss import Problem
from genloss.models import LeastSquares
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Replicated, Single
from genloss.streams import stream
from genloss.theory.gaussian import variance_moment
from genloss.workflows import accumulate, accumulate_subsample, forget, replace

pytestmark = pytest.mark.usefixtures("without_pictures")


@dataclass(frozen=True)
class Normal:
    """Fits mean and covariance by maximum likelihood."""

    shrink: float = 1.0

    def fit(self, data, weights, rng, *, start=None):
        del rng, start
        table = np.asarray(data, dtype=float)
        w = np.full(len(table), 1 / len(table)) if weights is None else weights / weights.sum()
        mean = w @ table
        away = table - mean
        return NormalFit(mean, self.shrink * (away * w[:, None]).T @ away)


@dataclass(frozen=True, eq=False)
class NormalFit:
    mean: np.ndarray
    covariance: np.ndarray

    def sample(self, count, rng, **sampler):
        assert not sampler
        return rng.multivariate_normal(self.mean, self.covariance, count)


ROWS = stream(1, "own").multivariate_normal([1.0, 2.0], [[1.0, 0.5], [0.5, 2.0]], 400)


LABELED = (ROWS[:, :1], ROWS[:, 1])
ASKED = {
    "generations": 3,
    "replicates": 12,
    "seed": 5,
    "population": ROWS,
    "generator": Normal(),
    "workflow": {"kind": "replace", "rows": 60},
    "metrics": ["energy_distance", "variance_left"],
}


def study(**changes):
    return genloss.Study.from_dict(ASKED | changes)


def test_a_model_of_ones_own_is_a_studys_generator(tmp_path):
    asked = study()
    result = genloss.run(asked, out=tmp_path)
    values = result.to_frame().set_index(["generation", "metric"]).value
    assert len(values) == 8
    assert values[3, "energy_distance"] > values[0, "energy_distance"]
    assert "no theory" in result.gaps[0]
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert "Normal(shrink=1.0)" in page
    again = genloss.run(study(replicates=14), out=tmp_path)  # goes on: the first block is stored
    assert again.rows[0].replicates == 14
    assert [r.value for r in genloss.simulate(asked, workers=2).rows] == [r.value for r in result.rows]


def test_what_tells_models_and_rows_apart_tells_cells_apart():
    assert study().id == study(generator=Normal(1.0)).id
    assert study().id != study(generator=Normal(0.9)).id
    assert study().id != study(population=ROWS[:-1]).id
    one = genloss.simulate(study(case=[{"name": "a", "generator": Normal()}, {"name": "b", "generator": Normal(0.5)}]))
    first = one.select(generation=0, metric="variance_left").to_frame().set_index("case").value
    assert first["b"] == pytest.approx(first["a"] / 2, rel=0.1)  # the same real rows, the same draws of rows


def test_tables_keep_their_names_and_models_are_given_tables():
    @dataclass(frozen=True)
    class Watching(Normal):
        def fit(self, data, weights, rng, *, start=None):
            assert list(data.columns) == ["height", "weight"]
            fitted = super().fit(data, weights, rng, start=start)
            return Named(fitted)

    @dataclass(frozen=True, eq=False)
    class Named:
        fitted: NormalFit

        def sample(self, count, rng, **sampler):
            return pd.DataFrame(self.fitted.sample(count, rng, **sampler), columns=["height", "weight"])

    table = pd.DataFrame(ROWS, columns=["height", "weight"])
    asked = study(population=table, generator=Watching(), workflow={"kind": "accumulate", "rows": 40})
    assert "height, weight" in asked.toml()
    assert len(genloss.simulate(asked).rows) == 8


def test_the_start_of_a_fit_is_the_fit_asked_for():
    seen = []

    @dataclass(frozen=True)
    class Told(Normal):
        def fit(self, data, weights, rng, *, start=None):
            seen.append(start)
            return super().fit(data, weights, rng)

    for start in ("scratch", "base", "previous"):
        seen.clear()
        rng = stream(3, start)
        fits = list(
            chain(Told(), lambda batch: ROWS[: batch.rows], replace(30).compile(2), layout=Single(),
                  random=lambda *_, r=rng: r, start=start)
        )  # fmt: skip
        wanted = {"scratch": [None] * 3, "base": [None, fits[0], fits[0]], "previous": [None, fits[0], fits[1]]}
        assert all(one is other for one, other in zip(seen, wanted[start], strict=True))


def test_a_chain_of_ones_own_model_has_the_law_of_theory():
    """Mean variance of a Gaussian chain; the control is off by one generation, 1 / 25 = 4 % of the value."""
    schedule, runs = replace(25).compile(3), 2000
    left = np.empty((runs, 4))
    for r in range(runs):
        rng = stream(7, "law", r)
        fits = chain(
            Normal(), lambda batch, g=rng: g.standard_normal((batch.rows, 1)), schedule, layout=Single(),
            random=lambda *_, g=rng: g,
        )  # fmt: skip
        left[r] = [fit.covariance[0, 0] for fit in fits]
    mean, error = left.mean(axis=0), left.std(axis=0, ddof=1) / runs**0.5
    right = variance_moment(1.0, rows=25, generation=np.arange(5), divisor="maximum_likelihood")
    assert np.all(np.abs(mean - right[:4]) < Z * error)
    assert np.any(np.abs(mean - right[1:]) > Z * error)


@pytest.mark.parametrize(
    "workflow", [accumulate(20), forget(20, 0.5), accumulate_subsample(20, 15), accumulate_subsample(20, 15, True)]
)
def test_one_run_alone_and_many_runs_side_by_side_train_on_the_same_rows(workflow):
    """The two layouts form the same terms: each replicate's data and weights are those of a run alone."""

    class Kept:
        def __init__(self, rows, weights):
            self.rows, self.weights = rows, weights

        def sample(self, count, rng, **sampler):
            del sampler
            return rng.standard_normal((*self.rows.shape[:-2], count, 1))

    class Keeper:
        def fit(self, data, weights, rng, *, start=None):
            del rng, start
            return Kept(data, weights)

    def fits(layout, replicate):
        def random(*key):
            numbers = stream(9, *map(str, key))
            if key[0] != "take":
                return numbers
            both = numbers.random((2, 400))

            class Fixed:
                def random(self, size):
                    return both[:, : size[1]] if replicate is None else both[replicate : replicate + 1, : size[1]]

            return Fixed()

        real = stream(9, "real").standard_normal((2, 20, 1))
        made = real if replicate is None else real[replicate]
        return list(chain(Keeper(), lambda _: made, workflow.compile(2), layout=layout, random=random))

    many, alone = fits(Replicated(), None), fits(Single(), 0)
    first, single = many[0], alone[0]
    np.testing.assert_array_equal(first.rows[0], single.rows)
    assert (first.weights is None) == (single.weights is None)
    for wide, narrow in zip(many, alone, strict=True):
        assert wide.rows.shape[1:] == narrow.rows.shape
        if wide.weights is not None:
            np.testing.assert_allclose(wide.weights[0], narrow.weights)
            assert narrow.weights.shape == narrow.rows.shape[:1]


class Nameless:
    def __init__(self):
        self.inner = object()

    def fit(self, data, weights, rng, *, start=None):
        """Never called."""


class Plain:
    """No dataclass and no repr: its attributes tell it from others."""

    def __init__(self, shrink=1.0, again=False):
        self.shrink, self.again = shrink, again

    def fit(self, data, weights, rng, *, start=None):
        fitted = Normal(self.shrink).fit(data, weights, rng, start=start)
        return self if self.again else fitted

    def sample(self, count, rng, **sampler):
        """Never called."""


def test_weights_are_one_number_a_row_and_words_name_a_workflow():
    seen = []

    class Weighed(Plain):
        def fit(self, data, weights, rng, *, start=None):
            seen.append(None if weights is None else (weights.shape == (len(data),), weights.mean(), weights[0]))
            return super().fit(data, weights, rng, start=start)

    asked = study(generator=Weighed(), workflow="fixed_real rows=40 real_weight=0.8", replicates=2, generations=1)
    genloss.simulate(asked)
    assert seen[0] is None
    given = [each for each in seen if each is not None]
    assert all(each[:2] == (True, pytest.approx(1.0)) for each in given)
    assert given[-1][2] == pytest.approx(1.6)


def test_made_rows_that_are_not_finite_are_the_generators():
    class Wild(Plain):
        def fit(self, data, weights, rng, *, start=None):
            fitted = super().fit(data, weights, rng, start=start)
            return NormalFit(fitted.mean * np.nan, fitted.covariance)

    with pytest.raises(Problem, match="sample returned a number that is not finite"):
        genloss.simulate(study(generator=Wild(), generations=0))


def test_a_plain_class_is_told_from_others_by_its_attributes():
    assert study(generator=Plain()).id == study(generator=Plain()).id != study(generator=Plain(0.5)).id
    assert "Plain(shrink=0.5, again=False)" in study(generator=Plain(0.5)).toml()
    assert len(genloss.simulate(study(generator=Plain())).rows) == 8


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"generator": Normal}, r"the class Normal\n  mend: give an object, e.g. Normal\(\)"),
        ({"generator": object()}, "is not a model: it has no method fit"),
        ({"generator": Plain(again=True)}, "returned an object that it has returned before"),
        ({"generator": "gmm"}, r"'gmm' is not a table\n.*an object with fit may stand there"),
        ({"generator": Nameless()}, "two Nameless with different settings look the same"),
        (
            {"generator": LeastSquares(), "population": (ROWS[:, :1], ROWS[:, 1])},
            "returned a LinearFit, which has no method sample",
        ),
        ({"population": [["a", "b"]] * 20}, "rows that are not numbers"),
        ({"population": np.full((20, 2), np.nan)}, "a number that is not finite"),
        ({"workflow": {"kind": "replace", "rows": 301}}, "needs 301 real rows, and 300 are not held out"),
        ({"metrics": ["excess_risk"]}, "rows has no excess_risk"),
    ],
)
def test_what_cannot_be_a_generator_or_its_rows_is_refused(changes, said):
    with pytest.raises(Problem, match=said):
        genloss.simulate({**ASKED, **changes})


def test_a_fit_that_makes_other_rows_is_refused():
    @dataclass(frozen=True)
    class Short(Normal):
        def fit(self, data, weights, rng, *, start=None):
            fitted = super().fit(data, weights, rng, start=start)
            return NormalFit(fitted.mean[:1], fitted.covariance[:1, :1])

    with pytest.raises(Problem, match="returned 100 rows of 1 column of numbers"):
        genloss.simulate(study(generator=Short(), generations=0))


def test_a_study_file_says_that_it_does_not_hold_the_model(tmp_path):
    genloss.run(study(replicates=2), out=tmp_path)
    with pytest.raises(Problem, match="given in Python, and a study file does not hold it"):
        genloss.simulate(tmp_path / "study.toml")
