"""What does a model see of a user's table? Classes, held-out rows, standardized inputs, the steps of a pipeline.

Everything that is learned of the inputs is learned from the rows that generation 0 is fitted to, never from held-out
ones, and kept for all generations.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, clone

from genloss.advise.assumption import Assumption
from genloss.advise.estimators.named import MODELS, bare, called, estimator_named
from genloss.advise.estimators.recognized import CLASSES, OF_WORDS, kind_of, taken_apart
from genloss.advise.forecasts.answer_given import Owned, check_given, check_rows, owned
from genloss.advise.forecasts.roles import Rows, check_exposure, columns_in_question, held_apart, rows_held_out, rows_of
from genloss.advise.forecasts.worlds.protocol import Places
from genloss.doors import Advice, Setting, Words
from genloss.errors import Problem
from genloss.populations.tables.frames import column_names
from genloss.streams import stream

Array = NDArray[np.float64]
Names = tuple[str, ...]

_LARGEST = 1e60  # its fourth power is a number, too
_SMALLEST = 1e-60  # of what a column varies by; the same of its fourth power
_LOGISTIC = Words("LogisticRegression", "--model logistic")
_LISTED = 6  # column names on one line
_FAULTS = (TypeError, ValueError, AttributeError, KeyError, RuntimeError)  # what a user's transformers raise


@dataclass(frozen=True, eq=False)
class Seen:
    """A table as an estimator of some kind is fitted to it.

    estimator: to be refitted. rows (rows, features), labels (rows,) as numbers, or None for a law of the rows alone.
    held_out: rows and labels that judge, or None. names: of the features, () where they have none. words: estimator
    and X as the answer repeats them. shown: rows in the units of the names, not standardized. target: what the labels
    are called; classes: what 0 and 1 stand for. own: columns as the user has them;
    model: what the user calls it. exposure, held_out_exposure: of rows and held-out rows, or None;
    entities: of what each row is, or None. asked: which columns look like something else than inputs.
    later: later rows, (later rows, features), prepared as these are, or None.
    """

    estimator: Any
    kind: str
    rows: Array
    labels: Array | None
    held_out: tuple[Array, Array] | None
    names: Names
    words: tuple[tuple[str, str], ...]
    shown: Array
    target: str
    classes: tuple[str, str]
    own: Owned
    model: str | Words

    exposure: Array | None = None
    held_out_exposure: Array | None = None
    entities: Places | None = None
    asked: tuple[Assumption, ...] = ()
    later: Array | None = None

    @property
    def given(self) -> Any:
        """The estimator as it was given, without what shows it data frames."""
        return self.estimator.estimator if isinstance(self.estimator, WithColumns) else self.estimator

    def named(self, sentence: str) -> str:
        """Write the columns' names behind X in a sentence."""
        return sentence.replace("in X", f"in X ({listed(self.names)})") if self.names else sentence


