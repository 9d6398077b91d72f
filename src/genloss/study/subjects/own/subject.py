"""Studies of a user's own model: fitted to its own rows as a workflow says, judged by rows that it makes."""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

from threadpoolctl import ThreadpoolController

from genloss.blocks import Draws
from genloss.errors import Problem
from genloss.identity import identity
from genloss.metrics import Measured
from genloss.models.protocol import Among
from genloss.populations.own_rows import columns_of, is_texts, left_out, refuse_still, seen_of, take
from genloss.results.cells import Damage
from genloss.room import refuse_disk, refuse_memory
from genloss.streams import stream
from genloss.study.spec.grid import Cell
from genloss.study.spec.objects import object_of
from genloss.study.spec.scope import Scope
from genloss.study.subjects.own.excerpts import excerpts, first_of, refuse_too_many, split
from genloss.study.subjects.own.files import SeedFolder, spoiled_in
from genloss.study.subjects.own.made_with import made_with
from genloss.study.subjects.own.measuring import by_number, floor, refuse_metrics
from genloss.study.subjects.own.models import check_model, is_trusted, model_of, said_of
from genloss.study.subjects.own.notes import counted
from genloss.study.subjects.own.probing import REPEATS, START, WEIGHTS, weighs
from genloss.study.subjects.own.seed import Seed, run_seed
from genloss.study.subjects.own.verifying import refuse_filters
from genloss.study.subjects.protocol import Group, Notes, OfModel, ReplicateFailed, Subject, no_formula, one_engine
from genloss.study.subjects.schedules import schedule_for
from genloss.study.subjects.words import value_words, workflow_words
from genloss.workflows import Batch, Schedule

_MOST_NAMED = 20
NO_THEORY = "the law of a model of your own is not known"


def _simulate(
    scope: Scope, group: Group, engine: str, draws: Draws, report: tuple[int, ...]
) -> Sequence[Sequence[Measured] | Problem]:
    """Run one seed of all workflows; those that begin with the same rows share the fit of generation 0.

    The rows that judge are the same for all seeds; each seed fits its own draw of the others.
    """
    del engine
    rows, training, held_out = _rows(scope, group)
    order = draws.streams("real", 0).permutation(training)
    seen, bases = seen_of(held_out), dict[str, Any]()
    made = list[Sequence[Measured] | Problem]()
    names = [first_of(schedule_for(scope, cell)) for cell in group]
    again = {name for name in names if names.count(name) > 1}
    models = [model_of(scope, cell.settings["generator"]) for cell in group]
    with _libraries(len(sys.modules)).limit(limits=1, user_api="openmp"):  # counted for each thread that asks
        for cell, first, model in zip(group, names, models, strict=True):
            schedule, settings = schedule_for(scope, cell), cell.settings
            asks = _asks(schedule, settings["generator"]["start"]) if scope.block == 0 else set[str]()
            folder = _folder(scope, cell)
            seed = Seed(
                model=model.among(take(rows, training)) if isinstance(model, Among) else model,
                schedule=schedule,
                start=settings["generator"]["start"],
                real=excerpts(rows, order, schedule),
                held_out=held_out,
                seen=seen,
                random=partial(draws.streams, "chain", 0),
                folder=None if folder is None else SeedFolder(folder, held_out),
                said=_said(scope, cell) | {"made_with": made_with(model)},
                asks=frozenset(asks),
                number=scope.block,
                trusted=scope.trusted,
            )
            share = partial(bases.setdefault, first) if first in again and first not in bases else None
            try:
                made.append(run_seed(seed, report, scope.metrics, bases.get(first), share))
            except ReplicateFailed as failed:  # costs this workflow alone
                made.append(failed.problem)
    return made


@lru_cache(maxsize=1)
def _libraries(modules: int) -> ThreadpoolController:
    """Return the libraries of threads that are loaded, looked for when there are more modules: it takes 10 ms."""
    del modules
    return ThreadpoolController()


def _asks(schedule: Schedule, start: str) -> set[str]:
    """Return what a workflow gives reason to ask a model: each asks, so that manifests do not hang on their order."""
    return {REPEATS} | ({WEIGHTS} if weighs(schedule) else set()) | ({START} if start != "scratch" else set())


def _rows(scope: Scope, group: Group) -> tuple[Any, Any, Any]:
    """Return all rows, the places of those that train, and the rows that judge."""
    population = group[0].settings["population"]
    if population.get("file") and population["sha256"] not in scope.objects:
        mend = "copy the file beside the study; for the command line, GENLOSS_DATA may name its folder"
        raise Problem("population.file", f"{population['file']} is not here", mend)
    rows = object_of(scope.objects, population["sha256"], "population")
    training, judging = split(population, scope.seed)
    return rows, training, take(rows, judging)


