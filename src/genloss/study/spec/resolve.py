"""From what the user wrote to what will run: defaults filled in, names normalized, files read, all checked."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from genloss.errors import Problem, nearest
from genloss.metrics import METRICS
from genloss.study.claims.claim import resolve_claims
from genloss.study.language.checks import brief
from genloss.study.language.key import MISSING, Key, axis_values
from genloss.study.language.source import Source, plain
from genloss.study.language.values import same, value_of
from genloss.study.spec.family_keys import MAY_END
from genloss.study.spec.kinds import KINDS, subject_name
from genloss.study.spec.rules import STAND_IN, is_rule
from genloss.study.spec.tables import STUDY, TABLES
from genloss.workflows import ALIASES, Workflow

_NEEDS = {"real": "rows that are held out of a real data set", "linear": "true coefficients"}


def resolve(raw: Mapping[str, Any], source: Source, folder: Path) -> dict[str, Any]:
    """Return the resolved study; resolving it again changes nothing."""
    _refuse_unknown_top(raw, source)
    resolved = {name: _study_value(name, key, raw, source) for name, key in STUDY.items()}
    last = resolved["generations"]
    resolved["report"] = _checked_report(resolved["report"], last, source)
    kinds = _population_kinds(raw)
    resolved["metrics"] = _with_horizon(kinds, resolved["metrics"] or _default_metrics(kinds))
    for metric in resolved["metrics"]:
        if metric not in METRICS:
            raise Problem(source.at("metrics"), f"{metric!r} is not a metric", nearest(metric, list(METRICS)))
        if resolved["metrics"].count(metric) > 1:
            raise Problem(source.at("metrics"), f"{metric!r} stands twice", "name each metric once")
    claims = {"claim": resolve_claims(raw["claim"], resolved["metrics"], source)} if "claim" in raw else {}
    base = {name: raw[name] for name in TABLES if name in raw}
    if "case" not in raw:
        return resolved | _tables(base, last, resolved["metrics"], source, folder, ()) | claims
    cases = raw["case"]
    if not isinstance(cases, list) or not cases or not all(isinstance(case, Mapping) for case in cases):
        raise Problem(source.at("case"), "is not a list of tables", "write each case under its own [[case]]")
    metrics = resolved["metrics"]
    resolved["case"] = [
        _case(case, number, base, last, metrics, source, folder) for number, case in enumerate(cases, start=1)
    ]
    names = [case["name"] for case in resolved["case"]]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise Problem(source.at("case", "name"), f"{twice!r} names two cases", "give each case its own name")
    return resolved | claims


def _with_horizon(kinds: Sequence[str], metrics: list[str]) -> list[str]:
    """Add `ended` where an estimate may not exist: no such study is without its horizon."""
    return [*metrics, "ended"] if MAY_END.intersection(kinds) and "ended" not in metrics else metrics


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
    case: Mapping[str, Any],
    number: int,
    base: Mapping[str, Any],
    generations: int,
    metrics: Sequence[str],
    source: Source,
    folder: Path,
) -> dict[str, Any]:
    name = case.get("name", f"case {number}")
    if not isinstance(name, str) or not name:
        raise Problem(source.at("case", "name"), f"{name!r} is not text", 'give the case a name, e.g. name = "ridge"')
    for key in case:
        if key in STUDY:
            raise Problem(
                source.at("case", key),
                "a key of the study stands inside [[case]]",
                f"move {key} before the first table",
            )
        if key not in ("name", "simulate", *TABLES):
            _refuse(key, ["name", "simulate", *TABLES], ("case", key), source)
    simulate = case.get("simulate", True)
    if not isinstance(simulate, bool):
        raise Problem(source.at("case", "simulate"), f"{brief(simulate)} is not true or false", "false: theory alone")
    merged = {table: _merge(base.get(table), case.get(table)) for table in TABLES if table in base or table in case}
    alone = {} if simulate else {"simulate": False}  # absent where true, so that ids stay what they were
    return {"name": name} | alone | _tables(merged, generations, metrics, source, folder, (f"case {name}",))


def _merge(base: Any, change: Any) -> Any:
    """Put a case's keys over the study's; a table of another kind replaces the study's whole."""
    if not isinstance(base, Mapping) or not isinstance(change, Mapping):
        return base if change is None else change
    if "kind" in change and change["kind"] != base.get("kind"):
        return change
    return {**base, **change}


def _refuse_unknown_top(raw: Mapping[str, Any], source: Source) -> None:
    known = [*STUDY, *TABLES, "case", "claim"]
    for key in raw:
        if key not in known:
            _refuse(key, known, (key,), source)
    for name in TABLES:
        if name in raw and not isinstance(raw[name], Mapping):
            raise Problem(source.at(name), f"{raw[name]!r} is not a table", f"write [{name}] and its keys below it")


def _refuse(key: str, known: list[str], path: tuple[str, ...], source: Source) -> None:
    raise Problem(source.at(*path), "unknown key", nearest(key, known))


