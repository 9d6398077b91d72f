"""Did generations of rows lose something of real rows, and from which on?"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from inspect import signature
from types import ModuleType
from typing import TYPE_CHECKING, Any

from genloss.audit.answer import Audit
from genloss.audit.held import of_rows
from genloss.audit.options import Options
from genloss.audit.state import State

if TYPE_CHECKING:
    from genloss.audit.attribution import attribute
    from genloss.audit.share import synthetic_share

_LATER = {"attribute": "genloss.audit.attribution", "synthetic_share": "genloss.audit.share"}

__all__ = ["Audit", "Options", "State", "attribute", "audit", "synthetic_share"]


def audit(
    real: Any, generations: Sequence[Any], *, alpha: float = 0.05, tolerance: Mapping[str, float] | None = None,
    horizon: int | None = None, ignore: Sequence[str] = (), expect_shift: Sequence[str] = (), id: str | None = None,  # noqa: A002
    slices: str | None = None, loss: str | None = None, against: str = "real",
    independent: bool = False, show_rows: bool = False, seed: int = 0,
) -> Audit:  # fmt: skip
    """Judge generations of rows beside real rows that no generation was trained on.

    real, each of generations: an array (rows, columns), a table of numbers and words, or (X, y), with the same columns;
    or a list of texts, one a document. Entries may be missing.
    generations: in the order in which they were made. alpha: the chance of ever raising an alarm, in any generation and
    of any kind, if all of them come from the law of the real rows. tolerance: losses that do not matter, by metric,
    e.g. {"variance": 0.1}; what is named decides alone. horizon: how many generations there will be at most, which
    needs less evidence. ignore, expect_shift: columns that are not judged. id: the column of what rows belong to (a
    person, a machine): of each one row is looked at. slices: a column whose groups are looked at one by one. loss: a
    column of a loss of each row, which should not rise. against: "real", or "first" for drift since the first
    generation. independent: that rows are, though some real ones are nearer to each other than chance allows.
    show_rows: name kinds of words that vanished, and real rows of regions that did. Half of the real rows fit units
    and regions, the other half is compared with generations.

    Returns a verdict for each: "stable", "collapsing", "shifted", "inconclusive" or "not_assessable"; since when; and
    of each metric the effect with its interval. Status: exact for alarms where rows are independent; naming a change is
    a rule of thumb whose errors were measured. Errors: `Problem` for unlike columns, too few rows, and rows that do not
    vary. Source: docs/theory/audit.md. Checked by: tests/brute/test_audit_urn.py, verification/audit.py.

    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> found = audit(rng.normal(size=(1000, 3)), [rng.normal(0, s, size=(400, 3)) for s in (1, 1, 0.8, 0.8)])
    >>> [each.word for each in found.generations][2:]
    ['collapsing', 'collapsing']
    """
    options = Options(
        alpha=alpha, horizon=horizon, ignore=_names(ignore), expect_shift=_names(expect_shift), entity=id,
        slices=slices, loss=loss, against=against, independent=independent, seed=seed,
    )  # fmt: skip
    options = options.tolerating(tolerance or {})
    state, seen = of_rows(real, generations, options)
    return Audit.of(state, seen if show_rows else None)


def _names(given: Sequence[str]) -> tuple[str, ...]:
    """Return names of columns; a word alone is one name."""
    return (given,) if isinstance(given, str) else tuple(given)


class _Room(ModuleType):
    """This room answers when it is called: `genloss.audit(real, generations)` is `genloss.audit.audit`."""

    __call__ = staticmethod(audit)
    __signature__ = signature(audit)


sys.modules[__name__].__class__ = _Room


def __getattr__(name: str) -> Any:
    if name in _LATER:
        return getattr(import_module(_LATER[name]), name)
    raise AttributeError(f"module 'genloss.audit' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
