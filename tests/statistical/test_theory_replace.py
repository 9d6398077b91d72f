"""Does `replace_risk` hold in every regime: per-fit settings, minimum norm, one set of inputs, double descent?

Simulation: every row drawn by plain_regression. Rule: Z standard errors + the allowance stated by the formula.
"""

import numpy as np
import plain_regression as plain
import pytest
from helpers import Z, mean_and_error

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory.ridge import replace_risk, replace_risk_of_power
from genloss.theory.ridge.equivalents import effective_ridge
from genloss.theory.ridge.spectra import PowerLaw, compress
from genloss.workflows import TRUTH as REAL

DIM = 60
FLAT, STEEP = np.ones(DIM), np.arange(1, DIM + 1.0) ** -1.2
TRUTH = np.arange(1, DIM + 1.0) ** -0.3
NOISE = 0.6


def agree(risks, total, allowance):
    seen, error = mean_and_error(risks)
    return np.all(np.abs(seen - total) <= Z * error + allowance)


def test_rows_noise_and_penalty_of_every_fit_count():
    # 300 replicates, ridge after unlike fits; sees a 10 % error. Control: the first fit thrice.
    rows, noise, penalty = [90, 200, 40], [0.3, 1.0, 0.6], [0.2, 0.0, 0.05]
    fits = [[(t, m - 1 if m else REAL, s, 1.0)] for m, (t, s) in enumerate(zip(rows, noise, strict=True))]
    risks = plain.mixtures(
        STEEP,
        TRUTH,
        [*fits, [(80, 2, NOISE, 1.0)]],
        [*penalty, 0.1],
        replicates=300,
        rng=stream(201, "per fit"),
    )

    def theory(keep):
        return replace_risk(
            STEEP,
            TRUTH,
            noise=NOISE,
            rows=80,
            penalty=0.1,
            generation=3,
            generator_rows=np.array(rows)[keep],
            generator_noise=np.array(noise)[keep],
            generator_penalty=np.array(penalty)[keep],
        )

    right, wrong = theory([0, 1, 2]), theory([0, 0, 0])
    assert agree(risks[-1], right.total, right.allowance)
    assert not agree(risks[-1], wrong.total, wrong.allowance)


@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_minimum_norm_chain_loses_the_truth_exponentially(noise):
    # Isotropic, T0 = 30 of 60 directions, n = 0..4, least squares predictor: 400 replicates see 4 %.
    rng = stream(202, "chain", int(10 * noise))
    fits = plain.chain(30, noise, 4, (150, 0.0))
    risks = plain.mixtures(FLAT, TRUTH, fits, [0.0] * len(fits), replicates=400, rng=rng)[4:]
    n, r2, ratio = np.arange(5), np.sum(TRUTH**2), 2.0
    # the noise of one interpolating fit is exactly T0 / (d - T0 - 1) per unit
    closed = r2 * (1 - ratio**-n) + noise**2 * 30 / (60 - 30 - 1) * (1 - ratio**-n) / (1 - 1 / ratio)
    right = replace_risk(
        FLAT, TRUTH, noise=0.0, rows=150, penalty=0.0, generation=n, generator_rows=30, generator_noise=noise
    )
    np.testing.assert_allclose(right.total, closed, rtol=1e-12, atol=1e-15)
    assert agree(risks[1:], right.total[1:], right.allowance[1:])
    assert np.all(risks[0] < 1e-20)  # generation 0 without noise is exact
    assert not agree(risks[1:], right.total[:-1], right.allowance[:-1])


@pytest.mark.parametrize("generations", [1, 3])
def test_one_set_of_inputs_below_dim_with_ridge_after_it(generations):
    # 400 replicates see 5 %. Control: fresh inputs, whose bias grows with n.
    risks = plain.same_inputs(
        FLAT,
        TRUTH,
        rows=35,
        noise=NOISE,
        generations=generations,
        predictor=(150, NOISE, 0.02),
        replicates=400,
        rng=stream(203, "same", generations),
    )
    right, fresh = (
        replace_risk(
            FLAT,
            TRUTH,
            noise=NOISE,
            rows=150,
            penalty=0.02,
            generation=np.arange(generations + 1),
            generator_rows=35,
            generator_noise=NOISE,
            design=design,
        )
        for design in ("same", "fresh")
    )
    assert agree(risks, right.total, right.allowance)
    assert generations == 1 or not agree(risks[-1], fresh.total[-1], right.allowance[-1])


