"""Do the labels of generation 0 have a fit at all? If not: which column, or which columns together, tell them apart?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from genloss.advise.estimators.recognized import likelihood_of
from genloss.advise.forecasts.table import Seen
from genloss.advise.forecasts.worlds.directions import directions
from genloss.advise.forecasts.worlds.protocol import Array, Assumption
from genloss.advise.forecasts.worlds.regression import check_labels
from genloss.doors import COMMAND, Advice, Setting, Words
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
    told = f"{general}: {'; '.join(each.sentence for each in found) or rest}"
    if likelihood_of(seen.estimator)[1] > 0:
        return (Assumption(_NAME, "failed", f"{told}; how steep a fit is, the penalty alone decides"),)
    raise Problem("X, y", f"generation 0 has no fit without a penalty: {told}", _mend(seen, found))


def _fit_exists(kind: str, x: Array, y: Array) -> bool:
    turned = directions(x, spare=6).turn(x)
    ones = np.column_stack([np.ones(len(turned)), turned])
    return bool(maximize(kind, ones[None], y[None], np.full(len(ones), 1 / len(ones)))[1][0])


def _mend(seen: Seen, found: Sequence[Separation]) -> Advice:
    """Leave out the columns that do it alone, or give a penalty."""
    alone = [each.columns[0] for each in found if len(each.columns) == 1]
    which = [seen.names[j] if seen.names else f"X[:, {j}]" for j in alone]
    own = "a finite C" if seen.kind == "logistic" else "an alpha above 0"
    penalty = Words(f'"{seen.kind} penalty=0.01" or {own}', Setting("penalty", 0.01).at(COMMAND))
    end = ("or give a penalty (", penalty, "): then there is always a fit")
    if not which:
        return Advice("leave out what the label is made of, ", *end)
    drop = "" if any("=" in name for name in which) else f" ({Setting('drop', which).at(COMMAND)})"  # not one of words
    named = ", ".join(map(repr, which)) if seen.names else ", ".join(which)
    of = "it" if len(which) == 1 else "them"
    return Advice(f"leave out {named}", Words("", drop), f" if the label is made of {of}, ", *end)
