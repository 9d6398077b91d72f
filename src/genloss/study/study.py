"""What is a study? A resolved spec, its identity, and its grid of cells."""

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from genloss.populations import NO_FOLDER, Places
from genloss.study.data import with_data
from genloss.study.keys import TABLES
from genloss.study.resolve import resolve
from genloss.study.source import Source, read

Scalar = float | int | str


def identity(data: object) -> str:
    """Return a short name for plain data: equal data, equal name."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of the grid: all settings single-valued."""

    case: str
    axes: Mapping[str, Scalar]
    settings: Mapping[str, Mapping[str, Any]]

    @property
    def id(self) -> str:
        """Identity of the settings."""
        return identity(self.settings)


@dataclass(frozen=True)
class Study:
    """A question, and everything needed to answer it twice with the same bytes.

    `resolved` holds every key with its default filled in; a study made from it has the same `id`.
    `places` says where real data are looked for, the study's own folder first; it changes no number.
    """

    resolved: Mapping[str, Any]
    name: str = "study"
    places: Places = NO_FOLDER

    @classmethod
    def load(cls, path: str | Path, *, places: Places = NO_FOLDER) -> "Study":
        """Read a study file (TOML).

        >>> Study.load("no-such-study.toml")
        Traceback (most recent call last):
            ...
        genloss.errors.Problem: no-such-study.toml: no such file
          mend: give the path of a study file (.toml)
        """
        place = Path(path)
        raw, source = read(place)
        near = _with_folder(places, place.parent)
        return cls(with_data(resolve(raw, source, place.parent), source, near), place.stem, near)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], *, folder: str | Path = ".", places: Places = NO_FOLDER) -> "Study":
        """Make a study from a mapping with the keys of a study file."""
        near = _with_folder(places, Path(folder))
        return cls(with_data(resolve(mapping, Source("study"), Path(folder)), Source("study"), near), places=near)

    def with_seed(self, seed: int) -> "Study":
        """Return the same study with another seed."""
        return replace(self, resolved=resolve({**self.resolved, "seed": seed}, Source("study"), Path()))

    @property
    def id(self) -> str:
        """Identity of everything that determines the numbers; the wording of the question does not."""
        return identity({key: value for key, value in self.resolved.items() if key != "question"})

    @property
    def cases(self) -> list[Mapping[str, Any]]:
        """The cases; a study without cases is one case without a name."""
        tables = {name: self.resolved[name] for name in TABLES if name in self.resolved}
        cases: list[Mapping[str, Any]] = self.resolved.get("case", [{"name": "", **tables}])
        return cases

    def cells(self) -> Iterator[Cell]:
        """Every point of the grid, case by case, the last axis fastest."""
        for case in self.cases:
            axes = axes_of(case)
            for values in itertools.product(*axes.values()):
                settings = {name: dict(case[name]) for name in TABLES if name in case}
                for (table, key), value in zip(axes, values, strict=True):
                    settings[table][key] = value
                _apply_rules(settings)
                labels = {
                    f"{table}.{key}": label(settings[table][key])
                    for table, key in self.axis_keys()
                    if key in settings.get(table, {})
                }
                yield Cell(case["name"], labels, settings)

    def axis_keys(self) -> list[tuple[str, str]]:
        """Keys that are an axis in some case; every row carries its value on each."""
        return list(dict.fromkeys(key for case in self.cases for key in axes_of(case)))

    def toml(self) -> str:
        """Return the resolved study as TOML; it runs again, with the same id."""
        return tomli_w.dumps(_without_none(self.resolved))


def _with_folder(places: Places, folder: Path) -> Places:
    """Look in the study's own folder first."""
    return replace(places, folders=(folder, *places.folders))


def axes_of(case: Mapping[str, Any]) -> dict[tuple[str, str], list[Any]]:
    """Return the axes of a case: (table, key) and their values."""
    axes: dict[tuple[str, str], list[Any]] = {}
    for table, kinds in TABLES.items():
        for key, spec in kinds[case[table]["kind"]].items() if table in case else ():
            value = case[table][key]
            if spec.axis == "list" and isinstance(value, list):
                axes[table, key] = value
            elif spec.axis == "each" and isinstance(value, dict) and "each" in value:
                axes[table, key] = value["each"]
    return axes


def label(value: Any) -> Scalar:
    """Return a value as it can stand in a column."""
    return value if isinstance(value, int | float | str) else json.dumps(value)


def _apply_rules(settings: dict[str, dict[str, Any]]) -> None:
    """Turn {rows_power = p} into rows^p."""
    rows = {"generator": settings["workflow"]["rows"], "predictor": settings.get("predictor", {}).get("rows")}
    for role, count in rows.items():
        penalty = settings.get(role, {}).get("penalty")
        if isinstance(penalty, dict):
            first = count[0] if isinstance(count, list) else count
            settings[role]["penalty"] = float(first) ** penalty["rows_power"]


def _without_none(data: Any) -> Any:
    """TOML has no null: leave such keys out."""
    if isinstance(data, Mapping):
        return {key: _without_none(value) for key, value in data.items() if value is not None}
    return [_without_none(value) for value in data] if isinstance(data, list) else data
