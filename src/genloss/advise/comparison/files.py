"""Which workflows stand in these files?"""

from __future__ import annotations

import shlex
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.ordinary import content
from genloss.workflows import Workflow
from genloss.workflows.checks import whole

__all__ = ["Said", "read_files"]


@dataclass(frozen=True, slots=True)
class Said:
    """What the files say of the last generation and the number of parameters."""

    generations: int
    dim: int


def read_files(paths: Sequence[Path], *, dim: int | None = None) -> tuple[dict[str, Workflow], Said]:
    """Return the workflows of studies, or of files with a [workflow] table only, by name.

    A study may hold several: one for each case and each value of a workflow's key. The name is that
    of the file, and of the case and values where there are more. dim: overrules the files.
    Errors: `Problem` with the file.
    """
    twice = next(
        (path for place, path in enumerate(paths) if path.resolve() in [each.resolve() for each in paths[:place]]), None
    )
    if twice is not None:
        raise Problem(str(twice), "is given twice, and cannot be compared with itself", "name each file once")
    found: dict[str, Workflow] = {}
    generations, dims = [], []
    for path in paths:
        form = _read(path)
        workflows, last, size = _of_study(path) if "population" in form else _alone(path, form)
        for name, workflow in workflows.items():
            label = path.stem + (f", {name}" if name else "")
            found[label if label not in found else f"{path.parent.name}/{label}"] = workflow
        generations.append(last)
        dims.append(size)
    given = {dim} if dim is not None else {size for size in dims if size is not None}
    if len(given) > 1:
        raise Problem(
            "files", f"numbers of parameters {sorted(given)}", "give --dim, or studies that all have the same dim"
        )
    ends = [last for last in generations if last is not None]
    return found, Said(max(ends, default=10), next(iter(given), 1))


_TAKES = "compare takes workflows: studies, or TOML files with a [workflow] table only"


def _read(path: Path) -> dict[str, Any]:
    _refuse_data(path)
    try:
        return tomllib.loads(content(path).decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "is not UTF-8 text"
        raise Problem(str(path), f"cannot be read: {reason}", f"give another file: {_TAKES}") from error
    except tomllib.TOMLDecodeError as error:
        raise Problem(str(path), f"is not TOML: {error}", "correct the line that is named") from error


def _refuse_data(path: Path) -> None:
    """Say of a table, or of a folder, what compare takes, and which command takes tables."""
    from genloss.populations.tables.formats import FORMATS
    from genloss.populations.tables.generations import refuse_generations

    endings, what = tuple(FORMATS), "data, not a workflow"
    if path.is_dir():
        what = "a folder"
        refuse_generations([each for each in sorted(path.rglob("*")) if _ends(each, endings)], path, str(path))
    elif not ("*" in path.name or _ends(path, endings)):
        return
    forecast = f"genloss forecast {shlex.quote(str(path))} --target COLUMN"
    raise Problem(str(path), f"{what}: {_TAKES}", f"give such files; for a model of data: {forecast}")


def _ends(path: Path, endings: tuple[str, ...]) -> bool:
    return path.name.lower().endswith(endings)


def _alone(path: Path, form: dict[str, Any]) -> tuple[dict[str, Workflow], int | None, int | None]:
    for key in form:
        if key not in ("workflow", "generations", "dim"):
            raise Problem(f"{path}: {key}", "unknown key", "give [workflow], generations, dim; or a whole study")
    if "workflow" not in form:
        raise Problem(f"{path}: workflow", "missing", 'give [workflow] with kind = "replace" and rows = 100')
    numbers: list[int | None] = []
    for key, low in (("generations", 0), ("dim", 1)):
        given = form.get(key)
        place = f"{path}: {key}"
        numbers.append(
            None if given is None else whole(given, place, lowest=low, meaning=f"a whole number from {low} on")
        )
    try:
        return {"": Workflow.from_dict(form["workflow"])}, numbers[0], numbers[1]
    except Problem as problem:
        raise Problem(f"{path}: {problem.where}", problem.found, problem.mend) from problem


def _of_study(path: Path) -> tuple[dict[str, Workflow], int | None, int | None]:
    from genloss.study import Study
    from genloss.study.page.words import axis_name

    study = Study.load(path)
    found: dict[str, Workflow] = {}
    several: dict[str, str] = {}
    for cell in study.cells():
        generator = cell.settings["generator"]
        if generator.get("temperature", 1.0) != 1 or generator.get("top_p", 1.0) != 1:
            found_there = "models that are not sampled as they are: their loss is not that of the workflow alone"
            raise Problem(f"{path}: generator", found_there, f"use genloss predict {path}")
        workflow = Workflow.from_dict(cell.settings["workflow"])
        if workflow.id in several:
            continue
        values = [f"{axis_name(key)} = {value}" for key, value in cell.axes.items() if key.startswith("workflow.")]
        name = ", ".join(part for part in (cell.case, *values) if part)
        several[workflow.id] = name
        found[name] = workflow
    dims = {cell.settings["population"].get("dim") for cell in study.cells()}
    dim = dims.pop() if len(dims) == 1 else None
    if len(found) == 1:
        found = {"": next(iter(found.values()))}
    return found, study.resolved["generations"], dim
