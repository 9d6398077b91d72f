"""genloss explain: what does every generation train on?"""

from __future__ import annotations

from pathlib import Path

import click

from genloss.cli.force import force_option, forced
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import out_option, put_out, writers_of
from genloss.cli.say import echo


@click.command(epilog="Example: genloss explain studies/ridge-on-synthetic-labels.toml --picture workflow.png")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--all", "whole", is_flag=True, help="Give every generation and every batch of rows a line of its own.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    help="Draw which rows each generation trains on, to this .png or .svg file.",
)
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only the rows by generation, not what else the study does.")
def explain(study: Path, whole: bool, picture: Path | None, out: Path | None, json_to: str | None, quiet: bool) -> None:
    """Say in words which rows every generation of STUDY trains on.

    First come the sentences that say what the study will do, then the rows of each generation, then the code that the
    study names, if any. Nothing is run.
    """
    from genloss.cli.places import places
    from genloss.study.page.code import code_lines
    from genloss.study.page.explanation import explain as explained
    from genloss.study.page.explanation import told_lines
    from genloss.study.study import Study

    loaded = Study.load(study, places=places())
    found = explained(loaded, whole=whole)
    if picture is not None:
        found.draw(picture, force=forced())
    if out is not None and out.suffix in (".png", ".svg"):
        found.draw(out, force=forced())
    else:
        put_out(lambda: writers_of(found), out, found.mark(), quiet=quiet)
    put_json(found.json, json_to, found.mark())
    if json_to == "-":
        return
    if not quiet:
        first, *words = found.asked
        echo("\n".join([f"{first} [{loaded.id}]", *(f"  {line}" for line in words)]))
    for line in (line for told in found.workflows for line in told_lines(told, whole=whole)):
        echo(line)
    for line in code_lines(loaded):
        echo(line)
    if not quiet:
        echo(f"\nThe resolved study, as it is stored beside the results:\n\n{loaded.toml()}", nl=False)
    if picture is not None:
        echo(f"picture: {picture}", err=True)
