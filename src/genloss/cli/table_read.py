"""The table of a command: read, its model chosen where none is named, and what was noted said."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genloss.cli.progress import progress_bar
from genloss.cli.say import echo
from genloss.doors import COMMAND

if TYPE_CHECKING:
    from genloss.populations.tables import Note
    from genloss.populations.tables.looks import Look
    from genloss.populations.tables.read import TableRows


def table_read(
    path: Path, reading: dict[str, Any], model: str | None, above: float | None, seed: int, *, where: str, quiet: bool
) -> tuple[TableRows, str]:
    """Read a table for a model; return its rows and the model, by name. where: what the target is called."""
    import numpy as np

    from genloss.populations.tables import Reading, read_rows

    with progress_bar("reading", quiet=quiet) as told:
        read = read_rows(
            path,
            Reading(**reading),
            rows=2000 if model == "kernel_ridge" else 50_000,
            rng=np.random.default_rng(seed),
            above=above,
            progress=told,
        )
    _check_above(read.classes, above, where)
    return read, model or ("logistic" if read.classes or above is not None else "least_squares")


def say_notes(read: TableRows, kind: str, model: str | None) -> None:
    """Say how the table was read. kind: the model; model: as it was given, or None."""
    for note in (*read.notes, *_question(read.looks, kind)):
        echo(f"note: {note.at(COMMAND)}", err=True)
    if read.classes and not model:
        echo("note: two classes are predicted with --model logistic, where no --model is given", err=True)


def _check_above(classes: tuple[str, ...], above: float | None, where: str) -> None:
    from genloss.errors import Problem

    if classes and above is not None:
        raise Problem(
            where, f"holds the words {' and '.join(classes)}, and --above is for numbers", "leave --above out"
        )


def _question(seen: tuple[Look, ...], kind: str) -> list[Note]:
    """Ask about columns that look like something else than inputs: exposures where counts are predicted."""
    from genloss.populations.tables.looks import question
    from genloss.populations.tables.notes import Note

    asked = [look for look in seen if look.role != "exposure" or kind == "poisson"]
    return [Note("", question(asked))] if asked else []
