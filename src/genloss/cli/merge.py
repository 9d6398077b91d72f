"""genloss merge: the folders of one study's runs, put together."""

from __future__ import annotations

from pathlib import Path

import click

from genloss.cli.force import force_option, forced
from genloss.cli.out import refused_as_current
from genloss.cli.say import echo


@click.command(epilog="Example: genloss merge part1 part2 part3 --out whole")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The folder to put them into.")
@force_option()
@click.option("--quiet", is_flag=True, help="Print the page's name, or how many cells there are, alone.")
def merge(folders: tuple[Path, ...], out: Path, quiet: bool) -> None:
    """Put FOLDERS of runs of one study together, and make its page.

    They may come from several machines, or from genloss run --part. Folders of other studies, seeds and versions, and
    cells that differ, are refused with the reason. The exit code is 1 while cells are missing; more folders can be
    merged into the same place.
    """
    from genloss.cli.places import places
    from genloss.study import Finished
    from genloss.study import merge as merge_folders

    refused_as_current(out)
    if not quiet:
        echo(f"merging {len(folders)} folders into {out}", err=True)
    found = merge_folders(folders, out=out, places=places(), force=forced())
    if isinstance(found, Finished):
        echo(f"{found.finished:,} of {found.cells:,} cells are in {out}; the page is made when all are")
        click.get_current_context().exit(1)
    echo(str(out / "index.html"))
