"""Which keys do the tables of a study of generators that smooth know?"""

from __future__ import annotations

import math

from genloss.models.smoothing import RULES
from genloss.study.language.checks import flag, list_of, number, word
from genloss.study.language.key import Key

_ABOVE = number(0.0, above=True)
_ANY = number(-math.inf)
_DECAY = Key(number(0.0, 1.0, above=True), "what it is multiplied by in every later generation, above 0, up to 1", 1.0)
POPULATION: dict[str, dict[str, Key]] = {
    "normal_mixture": {
        "shares": Key(list_of(_ABOVE), "a list of the shares of the normal parts, which add up to 1", axis="each"),
        "means": Key(list_of(_ANY), "a list of the means of the parts", axis="each"),
        "deviations": Key(list_of(_ABOVE), "a list of the standard deviations of the parts", axis="each"),
        "frequency": Key(_ABOVE, "the frequency of the wave that wave_left looks at, in radians a unit of a row", 1.0),
    },
}
GENERATOR: dict[str, dict[str, Key]] = {
    "kernel_density": {
        "bandwidth": Key(number(0.0), "the standard deviation of the kernel, >= 0, in units of a row or by the rule"),
        "rule": Key(
            word(*RULES),
            '"fixed", or "silverman": bandwidth x the deviation of the training rows x their number^(-1/5)',
            "fixed",
        ),
        "decay": _DECAY,
        "keep_variance": Key(flag, "true to draw rows towards the mean, so that a fit has its rows' variance", False),
    },
    "early_stopped_diffusion": {
        "time": Key(number(0.0, 50.0), "the time >= 0 at which the reverse process stops; rows are drawn by e^-time"),
        "decay": _DECAY,
    },
}
