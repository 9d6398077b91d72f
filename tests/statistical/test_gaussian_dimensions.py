"""Do volume and distance of Gaussian fits of several features follow the formulas, every row drawn?"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.streams import stream
from genloss.theory.gaussian import log_determinant, squared_distance_of_fits

SPECTRUM = np.array([4.0, 1.0, 0.25])


def fits(rows, generations, less, replicates):
    """Means (replicates, d) and covariances (replicates, d, d) of the fit of the last generation."""
    rng = stream(71, rows, less)
    mean, covariance = np.zeros((replicates, 3)), np.broadcast_to(np.diag(SPECTRUM), (replicates, 3, 3))
    for _ in range(generations + 1):
        root = np.linalg.cholesky(covariance)
        drawn = mean[:, None] + rng.standard_normal((replicates, rows, 3)) @ root.transpose(0, 2, 1)
        mean = drawn.mean(axis=1)
        centered = drawn - mean[:, None]
        covariance = centered.transpose(0, 2, 1) @ centered / (rows - less)
    return mean, covariance


def squared_distance(mean, covariance):
    root = np.sqrt(SPECTRUM)
    inner = np.linalg.eigvalsh(root[:, None] * covariance * root)
    both = np.trace(covariance, axis1=1, axis2=2) + SPECTRUM.sum()
    return (mean**2).sum(axis=1) + both - 2 * np.sqrt(np.maximum(inner, 0)).sum(axis=1)


@pytest.mark.parametrize(("less", "divisor"), [(1, "unbiased"), (0, "maximum_likelihood")])
def test_volume(less, divisor):
    # Exact; 20,000 replicates see 1 %. Controls: the generation before; nu instead of nu - j (no Bartlett).
    _, covariance = fits(9, 3, less, 20_000)
    logs = np.linalg.slogdet(covariance)[1] - np.log(SPECTRUM).sum()
    law = log_determinant(3, rows=9, generation=[2, 3], divisor=divisor)
    seen, error = mean_and_error(logs)
    assert abs(seen - law.mean[1]) <= Z * error
    assert abs(seen - law.mean[0]) > 2 * Z * error
    spread, error = mean_and_error((logs - law.mean[1]) ** 2)
    assert abs(spread - law.variance[1]) <= Z * error
    alone = log_determinant(1, rows=9, generation=3, divisor=divisor)
    assert abs(seen - 3 * alone.mean) > 2 * Z * mean_and_error(logs)[1]
    assert abs(spread - 3 * alone.variance) > Z * error


def test_distance_to_first_order():
    # S = 1/100, so the allowance is 3 %; 12,000 replicates see 1 %. Controls: no pairs; the generation before.
    values = squared_distance(*fits(200, 1, 1, 12_000))
    seen, error = mean_and_error(values)
    right = squared_distance_of_fits(SPECTRUM, rows=200, generation=[0, 1])
    allowed = Z * error + right.allowance[1]
    assert abs(seen - right.mean[1]) <= allowed
    assert abs(seen - right.mean[0]) > 2 * allowed
    independent = (SPECTRUM.sum() + SPECTRUM.sum() / 2) / 100
    assert abs(seen - independent) > 2 * allowed
