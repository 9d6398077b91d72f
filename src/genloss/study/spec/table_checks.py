"""Do the tables of a study go together? Models, metrics, lengths, rules and workflows beside the population."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from genloss.errors import Problem
from genloss.metrics import METRICS
from genloss.study.language.key import axis_values
from genloss.study.spec.kinds import KINDS
from genloss.study.spec.reader import Reader
from genloss.study.spec.regression_keys import ABSENT
from genloss.study.spec.rules import STAND_IN, is_rule
from genloss.study.spec.tables import TABLES
from genloss.study.spec.workflow_forms import workflow_of
from genloss.workflows import Workflow

Tables = Mapping[str, dict[str, Any]]

_NEEDS = {"real": "rows that are held out of a real data set", "linear": "true coefficients"}


def check_subject(subject: str, tables: Tables, metrics: Sequence[str], reader: Reader) -> None:
    """Refuse models and metrics that belong to studies about something else."""
    kind, population = KINDS[subject], tables["population"]["kind"]
    if tables["generator"]["kind"] not in kind.generators:
        found = f"{tables['generator']['kind']} is not a model of {population}"
        mend = f"give one of {', '.join(sorted(kind.generators))}"
        raise Problem(reader.at("generator", "kind"), found, mend)
    if "predictor" in tables and not kind.predictor:
        mend = "leave [predictor] out: each generation's own fit is judged"
        raise Problem(reader.at("predictor"), f"{population} has no inputs to predict from", mend)
    known = [name for name, metric in METRICS.items() if subject in metric.subjects]
    wrong = next((name for name in metrics if name not in known), None)
    if wrong is not None:
        mend = f'give metrics, some of {", ".join(known)}, e.g. metrics = ["{known[0]}"]'
        raise Problem(reader.source.at("metrics"), f"{population} has no {wrong}", mend)


def check_lengths(tables: Tables, reader: Reader) -> None:
    """Refuse lists of eigenvalues and coefficients that have not dim entries."""
    if "spectrum" in tables["population"]:
        for key in ("spectrum", "signal", "synthetic_spectrum", "synthetic_mean"):
            if key in tables["population"]:
                _check_length(tables, "population", key, reader)


def check_unlike_inputs(tables: Tables, reader: Reader) -> None:
    """Refuse inputs of models' own rows beside fits that all have the same inputs."""
    own = next((key for key in ABSENT if key in tables["population"]), None)
    design = tables["generator"].get("design", "fresh")
    if own is not None and design != "fresh":
        found = f'population.{own} gives synthetic rows inputs of their own, but "same" puts all labels on one set'
        raise Problem(reader.at("generator", "design"), found, f'give design = "fresh", or leave {own} out')


def check_rules(tables: Tables, reader: Reader) -> None:
    """Refuse sizes that follow from the predictor's rows where there is no predictor."""
    for name in ("population", "workflow"):
        for key, value in tables[name].items():
            values = value["each"] if isinstance(value, dict) and "each" in value else value
            rules = any(map(is_rule, values if isinstance(values, list) else [values]))
            if rules and "predictor" not in tables:
                found = "this size is computed from predictor.rows, but the study has no [predictor]"
                raise Problem(reader.at(name, key), found, "write [predictor], or give the size")


def check_shifted_truth(tables: Tables, reader: Reader) -> None:
    """Refuse a shifted truth beside what has no true coefficients, or where nobody is judged."""
    if tables["generator"]["kind"] != "shifted_truth":
        return
    if "dim" not in tables["population"]:
        mend = 'use [population] kind = "linear_gaussian", or another generator'
        raise Problem(reader.at("generator", "kind"), "shifted_truth needs true coefficients", mend)
    if "predictor" not in tables:
        mend = "write [predictor]: the model that is judged"
        raise Problem(
            reader.at("predictor"),
            "missing; a generator that is a shifted truth is not fitted, so it cannot be judged itself",
            mend,
        )
    _check_length(tables, "generator", "shift", reader)


def check_metrics(metrics: Sequence[str], tables: Tables, reader: Reader) -> None:
    """Refuse metrics that a population or a model of a regression does not have."""
    kind = "linear" if tables["population"]["kind"] == "linear_gaussian" else "real"
    judged = tables.get("predictor", tables["generator"])["kind"]
    for metric in metrics:
        needs = METRICS[metric].population
        if needs not in ("any", kind):
            why = f"{tables['population']['kind']} has no {metric}: it needs {_NEEDS[needs]}"
            raise Problem(reader.source.at("metrics"), why, "ask for excess_risk instead")
        if needs == "linear" and judged == "kernel_ridge":
            raise Problem(reader.source.at("metrics"), f"kernel_ridge has no {metric}", "ask for excess_risk instead")
        if metric == "held_out_excess_risk" and tables["population"].get("held_out") == 0:
            raise Problem(
                reader.source.at("metrics"), "no rows are held out", "raise population.held_out, or drop the metric"
            )


def checked_workflow(workflow: Mapping[str, Any], generations: int, reader: Reader) -> dict[str, Any]:
    """Read and compile the workflow, or the first of each value on its axes; return own rules written out in full."""
    keys = TABLES["workflow"][workflow["kind"]]
    axes = {key: values for key, spec in keys.items() if (values := axis_values(spec, workflow[key])) is not None}
    first = dict(workflow) | {key: values[0] for key, values in axes.items()}
    for key, values in axes.items() or {"": [None]}.items():
        for value in values:
            try:
                read = workflow_of(_with_stand_ins(first | {key: value} if key else first))
                _check_compiles(read, generations)
            except Problem as problem:
                raise _placed(problem, reader) from problem
    return dict(workflow) | (read.to_dict() if workflow["kind"] == "custom" and not axes else {})


@lru_cache(maxsize=256)
def _check_compiles(workflow: Workflow, generations: int) -> None:
    """Refuse rules that cannot be followed; cases that share a workflow ask once."""
    workflow.check(generations)


def _check_length(tables: Tables, name: str, key: str, reader: Reader) -> None:
    value, dim = tables[name][key], tables["population"]["dim"]
    for each in value["each"] if isinstance(value, dict) and "each" in value else [value]:
        inner = [each[part] for part in ("coefficients", "deviations") if isinstance(each, dict) and part in each]
        entries = inner[0] if inner else each
        if isinstance(entries, list) and any(len(entries) != d for d in (dim if isinstance(dim, list) else [dim])):
            raise Problem(reader.at(name, key), f"{len(entries)} numbers beside dim = {dim}", "give dim numbers")


def _with_stand_ins(workflow: Mapping[str, Any]) -> dict[str, Any]:
    return {key: STAND_IN if is_rule(value) else value for key, value in workflow.items()}


def _placed(problem: Problem, reader: Reader) -> Problem:
    """Say where in the user's file a workflow's problem stands."""
    inside = problem.where.removeprefix("workflow.")
    key = re.split(r"[.\[]", inside)[-1 if "." in inside else 0].rstrip("]")
    place = reader.at("workflow", key)
    return Problem(place[: len(place) - len(key)] + inside, problem.found, problem.mend)
