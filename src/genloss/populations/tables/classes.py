"""Which numbers do the words of a target stand for? Two words are 0 and 1 in their order, as in scikit-learn."""

from __future__ import annotations

import numpy as np

from genloss.errors import Problem
from genloss.populations.draw import Array
from genloss.populations.tables.column import WORDS, Column
from genloss.populations.tables.notes import Note, listed

_CLASSES = 2


def classes_of(target: Column) -> tuple[str, ...]:
    """Return the words of a target in order, which are 0 and 1; () where it holds numbers."""
    return tuple(sorted(target.levels)) if target.kind == WORDS else target.truths


def check_classes(target: Column, where: str) -> None:
    """Refuse a target of more words than two."""
    words = classes_of(target)
    if len(words) > _CLASSES:
        found = f"column {target.name!r}, the target, holds {len(words)} words: {listed(list(words))}"
        raise Problem(
            where, found, "keep the rows of two of them, join some, write them as numbers, or name another target"
        )


def one_of(target: Column) -> int | None:
    """Return the code of the word that is 1, None where the target holds numbers."""
    return target.levels[classes_of(target)[-1]] if target.kind == WORDS else None


def target_numbers(target: Column, codes: Array) -> Array:
    """Return the target (rows,) of its codes: numbers as they are, of two words 0 and 1."""
    one = one_of(target)
    return codes.copy() if one is None else np.asarray((codes == one) + 0.0)


def class_notes(target: Column) -> list[Note]:
    """Say which word is which number."""
    words = classes_of(target)
    return [Note(target.name, f"{words[0]} is 0, {words[1]} is 1")] if len(words) == _CLASSES else []
