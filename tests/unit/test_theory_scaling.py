"""Do the exponents, the crossovers and the estimates agree with what the recursion itself does at large T?"""

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.theory.ridge import replace_risk
from genloss.theory.ridge.scaling import (
    clean_scaling,
    crossovers,
    effective_growth,
    fit_power_law,
    synthetic_scaling,
    term_exponents,
)
from genloss.theory.ridge.spectra import PowerLaw

LAWS = [(2.0, 0.375), (3.0, 0.5), (1.65, 0.097), (1.2, 0.15), (2.0, 1.3)]


def coefficients(capacity, source, count):
    """w_j^2 = j^-(1 + beta (2 r - 1))."""
    return PowerLaw((1 + capacity * (2 * source - 1)) / 2, count)


def risk(capacity, source, rows, penalty, *, generation=0, generator_rows=1, noise=1.0, count=10**12):
    return replace_risk(
        PowerLaw(capacity, count),
        coefficients(capacity, source, count),
        noise=noise,
        rows=rows,
        penalty=penalty,
        generation=generation,
        generator_rows=generator_rows,
        generator_noise=1.0,
    ).total


def slope(first, second, ratio):
    return np.log(first / second) / np.log(ratio)


@pytest.mark.parametrize(("capacity", "source"), LAWS)
def test_clean_exponents_are_local_slopes(capacity, source):
    # From T = 1e8 to 1e9; corrections to the slope are below .01 there. Control: the noise-free exponent.
    clean = clean_scaling(capacity, source)
    rows = np.array([1e8, 1e9])
    noisy = risk(capacity, source, rows, rows**-clean.critical_decay)
    assert slope(*noisy, 10) == pytest.approx(clean.noisy, abs=0.01)
    assert abs(slope(*noisy, 10) - clean.noiseless) > 0.02
    if capacity <= 2:
        without = risk(capacity, source, np.array([1e4, 1e5]), 0.0, noise=0.0)
        assert slope(*without, 10) == pytest.approx(clean.noiseless, abs=0.02)


def test_the_critical_decay_is_the_best():
    # Minimizing over the penalty at T = 1e6 and 1e7 gives the same slope and about the same decay.
    grid = np.linspace(0.3, 1.6, 400)
    best = [risk(2.0, 0.375, t, t**-grid) for t in (1e8, 1e9)]
    assert slope(best[0].min(), best[1].min(), 10) == pytest.approx(0.6, abs=0.005)
    moved = [t ** -grid[b.argmin()] for t, b in zip((1e8, 1e9), best, strict=True)]
    assert slope(*moved, 10) == pytest.approx(0.8, abs=0.02)


@pytest.mark.parametrize(("b", "a"), [(0.8, 0.0), (1.3, 0.0), (1.5, 0.2), (0.6, 0.0)])
def test_synthetic_exponents_are_local_slopes(b, a):
    # dim = T0 / 2, n sigma0^2 = T^a by real-valued n is rounded; T from 1e7 to 1e8. Control: b in place of b_eff.
    scaling = synthetic_scaling(2.0, 0.375, growth=b, noise_growth=a)
    values, kept = [], []
    for t in (1e7, 1e8):
        t0 = round(t**b)
        n = round(t**a) if a else 1
        count = t0 // 2
        for store, decay in ((values, scaling.best_decay), (kept, 0.8)):
            store.append(risk(2.0, 0.375, t, t**-decay, generation=n, generator_rows=t0, count=count))
    assert slope(*values, 10) == pytest.approx(scaling.best, abs=0.02)
    assert slope(*kept, 10) == pytest.approx(scaling.at_critical_decay, abs=0.03)
    if b > 1:
        assert abs(slope(*values, 10) - min(b - a, 1.0 + b) * 0.6) > 0.05


def test_terms_add_up_to_the_rules():
    scaling = synthetic_scaling(2.0, 0.375, growth=0.8)
    terms = term_exponents(2.0, 0.375, decay=scaling.best_decay, growth=0.8)
    assert terms.total == pytest.approx(scaling.best)
    assert terms.bias == pytest.approx(terms.synthetic)
    for decay in (scaling.best_decay - 0.05, scaling.best_decay + 0.05):
        assert term_exponents(2.0, 0.375, decay=decay, growth=0.8).total < scaling.best
    kept = term_exponents(2.0, 0.375, decay=0.8, growth=0.8)
    assert kept.total == pytest.approx(scaling.at_critical_decay)
    assert term_exponents(2.0, 0.375, decay=1.0, growth=1.0, noisy=False).variance == np.inf


def test_when_the_risk_grows():
    # c = .6: kept at l_crit it grows iff b_eff < a + .4.
    assert synthetic_scaling(2.0, 0.375, growth=0.39).grows
    assert not synthetic_scaling(2.0, 0.375, growth=0.41).grows
    assert synthetic_scaling(2.0, 0.375, growth=3.0, noise_growth=0.7).grows  # b itself would say no
    hopeless = synthetic_scaling(2.0, 0.375, growth=0.3, noise_growth=0.5)
    assert hopeless.best_decay == hopeless.best == 0
    assert effective_growth(1.3, 0.2) == pytest.approx(1.2)
    free = synthetic_scaling(2.0, 0.375, growth=9.0, noisy=False, aspect_decay=np.inf)
    assert (free.best_decay, free.best) == (2.0, 1.5)


