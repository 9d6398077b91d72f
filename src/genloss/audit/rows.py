"""Which columns of rows are looked at as numbers, which as words, and which number is a loss?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.audit.options import Options
from genloss.audit.packed import packed, unpacked
from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.populations.own_rows import Columns

Array = NDArray[np.float64]
Words = NDArray[np.object_]

GAP = "{} is missing"
_YES, _NO = "yes", "no"


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows as lenses take them: numbers (rows, n), words (rows, k), losses (rows,) or None; or texts alone."""

    numbers: Array
    words: Words
    losses: Array | None
    texts: list[str] | None = None

    def of(self, kind: str) -> Any:
        """Return what a lens of this kind looks at."""
        return {"numbers": self.numbers, "words": self.words, "loss": self.losses, "texts": self.texts}[kind]


@dataclass(frozen=True, eq=False)
class Layout:
    """Where columns go. numbers, words: their names in order. gaps: columns of numbers of which some are missing among
    real rows; each has a column of words that says so. fills (n,): what stands for a missing number, the mean."""

    numbers: tuple[str, ...]
    words: tuple[str, ...]
    gaps: tuple[str, ...]
    fills: Array
    loss: str | None
    texts: bool = False

    def rows(self, given: Columns | list[str], where: str) -> Rows:
        """Return rows of a generation, or of the reference, in these places."""
        if isinstance(given, list) != self.texts:
            forms = ("texts", "a table") if self.texts else ("a table", "texts")
            raise Problem(where, f"the real rows are {forms[0]}, and these are {forms[1]}", "give rows of one form")
        if isinstance(given, list):
            return Rows(np.empty((len(given), 0)), np.empty((len(given), 0), dtype=object), None, given)
        numbers = _numbers_of(given, self.numbers)
        absent = np.isnan(numbers)
        held = np.where(absent, self.fills, numbers)
        said = [np.where(absent[:, self.numbers.index(name)], _YES, _NO).astype(object) for name in self.gaps]
        words = [_words_of(given, name) for name in self.words]
        columns = [*words, *said]
        none = np.empty((len(given), 0), dtype=object)
        losses = None if self.loss is None else _numbers_of(given, (self.loss,))[:, 0]
        return Rows(held, np.column_stack(columns) if columns else none, losses)

    @property
    def word_names(self) -> tuple[str, ...]:
        """Names of columns of words, those that say what is missing last."""
        return (*self.words, *(GAP.format(name) for name in self.gaps))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        names = {name: list(getattr(self, name)) for name in ("numbers", "words", "gaps")}
        return names | {"fills": packed(self.fills), "loss": self.loss, "texts": self.texts}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Layout:
        """Make it again."""
        numbers, words, gaps = (tuple(data[name]) for name in ("numbers", "words", "gaps"))
        return cls(numbers, words, gaps, unpacked(data["fills"]), data["loss"], bool(data["texts"]))


def layout_of(real: Columns | list[str], options: Options) -> Layout:
    """Decide it by the half of the real rows that fits. Errors: `Problem` for options that name no column."""
    if isinstance(real, list):
        _refuse_unknown((), options)
        return Layout((), (), (), np.empty(0), None, texts=True)
    every = (*real.names, *real.kind_names)
    _refuse_unknown(every, options)
    out = {*options.ignore, *options.expect_shift, options.entity, options.loss}
    sliced = options.slices
    numbers = tuple(name for name in real.names if name not in out and name != sliced)
    words = tuple(name for name in every if name not in out and (name in real.kind_names or name == sliced))
    if not numbers and not words and options.loss is None:
        left_out = Advice(Setting("ignore"), ", ", Setting("expect_shift"))
        raise Problem(left_out, "every column is left out", "leave out fewer columns")
    values = _numbers_of(real, numbers)
    absent = np.isnan(values)
    gaps = tuple(name for name, some in zip(numbers, np.atleast_1d(absent.any(axis=0)), strict=True) if some)
    counts = (~absent).sum(axis=0)
    fills = np.where(absent, 0.0, values).sum(axis=0) / np.maximum(counts, 1)
    return Layout(numbers, words, gaps, fills, options.loss)


def _refuse_unknown(every: Sequence[str], options: Options) -> None:
    """Refuse options that name no column; columns to ignore may be gone already, as a reader of files leaves them."""
    refuse_unknown("expect_shift", options.expect_shift, every)
    refuse_unknown("slices", (options.slices,), every)
    refuse_unknown("loss", (options.loss,), every)


def refuse_unknown(setting: str, names: Sequence[str | None], every: Sequence[str]) -> None:
    """Refuse a setting that names a column which is not among every one. Errors: `Problem`."""
    for name in names:
        if name is not None and name not in every:
            near = get_close_matches(name, every, 1)
            there = f"give one of {', '.join(every[:8])}" if every else "texts have no columns: leave it out"
            mend = f"did you mean {near[0]}?" if near else there
            raise Problem(Advice(Setting(setting)), f"no column {name!r}", mend)


def _numbers_of(given: Columns, names: tuple[str, ...]) -> Array:
    places = {name: place for place, name in enumerate(given.names)}
    for name in names:
        if name not in places:
            where = Advice(Setting("loss")) if len(names) == 1 else "generations"
            raise Problem(where, f"{name!r} is not a column of numbers", "name a column of numbers, or leave it out")
    return np.asarray(given.numbers[:, [places[name] for name in names]])


def _words_of(given: Columns, name: str) -> Words:
    if name in given.kind_names:
        return given.kinds[:, given.kind_names.index(name)]
    return np.array([f"{value:g}" for value in given.numbers[:, given.names.index(name)]], dtype=object)


def refuse_other_columns(rows: Columns | list[str], real: Columns | list[str], where: str) -> None:
    """Refuse rows without a column of the real ones, and columns that hold something else. Errors: `Problem`."""
    if isinstance(rows, list) or isinstance(real, list):
        if isinstance(rows, list) != isinstance(real, list):
            raise Problem(
                where, "some rows are texts, and others a table", "give texts everywhere, or tables everywhere"
            )
        return
    for name in (*real.names, *real.kind_names):
        held, other = ("numbers", "words") if name in real.names else ("words", "numbers")
        if name in (rows.kind_names if held == "numbers" else rows.names):
            raise Problem(where, f"{name} holds {other}, and {held} in the real rows", f"give {held} in both")
        if name not in (*rows.names, *rows.kind_names):
            raise Problem(where, f"no column {name!r}", _nearest(name, (*rows.names, *rows.kind_names)))


def _nearest(name: str, every: tuple[str, ...]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(name, every, 1)
    return f"did you mean {near[0]}? it has {', '.join(every[:8])}" if near else f"it has {', '.join(every[:8])}"
