"""genloss reproduce: does a published figure come out again?"""

from __future__ import annotations

from pathlib import Path
from shutil import get_terminal_size
from typing import Any

import click

from genloss.cli.completion import figure_names
from genloss.cli.force import force_option, forced
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, is_folder, out_option, put_out, writers_of
from genloss.cli.progress import progress_bar
from genloss.cli.say import echo
from genloss.cli.watching import GOING_ON, stopped

_EXAMPLES = """\b
Examples:
  genloss reproduce --list
  genloss reproduce 2410.22812/diabetes-exact
  genloss reproduce 2402.07712 --full --out results/2402.07712

Exit code 0: every claim is reproduced, at least in part. 1: one is not. 3: one cannot be told, with so few replicates.

Example: genloss reproduce 2410.16713/linear-regression-as-published"""


@click.command(epilog=_EXAMPLES)
@click.argument("name", required=False, shell_complete=figure_names)
@click.option("--list", "listing", is_flag=True, help="List every published figure that is covered, and those not.")
@click.option("--quick/--full", default=True, help="A small run (the default), or one that decides more.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), help="Use this seed instead of each study's own.")
@click.option("--workers", type=click.IntRange(1, 256), help="Threads; default one per processor.")
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print the verdicts alone: no numbers, no progress.")
def reproduce(
    name: str | None,
    listing: bool,
    quick: bool,
    seed: int | None,
    workers: int | None,
    out: Path | None,
    json_to: str | None,
    quiet: bool,
) -> None:
    """Compute a published figure again, and say which of its claims hold.

    NAME is a paper and a figure as --list shows them, such as 2402.07712/figure-1, the number of a paper for all of its
    figures, or all. Claims were fixed before the run; published numbers stand beside ours, with the difference in
    standard errors. A folder given by --out keeps finished cells, so that a run that was stopped goes on, and gets the
    page, figures and rows of every study.
    """
    if listing or name is None:
        _list(json_to)
        return
    from genloss.cli.places import places
    from genloss.reproductions.answer import mark_of
    from genloss.reproductions.door import reproduce as computed
    from genloss.reproductions.entries import entries_of

    unit = "figures" if len(entries_of(name)) > 1 else "parts"
    mark = mark_of(name, "" if seed is None else str(seed))
    check_out(mark, out, json_to)
    folder = out if out is not None and is_folder(out) else None
    kept = f"what is finished is kept in {folder}" if folder is not None else "nothing is kept without --out FOLDER"
    on = "" if folder is None else GOING_ON
    with stopped(lambda: f"{kept}{on}"), progress_bar("computing", quiet=quiet, unit=unit) as progress:
        found = computed(
            name,
            quick=quick,
            seed=seed,
            out=folder,
            force=forced(),
            workers=workers,
            places=places(),
            progress=progress,
        )
    put_out(lambda: writers_of(found), out, mark, quiet=quiet or json_to == "-")
    put_json(found.json, json_to, mark)
    if json_to != "-":
        _print(found, quiet=quiet)
    if found.exit_code:
        click.get_current_context().exit(found.exit_code)


def _list(json_to: str | None) -> None:
    """Print what is covered, with the time of a quick run, and what is not, with the reason."""
    from genloss.reproductions.listing import listed, listing_text
    from genloss.results.store import json_text

    put_json(lambda: json_text(listed()), json_to, "reproductions")
    if json_to == "-":
        return
    echo(listing_text(get_terminal_size().columns))
    echo("\ngenloss reproduce NAME computes one, or all of a paper by its number.", err=True)


def _print(found: Any, *, quiet: bool) -> None:
    for figure in found.figures:
        _print_figure(figure, quiet=quiet)
    echo(found.summary().splitlines()[0])
    for each in found.broken:
        echo(f"not computed: {each}", err=True)


def _print_figure(figure: Any, *, quiet: bool) -> None:
    """Print a figure: an analogue is called one first; then what it is, its claims, its numbers, and what differs."""
    from genloss.report import as_text
    from genloss.reproductions.answer import line_of, numbers_table

    if figure.analogue:
        echo(f"An analogue, and not what the paper has: {figure.analogue}")
    echo(f"{figure.name}: {figure.shows}")
    if not quiet:
        echo(f"Paper: {figure.title} (arXiv {figure.paper}), {figure.where}")
        echo(f"Computed by {figure.described}.\n")
    for i, claim in enumerate(figure.claims, 1):
        echo(line_of(claim, i))
    if quiet:
        return
    table = numbers_table(figure)
    echo(f"\n{as_text(table)}\n\n{table.note}\n")
    for each in figure.deviations:
        echo(f"Deviation: {each}")
    echo(f"Looked at before the claims were fixed: {figure.looked}")
    for gap in figure.gaps:
        echo(gap, err=True)
