"""Every metric of the table on errors that are known: its value, its value where nothing is lost, and its direction."""

import numpy as np
import pytest

from genloss.metrics import (
    METRICS,
    CategoricalErrors,
    ExpectedErrors,
    FamilyErrors,
    LinearErrors,
    PoolErrors,
    TextErrors,
    measure,
)
from genloss.study.spec.kinds import KINDS

LINE = LinearErrors(np.array([3.0, 0.2]), np.array([1.0, 25.0]), noise=2.0)
SURE = LinearErrors(np.zeros(2), np.array([1.0, 25.0]), noise=2.0)
POOL = PoolErrors(np.array([1.0, 3.0]), np.array([2.0, 4.0]), noise=2.0)
KNOWN = PoolErrors(np.zeros(2), np.zeros(2), noise=2.0)
FAMILY = FamilyErrors(np.array(4.0), np.array(0.005), np.array(True), np.array(0.3))
FIRST = FamilyErrors(np.array(0.0), np.array(1.0), np.array(False), np.array(0.0))
SHARES = CategoricalErrors(np.array([0.8, 0.2, 0.0]), np.array([0.5, 0.3, 0.2]))
ALL = CategoricalErrors(np.array([0.5, 0.3, 0.2]), np.array([0.5, 0.3, 0.2]))
TEXT = TextErrors(np.array(90.0), np.array(700.0), np.array(0.2), np.array(0.6))
WHOLE = TextErrors(np.array(40.0), np.array(1000.0), np.array(0.0), np.array(0.0))
ENTROPY = -0.8 * np.log(0.8) - 0.2 * np.log(0.2)
FULL = -0.5 * np.log(0.5) - 0.3 * np.log(0.3) - 0.2 * np.log(0.2)

EXAMPLES = {
    # errors that lost something, their value by hand, errors that lost nothing, theirs
    "excess_risk": [
        (LINE, 10.0, SURE, 0.0),
        (POOL, 5.0, KNOWN, 0.0),
        (ExpectedErrors(np.array(0.7), 2.0), 0.7, SURE, 0.0),
    ],
    "held_out_excess_risk": [(POOL, 10.0, KNOWN, 0.0)],
    "test_error": [(LINE, 14.0, SURE, 4.0), (POOL, 9.0, KNOWN, 4.0)],
    "parameter_error": [(LINE, 9.04, SURE, 0.0)],
    "standardized_error": [(FAMILY, 4.0, FIRST, 0.0)],
    "variance_left": [(FAMILY, 0.005, FIRST, 1.0)],
    "log_variance": [(FAMILY, np.log(0.005), FIRST, 0.0)],
    "below_one_percent": [(FAMILY, 1.0, FIRST, 0.0)],
    "ended": [(FAMILY, 1.0, FIRST, 0.0)],
    "squared_distance": [(FAMILY, 0.3, FIRST, 0.0)],
    "perplexity": [(TEXT, 90.0, WHOLE, 40.0)],
    "heterozygosity": [(SHARES, 0.32, ALL, 0.62)],
    "entropy": [(SHARES, ENTROPY, ALL, FULL)],
    "distinct": [(SHARES, 2.0, ALL, 3.0), (TEXT, 700.0, WHOLE, 1000.0)],
    "lost_mass": [(SHARES, 0.2, ALL, 0.0), (TEXT, 0.2, WHOLE, 0.0)],
    "total_variation": [(SHARES, 0.3, ALL, 0.0)],
    "lost_once": [(TEXT, 0.6, WHOLE, 0.0)],
}


def test_every_metric_has_an_example() -> None:
    assert METRICS.keys() == EXAMPLES.keys()
    assert all(name == metric.name for name, metric in METRICS.items())


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_gives_the_value_by_hand_and_knows_its_direction(name: str) -> None:
    metric = METRICS[name]
    for lost, value, nothing_lost, best in EXAMPLES[name]:
        assert float(measure(name, lost)) == pytest.approx(value, rel=1e-12)
        assert float(measure(name, nothing_lost)) == pytest.approx(best, rel=1e-12, abs=1e-300)
        assert (best > value) == metric.more_is_better
        assert min(value, best) >= metric.lowest
        if metric.indicator:
            assert {value, best} == {0.0, 1.0}


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_says_what_it_is(name: str) -> None:
    metric = METRICS[name]
    assert metric.meaning
    assert metric.unit
    assert metric.population in ("any", "real", "linear")
    assert metric.subjects
    assert set(metric.subjects) <= KINDS.keys()


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_keeps_the_leading_axes(name: str) -> None:
    lost = EXAMPLES[name][0][0]
    fixed = {"spectrum", "noise", "truth"}  # of the population, not of a fit
    fields = {field: getattr(lost, field) for field in lost.__dataclass_fields__}
    many = type(lost)(**{f: v if f in fixed else np.broadcast_to(v, (4, 3, *np.shape(v))) for f, v in fields.items()})
    assert measure(name, many).shape == (4, 3)
