"""Which keys do the tables of a study of categories know?"""

from __future__ import annotations

from genloss.study.language.checks import list_of, number, whole
from genloss.study.language.key import Key

_TEMPERATURE = (
    "the temperature, .001 to 1,000, at which models are sampled: shares to the power 1 / temperature; below 1 sharpens"
)
POPULATION: dict[str, dict[str, Key]] = {
    "categories": {
        "probabilities": Key(list_of(number(0.0)), "a list of probabilities that sum to 1", axis="each"),
    },
    "zipf": {
        "categories": Key(whole(2, 1_000_000), "the number of categories, from 2 on"),
        "exponent": Key(number(0.0, 20.0), "the exponent a >= 0 of probabilities in proportion to k^-a", 1.0),
    },
}
GENERATOR: dict[str, dict[str, Key]] = {
    "counting": {
        "temperature": Key(number(1e-3, 1e3), _TEMPERATURE, 1.0),
        "top_p": Key(number(0.0, 1.0, above=True), "the share of the mass, likeliest first, that is sampled", 1.0),
    }
}
