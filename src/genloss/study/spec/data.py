"""What does a study on real rows need to know of its data, and how is its population built?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from genloss.errors import Problem
from genloss.populations import DATASETS, Places, Pool, data_pool
from genloss.populations.forms import Loaded, Table
from genloss.populations.from_data import table_pool
from genloss.populations.table_file import read_table
from genloss.study.language.source import Source
from genloss.study.spec.files import first_path, same_hash
from genloss.study.spec.kinds import subject_name
from genloss.study.spec.own_keys import POPULATION as OWN_ROWS
from genloss.study.spec.text_data import text_hash

LARGEST_KERNEL = 10_000
"""Rows of a pool whose kernel is held in memory: 0.8 GB."""

Place = Callable[[str], str]
"""Name the place of a key of the population in the study."""


Notes = Mapping[str, tuple[str, ...]]
"""What was done to a user's table, by case."""


def with_data(resolved: Mapping[str, Any], source: Source, places: Places) -> tuple[dict[str, Any], Notes]:
    """Return the resolved study with the hash of its data, and what is assumed of a user's table, filled in; its notes.

    The hash of a data set of the catalog is the one it must have; the data are verified when they
    are read, so that a study can be explained where they are not.
    """
    if "case" not in resolved:
        filled, said = _case(resolved, lambda key: source.at("population", key), places)
        return filled, {"": said}
    cases = {
        case["name"]: _case(case, lambda key, name=case["name"]: source.at(f"case {name}", "population", key), places)  # type: ignore[misc]
        for case in resolved["case"]
    }
    notes = {name: said for name, (_, said) in cases.items()}
    return {**resolved, "case": [filled for filled, _ in cases.values()]}, notes


def population_of(settings: Mapping[str, Any], seed: int, places: Places) -> Pool:
    """Build the population of real rows that resolved settings describe."""
    split = {key: settings[key] for key in ("target", "noise", "held_out", "rows")}
    if settings["kind"] in DATASETS:
        return data_pool(settings["kind"], seed=seed, places=places, **split)
    return table_pool("table", users_table(settings, places), seed=seed, **split)


def users_table(settings: Mapping[str, Any], places: Places) -> Table:
    """Read the table that resolved settings describe."""
    loaded = _read(settings, settings["target"], places)
    same_hash(settings["sha256"], loaded.sha256, f"population.sha256 of {settings['file']}")
    return _table(loaded)


def data_words(population: Mapping[str, str]) -> str:
    """Say in words where rows and labels come from; values are given in words, None is left out."""
    kind, held_out = population["kind"], population["held_out"]
    if kind == "table":
        what, whole = table_words(population), ""
    else:
        dataset = DATASETS[kind]
        what = f"real images of {dataset.what}" if dataset.form == "images" else f"real rows ({dataset.what})"
        whole = f" of {dataset.rows:,}"
        if dataset.test_rows:
            return (
                f"{what}, {population['rows']}{whole} are the pool, {held_out} of its {dataset.test_rows:,} test "
                f"images are held out; label = {_label(population)}"
            )
    rest = f"{population['rows']} others are" if "rows" in population else "the rest is"
    least = "at least " if "id" in population else ""
    return f"{what}, {least}{held_out}{whole} held out, {rest} the pool; label = {_label(population)}"


def table_words(population: Mapping[str, str]) -> str:
    """Say in words which rows a user's table gives."""
    done = _MISSING_WORDS.get(population.get("missing", ""), "")
    done += f", each as often as {population['weights']} says" if "weights" in population else ""
    done += f", those of one {population['id']} drawn together" if "id" in population else ""
    return f"real rows (table {population['file']}{done})"


_MISSING_WORDS = {
    "drop": ", rows with missing entries left out",
    "mean": ", missing entries filled with the column's mean",
}


def _label(population: Mapping[str, str]) -> str:
    if population["kind"] != "table" and DATASETS[population["kind"]].form == "images":
        return f"{population['target']} of the {'digit' if 'digits' in DATASETS[population['kind']].what else 'class'}"
    return f"column {population['target']} minus its mean over the pool"


