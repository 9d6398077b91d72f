"""A law of pilot runs foretells larger sizes and later generations; another exponent is told by a held-out run."""

import numpy as np
import pandas as pd
import pytest

from genloss.advise.plans.of_pilots import planned_from_pilots
from genloss.streams import stream

SEEDS, LAST, COLUMNS = 12, 6, 6


def runs(rng, size, exponent=1.0, power=1.0):
    """Return squared errors of a mean under replace, (seeds, generations); their mean is known exactly."""
    steps = rng.standard_normal((SEEDS, LAST + 1, COLUMNS))
    grown = np.diff(np.concatenate([[0.0], (1 + np.arange(LAST + 1.0)) ** power]))
    return ((steps * np.sqrt(grown / size**exponent)[:, None]).cumsum(axis=1) ** 2).sum(axis=2)


def planned(sizes, of_size):
    """Plan from pilots at some sizes."""
    parts = []
    for size in sizes:
        seed, generation = np.indices((SEEDS, LAST + 1))
        parts.append(
            pd.DataFrame(
                {"rows": size, "seed": seed.ravel(), "generation": generation.ravel(), "value": of_size(size).ravel()}
            )
        )
    return planned_from_pilots(pd.concat(parts), draws=300)


@pytest.mark.parametrize("power", [1.0, 0.5])
def test_the_mean_is_in_the_band_beyond_the_pilots(power):
    # 12 seeds of 6 numbers: a mean is known to 17 % a size; exponents of 0 and 2 are off by 16 at 16 times the rows.
    rng = stream(3, "pilots", str(power))
    plan = planned((40, 80, 160), lambda size: runs(rng, size, power=power))
    for size, last in ((80, LAST), (640, LAST), (2560, LAST), (160, 2 * LAST)):
        [found] = plan.judge([{"real_rows": size}], generations=last)
        right = COLUMNS / size * (1 + last) ** power
        assert found.low[-1] < right < found.high[-1]
        grown = (1 + last) ** power
        assert found.ratio_low[-1] < grown < found.ratio_high[-1]
    [far] = plan.judge([{"real_rows": 2560}])
    for exponent in (0, 2):
        off = COLUMNS / 160 * (160 / 2560) ** exponent * (1 + LAST) ** power
        assert not far.low[-1] < off < far.high[-1]


def test_an_exponent_that_changes_is_told_and_widens_the_bands():
    rng = stream(3, "pilots", "changes")
    right = planned((40, 80, 160, 640), lambda size: runs(rng, size))
    wrong = planned((40, 80, 160, 640), lambda size: runs(rng, size) * (6 if size == 640 else 1))
    states = [{each.name: each.state for each in plan.assumptions()} for plan in (right, wrong)]
    assert [each["larger sizes follow the law"] for each in states] == ["checked", "failed"]
    widths = []
    for plan in (right, wrong):
        [found] = plan.judge([{"real_rows": 5000}])
        widths.append(float(np.log(found.high[-1] / found.low[-1])))
    assert widths[1] > 1.5 * widths[0]


def test_growth_that_goes_another_way_is_told():
    rng = stream(3, "pilots", "growth")
    breaks = np.where(np.arange(LAST + 1) > LAST // 2, 4.0, 1.0)
    right = planned((40, 80, 160), lambda size: runs(rng, size))
    wrong = planned((40, 80, 160), lambda size: runs(rng, size) * breaks)
    states = [{each.name: each.state for each in plan.assumptions()} for plan in (right, wrong)]
    assert [each["later generations follow the law"] for each in states] == ["checked", "failed"]


def test_a_chance_is_met_by_as_many_independent_runs():
    rng = stream(3, "pilots", "chance")
    plan = planned((40, 80, 160), lambda size: runs(rng, size))
    [found, other] = plan.judge([{"real_rows": 80}, {"real_rows": 320}], runs=True)
    fresh = (rng.standard_normal((4000, COLUMNS)) ** 2).sum(axis=1) * (1 + LAST) / 80
    for chance in (0.5, 0.9):
        below, off = (float((fresh <= np.quantile(each.runs[..., -1], chance)).mean()) for each in (found, other))
        assert abs(below - chance) < 0.2  # three sizes of 12 seeds leave 10 % of the mean open: .1 of the runs
        assert off < chance - 0.3
