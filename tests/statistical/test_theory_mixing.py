"""Do the limits of mixing real and synthetic labels hold, and are the stated optima the minima?

Simulation: every row drawn by plain_regression. Rule: Z standard errors + the allowance stated by the formula.
"""

import numpy as np
import plain_regression as plain
import pytest
from helpers import Z, mean_and_error

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory.ridge import Block, mixture_risk, replace_risk
from genloss.theory.ridge.mixing import (
    fresh_mixing_risk,
    golden_real_weight,
    isotropic_optimal_penalty,
    optimal_penalty,
    optimal_real_weight,
    relabeled_risk,
)
from genloss.workflows import TRUTH as REAL

DIM = 40
SPECTRA = {"flat": np.ones(DIM), "steep": np.arange(1, DIM + 1.0) ** -1.2}
TRUTH = np.arange(1, DIM + 1.0) ** -0.3
GOLDEN = (np.sqrt(5) - 1) / 2


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize(
    ("rows", "penalty", "weight"), [(80, 0.1, 0.5), (80, 0.0, 0.3), (25, 0.05, 0.7), (25, 0.0, 0.4), (160, 0.02, 0.9)]
)
def test_relabeled_rows_meet_simulation(spectrum, rows, penalty, weight):
    # 400 replicates of 40 relabelings (0.7^40 < 1e-6) see 6-10 %. Control: noise 2.5 times as loud.
    risks = plain.relabeled(
        SPECTRA[spectrum],
        TRUTH,
        noise=0.6,
        rows=rows,
        penalty=penalty,
        real_weight=weight,
        generations=40,
        replicates=400,
        rng=stream(241, spectrum, rows, int(1000 * penalty)),
    )
    seen, error = mean_and_error(risks)
    right = relabeled_risk(SPECTRA[spectrum], TRUTH, noise=0.6, rows=rows, penalty=penalty, real_weight=weight)
    assert abs(seen - right.total) <= Z * error + right.allowance
    loud = relabeled_risk(SPECTRA[spectrum], TRUTH, noise=1.5, rows=rows, penalty=penalty, real_weight=weight)
    assert abs(seen - loud.total) > Z * error + right.allowance
    assert right.status == ("exact" if penalty == 0 and rows > DIM else "asymptotic")


def test_full_real_weight_is_ridge_on_real_labels():
    for rows, penalty in ((80, 0.1), (25, 0.0), (25, 1e-6), (90, 0.0)):
        right = replace_risk(
            SPECTRA["steep"],
            TRUTH,
            noise=0.6,
            rows=rows,
            penalty=penalty,
            generation=0,
            generator_rows=1,
            generator_noise=0,
        )
        one = relabeled_risk(SPECTRA["steep"], TRUTH, noise=0.6, rows=rows, penalty=penalty, real_weight=1.0)
        assert one.total == pytest.approx(right.total, rel=1e-11)
        near = relabeled_risk(SPECTRA["steep"], TRUTH, noise=0.6, rows=rows, penalty=penalty, real_weight=1 - 1e-12)
        assert near.total == pytest.approx(right.total, rel=1e-9)
        fresh = fresh_mixing_risk(
            SPECTRA["steep"], TRUTH, noise=0.6, rows=rows, synthetic_rows=50, penalty=penalty, real_weight=1.0
        )
        assert fresh.total == pytest.approx(right.total, rel=1e-11)


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize(
    ("rows", "synthetic", "penalty", "weight"), [(60, 60, 0.05, 0.6), (100, 40, 0.0, 0.7), (15, 15, 0.2, 0.5)]
)
def test_fresh_mixing_is_the_limit_of_the_recursion(spectrum, rows, synthetic, penalty, weight):
    total = rows + synthetic
    shares = weight * total / rows, (1 - weight) * total / synthetic
    fits = [[Block(rows, REAL, 0.6)]]
    fits += [[Block(rows, REAL, 0.6, shares[0]), Block(synthetic, n, 0.9, shares[1])] for n in range(120)]
    steps = mixture_risk(SPECTRA[spectrum], TRUTH, fits, penalty=penalty)
    limit = fresh_mixing_risk(
        SPECTRA[spectrum],
        TRUTH,
        noise=0.6,
        synthetic_noise=0.9,
        rows=rows,
        synthetic_rows=synthetic,
        penalty=penalty,
        real_weight=weight,
    )
    assert limit.total == pytest.approx(steps.total[-1], rel=1e-9)
    assert limit.effective_weight == pytest.approx(steps.effective_weights[-1][0], rel=1e-12)
    assert limit.bias + limit.variance == pytest.approx(limit.total, rel=1e-12)


def test_unweighted_least_squares_limit_in_closed_form():
    # e = u sigma^2 / (1 - p2^2 - u p1 p2), u = phi / (1 - phi), from the recursion's scalar form; u exact with - 1.
    rows, synthetic = 120, 80
    p1, p2, slack = rows / 200, synthetic / 200, 200 - DIM - 1
    u = DIM / slack
    limit = fresh_mixing_risk(
        SPECTRA["steep"], TRUTH, noise=0.6, rows=rows, synthetic_rows=synthetic, penalty=0.0, real_weight=p1
    )
    assert limit.total == pytest.approx(u * 0.36 / (1 - p2**2 - u * p1 * p2), rel=1e-10)


