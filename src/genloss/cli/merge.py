"""genloss merge: the folders of one study's runs, put together."""

from __future__ import annotations

from pathlib import Path

import click

from genloss.cli.force import check_files, force_option, forced
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import refused_as_current
from genloss.cli.progress import progress_talk
from genloss.cli.say import echo


@click.command(epilog="Example: genloss merge part1 part2 part3 --out whole")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--out", required=True, type=click.Path(path_type=Path), help="The folder into which they are put together."
)
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only the name of the page, or how many cells there are.")
def merge(folders: tuple[Path, ...], out: Path, json_to: str | None, quiet: bool) -> None:
    """Put together FOLDERS that hold parts of one study's run, and make its page.

    They may come from several machines, or from genloss run --part. A folder of another study, seed or version is
    refused with the reason, and so are two folders that disagree about a cell. While cells are missing the exit code is
    1; merge more folders into the same place later. --json writes the result as genloss run does, or, while cells are
    missing, how many there are.
    """
    from genloss.cli.places import places
    from genloss.results.marks import mark_of, studies_mark
    from genloss.results.store import json_text
    from genloss.study import Finished
    from genloss.study import merge as merge_folders
    from genloss.study.page.claims import result_json
    from genloss.study.runner.portions import study_of

    refused_as_current(out)
    check_files(mark_of(folders[0] / "study.toml", ".toml") or "merged", json_to)
    if not quiet:
        echo(f"merging {len(folders)} folders into {out}", err=True)
    with progress_talk(quiet=quiet) as talk:
        told = (None, None) if talk is None else (talk.part("merging", "files"), talk.part("predicting", "cells"))
        found = merge_folders(folders, out=out, places=places(), progress=told[0], predicting=told[1], force=forced())
    if isinstance(found, Finished):
        put_json(lambda: json_text(found.to_dict()), json_to, studies_mark([found.study]))
        if json_to != "-":
            echo(f"{found.finished:,} of {found.cells:,} cells are in {out}; the page is made when all are")
        click.get_current_context().exit(1)
    put_json(lambda: result_json(study_of(out, places()), found), json_to, found.mark())
    if json_to != "-":
        echo(str(out / "index.html"))
