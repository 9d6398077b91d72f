"""Does `strong_collapse_risk` hold on inputs and on random projections, and where is its floor?

Simulation: every row drawn by plain_regression, n2 = share x rows of them shifted. Rule: Z standard errors +
the allowance stated by the formula. Blind spot: 400 replicates see 6-10 %.
"""

import numpy as np
import plain_regression as plain
import pytest
from helpers import Z, mean_and_error

from genloss.errors import Problem
from genloss.streams import stream
from genloss.theory.ridge import Block, mixture_risk, replace_risk
from genloss.theory.ridge.equivalents import degrees_of_freedom, effective_ridge
from genloss.theory.ridge.strong import lowest_floor, strong_collapse_risk
from genloss.workflows import TRUTH as REAL

DIM = 60
SPECTRA = {"flat": np.ones(DIM), "steep": np.arange(1, DIM + 1.0) ** -1.2}
SIGNAL = np.arange(1, DIM + 1.0) ** -0.5 / 10
SHIFT = np.arange(1, DIM + 1.0) ** 0.3 / 20
SETTINGS = {  # rows, share, penalty, features
    "few rows": (40, 0.5, 0.05, None),
    "many rows": (200, 0.25, 0.05, None),
    "least squares": (150, 0.4, 0.0, None),
    "minimum norm": (30, 0.5, 0.0, None),
    "few features": (150, 0.5, 0.02, 30),
    "more features than directions": (50, 0.5, 0.02, 120),
    "few features, no penalty": (120, 0.5, 0.0, 30),
    "more features than rows, no penalty": (25, 0.4, 0.0, 50),
}


@pytest.mark.parametrize("spectrum", SPECTRA)
@pytest.mark.parametrize("name", SETTINGS)
def test_formula_meets_drawn_rows(name, spectrum):
    rows, share, penalty, features = SETTINGS[name]
    risks = plain.shifted(
        SPECTRA[spectrum],
        SIGNAL,
        SHIFT,
        noise=0.3,
        rows=rows,
        synthetic=round(share * rows),
        penalty=penalty,
        features=features,
        replicates=400,
        rng=stream(231, name, spectrum),
    )
    seen, error = mean_and_error(np.stack([risks[0], risks[1], risks[0] - risks[1]]))
    arguments = {"noise": 0.3, "rows": rows, "synthetic_share": share, "penalty": penalty, "features": features}
    right = strong_collapse_risk(SPECTRA[spectrum], SIGNAL, SHIFT, **arguments)
    values = np.array([right.total, right.bias + right.variance, right.shift])
    assert np.all(np.abs(seen - values) <= Z * error + right.allowance)
    # Negative control: the shift's variance doubled.
    wrong = strong_collapse_risk(SPECTRA[spectrum], SIGNAL, 2 * SHIFT, **arguments)
    assert abs(seen[2] - wrong.shift) > Z * error[2] + wrong.allowance


def test_it_is_the_mixture_of_truth_and_a_shifted_model():
    # A model that is the truth plus noise of power m: the first fit of a mixture, with its error as the shift.
    spectrum, rows = SPECTRA["steep"], 150
    truth = np.sqrt(SIGNAL)
    fits = [[Block(70, REAL, 0.5)], [Block(100, REAL, 0.3), Block(50, 0, 0.3)]]
    found = mixture_risk(spectrum, truth, fits, penalty=[0.0, 0.04], finite_size=False)
    shift = found.error_powers[1, 1] / spectrum  # least squares: unbiased
    right = strong_collapse_risk(spectrum, SIGNAL, shift, noise=0.3, rows=rows, synthetic_share=1 / 3, penalty=0.04)
    assert found.total[1] == pytest.approx(right.total, rel=1e-12)


def test_the_published_form_of_the_shift_is_the_same():
    rows, p2, p1 = 90, 0.3, 0.7
    spectrum = SPECTRA["steep"]
    right = strong_collapse_risk(spectrum, SIGNAL, SHIFT, noise=0.3, rows=rows, synthetic_share=p2, penalty=0.05)
    k = float(effective_ridge(spectrum, rows=rows, penalty=0.05))
    df2 = float(degrees_of_freedom(spectrum, k, order=2))
    u = df2 / (rows - df2)
    square = SHIFT / (spectrum + k) ** 2
    published = p2**2 * (1 + p1 * u) * np.sum(square * spectrum**3) + p2 * u * np.sum(
        square * spectrum * (p1 * spectrum + k) ** 2
    )
    assert right.shift == pytest.approx(published, rel=1e-12)


def test_many_features_recover_the_inputs_themselves():
    arguments = {"noise": 0.3, "rows": 90, "synthetic_share": 0.3}
    for spectrum in SPECTRA.values():
        for penalty in (0.0, 0.05):
            plain_, wide = (
                strong_collapse_risk(spectrum, SIGNAL, SHIFT, penalty=penalty, features=m, **arguments).total
                for m in (None, 1e12)
            )
            assert wide == pytest.approx(plain_, rel=1e-9)


