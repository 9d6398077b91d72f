"""Is a number of a record what it can be? Rows, shares and weights, each refused by its place."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from genloss.errors import Problem, shown
from genloss.ledger.record import Maker

MOST_ROWS = 10**15
_NEAR = 1e-3  # by which shares that people write may miss 1


def whole_rows(where: str, value: Any) -> int:
    """Return a number of rows, from 1 on."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_ROWS:
        raise Problem(where, f"{shown(value, 40)} is not a number of rows", "give a whole number from 1 on")
    return value


def share_of(where: str, value: Any) -> float:
    """Return a share, from 0 to 1."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise Problem(where, f"{shown(value, 40)} is not between 0 and 1", "give a share, e.g. 0.5")
    return float(value)


def checked_makers(where: str, makers: Sequence[Maker]) -> tuple[Maker, ...]:
    """Return makers whose shares are shares and sum to 1."""
    for maker in makers:
        if not isinstance(maker.who, str) or not maker.who:
            raise Problem(
                f"{where}: made_by", f"{maker.who!r:.40} does not say who made it", 'give "real" or a generation'
            )
        share_of(f"{where}: made_by, {maker.who}", maker.share)
    total = math.fsum(maker.share for maker in makers)
    if abs(total - 1) > _NEAR:
        raise Problem(f"{where}: made_by", f"the shares sum to {total:g}", "give shares that sum to 1")
    return tuple(Maker(maker.who, maker.share / total) for maker in makers)


def checked_sampler(where: str, given: Any) -> dict[str, Any]:
    """Return the settings of a sampler: words, finite numbers, true or false, by name."""
    if not isinstance(given, Mapping):
        raise Problem(where, f"{shown(given, 40)} is not a table", "give e.g. { temperature = 0.8 }")
    for name, value in given.items():
        if not isinstance(value, str | int | float) or (isinstance(value, float) and not math.isfinite(value)):
            mend = f'give a number or a word, e.g. {name} = 0.8 or {name} = "none"'
            raise Problem(f"{where}.{name}", f"{shown(value, 40)} is not a setting", mend)
    return dict(given)


def checked_weights(where: str, weights: Sequence[float | None]) -> None:
    """Refuse weights that are given for some parts only, or that do not sum to 1."""
    given = [weight for weight in weights if weight is not None]
    if not weights:
        raise Problem(where, "was trained on nothing", "write on which rows it was trained")
    if given and len(given) < len(weights):
        found = f"{len(given)} of {len(weights)} parts have a weight"
        raise Problem(where, found, "give each part its share of the loss, or leave out all shares")
    if given and abs(math.fsum(given) - 1) > _NEAR:
        found = f"the weights sum to {math.fsum(given):g}"
        raise Problem(where, found, "give shares of the loss that sum to 1, or leave the weights out")
