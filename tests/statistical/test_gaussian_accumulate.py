"""Is the expected variance right when all rows are kept, and each new batch follows the fit to all before?"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.streams import stream
from genloss.theory.gaussian import accumulated_moments

ROWS = [4, 4, 2, 9, 4, 4]


@pytest.mark.parametrize(("less", "divisor"), [(1, "unbiased"), (0, "maximum_likelihood")])
def test_all_rows_kept(less, divisor):
    # Exact; 60,000 replicates see 1-2 %. Controls: the other divisor; at generation 1 the generation before.
    rng = stream(72, less)
    pool = np.empty((60_000, 0))
    mean, sd, path = np.zeros(60_000), np.ones(60_000), []
    for count in ROWS:
        pool = np.hstack([pool, mean[:, None] + sd[:, None] * rng.standard_normal((60_000, count))])
        mean, sd = pool.mean(axis=1), pool.std(axis=1, ddof=less)
        path.append((sd**2, mean**2))
    variance, square = np.array(path).transpose(1, 0, 2)
    law = accumulated_moments(rows=ROWS, generation=np.arange(6), divisor=divisor)
    seen, error = mean_and_error(variance)
    assert np.all(np.abs(seen - law.variance) <= Z * error)
    other = accumulated_moments(
        rows=ROWS, generation=np.arange(6), divisor="maximum_likelihood" if less else "unbiased"
    )
    assert np.all(np.abs(seen - other.variance) > Z * error)
    assert abs(seen[1] - law.variance[0]) > Z * error[1]
    seen, error = mean_and_error(square)
    assert np.all(np.abs(seen - law.mean_square) <= Z * error)
    assert abs(seen[1] - law.mean_square[0]) > Z * error[1]
