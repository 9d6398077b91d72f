"""genloss status: how far has a run come?"""

import json
from pathlib import Path

import click


@click.command(epilog="Example: genloss status results/ridge-on-synthetic-labels")
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--json", "json_to", is_flag=False, flag_value="-", metavar="-", help="Print as JSON.")
def status(folder: Path, json_to: str | None) -> None:
    """Say how many cells of the run in FOLDER are finished, and how to go on."""
    from genloss.cli.places import places
    from genloss.study.status import status as status_of

    found = status_of(folder, places())
    if json_to is not None:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return
    click.echo(f"{found.question or 'study'} [{found.study}]")
    begun = f", {found.begun} begun" if found.begun else ""
    click.echo(f"{found.finished} of {found.cells} cells finished{begun}, {found.missing} missing")
    if found.others:
        click.echo(f"{found.others} other cells are kept from an earlier form of the study")
    if found.finished < found.cells or not found.page:
        click.echo(f"to go on: genloss run {folder / 'study.toml'} --out {folder}")
