"""genloss share: which share of a pool of rows did a generator make?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genloss.cli.force import force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of
from genloss.cli.own_model import rows_named, rows_options
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo

_EXAMPLES = """\b
Examples:
  genloss share pool.csv --real real.csv --generator made.csv
  genloss share answers.jsonl --real tickets.jsonl --generator bot.jsonl --out share.html

Exit code 0: answered. 3: the share cannot be told; the answer says how many rows might suffice.

Example: genloss share pool.csv --real real.csv --generator made.csv --quiet"""


@click.command(epilog=_EXAMPLES)
@click.argument("pool", metavar="POOL")
@click.option("--real", metavar="FILE", required=True, help="A file of real rows, none of which is in the pool.")
@click.option("--generator", metavar="FILE", required=True, help="A file of rows that the suspected generator made.")
@rows_options
@click.option(
    "--level",
    type=click.FloatRange(0.5, 0.999),
    default=0.95,
    show_default=True,
    help="How sure the interval is: 0.95 covers the true share in 95 of 100 cases.",
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
    help="The seed of the random numbers: the same seed gives the same answer.",
)  # fmt: skip
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only the first sentence, which answers.")
def share(
    pool: str, real: str, generator: str, wanted: dict[str, Any], level: float, seed: int, out: Path | None,
    json_to: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Estimate which share of the rows of POOL a generator made, with an interval.

    A classifier learns to tell real rows from the generator's by half of each. It then scores the other halves and the
    pool. The answer is the share of generator's rows at which a mixture of the two halves would score as the pool does.
    Nothing is said of a single row. POOL and the other files are tables, arrays or texts.
    """
    from genloss.audit.share import synthetic_share

    given = {"pool": pool, "real": real, "generator_sample": generator}
    read = [rows_named(each, wanted) for each in given.values()]
    named = {name: f"{name.removesuffix('_sample')} ({file})" for name, file in given.items()}
    with options_for_arguments(named):
        found = synthetic_share(*read, seed=seed, level=level)
    mark = found.mark()
    check_out(mark, out, json_to)
    put_out(lambda: writers_of(found), out, mark, quiet=quiet or json_to == "-")
    put_json(found.json, json_to, mark)
    if json_to != "-":
        lines = found.summary().splitlines()
        echo("\n".join(lines[:1] if quiet else lines))
    if not found.answered:
        click.get_current_context().exit(3)
