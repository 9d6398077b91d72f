"""Which features do the columns of a table become, and what is the user told of it?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.tables.column import TRUTH, WORDS
from genloss.populations.tables.facts import Facts
from genloss.populations.tables.notes import Note, listed


def is_of(feature: str, column: str) -> bool:
    """Whether a feature of this name is of that column: its own name, or column=word.

    >>> is_of("color=red", "color"), is_of("colors", "color")
    (True, False)
    """
    return feature == column or feature.startswith(f"{column}=")


@dataclass(frozen=True, slots=True)
class Feature:
    """One input of a model.

    column: its place among the codes. level: the code of the word that it says yes (1) or no (0) to,
    None for a column of numbers. fill: what stands where the entry is missing.
    """

    name: str
    column: int
    level: int | None
    fill: float

    def of(self, codes: Array) -> Array:
        """Return the feature of every row, (rows,)."""
        entries = codes[:, self.column]
        values = entries if self.level is None else (entries == self.level).astype(float)
        return np.where(np.isnan(entries), self.fill, values)


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a table, in the order of its columns, and what was done to make them."""

    features: tuple[Feature, ...]
    notes: tuple[Note, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Their names: the column's, or column=word."""
        return tuple(feature.name for feature in self.features)

    def inputs(self, codes: Array) -> Array:
        """Return the inputs (rows, features) of codes (rows, columns)."""
        inputs = np.empty((len(codes), len(self.features)))
        for place, feature in enumerate(self.features):
            inputs[:, place] = feature.of(codes)
        return inputs


def features_of(facts: Facts, where: str, aside: Mapping[int, Note]) -> Features:
    """Say what each column becomes: numbers stay, words become 0 and 1, constants and repetitions are left out.

    The most frequent word of a column is the one that all its features say no to. aside: columns that are left out,
    by their place, and what is said of it.
    Errors: `Problem` where nothing is left, where the target is constant.
    """
    _check_target(facts, where)
    repeated = _repeated(facts)
    features: list[Feature] = []
    notes: list[Note] = []
    for place, column in enumerate(facts.columns[:-1]):
        if place in aside:
            notes.append(aside[place])
        elif facts.low[place] >= facts.high[place] or not facts.present[place]:
            notes.append(Note(column.name, Advice("left out: ", _constant(facts, place))))
        elif place in repeated:
            notes.append(Note(column.name, f"left out: it says the same as {repeated[place]!r} in every row"))
        else:
            made = made_of(facts, place)
            features += made
            notes += _told(facts, place, made)
    if not features:
        mend = "give at least one column that varies from row to row"
        raise Problem(where, f"no column is left to predict from ({'; '.join(map(str, notes[:3]))})", mend)
    return _distinct(Features(tuple(features), tuple(notes)), where)


def _check_target(facts: Facts, where: str) -> None:
    name = facts.columns[-1].name
    if facts.low[-1] >= facts.high[-1]:
        word = next(iter(facts.columns[-1].levels), f"{facts.low[-1]:g}")
        found = f"column {name!r}, the target, is {word} in every row"
        raise Problem(where, found, "name a target that varies from row to row")


def _repeated(facts: Facts) -> dict[int, str]:
    """Return the column that each repetition repeats."""
    return {other: facts.columns[first].name for first, *others in facts.groups for other in others}


def equal_to_target(facts: Facts, where: str) -> list[Problem]:
    """Return what is to be said of columns that repeat the target in every row, of which nobody need hold the rows."""
    target, name = len(facts.columns) - 1, facts.columns[-1].name
    same = [facts.columns[place].name for group in facts.groups if target in group for place in group if place < target]
    return [
        Problem(
            where,
            f"column {each!r} equals the target {name!r} in every row",
            Advice("leave it out (", Setting("drop", (each,)), ")"),
        )
        for each in same
    ]


def _constant(facts: Facts, place: int) -> str:
    column = facts.columns[place]
    if not facts.present[place]:
        return "it is empty in every row"
    value = list(column.levels)[int(facts.low[place])] if column.kind == WORDS else f"{facts.low[place]:g}"
    if column.rounded and column.kind != WORDS:
        names = Setting("categories", (column.name,))
        return Advice(f"it is {value} in every row once rounded to 64 bits (if these are names, say ", names, ")")
    return f"it is {value} in every row" + (" that has it" if facts.missing[place] else "")


def made_of(facts: Facts, place: int) -> list[Feature]:
    """Return the features that a column becomes."""
    if facts.columns[place].kind != WORDS:
        return [Feature(facts.columns[place].name, place, None, float(facts.mean[place]))]
    name, levels = facts.columns[place].name, _used(facts, place)
    shares = {word: facts.share(place, level) for word, level in levels.items()}
    if {word.lower() for word in levels} == TRUTH and len(levels) == 2:
        yes = next(word for word in levels if word.lower() == "true")
        return [Feature(name, place, levels[yes], shares[yes])]
    common = _common(facts, place)
    return [Feature(f"{name}={word}", place, levels[word], shares[word]) for word in sorted(levels) if word != common]


def _used(facts: Facts, place: int) -> dict[str, int]:
    """Words with their codes, without those that stood in dropped rows only."""
    levels = facts.columns[place].levels
    return {word: level for word, level in levels.items() if facts.share(place, level) > 0}


def _common(facts: Facts, place: int) -> str:
    levels = _used(facts, place)
    return min(levels, key=lambda word: (-facts.counts[place][levels[word]], word))


def _told(facts: Facts, place: int, made: list[Feature]) -> list[Note]:
    column = facts.columns[place]
    notes = [*words_told(facts, place, made), *filled_told(facts, place, made)]
    if column.rounded:
        notes.append(Note(column.name, "whole numbers beyond 2^53 were rounded; leave it out if they are names"))
    return notes


def filled_told(facts: Facts, place: int, made: list[Feature]) -> list[Note]:
    """Say what stands where entries of a column are missing."""
    column, missing = facts.columns[place], int(facts.missing[place])
    what = "the shares of its words" if column.kind == WORDS else f"its mean, {made[0].fill:.6g}"
    return [Note(column.name, f"{missing:,} missing of {facts.rows:,} filled with {what}")] if missing else []


def words_told(facts: Facts, place: int, made: list[Feature]) -> list[Note]:
    """Say what the words of a column became."""
    name = facts.columns[place].name
    if facts.columns[place].kind != WORDS or [feature.name for feature in made] == [name]:
        return []
    words = f"{len(_used(facts, place))} words became {len(made)} column{'s' * (len(made) != 1)} of 0 and 1; "
    return [Note(name, f"{words}{_common(facts, place)!r}, the most frequent, is 0 in all")]


def _distinct(made: Features, where: str) -> Features:
    if len(set(made.names)) < len(made.names):
        twice = sorted({name for name in made.names if made.names.count(name) > 1})
        raise Problem(where, f"two features would be called {listed(twice)}", "rename one of the columns")
    return made
