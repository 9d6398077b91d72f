"""genloss verify: does a run's folder hold what its study gives?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genloss.cli.force import check_files, force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.progress import progress_bar

_EXAMPLES = """\b
Examples:
  genloss verify results/ridge-on-synthetic-labels
  genloss verify results/mine --cells 20 --seed 7 --json -

Exit code 0: everything looked at is what the study gives, last digits aside. 1: something is not.

Example: genloss verify results/ridge-on-synthetic-labels --cells 5"""


@click.command(epilog=_EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--cells", type=click.IntRange(1, 10**6), default=3, show_default=True, help="How many cells to compute again."
)
@click.option(
    "--seed",
    type=click.IntRange(0, 2**63 - 1),
    default=0,
    show_default=True,
    help="The seed by which cells are chosen.",
)
@click.option("--workers", type=click.IntRange(1, 256), help="How many threads compute. Default: one per processor.")
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only whether all agrees: no progress.")
def verify(folder: Path, cells: int, seed: int, workers: int | None, json_to: str | None, quiet: bool) -> None:
    """Compute some results of the run in FOLDER again, and say whether they agree.

    A cell is one setting of the study, e.g. the penalty 0.1 with 200 rows. It is computed from the study.toml of FOLDER
    alone, as another machine would on another day. All stored cells are also read, and compared with rows.json. Another
    version of genloss or numpy may give other last digits: that is told, and does not count as a disagreement.
    """
    from genloss.cli.places import places
    from genloss.results.marks import mark_of
    from genloss.results.store import json_text
    from genloss.study.runner.verify import verify as verified

    mark = mark_of(folder / "study.toml", ".toml") or "verification"
    check_files(mark, json_to)
    with progress_bar("verifying", quiet=quiet, unit="parts") as progress:
        found = verified(folder, cells=cells, seed=seed, places=places(), workers=workers, progress=progress)
    put_json(lambda: json_text(found.to_dict()), json_to, mark)
    if json_to != "-":
        _print(found, quiet=quiet)
    if not found.agrees:
        click.get_current_context().exit(1)


def _print(found: Any, *, quiet: bool) -> None:
    from genloss.study.runner.verify import SAME

    for file in found.damaged:
        click.echo(f"damaged: {file}; a run computes it again")
    if found.rows:
        click.echo(f"not what the cells say: {found.rows}")
    for each in found.sample if not quiet else ():
        click.echo(f"{each.outcome}: {each.place} [{each.name}], {each.compared:,} values")
        if each.outcome != SAME:
            click.echo(f"  by up to {each.largest:.2g} of the value, at {each.where}")
            click.echo(
                f"  {'what may be the reason' if each.why else 'no reason is known'}{each.why and ': '}{each.why}"
            )
    agrees = "agrees" if found.agrees else "does not agree"
    click.echo(f"{len(found.sample)} of {found.cells} stored cells derived again: the folder {agrees} with its study")
