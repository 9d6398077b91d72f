"""What does a user read when an option cannot be used? Our words for those of click, and options for arguments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import click

from genloss.doors import COMMAND, Setting
from genloss.errors import Problem, clipped, nearest


def problem_of(wrong: click.ClickException) -> Problem | None:
    """Return what click found as a problem, None where only click can show it (a list of commands)."""
    if isinstance(wrong, click.exceptions.NoArgsIsHelpError) or not isinstance(wrong, click.UsageError):
        return None
    path = wrong.ctx.command_path if wrong.ctx else "genloss"
    mend = f"see {path} --help"
    if isinstance(wrong, click.MissingParameter) and wrong.param is not None:
        said = getattr(wrong.param, "help", None) or mend
        return Problem(
            _named(wrong.param), "missing", f"give it: {said[0].lower()}{said[1:]}" if said != mend else mend
        )
    if isinstance(wrong, click.BadParameter) and wrong.param is not None:
        found, wanted = wrong.message.rstrip("."), _wanted(wrong.param.type)
        value = clipped(found.split(" is not ")[0].strip("'\""))
        if wanted and " is not " in found:
            return Problem(_named(wrong.param), f"{value} is not {wanted[0]}", f"give {wanted[1] or wanted[0]}")
        return Problem(_named(wrong.param), found, mend)
    if isinstance(wrong, click.NoSuchOption) and wrong.ctx is not None:
        known = [option for param in wrong.ctx.command.params for option in param.opts if option.startswith("--")]
        return Problem(wrong.option_name, "no such option", f"{nearest(wrong.option_name, known)} ({mend})")
    if "unexpected extra argument" in wrong.message:
        mend = f"give one file or folder; a name with * in quotes stands for several files of one table; {mend}"
    return Problem(path, wrong.format_message().rstrip("."), mend)


def _named(param: click.Parameter) -> str:
    """Name an option as it is typed, an argument as the help has it."""
    return max(param.opts, key=len) if isinstance(param, click.Option) else (param.name or "").upper()


def _wanted(kind: Any) -> tuple[str, str] | None:
    """Return what a value must be, and what to give where that is said in other words."""
    if isinstance(kind, click.Choice):
        return "one of " + ", ".join(map(str, kind.choices)), ""
    if isinstance(kind, click.IntRange | click.FloatRange):
        number = "a whole number" if isinstance(kind, click.IntRange) else "a number"
        low = "" if kind.min is None else f" {'above' if kind.min_open else 'from'} {kind.min:,}"
        high = "" if kind.max is None else f" {'below' if kind.max_open else 'to'} {kind.max:,}"
        return f"{number}{low}{high or ' on' * bool(low and not kind.min_open)}", ""
    if kind is click.FLOAT or kind is click.INT:
        return "a whole number" if kind is click.INT else "a number", ""
    return None


@contextmanager
def options_for_arguments(given: Mapping[str, str], *, typed: bool = False) -> Iterator[None]:
    """Say an option where a function says its argument. given: how this command calls arguments that are no options.

    typed: only options that were typed, where a file may say the same.
    """
    try:
        yield
    except Problem as problem:
        name, _, part = problem.where.partition(".")
        option = Setting(name).at(COMMAND)
        context = click.get_current_context()
        params = [each for each in context.command.params if not typed or _typed(context, each)]
        known = {name for param in params for name in param.opts}
        where = given.get(problem.where) or (
            option + f", {part}" * (part not in ("", "kind")) if option in known else None
        )
        if where is None:
            raise
        raise Problem(where, problem.found, problem.mend) from problem


def _typed(context: click.Context, param: click.Parameter) -> bool:
    return context.get_parameter_source(param.name or "") is click.core.ParameterSource.COMMANDLINE
