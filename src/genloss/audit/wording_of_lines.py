"""How is a line of an audit said in words?"""

from __future__ import annotations

from collections.abc import Mapping

from genloss.audit.effects import Effect
from genloss.audit.verdicts import COLLAPSING, INCONCLUSIVE, NOT_ASSESSABLE, SHIFTED, STABLE, Line
from genloss.report.numbers import short

NAMES: Mapping[str, str] = {
    "variance": "variance",
    "spread": "variance",
    "learned variance": "variance where it was least",
    "tail": "rows in the tails",
    "tail gained": "rows in the tails",
    "coverage": "rows of a region",
    "learned region": "rows of the regions that were short of them",
    "recall": "real rows that have a neighbor",
    "diversity": "distance between neighbors",
    "location": "mean",
    "learned location": "mean, in the direction in which it moved",
    "unsupported": "rows far from all real rows",
    "kinds": "different kinds in 32 rows",
    "kinds gained": "different kinds in 32 rows",
    "rare kinds": "rows of a rare kind",
    "rare kinds gained": "rows of a rare kind",
    "shares of kinds": "rows of a kind",
    "slices": "rows of a group",
    "loss": "loss of a row",
}
"""What is measured, by metric, as a sentence calls it."""
UNITS: Mapping[str, str] = {
    "recall": "share of real rows, difference",
    "location": "mean, in standard deviations of the real rows",
    "learned location": "mean, in standard deviations of the real rows",
    "kinds": "different kinds in 32 rows, difference",
    "kinds gained": "different kinds in 32 rows, difference",
    "loss": "loss of a row, difference",
}
"""What an axis is called where the effect is a difference; else it is a ratio to the real rows."""
MEANING: Mapping[str, str] = {
    STABLE: "every loss that was looked for lies within its tolerance, and nothing speaks against training on it",
    COLLAPSING: "its rows lack what the real rows have, and training on it passes the loss on",
    SHIFTED: "its rows are not like the real ones, without a loss that is certain; look at what moved before training",
    INCONCLUSIVE: "no change is certain, and there are too few rows to rule out a loss that matters",
    NOT_ASSESSABLE: "it has too few rows to say anything of it",
}


_MANY = 5.0  # of a ratio: from here on it is said as times


def called(line: Line) -> str:
    """Name what a line is about.

    >>> called(Line("tail", "5%", "loss", None, 1.0, 1.0, False, False))
    'rows in the tails (5%)'
    """
    name = NAMES.get(line.metric, line.metric)
    return f"{name} ({line.part})" if line.part else name


def axis(metric: str) -> str:
    """Name the axis of a picture of a metric."""
    return UNITS.get(metric, f"{NAMES.get(metric, metric)}, ratio to real rows")


def effect_said(line: Line) -> str:
    """Say an effect with its interval: shares of what real rows have in percent, differences as they are."""
    effect = line.effect
    if effect is None:
        return "too few rows to measure"
    if effect.equal == 1:
        of = "" if effect.value >= _MANY else " of"
        return f"{_percent(effect.value)}{of} the real rows' (95 % interval {_ends(effect)})"
    return f"{effect.value:+.2g} against the real rows (95 % interval {effect.low:+.2g} to {effect.high:+.2g})"


def effect_short(line: Line) -> str:
    """Write an effect for a table: a share, or a difference with its sign."""
    effect = line.effect
    if effect is None:
        return "too few rows"
    if effect.equal == 1:
        return f"{_percent(effect.value)} ({_ends(effect)})"
    return f"{effect.value:+.2g} ({effect.low:+.2g} to {effect.high:+.2g})"


def smallest_said(line: Line) -> str | None:
    """Say the smallest loss that would have been seen; None where none would."""
    if line.smallest_seen is None:
        return None
    ratio = line.effect is None or line.effect.equal == 1
    return f"{_percent(line.smallest_seen)}" if ratio else short(line.smallest_seen, 2)


def _ends(effect: Effect) -> str:
    return f"{_percent(effect.low)} to {_percent(effect.high)}"


def _percent(ratio: float) -> str:
    """Write a share in percent, and what is many times as much as such.

    >>> _percent(0.646), _percent(0.0012), _percent(12.3)
    ('65 %', '0.12 %', '12.3 times')
    """
    return f"{short(ratio)} times" if ratio >= _MANY else f"{short(100 * ratio, 2 if ratio < 1 else 3)} %"
