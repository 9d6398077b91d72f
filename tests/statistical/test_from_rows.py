"""Is the penalty that generation 0's rows recommend for a horizon near the best one?

Rule: Z standard errors over data sets; all sizes fixed before the first look.
"""

import numpy as np
import pytest
from helpers import Z, mean_and_error

from genloss.advise import penalty_from_rows, penalty_schedule
from genloss.errors import Problem
from genloss.streams import stream
from genloss.workflows import accumulate, replace

DIM, ROWS, LAST = 20, 60, 5
SPECTRUM = 1 / np.arange(1.0, DIM + 1)
TRUTH = 0.5 * np.ones(DIM)


def rows_of(rng, count, coefficients):
    x = rng.standard_normal((count, DIM)) * np.sqrt(SPECTRUM)
    return x, x @ coefficients + rng.standard_normal(count)


def test_the_recommended_penalty_is_near_the_best():
    """Log of the penalty over the best one of the known truth, 10 data sets; control: generation 0's best is above."""
    rng, off, clean = stream(96, "rows"), [], []
    workflow = accumulate(ROWS)
    known = penalty_schedule(SPECTRUM.tolist(), TRUTH, workflow, noise=1.0, generations=LAST).alternatives["fixed"]
    for _ in range(10):
        found = penalty_from_rows(*rows_of(rng, ROWS, TRUTH), workflow=workflow, generations=LAST)
        off.append(np.log(found.penalty / known.penalties[0]))
        clean.append(np.log(found.clean / found.penalty))
    (level, error), (above, its_error) = mean_and_error(np.array(off)), mean_and_error(np.array(clean))
    assert abs(level) < Z * error + 0.3
    assert above > Z * its_error


def test_many_rows_give_what_the_truth_gives():
    """50,000 rows: the penalty of the known truth to 10 %, for rows of 60; control: another workflow differs more."""
    x, y = rows_of(stream(97, "many"), 50_000, TRUTH)
    common = {"noise": 1.0, "generations": LAST}
    known = penalty_schedule(SPECTRUM.tolist(), TRUTH, accumulate(ROWS), **common).alternatives["fixed"]
    found = penalty_from_rows(x, y, workflow=accumulate(ROWS), generations=LAST)
    assert found.penalty == pytest.approx(known.penalties[0], rel=0.1)
    assert found.risk == pytest.approx(known.risk, rel=0.1)
    assert found.noise == pytest.approx(1.0, rel=0.02)
    other = penalty_from_rows(x, y, workflow=replace(ROWS), generations=LAST)
    assert abs(np.log(other.penalty / known.penalties[0])) > 0.2


def test_names_and_tables_are_workflows():
    x, y = rows_of(stream(98, "names"), ROWS, TRUTH)
    one, two = (penalty_from_rows(x, y, workflow=w, generations=3) for w in ("accumulate", accumulate(ROWS)))
    assert one.penalty == two.penalty
    assert one.value <= one.clean_value
    assert "keep" in repr(one)


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda x, y: penalty_from_rows(x, y[:5]), "as many finite labels"),
        (lambda x, y: penalty_from_rows(x[:10], y[:10]), "give at least"),
        (lambda x, y: penalty_from_rows(x, y, noise=0.0), "standard deviation > 0"),
        (lambda x, y: penalty_from_rows(x, y, goal="last"), "goal"),
        (lambda x, y: penalty_from_rows(x, 0 * y), "labels that vary"),
    ],
)
def test_mistakes(ask, said):
    x, y = rows_of(stream(99, "mistakes"), ROWS, TRUTH)
    with pytest.raises(Problem, match=said):
        ask(x, y)
