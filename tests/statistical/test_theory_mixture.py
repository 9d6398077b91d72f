"""Does the recursion for mixtures hold: several origins, weights, penalties, minimum norm?

Simulation: every row drawn by plain_regression. Rule: Z standard errors + the allowance stated by the formula.
Blind spot: 300 replicates see an error of 5-10 %.
"""

import numpy as np
import plain_regression as plain
import pytest
from helpers import Z, mean_and_error

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory.ridge import Block, mixture_risk, mixture_risk_of_power, replace_risk
from genloss.workflows import TRUTH as REAL

DIM = 60
SPECTRA = {"flat": np.ones(DIM), "steep": np.arange(1, DIM + 1.0) ** -1.2}
TRUTH = np.arange(1, DIM + 1.0) ** -0.3

SETTINGS = {
    "fresh real and synthetic, least squares": (
        [[(150, REAL, 0.6, 1.0)], *([(75, REAL, 0.6, 1.0), (75, n, 0.9, 1.0)] for n in range(4))],
        [0.0] * 5,
    ),
    "weights, ridge": (
        [
            [(80, REAL, 0.6, 1.0)],
            [(40, REAL, 0.6, 3.0), (80, 0, 0.3, 0.5)],
            [(40, REAL, 0.6, 3.0), (40, 0, 0.3, 0.5), (40, 1, 1.0, 0.2)],
        ],
        [0.1, 0.05, 0.2],
    ),
    "weights, least squares": (
        [[(90, REAL, 0.6, 1.0)], [(70, REAL, 0.6, 1.0), (140, 0, 0.6, 0.1)]],
        [0.0, 0.0],
    ),
    "minimum norm of two origins": (
        [[(30, REAL, 0.6, 1.0)], [(20, REAL, 0.6, 5.0), (15, 0, 0.6, 0.1)]],
        [0.0, 0.0],
    ),
    "every earlier model": (
        [
            [(100, REAL, 0.6, 1.0)],
            *([(20, REAL, 0.6, 1.0), *((20, k, 0.6, 1.0) for k in range(n))] for n in range(1, 5)),
        ],
        [0.02] * 5,
    ),
}


def blocks(fits):
    return [[Block(*block) for block in fit] for fit in fits]


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("name", SETTINGS)
def test_recursion_meets_drawn_rows(name, spectrum):
    fits, penalties = SETTINGS[name]
    rng = stream(211, name, spectrum)
    seen, error = mean_and_error(plain.mixtures(SPECTRA[spectrum], TRUTH, fits, penalties, replicates=300, rng=rng))
    right = mixture_risk(SPECTRA[spectrum], TRUTH, blocks(fits), penalty=penalties)
    assert np.all(np.abs(seen - right.total) <= Z * error + right.allowance)
    # Negative controls: the last fit a little off in its origins, and noise doubled.
    truthful = [*fits[:-1], [(rows, REAL, noise, weight) for rows, _, noise, weight in fits[-1]]]
    doubled = [[(rows, origin, 2 * noise, weight) for rows, origin, noise, weight in fit] for fit in fits]
    for wrong in (truthful, doubled):
        other = mixture_risk(SPECTRA[spectrum], TRUTH, blocks(wrong), penalty=penalties).total
        assert abs(seen[-1] - other[-1]) > Z * error[-1]


