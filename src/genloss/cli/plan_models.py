"""How many models? The question of genloss plan that needs no data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloss.errors import Problem

if TYPE_CHECKING:
    from genloss.advise.plans.models_answer import ModelsPlan

__all__ = ["asks_for_models", "models_options", "models_planned"]

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
