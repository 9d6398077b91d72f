"""Which keys do the tables of a study of a user's own model know? Filled in from the objects given in Python."""

from __future__ import annotations

from genloss.study.language.checks import number, whole, word
from genloss.study.language.key import Key

POPULATION: dict[str, dict[str, Key]] = {
    "rows": {
        "sha256": Key(word(), "the SHA-256 of the rows; Study.from_dict fills it in", axis="none"),
        "rows": Key(whole(2), "how many rows there are; Study.from_dict fills it in", axis="none"),
        "columns": Key(word(), "the names of their columns; Study.from_dict fills it in", axis="none"),
        "held_out": Key(number(0.0, 0.9, above=True), "the share of the rows that is kept for judging", 0.25),
    }
}
GENERATOR: dict[str, dict[str, Key]] = {
    "object": {
        "model": Key(word(), "what the model says of itself; Study.from_dict fills it in", axis="none"),
        "identity": Key(word(), "what tells it from other models; Study.from_dict fills it in", axis="none"),
        "start": Key(
            word("scratch", "base", "previous"),
            '"scratch", "base" (each fit begins from the fit of generation 0) or "previous" (from the fit before)',
            "scratch",
        ),
    }
}