def _case(case: Mapping[str, Any], at: Place, places: Places) -> tuple[dict[str, Any], tuple[str, ...]]:
    population = case["population"]
    if subject_name(population["kind"]) == "text":
        return {**case, "population": {**population, "sha256": text_hash(population, at, places)}}, ()
    if "target" not in population or population["kind"] in OWN_ROWS:  # own rows were read before, with their hash
        return dict(case), ()
    for key in ("file", "sha256"):
        if isinstance(population.get(key), dict):
            raise Problem(at(key), "several values", "give each its own [[case]]")
    notes: tuple[str, ...] = ()
    if population["kind"] in DATASETS:
        dataset = DATASETS[population["kind"]]
        rows, test_rows, sha256 = dataset.rows, dataset.test_rows, dataset.sha256
    else:
        try:
            tables = [_read(population, target, places) for target in _values(population["target"])]
        except Problem as problem:
            key = "target" if problem.where == "population.target" else "file"
            found = problem.found if key == "target" else f"{problem.where}: {problem.found}"
            raise Problem(at(key), found, problem.mend) from problem
        rows, test_rows, sha256 = len(_table(tables[-1]).values), 0, tables[-1].sha256
        notes = tuple(dict.fromkeys(note for loaded in tables for note in loaded.notes))
    same_hash(population["sha256"], sha256, at("sha256"))
    filled = {**population, "sha256": sha256}
    if "held_out" not in population:
        return {**case, "population": filled}, notes
    if population["held_out"] is None:
        filled["held_out"] = rows // 4
    _check_split(filled, rows, test_rows, at)
    _check_kernel(case, filled, rows, at)
    return {**case, "population": filled}, notes


def _read(population: Mapping[str, Any], target: str, places: Places) -> Loaded:
    """Read a user's table from the first folder that has it, as the population's keys say."""
    file = population["file"]
    asked = {key: population[key] for key in _READING if population.get(key) is not None}
    counts = population["kind"] == "counts"
    return read_table(first_path(file, places), target=target, counts=counts, **asked)


_READING = (
    "missing", "drop", "keep", "categories", "levels", "decimal", "thousands", "strip", "missing_words", "weights",
    "id", "exposure",
)  # fmt: skip


def _table(loaded: Loaded) -> Table:
    if not isinstance(loaded.data, Table):
        raise TypeError(f"{loaded.where} is not a table")
    return loaded.data


def _check_split(population: Mapping[str, Any], rows: int, test_rows: int, at: Place) -> None:
    """Refuse a split that the data cannot give; test_rows 0: held-out rows come from the same rows."""
    held_out = max(_values(population["held_out"]))
    if not test_rows and held_out > rows - 2:
        raise Problem(at("held_out"), f"{held_out} of {rows} rows", f"give a number from 0 to {rows - 2}")
    asked, most = max(_values(population["rows"] or 2)), rows if test_rows else rows - held_out
    if asked > most:
        beside = "" if test_rows else f", {held_out} of them held out"
        raise Problem(at("rows"), f"{asked} of {rows} rows{beside}", f"give a number from 2 to {most}")


def _check_kernel(case: Mapping[str, Any], population: Mapping[str, Any], rows: int, at: Place) -> None:
    """Refuse a kernel that would not fit into memory."""
    kernel = any(case.get(role, {}).get("kind") == "kernel_ridge" for role in ("generator", "predictor"))
    pool = max(_values(population["rows"] or rows - min(_values(population["held_out"]))))
    if kernel and pool > LARGEST_KERNEL:
        raise Problem(
            at("rows"),
            f"a pool of {pool:,} rows: its kernel would take {8e-9 * pool**2:.1f} GB",
            f"give population.rows from 2 to {LARGEST_KERNEL:,}, e.g. 2000",
        )


def _values(value: Any) -> list[Any]:
    """The values of an axis, or the one value."""
    return value if isinstance(value, list) else [value]
