"""Where does a command's JSON go? To stdout alone, or whole to a file whose place was checked before any work."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from genloss.errors import Problem


def json_option(**attributes: Any) -> Callable[[Any], Any]:
    """The option --json FILE|-, the same for every command."""
    words = "Write the answer as JSON to a file. With - it is printed, and nothing else is."
    return click.option("--json", "json_to", metavar="FILE|-", callback=_checked, help=words, **attributes)


def put_json(make: Callable[[], str], json_to: str | None, mark: str) -> None:
    """Make JSON text and write it where the option says; make nothing where it does not ask. mark: of the file."""
    if json_to == "-":
        click.echo(make(), nl=False)
    elif json_to:
        from genloss.cli.force import marked

        marked(mark).leave(Path(json_to), make())


_STDOUT = ("-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1")


def _checked(_context: click.Context, _parameter: click.Parameter, value: str | None) -> str | None:
    """Refuse a place for JSON that cannot be written, before any work."""
    if value is None or value in _STDOUT:
        return value and "-"
    path = Path(value)
    if not value or path.is_dir():
        raise Problem(f"--json {value!r}", "is not a file name", "give the name of a file, or - for stdout")
    from genloss.results.files import checked_file, checked_folder

    checked_folder(path.parent)
    checked_file(path)
    return value
