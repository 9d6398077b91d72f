"""What does the folder of a chain say? The manifests that `genloss.chain(..., out=FOLDER)` leaves, seed by seed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.ledger.manifest import Unreadable, checked_manifest
from genloss.ledger.order import in_order
from genloss.ledger.record import REAL, Data, Generation, Maker, Part, Record
from genloss.ledger.said import checked_makers, checked_sampler, checked_weights, share_of, whole_rows
from genloss.results.files import names_in
from genloss.workflows import Schedule, Workflow
from genloss.workflows.explain import rows_used

_NAME = re.compile(r"generation-\d{4,}\.json")
AGAIN = (
    'for a chain: remove its folder "cells" and run it again with the same out= (what is whole is kept, the rest is '
    "made again); or give the folder of another seed"
)


def seed_folders(folder: Path) -> list[Path]:
    """Return the folders with manifests: this one, or those of the cases and seeds in it, in order."""
    if manifests(folder):
        return [folder]
    inner = folder / "generations" if (folder / "generations").is_dir() else folder
    found = []
    for name in names_in(inner):
        each = inner / name
        found += [each] if manifests(each) else [each / seed for seed in names_in(each) if manifests(each / seed)]
    return found


def manifests(folder: Path) -> list[Path]:
    """Return the manifests in a folder, in order."""
    return [folder / name for name in names_in(folder) if _NAME.fullmatch(name)]


def read_seed(folder: Path) -> Record:
    """Read one seed of one workflow. Errors: `Problem` for what is damaged, and for a generation that is missing."""
    read: dict[int, tuple[Path, Mapping[str, Any]]] = {}
    for path in manifests(folder):
        told = _manifest(path)
        number = told["generation"]
        if number in read:
            found = f"two generations of one name: {read[number][0].name} and {path.name} are both generation {number}"
            raise Problem(str(folder), found, "keep the one that the chain wrote")
        read[number] = path, told
    _refuse_gaps(folder, read)
    data: dict[str, Data] = {}
    names: dict[tuple[str, int, str], str] = {}
    schedules: dict[str, Schedule | None] = {}
    generations = []
    for number, (path, told) in sorted(read.items()):
        with _as_written(path):
            used = _used(told, max(read), schedules)
            parts = tuple(_part(path, each, used, data, names) for each in told["trained_on"])
        checked_weights(str(path), [part.weight for part in parts])
        generations.append(Generation(f"generation {number}", parts))
    first = read[min(read)][1]
    ordered = in_order(generations, data, (), str(folder))
    begins = str(first.get("start", "scratch"))
    return Record(
        where=folder,
        folder=folder,
        name=str(first.get("case") or folder.parent.name),
        generations=ordered,
        data=data,
        seed=first["seed"] if isinstance(first.get("seed"), int) else None,
        model=str(first.get("model", "")),
        workflow=_workflow_words(first.get("workflow")),
        notes=() if begins == "scratch" else (_BEGINS[begins == "base"],),
    )


_BEGINS = (
    "each fit begins from the fit before it (start = previous), which is a descent that no count of rows shows",
    "each fit begins from the fit of generation 0 (start = base), which is a descent that no count of rows shows",
)


def _manifest(path: Path) -> Mapping[str, Any]:
    try:
        told = checked_manifest(path)
    except OSError as error:
        raise _damaged(path, f"cannot be read: {error.strerror}") from error
    except Unreadable as error:
        raise _damaged(path, str(error)) from error
    if told.get("generation") != int(path.stem.split("-")[1]):
        raise _damaged(path, f"is the manifest of generation {told.get('generation')!r:.20}")
    return told


def _damaged(path: Path, found: str) -> Problem:
    return Problem(str(path), found, AGAIN)


@contextmanager
def _as_written(path: Path) -> Iterator[None]:
    """Refuse a manifest that has its identity, and is not of the form that genloss writes."""
    try:
        yield
    except Problem:
        raise
    except (LookupError, TypeError, AttributeError, ValueError, OverflowError) as error:
        raise _damaged(path, f"does not say what a manifest says ({type(error).__name__}: {error})") from error


def _refuse_gaps(folder: Path, read: Mapping[int, tuple[Path, Mapping[str, Any]]]) -> None:
    """Refuse a generation that is not there, though a later one was trained on its rows."""
    for number, (path, told) in sorted(read.items()):
        with _as_written(path):
            makers = list(_makers(told))
        for who in makers:
            parent = who.removeprefix("generation ")
            if who != REAL and parent.isdecimal() and int(parent) not in read:
                missing = folder / f"generation-{int(parent):04d}.json"
                found = f"is not there, and generation {number} was trained on rows of it ({path.name})"
                raise Problem(str(missing), found, AGAIN)


def _makers(told: Mapping[str, Any]) -> Iterator[str]:
    for part in told.get("trained_on") or ():
        for maker in part.get("made_by") or ():
            yield str(maker.get("who"))


def _part(
    path: Path,
    told: Mapping[str, Any],
    used: Mapping[tuple[str, int, int], float],
    data: dict[str, Data],
    names: dict[tuple[str, int, str], str],
) -> Part:
    """Read one part of a manifest, and note its rows where they are new."""
    place = f"{path}: trained_on, {told['tag']!r:.60}"
    key = str(told["tag"]), int(told["born"]), str(told["file"] or told["sha256"])
    if key not in names:
        number = sum(other[:2] == key[:2] for other in names)
        name = names[key] = f"{key[0]}@{key[1]}" + (f"#{number}" if number else "")
        makers = tuple(Maker(each["who"], each["share"]) for each in told["made_by"])
        data[name] = Data(
            name=name,
            made_by=checked_makers(place, makers),
            rows=whole_rows(f"{place}: rows", told["rows"]),
            born=key[1],
            file=str(told["file"]),
            sha256=str(told["sha256"]),
            sampler=checked_sampler(f"{place}: sampler", told["sampler"]),
        )
    name = names[key]
    count = told.get("used", used.get((key[0], key[1], data[name].rows), data[name].rows))
    weight = share_of(f"{place}: share", told["share"])
    if isinstance(count, bool) or not isinstance(count, int | float) or not count > 0:
        raise Problem(f"{place}: used", f"{count!r:.40} is not a number of rows", "give a number above 0")
    return Part(name, float(count), weight)


def _used(
    told: Mapping[str, Any], last: int, schedules: dict[str, Schedule | None]
) -> dict[tuple[str, int, int], float]:
    """Return the rows used of each batch, as the workflow says, for manifests of versions that did not say it."""
    if all("used" in part for part in told["trained_on"]):
        return {}
    words = repr(told.get("workflow"))
    if words not in schedules:
        try:
            schedules[words] = Workflow.from_dict(told["workflow"]).compile(last)
        except (Problem, KeyError):
            schedules[words] = None
    schedule = schedules[words]
    if schedule is None:
        return {}
    found: dict[tuple[str, int, int], float] = {}
    for b, rows in rows_used(schedule, told["generation"]).items():
        batch = schedule.batches[b]
        found[batch.tag, batch.birth, batch.rows] = rows
    return found


def _workflow_words(table: Any) -> str:
    if not isinstance(table, Mapping):
        return ""
    try:
        return repr(Workflow.from_dict(table)).removeprefix("genloss.workflows.")
    except Problem:
        return str(table.get("kind", ""))


def with_folder(record: Record, top: Path) -> Record:
    """Return a record whose files are told from the folder that was asked about."""
    inner = record.folder.relative_to(top)
    data = {name: replace(each, file=str(inner / each.file) if each.file else "") for name, each in record.data.items()}
    return replace(record, folder=top, data=data)
