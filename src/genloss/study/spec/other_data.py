"""What is the same study on another data set of the catalog?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.errors import Problem
from genloss.populations.catalog import DATASETS, Dataset, known

_OWN = ("kind", "target", "rows", "held_out", "sha256", "file")


def on_data_set(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Return the keys of a study with the population `name`, its pool and held-out rows as large as asked for.

    Where the data set has fewer rows, it holds out what it does by default, or a quarter, and the rest is the pool.
    Errors: `Problem` where the study is not about real rows, or a case has a data set of its own.
    """
    dataset, population = known(name), raw.get("population")
    if dataset.form == "text":
        raise Problem("population", f"{name} is text", f"give one of {', '.join(_of_rows())}")
    if not isinstance(population, Mapping) or population.get("kind") not in _of_rows():
        found = "the study is not about a data set of the catalog"
        raise Problem("population", found, "change [population] in the study file")
    for case in raw["case"] if isinstance(raw.get("case"), list) else []:
        own = case.get("population") if isinstance(case, Mapping) else None
        if isinstance(own, Mapping) and set(own) & {*_OWN}:
            found = f"case {case.get('name')!r} has {', '.join(key for key in _OWN if key in own)} of its own"
            raise Problem("population", found, "change the case in the study file")
    images = DATASETS[str(population["kind"])].form == dataset.form == "images"
    kept = {key: population[key] for key in population if key not in _OWN or (key == "target" and images)}
    return {**raw, "population": kept | {"kind": name} | _sizes(population, dataset)}


def _of_rows() -> list[str]:
    return [name for name, dataset in DATASETS.items() if dataset.form != "text"]


def _sizes(population: Mapping[str, Any], dataset: Dataset) -> dict[str, Any]:
    """Return the sizes that the study names, as they are where they fit, else none larger than the data set allows."""
    asked = {name: population[name] for name in ("rows", "held_out") if name in population}
    most = dataset.test_rows or dataset.held_out or dataset.rows // 4
    wanted = max(_whole(asked.get("held_out", most)), default=most)
    if not dataset.test_rows and max(_whole(asked.get("rows")), default=dataset.rows) + wanted <= dataset.rows:
        return asked
    rest = dataset.rows - (0 if dataset.test_rows else min(wanted, most))
    return {name: _at_most(value, rest if name == "rows" else most) for name, value in asked.items()}


def _whole(value: Any) -> list[int]:
    """Return the whole numbers of a value or an axis."""
    values = value["each"] if isinstance(value, Mapping) and set(value) == {"each"} else value
    return [each for each in (values if isinstance(values, list) else [values]) if isinstance(each, int)]


def _at_most(value: Any, most: int) -> Any:
    """Return a whole number, or the values of an axis, none above the most; what is no number stays to be refused."""
    if isinstance(value, Mapping) and set(value) == {"each"}:
        return {"each": _at_most(value["each"], most)}
    if isinstance(value, list):
        cut = [_at_most(each, most) for each in value]
        return list(dict.fromkeys(cut)) if all(isinstance(each, int) for each in cut) else cut
    return min(value, most) if isinstance(value, int) else value
