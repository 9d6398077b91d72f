"""Which rules differ in their numbers of rows alone? They are compiled once, and then given their rows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeVar

from genloss.errors import Problem
from genloss.workflows.checks import LARGEST
from genloss.workflows.compiler import Drawn, compile_rules, compiled_into
from genloss.workflows.emission import Emission, Share
from genloss.workflows.parts import Batch
from genloss.workflows.schedule import Schedule
from genloss.workflows.term import Term

_LONGEST = 128  # generations of a pattern that is remembered

Made = TypeVar("Made")
Overrides = tuple[tuple[int, tuple[Term, ...]], ...]


@dataclass(frozen=True, slots=True)
class _Pattern:
    """The schedule of rules with one row a batch; by batch, its rule; by rule, the generation of its first batch."""

    schedule: Schedule
    rules: tuple[int, ...]
    first: tuple[int, ...]


def schedule_of_rules(
    emit: Sequence[Emission], train: Sequence[Term], overrides: Overrides, reset: int | None, generations: int
) -> Schedule:
    """Compile rules for generations 0..generations as `compile_rules` does."""
    return _by_pattern(_with_rows, emit, train, overrides, reset, generations)


def refuse_rules(
    emit: Sequence[Emission], train: Sequence[Term], overrides: Overrides, reset: int | None, generations: int
) -> None:
    """Refuse rules that `compile_rules` refuses."""
    _by_pattern(_rows, emit, train, overrides, reset, generations)


def _by_pattern(
    make: Callable[[_Pattern, Sequence[Emission]], Made],
    emit: Sequence[Emission],
    train: Sequence[Term],
    overrides: Overrides,
    reset: int | None,
    generations: int,
) -> Made | Schedule:
    """Make something of the pattern of rules; where there is none, or it is refused, compile the rules."""
    try:
        pattern = _pattern_of(emit, train, overrides, reset, generations)
        if pattern is not None:
            return make(pattern, emit)
    except Problem:
        pass  # said by what follows, in the order of the generations
    return compile_rules(emit, train, dict(overrides), reset, generations)


def _pattern_of(
    emit: Sequence[Emission], train: Sequence[Term], overrides: Overrides, reset: int | None, generations: int
) -> _Pattern | None:
    if generations > _LONGEST or not _rows_are_free(emit, train, overrides):
        return None
    return _pattern(tuple(map(_bare, emit)), tuple(train), overrides, reset, generations)


def _bare(rule: Emission) -> Emission:
    """Return a rule with one row a batch."""
    given = rule.at, rule.of, rule.lag, rule.include_truth, rule.mix, rule.sampler
    return Emission(rule.tag, rule.source, 1, *given)


def _rows_are_free(emit: Sequence[Emission], train: Sequence[Term], overrides: Overrides) -> bool:
    """Whether numbers of rows decide neither which batches there are nor which of them are used."""
    if any(rule.of != "last" or isinstance(rule.rows, Share) for rule in emit):
        return False
    terms = [*train, *(term for _, own in overrides for term in own)]
    return not any(term.take is not None for term in terms)


@lru_cache(maxsize=64)
def _pattern(
    emit: tuple[Emission, ...], train: tuple[Term, ...], overrides: Overrides, reset: int | None, generations: int
) -> _Pattern:
    drawn = Drawn()
    schedule = compiled_into(drawn, emit, train, dict(overrides), reset, generations)
    return _Pattern(schedule, tuple(drawn.rules), tuple(drawn.first.get(i, 0) for i in range(len(emit))))


def _rows(pattern: _Pattern, emit: Sequence[Emission]) -> list[int]:
    """Return the rows of every batch of a pattern; those out of range are refused, which single numbers never are."""
    alike = [rule.rows for rule in emit if isinstance(rule.rows, int)]
    if len(alike) == len(emit):
        return [alike[rule] for rule in pattern.rules]
    rows = [
        emit[rule].rows_at(batch.birth, pattern.first[rule])
        for batch, rule in zip(pattern.schedule.batches, pattern.rules, strict=True)
    ]
    if rows and not 1 <= min(rows) <= max(rows) <= LARGEST:
        raise Problem("workflow.emit", "rows out of range", "change them")
    return rows


def _with_rows(pattern: _Pattern, emit: Sequence[Emission]) -> Schedule:
    """Give the batches of a pattern their rows. Fits on batches of one size have the traits of fits on one row each."""
    one, rows = pattern.schedule, _rows(pattern, emit)
    batches = tuple(
        Batch(batch.birth, batch.tag, batch.origins, count, batch.number, batch.sampler)
        for batch, count in zip(one.batches, rows, strict=True)
    )
    return Schedule(batches, one.train, one.restarts, pattern=one)
