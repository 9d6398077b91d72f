"""Are forecasts and plans of tables the same bytes on any number of cores? More threads add in another order."""

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

import genloss
from genloss.advise.forecasts import from_rows
from genloss.advise.forecasts.worlds.pooled import PooledWorld
from genloss.advise.forecasts.worlds.sums import SummedWorld
from genloss.advise.plans import of_table
from genloss.advise.plans.of_table_paths import SummedPaths, WorldPaths
from genloss.streams import stream

WHERE = [
    (from_rows, "world_of"),
    (from_rows, "summed_world"),
    (from_rows, "believed_of"),
    (from_rows, "_runs"),
    (PooledWorld, "run"),
    (SummedWorld, "run"),
    (of_table, "world_of"),
    (of_table, "summed_world"),
    (of_table, "judged"),
    (of_table.PlannedTable, "_parts"),
    (SummedPaths, "risks"),
    (WorldPaths, "risks"),
]


def threads():
    return max(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas")


@pytest.fixture
def seen(monkeypatch):
    """By place, how many threads linear algebra had when it was asked for numbers there."""
    found = {}

    def noting(place, plain):
        def noted(*args, **kwargs):
            found.setdefault(place, set()).add(threads())
            return plain(*args, **kwargs)

        return noted

    for owner, name in WHERE:
        monkeypatch.setattr(owner, name, noting((owner.__name__, name), getattr(owner, name)))
    return found


@pytest.mark.parametrize("estimator", ["ridge penalty=0.1", "logistic penalty=0.1", "kernel_ridge"])
def test_every_number_comes_by_one_thread(estimator, seen):
    draw = stream(0, "one thread")
    x = draw.normal(size=(60, 3))
    y = x @ np.arange(1.0, 4.0) + draw.normal(size=60)
    labels = y > 0 if estimator.startswith("logistic") else y
    with threadpool_limits(2, user_api="blas"):
        genloss.forecast(estimator, x, labels, generations=2, replicates=50)
        subject = of_table.planned_table(estimator, x, labels, generations=2, replicates=50)
        assert 0 < subject.fine < 1
        subject.judge([{"penalty": 0.2}])
        subject.check({}, 20)
        assert threads() == 2  # there was more than one to be had
    assert len(seen) >= 8
    assert set().union(*seen.values()) == {1}