def seen_of(
    estimator: Any,
    X: Any,
    y: Any,
    *,
    above: float | None,
    held_out: Any,
    seed: int,
    roles: Mapping[str, Any] = MappingProxyType({}),
    own: Owned | None = None,
    words_of: tuple[str, str] | None = None,
) -> Seen:
    """Prepare a table. See `forecast` for the arguments; roles: weights, exposure, id. own: columns as given.

    words_of: what the labels 0 and 1 stand for, where that is known beside them.
    """
    own = own or owned(X, ())
    target = str(getattr(y, "name", None) or "the label")
    X, labels = _as_given(X), None if y is None else np.asarray(y)
    if labels is not None and labels.shape != (len(X),):
        raise Problem("y", f"shape {labels.shape} for {len(X)} rows", "give one label a row")
    given, before_roles = rows_of(X, labels, roles), (X, labels)
    judge = None
    if held_out is not None:
        if labels is None:
            raise Problem("y", "no labels, and held_out needs them", "give y")
        given, judge = _split(given, X, held_out, seed, roles)
    X, labels = given.X, given.y
    word = isinstance(estimator, str | Mapping)
    before, last = (
        (_Standardized(), estimator_named(estimator, features=X.shape[1])) if word else taken_apart(estimator)
    )
    kind = kind_of(last)
    model = called(estimator, last)
    check_exposure(kind, model, given.exposure)
    if kind == "linear":
        _check_clone(last)
    rows, transform, names = _transformed(before, X, last)
    classes: NDArray[Any] | None = None
    numbers = None
    if labels is not None and (kind != "gaussian" or word):
        numbers, classes = label_numbers(kind, _cut(labels, above, kind, "y", model))
    elif labels is not None:
        raise Problem(
            "y",
            "labels are given, and this model describes rows without labels",
            'leave y out, or give the word "gaussian"',
        )
    elif kind != "gaussian":
        raise Problem("y", Advice("no labels, and ", model, " needs them"), "give y")
    noticed: list[Assumption] = []
    if numbers is not None:
        noticed = check_given(X, numbers, kind, own)
        if kind == "linear" and not isinstance(before, _Standardized | None):
            check_rows(rows, numbers, names)
    if kind == "gaussian":
        if judge is not None:
            apart = Setting("held_out")
            raise Problem("estimator", Advice(bare(model), " with ", apart), Advice("leave ", apart, " out"))
        if numbers is not None:  # the target is one more column
            rows, names, numbers = np.column_stack([rows, _standard(numbers)]), (*names, "y") if names else (), None
        _check_constant(rows, names)
    held = None
    if judge is not None:
        assert judge.y is not None
        if before is None or isinstance(before, _Standardized):
            _numbers(judge.X, "held_out", column_names(X))
        inputs = _numbers(transform(judge.X), "held_out", names)
        held = inputs, label_numbers(kind, _cut(judge.y, above, kind, "held_out", model), classes)[0]
    told = f'"{_one_line(estimator)}" on standardized inputs' if word else repr(estimator)
    of = f" ({listed(names)})" if names else ""
    words = [("estimator", told), ("X", f"{len(rows)} rows of {rows.shape[1]} features{of}")]
    words += [] if above is None else [("above", f"{above:g}")]
    shown = before.shown(X) if isinstance(before, _Standardized) else rows
    target = target if above is None else f"{target} above {above:g}"
    known = ("0", "1") if classes is None or classes.size != 2 else (_called(classes[0]), _called(classes[1]))
    words += [(role, each if isinstance(each, str) else "given") for role, each in roles.items() if each is not None]
    return Seen(
        _with_columns(last, names, kind), kind, rows, numbers, held, names, tuple(words), shown, target,
        words_of or known, own, model, given.exposure, None if judge is None else judge.exposure, given.entities,
        (*noticed, *columns_in_question(*before_roles, roles, kind)),
    )  # fmt: skip


def _called(value: Any) -> str:
    """Write one of two classes: "true", "0" or "yes"."""
    if isinstance(value, bool | np.bool_):
        return str(bool(value)).lower()
    return f"{value:.10g}" if isinstance(value, int | float | np.number) else str(value)


def _one_line(word: str | Mapping[str, Any]) -> str:
    if isinstance(word, str):
        return word
    return " ".join([str(word.get("kind")), *(f"{name}={value}" for name, value in word.items() if name != "kind")])


def listed(names: Names) -> str:
    """Write names on one line, the middle of many left out."""
    shown = names if len(names) <= _LISTED else (*names[: _LISTED - 2], "...", names[-1])
    return ", ".join(shown)


def _as_given(X: Any) -> Any:
    """Return a data frame as it is, other tables as an array, (rows, features)."""
    table = X
    if not column_names(X):
        try:
            table = np.asarray(X)
        except ValueError as error:  # rows of unlike length
            raise Problem("X", str(error), "give rows of features, (rows, features)") from error
    if len(table.shape) != 2 or 0 in table.shape:
        raise Problem("X", f"shape {tuple(table.shape)}", "give rows of features, (rows, features)")
    return table


def _split(rows: Rows, X: Any, held_out: Any, seed: int, roles: Mapping[str, Any]) -> tuple[Rows, Rows]:
    """Hold out a share of the rows, or take the pair that was given. X: as it was given."""
    if isinstance(held_out, tuple | list) and len(held_out) == 2:
        judge, judged = _as_given(held_out[0]), np.asarray(held_out[1])
        if judge.shape[1] != X.shape[1] or column_names(judge) != column_names(X):
            found = f"held_out of shape {tuple(judge.shape)} for X of shape {tuple(X.shape)}, or other columns"
            raise Problem("held_out", found, "give rows with the same columns, and their labels")
        if judged.shape != (len(judge),):
            raise Problem("held_out", f"labels of shape {judged.shape} for {len(judge)} rows", "give one label a row")
        return rows, rows_held_out(judge, judged, roles)
    if isinstance(held_out, bool) or not isinstance(held_out, int | float | np.number) or not 0 < held_out <= 0.9:
        raise Problem("held_out", f"{held_out!r:.60}", "give a share of the rows, up to .9, or a pair, rows and labels")
    return held_apart(rows, float(held_out), stream(seed, "forecast", "held out"))