def _folder(scope: Scope, cell: Cell) -> Any:
    """Where the generations of the seed at work are kept, or None."""
    if scope.keeps is None:
        return None
    name = "".join(letter if letter.isalnum() or letter in "-_" else "-" for letter in cell.case)[:40]
    return scope.keeps / f"{name or 'all'}-{cell.id}" / f"seed-{scope.block:03d}"


def _spoiled(scope: Scope, cell: Cell) -> Sequence[Damage]:
    """Return the kept files of a cell that are not as they were written, or that were removed."""
    folder = _folder(scope, cell)
    return [] if folder is None else spoiled_in(folder.parent, max(scope.report))


_OF_POPULATION = ("kind", "name", "columns", "rows", "held_out", "sha256")


def _said(scope: Scope, cell: Cell) -> dict[str, Any]:
    """What manifests say of the study."""
    return {
        "case": cell.case,
        "seed": scope.block,
        "study_seed": scope.seed,
        "model": said_of(cell.settings["generator"]),
        "start": cell.settings["generator"]["start"],
        "workflow": dict(cell.settings["workflow"]),
        "population": {key: value for key, value in cell.settings["population"].items() if key in _OF_POPULATION},
    }


def _draw_key(cell: Cell) -> str:
    """Name what changes the draws, so that all models and workflows of one study see the same real rows."""
    return identity({key: cell.settings["population"][key] for key in ("sha256", "held_out")})


def _group_key(cell: Cell) -> str:
    """Name what cells share that are run together: rows and model, not the workflow."""
    return _draw_key(cell) + identity(dict(cell.settings["generator"]))


def _words(case: Mapping[str, Any]) -> str:
    population, generator = case["population"], case["generator"]
    start = {"base": " beginning from the fit of generation 0", "previous": " beginning from the fit before"}
    begin = start.get(generator["start"], "") if isinstance(generator["start"], str) else ""
    return (
        f"{_rows_words(population)}, a share of "
        f"{value_words(population['held_out'])} held out for judging; each generation fits {said_of(generator)}{begin} "
        f"to {workflow_words(case['workflow'], 'drawn')}"
    )


def _rows_words(population: Mapping[str, Any]) -> str:
    """Say which rows train and judge."""
    file, data, columns = population.get("file"), population.get("data"), population["columns"]
    home = f"of {file}" if file else f"of the data set {data}" if data else "given in Python"
    named = _listed(columns.split(", ") if isinstance(columns, str) else columns)
    target = f", and {population['target']} as target" if population.get("target") else ""
    return f"rows {home} ({population['rows']} of them; {named}{target})"


def _listed(columns: Sequence[str]) -> str:
    """Name columns; of many the first ones, and how many more there are."""
    if len(columns) <= _MOST_NAMED:
        return ", ".join(columns)
    return f"{', '.join(columns[:3])} and {len(columns) - 3} columns more"


def _short(case: Mapping[str, Any]) -> str:
    """Name model and rows for the head of a page."""
    population = case["population"]
    rows = population.get("file") or population.get("data")
    return f"{_unwrapped(said_of(case['generator']))} on {population['rows']:,} rows{f' of {rows}' if rows else ''}"


def _unwrapped(model: str) -> str:
    """Name the model of a library as its library does, in a line.

    >>> _unwrapped("Density(estimator=GaussianMixture(n_components=5))"), _unwrapped("Bell()")
    ('GaussianMixture(n_components=5)', 'Bell()')
    """
    inside = re.fullmatch(r"(?:Density\(estimator|Copula\(model)=(.*)\)", " ".join(model.split()))
    return inside[1] if inside else " ".join(model.split())


def _versions(scope: Scope, group: Group) -> Mapping[str, str]:
    """Return versions of the model's packages; none of a model that is not here, or that nobody trusts."""
    generator = group[0].settings["generator"]
    try:
        return made_with(model_of(scope, generator)) if is_trusted(scope, generator) else {}
    except Problem:
        return {}


