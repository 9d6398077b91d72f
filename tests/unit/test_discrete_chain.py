"""Known values and refusals of the discrete chain."""

import numpy as np
import pytest

from genloss.errors import Problem
from genloss.theory.drift import (
    accumulate_heterozygosity,
    branching_loss,
    branching_survival,
    diffusion_first_loss,
    effective_size,
    expected_distinct,
    expected_first_loss,
    expected_fixation,
    expected_heterozygosity,
    forgetting_generation,
    heterozygosity_limit,
    heterozygosity_of_workflow,
    survival_of_category,
    survival_of_seen,
)


def test_effective_size_of_named_workflows():
    g = np.arange(6)
    kept = np.array([accumulate_heterozygosity(1.0, rows=20, generation=k) for k in g])
    np.testing.assert_allclose(effective_size(1 - kept), 20 * (g + 1) ** 2, rtol=1e-9)
    replaced = np.array([expected_heterozygosity(1.0, rows=[20, 5, 9], generation=k) for k in range(3)])
    np.testing.assert_allclose(effective_size(1 - replaced), [20, 5, 9], rtol=1e-12)
    assert effective_size([0.1, 0.1])[1] == np.inf


def test_accumulated_diversity_tends_to_its_limit():
    far = accumulate_heterozygosity([0.5, 0.9], rows=10, generation=100_000)
    np.testing.assert_allclose(far, heterozygosity_limit([0.5, 0.9], rows=10), rtol=2e-6)


def test_published_poisson_recursion():
    # P(rate > 0), rate 1, 10 rows, after k corpora.
    right = branching_survival(10.0, generation=np.array([10, 20, 50, 100]) - 1)
    np.testing.assert_allclose(right, [0.8214, 0.6001, 0.3187, 0.1775], atol=6e-5)


def test_forgetting():
    g = forgetting_generation([1, 5, 100])
    assert np.all(branching_loss(g) ** [1, 5, 100] >= 0.5)
    assert np.all(branching_loss(g - 1) ** [1, 5, 100] < 0.5)
    assert g[2] == pytest.approx(2 * 100 / np.log(2), rel=0.02)


def test_uneven_rows_meet_equal_rows():
    one = survival_of_category([0.1, 0.4], rows=6, generation=[0, 3])
    np.testing.assert_allclose(one, survival_of_category([0.1, 0.4], rows=[6, 6, 6, 6], generation=[0, 3]), rtol=1e-13)
    assert one.shape == (2, 2)


@pytest.mark.parametrize(
    ("call", "where", "says"),
    [
        (lambda: expected_heterozygosity(1.2, rows=5, generation=0), "start", "1.2"),
        (lambda: expected_heterozygosity(0.5, rows=0, generation=0), "rows", "0 is not"),
        (lambda: heterozygosity_of_workflow(0.5, [1.2]), "variance_share", "0 to 1"),
        (lambda: effective_size([0.3, 0.2]), "variance_share", "generation 1: diversity returns"),
        (lambda: effective_size([1.0, 1.0]), "variance_share", "generation 1: nothing is left"),
        (lambda: survival_of_category(1.5, rows=5, generation=0), "probability", "0 to 1"),
        (lambda: survival_of_category(0.5, rows=50_000, generation=0), "rows", "stops at 20000"),
        (lambda: survival_of_seen(6, rows=5, generation=0), "times", "5 rows"),
        (lambda: expected_distinct([0.5, 0.6], rows=5, generation=0), "probabilities", "add up to 1"),
        (lambda: expected_fixation([0.5, 0.5], rows=5000), "rows", "5000"),
        (lambda: expected_first_loss([1.0], rows=5), "probabilities", "never lost"),
        (lambda: diffusion_first_loss([1.0], rows=5), "probabilities", "never lost"),
        (lambda: forgetting_generation(0), "times", "0 is not"),
        (lambda: branching_survival(-1, generation=0), "expected", "-1"),
    ],
)
def test_refusals(call, where, says):
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.where == where
    assert says in caught.value.found