def test_disagreement_of_origins_is_seen():
    # Without label noise and penalty all loss of the last fit beyond its origin's is disagreement: 400 replicates, 6 %.
    fits = [[(30, REAL, 0.0, 1.0)], [(100, REAL, 0.0, 1.0), (100, 0, 0.0, 1.0)]]
    risks = plain.mixtures(SPECTRA["flat"], TRUTH, fits, [0, 0], replicates=400, rng=stream(212, "apart"))
    seen, error = mean_and_error(risks[1])
    right = mixture_risk(SPECTRA["flat"], TRUTH, blocks(fits), penalty=0.0)
    assert abs(seen - right.total[1]) <= Z * error + right.allowance[1]
    assert abs(seen - (right.total[1] - right.disagreement[1])) > 2 * Z * error + right.allowance[1]


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("penalty", [[0.0] * 4, [0.3, 0.0, 1e-9, 0.02]])
@pytest.mark.parametrize("rows", [[150, 90, 62, 300], [20, 70, 45, 58]])
def test_one_origin_is_replace_risk(spectrum, penalty, rows):
    noise = [0.5, 0.2, 1.0, 0.7]
    fits = [[Block(t, n - 1 if n else REAL, s, 2.0)] for n, (t, s) in enumerate(zip(rows, noise, strict=True))]
    for finite_size in (False, True):
        found = mixture_risk(SPECTRA[spectrum], TRUTH, fits, penalty=2 * np.array(penalty), finite_size=finite_size)
        for n in range(4):
            right = replace_risk(
                SPECTRA[spectrum],
                TRUTH,
                noise=noise[n],
                rows=rows[n],
                penalty=penalty[n],
                generation=n,
                generator_rows=rows[:n],
                generator_noise=noise[:n],
                generator_penalty=penalty[:n],
                finite_size=finite_size,
            )
            for part in ("total", "bias", "variance", "allowance"):
                assert getattr(found, part)[n] == pytest.approx(getattr(right, part), rel=1e-12, abs=1e-300)
            assert found.exact[n] == (right.status == "exact")


def test_splitting_a_block_and_scaling_weights_change_nothing():
    whole = [[Block(80, REAL, 0.6)], [Block(60, REAL, 0.6, 2.0), Block(40, 0, 0.3, 0.5)]]
    parts = [whole[0], [Block(35, REAL, 0.6, 6.0), Block(40, 0, 0.3, 1.5), Block(25, REAL, 0.6, 6.0)]]
    one = mixture_risk(SPECTRA["steep"], TRUTH, whole, penalty=[0.1, 0.05])
    other = mixture_risk(SPECTRA["steep"], TRUTH, parts, penalty=[0.1, 0.15])
    np.testing.assert_allclose(one.total, other.total, rtol=1e-12)
    assert one.effective_weights[1][0] == pytest.approx(other.effective_weights[1][[0, 2]].sum(), rel=1e-12)


def test_rows_of_weight_zero_count_in_the_penalty_alone():
    heard = [[Block(80, REAL, 0.6)]]
    silent = [[Block(80, REAL, 0.6), Block(20, REAL, 9.0, 0.0)]]
    one = mixture_risk(SPECTRA["steep"], TRUTH, heard, penalty=0.1)
    other = mixture_risk(SPECTRA["steep"], TRUTH, silent, penalty=0.08)
    np.testing.assert_allclose(one.total, other.total, rtol=1e-12)


@pytest.mark.parametrize("rows", [40, 58, 60, 62, 200])
@pytest.mark.parametrize("penalty", [1e-8, 1e-3, 0.5])
def test_effective_weights_solve_their_equations(rows, penalty):
    # kappa, c and r as the recursion states them, checked by inserting; r is solved from effective weights.
    weight, share = np.array([4.0, 0.3]), np.array([0.5, 0.5])
    fits = [[Block(rows, REAL, 0.6, 4.0), Block(rows, REAL, 0.1, 0.3)]]
    for name in SPECTRA:
        found = mixture_risk(SPECTRA[name], TRUTH, fits, penalty=penalty)
        kappa, r = found.effective_ridge[0], found.effective_weights[0] / share
        level = penalty / kappa
        df1 = np.sum(SPECTRA[name] / (SPECTRA[name] + kappa))
        np.testing.assert_allclose(weight / (level + weight * df1 / (2 * rows)), r, rtol=1e-8)
        assert share @ r == pytest.approx(1, rel=1e-12)


def test_moments_are_second_moments_of_the_fits():
    # 600 replicates of two fits: E w_j w_k per direction, to 8 % of the mean over directions.
    fits = [[(80, REAL, 0.6, 1.0)], [(40, REAL, 0.6, 3.0), (80, 0, 0.3, 0.5)]]
    found = mixture_risk(SPECTRA["steep"], TRUTH, blocks(fits), penalty=[0.1, 0.05])
    total = found.error_powers[[1, 2], [1, 2]].sum(axis=1)
    np.testing.assert_allclose(total, found.total, rtol=1e-12)
    np.testing.assert_allclose(found.powers[0, 0], SPECTRA["steep"] * TRUTH**2, rtol=1e-12)
    np.testing.assert_allclose(found.powers[1, 0], (1 - found.losses[1]) * found.signal, rtol=1e-12)
    assert np.all(found.powers[2, 2] > 0)
    np.testing.assert_allclose(found.bias + found.variance + found.inherited, found.total, rtol=1e-12)


