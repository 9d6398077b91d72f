"""One seed of one workflow: the chain, from where it was stopped; what is measured and written down of each fit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from genloss.code.trusted import NONE, Trusted
from genloss.errors import Problem
from genloss.metrics import Measured
from genloss.models.protocol import Fitted, HasNotes, Model
from genloss.populations.own_rows import Seen, made_alike, sha256_of, to_bytes
from genloss.results.files import NotWritten
from genloss.simulation.chain import chain
from genloss.simulation.filtered import rows_left
from genloss.simulation.kept import made
from genloss.simulation.layouts import Single
from genloss.study.subjects.own.files import SeedFolder
from genloss.study.subjects.own.measuring import measured
from genloss.study.subjects.own.probing import Probed, probed
from genloss.study.subjects.own.verifying import judge_of
from genloss.study.subjects.protocol import OfModel, ReplicateFailed
from genloss.version import __version__
from genloss.workflows import TRUTH, Batch, Schedule
from genloss.workflows.explain import rows_used

Random = Callable[..., np.random.Generator]
_LONGEST = 300  # characters of an error that is shown


@dataclass(frozen=True, eq=False)
class Seed:
    """What one seed of one workflow needs.

    real: its real rows by batch. seen: the held-out rows as metrics see them. random: generators by purpose. folder:
    where its generations are kept, or None. said: what manifests tell of the study. asks: what is asked of the
    model itself at generation 0, see `probing`. number: of the seed, from 0. trusted: code of filters that may be
    executed.
    """

    model: Model[Any]
    schedule: Schedule
    start: str
    real: Mapping[tuple[int, str, int], Any]
    held_out: Any
    seen: Seen
    random: Random
    folder: SeedFolder | None
    said: Mapping[str, Any]
    asks: frozenset[str] = frozenset()
    number: int = 0
    trusted: Trusted = NONE

    @cached_property
    def sums(self) -> Mapping[tuple[int, str, int], str]:
        """The SHA-256 of every batch of real rows."""
        return {key: sha256_of(to_bytes(rows)) for key, rows in self.real.items()}


def run_seed(
    seed: Seed,
    report: Sequence[int],
    metrics: Sequence[str],
    first: Fitted[Any] | None = None,
    share: Callable[[Fitted[Any]], None] | None = None,
) -> list[Measured]:
    """Return what was measured of the generations reported.

    first, share: the fit of generation 0, from an earlier workflow or for later ones.
    """
    found: list[Measured] = []
    of_model: list[OfModel] = []
    bases: dict[int, Fitted[Any]] = {}
    fits = chain(
        seed.model,
        lambda batch: seed.real[batch.key],
        seed.schedule,
        layout=Single(),
        random=seed.random,
        start=seed.start,
        last=max(report),
        keep=seed.folder,
        first=first,
        share=share,
        alike=lambda rows, count: made_alike(rows, seed.held_out, count, seen=seed.seen),
        judge=judge_of(seed.trusted),
    )
    for g in range(max(report) + 1):
        with _told(seed, g):
            fit = next(fits)
            base = bases.setdefault(g % seed.schedule.lines, fit)
            values = _values(seed, g, fit, metrics if g in report else (), base)
            of_model += [note for note in values.notes if isinstance(note, OfModel)]
            if g in report:
                found.append(values)
    if found and 0 not in report:  # what was found out there is told with the first generation that is measured
        found[0] = replace(found[0], notes=(*of_model, *found[0].notes))
    return found


@contextmanager
def _told(seed: Seed, g: int) -> Iterator[None]:
    """Say in which workflow, at which seed and generation a model failed."""
    case = f"{seed.said['case']}, " if seed.said.get("case") else ""
    where = f"generator: {case}seed {seed.number}, {seed.schedule.fit_words(g)}"
    try:
        yield
    except NotWritten:
        raise
    except Problem as problem:
        place = where if problem.where == "generator" else f"{where}: {problem.where}"
        raise ReplicateFailed(Problem(place, *_after_filter(problem, problem.found, problem.mend))) from problem
    except (Exception, SystemExit) as error:  # no model ends the program of the others
        found = f"{type(error).__name__}: {' '.join(str(error).split())[:_LONGEST]}"
        mend = f"run the model on these rows alone; {type(seed.model).__name__} itself raised this"
        raise ReplicateFailed(Problem(where, *_after_filter(error, found, mend))) from error


def _after_filter(error: BaseException, found: str, mend: str) -> tuple[str, str]:
    """Return what is said of an error, and what of the filter that had left few rows."""
    left = rows_left(error)
    if not left:
        return found, mend
    return f"{left}; {found}", f"keep more rows or draw more, if they are too few; else {mend}"


def _values(seed: Seed, g: int, fit: Fitted[Any], metrics: Sequence[str], base: Fitted[Any] | None) -> Measured:
    """Measure a fit, or read what was measured before. base: the fit of generation 0 of the same lineage."""
    old = seed.folder.manifest(g) if seed.folder is not None else None
    trained_on = [] if seed.folder is None else _trained_on(seed, seed.folder, g)
    known: dict[str, float] = {}
    notes: tuple[tuple[str, str], ...] = ()
    alike = old is not None and _same_parts(old.get("trained_on"), trained_on)
    if old is not None and alike:
        known = {name: float(value) for name, value in old["values"].items()}
        notes = tuple((what, mend) for what, mend in old.get("notes", ()))
    missing = [name for name in metrics if name not in known]
    if missing:
        whole = made(fit)
        known |= measured(whole, seed.held_out, seed.seen, missing, seed.random("judged", g), lambda: made(base))
        notes = tuple((note.what, note.mend) for note in whole.notes) if isinstance(whole, HasNotes) else ()
    renewed = bool(missing) or not alike
    found = _probed(seed, fit) if renewed and g == 0 else Probed()
    if seed.folder is not None and renewed:
        said = {
            "values": {name: _plain(value) for name, value in known.items()},
            "repeats_itself": found.repeats,
            "found_out": found.found,
            "notes": notes,
        }
        seed.folder.keep_manifest(
            g, {**seed.said, **_lineage(seed.schedule, g), "trained_on": trained_on, "version": __version__, **said}
        )
    return Measured({name: np.array([known[name]]) for name in metrics}, notes + found.found)


def _lineage(schedule: Schedule, fit: int) -> dict[str, Any]:
    """Say which lineage a fit is of, and in which of its generations, where there are several."""
    if not schedule.lineages:
        return {}
    generation, lineage = divmod(fit, schedule.lines)
    return {"lineage": schedule.lineages[lineage], "generation_of_lineage": generation}


def _same_parts(old: Any, new: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a manifest says the same rows, as far as its version says of them."""
    if not isinstance(old, list) or len(old) != len(new):
        return False
    return all(
        each == {key: value for key, value in part.items() if key in each} for each, part in zip(old, new, strict=True)
    )