def _study_value(name: str, key: Key, raw: Mapping[str, Any], source: Source) -> Any:
    value = plain(raw.get(name, key.default))
    if value is MISSING:
        raise Problem(source.at(name), "missing", f"before the first table, give {key.meaning}")
    wrong = None if same(value, key.default) else key.check(value)
    if wrong:
        raise Problem(source.at(name), wrong, f"give {key.meaning}")
    return value


def _checked_report(report: list[int] | None, last: int, source: Source) -> list[int]:
    chosen = list(range(last + 1)) if report is None else sorted(set(report))
    if chosen[-1] > last:
        raise Problem(source.at("report"), f"{chosen[-1]} is after the last generation, {last}", "raise generations")
    return chosen


def _tables(
    base: Mapping[str, Any],
    generations: int,
    metrics: Sequence[str],
    source: Source,
    folder: Path,
    path: tuple[str, ...],
) -> dict[str, Any]:
    for name in ("population", "workflow"):
        if name not in base:
            raise Problem(source.at(*path, name), "missing", f"write [{name}] and its keys below it")
    population = _table("population", plain(base["population"]), source, folder, path)
    subject = subject_name(population["kind"])
    default = KINDS[subject].default
    if "generator" not in base and default is None:
        raise Problem(source.at(*path, "generator"), "missing", "write [generator] and its keys below it")
    base = {"generator": {"kind": default}, **base}
    rest = [name for name in TABLES if name in base and name != "population"]
    tables = {"population": population} | {name: _table(name, plain(base[name]), source, folder, path) for name in rest}
    _check_subject(subject, tables, metrics, source, path)
    if "spectrum" in population:
        for key in ("spectrum", "signal"):
            _check_lengths(population, key, source, path)
    for role in ("generator", "predictor"):
        if role in tables and tables[role].get("noise", 0.0) is None and not isinstance(population["noise"], list):
            tables[role]["noise"] = population["noise"]
    _check_rules(tables, source, path)
    if tables["generator"]["kind"] == "shifted_truth":
        if "dim" not in population:
            raise Problem(
                source.at(*path, "generator", "kind"),
                "shifted_truth needs true coefficients",
                'use [population] kind = "linear_gaussian", or another generator',
            )
        if "predictor" not in tables:
            raise Problem(
                source.at(*path, "predictor"),
                "missing: a shifted truth is not fitted",
                "write [predictor]: who is judged",
            )
        _check_lengths(population, "shift", source, path, tables["generator"])
    _check_truth(subject, tables, source, path)
    _check_workflows(tables["workflow"], generations, source, path)
    if subject == "regression":
        _check_metrics(metrics, tables, source)
    return tables


def _check_subject(
    subject: str, tables: Mapping[str, Any], metrics: Sequence[str], source: Source, path: tuple[str, ...]
) -> None:
    """Refuse models and metrics that belong to studies about something else."""
    kind, population = KINDS[subject], tables["population"]["kind"]
    if tables["generator"]["kind"] not in kind.generators:
        found = f"{tables['generator']['kind']} is no model of {population}"
        mend = f"give one of {', '.join(sorted(kind.generators))}"
        raise Problem(source.at(*path, "generator", "kind"), found, mend)
    if "predictor" in tables and not kind.predictor:
        mend = "leave [predictor] out: each generation's own fit is judged"
        raise Problem(source.at(*path, "predictor"), f"{population} has no inputs to predict from", mend)
    known = [name for name, metric in METRICS.items() if subject in metric.subjects]
    wrong = next((name for name in metrics if name not in known), None)
    if wrong is not None:
        mend = f'give metrics, some of {", ".join(known)}, e.g. metrics = ["{known[0]}"]'
        raise Problem(source.at("metrics"), f"{population} has no {wrong}", mend)


def _check_truth(subject: str, tables: Mapping[str, Any], source: Source, path: tuple[str, ...]) -> None:
    """Refuse a truth outside its family; values on an axis are seen when they are used."""
    population = tables["population"]
    keys = TABLES["population"][population["kind"]]
    if subject not in ("family", "categories") or any(axis_values(keys[k], population[k]) is not None for k in keys):
        return
    from genloss.study.subjects.categories.truth import truth_of
    from genloss.study.subjects.families.models import refitted

    try:
        (refitted if subject == "family" else truth_of)(population)
    except Problem as problem:
        key = next((key for key in keys if key in problem.where), next(iter(keys)))
        raise Problem(source.at(*path, "population", key), problem.found, problem.mend) from problem


