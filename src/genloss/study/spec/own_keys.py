"""Which keys do the tables of a study of own rows and own models know? From Python, some are filled in from objects."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from genloss.models.command import FORMATS
from genloss.models.named import ESTIMATORS
from genloss.models.neural.named import NETWORKS
from genloss.study.language.checks import accepting, brief, flag, list_of, number, one_of, table, whole, word
from genloss.study.language.key import Key
from genloss.study.spec.regression_keys import TABLE


@accepting("a table")
def _table(value: Any) -> str | None:
    if not isinstance(value, Mapping):
        return f"{brief(value)} is not a table such as {{n_components = 3}}"
    return "holds nan or infinity, which no study stores" if _has_no_number(value) else None


def _has_no_number(value: Any) -> bool:
    """Whether nan or infinity stands anywhere in a value."""
    if isinstance(value, float):
        return not math.isfinite(value)
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list | tuple) else ()
    return any(map(_has_no_number, inner))


ROWS: dict[str, Key] = {
    "sha256": Key(word(), "the SHA-256 of the rows, or leave it out: it is filled in", axis="none"),
    "rows": Key(whole(2), "how many rows there are; it is filled in", axis="none"),
    "columns": Key(
        one_of(word(), list_of(word())), 'the columns that rows have, e.g. ["age", "city"]; default all', axis="none"
    ),
    "held_out": Key(number(0.0, 0.9, above=True), "the share of the rows that is kept for judging", 0.25),
    "file": Key(
        word(),
        "the path of a CSV, TSV, JSON Lines, Parquet, Arrow, NPZ or NPY file, or of one with a text a line (.txt)",
        None,
        "none",
    ),
    "data": Key(word(), 'the name of a data set (genloss datasets lists them), e.g. "iris"', None, "none"),
    "target": Key(word(), "the column that a model predicts: rows are then (X, y)", None, "none"),
    "missing": Key(word("refuse", "drop"), '"drop" to leave rows out that have gaps among their numbers', None, "none"),
    **{key: TABLE[key] for key in ("drop", "categories", "decimal", "thousands", "strip", "missing_words")},
}
READING = (
    "columns", "target", "missing", "drop", "categories", "decimal", "thousands", "strip", "missing_words",
)  # fmt: skip
"""The keys that say how rows are read from a file."""
POPULATION: dict[str, dict[str, Key]] = {"rows": ROWS}

_START = Key(
    word("scratch", "base", "previous"),
    '"scratch", "base" (each fit begins from the fit of generation 0) or "previous" (from the fit before)',
    "scratch",
)
_OPTIONS = Key(_table, "a table of what it is made with, e.g. {n_components = 3}", {}, "whole")
_BUDGET = Key(
    table(steps=whole(1), epochs=number(0.0, above=True)),
    "how long a fit trains: {steps = 300}, whatever the rows, or {epochs = 10}, times through all of them",
    axis="none",
)
_SHA256 = Key(word(), "the SHA-256 of the code, or leave it out: it is filled in", None, "none")

GENERATOR: dict[str, dict[str, Key]] = {
    "object": {
        "model": Key(word(), "what the model says of itself; Study.from_dict fills it in", axis="none"),
        "identity": Key(word(), "what tells it from other models; Study.from_dict fills it in", axis="none"),
        "start": _START,
    },
    "sklearn": {
        "estimator": Key(word(*ESTIMATORS), 'an estimator of scikit-learn by its name, e.g. "GaussianMixture"'),
        "options": _OPTIONS,
        "start": _START,
    },
    "network": {
        "network": Key(word(*NETWORKS), f"a network by its name: one of {', '.join(NETWORKS)}"),
        "budget": _BUDGET,
        "options": _OPTIONS,
        "start": _START,
    },
    "transformers": {
        "folder": Key(
            word(),
            "the path of a folder that save_pretrained of a causal language model and its tokenizer wrote",
            axis="none",
        ),
        "budget": _BUDGET,
        "options": _OPTIONS,
        "start": _START,
        "sha256": Key(word(), "the SHA-256 of the folder, or leave it out: it is filled in", None, "none"),
    },
    "python": {
        "entry": Key(
            word(),
            'a function that returns a model, "file.py:function" or "package.module:function"',
            axis="none",
        ),
        "options": _OPTIONS,
        "start": _START,
        "sha256": _SHA256,
    },
    "command": {
        "command": Key(
            word(),
            'a command with {train}, {out}, {rows}, e.g. "python gen.py {train} {out} {rows} {seed}"',
            axis="none",
        ),
        "format": Key(word(*FORMATS), f"the format of its files: one of {', '.join(FORMATS)}", "csv", "none"),
        "timeout": Key(number(0.0, 1e7, above=True), "how many seconds it may take", 600.0, "none"),
        "shell": Key(flag, "true to let a shell read it", False, "none"),
        "start": _START,
        "sha256": _SHA256,
    },
}
"""Models by kind: given in Python; by name an estimator or a network; a folder; code; a command."""

_LEFT_OUT = ("file", "data", *READING[1:])


def said(population: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out the keys of own rows where nothing is said, so that ids stay what they were."""
    return {key: value for key, value in population.items() if value is not None or key not in _LEFT_OUT}
