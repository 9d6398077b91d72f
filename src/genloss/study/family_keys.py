"""Which keys do the tables of a study of an exponential family know?"""

import math

from genloss.study.accepted import number, whole
from genloss.study.key import Key

_ABOVE = number(0.0, above=True)


def _mean(meaning: str) -> dict[str, Key]:
    return {"mean": Key(number(-math.inf), f"the mean of the truth, {meaning}")}


_SIZE = {"size": Key(_ABOVE, "the number k > 0 of successes that end the count")}
POPULATION: dict[str, dict[str, Key]] = {
    "bernoulli": _mean("between 0 and 1"),
    "binomial": {"trials": Key(whole(1), "the number of trials of a row, from 1 on")} | _mean("between 0 and trials"),
    "poisson": _mean("above 0"),
    "geometric": _mean("above 0"),
    "negative_binomial": _SIZE | _mean("above 0"),
    "exponential": _mean("above 0"),
    "gamma": {"shape": Key(_ABOVE, "the known shape > 0")} | _mean("above 0"),
    "gaussian_mean": {"mean": Key(number(-math.inf), "the mean of the truth", 0.0)}
    | {"deviation": Key(_ABOVE, "the known standard deviation > 0", 1.0)},
    "gaussian_variance": {"mean": Key(_ABOVE, "the variance of the truth > 0, of rows of known mean", 1.0)},
}
GENERATOR: dict[str, dict[str, Key]] = {"maximum_likelihood": {}}
