"""How is an entry computed that a shipped study computes? The study with the entry's claims, run at the size asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloss.populations.places import NO_FOLDER, Places
from genloss.reproductions.entries import Entry
from genloss.reproductions.published import PublishedClaim, published_claims
from genloss.results import Row
from genloss.study import Study, predict, run, simulate
from genloss.study.claims.verdicts import Claims
from genloss.study.shipped import shipped_folder, shipped_path

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Computed:
    """What an entry was computed to be: who makes its claims, the rows they are judged by, what was published.

    described: what determines the numbers, in a few words. gaps: what could not be computed, and why.
    """

    claims: Claims
    rows: tuple[Row, ...]
    published: tuple[PublishedClaim, ...]
    described: str
    gaps: tuple[str, ...] = ()


def study_of(
    entry: Entry, size: str, seed: int | None = None, places: Places = NO_FOLDER
) -> tuple[Study, list[PublishedClaim]]:
    """Return the study of an entry at a size, with the entry's claims and only the cases that these read."""
    loaded = Study.load(shipped_path(entry.study), places=places, population=entry.population or None)
    spec = dict(loaded.resolved)
    told = published_claims(entry, spec.get("claim", ()))
    asked = {key: value for key, value in entry.sizes[size].items() if key not in ("engine", "tables")}
    spec |= asked | {"claim": [dict(each.keys) for each in told]}
    if "case" in spec:
        spec["case"] = _cases(spec["case"], told, entry.sizes[size].get("tables", {}))
    study = Study.from_dict(spec, folder=shipped_folder(), places=places)
    return (study if seed is None else study.with_seed(seed)), told


def _cases(
    cases: Sequence[Mapping[str, Any]], told: Sequence[PublishedClaim], tables: Mapping[str, Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return the cases that claims read, with other values in their tables; all where some claim reads all."""
    read = [_cases_of(each.keys) for each in told]
    wanted = None if any(names is None for names in read) else {name for names in read for name in names or ()}
    return [
        {**case, **{table: {**case[table], **keys} for table, keys in tables.items() if table in case}}
        for case in cases
        if wanted is None or case["name"] in wanted
    ]


def _cases_of(keys: Mapping[str, Any]) -> list[str] | None:
    """Return the cases that a claim reads; None for all."""
    if "case" not in keys:
        return None
    named = keys["case"] if isinstance(keys["case"], list) else [keys["case"]]
    versus = keys.get("versus", {}).get("case")
    return [*named, *([versus] if versus is not None else [])]


def computed_by_study(
    entry: Entry,
    size: str,
    *,
    seed: int | None = None,
    out: Path | None = None,
    force: bool = False,
    workers: int | None = None,
    places: Places = NO_FOLDER,
    progress: Progress | None = None,
) -> Computed:
    """Predict and simulate the study of an entry. out: a folder that gets its page, its rows and its finished cells."""
    study, told = study_of(entry, size, seed, places)
    engine = entry.sizes[size].get("engine", "auto")
    if out is None:
        result = predict(study)
        if any(cell.simulated for cell in study.cells()):
            result = result.merged(simulate(study, engine=engine, workers=workers, progress=progress))
    else:
        result = run(study, out=out, engine=engine, workers=workers, progress=progress, force=force)
    described = f"study {entry.study} [{study.id}], {study.resolved['replicates']} replicates"
    return Computed(study, tuple(result.rows), tuple(told), f"{described}, seed {study.resolved['seed']}", result.gaps)
