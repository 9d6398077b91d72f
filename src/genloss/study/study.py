"""What is a study? A resolved spec, its identity, its grid of cells and its claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from genloss.code.named import Code
from genloss.code.trusted import NONE, Trusted
from genloss.errors import Problem
from genloss.identity import identity
from genloss.models.adapters import adapted
from genloss.models.named import ESTIMATORS, estimator_of
from genloss.populations.places import NO_FOLDER, Places
from genloss.results.toml import as_toml
from genloss.study.claims.claim import Claim, resolve_claims
from genloss.study.claims.places import Check, placed_claims
from genloss.study.language.checks import brief
from genloss.study.language.source import Source, plain, read, refuse_endless
from genloss.study.spec.code import with_code
from genloss.study.spec.data import Notes, with_data
from genloss.study.spec.grid import Cell, Grid, axes_of, cases_of, cell_count, grid_of, with_long_workflow
from genloss.study.spec.model_folders import with_model_folders
from genloss.study.spec.objects import with_objects
from genloss.study.spec.other_data import on_data_set
from genloss.study.spec.resolve import resolve
from genloss.study.spec.row_files import with_row_files
from genloss.study.spec.scope import Objects, Scope, scope_of
from genloss.study.spec.tables import TABLES
from genloss.study.subjects.own.measuring import default_metrics
from genloss.study.subjects.truths import check_truths
from genloss.workflows import Workflow, workflow_of

_HERE = Source("study")
_WIDEST = 100  # characters of a line of the repr
_FEW = 6  # cases, kinds or axes named there


@dataclass(frozen=True, repr=False)
class Study:
    """A question, and everything needed to answer it twice with the same bytes.

    `resolved` holds every key with its default filled in; a study made from it has the same `id`.
    `places` says where real data are looked for, the study's own folder first; `data_notes` what was done to a
    user's table, by case; `source` is the file, to say where a claim stands; `objects` own models and
    rows, by the identities that `resolved` has; `keeps` the folder for rows that own models make; `codes` is what the
    study names and a run would execute, `trusted` what of it a user has said may be. None of them changes a number.
    """

    resolved: Mapping[str, Any]
    name: str = "study"
    places: Places = NO_FOLDER
    data_notes: Notes = field(default_factory=dict, compare=False)
    source: Source = field(default=_HERE, compare=False)
    objects: Objects = field(default_factory=dict, compare=False)
    keeps: Path | None = field(default=None, compare=False)
    codes: tuple[Code, ...] = field(default=(), compare=False)
    trusted: Trusted = field(default=NONE, compare=False)

    @classmethod
    def load(cls, path: str | Path, *, places: Places = NO_FOLDER, population: str | None = None) -> Study:
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
        return cls._checked(raw, source, place.parent, name, places)

    @classmethod
    def from_dict(cls, mapping: Mapping[str, Any], *, folder: str | Path = ".", places: Places = NO_FOLDER) -> Study:
        """Make a study from a mapping with the keys of a study file.

        Objects of Python may stand in it: a `Workflow` as workflow, or its words, "window rows=50 keep=2"; a model of
        your own as generator, or as {"model": model, "start": "previous"}, and your own rows as population, or as
        {"rows": rows, "held_out": 0.2}. The model has fit(data, weights, rng, *, start=None), which returns what has
        sample(count, rng) (`genloss.models.Model`); rows are an array, a DataFrame, or (X, y). Such a study is judged
        by rows that the model makes, beside held-out real ones.
        """
        plain_mapping, objects = with_objects(_mapping(mapping))
        return cls._checked(_with_plain_workflows(plain_mapping), _HERE, Path(folder), "study", places, objects)

    @classmethod
    def _checked(
        cls,
        raw: Mapping[str, Any],
        source: Source,
        folder: Path,
        name: str,
        places: Places,
        objects: Objects | None = None,
    ) -> Study:
        """Resolve, and refuse what no study can be, before any work is spent."""
        near = replace(places, folders=(folder, *places.folders))
        refuse_endless(raw, source)
        raw, rows = with_row_files(raw, source, near)
        if rows and "metrics" not in raw:
            raw["metrics"] = default_metrics(next(iter(rows.values())), _model(raw, objects or {}))
        resolved = resolve(raw, source, folder)
        claims = {"claim": resolve_claims(raw["claim"], resolved["metrics"], source)} if "claim" in raw else {}
        check_truths(resolved, source)
        filled, notes = with_data(resolved, source, near)
        filled = with_model_folders(filled, source, near)
        filled, codes = with_code(filled, source, folder)
        study = cls(filled | claims, name, near, notes, source, {**(objects or {}), **rows}, codes=codes)
        _ = study.claims  # one that asks for what the grid does not have is refused
        return study

    def with_seed(self, seed: int) -> Study:
        """Return the same study with another seed."""
        claims = {"claim": self.resolved["claim"]} if "claim" in self.resolved else {}
        resolved = resolve({**self.resolved, "seed": plain(seed)}, _HERE, Path())
        return replace(self, resolved=resolved | claims)

    def with_stop(self, stop_at_se: float | None) -> Study:
        """Return the same study with adaptive numbers of replicates (see docs/howto/long-runs.md); None: as it is."""
        if stop_at_se is None:
            return self
        claims = {"claim": self.resolved["claim"]} if "claim" in self.resolved else {}
        resolved = resolve({**self.resolved, "stop_at_se": plain(stop_at_se)}, _HERE, Path())
        return replace(self, resolved=resolved | claims)

    def with_cases(self, cases: Sequence[Mapping[str, Any]], **asked: Any) -> Study:
        """Return a study of other cases, each with its name and tables, of the same data, models and trusted code.

        asked: keys of the study that differ, e.g. generations. It has no claims.
        """
        kept = {key: value for key, value in self.resolved.items() if key not in ("case", "claim", *TABLES)}
        spec = {**kept, **asked, "case": [dict(case) for case in cases]}
        return replace(self, resolved=resolve(plain(spec), _HERE, Path()), name="study")

    def __repr__(self) -> str:
        lines = [f"<Study {self.name}, id {self.id}>", str(self.resolved["question"]), *_described(self)]
        return "\n".join(_clipped(line) for line in lines if line)

    @cached_property
    def id(self) -> str:
        """Identity of everything that determines the numbers; question and claims are about reading them."""
        spec = {key: value for key, value in self.resolved.items() if key not in ("question", "claim", *TABLES, "case")}
        return identity(spec | {"case": [with_long_workflow(case) for case in self.cases]})

    @property
    def cases(self) -> list[Mapping[str, Any]]:
        """The cases; a study without cases is one case without a name."""
        return cases_of(self.resolved)

    @cached_property
    def grid(self) -> Grid:
        """All cells, made once."""
        return grid_of(self.resolved)

    @cached_property
    def scope(self) -> Scope:
        """What is asked of every cell."""
        return scope_of(self.resolved, self.places, self.objects, self.keeps, self.trusted)

    def keeping(self, folder: Path) -> Study:
        """Return the same study, which keeps the rows that a user's own models make in a folder."""
        return replace(self, keeps=folder)

    @cached_property
    def claims(self) -> Sequence[tuple[Claim, Sequence[Check]]]:
        """Every claim, with the places of the grid where it is checked."""
        claims = self.resolved.get("claim")
        return placed_claims(claims, self.grid, self.scope.metrics[0], self.source) if claims else []

    @property
    def folder(self) -> Path:
        """Where the files stand that the study names."""
        return self.places.folders[0] if self.places.folders else Path()

    def cells(self) -> Iterator[Cell]:
        """Every point of the grid, case by case, the last axis fastest."""
        return iter(self.grid.cells)

    def toml(self) -> str:
        """Return the resolved study as TOML; it runs again, with the same id."""
        return as_toml(self.resolved)


