#!/usr/bin/env bash
# Ridge and LogisticRegression penalize the sum over rows, ElasticNet and PoissonRegressor the mean.
#
# Guess:    within one library `alpha` means one thing: if every row stands in the table five times, a penalized fit
#           stays as it is (or changes in all models alike).
# Version:  scikit-learn 1.9.1.
# Seen:     five copies of every row leave ElasticNet(l1_ratio=0) and PoissonRegressor as they are, and make the
#           coefficients of Ridge and LogisticRegression longer: their penalty stands beside a sum, so five times the
#           rows have a fifth of it. sample_weight = 5 does the same in each.
# Matters:  a loop that refits on more rows each generation (accumulate) weakens the penalty of Ridge with every
#           generation, and keeps that of ElasticNet; a loop on fewer rows than the first fit strengthens it. One
#           "alpha" carried from one model to the other, or from one size to another, is another penalty.
# Instead:  for a penalty of the mean give Ridge alpha = penalty x rows and LogisticRegression C = 1 / (penalty x rows),
#           at each fit; say which one a result was made with.
# Output:   length of the coefficients, once and five times each row                              (2026-11-28)
#           Ridge(alpha=30)                 1.666  2.207
#           ElasticNet(alpha=0.5, l2)       1.666  1.666
#           PoissonRegressor(alpha=0.5)     0.648  0.648
#           LogisticRegression(C=0.05)      0.680  1.551
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import warnings

import numpy as np
from sklearn.linear_model import ElasticNet, LogisticRegression, PoissonRegressor, Ridge

warnings.simplefilter("ignore")  # ElasticNet says that it is slow without an l1 part
rng = np.random.default_rng(0)
x = rng.normal(size=(60, 5))
y = x.sum(axis=1) + rng.normal(size=60)
counts = rng.poisson(np.exp(0.3 * x.sum(axis=1)))
models = {
    "Ridge(alpha=30)": (Ridge(alpha=30.0), y, True),
    "ElasticNet(alpha=0.5, l2)": (ElasticNet(alpha=0.5, l1_ratio=0.0), y, False),
    "PoissonRegressor(alpha=0.5)": (PoissonRegressor(alpha=0.5, tol=1e-10), counts, False),
    "LogisticRegression(C=0.05)": (LogisticRegression(C=0.05, tol=1e-10), y > 0, True),
}
for name, (model, labels, grows) in models.items():
    once = np.linalg.norm(model.fit(x, labels).coef_)
    five = np.linalg.norm(model.fit(np.tile(x, (5, 1)), np.tile(labels, 5)).coef_)
    weighted = np.linalg.norm(model.fit(x, labels, sample_weight=np.full(60, 5.0)).coef_)
    print(f"{name:30s}  {once:.3f}  {five:.3f}")
    assert (five > 1.1 * once) == grows, f"{name} has another convention now"
    assert abs(weighted / five - 1) < 1e-3, f"{name}: weights are no longer copies"
EOF
