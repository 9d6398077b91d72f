#!/usr/bin/env bash
# GaussianMixture.sample: rows sorted by component, and the same rows again.
#
# Guess:    like numpy's generators, `sample(n)` gives n rows in random order, and a second call gives other rows;
#           `random_state=0` makes the whole program repeatable.
# Version:  scikit-learn 1.9.1.
# Seen:     rows come component by component. With an integer random_state every call begins from that integer again:
#           two samples of one model are equal to the last bit, and the second is no new data.
# Matters:  a loop that trains on the first half of a synthetic set, or splits it without a shuffle, trains on some
#           components alone. Batches of an accumulating loop that one model draws are copies of each other.
# Instead:  shuffle the rows, and give each call a generator of its own (random_state=numpy.random.RandomState(...)).
# Output:   first half, second half: mean 4.90, mean -5.05 (sample of 1000; data: mean -0.05)
#           changes of component from row to row: 1, of about 500 for rows in random order
#           two calls equal: True; with a RandomState: False                                   (2026-11-28)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scikit-learn==1.9.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import numpy as np
from sklearn.mixture import GaussianMixture

rng = np.random.default_rng(0)
data = rng.permutation(np.concatenate([rng.normal(-5, 1, 500), rng.normal(5, 1, 500)]))[:, None]

model = GaussianMixture(2, random_state=0).fit(data)
rows, component = model.sample(1000)
again, _ = model.sample(1000)
halves = rows[:500].mean(), rows[500:].mean()
changes = int((np.diff(component) != 0).sum())
print(f"first half, second half: mean {halves[0]:.2f}, mean {halves[1]:.2f} (sample of 1000; data: mean {data.mean():.2f})")
print(f"changes of component from row to row: {changes}, of about 500 for rows in random order")

fresh = GaussianMixture(2, random_state=np.random.RandomState(0)).fit(data)
differs = not np.array_equal(fresh.sample(1000)[0], fresh.sample(1000)[0])
print(f"two calls equal: {np.array_equal(rows, again)}; with a RandomState: {not differs}")

assert changes == 1, "the components are no longer sorted"
assert abs(halves[0] - halves[1]) > 9, "the halves are no longer different"
assert np.array_equal(rows, again), "a second sample is no longer a copy"
assert differs, "a RandomState no longer helps"
EOF
