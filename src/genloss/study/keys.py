"""Which keys does a study know, what may stand there, and what is assumed when nothing does?"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from genloss.populations.catalog import DATASETS, Dataset
from genloss.study.accepted import (
    Check,
    anything,
    flag,
    growth,
    list_of,
    number,
    one_of,
    power_rule,
    table,
    whole,
    word,
)

MISSING = object()


@dataclass(frozen=True, slots=True)
class Key:
    """One key: `check` says what is wrong with a value, `meaning` what to give instead.

    axis: how a list of values for the grid is written: "list" where one value is a scalar, "each"
    where one value may itself be a list, "none" where all cells share the value.
    """

    check: Check
    meaning: str
    default: Any = MISSING
    axis: str = "list"


def axis_values(key: Key, value: Any) -> list[Any] | None:
    """Return the values of a resolved key that is an axis, or None."""
    if key.axis == "list":
        return value if isinstance(value, list) else None
    return list(value["each"]) if isinstance(value, dict) and set(value) == {"each"} else None


_any_number = number(-math.inf)
_values = list_of(_any_number)
_rows = whole(1)

STUDY = {
    "schema": Key(word("study/1"), 'schema = "study/1"', "study/1"),
    "question": Key(word(), "the question in one sentence", ""),
    "seed": Key(whole(0, 2**63 - 1), "a whole number from 0 on", 0),
    "replicates": Key(whole(2, 1_000_000), "a number of repetitions from 2 on", 100),
    "generations": Key(whole(0, 10_000), "the last generation, from 0 (real labels only) to 10,000"),
    "report": Key(list_of(whole(0, 10_000)), "a list of generations, e.g. [0, 1, 5]", None),
    "metrics": Key(list_of(word()), 'a list of metrics, e.g. ["excess_risk"]', ["excess_risk"]),
}

POPULATION = {
    "linear_gaussian": {
        "dim": Key(
            one_of(whole(1, 100_000), power_rule),
            "the number of features, 1 to 100,000, or {rows_power = 0.8, factor = 0.5}: .5 x the predictor's rows^.8",
        ),
        "spectrum": Key(
            one_of(word("isotropic"), list_of(number(0.0, above=True)), table(power_law=number(0.0, 50.0))),
            '"isotropic", {power_law = 2.0} for eigenvalues j^-2, a list of dim numbers > 0, '
            'or {file = "spectrum.npy"}',
            "isotropic",
            axis="each",
        ),
        "signal": Key(
            table(norm=number(0.0), coefficients=one_of(_values, table(power_law=number(-math.inf, 20.0)))),
            "{norm = 1.0} for equal coefficients, {coefficients = {power_law = 0.25}} for j^-0.25, "
            'a list of dim numbers, or {coefficients = {file = "w.npy"}}',
            {"norm": 1.0},
            axis="each",
        ),
        "noise": Key(number(0.0), "the standard deviation of the label noise, >= 0"),
    },
}

_growth = growth(start=_rows, ratio=number(0.0, above=True))


def _rows_rule(value: Any) -> str | None:
    """Accept rows that grow with the generation, or follow from the predictor's."""
    return power_rule(value) if isinstance(value, Mapping) and "rows_power" in value else _growth(value)


_batch_rows = one_of(_rows, list_of(_rows), _rows_rule)
_ROWS_MEANING = (
    "a whole number from 1 on, a list with one per generation, {start = 100, ratio = 1.1}, "
    "or {rows_power = 0.8} for the predictor's rows^0.8"
)
_ROWS = {"rows": Key(_batch_rows, f"the rows of each batch: {_ROWS_MEANING}", axis="each")}
_SYNTHETIC = {"synthetic_rows": Key(_batch_rows, f"the rows of a synthetic batch: {_ROWS_MEANING}", None, axis="each")}
_REAL_WEIGHT = {"real_weight": Key(number(0.0, above=True), "the real rows' share of the loss, e.g. 0.6", None)}


def _data_keys(target: Key, held_out: Key, rows: Key) -> dict[str, Key]:
    """Keys of a population of real rows."""
    return {
        "target": target,
        "noise": Key(number(0.0), "the standard deviation of the label noise, >= 0"),
        "held_out": held_out,
        "rows": rows,
        "sha256": Key(word(), "the SHA-256 of the data as text, or leave it out", None, axis="none"),
    }


def _dataset_keys(dataset: Dataset) -> dict[str, Key]:
    """Keys of a data set of the catalog."""
    if dataset.form == "images":
        target = Key(word("parity"), '"parity": 1 for odd classes, 0 for even ones', dataset.target)
    else:
        target = Key(word(), "the name of the column to predict", dataset.target)
    most = dataset.test_rows or dataset.rows - 2
    origin = f"{dataset.test_rows:,} test" if dataset.test_rows else f"{dataset.rows:,}"
    held_out = Key(whole(0, most), f"how many of the {origin} rows to keep out of the pool", dataset.held_out)
    rows = Key(whole(2, dataset.rows), f"how many of the {dataset.rows:,} rows make the pool", dataset.pool_rows)
    return _data_keys(target, held_out, rows)


