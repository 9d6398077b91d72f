"""genloss explain: what does every generation train on?"""

import json
from pathlib import Path
from typing import Any

import click

from genloss.cli.json_output import json_option, put_json

_FEW = 6


@click.command(epilog="Example: genloss explain studies/ridge-on-synthetic-labels.toml --picture workflow.png")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--all", "whole", is_flag=True, help="Every generation and every batch on a line of its own.")
@click.option(
    "--picture", type=click.Path(path_type=Path), help="Draw the batches by generation to a .png or .svg file."
)
@json_option()
@click.option("--quiet", is_flag=True, help="Print no study in words before the answer.")
def explain(study: Path, whole: bool, picture: Path | None, json_to: str | None, quiet: bool) -> None:
    """Say what STUDY will do, and what every generation trains on: in words, as a table, as a picture."""
    from genloss.cli.places import places
    from genloss.study import Study
    from genloss.study.page.explanation import explanation, write_picture
    from genloss.study.page.words import in_words

    loaded = Study.load(study, places=places())
    told = explanation(loaded, whole=whole)
    if picture is not None:
        write_picture(told, picture)
    put_json(lambda: _as_json(loaded, told), json_to)
    if json_to == "-":
        return
    if not quiet:
        click.echo(f"{loaded.resolved['question'] or loaded.name} [{loaded.id}]")
        for line in in_words(loaded):
            click.echo(f"  {line}")
    for workflow in told:
        _print(workflow, whole=whole)
    if not quiet:
        click.echo(f"\nThe resolved study, as it is stored beside the results:\n\n{loaded.toml()}", nl=False)
    if picture is not None:
        click.echo(f"picture: {picture}", err=True)


def _print(workflow: Any, *, whole: bool) -> None:
    from genloss.workflows.explain import picture

    click.echo(f"\n{workflow.title}\n")
    shown = workflow.generations if whole or len(workflow.generations) <= 2 * _FEW else None
    parts = [shown] if shown else [workflow.generations[:_FEW], workflow.generations[-2:]]
    for i, part in enumerate(parts):
        if i:
            click.echo(f"  ... {len(workflow.generations) - _FEW - 2} generations in between: --all shows them")
        for told in part:
            click.echo(f"  {told.words}")
    click.echo("")
    header = ("generation", "batch", "origin", "rows", "used", "share", "first seen")
    rows = [_cells(line) for part in parts for generation in part for line in generation.lines]
    widths = [max(len(line[i]) for line in (header, *rows)) for i in range(len(header))]
    for texts in (header, *rows):
        cells = [x.ljust(w) if i in (1, 2) else x.rjust(w) for i, (x, w) in enumerate(zip(texts, widths, strict=True))]
        click.echo("  " + "  ".join(cells).rstrip())
    click.echo("")
    for line in picture(workflow.schedule, tallest=10**6 if whole else 24).splitlines():
        click.echo(f"  {line}")


def _cells(line: Any) -> tuple[str, ...]:
    """The texts of one line of the table."""
    used, share = f"{line.rows_used:,.4g}", f"{line.share:.3f}"
    return str(line.generation), line.batch, line.origin, f"{line.rows:,}", used, share, str(line.first_seen)


def _as_json(loaded: Any, told: Any) -> str:
    data = {
        "schema": "explanation/1",
        "study": loaded.id,
        "workflows": [
            {
                "title": workflow.title,
                "id": workflow.id,
                "form": workflow.form,
                "generations": [generation.to_dict() for generation in workflow.generations],
            }
            for workflow in told
        ],
    }
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"
