"""What do the columns of words of a data frame become? 0 and 1 and numbers, as those of a file do."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from genloss.doors import Advice, Mention, Setting
from genloss.errors import Problem, nearest
from genloss.populations.draw import Array
from genloss.populations.tables.choices import joined
from genloss.populations.tables.column import WORDS, Column
from genloss.populations.tables.facts import Facts
from genloss.populations.tables.features import Feature, made_of, words_told
from genloss.populations.tables.notes import Note, listed
from genloss.populations.tables.numbers import NumberReader, likely, point_words
from genloss.populations.tables.reading import Reading
from genloss.populations.tables.values import as_arrow

if TYPE_CHECKING:
    import pandas as pd


def column_names(table: Any) -> tuple[str, ...]:
    """Return the names of a data frame's columns, whatever kind of frame it is; () for what has none."""
    given = getattr(table, "columns", None)
    return () if given is None else tuple(str(name) for name in given)


@dataclass(frozen=True, eq=False, slots=True)
class FrameWords:
    """The columns of a data frame that are read, and the features each became, by the column's name.

    notes: what was done to read them.
    """

    columns: dict[str, Column]
    features: dict[str, tuple[Feature, ...]]
    notes: tuple[Note, ...]

    def of(self, frame: pd.DataFrame, where: str) -> pd.DataFrame:
        """Return a frame of the same columns with those of words replaced. where: what to call it.

        Errors: `Problem` for gaps, and for words that the first frame does not hold.
        """
        import pandas as pd

        parts: dict[str, Any] = {}
        for name in frame.columns:
            if str(name) not in self.columns:
                parts[str(name)] = frame[name]
                continue
            codes = self._codes(self.columns[str(name)], frame[name], where)
            for feature in self.features[str(name)]:
                parts[feature.name] = pd.Series(feature.of(codes[:, None]), index=frame.index)
        return pd.DataFrame(parts, index=frame.index)

    def _codes(self, column: Column, entries: pd.Series[Any], where: str) -> Array:
        known = len(column.levels)
        codes = _codes(column, entries, where)
        if len(column.levels) > known:
            found = f"column {column.name!r} holds {list(column.levels)[known]!r}, which no row of X holds"
            raise Problem(where, found, "leave such rows out, or give X rows that hold it")
        if gaps := int(np.isnan(codes).sum()):
            found = f"missing entries in {gaps:,} of {len(codes):,} rows of column {column.name!r}"
            raise Problem(where, found, "fill them in, or leave such rows out")
        return codes


def frame_words(frame: pd.DataFrame, reading: Reading, leave: Collection[str] = ()) -> FrameWords | None:
    """Read the columns of a data frame as `read_frame` does. Errors: one `Problem` for all that cannot be read."""
    read = read_frame(frame, reading, leave)
    problems = [*read.problems, *([gaps] if (gaps := gaps_told({"X": read.gaps}, len(frame))) else [])]
    if problems:
        raise joined("X", problems, read.likely)
    return read.words


@dataclass(frozen=True, eq=False, slots=True)
class FrameRead:
    """What came of reading a data frame.

    words: None where no column is of words. problems: of columns that cannot be read. gaps: missing entries by column.
    likely: settings that other columns speak for, as `choices.joined` takes them.
    """

    words: FrameWords | None
    problems: tuple[Problem, ...]
    gaps: dict[str, int]
    likely: tuple[Setting, ...]


