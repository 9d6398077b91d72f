"""Which lineages does a study's [lineages] name, and which workflow has each of them?"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import product
from typing import Any

from genloss.errors import Problem
from genloss.study.language.key import axis_values
from genloss.study.spec.reader import Reader
from genloss.study.spec.tables import TABLES
from genloss.study.spec.workflow_forms import workflow_of
from genloss.workflows import Lineages, Schedule, Workflow, islands, lineages_of, pooled, ring, separate

Table = Mapping[str, Any]

OF = ("mean", "whole", "between")
"""What may be reported beside a lineage by its name."""
OF_PAIRS = ("heterozygosity", "excess_risk", "parameter_error", "standardized_error")
"""Metrics that are made of pairs: their mean over all pairs of lineages, each with itself too, is that of the whole."""
_CHECKED = 100  # combinations of the values on the axes of [lineages] that are built before a run
_NO_WHOLE = {
    "text": "a text's probability under several models together is not the mean of theirs",
    "samples": "the rows of a model of your own are measured model by model",
}


def lineages_of_table(table: Table) -> Lineages:
    """Return the lineages that a [lineages] table without axes names."""
    kind, count = table["kind"], table.get("count", 0)
    if kind == "exchange":
        made = lineages_of(table["exchange"])
    elif kind == "islands":
        made = islands(count, table["migration"])
    elif kind == "ring":
        made = ring(count, table["neighbors"], table["migration"])
    else:
        made = {"separate": separate, "pooled": pooled}[kind](count)
    return Lineages(made.names, made.exchange, table["drawn"] == "by_rows", table["real"] == "shared")


def workflows_of(workflow: Table, table: Table, count: int) -> list[Workflow]:
    """Return the workflow of each lineage: its own, or the study's, with its own rows."""
    own = table["workflows"] or [workflow] * count
    if table["workflows"] and table["rows"]:
        raise Problem("lineages.rows", "stands beside workflows, which have rows of their own", "give one of the two")
    _refuse_length("workflows", own, count)
    if table["rows"] is None:
        return [workflow_of(each) for each in own]
    _refuse_length("rows", table["rows"], count)
    wrong = next((each for each in own if "rows" not in each), None)
    if wrong is not None:
        found = f"a workflow of the kind {wrong.get('kind', 'custom')} names its rows in its own rules"
        raise Problem("lineages.rows", found, "give the rows there, or use [lineages] workflows")
    return [workflow_of({**each, "rows": rows}) for each, rows in zip(own, table["rows"], strict=True)]


@lru_cache(maxsize=256)
def schedule_of_lineages(workflow: str, lineages: str, generations: int) -> Schedule:
    """Compile the lineages of two tables as plain text."""
    table = json.loads(lineages)
    made = lineages_of_table(table)
    return made.compile(workflows_of(json.loads(workflow), table, made.count), generations)


def penalties_of(table: Table, count: int, penalties: Sequence[float], fits: int) -> list[float]:
    """Return the penalty of each fit: the lineage's own, or that of its generation, whose last value continues."""
    if table["penalty"] is not None:
        _refuse_length("penalty", table["penalty"], count)
        own = [float(each) for each in table["penalty"]]
        return [own[fit % count] for fit in range(fits)]
    return [penalties[min(fit // count, len(penalties) - 1)] for fit in range(fits)] if penalties else []


def check_lineages(
    tables: Mapping[str, dict[str, Any]], subject: str, study: Mapping[str, Any], reader: Reader
) -> None:
    """Refuse lineages that cannot be built, before any work is spent."""
    if "predictor" in tables:
        mend = "leave [predictor] out: with lineages each model's own fits are judged"
        raise Problem(reader.at("predictor"), "stands beside [lineages]", mend)
    if tables["generator"]["kind"] == "shifted_truth":
        mend = "give a generator that is fitted to rows"
        raise Problem(reader.at("generator", "kind"), "shifted_truth does not train on the rows of lineages", mend)
    if subject == "counts":
        mend = 'use a family, categories, a regression, a text or rows of your own, e.g. kind = "poisson"'
        raise Problem(reader.at("lineages"), f"{tables['population']['kind']} on a table is run as one model", mend)
    try:
        for table in _points(tables["lineages"], TABLES["lineages"][tables["lineages"]["kind"]]):
            _check(table, tables, subject, study)
    except Problem as problem:
        if not problem.where.startswith("lineages."):
            raise
        raise Problem(reader.at(*problem.where.split(".")), problem.found, problem.mend) from problem


def _check(table: Table, tables: Mapping[str, Table], subject: str, study: Mapping[str, Any]) -> None:
    made = lineages_of_table(table)
    _check_of(table["of"], made, subject)
    _check_pairs(table["of"], study["metrics"])
    if subject == "text" and table["drawn"] == "by_share" and any(len(sources) > 1 for sources in made.exchange):
        found = "a text is a run of words of one model, and by share the source of every word would be drawn"
        raise Problem("lineages.drawn", found, 'give drawn = "by_rows"')
    penalties_of(table, made.count, [], 0)
    if table["penalty"] is not None and "penalty" not in tables["generator"]:
        found = f"the model {tables['generator']['kind']} has no penalty"
        raise Problem("lineages.penalty", found, "leave it out, or use a ridge model")
    workflow = dict(tables["workflow"])
    for key, spec in TABLES["workflow"][workflow["kind"]].items():
        values = axis_values(spec, workflow.get(key))
        workflow[key] = workflow.get(key) if values is None else values[0]
    made.refuse_many(study["generations"])
    first: dict[Workflow, str] = {}
    for each, name in zip(workflows_of(workflow, table, made.count), made.names, strict=True):
        first.setdefault(each, name)
    for each, name in first.items():
        try:
            each.check(study["generations"])
        except Problem as problem:
            raise Problem("lineages.workflows", f"lineage {name}: {problem.found}", problem.mend) from problem


def _check_of(of: str, made: Lineages, subject: str) -> None:
    if of not in (*OF, *made.names):
        known = [*OF, *(made.names if made.count <= 8 else [*made.names[:3], "...", made.names[-1]])]
        raise Problem("lineages.of", f"{of!r} is no lineage", f"give one of {', '.join(known)}")
    if of in ("whole", "between") and subject in _NO_WHOLE:
        raise Problem("lineages.of", f'"{of}" is not known here: {_NO_WHOLE[subject]}', 'give "mean", or a lineage')
    if of == "between" and made.count == 1:
        raise Problem("lineages.of", '"between" compares two lineages, and there is one', 'give "mean"')


def _check_pairs(of: str, metrics: Sequence[str]) -> None:
    wrong = next((metric for metric in metrics if metric not in (*OF_PAIRS, "ended")), None)
    if of == "between" and wrong is not None:
        mend = f'ask for metrics among {", ".join(OF_PAIRS)}, or give of = "mean"'
        raise Problem("lineages.of", f'{wrong} has no "between": it is not made of pairs of rows or errors', mend)


def _points(table: Table, keys: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the table at the points of its own axes."""
    axes = {key: values for key, spec in keys.items() if (values := axis_values(spec, table[key])) is not None}
    points = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
    return [{**table, **point} for point in points[:_CHECKED]]


def _refuse_length(key: str, given: Sequence[Any], count: int) -> None:
    if len(given) != count:
        raise Problem(
            f"lineages.{key}",
            f"{len(given)} {'value' if len(given) == 1 else 'values'} for {count} lineages",
            "give one for each lineage",
        )
