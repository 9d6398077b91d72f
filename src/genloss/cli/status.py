"""genloss status: how far has a run come?"""

from __future__ import annotations

import json
from pathlib import Path
from shlex import quote

import click

from genloss.cli.force import force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.say import echo

_MOST = 20  # files named one by one


@click.command(epilog="Example: genloss status results/ridge-on-synthetic-labels")
@click.argument("folder", type=click.Path(path_type=Path))
@json_option(is_flag=False, flag_value="-")
@force_option()
def status(folder: Path, json_to: str | None) -> None:
    """Say how far the run in FOLDER has come, and which of its files are damaged.

    A run consists of cells, each one setting of the study, e.g. the penalty 0.1 with 200 rows. The answer says how many
    are finished, and which command goes on with the rest. Nothing in FOLDER is changed.
    """
    from genloss.cli.places import places
    from genloss.study.runner.status import status as status_of

    found = status_of(folder, places())
    put_json(lambda: json.dumps(found.to_dict(), ensure_ascii=False, indent=1) + "\n", json_to, f"study {found.study}")
    if json_to == "-":
        return
    for file in found.damaged[:_MOST]:
        echo(f"damaged: {file}; a run computes it again")
    if len(found.damaged) > _MOST:
        echo(f"damaged: {len(found.damaged) - _MOST} more files")
    if found.trouble:
        echo(f"the study cannot be read: {found.trouble}")
        echo(f"{found.others} whole cells are stored; the page is {'there' if found.page else 'not there'}")
        echo(f"to go on: genloss run STUDY.toml --out {quote(str(folder))} --force")
        own = quote(str(folder / "study.toml"))
        echo(f"  of a chain that was made in Python: remove {own}, then the same genloss.chain call with the same out=")
        return
    echo(f"{found.question or 'study'} [{found.study}]")
    begun = f", {found.begun} begun (some replicates or generations are there)" if found.begun else ""
    failed = f", {len(found.failed):,} failed" if found.failed else ""
    left = found.missing - len(found.failed)
    echo(f"{found.finished:,} of {found.cells:,} cells finished{begun}{failed}, {left:,} not begun")
    for line in found.failed[:_MOST]:
        echo(f"failed: {line}; a run tries it again")
    if len(found.failed) > _MOST:
        echo(f"failed: {len(found.failed) - _MOST} more cells")
    if found.others:
        echo(f"{found.others} other cells are kept from an earlier form of the study")
    if found.page and found.finished == found.cells:
        echo(f"page: {folder / 'index.html'}")
    if found.finished < found.cells or not found.page:
        if found.finished == found.cells:
            echo("the page is not there; the same command makes it from the cells")
        if found.away:
            code = ", ".join(found.away)
            echo(f"{code} is not found from {folder}: name the study's own file, beside which it stands")
        if found.again:
            echo(f"to go on: the same call of Python, with the model and the rows: {found.again}")
            return
        own = "STUDY.toml" if found.away else quote(str(folder / "study.toml"))
        echo(f"to go on: genloss run {own} --out {quote(str(folder))}")
