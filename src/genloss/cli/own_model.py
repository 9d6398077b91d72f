"""What do the words of a command mean that name a model and rows of one's own?"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from genloss.errors import Problem

_ROWS: dict[str, Callable[[Any], Any]] = {
    "target": click.option(
        "--target",
        metavar="COLUMN",
        default="",
        help="The column that the model predicts. The model is then given inputs X and target y apart.",
    ),
    "drop": click.option("--drop", metavar="COLUMN", multiple=True, help="Leave this column out. May be given again."),
    "missing": click.option(
        "--missing",
        type=click.Choice(["refuse", "drop"]),
        default="refuse",
        show_default=True,
        help="What to do with rows that have gaps: refuse the file, or drop these rows.",
    ),
}
_MODEL: dict[str, Callable[[Any], Any]] = {
    "options": click.option(
        "--options",
        metavar="JSON",
        default="{}",
        help="Arguments for making the model from ENTRY, as JSON, e.g. '{\"depth\": 3}'.",
    ),
    "format": click.option(
        "--format",
        type=click.Choice(["csv", "parquet", "npz", "jsonl"]),
        default="csv",
        show_default=True,
        help="Of a COMMAND: the format of the files that it reads and writes.",
    ),
    "timeout": click.option(
        "--timeout",
        type=click.FloatRange(0, 1e7, min_open=True),
        default=600.0,
        show_default=True,
        help="Of a COMMAND: how many seconds it may take each time.",
    ),
    "shell": click.option(
        "--shell", is_flag=True, help="Of a COMMAND: run it by a shell, so that pipes and the like work."
    ),
}


def rows_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how rows are read, and `wanted`, what they come to."""
    return _given(command, "wanted", _ROWS)


def model_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that say how a model is made, and `making`, what they come to."""
    return _given(command, "making", _MODEL)


def _given(command: Callable[..., Any], name: str, options: dict[str, Callable[[Any], Any]]) -> Callable[..., Any]:
    @wraps(command)
    def gathered(**given: Any) -> Any:
        told = {key: given.pop(key) for key in options}
        return command(**given, **{name: told})

    for option in reversed(options.values()):
        gathered = option(gathered)
    return gathered


def rows_named(data: str, wanted: dict[str, Any]) -> Any:
    """Return the rows of a file, or of a data set of the catalog."""
    from genloss.cli.places import places
    from genloss.populations import DATASETS
    from genloss.populations.own_data import rows_of_data
    from genloss.populations.own_rows.from_file import Wanted, rows_of_file

    if data in DATASETS and not Path(data).exists():
        return rows_of_data(data, Wanted(**wanted), places())
    return rows_of_file(Path(data), Wanted(**wanted))


def model_named(name: str, making: dict[str, Any]) -> Any:
    """Return what a name means: a command, an estimator of the list, or what a function returns, which is executed."""
    from genloss.code.named import find_function
    from genloss.code.trusted import made_by
    from genloss.models.command import Command
    from genloss.models.named import ESTIMATORS, estimator_of

    options = _options(making["options"])
    if "{" in name or " " in name:
        return Command(name, **{key: making[key] for key in ("format", "timeout", "shell")})
    if name in ESTIMATORS:
        return estimator_of(name, options, "model")
    if ":" not in name:
        mend = f"give file.py:function, a command with {{train}} {{out}} {{rows}}, or one of {', '.join(ESTIMATORS)}"
        raise Problem("model", f"{name!r} is not the name of a model", mend)
    return made_by(find_function(name, Path(), "model"), options)


def _options(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Problem(
            "--options", f"not JSON: {error}", "give a JSON object, e.g. --options '{\"depth\": 3}'"
        ) from error
    if not isinstance(found, dict):
        raise Problem("--options", f"{text[:60]} is not a JSON object", "give one, e.g. --options '{\"depth\": 3}'")
    return found
