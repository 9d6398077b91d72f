"""Is the effective ridge the root it claims to be?"""

import numpy as np
import pytest
from scipy.optimize import brentq

from genloss.errors import Problem
from genloss.theory.ridge.equivalents import degrees_of_freedom, effective_ridge

SPECTRA = {"isotropic": np.ones(60), "steep": np.arange(1, 61.0) ** -2, "flat": np.arange(1, 61.0) ** -0.5}


def residual(kappa, spectrum, rows, penalty):
    return kappa - penalty - kappa * np.sum(spectrum / (spectrum + kappa)) / rows


@pytest.mark.parametrize("name", SPECTRA)
@pytest.mark.parametrize("rows", [3, 50, 59, 60, 61, 600, 10**6])
@pytest.mark.parametrize("penalty", [1e-8, 1e-3, 0.1, 10.0])
def test_root_agrees_with_brentq(name, rows, penalty):
    spectrum = SPECTRA[name]
    top = penalty + spectrum.sum() / rows
    root = brentq(residual, penalty, top * 1.01, args=(spectrum, rows, penalty), xtol=1e-300, rtol=1e-13)
    assert effective_ridge(spectrum, rows=rows, penalty=penalty) == pytest.approx(root, rel=1e-9)


@pytest.mark.parametrize("rows", [50, 60, 300, 5000])
@pytest.mark.parametrize("penalty", [1e-6, 0.01, 1.0])
def test_isotropic_closed_form(rows, penalty):
    b = penalty + 60 / rows - 1
    root = np.sqrt(b * b + 4 * penalty)
    closed = (b + root) / 2 if b > 0 else 2 * penalty / (root - b)
    assert effective_ridge(np.ones(60), rows=rows, penalty=penalty) == pytest.approx(closed, rel=1e-10)


def test_without_penalty_it_is_zero_from_dim_rows_on_and_interpolates_below():
    spectrum = SPECTRA["steep"]
    kappa = effective_ridge(spectrum, rows=[20, 59, 60, 61], penalty=0.0)
    assert kappa[2] == kappa[3] == 0.0
    assert degrees_of_freedom(spectrum, kappa[:2]) == pytest.approx([20, 59], rel=1e-9)


def test_zero_eigenvalues_do_not_count():
    padded = np.concatenate([SPECTRA["steep"], np.zeros(40)])
    assert effective_ridge(padded, rows=60, penalty=0.0) == 0.0
    assert effective_ridge(padded, rows=30, penalty=0.1) == effective_ridge(SPECTRA["steep"], rows=30, penalty=0.1)


def test_rows_and_penalty_broadcast():
    kappa = effective_ridge(np.ones(5), rows=[[3], [30]], penalty=[0.0, 0.1, 1.0])
    assert kappa.shape == (2, 3)
    assert kappa[1, 2] == effective_ridge(np.ones(5), rows=30, penalty=1.0)


@pytest.mark.parametrize(
    ("bad", "named"),
    [
        ({"spectrum": [-1.0]}, "spectrum"),
        ({"spectrum": [0.0]}, "spectrum"),
        ({"rows": 0}, "rows"),
        ({"rows": np.nan}, "rows"),
        ({"penalty": -1e-9}, "penalty"),
    ],
)
def test_bad_input_names_the_argument(bad, named):
    good = {"spectrum": [1.0], "rows": 3, "penalty": 0.1}
    arguments = good | bad
    with pytest.raises(Problem) as caught:
        effective_ridge(arguments["spectrum"], rows=arguments["rows"], penalty=arguments["penalty"])
    assert caught.value.where == named