def _model(raw: Mapping[str, Any], objects: Objects) -> Any:
    """Return the model that a study names for all cases, given in Python or one of the list; None for others."""
    generator = raw.get("generator")
    if not isinstance(generator, Mapping):
        return None
    estimator = generator.get("estimator")
    if generator.get("kind") == "sklearn" and isinstance(estimator, str) and estimator in ESTIMATORS:
        return adapted(estimator_of(estimator, {}))
    return objects.get(str(generator.get("identity")))


def as_study(study: Study | str | Path | Mapping[str, Any], **where: Any) -> Study:
    """Return a study as it is, or read it from a file, or from a mapping with the keys of one.

    where: `places`, and for files `population`, as `Study.load` takes them.

    >>> as_study(7)
    Traceback (most recent call last):
        ...
    genloss.errors.Problem: study: 7 is not a study
      mend: give the path of a study file (.toml), a mapping with its keys, or a genloss.Study
    """
    if isinstance(study, Study):
        return study
    if isinstance(study, str | Path):
        return Study.load(study, **where)
    if isinstance(study, Mapping):
        return Study.from_dict(study, **where)
    mend = "give the path of a study file (.toml), a mapping with its keys, or a genloss.Study"
    raise Problem("study", f"{brief(study)} is not a study", mend)


