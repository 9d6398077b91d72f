#!/usr/bin/env bash
# KernelRidge has no intercept: its error depends on where the target's zero is.
#
# Guess:    like Ridge, KernelRidge takes the mean of the target off before it fits, so that degrees Celsius and kelvin
#           give the same fit, 273.15 apart.
# Version:  scikit-learn 1.9.1.
# Seen:     it shrinks the prediction itself toward 0. A target that is 20 or 293 on average pulls every prediction toward
#           0 by a share that the penalty sets; the same data in kelvin have over a hundred times the squared error.
# Matters:  in a chain of models each fit shrinks the level once more, and the loss that is measured is that of the
#           missing intercept. Choosing the penalty on such a target chooses the smallest one.
# Instead:  fit to the target minus its mean and add the mean back, e.g. with TransformedTargetRegressor and a
#           StandardScaler.
# Output:   mean squared error against the true curve                                             (2026-11-28)
#           alpha 1:  celsius 0.231   kelvin 37.672   either, less its mean 0.022
#           alpha 10:  celsius 3.925   kelvin 819.208   either, less its mean 0.440
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import numpy as np
from sklearn.compose import TransformedTargetRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.preprocessing import StandardScaler

rng = np.random.default_rng(0)
x = rng.uniform(-2, 2, size=(200, 1))
celsius = 20 + 5 * np.sin(x[:, 0]) + rng.normal(size=200)
grid = np.linspace(-2, 2, 50)[:, None]
truth = 20 + 5 * np.sin(grid[:, 0])


def error(model, origin):
    return float(np.mean((model.fit(x, celsius + origin).predict(grid) - truth - origin) ** 2))


for alpha in (1.0, 10.0):
    model = KernelRidge(alpha=alpha, kernel="rbf", gamma=0.25)
    centered = TransformedTargetRegressor(model, transformer=StandardScaler(with_std=False))
    plain, shifted = error(model, 0.0), error(model, 273.15)
    level = error(centered, 0.0), error(centered, 273.15)
    print(f"alpha {alpha:g}:  celsius {plain:.3f}   kelvin {shifted:.3f}   either, less its mean {level[0]:.3f}")
    assert shifted > 100 * plain, "kelvin is no longer worse"
    assert abs(level[1] / level[0] - 1) < 1e-6, "taking the mean off no longer makes them alike"
    assert level[0] < plain, "taking the mean off is no longer better"
EOF
