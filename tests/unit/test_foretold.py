"""Do the bands and horizons of a forecast follow from risks of a law that is known?

4,000 truths of 5 runs; risk = level x chance, both log-normal, so that all ends are known. Rule: 10 % for widths of
bands. Truths have parts that tell their levels, or none.
"""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import ndtri

from genloss.advise.forecasts.bands import Believed, Paths, horizon_band, horizons, summed
from genloss.advise.forecasts.from_fit import _assumptions as agreement
from genloss.advise.forecasts.levels import Levels
from genloss.streams import stream

TRUTHS, RUNS, TRUTH_SPREAD, RUN_SPREAD = 4000, 5, 0.10, 0.30
WORLD = SimpleNamespace(plain="the mean", unit="label²", missing="none", assumptions=lambda: ())


def forecast_of(risks, ended, plain_risks, parts=None):
    """Bands of paths whose truths have these parts (truths, generations + 1, p), or none that differ."""
    parts = np.ones((len(risks), risks.shape[-1], 1)) if parts is None else parts
    return summed(Paths(risks, ended), Believed(parts, plain_risks), WORLD, "new_rows")


def known_levels():
    """Truths of three generations whose levels are known."""
    level = np.exp(TRUTH_SPREAD * ndtri((np.arange(TRUTHS) + 0.5) / TRUTHS) - TRUTH_SPREAD**2 / 2)
    return [Levels(scale * level, 0.0, 0.0, 0.0) for scale in (1.0, 2.0, 4.0)]


def told(truth_spread=TRUTH_SPREAD, truths=TRUTHS, *, parts=True):
    rng = stream(131, "foretold", truths)
    level = np.exp(truth_spread * rng.standard_normal((truths, 1, 1)) - truth_spread**2 / 2)
    chance = np.exp(RUN_SPREAD * rng.standard_normal((truths, RUNS, 3)) - RUN_SPREAD**2 / 2)
    risks = level * chance * np.array([1.0, 2.0, 4.0])
    known = np.repeat(level, 3, axis=1) if parts else None
    return forecast_of(risks, np.zeros_like(risks), np.full(truths, 3.0), known)


@pytest.mark.parametrize("parts", [True, False])
def test_every_band(parts):
    found, scale = told(parts=parts), np.array([1.0, 2.0, 4.0])
    np.testing.assert_allclose(found.risk, scale, rtol=0.02)
    np.testing.assert_allclose(found.median, scale * np.exp(-(TRUTH_SPREAD**2 + RUN_SPREAD**2) / 2), rtol=0.02)
    error = scale * np.sqrt((TRUTH_SPREAD**2 + RUN_SPREAD**2 / RUNS) / TRUTHS)
    np.testing.assert_allclose(found.standard_error, error, rtol=0.08)
    for spread, low, high in (
        (np.hypot(TRUTH_SPREAD, RUN_SPREAD), found.low, found.high),
        (RUN_SPREAD, found.run_low, found.run_high),
        (TRUTH_SPREAD, found.truth_low, found.truth_high),
    ):
        np.testing.assert_allclose(np.log(high / low), 2 * 1.96 * spread, rtol=0.1)
    assert (found.run_low > 0).all()
    assert found.plain_risk == 3
    assert found.plain_error == 0


def test_horizons():
    found = told()
    np.testing.assert_allclose(found.worse, [0.0, 0.07, 0.79], atol=0.03)
    assert (found.exists_until, found.horizon) == (None, 1)
    assert (found.horizon_low, found.horizon_high) == (1, 1)
    assert found.horizon_beyond == pytest.approx(0.0087, abs=0.004)
    # the median run of a truth has e^(-spread^2 / 2) of its mean: from which plain risk on do 30 % of truths hold out?
    middle = np.log(4.0) - RUN_SPREAD**2 / 2 - TRUTH_SPREAD**2 / 2
    plain = np.full(TRUTHS, np.exp(middle + TRUTH_SPREAD * ndtri(0.3)))
    others = horizon_band(known_levels(), plain, np.full(3, np.exp(-(RUN_SPREAD**2) / 2)), None)
    assert others[:2] == (1, None)
    assert others[2] == pytest.approx(0.3, abs=0.03)
    assert "Safe until generation 1 under this workflow: from generation 2 on most paths do worse" in found.summary()
    assert "In generation 2 7" in found.summary()
    assert horizons(np.array([0.0, 0.02, 0.03]), np.array([0.1, 0.2, 0.9])) == (1, None)
    assert horizons(np.array([0.1, 0.2]), np.array([0.9, 0.9])) == (-1, None)
    assert horizons(np.zeros(3), np.array([0.6, 0.2, 0.9])) == (None, -1)


def test_paths_that_have_ended():
    risks = np.ones((10, 5, 3)) + stream(132, "ended").random((10, 5, 3))
    ended = np.zeros((10, 5, 3))
    ended[:2, :2, 2] = 1
    found = forecast_of(risks, ended, np.full(10, np.inf))
    assert found.exists_until == 1
    np.testing.assert_array_equal(np.isnan(found.high), [False, False, True])
    np.testing.assert_allclose(found.ended, [0, 0, 0.08])
    assert "no forecast beyond generation 1: by generation 2 8.0 % of paths" in found.summary()
    ended[:, :, 0] = 1
    assert "no forecast at all" in forecast_of(risks, ended, np.full(10, 9.0)).summary()


@pytest.mark.parametrize(("error", "state"), [(0.001, "checked"), (0.02, "unknown")])
def test_agreement_needs_paths(error, state):
    theory = np.array([0.5, 0.55, 0.6])
    assert agreement(theory + 0.005 * np.arange(3), np.array([0, error, error]), theory)[0].state == state
    assert agreement(theory + 0.2 * np.arange(3), np.array([0, error, error]), theory)[0].state == "failed"
