"""What resampled tables say of a band: by how much it is too narrow, from 1 to 2, and never of the rows' order."""

import numpy as np
import pytest
from sklearn.linear_model import LinearRegression

import genloss
from genloss.advise.forecasts.levels import Levels
from genloss.advise.forecasts.resampled import Resampled, resampled
from genloss.advise.forecasts.worlds import world_of
from genloss.advise.forecasts.worlds.sums import summed_world
from genloss.streams import stream
from genloss.workflows import schedule_of


def told(spread, tables=400):
    """Tables whose truth is `spread` believed deviations away."""
    rng = stream(3, "told")
    believed = np.exp(rng.standard_normal((tables, 200)) * 0.3)
    known = np.exp(0.3 * spread * rng.standard_normal(tables))
    return Resampled(known[:, None, None], believed[:, :, None, None])


@pytest.mark.parametrize(("spread", "narrow"), [(0.5, 1.0), (1.5, 1.5), (4.0, 2.0)])
def test_a_band_is_widened_by_how_far_truths_are_away(spread, narrow):
    """1.5 is seen to 4.5 / sqrt(2 x 400) = 16 % at worst; the control is a band that needs no widening."""
    assert told(spread).narrow(0, np.ones(1)) == pytest.approx(narrow, rel=0.16)
    assert told(1.0).narrow(0, np.ones(1)) < 1.16


def test_the_ends_move_from_the_middle_in_logarithms():
    plain = Levels(np.ones(200), 0.04, 0.0, 0.0)
    low, high = plain.band()
    wide = Levels(np.ones(200), 0.04, 0.0, 0.0, narrow=1.5).band()
    np.testing.assert_allclose(np.log(wide), 1.5 * np.log([low, high]), atol=1e-9)
    assert np.log(high) == pytest.approx(1.96 * 0.2, rel=1e-3)


def test_rows_without_luck_in_hand_have_one_known_truth_and_own_rows_have_one_each():
    rng = stream(5, "tables")
    x = rng.standard_normal((60, 3))
    y = x @ [1.0, 0.5, 0.0] + rng.standard_normal(60)
    world = world_of(LinearRegression(), x, y)
    sums, schedule = summed_world(world), schedule_of("replace", 2, rows=60)
    new, own = (resampled(world, sums, schedule, lambda table: stream(7, table), own=own) for own in (False, True))
    assert new.believed.shape == (40, 40, 3, 3)
    assert np.ptp(new.known, axis=0).max() == 0
    assert np.ptp(own.known[:, 0, 0]) > 0  # each table's own labels have had their luck
    # own rows, each once, of the table itself: what its own fit is off from its own truth, nothing
    once = sums.parts_of(sums.moments([own_truth(world)]), schedule, sums.in_hand_of(np.ones(60)))[0]
    assert abs(once[0, 0]) < 1e-20


def own_truth(world):
    from genloss.advise.forecasts.resampled import _itself

    return _itself(world)


def test_a_forecast_with_entities_and_one_with_few_rows_have_bands():
    rng = stream(9, "entities")
    x = rng.standard_normal((60, 2))
    y = x[:, 0] + np.repeat(rng.standard_normal(12), 5) + rng.standard_normal(60)
    found = genloss.forecast(LinearRegression(), x, y, id=np.repeat(np.arange(12), 5), generations=2, replicates=50)
    few = genloss.forecast(LinearRegression(), x[:12], y[:12], generations=2, replicates=50)
    for each in (found, few):
        assert (each.truth_high > each.truth_low).all()
