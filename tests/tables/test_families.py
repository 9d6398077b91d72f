"""Every family of the table keeps its contract on a truth of its own; a new one must bring its truth.

Laws: 400 fits to 2,000 rows; errors in units of theory's, within Z standard errors plus 3 % for what 2,000 rows leave
of order 1 / rows. Blind spot: less than a tenth of a variance.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.errors import Problem
from genloss.models.families import FAMILIES
from genloss.streams import stream

ROWS, RUNS = 2_000, 400
SUMMARIZED = ("summary", "draw_summary", "pooled", "solve")

EXAMPLES = {
    # made, a truth, a truth outside, the numbers in which the variance of a row is counted
    "gamma_shape": (FAMILIES["gamma_shape"](), [2.0, 3.0], [-1.0, 3.0], lambda rows: rows),
    "beta": (FAMILIES["beta"](), [2.0, 5.0], [0.0, 5.0], np.exp),
    "dirichlet": (FAMILIES["dirichlet"](3), [2.0, 3.0, 1.5], [2.0, 3.0, -1.0], np.exp),
    "gaussian": (FAMILIES["gaussian"](), [1.0, 4.0], [1.0, -4.0], lambda rows: rows),
    "multivariate_gaussian": (
        FAMILIES["multivariate_gaussian"](2),
        [1.0, -1.0, 2.0, 0.5, 0.5, 1.0],
        [1.0, -1.0, 2.0, 5.0, 5.0, 1.0],
        lambda rows: rows,
    ),
    "multinomial": (FAMILIES["multinomial"](3), [0.5, 0.3, 0.2], [0.5, 0.3, 0.9], lambda rows: rows),
    "logistic_regression": (FAMILIES["logistic_regression"](1), [0.2, 0.8], [np.inf, 0.8], lambda rows: rows[..., -1:]),
    "poisson_regression": (FAMILIES["poisson_regression"](1), [0.2, 0.4], [50.0, 0.4], lambda rows: rows[..., -1:]),
}


def test_every_family_has_a_truth() -> None:
    assert FAMILIES.keys() == EXAMPLES.keys()


def drawn(name: str):
    """The family, its truth for every run, rows and fits to them."""
    family, truth, _, _ = EXAMPLES[name]
    every = np.tile(family.checked(truth), (RUNS, 1))
    rows = family.draw(every, ROWS, stream(61, name, "rows"))
    return family, every, rows


@pytest.mark.parametrize("name", FAMILIES)
def test_a_truth_is_inside_and_another_is_refused(name: str) -> None:
    family, truth, outside, _ = EXAMPLES[name]
    known = family.checked(truth)
    assert family.name == name
    assert known.tolist() == truth
    assert family.inside(known[None]).tolist() == [True]
    assert family.missing
    assert 1 <= family.free <= known.size
    assert 1 <= family.fewest < 10
    for wrong in (outside, truth[:-1], "words"):
        with pytest.raises(Problem, match=name):
            family.checked(wrong)


@pytest.mark.parametrize("name", FAMILIES)
def test_errors_of_fits_have_unit_variance_in_the_metric_of_theory(name: str) -> None:
    family, every, rows = drawn(name)
    fits, exists = family.estimate(rows, np.full(ROWS, 1 / ROWS), ROWS)
    assert exists.all()
    assert family.inside(fits).all()
    errors = family.whitened(fits, every[0])
    seen, error = mean_and_error((errors**2).sum(axis=1) * ROWS)
    free = family.free
    assert abs(seen - free) <= Z * error + 0.03 * free
    assert abs(seen - 2 * free) > Z * error + 0.03 * free


@pytest.mark.parametrize("name", FAMILIES)
def test_the_variance_of_a_row_is_the_variance_of_rows(name: str) -> None:
    family, every, rows = drawn(name)
    said, counted = float(family.row_variance(every)[0]), EXAMPLES[name][3](rows)
    seen, error = mean_and_error(counted.var(axis=1, ddof=1).sum(axis=-1))
    assert abs(seen - said) <= Z * error
    assert abs(seen - 1.1 * said) > Z * error


@pytest.mark.parametrize("name", FAMILIES)
def test_weights_of_a_half_are_rows_counted_once_instead_of_twice(name: str) -> None:
    family, _, rows = drawn(name)
    some, count = rows[:5, :60], 60
    twice = np.concatenate([some, some[:, :20]], axis=1)
    weights = np.r_[np.full(20, 2.0), np.full(40, 1.0)] / 80
    one, _ = family.estimate(twice, np.full(80, 1 / 80), 80)
    other, _ = family.estimate(some, weights, 80)
    np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-9)
    plain, _ = family.estimate(some, np.full(count, 1 / count), count)
    assert not np.allclose(one, plain, rtol=1e-3)


@pytest.mark.parametrize("name", [n for n, (f, *_) in EXAMPLES.items() if all(hasattr(f, word) for word in SUMMARIZED)])
def test_a_statistic_says_all_that_rows_say(name: str) -> None:
    family, every, rows = drawn(name)
    even = np.full(ROWS, 1 / ROWS)
    whole = family.summary(rows, even)
    for one, other in zip(family.estimate(rows, even, ROWS), family.solve(whole, ROWS), strict=True):
        np.testing.assert_array_equal(one, other)
    parts = [
        family.summary(rows[:, piece], np.full(n, 1 / n)) for piece, n in ((slice(500), 500), (slice(500, ROWS), 1500))
    ]
    np.testing.assert_allclose(family.pooled(parts, [0.25, 0.75]), whole, rtol=1e-9, atol=1e-12)
    assert not np.allclose(family.pooled(parts, [0.5, 0.5]), whole, rtol=1e-4)
    at_once = family.draw_summary(every, ROWS, stream(61, name, "summary"))
    assert at_once.shape == whole.shape
    (a, error), (b, other_error) = mean_and_error(at_once.T), mean_and_error(whole.T)
    np.testing.assert_array_less(np.abs(a - b), Z * np.hypot(error, other_error) + 1e-12)
    np.testing.assert_allclose(at_once.std(axis=0), whole.std(axis=0), rtol=0.25, atol=1e-9)


def test_most_families_have_a_statistic() -> None:
    with_one = {n for n, (f, *_) in EXAMPLES.items() if all(hasattr(f, word) for word in SUMMARIZED)}
    assert with_one == FAMILIES.keys() - {"logistic_regression", "poisson_regression"}
