"""Do nodes sum like the spectrum they stand for, and is the effective ridge right where it is hard?"""

from decimal import Decimal, getcontext
from math import fsum

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.theory.ridge import Block, mixture_risk, replace_risk
from genloss.theory.ridge.equivalents import degrees_of_freedom, effective_ridge, rows_left
from genloss.theory.ridge.scaling import clean_scaling
from genloss.theory.ridge.spectra import Nodes, PowerLaw, compress, nodes_of, signal_on
from genloss.workflows import TRUTH as REAL

ORDERS = ((1, 0), (2, 0), (1, 1), (0, 2), (2, 2), (4, 4))


def relative_errors(nodes, weight, spectrum, exact_weight):
    """Relative errors of sums of weight (s/(s+k))^a (k/(s+k))^b over a range of k."""
    for kappa in np.geomspace(spectrum.min() / 10, spectrum.max() * 10, 12):
        for a, b in ORDERS:
            right = fsum(exact_weight * (spectrum / (spectrum + kappa)) ** a * (kappa / (spectrum + kappa)) ** b)
            ratio = nodes.values / (nodes.values + kappa)
            yield weight @ (ratio**a * (kappa / (nodes.values + kappa)) ** b) / right - 1


@pytest.mark.parametrize("exponent", [0.0, 0.3, 1.0, 2.0, 4.0])
def test_power_law_nodes_sum_exactly(exponent):
    spectrum = 3.0 * np.arange(1, 30001.0) ** -exponent
    nodes = nodes_of(PowerLaw(exponent, 30000, 3.0))
    assert nodes.values.size < 700
    assert max(np.abs(list(relative_errors(nodes, nodes.multiplicity, spectrum, 1.0)))) < 1e-12
    truth = np.arange(1, 30001.0) ** -0.6
    same, power = signal_on(PowerLaw(exponent, 30000, 3.0), PowerLaw(0.6, 30000))
    assert max(np.abs(list(relative_errors(same, power, spectrum, spectrum * truth**2)))) < 1e-12


@pytest.mark.parametrize("kind", ["power law", "gaps", "ties", "two scales", "shuffled lognormal"])
def test_compressed_spectra_sum_exactly(kind):
    rng = np.random.default_rng(5)
    spectrum = {
        "power law": np.arange(1, 20001.0) ** -1.5,
        "gaps": np.concatenate([np.ones(7), 1e-6 * np.arange(1, 3000.0) ** -1, [1e-30] * 50]),
        "ties": np.repeat([4.0, 2.0, 1.9, 1.8, 0.1], 1000),
        "two scales": np.concatenate([rng.uniform(1, 2, 5000), rng.uniform(1e-3, 2e-3, 5000)]),
        "shuffled lognormal": np.exp(rng.normal(0, 2, 20000)),
    }[kind]
    power = spectrum * rng.standard_normal(spectrum.size) ** 2
    nodes = compress(spectrum, power)
    assert nodes.values.size < 600
    assert nodes.dim == spectrum.size
    assert max(np.abs(list(relative_errors(nodes, nodes.multiplicity, spectrum, 1.0)))) < 1e-12
    assert max(np.abs(list(relative_errors(nodes, nodes.power, spectrum, power)))) < 1e-12
    assert np.all(nodes.multiplicity >= 0)
    assert np.all(nodes.power >= 0)


LONG = {
    "power law": lambda rng: rng.permutation(np.arange(1, 100_001.0) ** -1.5),
    "two clouds": lambda rng: np.exp(np.concatenate([rng.normal(0, 1e-3, 50_000), rng.normal(-20, 2, 50_000)])),
    "one value": lambda rng: np.full(100_000, 0.7),  # noqa: ARG005
    "repeated": lambda rng: rng.choice([1.0, 1.0 + 1e-9, 0.99, 1e-5, 0.0], size=100_000),
}


