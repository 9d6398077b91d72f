"""May a command replace what is there? --force, and the places of a command asked before any work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from genloss.results.marks import Mark

_KEY = "genloss.force"
_HELP = "Replace files that are already there, even where they answer another question or are not from genloss."


def force_option() -> Callable[[Any], Any]:
    """The option --force, the same for every command that writes."""
    return click.option("--force", is_flag=True, is_eager=True, expose_value=False, callback=_keep, help=_HELP)


def forced() -> bool:
    """Whether --force was given."""
    return bool(click.get_current_context().meta.get(_KEY))


def marked(text: str) -> Mark:
    """Return the mark for the files of this command."""
    from genloss.results.marks import Mark

    return Mark(text, force=forced())


def check_files(text: str, *files: Path | str | None) -> None:
    """Refuse files that are there and answer something else; None, and - for stdout, are no files."""
    for file in files:
        if file is not None and file != "-":
            marked(text).check(Path(file))


def _keep(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.meta[_KEY] = value
