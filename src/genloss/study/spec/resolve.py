"""From what the user wrote to what will run: defaults filled in, names normalized, files read, all checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from genloss.errors import Problem, nearest
from genloss.metrics import METRICS
from genloss.metrics.judged import completed
from genloss.study.language.checks import brief
from genloss.study.language.source import Source
from genloss.study.spec import count_keys, own_keys
from genloss.study.spec.family_keys import MAY_END
from genloss.study.spec.kinds import KINDS, subject_name
from genloss.study.spec.lineages import check_lineages
from genloss.study.spec.reader import Reader
from genloss.study.spec.regression_keys import ABSENT
from genloss.study.spec.table_checks import (
    check_lengths,
    check_metrics,
    check_rules,
    check_shifted_truth,
    check_subject,
    check_unlike_inputs,
    checked_workflow,
)
from genloss.study.spec.tables import STUDY, TABLES


def resolve(raw: Mapping[str, Any], source: Source, folder: Path) -> dict[str, Any]:
    """Return the resolved study without its claims; resolving it again changes nothing."""
    reader = Reader(source, folder)
    _refuse_unknown_top(raw, reader)
    resolved = {name: reader.study_value(name, key, raw) for name, key in STUDY.items()}
    if resolved["stop_at_se"] is None:  # absent where it is not asked for, so that ids stay what they were
        del resolved["stop_at_se"]
    resolved["report"] = _checked_report(resolved["report"], resolved["generations"], reader)
    kinds = _population_kinds(raw)
    resolved["metrics"] = _checked_metrics(resolved["metrics"] or _default_metrics(kinds), kinds, reader)
    base = {name: raw[name] for name in TABLES if name in raw}
    if "case" not in raw:
        return resolved | _tables(base, resolved, reader)
    cases = raw["case"]
    if not isinstance(cases, list) or not cases or not all(isinstance(case, Mapping) for case in cases):
        raise Problem(reader.at("case"), "is not a list of tables", "write each case under its own [[case]]")
    resolved["case"] = [_case(case, f"case {place}", base, resolved, reader) for place, case in enumerate(cases, 1)]
    names = [case["name"] for case in resolved["case"]]
    twice = next((name for name, count in Counter(names).items() if count > 1), None)
    if twice is not None:
        raise Problem(reader.at("case", "name"), f"{twice!r} names two cases", "give each case its own name")
    return resolved


def _refuse_unknown_top(raw: Mapping[str, Any], reader: Reader) -> None:
    known = [*STUDY, *TABLES, "case", "claim"]
    for key in raw:
        if key not in known:
            reader.refuse(key, known, key)
    for name in TABLES:
        if name in raw and not isinstance(raw[name], Mapping):
            reader.no_table(name, raw[name])


def _checked_report(report: list[int] | None, last: int, reader: Reader) -> list[int]:
    chosen = list(range(last + 1)) if report is None else sorted(set(report))
    if chosen[-1] > last:
        raise Problem(reader.at("report"), f"{chosen[-1]} is after the last generation, {last}", "raise generations")
    return chosen


def _checked_metrics(asked: list[str], kinds: Sequence[str], reader: Reader) -> list[str]:
    """Add `ended` where an estimate may not exist, as no such study is without its horizon; all of a judge for one."""
    metrics = (
        [*asked, "ended"] if {*MAY_END, *count_keys.POPULATION}.intersection(kinds) and "ended" not in asked else asked
    )
    metrics = completed(metrics)
    for metric in metrics:
        if metric not in METRICS:
            raise Problem(reader.at("metrics"), f"{metric!r} is not a metric", nearest(metric, list(METRICS)))
        if metrics.count(metric) > 1:
            raise Problem(reader.at("metrics"), f"{metric!r} stands twice", "name each metric once")
    return metrics


def _default_metrics(kinds: Sequence[str]) -> list[str]:
    """The first metric of what the study is about."""
    subject = next((subject_name(kind) for kind in kinds if kind in TABLES["population"]), "regression")
    return [next(name for name, metric in METRICS.items() if subject in metric.subjects)]


def _population_kinds(raw: Mapping[str, Any]) -> list[str]:
    """The kinds of all populations that a study names, in order; what is no table has none."""
    cases = raw.get("case")
    tables = [raw, *(cases if isinstance(cases, list) else [])]
    found = [table.get("population") for table in tables if isinstance(table, Mapping)]
    return [str(population.get("kind")) for population in found if isinstance(population, Mapping)]


def _case(
    case: Mapping[str, Any], unnamed: str, base: Mapping[str, Any], study: Mapping[str, Any], reader: Reader
) -> dict[str, Any]:
    """Resolve one case: its keys over the study's tables. unnamed: what it is called if it has no name."""
    name = case.get("name", unnamed)
    if not isinstance(name, str) or not name:
        raise Problem(reader.at("case", "name"), f"{name!r} is not text", 'give the case a name, e.g. name = "ridge"')
    for key in case:
        if key in STUDY:
            found = "a key of the study stands inside [[case]]"
            raise Problem(reader.at("case", key), found, f"move {key} before the first table")
        if key not in ("name", "simulate", *TABLES):
            reader.refuse(key, ["name", "simulate", *TABLES], "case", key)
    simulate = case.get("simulate", True)
    if not isinstance(simulate, bool):
        raise Problem(
            reader.at("case", "simulate"),
            f"{brief(simulate)} is not true or false",
            "give false for theory alone, or true",
        )
    merged = {table: _merge(base.get(table), case.get(table)) for table in TABLES if table in base or table in case}
    alone = {} if simulate else {"simulate": False}  # absent where true, so that ids stay what they were
    return {"name": name} | alone | _tables(merged, study, replace(reader, path=(f"case {name}",)))


def _merge(base: Any, change: Any) -> Any:
    """Put a case's keys over the study's; a table of another kind replaces the study's whole."""
    if not isinstance(base, Mapping) or not isinstance(change, Mapping):
        return base if change is None else change
    if "kind" in change and change["kind"] != base.get("kind"):
        return change
    return {**base, **change}


def _tables(given: Mapping[str, Any], study: Mapping[str, Any], reader: Reader) -> dict[str, Any]:
    """Resolve the tables of a study or a case. study: the resolved keys that stand before the first table."""
    for name in ("population", "workflow"):
        if name not in given:
            raise Problem(reader.at(name), "missing", f"write [{name}] and its keys below it")
    population = reader.table("population", given["population"])
    population = {key: value for key, value in population.items() if key not in ABSENT or value is not None}
    if population["kind"] in own_keys.POPULATION:
        population = own_keys.said(population)
    subject = subject_name(population["kind"])
    default = KINDS[subject].default
    if "generator" not in given and default is None:
        raise Problem(reader.at("generator"), "missing", "write [generator] and its keys below it")
    given = {"generator": {"kind": default}, **given}
    rest = [name for name in TABLES if name in given and name != "population"]
    tables = {"population": population} | {name: reader.table(name, given[name]) for name in rest}
    check_subject(subject, tables, study["metrics"], reader)
    check_lengths(tables, reader)
    for role in ("generator", "predictor"):
        if role in tables and tables[role].get("noise", 0.0) is None and not isinstance(population["noise"], list):
            tables[role]["noise"] = population["noise"]
    check_rules(tables, reader)
    check_shifted_truth(tables, reader)
    check_unlike_inputs(tables, reader)
    tables["workflow"] = checked_workflow(tables["workflow"], study["generations"], reader)
    if "lineages" in tables:
        check_lineages(tables, subject, study, reader)
    if subject == "regression":
        check_metrics(study["metrics"], tables, reader)
    return tables
