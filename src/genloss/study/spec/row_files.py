"""Which rows does a study of own rows name? Read from a file or a data set, and described."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from genloss.doors import STUDY
from genloss.errors import Problem
from genloss.populations import Places
from genloss.populations.catalog import known
from genloss.study.language.source import Source
from genloss.study.spec.files import first_path, same_hash
from genloss.study.spec.objects import rows_table
from genloss.study.spec.own_keys import READING, ROWS
from genloss.study.spec.scope import Objects

_KIND = "rows"
_HOMES = ("file", "data")


def with_row_files(raw: Mapping[str, Any], source: Source, places: Places) -> tuple[dict[str, Any], Objects]:
    """Return the keys of a study with the rows of files and data sets described, and these rows by their SHA-256.

    Rows given in Python are described already. What is no table, or of another kind, is left to be refused or read.
    """
    spec, found = dict(raw), dict[str, Any]()
    base = raw.get("population")
    if isinstance(base, Mapping) and base.get("kind") == _KIND:
        spec["population"] = _filled(base, lambda key: source.at("population", key), places, found)
    if isinstance(raw.get("case"), list):
        spec["case"] = [_case(case, base, source, places, found) for case in raw["case"]]
    return spec, found


def _case(case: Any, base: Any, source: Source, places: Places, found: dict[str, Any]) -> Any:
    own = case.get("population") if isinstance(case, Mapping) else None
    if not isinstance(own, Mapping) or not {"kind", "sha256", *_HOMES, *READING} & set(own):
        return case
    over = base if isinstance(base, Mapping) and own.get("kind", base.get("kind")) == base.get("kind") else {}
    if _HOMES[0] in own or _HOMES[1] in own:
        over = {key: value for key, value in over.items() if key not in (*_HOMES, "sha256")}
    merged = {**over, **own}
    if merged.get("kind") != _KIND:
        return case

    def at(key: str) -> str:
        return source.at(f"case {case.get('name')}", "population", key)

    return {**case, "population": _filled(merged, at, places, found)}


def _filled(
    population: Mapping[str, Any], at: Callable[[str], str], places: Places, found: dict[str, Any]
) -> dict[str, Any]:
    """Return a table with SHA-256, number and columns of its rows, which are put among those that were found."""
    named = [key for key in _HOMES if population.get(key) is not None]
    if not named and "sha256" in population:
        return dict(population)
    if len(named) != 1:
        mend = 'give file = "my.csv", or a data set, data = "iris"'
        raise Problem(at("file"), "missing" if not named else "file and data both say which rows", mend)
    for key in (*named, *READING):
        wrong = None if population.get(key) is None else ROWS[key].check(population[key])
        if wrong:
            raise Problem(at(key), wrong, f"give {ROWS[key].meaning}")
    if named == ["file"] and _known_elsewhere(population, places):
        return dict(population)
    rows = _read(population, named[0], at, places)
    table, name, held = rows_table(rows)
    inputs = held[0] if isinstance(held, tuple) else held
    if hasattr(inputs, "columns"):
        table["columns"] = [str(column) for column in inputs.columns]
    if isinstance(population.get("columns"), str) and population["columns"] != table["columns"]:
        no_list = f"{population['columns']!r} is not a list of columns"
        raise Problem(at("columns"), no_list, f'give columns = ["{population["columns"]}"]')
    same_hash(population.get("sha256"), name, at("sha256"))
    found[name] = held
    return {**population, **table}


def _known_elsewhere(population: Mapping[str, Any], places: Places) -> bool:
    """Whether rows are described already, as in the study beside results, and their file is not here: to be told of."""
    described = {"sha256", "rows", "columns"} <= set(population)
    return described and not first_path(population["file"], places).exists()


def _read(population: Mapping[str, Any], home: str, at: Callable[[str], str], places: Places) -> Any:
    from genloss.populations.own_data import rows_of_data
    from genloss.populations.own_rows.from_file import Wanted, rows_of_file

    asked = {key: population[key] for key in READING if population.get(key) is not None}
    if isinstance(asked.get("columns"), str):  # as it is filled in where columns have no names
        del asked["columns"]
    try:
        if home == "data":
            return rows_of_data(known(population[home]).name, Wanted(**asked), places)
        return rows_of_file(first_path(population[home], places), Wanted(**asked))
    except Problem as problem:
        told = problem.at(STUDY)
        raise Problem(at(home), f"{told.where}: {told.found}", told.mend) from problem
