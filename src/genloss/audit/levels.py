r"""Which levels of a column of words vanished, became fewer or more, or are new? By rows, and one rule for all readers.

A level is what some row has: levels that a table declares and no row has do not count, and one that no row has any more
counts 0. Where nothing changed, real rows (N) and a generation's (n) are exchangeable: of the R rows of a level, all
together, those of the generation are R drawn from N + n without replacement. So a level with r real rows is in none of
n with probability

.. math:: \prod_{i < r} \frac{N - i}{N + n - i},

which is also what an urn with r balls of its color of N + 1 says. Chances of fewer and of more rows are tails of the
same law. Which level is told as changed is decided by Holm's rule over both sides of all levels of all columns: each
name that is told is a claim of its own, levels depend on each other in unknown ways, and with chance 1 - alpha none is
false, in this generation. The number of levels that vanish or are new has its expectation by the same law; its variance
is at most the sum of the levels' own, since levels crowd each other out.

Status: exact under exchangeability of rows; the standard errors of numbers of levels are bounds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genloss.audit.hashed_words import word_hashes
from genloss.audit.hashes import Hashes
from genloss.audit.packed import packed, unpacked
from genloss.audit.vocabulary import Estimate, unseen
from genloss.errors import Problem

Array = NDArray[np.float64]
Counts = NDArray[np.int64]
Words = NDArray[np.object_]

VANISHED, FEWER, MORE, NEW = "vanished", "fewer", "more", "new"
_VERBS = {VANISHED: "vanished for sure", FEWER: "with fewer rows", MORE: "with more rows", NEW: "new for sure"}
_NAMED = 5


@dataclass(frozen=True, eq=False)
class Levels:
    """Levels of a column by hash, in rising order. name: of the column. hashes, counts (k,)."""

    name: str
    hashes: Hashes
    counts: Counts

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return int(self.counts.sum())

    def unseen(self) -> Estimate:
        """Estimate the probability that the next row has a new level (Good and Turing)."""
        return unseen(self.counts)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, without a word."""
        return {"name": self.name, "hashes": packed(self.hashes), "counts": packed(self.counts)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        return cls(data["name"], unpacked(data["hashes"]), unpacked(data["counts"]))


def levels_of(names: Sequence[str], words: Words, key: int) -> list[Levels]:
    """Count the levels of columns of words (rows, columns).

    >>> (found,) = levels_of(["color"], np.array([["red"], ["blue"], ["red"]], dtype=object), 1)
    >>> sorted(found.counts.tolist()), found.rows
    ([1, 2], 3)
    """
    found = []
    for name, column in zip(names, words.T, strict=True):
        hashes, counts = np.unique(word_hashes(column, key), return_counts=True)
        found.append(Levels(name, hashes, counts.astype(np.int64)))
    return found


def names_of(words: Words, key: int) -> dict[int, str]:
    """Return the words of hashes, for those who may see them."""
    different = np.array(sorted({str(word) for word in words.ravel()}), dtype=object)
    return dict(zip(word_hashes(different, key).tolist(), different.tolist(), strict=True))


@dataclass(frozen=True)
class Level:
    """One level. place: its hash. real, made: rows that have it. expected: among as many rows as were made, if they
    are as the real ones. chance: of as few, or as many, if nothing changed. sure: told as changed by Holm's rule."""

    place: int
    real: int
    made: int
    expected: float
    chance: float
    sure: bool

    @property
    def what(self) -> str:
        """What became of it."""
        if self.made == 0:
            return VANISHED
        if self.real == 0:
            return NEW
        return FEWER if self.made < self.expected else MORE


@dataclass(frozen=True)
class Compared:
    """A column of a generation beside real rows. levels, made_levels: how many. vanished, new: how many levels, beside
    the number expected. unseen, made_unseen: probability that the next row has a new level. changed: levels that
    vanished or are new, and all that are told as changed, least chance first."""

    name: str
    rows: int
    made_rows: int
    levels: int
    made_levels: int
    vanished: int
    vanished_expected: Estimate
    new: int
    new_expected: Estimate
    unseen: Estimate
    made_unseen: Estimate
    changed: tuple[Level, ...]

    @property
    def sure(self) -> tuple[Level, ...]:
        """Those that are told as changed."""
        return tuple(each for each in self.changed if each.sure)

    def said(self, names: Mapping[int, str] | None = None) -> Iterator[str]:
        """Say what became of levels. names: of levels by hash, for those who may see them."""
        expected = self.vanished_expected
        told = f"{expected.value:,.1f} ± {expected.error:,.1f} expected"
        yield f"{self.name}: {self.vanished:,} of {self.levels:,} levels have no row any more, {told}"
        if self.new:
            told = f"{self.new_expected.value:,.1f} ± {self.new_expected.error:,.1f} expected"
            yield f"{self.name}: {self.new:,} levels are new, {told}"
        for what, verb in _VERBS.items():
            found = [each for each in self.sure if each.what == what]
            if found:
                shown = ", ".join(_shown(each, names or {}) for each in found[:_NAMED])
                more = f", and {len(found) - _NAMED:,} more" if len(found) > _NAMED else ""
                yield f"{self.name}: {len(found):,} {'level' if len(found) == 1 else 'levels'} {verb}: {shown}{more}"


def _shown(level: Level, names: Mapping[int, str]) -> str:
    known = names.get(level.place)
    hidden = f"one of {level.real:,} real rows" if level.real else "one that no real row has"
    called = hidden if known is None else repr(known)
    return f"{called} ({level.made:,} where {level.expected:,.1f} were expected, chance {level.chance:.1g})"


def compared(real: Sequence[Levels], made: Sequence[Levels], alpha: float = 0.05) -> list[Compared]:
    """Compare the levels of every column. alpha: the chance that any level is told as changed where nothing is.

    Errors: `Problem` for other columns.

    >>> real, made = (np.array([["a"]] * a + [["b"]] * (99 - a), dtype=object) for a in (90, 99))
    >>> (found,) = compared(*(levels_of(["c"], rows, 1) for rows in (real, made)))
    >>> found.vanished, [(each.what, round(each.chance, 4), each.sure) for each in found.changed]
    (1, [('more', 0.0016, True), ('vanished', 0.0016, True)])
    """
    if [each.name for each in real] != [each.name for each in made]:
        raise Problem("generations", "columns of words in another order", "give rows of the same columns")
    tables = [_table(ours, theirs) for ours, theirs in zip(real, made, strict=True)]
    every = np.concatenate([np.concatenate([table.fewer, table.more]) for table in tables]) if tables else np.empty(0)
    sure, found, place = _holm(every, alpha), [], 0
    for ours, theirs, table in zip(real, made, tables, strict=True):
        many = len(table.hashes)
        own = sure[place : place + many] | sure[place + many : place + 2 * many]
        place += 2 * many
        found.append(_compared(ours, theirs, table, own))
    return found


@dataclass(frozen=True, eq=False)
class _Table:
    """Levels of both sides. real, made: counts. fewer, more: chances of as few, and of as many."""

    hashes: Hashes
    real: Counts
    made: Counts
    fewer: Array
    more: Array


def _table(ours: Levels, theirs: Levels) -> _Table:
    from scipy.stats import hypergeom

    hashes = np.union1d(ours.hashes, theirs.hashes)
    real, made = np.zeros((2, len(hashes)), dtype=np.int64)
    real[np.searchsorted(hashes, ours.hashes)] = ours.counts
    made[np.searchsorted(hashes, theirs.hashes)] = theirs.counts
    law = hypergeom(ours.rows + theirs.rows, real + made, theirs.rows)
    return _Table(hashes, real, made, np.asarray(law.cdf(made)), np.asarray(law.sf(made - 1)))


def _compared(ours: Levels, theirs: Levels, table: _Table, sure: NDArray[np.bool_]) -> Compared:
    whole = table.real + table.made
    gone, new = (table.made == 0), (table.real == 0)
    expected = theirs.rows / ours.rows * table.real if ours.rows else np.zeros(len(whole))
    chances = np.minimum(table.fewer, table.more)
    told = np.flatnonzero(gone | new | sure)
    changed = tuple(
        Level(
            int(table.hashes[k]), int(table.real[k]), int(table.made[k]), float(expected[k]), float(chances[k]),
            bool(sure[k]),
        )
        for k in told[np.lexsort((table.hashes[told], -table.real[told], chances[told]))]
    )  # fmt: skip
    return Compared(
        ours.name, ours.rows, theirs.rows, len(ours.hashes), len(theirs.hashes),
        int(gone.sum()), _number(none_chance(whole, ours.rows, theirs.rows)),
        int(new.sum()), _number(none_chance(whole, theirs.rows, ours.rows)),
        ours.unseen(), theirs.unseen(), changed,
    )  # fmt: skip


def none_chance(counts: Counts, rows: int, others: int) -> Array:
    """Return the chance that all rows of a level, so many on both sides, are among `rows` and none among `others`.

    >>> none_chance(np.array([1, 2]), 2, 2).round(4).tolist()
    [0.5, 0.1667]
    """
    from scipy.special import gammaln

    there = counts <= rows
    held = np.where(there, counts, 0)
    logs = gammaln(rows + 1) - gammaln(rows - held + 1) - gammaln(rows + others + 1) + gammaln(rows + others - held + 1)
    return np.where(there, np.exp(logs), 0.0)


def _number(chances: Array) -> Estimate:
    return Estimate(float(chances.sum()), float(np.sqrt((chances * (1 - chances)).sum())))


def _holm(chances: Array, alpha: float) -> NDArray[np.bool_]:
    """Return which chances are told by Holm's rule."""
    order = np.argsort(chances, kind="stable")
    within = chances[order] <= alpha / np.arange(len(chances), 0, -1)
    found = np.zeros(len(chances), dtype=bool)
    found[order[: int(np.argmin(within)) if not within.all() else len(within)]] = True
    return found
