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
    "keep": click.option(
        "--keep",
        multiple=True,
        metavar="COLUMN",
        help="Keep this column, though it seems to name rows or to give the target away; may be given again.",
    ),
    "categories": click.option(
        "--categories",
        multiple=True,
        metavar="COLUMN",
        help="Read this column as words, though it holds numbers; may be given again.",
    ),
    "levels": click.option(
        "--levels",
        type=click.IntRange(2, 10_000),
        default=50,
        show_default=True,
        help="The most different words of a column.",
    ),
    "decimal": click.option(
        "--decimal", type=click.Choice([".", ","]), help="The decimal sign. Default: what the entries say."
    ),
    "thousands": click.option(
        "--thousands",
        type=click.Choice([",", ".", "space", "apostrophe", "underscore"]),
        help="What stands between thousands. Default: what the entries say.",
    ),
    "strip": click.option(
        "--strip", multiple=True, metavar="TEXT", help="Take this text off around numbers; may be given again."
    ),
    "missing_words": click.option(
        "--missing-words",
        multiple=True,
        metavar="WORD",
        callback=lambda _, __, given: given or None,
        help="This word stands for a gap; may be given again. Default: NA, NaN, null, ..., among numbers also None.",
    ),
    "weights": click.option(
        "--weights", default="", metavar="COLUMN", help="How many equal rows each row is (whole numbers)."
    ),
    "exposure": click.option(
        "--exposure", default="", metavar="COLUMN", help="The exposure of each count (poisson): months, person-years."
    ),
    "id": click.option(
        "--id", default="", metavar="COLUMN", help="What each row is of (firm, patient): its rows are drawn together."
    ),
}
"""By the name of the setting of `populations.tables.Reading`."""


Command = Callable[..., None]

_MAY_TARGET = {"target": click.option("--target", help="The column to predict, where the rows are a table.")}


def table_options(command: Command) -> Command:
    """Give a command the options; it is called with `reading`, the arguments of `populations.tables.Reading`."""
    return _with(_OPTIONS, command)


def options_of_a_table_if_any(command: Command) -> Command:
    """Give the same to a command whose subject may be something else than a table: `reading` may have no target."""
    return _with(_OPTIONS | _MAY_TARGET, command)


def _with(options: dict[str, Callable[[Any], Any]], command: Command) -> Command:
    @wraps(command)
    def called(**given: Any) -> None:
        reading = {name: given.pop(name) for name in options}
        command(reading=reading, **given)

    wrapped: Command = called
    for option in reversed(options.values()):
        wrapped = option(wrapped)
    return wrapped
