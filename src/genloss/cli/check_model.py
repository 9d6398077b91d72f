"""genloss check-model: does a model keep the contract?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from genloss.cli.force import check_files, force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.say import echo
from genloss.errors import Problem

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
@click.option("--target", metavar="COLUMN", default="", help="The column that the model predicts: rows are (X, y).")
@click.option("--drop", metavar="COLUMN", multiple=True, help="A column to leave out; may be given several times.")
@click.option("--missing", type=click.Choice(["refuse", "drop"]), default="refuse", help="What to do with gaps.")
@click.option("--options", metavar="JSON", default="{}", help="What the entry is called with, e.g. '{\"depth\": 3}'.")
@click.option(
    "--format", "form", type=click.Choice(["csv", "parquet", "npz", "jsonl"]), default="csv", show_default=True,
    help="Of the files of a command.",
)  # fmt: skip
@click.option(
    "--timeout", type=click.FloatRange(0, 1e7, min_open=True), default=600.0, show_default=True,
    help="Seconds that a command may take.",
)  # fmt: skip
@click.option("--shell", is_flag=True, help="Let a shell read the command.")
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True, help="Of the random numbers.")
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print what is missing alone.")
def check_model(
    model: str, data: str, target: str, drop: tuple[str, ...], missing: str, options: str, form: str, timeout: float,
    shell: bool, seed: int, json_to: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Check that a model keeps the contract of genloss, on the rows of FILE.

    ENTRY is a function that returns a model, file.py:function or package.module:function, or an estimator of
    scikit-learn by its name. COMMAND has {train}, {out} and {rows} in it. What you name is executed.
    """
    from genloss.identity import identity
    from genloss.models.checking import check
    from genloss.populations.own_rows.from_file import Wanted
    from genloss.results.store import json_text

    wanted = Wanted(target=target, drop=drop, missing=missing)
    mark = f"check {identity([model, data, options, target])}"
    check_files(mark, json_to)
    made = _model(model, _options(options), {"format": form, "timeout": timeout, "shell": shell})
    found = check(made, _rows(data, wanted), seed=seed)
    put_json(lambda: json_text(found.to_dict()), json_to, mark)
    if json_to != "-":
        shown = str(found).splitlines() if not quiet else [str(each) for each in found.missing]
        echo("\n".join(shown))
    if not found.well:
        click.get_current_context().exit(1)


def _options(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise Problem("--options", f"not JSON: {error}", "give an object, e.g. --options '{\"depth\": 3}'") from error
    if not isinstance(found, dict):
        raise Problem("--options", f"{text[:60]} is no object", "give one, e.g. --options '{\"depth\": 3}'")
    return found


def _rows(data: str, wanted: Any) -> Any:
    from genloss.cli.places import places
    from genloss.populations import DATASETS
    from genloss.populations.own_data import rows_of_data
    from genloss.populations.own_rows.from_file import rows_of_file

    if data in DATASETS and not Path(data).exists():
        return rows_of_data(data, wanted, places())
    return rows_of_file(Path(data), wanted)


def _model(name: str, options: dict[str, Any], command: dict[str, Any]) -> Any:
    """Return what a name means: a command, an estimator of the list, or what a function returns."""
    from genloss.code.named import find_function
    from genloss.code.trusted import made_by
    from genloss.models.command import Command
    from genloss.models.named import ESTIMATORS, estimator_of

    if "{" in name or " " in name:
        return Command(name, **command)
    if name in ESTIMATORS:
        return estimator_of(name, options, "model")
    if ":" not in name:
        mend = f"give file.py:function, a command with {{train}} {{out}} {{rows}}, or one of {', '.join(ESTIMATORS)}"
        raise Problem("model", f"{name!r} names no model", mend)
    return made_by(find_function(name, Path(), "model"), options)
