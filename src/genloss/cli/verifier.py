"""genloss verifier: how good must a checker of synthetic rows be?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genloss.cli.force import force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo
from genloss.cli.table_options import table_options
from genloss.cli.table_read import say_notes, table_read

_EXAMPLES = """Examples:

\b
  genloss verifier data.csv --target price
  genloss verifier data.csv --target price --share 0.5 --generations 5 --out verifier.html

Example: genloss verifier data.csv --target price --within 1.5 --quiet
"""


@click.command(epilog=_EXAMPLES)
@click.argument("data", type=click.Path(path_type=Path))
@table_options
@click.option(
    "--within",
    type=click.FloatRange(0, min_open=True),
    help="The checker keeps labels within so many standard deviations of the label noise of its guess. Default: 1.",
)
@click.option(
    "--share",
    metavar="SHARE",
    help="Instead of --within: the checker keeps this share of the rows, e.g. 0.5 or 50%, the nearest to its guess.",
)
@click.option(
    "--generations",
    type=click.IntRange(1, 500),
    default=10,
    show_default=True,
    help="The number of the last generation.",
)
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only the first sentence, which answers: no notes.")
def verifier(
    data: Path, reading: dict[str, Any], within: float | None, share: str | None, generations: int, out: Path | None,
    json_to: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Say how good a checker of synthetic rows must be, so that checking them pays.

    Each generation is least squares on as many new rows as DATA has, whose labels the generation before made. A checker
    keeps the rows whose label is near its own guess. The answer is the largest error of the checker at which the loop
    loses no more than without a check, and no more than the model fitted to DATA. It comes from theory, at once.
    """
    from genloss.advise.verifiers.needed import of_table

    called = {"X": str(data), "y": f"{data}: column {reading['target']!r}, the target"}
    with options_for_arguments(called):
        read, _ = table_read(data, reading, "least_squares", None, 0, where=called["y"], quiet=quiet)
        found = of_table(read, within=within, share=share, generations=generations)
    if not quiet and json_to != "-":
        say_notes(read, "least_squares", "least_squares")
    mark = found.mark()
    check_out(mark, out, json_to)
    put_out(lambda: writers_of(found), out, mark, quiet=quiet or json_to == "-")
    put_json(found.json, json_to, mark)
    if json_to != "-":
        lines = found.summary().splitlines()
        echo("\n".join(lines[:1] if quiet else lines))
