"""From what the user wrote to what will run: defaults filled in, names normalized, files read, all checked."""

import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from genloss.errors import Problem, nearest
from genloss.metrics import METRICS
from genloss.study.claims import resolve_claims
from genloss.study.keys import MISSING, STUDY, TABLES, Key, axis_values, brief
from genloss.study.source import Source, plain
from genloss.workflows import ALIASES, Workflow

_AXIS_TABLES = ("each", "log", "linear")
_LONGEST_AXIS = 10_000
_NEEDS = {"real": "rows that are held out of a real data set", "linear": "true coefficients"}


def resolve(raw: Mapping[str, Any], source: Source, folder: Path) -> dict[str, Any]:
    """Return the resolved study; resolving it again changes nothing."""
    _refuse_unknown_top(raw, source)
    resolved = {name: _study_value(name, key, raw, source) for name, key in STUDY.items()}
    last = resolved["generations"]
    resolved["report"] = _checked_report(resolved["report"], last, source)
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
        if key != "name" and key not in TABLES:
            _refuse(key, ["name", *TABLES], ("case", key), source)
    merged = {table: _merge(base.get(table), case.get(table)) for table in TABLES if table in base or table in case}
    return {"name": name} | _tables(merged, generations, metrics, source, folder, (f"case {name}",))


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
    wrong = None if _same(value, key.default) else key.check(value)
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
    for name in ("population", "workflow", "generator"):
        if name not in base:
            raise Problem(source.at(*path, name), "missing", f"write [{name}] and its keys below it")
    tables = {name: _table(name, plain(base[name]), source, folder, path) for name in TABLES if name in base}
    population = tables["population"]
    if "dim" in population:
        for key in ("spectrum", "signal"):
            _check_lengths(population, key, source, path)
    for role in ("generator", "predictor"):
        if role in tables and tables[role]["noise"] is None and not isinstance(population["noise"], list):
            tables[role]["noise"] = population["noise"]
    _check_workflows(tables["workflow"], generations, source, path)
    _check_metrics(metrics, tables, source)
    return tables


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
        key: _value(spec, given.get(key, spec.default), place[key], folder) for key, spec in keys.items()
    }


def _value(key: Key, value: Any, where: str, folder: Path) -> Any:
    """Check one value or each value of an axis; an axis comes back as a list or {each = [...]}."""
    if value is MISSING:
        raise Problem(where, "missing", f"give {key.meaning}")
    if _same(value, key.default):
        return value
    axis = _axis(key, value, where)
    if axis is None:
        return _single(key, value, where, folder)
    values = [_single(key, item, where, folder) for item in axis]
    if len({str(item) for item in values}) < len(values):
        raise Problem(where, "the same value stands twice on an axis", "give each value once")
    return values if key.axis == "list" else {"each": values}


def _same(value: Any, default: Any) -> bool:
    """Whether a value is the default, in type as well: true is not 1, and 1.0 is no whole number."""
    return type(value) is type(default) and json.dumps(value, default=str) == json.dumps(default, default=str)


def _single(key: Key, value: Any, where: str, folder: Path) -> Any:
    value = _from_file(value, where, folder)
    wrong = key.check(value)
    if wrong:
        raise Problem(where, wrong, f"give {key.meaning}")
    return value


def _axis(key: Key, value: Any, where: str) -> list[Any] | None:
    """Return the values of an axis, or None for a single value."""
    if isinstance(value, list) and key.axis == "list":
        axis = value
    elif isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _AXIS_TABLES:
        ((how, inner),) = value.items()
        axis = inner if how == "each" else _spaced(how, inner, where, whole=key.check(1.5) is not None)
    else:
        return None
    if not isinstance(axis, list) or not 0 < len(axis) <= _LONGEST_AXIS:
        raise Problem(where, f"{axis!r} is not a list of 1 to {_LONGEST_AXIS:,} values", f"give {key.meaning}")
    return axis