class _Standardized:
    """Columns less their mean, over their deviation; constant ones are 0."""

    def fit(self, X: Any) -> _Standardized:
        rows = _numbers(X, "X", column_names(X))
        self.center, deviation = rows.mean(axis=0), rows.std(axis=0)
        self.scale = np.where(deviation > 0, deviation, 1.0)
        self.names = column_names(X)
        return self

    def transform(self, X: Any) -> Array:
        return np.asarray((self.shown(X) - self.center) / self.scale)

    def shown(self, X: Any) -> Array:
        return _numbers(X, "X", self.names)

    def get_feature_names_out(self) -> Names:
        return self.names


def _standard(values: Array) -> Array:
    deviation = values.std()
    return np.asarray((values - values.mean()) / (deviation if deviation > 0 else 1.0))


def _transformed(before: Any, X: Any, last: Any) -> tuple[Array, Callable[[Any], Any], Names]:
    """Fit what stands before the estimator to the rows, without labels; return rows, how others become such, names."""
    if before is None:
        return _numbers(X, "X", column_names(X)), lambda other: other, column_names(X)
    if isinstance(before, _Standardized):
        fitted = before.fit(X)
        return fitted.transform(X), fitted.transform, fitted.names
    try:
        fitted = clone(before).fit(X)
        out = fitted.transform(X)
    except _FAULTS as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        found = f"the steps before {type(last).__name__} cannot be fitted to X without labels: {first}"
        raise Problem("estimator", found, "give steps that learn from X alone: they are fitted once, to X") from error
    names = column_names(out) or _names_out(fitted, out.shape[1])
    return _numbers(out, "X, after the pipeline's steps", names), fitted.transform, names


def _names_out(fitted: Any, count: int) -> Names:
    try:
        names = tuple(str(name) for name in fitted.get_feature_names_out())
    except (AttributeError, ValueError):  # steps that do not tell, or were given no names
        return ()
    return names if len(names) == count and any(name != f"x{i}" for i, name in enumerate(names)) else ()


def _numbers(X: Any, where: str, names: Names) -> Array:
    """Return a table as finite numbers, or say which column holds what."""
    dense = X.toarray() if not isinstance(X, np.ndarray) and getattr(X, "nnz", None) is not None else X
    try:
        rows = np.ascontiguousarray(dense, dtype=float)  # sums of one order, whatever holds the table
    except (TypeError, ValueError, OverflowError) as error:
        odd = _first_of_words(dense)
        raise _no_numbers(where, *odd, names) if odd else Problem(where, str(error), "give numbers") from error
    if rows.ndim != 2 or not rows.size:
        raise Problem(where, f"shape {rows.shape}", "give rows of features, (rows, features)")
    bad = ~(np.abs(rows) <= _LARGEST)
    if bad.any():
        if np.isnan(rows).any():
            raise _missing(where, np.isnan(rows).sum(axis=0), len(rows), names)
        row, column = (int(place) for place in np.argwhere(bad)[0])
        value, name = rows[row, column], repr(names[column]) if names else str(column)
        if np.isfinite(value):
            raise Problem(where, f"{value:g} in row {row} of column {name}", f"give other units, below {_LARGEST:g}")
        raise Problem(where, f"{value:g} in row {row} of column {name} is not finite", "give finite numbers")
    width = np.ptp(rows, axis=0)
    for column in np.flatnonzero((width > 0) & (width < _SMALLEST))[:1].tolist():
        name = repr(names[column]) if names else str(column)
        found = f"column {name} varies by {width[column]:g}, less than {_SMALLEST:g}"
        raise Problem(where, found, "multiply it, or leave it out")
    return rows


def _missing(where: str, counts: Places, rows: int, names: Names) -> Problem:
    """Say of all columns how many entries are missing."""
    places = np.flatnonzero(counts).tolist()
    told = listed(tuple(f"{repr(names[at]) if names else f'column {at}'} ({counts[at]:,})" for at in places))
    return Problem(where, f"missing entries in {told}, of {rows:,} rows", "fill them in, or leave such rows out")


