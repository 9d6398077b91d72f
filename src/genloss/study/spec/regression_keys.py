"""Which keys do the tables of a regression study know?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from genloss.models.kernel.kernels import KERNELS
from genloss.populations.catalog import DATASETS, Dataset
from genloss.study.language.checks import accepted, accepting, list_of, number, one_of, power_rule, table, whole, word
from genloss.study.language.key import Key

_any_number = number(-math.inf)
_values = list_of(_any_number)
_rows = whole(1)

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
        "synthetic_spectrum": Key(
            one_of(word("isotropic"), list_of(number(0.0, above=True)), table(power_law=number(0.0, 50.0))),
            "the variances of the inputs of rows that models label, written as spectrum is; left out: those of real "
            "rows. Fits are judged on real inputs",
            None,
            axis="each",
        ),
        "synthetic_mean": Key(
            one_of(_values, table(norm=number(0.0))),
            "the mean of the inputs of rows that models label (real rows have mean 0): a list of dim numbers, or "
            "{norm = 20.0} for equal numbers; left out: 0",
            None,
            axis="each",
        ),
    },
}
ABSENT = ("synthetic_spectrum", "synthetic_mean")
"""Keys of a population that are absent where they are left out, so that ids stay what they were."""


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
TABLE: dict[str, Key] = {
    "file": Key(
        word(),
        'the path of a CSV, JSON Lines, Parquet, Arrow, NPZ or IDX file, or of a folder of shards, e.g. "my.csv"',
        axis="none",
    ),
    "missing": Key(
        word("refuse", "drop", "mean"),
        '"drop" to leave rows with missing entries out, "mean" to fill them in',
        None,
        "none",
    ),
    "drop": Key(list_of(word()), 'columns to leave out, e.g. ["id"]', None, "none"),
    "keep": Key(
        list_of(word()),
        'columns to keep although they seem to be ids or the target, e.g. ["rank"]',
        None,
        "none",
    ),
    "categories": Key(list_of(word()), 'columns to read as words, e.g. ["zip"]', None, "none"),
    "levels": Key(whole(2, 10_000), "the most different words of a column", None, "none"),
    "decimal": Key(word(".", ","), 'the decimal sign, "." or ",", where the entries do not say', None, "none"),
    "thousands": Key(
        word(",", ".", "space", "apostrophe", "underscore"), 'what stands between thousands, e.g. "space"', None, "none"
    ),
    "strip": Key(list_of(word()), 'texts to take off around numbers, e.g. ["kg"]', None, "none"),
    "missing_words": Key(list_of(word()), 'words that stand for a gap, e.g. ["?"]', None, "none"),
    "weights": Key(word(), "the column that says how many equal rows each row is, in whole numbers", None, "none"),
    "id": Key(word(), "the column that says what each row is of (a firm, a patient)", None, "none"),
}
"""How a user's table is read."""
POPULATION["table"] = (
    TABLE
    | {
        "exposure": Key(
            accepting("nothing")(lambda value: f"{value!r}: labels of a table have Gaussian noise, and no exposure"),
            'population.kind = "counts", whose Poisson regression has exposures, or leave it out',
            None,
            "none",
        )
    }
    | _data_keys(
        Key(word(), "the name of the column to predict"),
        Key(whole(0), "how many rows to keep out of the pool", None),
        Key(whole(2), "how many rows make the pool", None),
    )
)

_PENALTY_FORMS = "{rows_power = -0.8} for rows^-0.8, {alpha = 60.0} for a penalty x rows of 60 (scikit-learn's alpha)%s"


def _penalty(*, above: bool, by_generation: bool) -> Key:
    """A penalty: a number, or how it follows from the rows or, for a generator, from the generation."""
    one = number(0.0, above=above)
    forms = {"alpha": one} | ({"by_generation": list_of(one)} if by_generation else {})
    ruled = table(**forms)

    @accepting("; or ".join(accepted(each) for each in (one, power_rule, ruled)))
    def check(value: Any) -> str | None:
        if not isinstance(value, Mapping):
            return one(value)
        return power_rule(value) if "rows_power" in value else ruled(value)

    meaning = (
        "a penalty > 0 of the mean squared error (drawn rows repeat, so 0 has no unique solution), or "
        if above
        else "a ridge penalty >= 0 of the mean squared error, or "
    )
    more = ", or {by_generation = [0.1, 0.05]}, whose last value continues" if by_generation else ""
    return Key(check, meaning + _PENALTY_FORMS % more)


def _models(*, by_generation: bool) -> dict[str, dict[str, Key]]:
    """Keys of every model that is fitted, by kind."""
    kernel_ridge = {
        "kernel": Key(word(*KERNELS), f"one of {', '.join(KERNELS)}", "rbf"),
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
