"""Which keys do the tables of a study of an exponential family know?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from genloss.study.language.checks import accepting, brief, list_of, number, one_of, whole, word
from genloss.study.language.key import Key


def _law(value: Any) -> str | None:
    return None if isinstance(value, Mapping) else f"{brief(value)} is not a table such as {{mean = 0.5}}"


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
_DIVISOR = {
    "divisor": Key(
        word("maximum_likelihood", "unbiased"), '"maximum_likelihood" (by rows) or "unbiased"', "maximum_likelihood"
    )
}
_SLOPES = {
    "intercept": Key(number(-math.inf), "the intercept of the truth", 0.0),
    "slopes": Key(list_of(number(-math.inf)), "a list of slopes, one for each standard normal input", axis="each"),
}
_CONCENTRATIONS = "a list of concentrations > 0"
POPULATION |= {
    "gamma_shape": {"shape": Key(_ABOVE, "the shape of the truth > 0, which fits do not know")}
    | {"mean": Key(_ABOVE, "the mean of the truth > 0", 1.0)},
    "beta": {"concentrations": Key(list_of(_ABOVE), f"{_CONCENTRATIONS}, two of them", axis="each")},
    "dirichlet": {"concentrations": Key(list_of(_ABOVE), _CONCENTRATIONS, axis="each")},
    "gaussian": {"mean": Key(number(-math.inf), "the mean of the truth", 0.0)}
    | {"variance": Key(_ABOVE, "the variance of the truth > 0", 1.0)}
    | _DIVISOR,
    "multivariate_gaussian": {
        "dim": Key(whole(1, 200), "the number of coordinates; any truth acts as the standard one, up to a linear map")
    }
    | _DIVISOR,
    "multinomial": {"probabilities": Key(list_of(_ABOVE), "a list of probabilities that add up to 1", axis="each")},
    "logistic_regression": _SLOPES,
    "poisson_regression": _SLOPES,
}
_LAW = accepting("a table such as {mean = 0.5}")(_law)
GENERATOR: dict[str, dict[str, Key]] = {
    "maximum_likelihood": {},
    "maximum_a_posteriori": {
        "prior_rows": Key(number(0.0, 1e12), "how many rows the prior stands for, >= 0; 0 for maximum likelihood"),
        "prior": Key(
            one_of(_LAW, word("first_fit")),
            "the law of these rows: a table of keys of [population], e.g. {mean = 0.5}, what it leaves out being the "
            'truth\'s; or "first_fit", the fit of generation 0, which has no prior itself',
            axis="whole",
        ),
    },
}
MAY_END = frozenset(
    {"gamma_shape", "beta", "dirichlet", "multivariate_gaussian", "logistic_regression", "poisson_regression"}
)
"""Families whose estimate may not exist."""
