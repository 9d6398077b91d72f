"""What do the columns of words of a data frame become? 0 and 1 and numbers, as those of a file do."""

from __future__ import annotations

from collections.abc import Collection
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
from genloss.populations.tables.features import Feature, filled_told, made_of, words_told
from genloss.populations.tables.notes import Note
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

    notes: what was done to read them. filled: whether gaps are filled with means and shares of the first frame.
    """

    columns: dict[str, Column]
    features: dict[str, tuple[Feature, ...]]
    notes: tuple[Note, ...]
    filled: bool = False

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
        codes = _codes(column, entries, where, filled=self.filled)
        if len(column.levels) > known:
            found = f"column {column.name!r} holds {list(column.levels)[known]!r}, which no row of X holds"
            raise Problem(where, found, "leave such rows out, or give X rows that hold it")
        return codes


def frame_words(frame: pd.DataFrame, reading: Reading, leave: Collection[str] = ()) -> FrameWords | None:
    """Read the columns of a data frame as `read_frame` does. Errors: one `Problem` for all that cannot be read."""
    read = read_frame(frame, reading, leave)
    if read.problems:
        raise joined("X", read.problems, read.likely)
    return read.words


@dataclass(frozen=True, eq=False, slots=True)
class FrameRead:
    """What came of reading a data frame.

    words: None where no column is of words. problems: of columns that cannot be read.
    likely: settings that other columns speak for, as `choices.joined` takes them.
    """

    words: FrameWords | None
    problems: tuple[Problem, ...]
    likely: tuple[Setting, ...]


def read_frame(frame: pd.DataFrame, reading: Reading, leave: Collection[str] = ()) -> FrameRead:
    """Read the columns of a data frame that hold text or that `reading` calls categories.

    reading: its categories, levels, decimal, thousands, strip, and missing, of which "mean" fills gaps and others
    refuse them; target is not looked at. leave: columns to leave as
    they are. The most frequent word of a column is the one that all its features say no to, as in `features_of`.
    """
    names = [str(name) for name in frame.columns]
    if len(set(names)) < len(names):
        twice = next(name for place, name in enumerate(names) if name in names[:place])
        raise Problem("X", f"{twice!r} names two columns", "give each column its own name")
    for name in reading.categories:
        if name not in names:
            raise Problem("categories", f"there is no column {name!r}", nearest(name, names))
    chosen = [
        name
        for name in frame.columns
        if str(name) not in leave and (str(name) in reading.categories or is_text(frame[name]))
    ]
    columns, features, notes = dict[str, Column](), dict[str, tuple[Feature, ...]](), list[Note]()
    problems, tried, filled = list[Problem](), list[Column](), reading.missing == "mean"
    for name in chosen:
        column = _column(str(name), reading)
        tried.append(column)
        try:
            codes = _codes(column, frame[name], "X", filled=filled)
        except Problem as problem:
            problems.append(problem)
            continue
        facts = Facts([column])
        facts.add(codes[:, None])
        made = made_of(facts, 0)
        columns[column.name], features[column.name] = column, tuple(made)
        notes += [*(Note(column.name, told) for told in column.words), *words_told(facts, 0, made)]
        notes += filled_told(facts, 0, made)
    notes += [Note(name, told) for name, told in point_words(tried).items()]
    words = FrameWords(columns, features, tuple(notes), filled) if chosen else None
    return FrameRead(words, tuple(problems), likely(tried, commas=False))


def is_text(entries: pd.Series[Any]) -> bool:
    """Whether a column of a data frame holds words, or numbers written as such."""
    from pandas.api.types import is_numeric_dtype

    if is_numeric_dtype(entries.dtype):  # truth values, too
        return False
    return entries.dtype != object or any(isinstance(entry, str) for entry in entries)


def _column(name: str, reading: Reading) -> Column:
    declared = name in reading.categories
    numbers = NumberReader(reading.asked)
    return Column(name, reading.levels, declared=declared, numbers=numbers, kind=WORDS * declared)


def _codes(column: Column, entries: pd.Series[Any], where: str, *, filled: bool) -> Array:
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
    gaps = np.isnan(codes)
    if gaps.any() and not filled:
        found = f"missing entries in {int(gaps.sum()):,} of {len(codes):,} rows of column {column.name!r}"
        raise Problem(where, found, "fill them in, or leave such rows out")
    return codes


def in_python(mend: str, given: str = "X") -> str:
    """Say what a data frame's owner does where a file has a setting. given: what to call what was given.

    Where leaving the column out comes first, which is no setting here, the others are mentioned and not proposed.
    """
    if not isinstance(mend, Advice):
        return mend
    parts = [_part(part, given) for part in mend.parts]
    if [setting.name for setting in mend.settings()[:1]] == ["drop"]:
        parts = [Mention(part) if isinstance(part, Setting) and part.value is not None else part for part in parts]
    return Advice(*parts)


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
