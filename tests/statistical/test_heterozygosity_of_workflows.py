"""Does the workflow covariance, handed to drift, say how much diversity every workflow leaves?

Coins: H = 2 p (1 - p), drawn by sums and by rows. Rule: Z standard errors, 20,000 replicates. Blind spot: 1 %.
Controls: one generation off, and, where
the loss is large enough to show it (replace), the curvature of another family.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.models.families.quadratic import bernoulli
from genloss.simulation.families.quadratic import run_rows
from genloss.streams import stream
from genloss.theory.drift import effective_size, heterozygosity_of_workflow
from genloss.theory.workflows import variances
from genloss.workflows import accumulate, accumulate_subsample, fixed_real, replace, window

ROWS, LAST, P = 10, 6, 0.3


@pytest.mark.parametrize(
    "workflow", [replace(ROWS), accumulate(ROWS), fixed_real(ROWS), window(ROWS, 2), accumulate_subsample(ROWS)]
)
def test_diversity_left(workflow):
    share = variances(workflow, generations=LAST, variance=1.0, curvature=-1.0)
    expected = heterozygosity_of_workflow(2 * P * (1 - P), share)
    runs = run_rows(bernoulli(), P, workflow.compile(LAST), replicates=20_000, rng=stream(22, workflow.short()["kind"]))
    mean, error = mean_and_error(2 * runs.estimates * (1 - runs.estimates))
    assert np.all(np.abs(mean - expected) < Z * error)
    late = np.append(2 * P * (1 - P), expected[:-1])
    assert abs(mean[1] - late[1]) > Z * error[1]
    if workflow.short()["kind"] != "replace":
        return
    other = heterozygosity_of_workflow(2 * P * (1 - P), variances(workflow, generations=LAST, variance=1.0))
    assert abs(mean[-1] - other[-1]) > Z * error[-1]


def test_accumulation_is_drift_in_a_growing_population():
    share = variances(accumulate(ROWS), generations=LAST, variance=1.0, curvature=-1.0)
    assert effective_size(share) == pytest.approx(ROWS * np.arange(1, LAST + 2) ** 2)
