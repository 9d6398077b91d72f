#!/usr/bin/env bash
# LogisticRegressionCV: the penalty is chosen by accuracy, which cannot see how large coefficients are.
#
# Guess:    cross-validation chooses the penalty that predicts best, which is the likelihood that the model maximizes;
#           probabilities come out about right, and a refit to labels drawn from them keeps the coefficients.
# Version:  scikit-learn 1.9.1 (it warns that scoring="neg_log_loss" will be the default from 1.11 on).
# Seen:     scoring=None means accuracy. Many penalties have the same accuracy, for the sign of a prediction does not
#           depend on its size; of equals the strongest wins. Coefficients of length 1.23 are fitted as 0.7.
# Matters:  labels that the fit draws are noisier than they should be, and the next fit begins from less: three
#           generations leave a third of the length. With the likelihood as the score nearly all of it stays. What
#           looks like model collapse is the scoring rule.
# Instead:  scoring="neg_log_loss".
# Output:   length of the coefficients, median of 20 runs (truth 1.23), generations 0 to 2:
#           default:       0.73 0.39 0.40
#           neg_log_loss:  1.19 1.14 1.13                                                 (2026-11-28)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import warnings

import numpy as np
from sklearn.linear_model import LogisticRegressionCV

warnings.simplefilter("ignore", FutureWarning)
ROWS, RUNS, GENERATIONS = 200, 20, 3
TRUTH = np.array([1.0, -0.6, 0.4])


def lengths(seed, **scoring):
    rng, slopes, intercept, found = np.random.default_rng(seed), TRUTH, 0.0, []
    for _ in range(GENERATIONS):
        x = rng.standard_normal((ROWS, TRUTH.size))
        y = rng.random(ROWS) < 1 / (1 + np.exp(-(x @ slopes + intercept)))
        model = LogisticRegressionCV(**scoring).fit(x, y)
        slopes, intercept = model.coef_[0], model.intercept_[0]
        found.append(np.linalg.norm(slopes))
    return found


print(f"length of the coefficients, median of {RUNS} runs (truth {np.linalg.norm(TRUTH):.2f}), generations 0 to 2:")
default = np.median([lengths(seed) for seed in range(RUNS)], axis=0)
print("default:      ", *default.round(2))
loss = np.median([lengths(seed, scoring="neg_log_loss") for seed in range(RUNS)], axis=0)
print("neg_log_loss: ", *loss.round(2))

assert default[0] < 0.85, "the default no longer shrinks the first fit"
assert default[-1] < 0.6, "the default no longer shrinks from generation to generation"
assert loss.min() > 0.9, "the likelihood shrinks, too"
EOF
