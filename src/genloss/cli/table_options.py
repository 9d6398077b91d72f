"""Which options say how a table is read? Every command that reads one has them, and is given `reading`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "target": click.option("--target", required=True, help="The column to predict."),
    "missing": click.option(
        "--missing", type=click.Choice(["refuse", "drop", "mean"]), default="refuse", help="What to do with gaps."
    ),
    "drop": click.option("--drop", multiple=True, metavar="COLUMN", help="Leave this column out; may be given again."),
}
"""By the name of the setting of `populations.tables.Reading`."""


def table_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options; it is called with `reading`, the arguments of `populations.tables.Reading`."""

    @wraps(command)
    def called(**given: Any) -> None:
        reading = {name: given.pop(name) for name in _OPTIONS}
        command(reading=reading, **given)

    wrapped: Callable[..., None] = called
    for option in reversed(_OPTIONS.values()):
        wrapped = option(wrapped)
    return wrapped