@pytest.mark.parametrize("kind", LONG)
def test_long_spectra_sum_exactly(kind):
    rng = np.random.default_rng(5)
    spectrum = LONG[kind](rng)
    power = rng.exponential(size=spectrum.size) * (rng.random(spectrum.size) < 0.5) * (spectrum > 0)
    nodes = compress(spectrum, power)
    assert nodes.values.size < 1500
    for kappa in np.geomspace(1e-8, 1e3, 40):
        for a, b, close in ((1, 0, 1e-12), (2, 1, 1e-12), (4, 4, 1e-12), (40, 0, 1e-9)):
            if a == 40 and kappa > spectrum.max() / 100:
                continue

            def sums(s, a=a, b=b, kappa=kappa):
                return (s / (s + kappa)) ** a * (kappa / (s + kappa)) ** b

            np.testing.assert_allclose(nodes.multiplicity @ sums(nodes.values), sums(spectrum).sum(), rtol=close)
            np.testing.assert_allclose(nodes.power @ sums(nodes.values), power @ sums(spectrum), rtol=close)


@pytest.mark.parametrize("exponent", [0.3, 1.0, 2.0])
def test_long_chains_sum_to_nine_digits(exponent):
    spectrum = np.arange(1, 30001.0) ** -exponent
    for nodes in (nodes_of(PowerLaw(exponent, 30000)), compress(spectrum)):
        for kappa in np.geomspace(spectrum.min() / 10, 0.01, 10):
            right = fsum((spectrum / (spectrum + kappa)) ** 40)
            assert nodes.multiplicity @ (nodes.values / (nodes.values + kappa)) ** 40 == pytest.approx(right, rel=1e-9)


def test_directions_without_inputs_keep_their_power():
    nodes = compress([1.0, 0.0, 0.5, 0.0], [1.0, 2.0, 3.0, 4.0])
    assert nodes.dim == 2
    assert nodes.power[nodes.values == 0].sum() == 6.0


def decimal_ridge(spectrum, rows, penalty):
    """The largest root by bisection in 60 digits."""
    getcontext().prec = 60
    values, lam = [Decimal(float(s)) for s in spectrum], Decimal(float(penalty))
    low, high = Decimal(10) ** -45, lam + sum(values) / rows + 1
    for _ in range(260):
        middle = (low * high).sqrt()
        excess = middle - lam - middle * sum(s / (s + middle) for s in values) / rows
        low, high = (middle, high) if excess < 0 else (low, middle)
    return high


@pytest.mark.parametrize(
    "spectrum",
    [
        np.ones(12),
        np.arange(1, 13.0) ** -3,
        np.r_[np.ones(4), 1e-9 * np.ones(8)],
        np.r_[np.ones(6), 1e-20 * np.ones(6)],
    ],
    ids=["flat", "steep", "gap", "wide gap"],
)
@pytest.mark.parametrize("rows", [4, 6, 11, 12, 13, 500])
@pytest.mark.parametrize("penalty", [0.0, 1e-14, 1e-9, 1e-4, 1.0])
def test_effective_ridge_in_sixty_digits(spectrum, rows, penalty):
    found = float(effective_ridge(spectrum, rows=rows, penalty=penalty))
    if penalty == 0 and rows >= 12:
        assert found == 0
        return
    right = decimal_ridge(spectrum, rows, penalty)
    assert abs(Decimal(found) / right - 1) < Decimal("1e-10")
    left = Decimal(rows) - sum(Decimal(float(s)) / (Decimal(float(s)) + Decimal(found)) for s in spectrum)
    nodes = nodes_of(spectrum)
    assert (
        abs(Decimal(float(rows_left(nodes, rows=rows, kappa=found))) - left) < Decimal("1e-15") * rows + left / 10**12
    )


