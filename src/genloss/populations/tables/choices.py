"""What must a user choose before a table can be read? All columns that need it are told in one error."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from genloss.doors import PASTED, Advice, Again, Setting, merged
from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.tables.classes import check_classes
from genloss.populations.tables.column import WORDS, Column
from genloss.populations.tables.facts import Facts
from genloss.populations.tables.given_away import EXACT, SEEN, Entries, Given, given_away
from genloss.populations.tables.notes import Note
from genloss.populations.tables.numbers import likely, refuse_points_beside_commas
from genloss.populations.tables.row_names import is_id


def joined(where: str, problems: Sequence[Problem], likely: Sequence[Setting] = ()) -> Problem:
    """Return one problem for all: what each found, and the request with what settles them.

    The first setting in the mend of each that is `likely` is what settles it, else the first; one without a setting is
    left to the user.
    """
    settings = [_choice(_settings(problem.mend), likely) for problem in problems]
    together = merged(setting for first in settings for setting in first)
    if len(problems) == 1:
        (only,) = problems
        mend = Advice(only.mend, Again(together, PASTED)) if together else only.mend
        return Problem(only.where, only.found, mend)
    one = problems[0].mend if len({problem.mend for problem in problems}) == 1 else ""
    lines = [_line(problem, where, problem.mend != one) for problem in problems]
    found = Advice(f"{len(problems)} things need a choice", *lines)
    if not together:
        return Problem(where, found, one or "change each of them in the table itself")
    rest = "for all of them" if all(settings) else "settle in the table what no setting settles; for the others"
    return Problem(where, found, Advice(rest, ": ", Again(together)))


def _line(problem: Problem, where: str, mended: bool) -> Advice:
    place = f"{problem.where}: " * (problem.where != where)
    return Advice("\n  ", place, problem.found, *((": ", problem.mend) if mended else ()))


def _choice(settings: Sequence[Setting], likely: Sequence[Setting]) -> Sequence[Setting]:
    return [setting for setting in settings if setting in likely][:1] or settings[:1]


def _settings(text: str) -> tuple[Setting, ...]:
    return text.settings() if isinstance(text, Advice) else ()


class Choices:
    """Gathers what columns cannot be read without, while their rows go by: a column that is refused is not looked at.

    It changes as rows come, as `Column` does. commas: whether decimals likely have commas, as where semicolons part
    values. settled: whether an earlier file settled how columns are read, so that only entries can be at fault.
    """

    def __init__(self, where: str, columns: list[Column], *, commas: bool = False, settled: bool = False) -> None:
        self._where = where
        self._commas = commas
        self._settled = settled
        self.columns = columns
        self._refused: dict[str, Problem] = {}

    def codes(self, column: Column, array: Any, where: str, first_row: int) -> Array:
        """Return the entries of a piece as `Column.codes` does; of a refused column, zeros."""
        if column.name not in self._refused:
            try:
                return column.codes(array, where, first_row)
            except Problem as problem:
                if self._settled:
                    held = f"the first file holds {column.kind} in this column"
                    raise Problem(
                        problem.where, problem.found, f"correct such entries, or leave their rows out: {held}"
                    ) from problem
                if not any(column is each for each in self.columns):  # one with a role settles what other rows are
                    raise Problem(
                        problem.where, problem.found, "correct such entries, or name another column"
                    ) from problem
                self._refused[column.name] = problem
        return np.zeros(len(array))

    def settle(self) -> None:
        """Refuse what can be told of whole columns only."""
        for column in self.columns:
            if column.name not in self._refused:
                self._try(column, lambda column=column: column.refuse_mixed(self._where))  # type: ignore[misc]
        read = [column for column in self.columns if column.name not in self._refused]
        self._try(self.columns[-1], lambda: refuse_points_beside_commas(read, self._where))
        if self.columns[-1].name not in self._refused:
            self._try(self.columns[-1], lambda: check_classes(self.columns[-1], self._where))

    def _try(self, column: Column, check: Callable[[], None]) -> None:
        try:
            check()
        except Problem as problem:
            self._refused[column.name] = problem

    def check(self, more: Sequence[Problem]) -> None:
        """Raise what was gathered, in the order of the columns, and more."""
        found = [self._refused[column.name] for column in self.columns if column.name in self._refused]
        if found or more:
            raise joined(self._where, [*found, *more], likely(self.columns, commas=self._commas))

    def known(self) -> list[int]:
        """Return the places of columns that can be looked at, none where the target cannot."""
        if self.columns[-1].name in self._refused:
            return []
        return [place for place, column in enumerate(self.columns[:-1]) if column.name not in self._refused]


def answers_in(columns: Sequence[Column], places: Sequence[int], codes: Array, target: Array) -> list[Given]:
    """Return what columns at these places of codes (rows, columns) give the target (rows,) away for certain."""
    if len(codes) < 4:
        return []
    alone = [Entries(columns[at].name, codes[:, at], tuple(columns[at].levels)) for at in places]
    words = [each for each in alone if each.words]
    coded = [Entries(each.name, (each.values == level) + 0.0) for each in words for level in range(1, len(each.words))]
    return [given for given in given_away(alone, target, coded) if given.strength != SEEN]


def refused_and_told(
    found: Sequence[Given], kept: Sequence[str], where: str, others: int, *, clean: bool
) -> tuple[list[Problem], list[Note]]:
    """Return what is refused of columns that give the target away, and what is only noted.

    kept: by the user. others: columns beside the target. clean: whether labels get their noise later, so that a target
    without any is no fault.
    """
    left = others - len({name for given in found for name in given.columns})
    asked = [given for given in found if given.strength == EXACT or not set(given.columns) <= set(kept)]
    refused, told = ([], asked) if clean else (asked, [])
    drop = [Advice(given.words, "; to leave out: ", Setting("drop", given.columns)) for given in told]
    return [_refusal(given, where, left) for given in refused], [Note("", words) for words in drop]


def _refusal(given: Given, where: str, others: int) -> Problem:
    names = given.columns if others or len(given.columns) == 1 else given.columns[-1:]
    what = "it" if len(given.columns) == 1 else "those that were made from the target"
    leave = Advice(f"leave {what} out (", Setting("drop", names), ")")
    if given.strength == EXACT:
        return Problem(where, given.words, leave)
    keep = Advice(leave, ", or, if it belongs there, keep it (", Setting("keep", given.columns), ")")
    return Problem(where, given.words, keep)


def ids_among(columns: Sequence[Column], facts: Facts, codes: Array, kept: Sequence[str]) -> dict[int, Note]:
    """Return the columns that only name their rows, with what is said of leaving them out. codes: (rows, columns)."""
    found = {}
    for place, column in enumerate(columns[:-1]):
        if column.name in kept or facts.present[place] < facts.rows:
            continue
        words = column.kind == WORDS
        if words and facts.counts[place].size and facts.counts[place].max() > 1:
            continue
        if is_id(column.name, codes[:, place], words=words):
            keep = Setting("keep", (column.name,))
            found[place] = Note(
                column.name, Advice("left out: it names the rows, each differently (", keep, " keeps it)")
            )
    return found
