"""What inputs and what target does a user's table hold? All rows, some of them, or their moments."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.ordinary import ordinary
from genloss.populations.draw import Array
from genloss.populations.entities import numbered
from genloss.populations.forms import Table, joint_hash
from genloss.populations.tables.choices import Choices, answers_in, ids_among, refused_and_told
from genloss.populations.tables.classes import class_notes, classes_of, target_numbers
from genloss.populations.tables.column import NUMBERS, Column
from genloss.populations.tables.facts import Facts
from genloss.populations.tables.features import Features, equal_to_target, features_of
from genloss.populations.tables.formats import open_source
from genloss.populations.tables.gaps import Gaps
from genloss.populations.tables.like import Coding
from genloss.populations.tables.looks import Entries, Look, looks
from genloss.populations.tables.moments import MomentSums, TableMoments
from genloss.populations.tables.notes import Note
from genloss.populations.tables.numbers import point_words
from genloss.populations.tables.pieces import Progress, codes_of
from genloss.populations.tables.reading import ROLES, Reading, asked_notes, column_of, wanted_columns
from genloss.populations.tables.roles import MOST_HELD, MOST_READ, RoleColumns, role_columns
from genloss.populations.tables.sample import RowSample
from genloss.populations.tables.source import TableSource

_LOOKED_AT = 2000  # rows in which columns are looked for that give the target away, where no rows are asked for


@dataclass(frozen=True, eq=False)
class TableRows:
    """Rows of a user's table, as a model takes them.

    inputs: (rows, features), finite. target: (rows,), finite. names: of the features. numbers: (rows,), which rows
    of the file these are, from 1. used: rows that could be used, of which these may be a sample. read: rows in the
    file, each as often as its weight says. notes: what was left out, encoded and filled. exposure: (rows,), > 0.
    entities: (rows,), 0, 1, ... for what each row is of. Either is None where no column says it. looks: columns that
    look like a role that was not given. classes: the words that are 0 and 1 in the target, () where it holds numbers.
    columns: of the file that became inputs, each once. coding: how they did, for further rows of the same columns.
    """

    inputs: Array
    target: Array
    names: tuple[str, ...]
    target_name: str
    numbers: NDArray[np.int64]
    used: int
    read: int
    notes: tuple[Note, ...]
    exposure: Array | None = None
    entities: NDArray[np.int64] | None = None
    looks: tuple[Look, ...] = ()
    classes: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    coding: Coding | None = None

    def table(self) -> Table:
        """Return features and target as one table, as `from_data.table_pool` takes it."""
        values = np.column_stack([self.inputs, self.target])
        return Table((*self.names, self.target_name), values, self.entities, self.exposure)


def read_rows(
    path: Path,
    reading: Reading,
    *,
    rows: int | None = None,
    rng: np.random.Generator | None = None,
    above: float | None = None,
    clean: bool = False,
    progress: Progress | None = None,
) -> TableRows:
    """Read the rows of a table, or a sample of them drawn without replacement.

    above: what the target is to be cut at; it is not cut here, but columns that give away on which side it is are told.
    clean: whether labels get their noise later; then columns that make up the target together are noted, not refused.

    path: a file of one of `formats.FORMATS`, a folder of Parquet files, a saved Hugging Face data set.
    rows: how many to keep, None for all; `rng` chooses them. Means, words and constants are those of all
    rows. Errors: `Problem` with file, column, row and what to do.
    """
    _check_sample(rows, rng)
    sample = RowSample(rows, rng)
    seen = _seen(path, reading, None, sample, progress, _Labels(above, clean))
    return _rows(seen, sample)


def moments_of_table(path: Path, reading: Reading, *, progress: Progress | None = None) -> TableMoments:
    """Read the moments of a table in one pass, without holding more than some of its rows. See `read_rows`."""
    return scan_table(path, reading, rows=_LOOKED_AT, rng=np.random.default_rng(0), progress=progress)[0]


def scan_table(
    path: Path, reading: Reading, *, rows: int, rng: np.random.Generator, progress: Progress | None = None
) -> tuple[TableMoments, TableRows]:
    """Read the moments of all rows and a sample of `rows` of them, in one pass. See `read_rows`."""
    _check_sample(rows, rng)
    sample = RowSample(rows, rng)
    seen = _seen(path, reading, MomentSums, sample, progress, _Labels())
    if seen.sums is None:
        raise TypeError("no moments were gathered")
    return seen.sums.moments(seen.features, read=seen.read, notes=seen.notes), _rows(seen, sample)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a file, or of the hashes of all files of a folder, as `Loaded` has it."""
    hashes = []
    for one in open_source(path).paths:
        with ordinary(one).open("rb") as file:
            hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
    return joint_hash(hashes)


@dataclass(frozen=True, slots=True)
class _Labels:
    """What becomes of the target: cut above a number, given its noise later."""

    above: float | None = None
    clean: bool = False


@dataclass(frozen=True, eq=False)
class _Seen:
    """What one pass found."""

    features: Features
    columns: list[Column]
    used: int
    read: int
    notes: tuple[Note, ...]
    sums: MomentSums | None
    roles: RoleColumns