def test_ridge_of_a_million_eigenvalues_through_nodes():
    spectrum = np.arange(1, 1e6 + 1) ** -1.5
    rows, penalty = [10, 1e4, 999_999, 1e6, 1e8, 100], [0.0, 1e-12, 0.0, 1e-9, 1e-3, 1e-5]
    right = effective_ridge(spectrum, rows=rows, penalty=penalty)
    for short in (compress(spectrum), PowerLaw(1.5, 10**6)):
        np.testing.assert_allclose(effective_ridge(short, rows=rows, penalty=penalty), right, rtol=1e-10)


def test_many_points_at_once_equal_one_at_a_time():
    nodes = compress(np.arange(1, 5001.0) ** -1.2)
    rows, penalty = np.meshgrid(np.geomspace(1, 1e6, 9), np.r_[0, np.geomspace(1e-12, 1e3, 7)])
    together = effective_ridge(nodes, rows=rows, penalty=penalty)
    one = [float(effective_ridge(nodes, rows=t, penalty=p)) for t, p in zip(rows.flat, penalty.flat, strict=True)]
    np.testing.assert_allclose(together.ravel(), one, rtol=1e-12)


def test_a_spectrum_of_a_million_million_eigenvalues():
    # df1 of j^-2 without end is kappa^-1/2 (pi/2) coth(pi kappa^-1/2) - 1/2: a closed sum, no integral.
    law = PowerLaw(2.0, 10**12)
    for kappa in (1e-2, 1e-6, 1e-12):
        closed = np.pi / 2 / np.sqrt(kappa) / np.tanh(np.pi / np.sqrt(kappa)) - 0.5
        tail = 1e-12 / kappa  # what lies beyond the last eigenvalue
        assert float(degrees_of_freedom(law, kappa)) == pytest.approx(closed - tail, rel=2e-12)
    rows = np.array([1e3, 1e6])
    clean = clean_scaling(2.0, 0.375)
    signal = PowerLaw(0.25, 10**12)
    risk = replace_risk(
        law,
        signal,
        noise=1.0,
        rows=rows,
        penalty=rows**-clean.critical_decay,
        generation=0,
        generator_rows=1,
        generator_noise=0,
    ).total
    assert np.log(risk[0] / risk[1]) / np.log(rows[1] / rows[0]) == pytest.approx(clean.noisy, abs=0.01)
    mixed = mixture_risk(law, signal, [[Block(1e6, REAL, 1.0)]], penalty=1e6**-clean.critical_decay)
    assert mixed.total[0] == pytest.approx(risk[1], rel=1e-12)


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: PowerLaw(2.0, 0), "PowerLaw.count"),
        (lambda: PowerLaw(np.inf, 5), "PowerLaw.exponent"),
        (lambda: PowerLaw(2.0, 5, 0.0), "PowerLaw.scale"),
        (lambda: PowerLaw(1.0, 10**12).listed(), "PowerLaw.count"),
        (lambda: nodes_of(PowerLaw(-1.0, 5)), "spectrum"),
        (lambda: nodes_of(PowerLaw(50.0, 10**12)), "spectrum"),
        (lambda: signal_on(PowerLaw(2.0, 5), PowerLaw(1.0, 6)), "coefficients"),
        (lambda: signal_on([1.0, 0.0], 1.0), "spectrum"),
        (lambda: signal_on([1.0, 1.0], np.nan), "coefficients"),
        (lambda: signal_on([1.0, 1.0], [1.0, 2.0, 3.0]), "coefficients"),
        (lambda: compress([1.0, 2.0], [1.0]), "power"),
        (lambda: compress([1.0, -2.0]), "spectrum"),
        (lambda: signal_on(compress([1.0] * 50), PowerLaw(1.0, 50)), "coefficients"),
    ],
)
def test_bad_arguments_are_named(call, where):
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.where == where


def test_nodes_pass_through():
    nodes = Nodes(np.array([2.0]), np.array([7.0]), 7.0)
    assert nodes_of(nodes) is nodes
    assert compress(nodes) is nodes
    assert float(degrees_of_freedom(nodes, 2.0)) == 3.5