def read_frame(frame: pd.DataFrame, reading: Reading, leave: Collection[str] = ()) -> FrameRead:
    """Read the columns of a data frame that hold text or that `reading` calls categories.

    reading: its categories, levels, decimal, thousands, strip; target is not looked at. leave: columns to leave as
    they are. The most frequent word of a column is the one that all its features say no to, as in `features_of`.
    """
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise Problem("X", f"{twice!r} names two columns", "give each column its own name")
    for name in reading.categories:
        if name not in names:
            raise Problem("categories", f"there is no column {name!r}", nearest(name, names))
    looked_at = [name for name in frame.columns if str(name) not in leave]
    chosen = [name for name in looked_at if str(name) in reading.categories or _is_text(frame[name])]
    columns, features, notes = dict[str, Column](), dict[str, tuple[Feature, ...]](), list[Note]()
    problems, tried = list[Problem](), list[Column]()
    for name in chosen:
        column = _column(str(name), reading)
        tried.append(column)
        try:
            codes = _codes(column, frame[name], "X")
        except Problem as problem:
            problems.append(problem)
            continue
        facts = Facts([column])
        facts.add(codes[:, None])
        made = made_of(facts, 0)
        columns[column.name], features[column.name] = column, tuple(made)
        notes += [*(Note(column.name, told) for told in column.words), *words_told(facts, 0, made)]
    notes += [Note(name, told) for name, told in point_words(tried).items()]
    counts = {str(name): int(frame[name].isna().sum()) for name in looked_at}
    words = FrameWords(columns, features, tuple(notes)) if chosen else None
    gaps = {name: count for name, count in counts.items() if count}
    return FrameRead(words, tuple(problems), gaps, likely(tried, commas=False))


def gaps_told(gaps: Mapping[str, Mapping[str, int]], rows: int) -> Problem | None:
    """Say of all columns how many entries are missing, with one way out; None where none is.

    gaps: entries by column, under X and under y.
    """
    counted = {(where, name): count for where, of in gaps.items() for name, count in of.items() if count}
    if not counted:
        return None
    ordered = sorted(counted.items(), key=lambda pair: -pair[1])
    (_, most), count = ordered[0]
    told = listed(
        [f"{most!r} ({count:,} of {rows:,} rows)", *(f"{name!r} ({few:,})" for (_, name), few in ordered[1:])]
    )
    where = ", ".join(dict.fromkeys(place for place, _ in counted))
    places = {place for place, _ in counted}
    told_of = ["X.notna().all(axis=1)"] * bool(places - {"y"}) + ["pandas.notna(y)"] * ("y" in places)
    kept = f"kept = {' & '.join(told_of)}"
    mend = f"fill them in, or leave such rows out: {kept}, then X[kept], y[kept]"
    return Problem(where, f"missing entries in {told}", mend)


def _is_text(entries: pd.Series[Any]) -> bool:
    from pandas.api.types import is_numeric_dtype

    if is_numeric_dtype(entries.dtype):  # truth values, too
        return False
    return entries.dtype != object or any(isinstance(entry, str) for entry in entries)


def _column(name: str, reading: Reading) -> Column:
    declared = name in reading.categories
    numbers = NumberReader(reading.asked)
    return Column(name, reading.levels, declared=declared, numbers=numbers, kind=WORDS * declared)


def _codes(column: Column, entries: pd.Series[Any], where: str) -> Array:
    try:
        array = pa.array(entries, from_pandas=True)
    except pa.ArrowException:  # words and numbers mixed
        there = entries.notna().tolist()
        array = as_arrow([entry if known else None for entry, known in zip(entries.tolist(), there, strict=True)])
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    try:
        codes = column.codes(array, where, 0)
        column.refuse_mixed(where)
    except Problem as problem:
        raise Problem(problem.where, problem.found, in_python(problem.mend)) from problem
    return codes


def in_python(mend: str, given: str = "X") -> str:
    """Say what a data frame's owner does where a file has a setting. given: what to call what was given."""
    if not isinstance(mend, Advice):
        return mend
    return Advice(*(_part(part, given) for part in mend.parts))


def _part(part: Any, given: str) -> Any:
    if isinstance(part, Mention):
        replaced = _part(part.setting, given)
        return part if replaced is part.setting else replaced
    if isinstance(part, Setting) and isinstance(part.value, list | tuple):
        if part.name == "drop":
            return f"X.drop(columns={list(part.value)})"
        if part.name == "missing_words":
            return f"{given}.replace({list(part.value)}, None), and fill the gaps" if given == "X" else _EMPTY
    return in_python(part, given) if isinstance(part, Advice) else part


_EMPTY = "None there, and leave such rows out"
