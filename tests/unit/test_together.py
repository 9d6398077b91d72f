"""Do predictions of many cells together equal those of each cell alone, whichever cells stand beside it?"""

import gc
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_settings import RELATIVE, alone, asked_settings, same_values, schedule, workflows

import genloss
from genloss import Study
from genloss.bulk import made_in_bulk
from genloss.errors import Problem
from genloss.models import Generator, Ridge
from genloss.populations import LinearGaussian
from genloss.results.row import Row, theory_row
from genloss.study.runner.predicted import TOGETHER, together
from genloss.study.subjects.table import group_cells
from genloss.theory.coverage import Setting
from genloss.theory.ridge.columns import added, effective_ridges, signal_of
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.together import predict_together
from genloss.theory.workflows.errors_of_fits import variances
from genloss.theory.workflows.together import RowVariance, variances_together
from genloss.workflows import Workflow


@settings(max_examples=60, deadline=None)
@given(asked_settings(), st.sampled_from(["excess_risk", "test_error", "parameter_error"]), st.randoms())
def test_settings_together_are_those_alone(some, metric, random):
    report = sorted(random.sample(range(4), random.randint(1, 4)))
    report = [g for g in report if g < min(len(each.schedule.train) for each in some)] or [0]
    together = predict_together(some, metric, report)
    for setting, found in zip(some, together, strict=True):
        assert same_values(found, alone(setting, metric, report))
        assert repr(predict_together([setting], metric, report)) == repr([found])  # to the last bit
    order = random.sample(range(len(some)), len(some))
    shuffled = predict_together([some[i] for i in order], metric, report)
    assert [repr(each) for each in shuffled] == [repr(together[i]) for i in order]


def test_a_wrong_number_would_be_seen():
    """The comparison fails for a noise that is off by a billionth."""
    workflow = Workflow.from_dict({"kind": "accumulate", "rows": 12}).compile(3)
    truth = np.ones(7)
    one, off = (
        Setting(LinearGaussian(truth, truth, noise), workflow, Generator(Ridge(0.1), noise), None)
        for noise in (0.5, 0.5 * (1 + 1e-9))
    )
    (found,) = predict_together([one], "excess_risk", range(4))
    assert same_values(found, alone(one, "excess_risk", range(4)))
    assert not same_values(found, alone(off, "excess_risk", range(4)))


@settings(max_examples=60, deadline=None)
@given(st.lists(workflows(), min_size=1, max_size=6), st.sampled_from([1.0, 0.25]), st.sampled_from([0.0, -1.0, 0.5]))
def test_variances_together_are_those_alone(some, variance, curvature):
    asked = [
        (schedule(workflow, 5), RowVariance(variance, curvature, limit)) for workflow in some for limit in (True, False)
    ]
    found = variances_together(asked)
    for (each, row), values in zip(asked, found, strict=True):
        (beside_none,) = variances_together([(each, row)])
        if isinstance(values, Problem):
            assert str(values) == str(beside_none)
            with pytest.raises(Problem):
                variances(each, variance=row.variance, curvature=row.curvature, limit=row.limit)
            continue
        assert values.tobytes() == beside_none.tobytes()
        expected = variances(each, variance=row.variance, curvature=row.curvature, limit=row.limit)
        np.testing.assert_allclose(values, expected, rtol=RELATIVE)


def test_a_schedule_without_a_variance_is_answered_none():
    whole, other = (Workflow.from_dict({"kind": "accumulate", "rows": rows}).compile(3) for rows in (5, 9))
    beside = variances_together([(other, None), (whole, RowVariance()), (other, None)])
    assert (beside[0], beside[2]) == (None, None)
    assert beside[1].tobytes() == variances_together([(whole, RowVariance())])[0].tobytes()


@pytest.mark.parametrize("count", [1, 2, 7, 8, 9, 100, 1000])
def test_a_sum_does_not_depend_on_what_stands_beside(count):
    numbers = np.random.default_rng(count).standard_normal((count, 13))
    whole = added(numbers)
    for some in (slice(3, 4), slice(3, 5), slice(0, 12)):
        assert added(numbers[:, some]).tobytes() == whole[some].tobytes()
    assert whole.tolist() == [sum(column[1:], start=column[0]) for column in numbers.T.tolist()]
    for columns in (1, 2, 7, 8, 9, 13):
        assert added(numbers[:, :columns, None]).tobytes() == whole[:columns].tobytes()


