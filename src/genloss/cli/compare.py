"""genloss compare: which data workflow is best, by how much, and until when?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genloss.cli.force import force_option, marked
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of
from genloss.cli.picture import checked_picture
from genloss.cli.progress import progress_bar
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo


@click.command(epilog="Example: genloss compare replace.toml accumulate.toml --picture workflows.png")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--generations",
    type=click.IntRange(0, 5000),
    help="The number of the last generation. Default: the largest that the files name, else 10.",
)
@click.option(
    "--dim",
    type=click.IntRange(1, 10**6),
    help="How many parameters a model has, e.g. coefficients. Default: what the files say, else 1.",
)
@click.option(
    "--replicates", type=click.IntRange(2, 10**6), default=2000, show_default=True, help="How many runs are simulated."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
    help="The seed of the random numbers: the same seed gives the same answer.",
)  # fmt: skip
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    callback=checked_picture,
    help="Draw the curves to this .png or .svg file.",
)
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print the table and the answer only: no progress.")
def compare(
    files: tuple[Path, ...],
    generations: int | None,
    dim: int | None,
    replicates: int,
    seed: int,
    picture: Path | None,
    out: Path | None,
    json_to: str | None,
    quiet: bool,
) -> None:
    """Say which data workflow of FILES loses least, and until which generation.

    A workflow says which rows a generation trains on. FILES are studies, or files with a [workflow] table alone. What a
    study says of models is not read: the risks are those of a fit without a penalty in the limit of many rows. Bands
    and chances come from simulated runs. The "chance" is how often one workflow beats the other in two separate runs on
    the same real rows; the "chance with the same luck" lets both runs use the same random numbers.
    """
    from genloss.advise.comparison.files import read_files
    from genloss.advise.comparison.workflows import compare as compared
    from genloss.identity import identity

    named, said = read_files(files, dim=dim)
    mark = f"workflows {identity({name: workflow.to_dict() for name, workflow in named.items()})}"
    check_out(mark, out, json_to, picture)
    last = generations if generations is not None else said.generations
    with options_for_arguments({}, typed=True), progress_bar("comparing", quiet=quiet, unit="workflows") as progress:
        found = compared(named, generations=last, dim=said.dim, replicates=replicates, seed=seed, progress=progress)
    if picture is not None:
        from genloss.report import draw

        kind: Any = picture.suffix[1:]
        shown = found.panels()
        marked(mark).leave(picture, draw(shown, columns=min(2, len(shown)), formats=(kind,))[kind])
    put_out(lambda: writers_of(found), out, mark, quiet=quiet or json_to == "-")
    put_json(found.json, json_to, mark)
    if json_to == "-":
        return
    _print(found)
    if picture is not None and not quiet:
        echo(f"picture: {picture}", err=True)


def _print(found: Any) -> None:
    from genloss.report import as_text

    echo(f"{as_text(found.page().tables[-1])}\n\n{found.summary()}")
