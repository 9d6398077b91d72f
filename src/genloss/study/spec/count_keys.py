"""Which keys do the tables of a study of counts know?"""

from __future__ import annotations

from genloss.study.language.checks import word
from genloss.study.language.key import Key
from genloss.study.spec.regression_keys import TABLE

POPULATION: dict[str, dict[str, Key]] = {
    "counts": TABLE
    | {
        "target": Key(word(), "the name of the column of counts to predict"),
        "exposure": Key(word(), "the column of exposures > 0, e.g. months or person-years", None, "none"),
        "sha256": Key(word(), "the SHA-256 of the data as text, or leave it out", None, axis="none"),
    }
}
GENERATOR: dict[str, dict[str, Key]] = {"maximum_likelihood": {}}
