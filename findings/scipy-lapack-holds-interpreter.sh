#!/usr/bin/env bash
# scipy: functions of scipy.linalg.lapack hold the interpreter's lock while they work; numpy.linalg's do not.
#
# Guess:    linear algebra lets other threads of Python go on, whoever calls LAPACK: numpy's manual says so of numpy.
# Version:  scipy 1.17.1, numpy 2.4.6.
# Seen:     while one thread factorizes a matrix by scipy.linalg.lapack.dpotrf, no other thread of Python moves for the
#           work in LAPACK; by numpy.linalg.cholesky, which calls the same routine, others go on meanwhile.
# Matters:  replicates of a simulation that are spread over threads take as long as one after the other once their time
#           goes into scipy's LAPACK: a second thread gained a fifth in a study of ridge regression, where a second process
#           gained four fifths.
# Instead:  processes; or numpy.linalg where it has the routine.
# Output:   another thread stood still for 88% of a call of scipy's, and for 1% of a call of numpy's (2026-11-29, two busy
#           cores)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet "numpy==2.4.6" "scipy==1.17.1"
OPENBLAS_NUM_THREADS=1 "$folder/venv/bin/python" - <<'EOF'
import threading
import time

import numpy as np
from scipy.linalg import lapack

matrix = np.random.default_rng(0).standard_normal((2500, 2500))
matrix = np.asfortranarray(matrix @ matrix.T)


def share_of_standstill(call):
    """The longest time in which another thread did not move, in parts of the time of the call."""
    took = []

    def timed():
        begun = time.perf_counter()
        call()
        took.append(time.perf_counter() - begun)

    worker, moved, longest = threading.Thread(target=timed), time.perf_counter(), 0.0
    worker.start()
    while worker.is_alive():
        now = time.perf_counter()
        longest, moved = max(longest, now - moved), now
        time.sleep(0.001)
    longest = max(longest, time.perf_counter() - moved)
    return longest / took[0]


by_scipy = min(share_of_standstill(lambda: lapack.dpotrf(matrix, lower=1)) for _ in range(5))
by_numpy = min(share_of_standstill(lambda: np.linalg.cholesky(matrix)) for _ in range(5))
print(f"another thread stood still for {by_scipy:.0%} of a call of scipy's, and for {by_numpy:.0%} of a call of numpy's")
assert by_scipy > 0.5, "scipy lets other threads go on now"
assert by_numpy < 0.2, "numpy holds the lock, too"
EOF
