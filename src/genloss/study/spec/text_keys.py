"""Which keys do the tables of a study of a real text know?"""

from __future__ import annotations

from genloss.populations.catalog import DATASETS
from genloss.study.language.checks import number, whole, word
from genloss.study.language.key import Key

_HELD_OUT = {
    "held_out": Key(number(0.0, 0.9, above=True), "the share of the text, its end, that is kept for judging", 0.2),
    "sha256": Key(word(), "the SHA-256 of the text, or leave it out", None, axis="none"),
}
POPULATION: dict[str, dict[str, Key]] = {
    name: dict(_HELD_OUT) for name, dataset in DATASETS.items() if dataset.form == "text"
}
POPULATION["text"] = {"file": Key(word(), 'the path of a text file, e.g. "my.txt"', axis="none")} | _HELD_OUT
GENERATOR: dict[str, dict[str, Key]] = {
    "ngram": {"order": Key(whole(1, 2), "1 for words drawn alone, 2 for words drawn after the one before", 2)}
}
