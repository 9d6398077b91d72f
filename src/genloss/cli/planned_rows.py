"""The rows of a file as what is planned, with the notes on how they were read; or pilot runs in it."""

from __future__ import annotations

from hashlib import file_digest
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genloss.cli.table_read import say_notes, table_read
from genloss.errors import Problem

if TYPE_CHECKING:
    from genloss.advise.plans.protocol import Planned


def rows_of_table(
    path: Path, reading: dict[str, Any], options: dict[str, Any], replicates: int, seed: int, told: Any, *, quiet: bool
) -> Planned:
    """Read as `genloss forecast` does, with the same model and workflow where none is given."""
    from genloss.advise.plans.of_table import planned_file

    model, above = options["model"], options["above"]
    where = f"{path}: column {reading['target']!r}, the target"
    read, kind = table_read(path, reading, model, above, seed, where=where, quiet=quiet)
    if not quiet:
        say_notes(read, kind, model)
    given = {} if options["penalty"] is None else {"penalty": options["penalty"]}
    return planned_file(
        {"kind": kind} | given,
        read,
        workflow=options["workflow"] or "replace",
        generations=options["generations"] or 10,
        replicates=replicates,
        above=above,
        keep=reading["keep"],
        begin=options["begin"],
        seed=seed,
        progress=told,
    )


def holds_pilots(path: Path) -> bool:
    """Whether a file or a folder holds pilot runs: a chain, or a table with their columns."""
    from genloss.advise.plans.pilots.reading import SIZES
    from genloss.populations.tables.formats import open_source

    if (path / "generations").is_dir():
        return True
    try:
        names = set(open_source(path).names)
    except Problem:
        return False
    return {"generation", "value"} <= names and bool(names & set(SIZES))


def pilots_of(paths: tuple[Path, ...], options: dict[str, Any], seed: int, told: Any) -> Planned:
    """Read pilot runs, or say what a file without them is taken for."""
    from genloss.advise.plans.of_pilots import planned_from_pilots

    if len(paths) == 1 and paths[0].exists() and not holds_pilots(paths[0]):
        mend = "name the column to predict; or give a study (.toml), or pilots (columns real_rows, generation, value)"
        raise Problem("--target", "missing", mend)
    named = {name: options[name] for name in ("metric", "workflow", "generations")}
    return planned_from_pilots(list(paths), seed=seed, progress=told, **named)


def content_of(path: Path) -> str:
    """Name what a file holds, so that another content under the same name is another question; a folder by its name."""
    from genloss.ordinary import ordinary

    if not path.is_file():
        return str(path)
    with ordinary(path).open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
