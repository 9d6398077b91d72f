"""How far off are means of replicates that were added until they were precise?

Sizes fixed before looking: 6,000 runs a law, a share of 10 %, at most 640 replicates. Blind spot: laws whose tails are
longer than those of lognormal values, and shares that need more replicates. Negative control: a stop that looks after
every replicate, from the second on.
"""

import numpy as np
import pytest

from genloss.results.cells import StoredCell
from genloss.streams import stream
from genloss.study.runner.stopping import enough
from genloss.study.spec.scope import Scope

RUNS, MOST, SHARE, Z = 6_000, 640, 0.1, 4.5
PLACE = ("excess_risk", 0)
LAWS = {
    "normal": lambda rng: 1 + rng.standard_normal(MOST),
    "exponential": lambda rng: rng.exponential(size=MOST),
    "lognormal": lambda rng: np.exp(rng.standard_normal(MOST) - 0.5),
}


def bias_of(law, stop):
    """Mean of the means less the truth, 1, in shares, and its standard error."""
    rng = stream(110, "stopping", law)
    means = []
    for _ in range(RUNS):
        values = LAWS[law](rng)
        means.append(values[: stop(values)].mean())
    return (np.mean(means) - 1) / SHARE, np.std(means) / np.sqrt(RUNS) / SHARE


def at_looks(values):
    scope = Scope(0, MOST, 0, (0,), ("excess_risk",), stop_at_se=SHARE)
    return enough(StoredCell("", {}, {PLACE: values.tolist()}), scope)


def after_each(values):
    count = np.arange(1, MOST + 1)
    mean = values.cumsum() / count
    squares = np.maximum((values**2).cumsum() / count - mean**2, 0.0)
    error = np.sqrt(squares / np.maximum(count - 1, 1))
    precise = (error <= SHARE * abs(mean)) & (count >= 2)
    return int(count[precise][0]) if precise.any() else MOST


@pytest.mark.parametrize("law", LAWS)
def test_means_are_off_by_at_most_a_quarter_of_the_share(law):
    bias, error = bias_of(law, at_looks)
    assert abs(bias) <= 0.25 + Z * error


def test_the_bound_sees_a_stop_that_looks_after_every_replicate():
    bias, error = bias_of("lognormal", after_each)
    assert abs(bias) > 0.25 + Z * error
