"""Is the noise variance that is believed right as often as it says, with light tails and with heavy ones?

Rule: 95 % intervals hold the truth in 88 to 99 % of 150 tables (three binomial standard errors and 2 % for a prior that
is not the law); control: intervals of resampled residuals, under t with 3 degrees of freedom, do so in less than 85 %.
"""

import numpy as np
import pytest

from genloss.advise.forecasts.worlds.noise import _pairs, _posterior, noise_variances
from genloss.streams import stream

LAWS = {
    "normal": (lambda rng: rng.standard_normal(300), 1.0),
    "t5": (lambda rng: rng.standard_t(5, 300), 5 / 3),
    "t3": (lambda rng: rng.standard_t(3, 300), 3.0),
}


def share(name, draws):
    draw, truth = LAWS[name]
    rng, held = stream(121, "noise", name), 0
    for _ in range(150):
        low, high = np.quantile(draws(draw(rng), rng), [0.025, 0.975])
        held += low <= truth <= high
    return held / 150


@pytest.mark.parametrize("name", list(LAWS))
def test_the_believed_variance(name):
    assert 0.88 <= share(name, lambda r, rng: noise_variances(r, 300, rng)) <= 0.99


def test_resampled_residuals_do_not_know_their_tail():
    assert share("t3", lambda r, rng: rng.choice(r**2, size=(300, r.size)).mean(axis=1)) < 0.85


@pytest.mark.parametrize("shape", [0.0, 0.5])
def test_the_tail_is_found(shape):
    rng = stream(122, "tail")
    uniform = rng.random(4000)
    excess = -2 * np.log(uniform) if shape == 0 else 2 * (uniform**-shape - 1) / shape
    shapes, sizes = _pairs(*_posterior(excess), 2000, rng)
    assert abs(shapes.mean() - shape) < 4.5 * (1 + shape) / np.sqrt(4000) + 0.025  # half a step of the grid
    assert sizes.mean() == pytest.approx(2, rel=0.1)


def test_all_residuals_alike():
    assert np.isfinite(noise_variances(np.ones(50), 20, stream(123, "alike"))).all()
