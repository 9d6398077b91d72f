"""Where may a picture stand, and in which format? Asked before any work."""

from pathlib import Path

import click


def checked_picture(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Refuse a place for a picture that cannot be written, before any work."""
    if value is None:
        return value
    from genloss.errors import Problem
    from genloss.results.files import checked_folder

    if value.suffix not in (".png", ".svg"):
        raise Problem(str(value), f"no such picture format: {value.suffix!r}", "end the name in .png or .svg")
    checked_folder(value.parent)
    return value