@pytest.mark.parametrize(
    ("fits", "where"),
    [
        ([[]], "fits[0]"),
        ([[Block(80, 0, 1.0)]], "fits[0][0].origin"),
        ([[Block(80, REAL, 1.0)], [Block(80, 1, 1.0)]], "fits[1][0].origin"),
        ([[Block(80, "Truth", 1.0)]], "fits[0][0].origin"),
        ([[Block(80, None, 1.0)]], "fits[0][0].origin"),
        ([[Block(80, REAL, 1.0)], [Block(80, -2, 1.0)]], "fits[1][0].origin"),
        ([[Block(80, REAL, 1.0, -1.0)]], "fits[0]: weight"),
        ([[Block(80, REAL, 1.0, 0.0)]], "fits[0]: weight"),
        ([[Block(0, REAL, 1.0)]], "fits[0]: rows"),
        ([[Block(80, REAL, -1.0)]], "fits[0]: noise"),
        ([[Block(60, REAL, 1.0)]], "fits[0]: rows"),
        ([[Block(30, REAL, 1.0), Block(31, REAL, 1.0, 2.0)]], "fits[0]: rows"),
    ],
)
def test_bad_blocks_are_named(fits, where):
    with pytest.raises(Problem) as caught:
        mixture_risk(SPECTRA["flat"], 1.0, fits, penalty=0.0)
    assert caught.value.where == where


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"spectrum": [1.0, 0.0]}, "spectrum"),
        ({"spectrum": [1.0, -1.0]}, "spectrum"),
        ({"coefficients": [1.0, 1.0, 1.0]}, "coefficients"),
        ({"penalty": [0.1, 0.1]}, "penalty"),
        ({"penalty": -0.1}, "penalty"),
    ],
)
def test_bad_arguments_are_named(change, where):
    good = {"spectrum": [1.0, 1.0], "coefficients": 1.0, "fits": [[Block(80, REAL, 1.0)]], "penalty": 0.0}
    with pytest.raises(Problem) as caught:
        mixture_risk(**(good | change))
    assert caught.value.where == where
    with pytest.raises(Problem):
        mixture_risk_of_power([1.0, 1.0], [1.0], good["fits"], penalty=0.0)


@pytest.mark.parametrize("spectrum", SPECTRA)
def test_the_recursion_of_second_moments_is_the_same(spectrum):
    # The same law written with E w_j w_k instead of errors, and T - df2 sum p r^2 as it stands.
    s = SPECTRA[spectrum]
    fits, penalties = SETTINGS["weights, ridge"]
    found = mixture_risk(s, TRUTH, blocks(fits), penalty=penalties, finite_size=False)
    moments = {(0, 0): TRUTH**2}
    for f, fit in enumerate(fits):
        rows = np.array([block[0] for block in fit])
        who = [0 if block[1] == REAL else block[1] + 1 for block in fit]
        total, pi = rows.sum(), found.effective_weights[f]
        r = pi * total / rows
        follow = s / (s + found.effective_ridge[f])
        mean = {k: sum(p * moments[max(a, k), min(a, k)] for p, a in zip(pi, who, strict=True)) for k in range(f + 1)}
        square = sum(p * mean[a] for p, a in zip(pi, who, strict=True))
        residual = np.array(
            [
                block[2] ** 2 + s @ (moments[a, a] - 2 * follow * mean[a] + follow**2 * square)
                for block, a in zip(fit, who, strict=True)
            ]
        )
        weight = rows / total * r**2
        passed = weight @ residual / (total - np.sum(follow**2) * weight.sum())
        for k in range(f + 1):
            moments[f + 1, k] = follow * mean[k]
        moments[f + 1, f + 1] = follow**2 * square + follow**2 / s * passed
    for (j, k), moment in moments.items():
        np.testing.assert_allclose(found.powers[j, k], s * moment, rtol=1e-9)