def _check_metrics(metrics: Sequence[str], tables: Mapping[str, Any], source: Source) -> None:
    """Refuse metrics that a population or a model does not have."""
    kind = "linear" if tables["population"]["kind"] == "linear_gaussian" else "real"
    judged = tables.get("predictor", tables["generator"])["kind"]
    for metric in metrics:
        needs = METRICS[metric].population
        if needs not in ("any", kind):
            why = f"{tables['population']['kind']} has no {metric}: it needs {_NEEDS[needs]}"
            raise Problem(source.at("metrics"), why, "ask for excess_risk instead")
        if needs == "linear" and judged == "kernel_ridge":
            raise Problem(source.at("metrics"), f"kernel_ridge has no {metric}", "ask for excess_risk instead")
        if metric == "held_out_excess_risk" and tables["population"].get("held_out") == 0:
            raise Problem(source.at("metrics"), "no rows are held out", "raise population.held_out, or drop the metric")


def _table(name: str, given: Any, source: Source, folder: Path, path: tuple[str, ...]) -> dict[str, Any]:
    if not isinstance(given, Mapping):
        raise Problem(source.at(*path, name), f"{given!r} is not a table", f"write [{name}] and its keys below it")
    kinds = TABLES[name]
    if name == "workflow" and "kind" not in given and ("emit" in given or "train" in given):
        given = {"kind": "custom", **given}
    if "kind" not in given:
        raise Problem(source.at(*path, name, "kind"), "missing", f"give one of {', '.join(kinds)}")
    kind = ALIASES.get(str(given["kind"]), given["kind"])
    if not isinstance(kind, str):
        raise Problem(
            source.at(*path, name, "kind"),
            f"{brief(kind)} is not text",
            f"give one of {', '.join(kinds)}; for several kinds use [[case]]",
        )
    if kind not in kinds:
        raise Problem(source.at(*path, name, "kind"), f"{kind!r} is not known", nearest(str(kind), list(kinds)))
    keys = kinds[kind]
    for key in given:
        if key in STUDY and key not in keys:
            raise Problem(
                source.at(*path, name, key),
                f"a key of the study stands inside [{name}]",
                f"move {key} before the first table",
            )
        if key != "kind" and key not in keys:
            _refuse(key, ["kind", *keys], (*path, name, key), source)
    place = {key: source.at(*path, name, key) for key in keys}
    return {"kind": kind} | {
        key: value_of(spec, given.get(key, spec.default), place[key], folder) for key, spec in keys.items()
    }


def _check_lengths(
    population: Mapping[str, Any],
    key: str,
    source: Source,
    path: tuple[str, ...],
    generator: Mapping[str, Any] | None = None,
) -> None:
    """Lists of eigenvalues, coefficients and the generator's deviations must have dim entries."""
    table = population if generator is None else generator
    values = table[key]["each"] if isinstance(table[key], dict) and "each" in table[key] else [table[key]]
    dims = population["dim"] if isinstance(population["dim"], list) else [population["dim"]]
    for value in values:
        inner = [value[name] for name in ("coefficients", "deviations") if isinstance(value, dict) and name in value]
        entries = inner[0] if inner else value
        if isinstance(entries, list) and any(len(entries) != dim for dim in dims):
            raise Problem(
                source.at(*path, "population" if generator is None else "generator", key),
                f"{len(entries)} numbers beside dim = {population['dim']}",
                "give dim numbers",
            )


def _check_rules(tables: Mapping[str, Any], source: Source, path: tuple[str, ...]) -> None:
    """Sizes that follow from the predictor's rows need a predictor."""
    for name in ("population", "workflow"):
        for key, value in tables[name].items():
            values = value["each"] if isinstance(value, dict) and "each" in value else value
            rules = any(map(is_rule, values if isinstance(values, list) else [values]))
            if rules and "predictor" not in tables:
                raise Problem(source.at(*path, name, key), "follows from the rows of no predictor", "write [predictor]")


def _check_workflows(workflow: dict[str, Any], generations: int, source: Source, path: tuple[str, ...]) -> None:
    """Read and compile the workflow, or the first of each value on its axes; write own rules out in full."""
    keys = TABLES["workflow"][workflow["kind"]]
    axes = {key: values for key, spec in keys.items() if (values := axis_values(spec, workflow[key])) is not None}
    first = workflow | {key: values[0] for key, values in axes.items()}
    for key, values in axes.items() or {"": [None]}.items():
        for value in values:
            try:
                read = Workflow.from_dict(_with_stand_ins(first | {key: value} if key else first))
                read.compile(generations)
            except Problem as problem:
                raise _placed(problem, source, path) from problem
    if workflow["kind"] == "custom" and not axes:
        workflow |= read.to_dict()


def _with_stand_ins(workflow: Mapping[str, Any]) -> dict[str, Any]:
    return {key: STAND_IN if is_rule(value) else value for key, value in workflow.items()}


def _placed(problem: Problem, source: Source, path: tuple[str, ...]) -> Problem:
    """Say where in the user's file a workflow's problem stands."""
    inside = problem.where.removeprefix("workflow.")
    key = re.split(r"[.\[]", inside)[-1 if "." in inside else 0].rstrip("]")
    place = source.at(*path, "workflow", key)
    return Problem(place[: len(place) - len(key)] + inside, problem.found, problem.mend)
