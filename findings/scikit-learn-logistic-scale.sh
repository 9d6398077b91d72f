#!/usr/bin/env bash
# scikit-learn: a logistic regression without penalty stops far from its maximum where columns are small, and says nothing.
#
# Guess:    LogisticRegression(C=inf) is the maximum of the likelihood to a few digits, as tol=1e-4 promises, or there is a
#           ConvergenceWarning. Units of the columns do not matter, as there is no penalty.
# Version:  scikit-learn 1.9.1 (solver lbfgs, the default).
# Seen:     tol is a limit of the gradient of the mean loss, which has the units of the columns. On load_diabetes as it
#           comes (columns of length 1, so a standard deviation of .048) the solver stops after 11 steps: coefficients
#           have .56 of their length, chances are off by up to .25, and there is no warning. The same columns at a
#           standard deviation of 1 are fitted to a thousandth.
# Matters:  stopping early is a penalty that nobody chose. In a chain of refits to its own labels, whose coefficients grow
#           longer by noise, all fits stay at two thirds of the truth's length: the chain looks shrunken and stable where
#           maximum likelihood is neither.
# Instead:  scale the columns, or solver="newton-cholesky", or a smaller tol.
# Output:   columns as they come: 11 steps, length of coefficients 0.561 of the maximum's, chances off by 0.250
#           standard deviation of 1: 20 steps, length of coefficients 0.999 of the maximum's, chances off by 0.001
#           refits to own labels of 2,000 rows, generation 1 to 5, length beside the truth's: 0.67 0.61 0.63 0.64 0.66
#           the same by newton-cholesky: 0.98 1.06 1.12 1.22 1.30                                         (2026-11-29)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet "scikit-learn==1.9.1"
"$folder/venv/bin/python" - <<'EOF'
import warnings

import numpy as np
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LogisticRegression

warnings.simplefilter("error")  # a warning would end this
columns, progression = load_diabetes(return_X_y=True)
high = progression > np.median(progression)
exact = {"solver": "newton-cholesky", "tol": 1e-10}


def beside_maximum(inputs):
    stopped, best = LogisticRegression(C=np.inf).fit(inputs, high), LogisticRegression(C=np.inf, **exact).fit(inputs, high)
    apart = np.abs(stopped.predict_proba(inputs) - best.predict_proba(inputs)).max()
    return int(stopped.n_iter_[0]), np.linalg.norm(stopped.coef_) / np.linalg.norm(best.coef_), apart


def lengths(**solver):
    """Each generation fits as many rows as 2,000, drawn and labeled by the fit before."""
    truth = LogisticRegression(C=np.inf, **exact).fit(columns, high)
    mean = np.zeros(5)
    for seed in range(20):
        rng, model = np.random.default_rng(seed), truth
        for generation in range(5):
            inputs = columns[rng.integers(len(columns), size=2000)]
            labels = rng.random(2000) < model.predict_proba(inputs)[:, 1]
            model = LogisticRegression(C=np.inf, **solver).fit(inputs, labels)
            mean[generation] += np.linalg.norm(model.coef_) / np.linalg.norm(truth.coef_) / 20
    return mean


small, unit = beside_maximum(columns), beside_maximum(columns / columns.std(axis=0))
for what, (steps, length, apart) in (("columns as they come", small), ("standard deviation of 1", unit)):
    print(f"{what}: {steps} steps, length of coefficients {length:.3f} of the maximum's, chances off by {apart:.3f}")
default, newton = lengths(), lengths(**exact)
print("refits to own labels of 2,000 rows, generation 1 to 5, length beside the truth's:", *(f"{v:.2f}" for v in default))
print("the same by newton-cholesky:", *(f"{v:.2f}" for v in newton))
assert small[1] < 0.7, "the default solver comes to the maximum now"
assert abs(unit[1] - 1) < 0.01, "columns of standard deviation 1 are not fitted either"
assert default.max() < 0.8 and newton.min() > 0.9, "refits are as long by one solver as by the other"
EOF