@pytest.mark.parametrize(("capacity", "source"), [(2.0, 0.375), (1.65, 0.2), (3.0, 0.6), (2.0, 1.3)])
def test_crossover_of_bias_and_noise_is_where_the_recursion_has_it(capacity, source):
    clean = clean_scaling(capacity, source)
    # a decay off the critical one, so that the two cross; the noise puts the crossing near T = 1e8
    for decay in (0.8 * clean.critical_decay, 1.2 * clean.critical_decay):
        at_one = crossovers(
            capacity,
            source,
            decay=decay,
            noise=1.0,
            generator_noise=0,
            generations=0,
            generator_rows=100,
            dim=10,
        ).bias_meets_noise
        exponent = 2 * min(source, 1) * decay - (1 - decay / capacity)
        noise = (at_one / 1e8) ** (exponent / 2)
        where = crossovers(
            capacity,
            source,
            decay=decay,
            noise=noise,
            generator_noise=0,
            generations=0,
            generator_rows=100,
            dim=10,
        ).bias_meets_noise
        assert where == pytest.approx(1e8, rel=1e-6)
        found = replace_risk(
            PowerLaw(capacity, 10**12),
            coefficients(capacity, source, 10**12),
            noise=noise,
            rows=1e8,
            penalty=1e8**-decay,
            generation=0,
            generator_rows=1,
            generator_noise=0,
        )
        assert found.bias / found.variance == pytest.approx(1, abs=0.05)


def test_crossover_of_synthetic_and_label_noise_is_where_the_recursion_has_it():
    dim, t0, n = 2000, 400_000, 3
    where = crossovers(2.0, 0.375, decay=0.6, noise=1.0, generator_noise=0.5, generations=n, generator_rows=t0, dim=dim)
    found = replace_risk(
        PowerLaw(2.0, dim),
        0.0,
        noise=1.0,
        rows=where.synthetic,
        penalty=where.synthetic**-0.6,
        generation=n,
        generator_rows=t0,
        generator_noise=0.5,
    )
    assert found.inherited == pytest.approx(found.variance, rel=2e-3)
    always = crossovers(2.0, 0.375, decay=0.6, noise=0.1, generator_noise=1, generations=9, generator_rows=600, dim=300)
    assert always.synthetic == 0
    assert always.plateau == 300


@pytest.mark.parametrize(("capacity", "source"), LAWS)
def test_exact_laws_are_read_off_exactly(capacity, source):
    j = np.arange(1.0, 1501.0)
    spectrum, power = 3 * j**-capacity, 0.2 * j ** -(1 + 2 * capacity * source)
    order = np.random.default_rng(1).permutation(1500)
    found = fit_power_law(spectrum[order], power[order])
    assert found.capacity == pytest.approx(capacity, abs=1e-9)
    assert found.source == pytest.approx(source, abs=1e-9)
    assert found.source_interval[0] <= found.source <= found.source_interval[1]
    assert found.source_interval[1] - found.source_interval[0] < 1e-6


def test_intervals_cover_as_stated_when_the_signal_scatters():
    # 400 signals with Gaussian coefficients: 95 % intervals, binomial SE 1.1 %, so 90-100 % must be seen.
    rng = np.random.default_rng(3)
    j = np.arange(1.0, 1001.0)
    covered, width = 0, []
    for _ in range(400):
        found = fit_power_law(j**-2.0, j**-2.5 * rng.standard_normal(1000) ** 2)
        low, high = found.source_interval
        covered += low <= 0.375 <= high
        width.append(high - low)
    assert 0.90 <= covered / 400 <= 0.99
    assert np.median(width) < 0.15


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: clean_scaling(1.0, 0.5), "capacity"),
        (lambda: clean_scaling(0.5, 0.5), "capacity"),
        (lambda: clean_scaling(2.0, 0.0), "source"),
        (lambda: effective_growth(-1.0), "growth"),
        (lambda: effective_growth(1.0, -1.0), "aspect_decay"),
        (lambda: term_exponents(2.0, 0.5, decay=2.5, growth=1.0), "decay"),
        (lambda: fit_power_law([1.0] * 9, [1.0] * 8), "power"),
        (lambda: fit_power_law([1.0] * 9, [1.0] * 9), "first, last"),
        (lambda: fit_power_law([1.0] * 90, [0.0] * 90), "power"),
        (
            lambda: crossovers(2.0, 1.0, decay=1, noise=1, generator_noise=1, generations=1, generator_rows=99, dim=9),
            "source",
        ),
    ],
)
def test_bad_arguments_are_named(call, where):
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.where == where