@pytest.mark.parametrize("spectrum", [np.ones(20), np.arange(1, 41.0) ** -2, np.array([1.0, 1e-8, 1e-8])])
def test_effective_ridges_are_those_of_one_point(spectrum):
    rng = np.random.default_rng(5)
    rows = np.append(rng.integers(1, 80, 150), [3, 20, 40, 41]).astype(float)
    penalty = rng.choice([0.0, 1e-12, 1e-4, 0.3, 50.0], rows.size)
    signal = signal_of(spectrum, spectrum)
    found = effective_ridges(signal, rows, penalty)
    for t, lam, kappa in zip(rows, penalty, found, strict=True):
        assert kappa == pytest.approx(float(effective_ridge(spectrum, rows=t, penalty=lam)), rel=1e-10, abs=0)
        assert effective_ridges(signal, np.array([t]), np.array([lam]))[0] == kappa


GRIDS = {
    "replace": {
        "workflow": {"kind": "replace", "rows": {"each": [9, 16]}},
        "generator": {"kind": "least_squares"},
        "predictor": {"kind": "ridge", "rows": [8, 20], "penalty": [0.0, 0.1]},
    },
    "accumulate": {
        "workflow": {"kind": "accumulate", "rows": {"each": [9, 16]}},
        "generator": {"kind": "ridge", "penalty": [0.02, 0.5]},
        "metrics": ["excess_risk", "test_error"],
    },
    "least squares": {
        "workflow": {"kind": "accumulate", "rows": {"each": [9, 16]}},
        "generator": {"kind": "least_squares"},
    },
    "poisson": {
        "population": {"kind": "poisson", "mean": [2.0, 3.5]},
        "workflow": {"kind": "window", "rows": {"each": [9, 16]}, "keep": 2},
    },
    "categories": {
        "population": {"kind": "zipf", "categories": [5, 9], "exponent": 1.0},
        "workflow": {"kind": "fixed_real", "rows": {"each": [9, 16]}},
        "metrics": ["heterozygosity"],
    },
    "golden": {"workflow": {"kind": "golden", "rows": 12}, "generator": {"kind": "ridge", "penalty": [0.02, 0.5]}},
}
TABLES = {"population", "workflow", "generator", "predictor"}


def numbers(result, cell):
    """The rows of a cell as bytes; a study alone has another name and no axes."""
    rows = [row for row in json.loads(result.json())["rows"] if row["cell"] == cell]
    return json.dumps([{key: value for key, value in row.items() if key not in ("study", "axes")} for row in rows])


@pytest.mark.parametrize("name", GRIDS)
def test_a_cell_has_the_same_bytes_in_a_study_of_its_own(name):
    spec = {"generations": 3, "population": {"kind": "linear_gaussian", "dim": 6, "noise": [0.3, 1.0]}} | GRIDS[name]
    study = Study.from_dict(spec)
    whole = genloss.predict(study)
    cells = list(study.cells())
    assert len(cells) > 3
    for cell in cells:
        mine = spec | {table: dict(cell.settings[table]) for table in TABLES & set(cell.settings)}
        assert numbers(genloss.predict(mine), cell.id) == numbers(whole, cell.id)
        assert numbers(whole, cell.id) != "[]"


def test_a_row_of_theory_is_the_row_of_its_fields():
    made = theory_row(("s", "c", "case", {"a": 1}), 3, ("excess_risk", "label^2"), (0.5, "exact", 0.1, "f"), "v")
    named = {"value": 0.5, "standard_error": 0.0, "status": "exact", "allowance": 0.1, "engine": "f", "version": "v"}
    assert made == Row("s", "c", "case", {"a": 1}, 3, "excess_risk", "label^2", **named)


@pytest.mark.parametrize("before", [True, False])
def test_searches_for_garbage_go_on_as_before(before):
    def refused():
        assert not gc.isenabled()
        raise Problem("somewhere", "something", "nothing")

    try:
        (gc.enable if before else gc.disable)()
        with pytest.raises(Problem), made_in_bulk():
            refused()
        assert gc.isenabled() is before
    finally:
        gc.enable()


def test_groups_are_predicted_in_chunks_of_one_subject():
    family = {
        "population": {"kind": "poisson", "mean": 2.0},
        "workflow": {"kind": "replace", "rows": {"each": [*range(2, 2000)]}},
    }
    groups = group_cells(Study.from_dict({"generations": 1} | family).cells())
    chunks = list(together(groups))
    assert [len(chunk) for chunk in chunks] == [TOGETHER, len(groups) - TOGETHER]
    assert [group for chunk in chunks for group in chunk] == groups
    assert list(together([])) == []