def test_published_noise_term_of_one_set_of_inputs():
    # Eq. (18) of arXiv 2402.07712, written out: what n fits on the same inputs add per unit of noise.
    t, t0, n = 150, 35, 4
    k, k0 = (float(effective_ridge(STEEP, rows=r, penalty=p)) for r, p in ((t, 0.02), (t0, 0.0)))
    d, d0 = STEEP / (STEEP + k), STEEP / (STEEP + k0)
    df2, lost = np.sum(d**2), k**2 * np.sum((STEEP / (STEEP + k0) / (STEEP + k)) ** 2)
    rho = (np.sum((d0 * d) ** 2) + lost * df2 / (t - df2)) / (t0 - np.sum(d0**2))
    both = [
        replace_risk(
            STEEP,
            TRUTH,
            noise=0.0,
            rows=t,
            penalty=0.02,
            generation=n,
            generator_rows=t0,
            generator_noise=s,
            design="same",
            finite_size=False,
        ).total
        for s in (0.0, NOISE)
    ]
    assert both[1] - both[0] == pytest.approx(n * NOISE**2 * rho, rel=1e-10)


@pytest.mark.parametrize("name", ["flat", "steep"])
def test_double_descent_without_a_penalty(name):
    # Rows from 10 to 120 around dim = 60; 200 replicates each see 15-30 % near the peak, 5 % far from it.
    spectrum = {"flat": FLAT, "steep": STEEP}[name]
    rows = np.array([10, 30, 50, 70, 120])
    right = replace_risk(
        spectrum, TRUTH, noise=2.0, rows=rows, penalty=0.0, generation=0, generator_rows=1, generator_noise=0
    )
    risks = np.array(
        [
            plain.mixtures(
                spectrum,
                TRUTH,
                [[(int(t), REAL, 2.0, 1.0)]],
                [0.0],
                replicates=200,
                rng=stream(204, name, int(t)),
            )[0]
            for t in rows
        ]
    )
    assert agree(risks, right.total, right.allowance)
    assert right.total[2] > right.total[1]
    assert right.total[3] > right.total[4]
    assert not agree(risks[-1], right.total[-1] * 49 / 60, 0)


@pytest.mark.parametrize("rows", [59, 60, 61])
def test_the_peak_itself_is_refused_with_its_reason(rows):
    with pytest.raises(Problem) as caught:
        replace_risk(FLAT, 1.0, noise=1, rows=rows, penalty=0, generation=0, generator_rows=90, generator_noise=1)
    assert caught.value.where == "rows"
    assert "without a penalty" in caught.value.found
    assert "infinite" in caught.value.found


def test_a_compressed_spectrum_and_a_power_law_give_the_same_risk():
    dim, truth = 3000, np.arange(1, 3001.0) ** -0.25
    spectrum = np.arange(1, 3001.0) ** -2
    arguments = {
        "noise": 1.0,
        "rows": np.array([100, 5000]),
        "penalty": [[0.0], [1e-6], [0.1]],
        "generation": 5,
        "generator_rows": 4000,
        "generator_noise": 0.5,
    }
    right = replace_risk(spectrum, truth, **arguments).total
    short = compress(spectrum, spectrum * truth**2)
    law = replace_risk(PowerLaw(2.0, dim), PowerLaw(0.25, dim), **arguments).total
    np.testing.assert_allclose(law, right, rtol=1e-11)
    np.testing.assert_allclose(replace_risk_of_power(short, short.power, **arguments).total, right, rtol=1e-11)
    np.testing.assert_allclose(replace_risk(PowerLaw(2.0, dim), truth, **arguments).total, right, rtol=1e-13)
