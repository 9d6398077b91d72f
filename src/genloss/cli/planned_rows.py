"""The rows of a file as what is planned, with the notes on how they were read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from genloss.cli.progress import progress_bar
from genloss.cli.say import echo
from genloss.doors import COMMAND

if TYPE_CHECKING:
    from genloss.advise.plans.protocol import Planned


def rows_of_table(
    path: Path, reading: dict[str, Any], options: dict[str, Any], replicates: int, seed: int, told: Any, *, quiet: bool
) -> Planned:
    """Read as `genloss forecast` does, with the same model and workflow where none is given."""
    import numpy as np

    from genloss.advise.plans.of_table import planned_file
    from genloss.populations.tables import Reading, read_rows

    model, above = options["model"], options["above"]
    with progress_bar("reading", quiet=quiet) as reads:
        read = read_rows(
            path,
            Reading(**reading),
            rows=2000 if model == "kernel_ridge" else 50_000,
            rng=np.random.default_rng(seed),
            above=above,
            progress=reads,
        )
    kind = model or ("logistic" if read.classes or above is not None else "least_squares")
    if not quiet:
        for note in read.notes:
            echo(f"note: {note.at(COMMAND)}", err=True)
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