def _spaced(how: str, inner: Any, where: str, *, whole: bool) -> list[Any]:
    form = f"give {{{how} = [first, last, how many]}}, e.g. {{log = [1e-4, 1e2, 30]}}"
    numbers = isinstance(inner, list) and all(isinstance(x, int | float) and not isinstance(x, bool) for x in inner)
    if not numbers or len(inner) != 3 or not all(abs(x) <= 1e100 for x in inner):
        raise Problem(where, f"{inner!r} is not three numbers", form)
    first, last, count = inner
    if not isinstance(count, int) or not 1 < count <= _LONGEST_AXIS or (how == "log" and min(first, last) <= 0):
        raise Problem(where, f"{inner!r} does not describe a {how} axis", form)
    values = (np.geomspace if how == "log" else np.linspace)(first, last, count)
    if whole:
        return list(dict.fromkeys(int(x) for x in np.rint(values)))
    return [float(f"{x:.12g}") for x in values]


def _from_file(value: Any, where: str, folder: Path) -> Any:
    """Replace {file = "x.npy"}, also one level down, by the numbers in the file."""
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"file"}:
        return {key: _from_file(inner, where, folder) for key, inner in value.items()}
    if not isinstance(value["file"], str):
        raise Problem(where, f"{value['file']!r} is not a path", 'give the path of a .npy file, e.g. "spectrum.npy"')
    path = folder / value["file"]
    try:
        if path.is_dir():
            raise Problem(where, f"{path}: a folder, not a file", "give the path of a .npy file")
        with path.open("rb") as file:
            _refuse_short(file, path, where)
            array = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise Problem(where, f"{path}: no such file", "give a path relative to the study's folder") from error
    except (OSError, ValueError, EOFError) as error:
        raise Problem(where, f"{path}: not a whole .npy file ({error})", "save it again with numpy.save") from error
    if array.ndim != 1 or array.dtype.kind not in "fiu" or array.size == 0:
        raise Problem(where, f"{path}: {array.dtype} of shape {array.shape}", "save one list of numbers")
    if not np.all(np.isfinite(array)):
        place = int(np.flatnonzero(~np.isfinite(array))[0])
        raise Problem(where, f"{path}: entry {place} is {array[place]}", "save finite numbers only")
    return [float(x) for x in array]


def _refuse_short(file: BinaryIO, path: Path, where: str) -> None:
    """Refuse a .npy file whose header promises more numbers than the file holds, before memory is asked for."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    promised, held = int(np.prod(shape, dtype=object)) * dtype.itemsize, path.stat().st_size - file.tell()
    if promised > held and not dtype.hasobject:
        raise Problem(where, f"{path}: {held:,} bytes of numbers where its header says {promised:,}", "save it again")
    file.seek(0)


def _check_lengths(population: Mapping[str, Any], key: str, source: Source, path: tuple[str, ...]) -> None:
    """Lists of eigenvalues and coefficients must have dim entries."""
    values = (
        population[key]["each"]
        if isinstance(population[key], dict) and "each" in population[key]
        else [population[key]]
    )
    dims = population["dim"] if isinstance(population["dim"], list) else [population["dim"]]
    for value in values:
        entries = value["coefficients"] if isinstance(value, dict) and "coefficients" in value else value
        if isinstance(entries, list) and any(len(entries) != dim for dim in dims):
            raise Problem(
                source.at(*path, "population", key),
                f"{len(entries)} numbers beside dim = {population['dim']}",
                "give dim numbers",
            )


def _check_workflows(workflow: dict[str, Any], generations: int, source: Source, path: tuple[str, ...]) -> None:
    """Read and compile the workflow, or the first of each value on its axes; write own rules out in full."""
    keys = TABLES["workflow"][workflow["kind"]]
    axes = {key: values for key, spec in keys.items() if (values := axis_values(spec, workflow[key])) is not None}
    first = workflow | {key: values[0] for key, values in axes.items()}
    for key, values in axes.items() or {"": [None]}.items():
        for value in values:
            try:
                read = Workflow.from_dict(first | {key: value} if key else first)
                read.compile(generations)
            except Problem as problem:
                raise _placed(problem, source, path) from problem
    if workflow["kind"] == "custom" and not axes:
        workflow |= read.to_dict()


def _placed(problem: Problem, source: Source, path: tuple[str, ...]) -> Problem:
    """Say where in the user's file a workflow's problem stands."""
    inside = problem.where.removeprefix("workflow.")
    key = re.split(r"[.\[]", inside)[-1 if "." in inside else 0].rstrip("]")
    place = source.at(*path, "workflow", key)
    return Problem(place[: len(place) - len(key)] + inside, problem.found, problem.mend)
