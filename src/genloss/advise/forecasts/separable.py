"""Do the labels of generation 0 have a fit at all? If not: which column, or which columns together, tell them apart?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genloss.advise.assumption import Assumption
from genloss.advise.estimators.recognized import likelihood_of
from genloss.advise.forecasts.table import Seen
from genloss.advise.forecasts.worlds.directions import directions
from genloss.advise.forecasts.worlds.protocol import Array
from genloss.advise.forecasts.worlds.shown import check_labels
from genloss.doors import COMMAND, PASTED, Advice, Again, Setting, Words
from genloss.errors import Problem
from genloss.models.likelihood import LINKS, maximize
from genloss.models.separation import Separation, separations

_NAME = "labels are not told for certain by the inputs"


def check_separable(seen: Seen) -> tuple[Assumption, ...]:
    """Refuse labels whose likelihood has no maximum; with a penalty say so in an assumption. () for other kinds."""
    if seen.kind not in LINKS or seen.labels is None:
        return ()
    check_labels(seen.kind, seen.labels)
    if _fit_exists(seen.kind, seen.rows, seen.labels):
        return ()
    found = separations(seen.kind, seen.shown, seen.labels, names=seen.names, target=seen.target, labels=seen.classes)
    general, _, rest = LINKS[seen.kind].missing.partition(": ")
    told = f"{general}: {'; '.join(_sentence(seen, each) for each in found) or rest}"
    if likelihood_of(seen.estimator)[1] > 0:
        return (Assumption(_NAME, "failed", f"{told}; how steep a fit is, the penalty alone decides"),)
    raise Problem("X, y", f"generation 0 has no fit without a penalty: {told}", _mend(seen, found))


def _fit_exists(kind: str, x: Array, y: Array) -> bool:
    turned = directions(x, spare=6).turn(x)
    ones = np.column_stack([np.ones(len(turned)), turned])
    return bool(maximize(kind, ones[None], y[None], np.full(len(ones), 1 / len(ones)))[1][0])


def _mend(seen: Seen, found: Sequence[Separation]) -> Advice:
    """Leave out the columns that do it alone, or give a penalty; at the command line all of it, to paste."""
    own = "a finite C" if seen.kind == "logistic" else "an alpha above 0"
    setting = Setting("penalty", 0.01)
    penalty = Words(f'"{seen.kind} penalty=0.01" or {own}', setting.at(COMMAND))
    without = ("", "") if seen.held_out is None else (" and no ", Setting("held_out"))
    end = ("give a penalty (", penalty, ")", *without, ": then there is always a fit")
    alone = tuple(dict.fromkeys(_column(seen, each.columns[0]) for each in found if len(each.columns) == 1))
    if not alone or len(alone) == len(seen.own.columns or seen.rows.T):
        first = Again((setting,), PASTED) if seen.held_out is None else ""
        return Advice("leave out what the label is made of, or " if not alone else "", *end, first)
    named = ", ".join(map(repr, alone)) if seen.own.columns else ", ".join(map(seen.own.called, map(str, alone)))
    leave = f"leave out column{'s' * (len(alone) > 1)} {named}" if seen.own.columns else f"leave out {named}"
    drop = Setting("drop", tuple(map(str, alone)))
    of = "it" if len(alone) == 1 else "them"
    asked = (Words("", f" ({drop.at(COMMAND)})"), f" if the label is made of {of}, or ")
    return Advice(leave, *asked, *end, Again((drop,), PASTED))


def _column(seen: Seen, place: int) -> str | int:
    """Return the column, as the user has it, that a feature is of."""
    return seen.own.of(seen.names[place] if seen.names else str(place))


def _sentence(seen: Seen, found: Separation) -> str:
    """Name a column of words where one of its features tells the labels."""
    if len(found.columns) > 1 or not seen.names:
        return found.sentence
    feature = seen.names[found.columns[0]]
    return found.sentence.replace(f"column {feature!r}", f"column {str(seen.own.of(feature))!r}", 1)
