"""Where may a picture or a page stand, and in which format? Asked before any work; and the picture is drawn."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from genloss.results.answer import Drawn


def leave_picture(found: Drawn, picture: Path, mark: str) -> None:
    """Draw the panels of an answer to a file."""
    from genloss.cli.force import marked
    from genloss.report import draw

    kind: Any = picture.suffix[1:]
    panels = found.panels()
    marked(mark).leave(picture, draw(panels, columns=min(len(panels), 2), formats=(kind,))[kind])


def checked_picture(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Refuse a place for a picture that cannot be written, before any work."""
    return _checked(value, "picture", (".png", ".svg"))


def checked_page(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Refuse a place for a page that cannot be written, before any work."""
    return _checked(value, "page", (".html",))


def _checked(value: Path | None, what: str, endings: tuple[str, ...]) -> Path | None:
    if value is None:
        return value
    from genloss.errors import Problem
    from genloss.results.files import checked_file, checked_folder

    if value.suffix not in endings:
        raise Problem(str(value), f"no such {what} format: {value.suffix!r}", f"end the name in {' or '.join(endings)}")
    checked_folder(value.parent)
    checked_file(value)
    return value
