"""Are guided spreads and gains those of the samplers' own moment equations, integrated? And the mixed chain?"""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from genloss.errors import Problem
from genloss.theory.loops.guidance import guidance_chain, guided

CASES = [(0.5, 1.0, 1.0), (0.5, 1.0, 0.3), (1.2, 0.4, 2.5), (0.1, 3.0, 4.0)]


def integrated(s, tau, w, sampler, cutoff):
    """Mean of a class at d = 1, and variance, from noise variance 1e9 down to 0; time is minus its logarithm."""
    a, b = s**2, s**2 + tau**2
    half = 0.5 if sampler == "ode" else 1.0

    def moments(u, state):
        t = np.exp(-u)
        on = w if t > cutoff else 0.0
        pull = half * t * ((1 + on) / (a + t) - on / (b + t))
        push = half * t * (1 + on) / (a + t)
        return [-pull * state[0] + push, -2 * pull * state[1] + (t if sampler == "sde" else 0.0)]

    far, near = 1e12 * b, 1e-20 * a
    stops = [far, *([cutoff] if near < cutoff < far else []), near]
    state = [0.0, far]
    for high, low in pairwise(stops):
        found = solve_ivp(
            moments, (-np.log(high), -np.log(low)), state, method="LSODA", rtol=1e-10, atol=1e-26, max_step=0.5
        )
        state = found.y[:, -1]
    return np.sqrt(state[1]), state[0]


@pytest.mark.parametrize("cutoff", [0.0, 0.3])
@pytest.mark.parametrize("sampler", ["ode", "sde"])
@pytest.mark.parametrize(("s", "tau", "w"), CASES)
def test_moment_equations(s, tau, w, sampler, cutoff):
    seen = guided(s, tau, guidance=w, sampler=sampler, cutoff=cutoff)
    assert seen == pytest.approx(integrated(s, tau, w, sampler, cutoff), rel=2e-5)
    other = guided(s, tau, guidance=w, sampler="ode" if sampler == "sde" else "sde", cutoff=cutoff)
    assert other != pytest.approx(seen, rel=1e-3)  # control: the sampler matters


@pytest.mark.parametrize(("s", "tau", "w"), CASES)
def test_a_tilted_density_on_a_grid(s, tau, w):
    x = np.linspace(-40, 40, 400_001)
    law = np.exp(-(1 + w) * (x - 1) ** 2 / (2 * s**2) + w * x**2 / (2 * (s**2 + tau**2)))
    law /= law.sum()
    spread, gain = guided(s, tau, guidance=w, sampler="tilt")
    assert law @ x == pytest.approx(gain, rel=1e-6)
    assert np.sqrt(law @ x**2 - (law @ x) ** 2) == pytest.approx(spread, rel=1e-5)


@pytest.mark.parametrize("sampler", ["ode", "sde", "tilt"])
def test_no_guidance_changes_nothing_and_much_narrows(sampler):
    assert guided(0.5, 1.0, guidance=0.0, sampler=sampler) == (0.5, 1.0)
    chain = guidance_chain(0.5, 1.0, guidance=1.0, sampler=sampler, generations=5)
    assert np.all(np.diff(chain.within) < 0)
    assert np.all(np.diff(chain.between) >= -1e-12)
    assert chain.between[-1] < 3


def test_a_full_schedule_is_none_and_a_part_keeps_more():
    assert guided(0.5, 1.0, guidance=1.0, sampler="ode", cutoff=np.inf) == (0.5, 1.0)
    spread = [guided(0.5, 1.0, guidance=1.0, sampler="ode", cutoff=c)[0] for c in (0.0, 0.1, 1.0, 10.0)]
    assert spread == sorted(spread)


def test_mixing_keeps_classes_apart_from_nothing():
    """Spreads have no scale: mixing holds their ratio, and both then grow or shrink by (1 - epsilon) A together."""
    grown = {}
    for part in (0.05, 0.1, 0.3):
        chain = guidance_chain(0.5, 1.0, guidance=1.0, sampler="ode", generations=200, unconditional=part)
        ratio = chain.within / chain.between
        assert ratio[-1] == pytest.approx(ratio[-2], rel=1e-9)
        assert ratio[-1] > 0.05
        gain = guided(chain.within[-2], chain.between[-2], guidance=1.0, sampler="ode")[1]
        grown[part] = chain.between[-1] / chain.between[-2]
        assert grown[part] == pytest.approx((1 - part) * gain, rel=1e-9)
        assert chain.within[-1] / chain.within[-2] == pytest.approx(grown[part], rel=1e-9)
    assert min(grown.values()) > 1.1
    merged = guidance_chain(0.5, 1.0, guidance=1.0, sampler="ode", generations=200, unconditional=0.6)
    assert merged.between[-1] / merged.within[-1] < 1e-6
    assert merged.between[-1] / merged.between[-2] == pytest.approx(0.8, rel=1e-6)  # (1 - epsilon) (1 + w)


@pytest.mark.parametrize(
    ("ask", "where"),
    [
        (lambda: guided(0.5, 1.0, guidance=1.0, sampler="euler"), "sampler"),
        (lambda: guided(0.5, 1.0, guidance=1.0, sampler="tilt", cutoff=0.1), "cutoff"),
        (lambda: guided(0.0, 1.0, guidance=1.0, sampler="ode"), "within"),
        (lambda: guidance_chain(0.5, 0.0, guidance=1.0, sampler="ode", generations=0), "between"),
        (lambda: guided(0.5, 1.0, guidance=-1.0, sampler="ode"), "guidance"),
        (lambda: guidance_chain(0.5, 1.0, guidance=5.0, sampler="ode", generations=60), "generations"),
        (
            lambda: guidance_chain(0.5, 1.0, guidance=1.0, sampler="ode", generations=2, unconditional=1.0),
            "unconditional",
        ),
    ],
)
def test_what_is_refused(ask, where):
    with pytest.raises(Problem) as caught:
        ask()
    assert caught.value.where == where