POPULATION |= {name: _dataset_keys(dataset) for name, dataset in DATASETS.items() if dataset.form != "text"}
POPULATION["table"] = {
    "file": Key(
        word(),
        'the path of a CSV, Parquet, Arrow, NPZ or IDX file, or of a folder of shards, e.g. "my.csv"',
        axis="none",
    ),
    "missing": Key(
        word("refuse", "drop", "mean"),
        '"drop" to leave rows with missing entries out, "mean" to fill them in',
        None,
        "none",
    ),
    "drop": Key(list_of(word()), 'columns to leave out, e.g. ["id"]', None, "none"),
    "categories": Key(list_of(word()), 'columns to read as words, e.g. ["zip"]', None, "none"),
    "levels": Key(whole(2, 10_000), "the most different words of a column", None, "none"),
} | _data_keys(
    Key(word(), "the name of the column to predict"),
    Key(whole(0), "how many rows to keep out of the pool", None),
    Key(whole(2), "how many rows make the pool", None),
)

WORKFLOW = {
    "replace": _ROWS,
    "accumulate": _ROWS | _SYNTHETIC,
    "accumulate_subsample": _ROWS
    | {
        "take": Key(whole(1), "how many rows to draw from everything accumulated", None),
        "with_replacement": Key(flag, "true or false", False),
    },
    "fixed_real": _ROWS | _SYNTHETIC | _REAL_WEIGHT,
    "fresh_real": _ROWS | _SYNTHETIC | _REAL_WEIGHT,
    "golden": _ROWS | _SYNTHETIC,
    "window": _ROWS | {"keep": Key(whole(1), "how many births to train on")},
    "forget": _ROWS | {"decay": Key(number(0.0, above=True), "the factor per generation, above 0, at most 1")},
    "reset": _ROWS | {"every": Key(whole(1), "after how many generations to begin again")},
    "regenerate": _ROWS,
    "synthetic_only": _ROWS,
    "custom": {
        "emit": Key(anything, "a list of emission rules", axis="each"),
        "train": Key(anything, "a list of terms", axis="each"),
        "reset": Key(whole(1), "after how many generations to begin again", None),
        "only_through": Key(whole(0), "the last generation the rules were made for", None),
    },
}

_PENALTY_FORMS = "{rows_power = -0.8} for rows^-0.8, {alpha = 60.0} for a penalty x rows of 60 (scikit-learn's alpha)%s"


def _penalty(*, above: bool, by_generation: bool) -> Key:
    """A penalty: a number, or how it follows from the rows or, for a generator, from the generation."""
    one = number(0.0, above=above)
    forms = {"alpha": one} | ({"by_generation": list_of(one)} if by_generation else {})
    ruled = table(**forms)

    def check(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return one(value)
        return power_rule(value) if "rows_power" in value else ruled(value)

    meaning = (
        "a penalty > 0 (drawn rows repeat, so 0 has no unique solution), or " if above else "a ridge penalty >= 0, or "
    )
    more = ", or {by_generation = [0.1, 0.05]}, whose last value continues" if by_generation else ""
    return Key(check, meaning + _PENALTY_FORMS % more)


def _models(*, by_generation: bool) -> dict[str, dict[str, Key]]:
    """Keys of every model that is fitted, by kind."""
    kernel_ridge = {
        "kernel": Key(word("rbf", "polynomial"), '"rbf" or "polynomial"', "rbf"),
        "gamma": Key(number(0.0, above=True), "the kernel's gamma > 0, e.g. 1e-3", 1e-3),
        "degree": Key(whole(1, 50), "the degree of the polynomial kernel", 5),
        "coef0": Key(number(0.0), "the polynomial kernel's constant >= 0", 1.0),
        "penalty": _penalty(above=True, by_generation=by_generation),
    }
    ridge = {"penalty": _penalty(above=False, by_generation=by_generation)}
    return {"least_squares": {}, "ridge": ridge, "kernel_ridge": kernel_ridge}


_NOISE = Key(number(0.0), "the standard deviation of the noise in the labels this fit consumes, >= 0", None)
_SHARE = {"synthetic_share": Key(number(0.0, 1.0), "the share of the rows that the generator labels, 0 to 1", 1.0)}
_FEATURES = {
    "features": Key(whole(1, 100_000), "how many random projections of the inputs it sees, or leave it out", None)
}
GENERATOR: dict[str, dict[str, Key]] = {
    kind: {"design": Key(word("fresh", "same"), '"fresh" inputs for every fit, or the "same" for all', "fresh")}
    | {"noise": _NOISE}
    | keys
    for kind, keys in _models(by_generation=True).items()
}
GENERATOR["shifted_truth"] = {
    "shift": Key(
        table(norm=number(0.0), deviations=one_of(list_of(number(0.0)), table(power_law=number(-math.inf, 20.0)))),
        "{norm = 0.7} for the root of the mean squared norm of the shift, equal in all directions, "
        "{deviations = {power_law = 1.0}} for standard deviations j^-1, or a list of dim numbers",
        axis="each",
    )
}
PREDICTOR = {
    kind: {"rows": Key(_rows, "the rows the predictor is fitted to: a whole number from 1 on"), "noise": _NOISE}
    | _SHARE
    | ({} if kind == "kernel_ridge" else _FEATURES)
    | keys
    for kind, keys in _models(by_generation=False).items()
}

TABLES: dict[str, dict[str, dict[str, Key]]] = {
    "population": POPULATION,
    "workflow": WORKFLOW,
    "generator": GENERATOR,
    "predictor": PREDICTOR,
}
"""Every table of a study by kind; a new model, workflow or population is one entry here."""