def _first_of_words(X: Any) -> tuple[Any, int] | None:
    """Return the first entry that is no number, by columns, and its column."""
    entries = np.asarray(X, dtype=object)
    for column in range(entries.shape[1] if entries.ndim == 2 else 0):
        for entry in entries[:, column]:
            try:
                float(entry)
            except (TypeError, ValueError, OverflowError):
                return entry, column
    return None


def _no_numbers(where: str, entry: Any, column: int, names: Names) -> Problem:
    found = f"{entry!r:.40} in column {repr(names[column]) if names else column} is not a number"
    if not names:
        return Problem(where, found, "give numbers, or a data frame, whose columns of words are then read")
    words = Setting("categories", [names[column]])
    return Problem(where, found, Advice("give numbers, say ", words, ", or give a Pipeline that encodes words"))


def _cut(labels: NDArray[Any], above: float | None, kind: str, where: str, model: str | Words) -> NDArray[Any]:
    """Return whether labels are above a number, or the labels."""
    if above is None:
        return labels
    if kind != "logistic":
        found = Advice(f"{above:g} with ", model, ", which does not predict one of two classes")
        raise Problem("above", found, Advice("leave it out, or take ", _LOGISTIC))
    return label_numbers("linear", labels, where=where)[0] > float(above)


def label_numbers(
    kind: str, labels: NDArray[Any], classes: NDArray[Any] | None = None, *, where: str = "y"
) -> tuple[Array, NDArray[Any] | None]:
    """Return labels as numbers, and the two classes of any kind that became 0 and 1, in order, as in scikit-learn."""
    if kind == "logistic":
        classes = np.unique(labels) if classes is None else classes
        if classes.size == 2 and np.isin(labels, classes).all():
            return (labels == classes[1]).astype(float), classes
    try:
        numbers = labels.astype(float)
    except (TypeError, ValueError, OverflowError) as error:
        odd = _first_of_words(labels[:, None])
        found = f"{odd[0]!r:.40} is not a number" if odd else str(error)
        raise Problem(where, found, Advice("give numbers, or two classes to ", _LOGISTIC)) from error
    far = ~(np.abs(numbers) <= _LARGEST)
    if far.any():
        row = int(np.argmax(far))
        said = f"above {_LARGEST:g}" if np.isfinite(numbers[row]) else "not finite"
        raise Problem(where, f"{numbers[row]:g} in row {row} is {said}", "leave such a row out, or give other units")
    if 0 < (width := float(np.ptp(numbers))) < _SMALLEST:
        raise Problem(where, f"varies by {width:g}, less than {_SMALLEST:g}", "give other units: multiply it")
    return numbers, classes


def _check_constant(rows: Array, names: Names) -> None:
    for column in np.flatnonzero(np.ptp(rows, axis=0) == 0)[:1].tolist():
        name = repr(names[column]) if names else column
        raise Problem("X", f"column {name} is constant", "leave it out: gaussian needs columns that vary")


def _check_clone(estimator: Any) -> None:
    try:
        clone(estimator)
    except (TypeError, RuntimeError) as error:
        found = f"{type(estimator).__name__} cannot be copied: {str(error).splitlines()[0]}"
        raise Problem("estimator", found, "let __init__ store its arguments as they are") from error


def _with_columns(estimator: Any, names: Names, kind: str) -> Any:
    """Let a user's own class see data frames, as it was given one; scikit-learn's own see the same numbers."""
    given, known = type(estimator), {*CLASSES, *OF_WORDS}
    own = given.__name__ not in known or not given.__module__.startswith(("sklearn.", "genloss."))
    return WithColumns(estimator, names) if names and own and kind == "linear" else estimator


class WithColumns(BaseEstimator):  # type: ignore[misc]
    """An estimator that is fitted to data frames of these columns where it is given arrays."""

    def __init__(self, estimator: Any, columns: Names) -> None:
        self.estimator = estimator
        self.columns = columns

    def fit(self, X: Array, y: Array, **given: Any) -> WithColumns:
        """Fit a copy."""
        self.fitted_ = clone(self.estimator).fit(self._frame(X), y, **given)
        return self

    def predict(self, X: Array) -> Array:
        """Predict by it."""
        return np.asarray(self.fitted_.predict(self._frame(X)))

    def _frame(self, X: Array) -> Any:
        import pandas as pd

        return pd.DataFrame(X, columns=list(self.columns))


__all__ = ["MODELS", "Seen", "WithColumns", "label_numbers", "listed", "seen_of"]
