"""genloss check-model: does a model keep the contract?"""

from __future__ import annotations

from typing import Any

import click

from genloss.cli.force import check_files, force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.own_model import model_named, model_options, rows_named, rows_options
from genloss.cli.say import echo

_EXAMPLES = """\b
Examples:
  genloss check-model model.py:make --data my.csv --options '{"depth": 3}'
  genloss check-model GaussianMixture --data iris --drop target
  genloss check-model "python gen.py {train} {out} {rows} {seed}" --data my.csv

Exit code 0: the model can be used. 1: it lacks something, which is listed.

Example: genloss check-model GaussianMixture --data iris --drop target"""


@click.command("check-model", epilog=_EXAMPLES)
@click.argument("model", metavar="ENTRY|COMMAND")
@click.option(
    "--data", metavar="FILE", required=True, help="A file of rows, or the name of a data set (see genloss datasets)."
)
@rows_options
@model_options
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
    help="The seed of the random numbers: the same seed gives the same answer.",
)  # fmt: skip
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only what is missing.")
def check_model(
    model: str, data: str, wanted: dict[str, Any], making: dict[str, Any], seed: int, json_to: str | None, quiet: bool
) -> None:
    """Check that genloss can refit a model of yours on your rows.

    The model is fitted and sampled, and what it lacks is listed with how to mend it. ENTRY is the name of an estimator
    of scikit-learn, or a function of yours that returns a model: file.py:function or package.module:function. COMMAND
    is a program as you would type it, in quotes, with three places that genloss fills in: {train}, the file of rows to
    learn from; {out}, the file to write; {rows}, how many rows to write. What you name is executed.
    """
    from genloss.identity import identity
    from genloss.models.checking import check
    from genloss.results.store import json_text

    mark = f"check {identity([model, data, making['options'], wanted['target']])}"
    check_files(mark, json_to)
    made = model_named(model, making)
    found = check(made, rows_named(data, wanted), seed=seed)
    put_json(lambda: json_text(found.to_dict()), json_to, mark)
    if json_to != "-":
        shown = str(found).splitlines() if not quiet else [str(each) for each in found.missing]
        echo("\n".join(shown))
    if not found.well:
        click.get_current_context().exit(1)
