"""How is an entry computed that is no study? Its parts are drawn block by block, kept, and judged as a study's rows."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from genloss.errors import warn_damaged
from genloss.identity import identity
from genloss.reproductions.computed.part import Array, Draw, Figure, Part
from genloss.reproductions.computed.table import FIGURES
from genloss.reproductions.entries import Entry
from genloss.reproductions.of_study import Computed, Progress
from genloss.reproductions.published import PublishedClaim, published_claims
from genloss.results import Row
from genloss.results.cells import Damage, Store, StoredCell
from genloss.streams import BLOCK, stream
from genloss.study.claims.claim import Claim, resolve_claims
from genloss.study.claims.places import Check, placed_claims
from genloss.study.language.source import Source
from genloss.study.spec.grid import Cell, Grid
from genloss.version import __version__

SEED = 130
"""The seed of what is drawn here, where none is given."""
QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
"""What is told of many replicates beside their mean."""
FORM = 1
"""Part of the name of what is kept: another number where draws change, so that nothing old is read."""


class PartCell(Cell):
    """A place of a figure that is no study, known by its case and axes."""

    @cached_property
    def id(self) -> str:
        """Identity of the place."""
        return identity({"case": self.case, "axes": dict(self.axes)})


@dataclass(frozen=True)
class Claimed:
    """The claims of a figure that is no study, each with the places where it is checked."""

    claims: Sequence[tuple[Claim, Sequence[Check]]]


@dataclass(frozen=True)
class _Asked:
    """What is asked of the parts of an entry, and where what is drawn is kept."""

    entry: Entry
    figure: Figure
    settings: Mapping[str, Any]
    replicates: int
    seed: int
    store: Store | None


def placed(entry: Entry, size: str) -> tuple[list[Part], Claimed, list[PublishedClaim]]:
    """Return the parts of an entry at a size, and its claims with the places where each is checked."""
    figure, told = FIGURES[entry.computed], published_claims(entry)
    parts = figure.parts(_settings(entry, size))
    claims = resolve_claims([dict(each.keys) for each in told], [figure.metric], Source(entry.name))
    return parts, Claimed(placed_claims(claims, _grid(parts), figure.metric, Source(entry.name))), told


def _settings(entry: Entry, size: str) -> dict[str, Any]:
    return {key: value for key, value in {**(entry.settings or {}), **entry.sizes[size]}.items() if key != "replicates"}


def computed_by_parts(
    entry: Entry, size: str, *, seed: int | None = None, out: Path | None = None, progress: Progress | None = None
) -> Computed:
    """Draw the parts of an entry and predict them. out: a folder that keeps what is drawn, under cells."""
    parts, claimed, told = placed(entry, size)
    replicates, store = int(entry.sizes[size].get("replicates", BLOCK)), None if out is None else Store(out / "cells")
    drawn_with = SEED if seed is None else seed
    asked = _Asked(entry, FIGURES[entry.computed], _settings(entry, size), replicates, drawn_with, store)
    rows: list[Row] = []
    for done, part in enumerate(parts, 1):
        rows += _rows(asked, part)
        if progress is not None:
            progress(done, len(parts))
    drawn = any(part.draw for part in parts)
    said = f"{replicates} replicates, seed {drawn_with}" if drawn else "nothing is drawn"
    return Computed(claimed, tuple(rows), tuple(told), f"{entry.computed}: {said}")


def _cell(case: str, axes: Mapping[str, Any]) -> PartCell:
    return PartCell(case, axes, {}, {})


def _grid(parts: Sequence[Part]) -> Grid:
    """Return the places of the parts as a grid, on which claims are placed."""
    places = list(
        {(case, tuple(part.axes.items())): (case, part.axes) for part in parts for case in part.cases}.values()
    )
    axes = {case: list(named) for case, named in places}
    report = tuple(sorted({g for part in parts for g in part.generations}))
    return Grid(tuple(_cell(case, named) for case, named in places), axes, report)


def _rows(asked: _Asked, part: Part) -> Iterator[Row]:
    """Return the rows of a part: those of theory, of what is known, of what is drawn, and of functions of that."""
    for g, told in part.theory.items():
        error = {"status": told.status, "allowance": told.allowance, "engine": told.formula}
        yield _row(asked, part, part.case, g, told.value, 0.0, **error)
    for g, value in part.known.items():
        yield _row(
            asked, part, part.case, g, value, 0.0, replicates=1, method="simulation", engine=asked.entry.computed
        )
    if part.draw is not None:
        values = _drawn(asked, part, part.draw)
        for case, function in {part.case: _same, **part.also}.items():
            for g, each in zip(part.generations, function(values), strict=True):
                yield _row(asked, part, case, g, **_told(each), method="simulation", engine=asked.entry.computed)


def _row(asked: _Asked, part: Part, case: str, g: int, value: float, standard_error: float, **more: Any) -> Row:
    cell, figure = _cell(case, part.axes), asked.figure
    place = (asked.entry.name, cell.id, case, part.axes, g, figure.metric, figure.unit)
    return Row(*place, value, standard_error, **{"version": __version__, **more})


def _same(values: Array) -> Array:
    return values


def _told(values: Array) -> dict[str, Any]:
    """Return mean, standard error and quantiles of replicates; some may be infinite, where a fit does not exist."""
    whole = bool(np.isfinite(values).all())
    error = float(values.std(ddof=1) / np.sqrt(values.size)) if whole and values.size > 1 else float("nan")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of infinity less infinity, between two infinite values
        levels = dict(zip(map(str, QUANTILES), np.quantile(values, QUANTILES).tolist(), strict=True))
    kept = {level: value for level, value in levels.items() if isfinite(value)}
    return {
        "value": float(values.mean()), "standard_error": error, "quantiles": kept, "replicates": int(values.size)
    }  # fmt: skip


def _drawn(asked: _Asked, part: Part, draw: Draw) -> Array:
    """Return values of (generations, replicates): what is kept, and the blocks that are missing."""
    describes = {
        "figure": asked.entry.computed, "settings": _plain(asked.settings), "case": part.case, "axes": dict(part.axes),
        "generations": list(part.generations), "seed": asked.seed, "form": FORM,
    }  # fmt: skip
    name, store = identity(describes), asked.store
    kept = _kept(store, name) or StoredCell(name, describes)
    places = [(asked.figure.metric, g) for g in part.generations]
    have = min(len(kept.values.get(place, ())) for place in places) // BLOCK
    new = [
        draw(stream(asked.seed, "reproduce", asked.entry.computed, name, block), BLOCK)
        for block in range(have, -(-asked.replicates // BLOCK))
    ]
    if new:
        more = np.concatenate(new, axis=1).tolist()
        kept = kept.extended(dict(zip(places, more, strict=True)), have * BLOCK)
        if store is not None:
            store.write(kept)
    return np.array([kept.values[place][: asked.replicates] for place in places])


def _kept(store: Store | None, name: str) -> StoredCell | None:
    """Return what is kept of a part; what is damaged is computed again, with a note."""
    found = None if store is None else store.look(name)
    if isinstance(found, Damage):
        warn_damaged(found.path, f"{found.found}; it is computed again")
        return None
    return found


def _plain(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return what of the settings determines draws: what was published does not."""
    return {key: value for key, value in settings.items() if key != "published"}
