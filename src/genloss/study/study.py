"""What is a study? A resolved spec, its identity, and its grid of cells."""

import itertools
import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.identity import identity
from genloss.populations import NO_FOLDER, Places
from genloss.results.toml import as_toml
from genloss.study.claims.places import checked_claims
from genloss.study.language.checks import brief
from genloss.study.language.key import axis_values
from genloss.study.language.source import Source, plain, read
from genloss.study.spec.data import Notes, with_data
from genloss.study.spec.other_data import on_data_set
from genloss.study.spec.resolve import resolve
from genloss.study.spec.rules import apply_rules, is_rule
from genloss.study.spec.tables import TABLES
from genloss.workflows import Workflow

Scalar = float | int | str

MOST_CELLS = 100_000


@dataclass(frozen=True, slots=True)
class Cell:
    """One point of the grid: all settings single-valued."""

    case: str
    axes: Mapping[str, Scalar]
    settings: Mapping[str, Mapping[str, Any]]
    simulated: bool = True  # False where the case asks for theory alone

    @property
    def id(self) -> str:
        """Identity of the settings, whatever form the workflow was given in."""
        return identity(self.long_settings)

    @property
    def long_settings(self) -> dict[str, Any]:
        """The settings, whatever form the workflow was given in."""
        return _with_long_workflow(self.settings)


@dataclass(frozen=True)
class Study:
    """A question, and everything needed to answer it twice with the same bytes.

    `resolved` holds every key with its default filled in; a study made from it has the same `id`.
    `places` says where real data are looked for, the study's own folder first; `data_notes` what was done to a
    user's table, by case. Neither changes a number.
    """

    resolved: Mapping[str, Any]
    name: str = "study"
    places: Places = NO_FOLDER
    data_notes: Notes = field(default_factory=dict, compare=False)

    @classmethod
    def load(cls, path: str | Path, *, places: Places = NO_FOLDER, population: str | None = None) -> "Study":
        """Read a study file (TOML). population: a data set of the catalog instead of the study's own.

        >>> Study.load("no-such-study.toml")
        Traceback (most recent call last):
            ...
        genloss.errors.Problem: no-such-study.toml: no such file
          mend: give the path of a study file (.toml)
        """
        place = Path(path)
        raw, source = read(place)
        name = place.stem if population is None else f"{place.stem}-on-{population}"
        raw = raw if population is None else on_data_set(raw, population)
        near = _with_folder(places, place.parent)
        resolved, notes = with_data(resolve(raw, source, place.parent), source, near)
        study = cls(resolved, name, near, notes)
        checked_claims(study, source)
        return study

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], *, folder: str | Path = ".", places: Places = NO_FOLDER) -> "Study":
        """Make a study from a mapping with the keys of a study file."""
        near = _with_folder(places, Path(folder))
        resolved = resolve(_with_plain_workflows(mapping), Source("study"), Path(folder))
        filled, notes = with_data(resolved, Source("study"), near)
        study = cls(filled, places=near, data_notes=notes)
        checked_claims(study)
        return study

    def with_seed(self, seed: int) -> "Study":
        """Return the same study with another seed."""
        return replace(self, resolved=resolve({**self.resolved, "seed": plain(seed)}, Source("study"), Path()))

    @cached_property
    def id(self) -> str:
        """Identity of everything that determines the numbers; question and claims are about reading them."""
        spec = {key: value for key, value in self.resolved.items() if key not in ("question", "claim", *TABLES, "case")}
        return identity(spec | {"case": [_with_long_workflow(case) for case in self.cases]})

    @property
    def cases(self) -> list[Mapping[str, Any]]:
        """The cases; a study without cases is one case without a name."""
        tables = {name: self.resolved[name] for name in TABLES if name in self.resolved}
        cases: list[Mapping[str, Any]] = self.resolved.get("case", [{"name": "", **tables}])
        return cases

    def cells(self) -> Iterator[Cell]:
        """Every point of the grid, case by case, the last axis fastest."""
        shown = self.axis_keys()
        count = sum(math.prod(len(values) for values in axes_of(case).values()) for case in self.cases)
        if count > MOST_CELLS:
            raise Problem("study", f"a grid of {count:,} cells", f"give fewer values; at most {MOST_CELLS:,} cells")
        for case in self.cases:
            axes, simulated = axes_of(case), case.get("simulate", True)
            for values in itertools.product(*axes.values()):
                settings = {name: dict(case[name]) for name in TABLES if name in case}
                for (table, key), value in zip(axes, values, strict=True):
                    settings[table][key] = value
                for role in ("generator", "predictor"):
                    if role in settings and settings[role].get("noise", 0.0) is None:
                        settings[role]["noise"] = settings["population"]["noise"]
                apply_rules(settings)
                labels = {
                    f"{table}.{key}": label(settings[table][key])
                    for table, key in shown
                    if key in settings.get(table, {})
                }
                yield Cell(case["name"], labels, settings, simulated)

    def axis_keys(self) -> list[tuple[str, str]]:
        """Keys that are an axis in some case; every row carries its value on each."""
        return list(dict.fromkeys(key for case in self.cases for key in axes_of(case)))

    def axis_names(self) -> dict[str, list[str]]:
        """Return the names of every case's own axes."""
        return {case["name"]: [".".join(key) for key in axes_of(case)] for case in self.cases}

    def toml(self) -> str:
        """Return the resolved study as TOML; it runs again, with the same id."""
        return as_toml(self.resolved)


def _with_folder(places: Places, folder: Path) -> Places:
    """Look in the study's own folder first."""
    return replace(places, folders=(folder, *places.folders))


def axes_of(case: Mapping[str, Any]) -> dict[tuple[str, str], list[Any]]:
    """Return the axes of a case: (table, key) and their values."""
    axes: dict[tuple[str, str], list[Any]] = {}
    for table, kinds in TABLES.items():
        for key, spec in kinds[case[table]["kind"]].items() if table in case else ():
            values = axis_values(spec, case[table][key])
            if values is not None:
                axes[table, key] = values
    return axes


def label(value: Any) -> Scalar:
    """Return a value as it can stand in a column."""
    if value is None:
        return "none"
    if isinstance(value, dict) and set(value) == {"alpha"}:
        return f"alpha = {value['alpha']:g}"
    return value if isinstance(value, int | float | str) else json.dumps(value)


def _with_long_workflow(case: Mapping[str, Any]) -> dict[str, Any]:
    """Write a workflow without axes or rules in its long form, so that every form of it has one identity."""
    workflow = case["workflow"]
    keys = TABLES["workflow"][workflow["kind"]]
    if any(axis_values(spec, workflow[key]) is not None or is_rule(workflow[key]) for key, spec in keys.items()):
        return dict(case)
    return {**case, "workflow": Workflow.from_dict(workflow).to_dict()}


def _with_plain_workflows(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Let a `Workflow` stand where its table would; numpy's values become Python's, None means absent."""
    if not isinstance(mapping, Mapping):
        raise Problem("study", f"{brief(mapping)} is not a mapping", "give the keys of a study file, or use Study.load")
    spec = {key: value.short() if isinstance(value, Workflow) else value for key, value in mapping.items()}
    if isinstance(spec.get("case"), list):
        spec["case"] = [_with_plain_workflows(case) if isinstance(case, Mapping) else case for case in spec["case"]]
    try:
        return {str(key): value for key, value in plain(spec).items() if value is not None}
    except RecursionError as error:
        raise Problem("study", "nested without end", "give plain tables, lists and numbers") from error
