"""Which options say how a table is read? Every command that reads one has them, and is given `reading`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import click

MODELS = ("least_squares", "ridge", "kernel_ridge", "logistic", "poisson", "gaussian")
"""Models of a table that a command can name."""

_OPTIONS: dict[str, Callable[[Any], Any]] = {
    "target": click.option("--target", required=True, help="The column to predict, by its name."),
    "missing": click.option(
        "--missing",
        type=click.Choice(["refuse", "drop", "mean"]),
        default="refuse",
        show_default=True,
        help="What to do with rows that have gaps: refuse the table, drop these rows, or fill in the column's mean.",
    ),
    "drop": click.option("--drop", multiple=True, metavar="COLUMN", help="Leave this column out. May be given again."),
    "keep": click.option(
        "--keep",
        multiple=True,
        metavar="COLUMN",
        help="Keep this column as an input, though it looks like numbers of rows, or nearly gives the target away. "
        "May be given again.",
    ),
    "categories": click.option(
        "--categories",
        multiple=True,
        metavar="COLUMN",
        help="Read the numbers of this column as names of groups, e.g. zip codes. Each becomes a yes/no input. May be "
        "given again.",
    ),
    "levels": click.option(
        "--levels",
        type=click.IntRange(2, 10_000),
        default=50,
        show_default=True,
        help="How many different words a column may hold. Each of them becomes a yes/no input.",
    ),
    "decimal": click.option(
        "--decimal", type=click.Choice([".", ","]), help="The decimal sign. Default: it is told from the entries."
    ),
    "thousands": click.option(
        "--thousands",
        type=click.Choice([",", ".", "space", "apostrophe", "underscore"]),
        help="The sign between thousands, as the comma in 1,500. Default: it is told from the entries.",
    ),
    "strip": click.option(
        "--strip",
        multiple=True,
        metavar="TEXT",
        help="Remove this text before or after numbers, as kg in 12kg. May be given again.",
    ),
    "missing_words": click.option(
        "--missing-words",
        multiple=True,
        metavar="WORD",
        callback=lambda _, __, given: given or None,
        help="An entry that is this word is a gap. May be given again. Default: NA, NaN, null and others, in numbers "
        "also None.",
    ),
    "weights": click.option(
        "--weights",
        default="",
        metavar="COLUMN",
        help="A column of whole numbers that says how many equal rows each row stands for.",
    ),
    "exposure": click.option(
        "--exposure",
        default="",
        metavar="COLUMN",
        help="With --model poisson: the column that says over how long each count was made, e.g. in months.",
    ),
    "id": click.option(
        "--id",
        default="",
        metavar="COLUMN",
        help="The column that says to which firm, patient, ... a row belongs. Rows of one are drawn together.",
    ),
}
"""By the name of the setting of `populations.tables.Reading`."""


Command = Callable[..., None]

_MAY_TARGET = {"target": click.option("--target", help="Of a table: the column to predict, by its name.")}


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