def _described(study: Study) -> list[str]:
    """Say in at most eight lines what a study asks."""
    spec, cases = study.resolved, study.cases
    axes: dict[str, int] = {}
    for case in cases:
        axes |= {".".join(key): len(values) for key, values in axes_of(case).items()}
    cells, claims = cell_count(spec), len(spec.get("claim", ()))
    count = f"{cells:,} {'cell' if cells == 1 else 'cells'}"
    return [
        f"generations 0 to {spec['generations']}, reported: {_listed(spec['report'])}; "
        f"{'at most ' * ('stop_at_se' in spec)}{spec['replicates']} replicates, seed {spec['seed']}",
        f"metrics: {_listed(spec['metrics'])}",
        *(f"{table}: {_listed(kinds)}" for table in TABLES if (kinds := _kinds(cases, table))),
        f"{count} in {len(cases)} cases: {_listed([case['name'] for case in cases])}" if len(cases) > 1 else count,
        f"axes: {_listed([f'{name} ({length} values)' for name, length in axes.items()])}" if axes else "",
        f"{claims} {'claim' if claims == 1 else 'claims'}" if claims else "",
    ]


def _kinds(cases: Sequence[Mapping[str, Any]], table: str) -> list[str]:
    return list(dict.fromkeys(case[table]["kind"] for case in cases if table in case))


def _listed(values: Sequence[object]) -> str:
    few = [str(value) for value in values[:_FEW]]
    return ", ".join(few if len(values) <= _FEW else [*few[:-1], "...", str(values[-1])])


def _clipped(line: str) -> str:
    first = line.splitlines()[0]
    return first if len(first) <= _WIDEST else f"{first[: _WIDEST - 4]} ..."


def _mapping(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise Problem("study", f"{brief(given)} is not a mapping", "give the keys of a study file, or use Study.load")
    return given


def _plain_workflow(given: Any) -> Any:
    """Return the table of a workflow that is an object, or words such as "window rows=50 keep=2"."""
    return workflow_of(given).short() if isinstance(given, Workflow | str) else given


def _with_plain_workflows(mapping: Mapping[str, Any]) -> dict[str, Any]:
    """Let a `Workflow` stand where its table would; numpy's values become Python's, None means absent."""
    spec = {key: _plain_workflow(value) if key == "workflow" else value for key, value in mapping.items()}
    if isinstance(spec.get("case"), list):
        spec["case"] = [_with_plain_workflows(case) if isinstance(case, Mapping) else case for case in spec["case"]]
    try:
        return {str(key): value for key, value in plain(spec).items() if value is not None}
    except RecursionError as error:
        raise Problem("study", "nested without end", "give plain tables, lists and numbers") from error
