"""genloss attribute: why does a model lose something in one generation?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genloss.cli.force import force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of
from genloss.cli.own_model import model_named, model_options, rows_named, rows_options
from genloss.cli.progress import progress_bar
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo
from genloss.cli.trust import trust_option, trusted
from genloss.errors import Problem

_EXAMPLES = """\b
Examples:
  genloss attribute GaussianMixture --options '{"n_components": 3}' --data iris --drop target
  genloss attribute model.py:make --data my.csv --out why.html
  genloss attribute results/mixture-on-iris

Exit code 0: the causes are named. 3: they cannot be told, e.g. because FOLDER has rows and no model.

Example: genloss attribute GaussianMixture --data iris --drop target"""


@click.command(epilog=_EXAMPLES)
@click.argument("model", metavar="ENTRY|COMMAND|FOLDER")
@click.option(
    "--data",
    metavar="FILE",
    help="A file of real rows, or the name of a data set (see genloss datasets). Not needed with FOLDER.",
)
@rows_options
@model_options
@click.option(
    "--case", default="", metavar="NAME", help="Of a FOLDER whose study has several cases: the one to look at."
)
@click.option(
    "--held-out", type=click.FloatRange(0.05, 0.5), default=0.25, show_default=True,
    help="The share of rows that a fit does not see and is judged by. Each row is held out once in turn.",
)  # fmt: skip
@click.option(
    "--repetitions", type=click.IntRange(2, 1000), default=10, show_default=True,
    help="How often all of it is repeated, with other random numbers. More gives smaller errors.",
)  # fmt: skip
@click.option(
    "--many", type=click.FloatRange(4, 1000), default=40.0, show_default=True,
    help="So many times the rows are taken as a stand-in for infinitely many.",
)  # fmt: skip
@click.option(
    "--bayes-loss", type=float, help="Of a model that labels: the loss of the best possible model, where it is known."
)
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
    help="The seed of the random numbers: the same seed gives the same answer.",
)  # fmt: skip
@trust_option
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print the sentences only: no table, no progress.")
def attribute(
    model: str, data: str | None, wanted: dict[str, Any], making: dict[str, Any], case: str, held_out: float,
    repetitions: int, many: float, bayes_loss: float | None, seed: int, trust: bool, out: Path | None,
    json_to: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Say why a model loses in one generation: too few rows, too simple a model, or a poor fit.

    The loss is split into three causes. Few rows: it would vanish with infinitely many. Family: the kind of model
    cannot be as the data are. Fit: the training stops before the best model of its kind. To tell them apart the fitted
    model plays the truth: it is refitted to rows that it made itself, once to as many as there are, once to 40 times as
    many. Real rows that were held out tell the rest.

    FOLDER is the folder of a run whose study names a model and rows of your own. ENTRY or COMMAND name a model as for
    genloss check-model. What you name is executed.
    """
    from genloss.audit.attribution import attribute as attributed
    from genloss.audit.attribution import not_identifiable
    from genloss.identity import identity

    mark = f"attribution {identity([model, data, making['options'], wanted['target'], case])}"
    check_out(mark, out, json_to)
    made, rows = _asked(model, data, wanted, making, case, trust=trust)
    settings: dict[str, Any] = {"held_out": held_out, "repetitions": repetitions, "many": many}
    settings |= {"bayes_loss": bayes_loss, "seed": seed}
    bar = progress_bar("refitting", quiet=quiet, unit="repetitions")
    with options_for_arguments({"data": data or model}), bar as progress:
        found = not_identifiable(0) if made is None else attributed(made, rows, **settings, progress=progress)
    put_out(lambda: writers_of(found), out, mark, quiet=quiet or json_to == "-")
    put_json(found.json, json_to, mark)
    if json_to != "-":
        _print(found, quiet=quiet)
    if not found.answered:
        click.get_current_context().exit(3)


_RECORDS = ("ledger.toml", "ledger.csv")
"""Records of generations, made by models that are not here."""


def _asked(
    model: str, data: str | None, wanted: dict[str, Any], making: dict[str, Any], case: str, *, trust: bool
) -> tuple[Any, Any]:
    """Return model and rows: of a folder those of its study, None for a record without a model."""
    if data is not None:
        return model_named(model, making), rows_named(data, wanted)
    folder = Path(model)
    if not folder.is_dir():
        raise Problem("--data", "missing", "give a file of real rows; or, in place of the model, the folder of a run")
    if any((folder / name).is_file() for name in _RECORDS):
        return None, None
    if not (folder / "study.toml").is_file():
        mend = "give a folder that genloss run or genloss.chain left, or: genloss attribute ENTRY --data FILE"
        raise Problem(str(folder), "there is no study.toml in it, so the model to refit is not known", mend)
    from genloss.cli.places import places
    from genloss.study import Study
    from genloss.study.runner.rebuilt import model_and_rows
    from genloss.study.runner.trust import trusting

    study = Study.load(folder / "study.toml", places=places())
    study = trusting(study, trust=trusted(study, trust=trust))
    with options_for_arguments({}):
        return model_and_rows(study, case)


def _print(found: Any, *, quiet: bool) -> None:
    """Print the sentence that answers, the table, and the other sentences."""
    from genloss.report import as_text

    first, *later = found.summary().splitlines()
    echo(first)
    page = found.page()
    for table in page.tables if not quiet and found.answered else ():
        echo(f"\n{as_text(table)}\n")
    for line in later:
        echo(line)
    for note in page.notes if not quiet else ():
        echo(f"note: {note}", err=True)
