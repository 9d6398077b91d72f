#!/usr/bin/env bash
# KernelDensity(bandwidth="scott"): the rule's factor without the data's scale.
#
# Guess:    "scott" is Scott's rule: a bandwidth in proportion to the data's standard deviation, as in scipy's
#           gaussian_kde, so that the estimate of rescaled data is the rescaled estimate.
# Version:  scikit-learn 1.9.1 beside scipy 1.17.1.
# Seen:     the bandwidth is n^(-1/(d + 4)) whatever the data: 0.25 for 1000 rows whose standard deviation is 0.01,
#           and 0.25 where it is 1000. scipy multiplies by the deviation.
# Matters:  a kernel density estimate that is refitted to its own samples is a common model of collapse. Ten refits
#           leave the variance nearly as it was at a scale of 1000 and multiply it by thousands at .01: the loop
#           measures the unit of the column. With scipy every scale gives the same.
# Instead:  standardize first, or use gaussian_kde.
# Output:   deviation 1000: bandwidth 0.251, variance after 10 refits x 0.99 (scipy x 1.72), mean of 20 runs
#           deviation 1: bandwidth 0.251, variance after 10 refits x 1.62 (scipy x 1.72), mean of 20 runs
#           deviation 0.01: bandwidth 0.251, variance after 10 refits x 6,197.76 (scipy x 1.72), mean of 20 runs
#           (2026-11-28)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scikit-learn==1.9.1 scipy==1.17.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import numpy as np
from scipy.stats import gaussian_kde
from sklearn.neighbors import KernelDensity

REFITS, ROWS, RUNS = 10, 1000, 20


def refitted(rows, draw):
    for generation in range(REFITS):
        rows = draw(rows, generation)
    return rows


found = {}
for deviation in (1000.0, 1.0, 0.01):
    ratios = {"scikit-learn": [], "scipy": []}
    for run in range(RUNS):
        data = deviation * np.random.default_rng(run).standard_normal((ROWS, 1))
        sampled = refitted(
            data, lambda x, g: KernelDensity(bandwidth="scott").fit(x).sample(ROWS, random_state=100 * run + g)
        )
        resampled = refitted(data, lambda x, g: gaussian_kde(x[:, 0], bw_method="scott").resample(ROWS, seed=100 * run + g).T)
        ratios["scikit-learn"].append(sampled.var() / data.var())
        ratios["scipy"].append(resampled.var() / data.var())
    bandwidth = KernelDensity(bandwidth="scott").fit(data).bandwidth_
    means = {name: float(np.mean(each)) for name, each in ratios.items()}
    found[deviation] = bandwidth, means
    print(
        f"deviation {deviation:g}: bandwidth {bandwidth:.3f}, variance after {REFITS} refits "
        f"x {means['scikit-learn']:,.2f} (scipy x {means['scipy']:.2f}), mean of {RUNS} runs"
    )

assert all(abs(bandwidth - ROWS ** (-1 / 5)) < 1e-12 for bandwidth, _ in found.values()), "the bandwidth knows the scale"
assert found[0.01][1]["scikit-learn"] > 1000, "a small variance no longer grows by thousands"
assert found[1000.0][1]["scikit-learn"] < 1.3, "a large variance grows"
assert all(1.5 < means["scipy"] < 2.2 for _, means in found.values()), "scipy no longer follows the scale"
EOF
