"""Did generations of rows lose something of real rows, and from which on?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from genloss.audit.answer import Audit
from genloss.audit.streams import reference_of
from genloss.audit.verdicts import TOLERANCE, verdicts
from genloss.errors import Problem
from genloss.populations.own_rows import as_rows, columns_of, is_texts, refuse_unlike

__all__ = ["Audit", "audit"]


def audit(real: Any, generations: Sequence[Any], *, alpha: float = 0.05, seed: int = 0) -> Audit:
    """Judge generations of rows beside real rows that no generation was trained on.

    real, each of generations: an array (rows, columns), a table of numbers and words, or (X, y), with the same columns.
    generations: in the order in which they were made. alpha: the chance of ever raising an alarm, in any generation and
    of any kind, if all of them come from the law of the real rows. Half of the real rows fit units and regions, the
    other half is compared with generations.

    Returns a verdict for each: "stable", "collapsing", "shifted" or "inconclusive"; since when; and of each metric the
    effect with its interval. Status: exact for alarms where rows are independent; naming a change is a rule of thumb
    whose errors were measured. Errors: `Problem` for unlike columns, too few rows, and rows that do not vary.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> found = audit(rng.normal(size=(1000, 3)), [rng.normal(0, s, size=(400, 3)) for s in (1, 1, 0.8, 0.8)])
    >>> [each.word for each in found.generations][2:]
    ['collapsing', 'collapsing']
    """
    if not 0 < alpha < 1:
        raise Problem("alpha", f"{alpha!r}", "give a chance between 0 and 1, e.g. 0.05")
    reference = as_rows(real, "real")
    if is_texts(reference):
        raise Problem("real", "texts, which are not audited yet", "give a table of what you measure of each text")
    made = []
    for number, given in enumerate(generations, 1):
        rows = as_rows(given, "generations")
        refuse_unlike(rows, reference, f"generation {number}")
        made.append(columns_of(rows))
    if not made:
        raise Problem("generations", "none", "give a list of the rows of each generation")
    known = reference_of(columns_of(reference), seed)
    found = verdicts(known, [known.seen(rows, number) for number, rows in enumerate(made, 1)], alpha, TOLERANCE)
    return Audit("What became of these generations?", alpha, known.rows, tuple(found))
