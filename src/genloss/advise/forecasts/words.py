"""What does a forecast read of what it is given: columns of words, labels of text, columns that name the rows?"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from genloss.advise.forecasts.answer_given import Owned
from genloss.advise.forecasts.gaps import Given
from genloss.doors import COMMAND, Advice, Setting, Words
from genloss.errors import Problem
from genloss.populations.tables import Note, Reading
from genloss.populations.tables.choices import joined
from genloss.populations.tables.column import WORDS
from genloss.populations.tables.frames import FrameRead, in_python, read_frame
from genloss.populations.tables.given_target import GivenTarget, given_target, is_text
from genloss.populations.tables.row_names import is_id


def as_numbers(estimator: Any, given: Given, asked: Mapping[str, Any], own: Owned) -> tuple[Given, tuple[Note, ...]]:
    """Read what was given as the command line reads a file, and say what was done.

    asked: categories, levels, decimal, thousands, strip, missing. An estimator given as a word takes the columns of
    text as the command line does, and leaves out those that name the rows; for one given as an object they are left as
    they are, as scikit-learn does, unless one of the settings says how to read them. Labels of text are read for both;
    two words for an object stay classes. Columns that are no inputs, by the names of their roles, stay.
    """
    word = isinstance(estimator, str | Mapping)
    said = any(value not in (None, ()) for name, value in asked.items() if name not in ("levels", "missing"))
    frame = hasattr(given.X, "iloc") and hasattr(given.X, "dtypes")
    if said and not frame and not is_text(given.y):
        raise Problem("X", f"{type(given.X).__name__}, whose columns have no names", "give a pandas data frame")
    leave = [name for name in given.roles.values() if isinstance(name, str)]
    reading = _reading(asked)
    read = read_frame(given.X, reading, leave) if frame and (said or word) else FrameRead(None, (), ())
    target, problems = _target(given, reading, word=word)
    problems = [*read.problems, *problems]
    if problems:
        raise joined(
            "X" if len({problem.where for problem in problems}) > 1 else problems[0].where, problems, read.likely
        )
    named = _row_names(given.X, read, own, leave) if frame and word else {}
    return _numbers(given, read, target, named, kind=_kind(estimator))


def _kind(estimator: Any) -> str:
    """Return the kind of an estimator given as a word; "object" for others."""
    if isinstance(estimator, Mapping):
        return str(estimator.get("kind"))
    return estimator.split()[0] if isinstance(estimator, str) and estimator.split() else "object"


def _target(given: Given, reading: Reading, *, word: bool) -> tuple[GivenTarget | None, list[Problem]]:
    if given.y is None or not is_text(given.y):
        return None, []
    if not word and len({each for each in np.asarray(given.y).tolist() if isinstance(each, str)}) <= 2:
        return None, []
    try:
        return given_target(given.y, str(getattr(given.y, "name", None) or "y"), reading), []
    except Problem as problem:
        return None, [Problem("y", problem.found, in_python(problem.mend, "y"))]


def _row_names(X: Any, read: FrameRead, own: Owned, leave: Sequence[str]) -> dict[Any, Note]:
    """Return the columns of a data frame that only name its rows, and what is said of leaving them out."""
    found = {}
    for name in X.columns:
        if str(name) in leave or own.of(str(name)) in own.kept:
            continue
        column = read.words.columns.get(str(name)) if read.words else None
        if column is not None and column.kind == WORDS:
            named = len(column.levels) == len(X) and is_id(str(name), np.arange(len(X), dtype=np.float64), words=True)
        else:
            numbers = np.asarray(X[name] if column is None or read.words is None else read.words.of(X[[name]], "X"))
            named = numbers.dtype.kind in "biuf" and is_id(str(name), numbers.astype(float).ravel(), words=False)
        if named:
            keep = Setting("keep", (str(name),))
            said = Advice("left out: it names the rows, each differently (", keep, " keeps it)")
            found[name] = Note(str(name), said)
    return found


def _numbers(
    given: Given, read: FrameRead, target: GivenTarget | None, named: Mapping[Any, Note], *, kind: str
) -> tuple[Given, tuple[Note, ...]]:
    X, y, held_out = given.X, given.y, given.held_out
    pair = isinstance(held_out, tuple | list) and len(held_out) == 2
    alike = pair and list(getattr(held_out[0], "columns", ())) == list(getattr(X, "columns", ()))
    judge, judged = held_out if pair else (X, y)
    notes = [*named.values()]
    if named:
        X = X.drop(columns=list(named))
        judge = judge.drop(columns=list(named)) if alike else judge
    if read.words is not None:
        notes += [note for note in read.words.notes if note.column not in set(map(str, named))]
        X = read.words.of(X, "X")
        judge = read.words.of(judge, "held_out") if alike else judge
    if target is not None and not (target.classes and kind in ("logistic", "object")):
        judged = target.of(judged, "held_out") if pair and is_text(judged) else judged
        y = _like(y, target.numbers)
        notes += target.notes
    return replace(given, X=X, y=y, held_out=(judge, judged) if pair else held_out), tuple(notes)


def _like(y: Any, numbers: Any) -> Any:
    """Return numbers as a series of the same name, where y is one."""
    if not hasattr(y, "index") or not hasattr(y, "name"):
        return numbers
    import pandas as pd

    return pd.Series(numbers, index=y.index, name=y.name)


def of_words(few: Problem, names: Sequence[str]) -> Problem:
    """Say which column's words make most of the inputs where these are too many for the rows."""
    counts = Counter(name.partition("=")[0] for name in names if "=" in name)
    column, count = counts.most_common(1)[0] if counts else ("", 0)
    if 2 * count <= len(names):
        return few
    drop = Setting("drop", (column,)).at(COMMAND)
    leave = Words(f"X.drop(columns={json.dumps([column], ensure_ascii=False)})", drop)
    found = f"{few.found}, most of which are the {count + 1} words of column {column!r}"
    return Problem(few.where, found, Advice("leave it out: ", leave, "; or group its rare words, or ", few.mend))


def _reading(asked: Mapping[str, Any]) -> Reading:
    given: dict[str, Sequence[str] | str | int] = {name: value for name, value in asked.items() if value is not None}
    return Reading("", **given)  # type: ignore[arg-type]
