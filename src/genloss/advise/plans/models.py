"""How many models keep what is varied, if they read each other so much and no more?"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.advise.plans.models_answer import AtExchange, ModelsPlan
from genloss.doors import Advice, Setting
from genloss.errors import Problem, shown
from genloss.theory.lineages import heterozygosity_of_islands
from genloss.theory.lineages.islands import first_best, kept_by_islands

__all__ = ["plan_models"]

EXCHANGES = (0.0, 0.01, 0.1, "pool")
"""What is looked at where nothing is said."""
MOST = 10_000
"""The largest number of models that is looked at."""
_LONGEST = 2000

Counts = NDArray[np.int64]


def plan_models(
    *,
    at_least: float | str,
    generations: int,
    rows: int | None = None,
    rows_in_all: int | None = None,
    exchange: Sequence[float | str] | float | str = EXCHANGES,
) -> ModelsPlan:
    """Return the smallest number of models that together keep a part of the truth's variety, at each exchange.

    Each model replaces its rows in every generation by new ones: a share of them the other models draw, each of them
    alike, the rest it draws itself. Variety is the chance that two draws differ (heterozygosity), of the whole: two
    draws, each from any of the models. In its own models what is varied gets lost; between models that seldom read each
    other it stays.

    at_least: the part to keep in every generation up to the last, e.g. 0.9 or "90%". generations: the last one, 0 is
    fitted to real rows; up to 2,000. rows: of each model, or rows_in_all: of all models together, which divide them (K
    models have rows_in_all // K each). exchange: shares from 0 (separate) to 1 (each reads the others alone), or "pool"
    (all read one pool to which all give alike); one or several.

    Numbers from 1 to 10,000 are looked at, and with rows_in_all at most one model a row. Errors: `Problem` that says
    what to change. Status: theory, exact for expectations over runs and any truth; a single run varies.
    Source: docs/theory/lineages.md. Checked by tests/unit/test_plan_models.py.

    >>> plan_models(at_least=0.9, generations=100, rows=50, exchange=[0, "pool"]).answers[0].models
    9
    """
    keep, last = _part(at_least), _whole("generations", generations, 0, _LONGEST)
    if (rows is None) == (rows_in_all is None):
        found = "no number of rows is given" if rows is None else "the rows of each model and of all are given"
        mend = Advice(
            "give one of ", Setting("rows"), ", of each model, and ", Setting("rows_in_all"), ", which they divide"
        )
        raise Problem("rows", found, mend)
    name, given = ("rows", rows) if rows_in_all is None else ("rows_in_all", rows_in_all)
    size = _whole(name, given, 1, 10**9)
    single = isinstance(exchange, str) or not isinstance(exchange, Sequence)
    asked = [_exchange(each) for each in ([exchange] if single else exchange)]  # type: ignore[union-attr]
    if not asked:
        raise Problem("exchange", "none is given", 'give shares from 0 to 1, or "pool"')
    answers = [_at(each, keep, last, size, shared=rows_in_all is not None) for each in dict.fromkeys(asked)]
    return ModelsPlan(keep, last, rows, rows_in_all, tuple(answers))


def _at(exchange: float | None, keep: float, last: int, size: int, *, shared: bool) -> AtExchange:
    """Answer for one exchange; None: one pool."""
    count = np.arange(1, (min(size, MOST) if shared else MOST) + 1)
    rows = size // count if shared else np.full(count.size, size)
    each, kept = kept_by_islands(count, _migration(exchange, count), rows, last)
    met = np.flatnonzero(kept >= keep)  # what is kept falls from generation to generation, so the last one tells
    place = int(met[0]) if met.size else first_best(kept)
    K, n = int(count[place]), int(rows[place])
    curve = heterozygosity_of_islands(
        1.0, count=K, migration=float(_migration(exchange, count)[place]), rows=n, generations=last
    )
    return AtExchange(
        exchange=exchange,
        models=K if met.size else None,
        looked_at=K,
        rows=n,
        whole=float(kept[place]),
        each=float(each[place]),
        one_model=float((1 - 1 / (K * n)) ** (last + 1)),
        best_each=int(count[first_best(each)]) if shared else None,
        by_generation=tuple(curve.whole.tolist()),
    )


def _migration(exchange: float | None, count: Counts) -> NDArray[np.float64]:
    """Return the share of rows from other models, for each number of models: one alone reads itself."""
    return np.where(count > 1, 1 - 1 / count if exchange is None else exchange, 0.0)


def _exchange(given: Any) -> float | None:
    if given == "pool":
        return None
    mend = 'give shares of rows from 0 (separate) to 1, or "pool"'
    share = _number(given)
    if share is None or not 0 <= share <= 1:
        raise Problem("exchange", f"{shown(given)} is no share of rows", mend)
    return share


def _part(given: Any) -> float:
    mend = "give the part of the truth's variety to keep, above 0 and below 1, e.g. 0.9 or 90%"
    part = _number(given)
    if part is None or not 0 < part < 1:
        raise Problem("at_least", f"{shown(given)} is no part to keep", mend)
    return part


def _number(given: Any) -> float | None:
    """Read a number, or text of one, with % or without; None: it is none."""
    if isinstance(given, bool) or not isinstance(given, str | int | float | np.number):
        return None
    text = str(given).strip()
    percent = text.endswith("%")
    try:
        number = float(text.removesuffix("%"))
    except ValueError:
        return None
    return number / 100 if percent else number


def _whole(name: str, given: Any, low: int, high: int) -> int:
    if isinstance(given, bool) or not isinstance(given, int | np.integer) or not low <= given <= high:
        raise Problem(name, f"{shown(given)} is not a whole number from {low:,} to {high:,}", "give one")
    return int(given)
