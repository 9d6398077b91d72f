"""How many models? The question of genloss plan that needs no data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from genloss.cli.json_output import put_json
from genloss.cli.out import check_out, put_out, writers_of
from genloss.cli.picture import leave_picture
from genloss.cli.say import echo
from genloss.errors import Problem

if TYPE_CHECKING:
    from genloss.advise.plans.models_answer import ModelsPlan

__all__ = ["answer_models", "asks_for_models", "models_options", "models_planned"]

_TAKEN = frozenset(
    (
        "open",
        "at_least",
        "generations",
        "rows",
        "rows_in_all",
        "exchange",
        "picture",
        "out",
        "json_to",
        "force",
        "quiet",
    )
)
_OPTIONS: tuple[Callable[[Any], Any], ...] = (
    click.option(
        "--rows",
        type=click.IntRange(1),
        help="With --open models: the number of rows on which each model trains, in each generation.",
    ),
    click.option(
        "--rows-in-all",
        type=click.IntRange(1),
        help="With --open models, instead of --rows: the number of rows that all models divide.",
    ),
    click.option(
        "--exchange",
        multiple=True,
        metavar="SHARE",
        help="With --open models: which share of a model's rows the other models write: from 0, each reads itself "
        "alone, to 1; or pool, all read one pool. May be given again. Default: 0, 0.01, 0.1 and pool.",
    ),
)


def models_options(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options that say what is asked of a number of models."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def asks_for_models(options: dict[str, Any]) -> bool:
    """Whether a number of models is asked for. Errors: `Problem` for its options where it is not."""
    if tuple(options["open"]) == ("models",):
        return True
    for name in ("rows", "rows_in_all", "exchange"):
        if options[name]:
            option = f"--{name.replace('_', '-')}"
            raise Problem(option, "is for a number of models", "add --open models, or leave it out")
    return False


def models_planned(subject: tuple[Path, ...], options: dict[str, Any]) -> ModelsPlan:
    """Answer it. Errors: `Problem` for data, and for options that say nothing to it."""
    from genloss.advise.plans.models import EXCHANGES, plan_models

    if subject:
        raise Problem(str(subject[0]), "is given, and a number of models is asked for without data", "leave it out")
    context = click.get_current_context()
    for name in context.params:
        if name not in _TAKEN and context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise Problem(option, "says nothing about a number of models", "leave it out")
    if options["at_least"] is None:
        found = "nothing says how much of the truth's variety the models are to keep"
        raise Problem("--at-least", found, "give it, e.g. --at-least 90%")
    if options["generations"] is None:
        raise Problem("--generations", "missing", "give the number of the last generation")
    return plan_models(
        at_least=options["at_least"],
        generations=options["generations"],
        rows=options["rows"],
        rows_in_all=options["rows_in_all"],
        exchange=options["exchange"] or EXCHANGES,
    )


def answer_models(
    found: ModelsPlan, out: Path | None, json_to: str | None, picture: Path | None, *, quiet: bool
) -> NoReturn:
    """Write and say how many models, and end."""
    mark = found.mark()
    check_out(mark, out, json_to, picture)
    if picture is not None:
        leave_picture(found, picture, mark)
    put_out(lambda: writers_of(found), out, mark, quiet=quiet)
    put_json(found.json, json_to, mark)
    if json_to != "-":
        echo(found.summary())
    click.get_current_context().exit(0 if found.holds else 1)