def _plain(value: float) -> float | str:
    return value if np.isfinite(value) else str(value)


def _trained_on(seed: Seed, folder: SeedFolder, g: int) -> list[dict[str, Any]]:
    """Say which rows a generation was trained on, who made them, and with which share of the loss."""
    told, used = [], rows_used(seed.schedule, g)
    for b, share in sorted(seed.schedule.shares(g).items()):
        batch = seed.schedule.batches[b]
        sha256 = seed.sums[batch.key] if batch.real else folder.sum_of(batch)
        file = "" if batch.real else folder.rows_path(batch).name
        told.append(
            {
                "tag": batch.tag,
                "born": batch.birth,
                "rows": batch.rows,
                "used": used[b],
                "share": round(share, 12),
                "made_by": [{"who": _maker(origin), "share": part} for origin, part in batch.origins],
                "file": file,
                "sha256": sha256,
                "sampler": {} if batch.sampler is None else batch.sampler.given(),
            }
        )
    return told


def _maker(origin: int) -> str:
    return "real" if origin == TRUTH else f"generation {origin}"


def _probed(seed: Seed, fit: Fitted[Any]) -> Probed:
    """Ask what shall be asked of the model itself, by its fit of generation 0."""
    if not seed.asks:
        return Probed()

    def real(batch: Batch) -> Any:
        return seed.real[batch.key]

    def again() -> Fitted[Any]:
        return next(
            chain(
                seed.model,
                real,
                seed.schedule,
                layout=Single(),
                random=seed.random,
                last=0,
                judge=judge_of(seed.trusted),
            )
        )

    return probed(seed.asks, seed.model, next(iter(seed.real.values())), seed.random, made(fit), again)