def _check(scope: Scope, group: Group, workers: int) -> None:
    """Find the objects; refuse metrics that the rows do not have, and workflows that want more than there is room for.

    Every seed at work holds the rows of its batches; where they are kept, all seeds of all workflows are on the disk.
    """
    generator = group[0].settings["generator"]
    if is_trusted(scope, generator):
        model_of(scope, generator)
    rows, training, held_out = _rows(scope, group)
    refuse_metrics(rows, scope.metrics)
    if by_number(scope.metrics):
        refuse_still(seen_of(held_out))
    of_row = _bytes_of_row(rows)
    for cell in group:
        schedule = schedule_for(scope, cell)
        refuse_filters(schedule)
        refuse_too_many(training.size, schedule)
        count = sum(batch.rows for batch in schedule.batches)
        what = f"{count:,} rows of {len(schedule.batches):,} batches"
        refuse_memory("study", workers * count * of_row, what, "give fewer rows or generations", workers)
    if scope.keeps is not None:
        made = sum(batch.rows for cell in group for batch in _made(scope, cell))
        kept = sum(_rows_kept(scope, cell, rows) for cell in group)
        cases = f"{len(group):,} workflow{'s' * (len(group) != 1)}"
        what = f"the generations of {cases} and {scope.replicates:,} seeds, {made:,} rows a seed,"
        what += f" of which {kept:,} are there already," if kept else ""
        refuse_disk(
            scope.keeps,
            (made * scope.replicates - kept) * of_row,
            what,
            "ask for fewer rows, generations or replicates",
        )


def _made(scope: Scope, cell: Cell) -> list[Batch]:
    """Return the batches of rows that fits make."""
    return [batch for batch in schedule_for(scope, cell).batches if not batch.real]


def _rows_kept(scope: Scope, cell: Cell, like: Any) -> int:
    """Return how many rows of all seeds are on the disk already, from a run before."""
    made = _made(scope, cell)
    folders = [_folder(replace(scope, block=number), cell) for number in range(scope.replicates)]
    kept = [SeedFolder(folder, like) for folder in folders if folder.is_dir()]
    return sum(batch.rows for held in kept for batch in made if held.rows_path(batch).is_file())


def _bytes_of_row(rows: Any) -> float:
    """Return the bytes of a row: 8 a number, and those of words and texts as long as these are on average."""
    if is_texts(rows):
        return sum(len(text) for text in rows) / max(1, len(rows))
    columns = columns_of(rows)
    return 8.0 * len(columns.names) + sum(map(len, columns.kinds.ravel().tolist())) / max(1, len(columns))


def _beside(scope: Scope, group: Group) -> dict[str, list[float]]:
    """Measure the real rows that each seed was fitted to beside the held-out ones."""
    rows, training, held_out = _rows(scope, group)
    seen, found = seen_of(held_out), dict[str, list[float]]()
    for number in range(scope.replicates):
        order = stream(scope.seed, _draw_key(group[0]), number, "real", 0).permutation(training)
        for name, value in floor(take(rows, order[: len(seen)]), held_out, seen, scope.metrics).items():
            found.setdefault(name, []).append(value)
    return found


def _found_out(scope: Scope, group: Group, heard: Sequence[Notes]) -> list[str]:
    """Say what fits said of themselves, and what a run found out about the model."""
    told = _without_control(scope, group)
    told += left_out(seen_of(_rows(scope, group)[2])) if by_number(scope.metrics) else []
    if scope.keeps is None:
        return told + counted(said_of(group[0].settings["generator"]), heard)
    kept = [SeedFolder(_folder(replace(scope, block=n), cell), None) for cell in group for n in range(scope.replicates)]
    manifests = [manifest for folder in kept for g in scope.report if (manifest := folder.manifest(g)) is not None]
    notes = [tuple((what, mend) for what, mend in manifest.get("notes", ())) for manifest in manifests]
    firsts = [manifest for folder in kept if (manifest := folder.manifest(0)) is not None]
    of_model = tuple(OfModel(*each) for manifest in firsts for each in manifest.get("found_out", ()))
    model = said_of(group[0].settings["generator"])
    return told + counted(model, [of_model]) + counted(model, notes)


def _without_control(scope: Scope, group: Group) -> list[str]:
    """Say that training further and training on own rows are not told apart where no case has real rows alone."""
    generator = group[0].settings["generator"]
    real_alone = any(all(batch.real for batch in schedule_for(scope, cell).batches) for cell in group)
    if generator["start"] != "previous" or real_alone or max(scope.report) == 0:
        return []
    return [
        f"{said_of(generator)} goes on from the fit before, and no case does so on real rows alone: what further "
        f"training does and what its own rows do are not told apart; add a case with workflow = {_CONTROL}"
    ]


_CONTROL = '{emit = [{tag = "real", from = "real", rows = 100, at = "start"}], train = [{select = {tag = "real"}}]}'


OWN = Subject(
    name="samples",
    engines=lambda: ("loop",),
    choose=one_engine("loop", "runs no model of your own"),
    check=_check,
    predict=no_formula(NO_THEORY),
    simulate=_simulate,
    words=_words,
    draw_key=_draw_key,
    group_key=_group_key,
    block=1,
    across_cases=True,
    paired=True,
    alone=True,
    beside=_beside,
    said=_found_out,
    short=_short,
    versions=_versions,
    spoiled=_spoiled,
    check_model=check_model,
)