def test_best_real_weights():
    assert golden_real_weight(1.0) == pytest.approx(GOLDEN, rel=1e-14)
    for spectrum in SPECTRA.values():
        for rows in (20, 100):
            best = optimal_real_weight(spectrum, TRUTH, noise=0.7, rows=rows, penalty=0.0)
            tiny = optimal_real_weight(spectrum, TRUTH, noise=0.7, rows=rows, penalty=1e-10)
            assert best.real_weight == pytest.approx(GOLDEN, rel=1e-12)
            assert tiny.real_weight == pytest.approx(GOLDEN, rel=1e-4)
    for k in (0.5, 1.0, 2.0):
        many = optimal_real_weight([1.0] * 10, 1.0, noise=1.0, rows=1e7 * k, synthetic_rows=1e7, penalty=0.0)
        assert many.real_weight == pytest.approx(float(golden_real_weight(k)), rel=1e-5)
        assert many.risk / many.real_only == pytest.approx(float(golden_real_weight(k)), rel=1e-5)


@pytest.mark.parametrize(
    ("rows", "nominal", "effective"), [(150, 0.661, 0.610), (400, 0.631, 0.615), (4000, 0.619, 0.618)]
)
def test_best_real_weight_in_the_proportional_regime(rows, nominal, effective):
    best = optimal_real_weight([1.0] * 100, 1.0, noise=1.0, rows=rows, synthetic_rows=rows, penalty=0.0)
    assert best.real_weight == pytest.approx(nominal, abs=6e-4)
    assert best.effective_weight == pytest.approx(effective, abs=6e-4)
    assert best.risk < best.real_only


@pytest.mark.parametrize(
    ("variance", "penalty", "weight", "risk", "real_only"),
    [(0.1, 0.0154, 0.627, 0.0579, 0.0844), (1.0, 0.2338, 0.683, 0.3640, 0.4142)],
)
def test_joint_optimum_of_penalty_and_weight(variance, penalty, weight, risk, real_only):
    best = optimal_real_weight([1.0] * 300, 300**-0.5, noise=variance**0.5, rows=600, penalty=None)
    found = [best.penalty, best.real_weight, best.risk, best.real_only]
    np.testing.assert_allclose(found, [penalty, weight, risk, real_only], atol=6e-4)


def test_the_best_weight_with_a_penalty_is_at_least_one_half():
    for spectrum in SPECTRA.values():
        for rows in (30, 120):
            for penalty in (0.01, 0.1, 1.0):
                assert optimal_real_weight(spectrum, TRUTH, noise=1.0, rows=rows, penalty=penalty).real_weight >= 0.5


@pytest.mark.parametrize("n", [0, 1, 5, 20])
@pytest.mark.parametrize(("rows", "generator_rows", "noise"), [(1000, 601, 0.2), (1000, 400, 1.0), (150, 2000, 0.5)])
def test_closed_form_of_the_best_penalty_is_the_minimum(n, rows, generator_rows, noise):
    numeric = optimal_penalty(
        [1.0] * 300,
        300**-0.5,
        noise=noise,
        rows=rows,
        generation=n,
        generator_rows=generator_rows,
        generator_noise=noise,
    )
    handed = n * noise**2 * 300 / (generator_rows - 301)
    penalty, risk = isotropic_optimal_penalty(signal=1.0, noise=noise, aspect_ratio=300 / rows, inherited_risk=handed)
    assert numeric.penalty == pytest.approx(penalty, rel=2e-6)
    assert numeric.risk == pytest.approx(risk, rel=1e-11)
    assert numeric.clean_penalty == pytest.approx(noise**2 * 300 / rows, rel=2e-6)
    assert numeric.cost == pytest.approx(numeric.risk_at_clean_penalty - numeric.risk)
    assert numeric.cost >= (0 if n == 0 else 1e-6)


def test_published_values_of_the_best_penalty():
    found = [
        isotropic_optimal_penalty(signal=1.0, noise=0.2, aspect_ratio=0.3, inherited_risk=n * 0.04) for n in (5, 50)
    ]
    np.testing.assert_allclose(found, [(0.129842, 0.185538), (2.067688, 0.711824)], atol=1e-6)


def test_the_ends_of_the_penalty_are_found():
    spectrum = SPECTRA["steep"]
    none = optimal_penalty(spectrum, TRUTH, noise=0.0, rows=100, generation=0, generator_rows=100, generator_noise=0.0)
    assert none.penalty == 0
    assert none.risk == pytest.approx(0, abs=1e-15)
    noise = optimal_penalty(spectrum, 1e-6, noise=1.0, rows=100, generation=2, generator_rows=100, generator_noise=1e3)
    assert noise.penalty == np.inf
    assert noise.risk == pytest.approx(1e-12 * spectrum.sum())


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: relabeled_risk([1.0], 1.0, noise=1, rows=10, penalty=0.1, real_weight=0.0), "real_weight"),
        (lambda: relabeled_risk([1.0] * 9, 1.0, noise=1, rows=10, penalty=0.0, real_weight=0.5), "rows"),
        (lambda: relabeled_risk([1.0, 0.0], 1.0, noise=1, rows=10, penalty=0.1, real_weight=0.5), "spectrum"),
        (
            lambda: fresh_mixing_risk([1.0] * 50, 1.0, noise=1, rows=3, synthetic_rows=57, penalty=0, real_weight=0.05),
            "real_weight",
        ),
        (lambda: optimal_real_weight([1.0], 1.0, noise=0, rows=10, penalty=0), "noise"),
        (lambda: golden_real_weight(0.0), "size_ratio"),
        (lambda: isotropic_optimal_penalty(signal=0.0, noise=1, aspect_ratio=1), "signal"),
    ],
)
def test_bad_arguments_are_named(call, where):
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.where == where
