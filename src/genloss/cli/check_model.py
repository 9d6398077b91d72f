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

Exit code 0: all well. 1: something is missing, and is said.

Example: genloss check-model GaussianMixture --data iris --drop target"""


@click.command("check-model", epilog=_EXAMPLES)
@click.argument("model", metavar="ENTRY|COMMAND")
@click.option("--data", metavar="FILE", required=True, help="A file of rows, or a data set (see genloss datasets).")
@rows_options
@model_options
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Of the random numbers.")
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print what is missing alone.")
def check_model(
    model: str, data: str, wanted: dict[str, Any], making: dict[str, Any], seed: int, json_to: str | None, quiet: bool
) -> None:
    """Check that a model keeps the contract of genloss, on the rows of FILE.

    ENTRY is a function that returns a model, file.py:function or package.module:function, or an estimator of
    scikit-learn by its name. COMMAND has {train}, {out} and {rows} in it. What you name is executed.
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
