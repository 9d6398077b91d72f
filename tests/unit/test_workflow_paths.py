"""Paths have the covariance they claim, and the same luck where workflows draw the same batch."""

import numpy as np
import pytest
from helpers import Z

from genloss import Problem, Workflow, workflows
from genloss.theory.workflows import covariance, drift, paths

COUNT = 20_000
REAL = {"tag": "real", "from": "real", "rows": 10, "at": "start"}
MADE = {"tag": "synth", "from": "model", "rows": 10, "sampler": {"shift": 0.4, "gain": 0.9}}
MANY = {
    "subsample": workflows.accumulate_subsample(10, 4),
    "regenerate": workflows.regenerate(60),
    "shifted": Workflow.from_dict({"emit": [REAL, MADE], "train": [{"select": {"last": 2}}]}),
}


@pytest.mark.parametrize("name", MANY)
def test_covariance_and_drift(name):
    """Every entry within Z standard errors; a wrong variance of 5 % at the end is more than 2 Z away."""
    right = covariance(MANY[name], variance=3.0, truth=2.0, limit=True, generations=5)
    drawn = paths(MANY[name], COUNT, seed=4, variance=3.0, truth=2.0, generations=5)
    mean = drift(MANY[name], truth=2.0, generations=5)
    assert np.abs(drawn.mean(0) - mean).max() < Z * np.sqrt(right.max() / COUNT)
    centered = drawn - mean
    size = np.diag(right)
    error = np.sqrt((right**2 + np.outer(size, size)) / COUNT)
    found = centered.T @ centered / COUNT
    assert np.all(np.abs(found - right) < Z * error)
    assert np.abs(found - 1.1 * right)[-1, -1] > 2 * Z * error[-1, -1] * 0.75


def test_the_same_batch_brings_the_same_luck():
    one, other = (paths(w, 4000, seed=8, generations=4) for w in (workflows.replace(10), workflows.accumulate(40, 10)))
    assert abs(np.corrcoef(one[:, 0], other[:, 0])[0, 1]) < Z / np.sqrt(4000)  # 10 rows are no part of 40
    kept, lost = (paths(w, 4000, seed=8, generations=4) for w in (workflows.accumulate(10), workflows.replace(10)))
    apart = paths(workflows.replace(10), 4000, seed=9, generations=4)
    assert kept[:, 0] == pytest.approx(lost[:, 0])
    assert np.corrcoef(kept[:, 4], lost[:, 4])[0, 1] > 0.5
    assert abs(np.corrcoef(kept[:, 4], apart[:, 4])[0, 1]) < Z / np.sqrt(4000)
    assert not np.array_equal(apart, lost)
    assert np.array_equal(one, paths(workflows.replace(10), 4000, seed=8, generations=4))


@pytest.mark.parametrize("name", MANY)
def test_steps_and_products_are_one_answer(name, monkeypatch):
    by_steps = paths(MANY[name], 20, seed=8, generations=30)
    monkeypatch.setattr("genloss.theory.workflows.gaussian_paths.as_steps", lambda _plan: None)
    assert by_steps == pytest.approx(paths(MANY[name], 20, seed=8, generations=30), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("count", [0, 2.5, True])
def test_a_count_that_is_none(count):
    with pytest.raises(Problem, match="replicates"):
        paths(workflows.replace(10), count, seed=1, generations=2)