@pytest.mark.parametrize("rows", [30, 90, 300])
@pytest.mark.parametrize("penalty", [0.0, 0.05])
def test_without_a_synthetic_share_it_is_ridge_on_real_labels(rows, penalty):
    risk = strong_collapse_risk(
        SPECTRA["steep"], SIGNAL, SHIFT, noise=0.3, rows=rows, synthetic_share=0.0, penalty=penalty
    )
    arguments = {"noise": 0.3, "rows": rows, "penalty": penalty, "generation": 0}
    right = replace_risk(SPECTRA["steep"], np.sqrt(SIGNAL), generator_rows=1, generator_noise=0, **arguments)
    assert risk.total == pytest.approx(right.total, rel=1e-11)


def test_least_squares_on_few_features_is_exact_given_them():
    # m < d, n > m, no penalty: what features miss (t) acts as noise, so (sigma^2 + t) m / (n - m - 1) + t, exactly.
    rows, features = 120, 30
    risk = strong_collapse_risk(
        SPECTRA["flat"], SIGNAL, 0.0, noise=0.3, rows=rows, synthetic_share=0.0, penalty=0.0, features=features
    )
    missed = SIGNAL.sum() * (1 - features / DIM)
    assert risk.total == pytest.approx((0.09 + missed) * features / (rows - features - 1) + missed, rel=1e-11)


def test_more_rows_do_not_remove_the_floor():
    rows = np.geomspace(1e2, 1e9, 8)
    risk = strong_collapse_risk(SPECTRA["flat"], SIGNAL, SHIFT, noise=0.3, rows=rows, synthetic_share=0.5, penalty=1e-9)
    assert np.all(np.diff(risk.total) < 0)
    assert risk.total[-1] == pytest.approx(risk.floor[-1], rel=1e-5)
    assert risk.floor[-1] == pytest.approx(0.25 * SHIFT.sum(), rel=1e-6)
    assert np.all(risk.shift_floor > 0)
    g, m = SIGNAL.mean() * DIM, 0.25 * SHIFT.mean() * DIM
    best = lowest_floor(SPECTRA["flat"], SIGNAL, SHIFT, synthetic_share=0.5)
    assert best.risk == pytest.approx(g * m / (g + m), rel=1e-9)
    assert best.penalty == pytest.approx(m / g, rel=1e-4)
    none = strong_collapse_risk(SPECTRA["flat"], SIGNAL, SHIFT, noise=0.3, rows=1e9, synthetic_share=0, penalty=1e-9)
    assert none.floor < 1e-15
    assert none.shift == 0


def test_larger_models_amplify_below_the_rows_and_mitigate_beyond():
    features = np.array([50, 200, 300, 390, 420, 600, 1000, 100000])
    shift = strong_collapse_risk(
        [1.0] * 1000, 0.001, 0.0005, noise=0.3, rows=400, synthetic_share=0.2, penalty=1e-6, features=features
    ).shift
    np.testing.assert_allclose(shift[[0, 1, 2, 5, 6]], [0.0151, 0.1000, 0.2880, 0.2453, 0.1227], atol=1e-4)
    assert np.all(np.diff(shift[:4]) > 0)
    assert np.all(np.diff(shift[4:]) < 0)
    assert shift[-1] > 0.06


@pytest.mark.parametrize("rows", [20, 59, 60, 61, 300])
@pytest.mark.parametrize("features", [30, 59, 60, 61, 300])
@pytest.mark.parametrize("penalty", [1e-9, 1e-3, 1.0])
def test_the_two_ridges_solve_their_equation(rows, features, penalty):
    # Read off the result: bias / variance of a flat problem determine kappa; inserted into lambda = ...
    risk = strong_collapse_risk(
        [1.0] * DIM, 1.0, 0.0, noise=1.0, rows=rows, synthetic_share=0.0, penalty=penalty, features=features
    )
    u = float(risk.variance)
    missed = float(risk.bias) / (1 + u) / DIM
    freedom = rows * u / (1 + u)
    followed = (1 - missed + freedom / DIM) / 2  # (1-D)(1-gD) = missed and D - gD(1-D) = df/d give D
    kappa = (1 - followed) / followed
    found = kappa * (1 - DIM * followed / features) * (1 - DIM * followed / rows)
    assert found == pytest.approx(penalty, rel=1e-5, abs=1e-12)


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"synthetic_share": 1.2}, "synthetic_share"),
        ({"signal_variance": -1.0}, "signal_variance"),
        ({"shift_variance": [1.0, 2.0]}, "shift_variance"),
        ({"spectrum": [1.0, 0.0, 1.0]}, "spectrum"),
        ({"rows": 3, "penalty": 0.0}, "rows"),
        ({"features": 2, "rows": 2, "penalty": 0.0}, "rows"),
        ({"features": 0}, "features"),
    ],
)
def test_bad_arguments_are_named(change, where):
    good = {
        "spectrum": [1.0, 1.0, 1.0],
        "signal_variance": 1.0,
        "shift_variance": 1.0,
        "noise": 1.0,
        "rows": 10,
        "synthetic_share": 0.5,
        "penalty": 0.1,
    }
    with pytest.raises(Problem) as caught:
        strong_collapse_risk(**(good | change))
    assert caught.value.where == where