def _check_sample(rows: int | None, rng: np.random.Generator | None) -> None:
    if rows is not None and (rows < 0 or rng is None):
        raise Problem("rows", f"{rows} rows {'and no generator' if rng is None else ''}", "give a number and `rng`")


def _rows(seen: _Seen, sample: RowSample) -> TableRows:
    kept, numbers = sample.kept()
    codes, beside = kept[:, : len(seen.columns)], kept[:, len(seen.columns) :]
    entities = seen.roles.part("id", beside)
    return TableRows(
        inputs=seen.features.inputs(codes),
        target=target_numbers(seen.columns[-1], codes[:, -1]),
        names=seen.features.names,
        target_name=seen.columns[-1].name,
        numbers=numbers,
        used=seen.used,
        read=seen.read,
        notes=seen.notes,
        exposure=seen.roles.part("exposure", beside),
        entities=None if entities is None else numbered(entities),
        looks=_looks(seen, codes) if len(codes) else (),
        classes=classes_of(seen.columns[-1]),
        columns=tuple(dict.fromkeys(seen.columns[each.column].name for each in seen.features.features)),
        coding=Coding(seen.features, seen.columns, seen.roles.column("weights")),
    )


def _looks(seen: _Seen, codes: Array) -> tuple[Look, ...]:
    """Which inputs look like a role that was not given, on the rows kept."""
    inputs = [Entries(each.name, codes[:, at], each.kind == NUMBERS) for at, each in enumerate(seen.columns[:-1])]
    return looks(inputs, codes[:, -1], [role for role in ROLES if role not in seen.roles.roles])


def _seen(
    path: Path,
    reading: Reading,
    sums_of: Callable[[list[Column], str], MomentSums] | None,
    sample: RowSample,
    progress: Progress | None,
    labels: _Labels,
) -> _Seen:
    source = open_source(path)
    wanted = wanted_columns(source, reading)
    columns = [column_of(source.names[place], source, reading) for place in wanted]
    facts, gaps, choices = Facts(columns), Gaps(columns, reading), Choices(source.where, columns, commas=source.commas)
    sums = sums_of(columns, source.where) if sums_of else None
    roles = role_columns(source, reading, MOST_HELD if sample.all else MOST_READ)
    for codes, beside, numbers in _rows_of(source, wanted, choices, roles, progress):
        usable = gaps.usable(codes)
        facts.add(codes[usable])
        entities = roles.part("id", beside[usable])
        together = None if entities is None else entities.astype(np.int64)
        sample.add(
            np.column_stack([codes, beside])[usable] if roles.roles else codes[usable], numbers[usable], together
        )
        if sums:
            sums.add(codes[usable])
    choices.settle()
    kept = sample.kept()[0] if facts.rows else np.empty((0, len(columns)))
    aside, given = _settled(choices, facts, gaps, kept, reading, labels, source.where)
    features = features_of(facts, source.where, aside)
    points = point_words(columns)
    written = [
        Note(column.name, words)
        for column in columns
        for words in (*column.words, *(points[name] for name in (column.name,) if name in points))
    ]
    told = (*asked_notes(source, reading), *roles.notes())
    notes = (
        *source.notes,
        *told,
        *class_notes(columns[-1]),
        *given,
        *written,
        *features.notes,
        *gaps.notes(facts.rows),
    )
    return _Seen(features, columns, facts.rows, gaps.read, notes, sums, roles)


def _settled(
    choices: Choices, facts: Facts, gaps: Gaps, codes: Array, reading: Reading, labels: _Labels, where: str
) -> tuple[dict[int, Note], list[Note]]:
    """Raise all that needs a choice, in one problem; return columns left out for they name the rows, and notes."""
    columns, places, missing = choices.columns, choices.known(), gaps.refusal(where)
    found = [missing] if missing else []
    aside: dict[int, Note] = {}
    notes: list[Note] = []
    if places:
        target = target_numbers(columns[-1], codes[:, len(columns) - 1])
        target = target if labels.above is None else (target > labels.above).astype(float)
        aside = ids_among(columns, facts, codes, reading.keep)
        given = answers_in(columns, [place for place in places if place not in aside], codes, target)
        refused, notes = refused_and_told(given, reading.keep, where, len(columns) - 1, clean=labels.clean)
        found += refused or (equal_to_target(facts, where) if labels.above is None and facts.rows else [])
    choices.check(found)
    gaps.check_rows(where, facts.rows)
    return aside, notes


def _rows_of(
    source: TableSource,
    wanted: tuple[int, ...],
    choices: Choices,
    roles: RoleColumns,
    progress: Progress | None,
) -> Iterator[tuple[Array, Array, NDArray[np.int64]]]:
    """Read codes of the columns and of those with a role, with the numbers of the rows: each as often as it counts."""
    count = len(wanted)
    for read, numbers in codes_of(
        source, (*wanted, *roles.places), [*choices.columns, *roles.columns], choices, progress
    ):
        codes, beside = read[:, :count], read[:, count:]
        if not roles.roles:
            yield codes, beside, numbers
            continue
        for chosen, which in roles.expanded(beside, numbers):
            yield codes[chosen], beside[chosen], which
