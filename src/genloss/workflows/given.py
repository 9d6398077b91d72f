"""Which workflow is meant by a name, a name with settings, a table, a workflow or a schedule? One grammar for all."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from typing import Any

from genloss.errors import Problem
from genloss.workflows.forms import ALIASES, FORMS
from genloss.workflows.schedule import Schedule
from genloss.workflows.workflow import Workflow

WorkflowLike = Workflow | Schedule | Mapping[str, Any] | str
"""What every argument called `workflow` takes.

"accumulate", any name of `NAMED` or `ALIASES`; "window rows=200 keep=3", a name with settings as a study writes them;
{"kind": "window", "rows": 200, "keep": 3}, or the long form with emit and train; a `Workflow`; a compiled `Schedule`,
where the answer needs no generations beyond its last. A function that is given real rows knows how many a batch has
where the name or the short table does not say.
"""

_EXAMPLE = 'give e.g. "accumulate rows=200", {"kind": "accumulate", "rows": 200}, or genloss.workflows.accumulate(200)'


def workflow_of(given: WorkflowLike, *, rows: int | None = None, where: str = "workflow") -> Workflow:
    """Return the workflow that is meant.

    rows: of a batch where a name or a short table says none; None: then it must say them. where: the argument's name.
    Errors: `Problem`, also for a `Schedule`, which has no rules to go on by.

    >>> workflow_of("augment", rows=200)
    genloss.workflows.accumulate(rows=200)
    >>> workflow_of("window rows=200 keep=3") == workflow_of({"kind": "window", "rows": 200, "keep": 3})
    True
    """
    if isinstance(given, Workflow):
        return given
    if isinstance(given, Schedule):
        found = f"a schedule, which ends at generation {len(given.train) - 1}"
        raise Problem(where, found, "give the workflow that it was compiled from")
    if not isinstance(given, str | Mapping):
        raise Problem(where, f"{given!r:.60} is not a workflow", _EXAMPLE)
    table = table_of_words(given, where) if isinstance(given, str) else dict(given)
    kind = ALIASES.get(str(table.get("kind")), table.get("kind"))
    if kind in FORMS and table.get("rows") is None and not {"emit", "train"} & table.keys():
        if rows is None:
            raise Problem(where, f"{given!r} says no number of rows", f"give {_with_rows(given)}")
        table["rows"] = rows
    return Workflow.from_dict(table)


def schedule_of(
    given: WorkflowLike, generations: int | None, *, rows: int | None = None, default: int | None = None
) -> Schedule:
    """Return the schedule of a workflow up to a generation, or the schedule that was given.

    generations: the last one; None: that of a schedule, else `default`. rows: as in `workflow_of`.

    >>> len(schedule_of("replace rows=10", 3).batches)
    4
    """
    if isinstance(given, Schedule):
        last = len(given.train) - 1
        if generations not in (None, last):
            raise Problem(
                "generations",
                f"{generations} beside a schedule that ends at generation {last}",
                "leave it out, or give the workflow itself",
            )
        return given
    workflow, last_one = workflow_of(given, rows=rows), default if generations is None else generations
    if last_one is None:
        raise Problem("generations", "missing", "give the last generation")
    return workflow.compile(last_one)


def workflow_words(given: WorkflowLike) -> str:
    """Write what was given on one line, as it can be given again; a schedule by its size."""
    if isinstance(given, Schedule):
        return f"<Schedule of {len(given.train)} generations and {len(given.batches)} batches>"
    return given if isinstance(given, str) else repr(given)


def table_of_words(words: str, where: str, example: str = "window keep=3") -> dict[str, Any]:
    """Read "name key=value ..." as the table that a study writes so, {"kind": name, key: value}."""
    name, *settings = words.split() or [words]
    read: dict[str, Any] = {"kind": name}
    for setting in settings:
        key, equals, value = setting.partition("=")
        if not equals:
            raise Problem(where, f"{setting!r} in {words!r}", f'give key=value without spaces, e.g. "{example}"')
        if key in read:
            raise Problem(where, f"{key} twice in {words!r}", "give it once")
        try:
            read |= tomllib.loads(f"{key} = {'0' * value.startswith('.')}{value}")
        except tomllib.TOMLDecodeError as error:
            why = f"{value} is neither a number nor a quoted word" if value else "it has no value"
            raise Problem(where, f"{setting!r} is not a setting: {why}", f'give e.g. "{example}"') from error
    return read


def _with_rows(given: Mapping[str, Any] | str) -> str:
    if isinstance(given, str):
        name, *settings = given.split()
        return f'"{" ".join([name, "rows=200", *settings])}"'
    return repr({"kind": given["kind"], "rows": 200} | {key: value for key, value in given.items() if key != "rows"})
