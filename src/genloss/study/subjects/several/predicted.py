"""What does theory say of several models? Of each its own formula; of pairs of them the covariance of all fits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from genloss.errors import Problem
from genloss.study.spec.grid import Cell
from genloss.study.spec.lineages import OF_PAIRS, lineages_of_table
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Group, Predicted, Predictions, Subject
from genloss.study.subjects.several.pairs import predicted_whole
from genloss.study.subjects.several.together import between
from genloss.theory.coverage import Prediction
from genloss.workflows import Lineages

ByFit = Mapping[int, Prediction]

_ROUNDING = 1e-12  # of the mean: pairs of lineages that have nothing in common yet

__all__ = ["predicted"]


def predicted(one: Subject, scope: Scope, groups: Sequence[Group], metric: str) -> Predicted:
    """Return theory's values by group. The cells of a group differ in what is reported of the lineages."""
    return [_joined([_of_cell(one, scope, cell, metric) for cell in group]) for group in groups]


def _of_cell(one: Subject, scope: Scope, cell: Cell, metric: str) -> tuple[dict[int, Prediction], list[str]]:
    try:
        of = cell.settings["lineages"]["of"]
        if of == "whole" or (of == "between" and metric not in OF_PAIRS):
            return _said(predicted_whole(scope, cell, metric))
        own, reasons = _of_lineages(one, scope, cell, metric)
        if of != "between":
            return own, reasons
        joined, more = _said(predicted_whole(scope, cell, metric))
        return _between(own, joined, _lineages(cell).count), [*reasons, *more]
    except Problem as problem:
        return {}, [f"{problem.where}: {problem.found}"]


def _said(found: dict[int, Prediction] | str) -> tuple[dict[int, Prediction], list[str]]:
    return ({}, [found]) if isinstance(found, str) else (found, [])


def _of_lineages(one: Subject, scope: Scope, cell: Cell, metric: str) -> tuple[dict[int, Prediction], list[str]]:
    """Return the values of the lineage that is asked for, or the mean of all, from the formula of one model."""
    of, lineages = cell.settings["lineages"]["of"], _lineages(cell)
    fits = tuple(fit for g in scope.report for fit in lineages.fits(g))
    found = one.predict(replace(scope, report=fits), [(cell,)], metric)[0]
    if isinstance(found, str):
        return {}, [found]
    alone = lineages.names.index(of) if of in lineages.names else None
    return _by_generation(scope.report, lineages, found[0][0], alone), found[1]


def _lineages(cell: Cell) -> Lineages:
    return lineages_of_table(cell.settings["lineages"])


def _by_generation(
    report: Sequence[int], lineages: Lineages, by_fit: ByFit, alone: int | None
) -> dict[int, Prediction]:
    """Return the mean over the lineages, or one lineage, by generation; none where a fit has none."""
    found = {}
    for g in report:
        fits = lineages.fits(g) if alone is None else [lineages.fits(g)[alone]]
        known = [by_fit[fit] for fit in fits if fit in by_fit]
        if len(known) == len(fits):
            found[g] = _mean(known)
    return found


def _mean(known: Sequence[Prediction]) -> Prediction:
    """Return the mean of predictions; it is exact if all are, and may be off by as much as they are on average."""
    status = next((each.status for each in known if each.status != "exact"), "exact")
    value, allowance = (float(np.mean([getattr(each, name) for each in known])) for name in ("value", "allowance"))
    return Prediction(value, status, allowance, known[0].formula)


def _between(own: ByFit, joined: ByFit, count: int) -> dict[int, Prediction]:
    found = {}
    for g in own.keys() & joined.keys():
        mean, one = own[g], joined[g]
        value = float(between(np.array(mean.value), np.array(one.value), count))
        value = 0.0 if abs(value) < _ROUNDING * abs(mean.value) else value
        allowance = (one.allowance + mean.allowance / count) / (1 - 1 / count)
        found[g] = Prediction(value, _mean([mean, one]).status, allowance, one.formula)
    return dict(sorted(found.items()))


def _joined(cells: Sequence[tuple[dict[int, Prediction], list[str]]]) -> Predictions:
    reasons = dict.fromkeys(reason for _, each in cells for reason in each)
    return [values for values, _ in cells], list(reasons)
