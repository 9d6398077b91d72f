#!/usr/bin/env bash
# threadpool_limits in the main thread does not hold for OpenMP in worker threads.
#
# Guess:    `with threadpool_limits(1):` around a pool of threads holds every library to one thread for all of them, as
#           it does for BLAS: the limit is of the process.
# Version:  threadpoolctl 3.6.0, scikit-learn 1.9.1.
# Seen:     OpenMP keeps its number of threads for each thread that asks. A thread that begins inside the block has the
#           number of the environment (here 3), so that k-means, and the mixtures that begin with it, use 3 there.
# Matters:  a loop over seeds in threads, each believed to use one processor, uses all of them in every thread. Idle
#           OpenMP threads spin: beside other work on 2 processors a chain of GaussianMixture took 42 s of processor time
#           where one thread takes 6.5 s, and gave the same numbers, so that nothing shows it.
# Instead:  open the block inside the thread that does the work (limits=1, user_api="openmp"), or set OMP_NUM_THREADS=1.
# Output:   threads of OpenMP in the main thread, inside the block: 1
#           in a worker thread that began inside the block: 3; BLAS there: 1
#           in a worker thread with a block of its own: 1                                             (2026-11-29)
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet scikit-learn==1.9.1 numpy==2.4.6 threadpoolctl==3.6.0
OMP_NUM_THREADS=3 "$folder/venv/bin/python" - <<'EOF'
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from sklearn.cluster import KMeans
from sklearn.utils._openmp_helpers import _openmp_effective_n_threads as openmp_threads  # what k-means asks
from threadpoolctl import threadpool_info, threadpool_limits

KMeans(2, n_init=1).fit(np.random.default_rng(0).normal(size=(10, 1)))  # loads OpenMP and BLAS


def blas_threads():
    return max(each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas")


def limited():
    with threadpool_limits(limits=1, user_api="openmp"):
        return openmp_threads()


with threadpool_limits(limits=1), ThreadPoolExecutor(1) as pool:
    main, worker, blas, own = openmp_threads(), *(pool.submit(ask).result() for ask in (openmp_threads, blas_threads, limited))
print(f"threads of OpenMP in the main thread, inside the block: {main}")
print(f"in a worker thread that began inside the block: {worker}; BLAS there: {blas}")
print(f"in a worker thread with a block of its own: {own}")

assert (main, blas, own) == (1, 1, 1), "the limit no longer holds where it did"
assert worker == 3, "the limit of the main thread now holds for OpenMP in worker threads"
EOF
