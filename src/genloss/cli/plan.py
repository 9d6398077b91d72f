"""genloss plan: how much real, how much synthetic, which penalty?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloss.cli.force import force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of
from genloss.cli.picture import checked_picture
from genloss.cli.planned_rows import rows_of_table
from genloss.cli.progress import progress_talk
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo
from genloss.cli.table_options import options_of_a_table_if_any
from genloss.cli.trust import trust_option, trusted
from genloss.errors import Problem

if TYPE_CHECKING:
    from genloss.advise.plans.answer import Plan
    from genloss.advise.plans.protocol import Planned
    from genloss.advise.plans.question import Question

_MODELS = ("least_squares", "ridge", "kernel_ridge", "logistic", "poisson", "gaussian")
_EXAMPLES = """Examples:

\b
  genloss plan data.csv --target y --workflow fixed_real --keep-within 5% --generations 12 --open synthetic_rows
  genloss plan data.csv --target y --workflow replace --at-most 0.2 --chance 90% --open real_rows
  genloss plan study.toml --open synthetic_rows --budget 5000 --cost-real 4 --cost-synthetic 0.02
  genloss plan study.toml --open penalties
"""
_OF_TABLES = ("model", "workflow", "generations", "above", "penalty", "begin")
_OF_STUDIES = ("case", "metric", "goal", "data_sets")
_TARGETS = (
    "at_most", "at_least", "keep_within", "chance", "when", "budget", "cost_real", "cost_synthetic", "frontier",
)  # fmt: skip
_DEFAULTS = {"goal": "horizon", "data_sets": 0}

Option = Callable[[Any], Any]
_ASKED: tuple[Option, ...] = (
    click.option(
        "--open",
        multiple=True,
        metavar="QUANTITY",
        help="What to solve for: real_rows, synthetic_rows (of each generation that draws them), synthetic_share, "
        "real_weight (of the loss), penalty, penalties (by generation), generations, or replicates (independent runs).",
    ),
    click.option("--at-most", metavar="VALUE", help="Target: the metric (excess risk) is at most this."),
    click.option("--at-least", metavar="VALUE", help="Target, for a metric of which more is better."),
    click.option(
        "--keep-within",
        metavar="PART",
        help="Target: every generation loses at most this part of generation 0's value, e.g. 5% or 0.05.",
    ),
    click.option(
        "--chance",
        metavar="PART",
        help="Ask the target of single runs, of which so many must meet it, e.g. 90%. Default: of the mean.",
    ),
    click.option(
        "--when",
        type=click.Choice(["always", "last"]),
        default="always",
        show_default=True,
        help="In every generation up to the last, or in the last alone.",
    ),
    click.option("--budget", metavar="COST", help="Instead of a target: what the rows of all generations may cost."),
    click.option("--cost-real", metavar="COST", help="Of one real row."),
    click.option("--cost-synthetic", metavar="COST", help="Of one synthetic row, in the same unit."),
    click.option("--frontier", is_flag=True, help="Also look which pairs of real and synthetic rows meet the target."),
)
_WHERE: tuple[Option, ...] = (
    click.option("--model", type=click.Choice(_MODELS), help="Of a table: what is refitted. Default: least_squares."),
    click.option(
        "--workflow", help="Of a table: which rows a generation trains on, e.g. fixed_real. Default: replace."
    ),
    click.option("--generations", type=click.IntRange(1, 500), help="Of a table: the last generation. Default: 10."),
    click.option("--above", type=float, help="Of a table: predict whether the target is above this (logistic)."),
    click.option("--penalty", type=click.FloatRange(0), help="Of a table: of the mean, as in genloss forecast."),
    click.option("--begin", type=click.Choice(["own_rows", "new_rows"]), help="Of a table: as in genloss forecast."),
    click.option("--case", help="Of a study with several cases: the one to plan for."),
    click.option("--metric", help="Of a study: what is planned for. Default: its first."),
    click.option(
        "--goal",
        type=click.Choice(["horizon", "sum"]),
        default="horizon",
        show_default=True,
        help="Of penalties: the least risk of the last generation, or of the sum over all.",
    ),
    click.option(
        "--data-sets",
        type=click.IntRange(0, 100_000),
        default=0,
        show_default=True,
        help="Of penalties: also cross-validate every penalty on so many simulated data sets.",
    ),
)


def _all(options: tuple[Option, ...]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return wrap


@click.command(epilog=_EXAMPLES)
@click.argument("subject", type=click.Path(path_type=Path))
@_all(_ASKED)
@options_of_a_table_if_any
@_all(_WHERE)
@click.option(
    "--replicates",
    type=click.IntRange(50, 100_000),
    default=400,
    show_default=True,
    help="Single runs: at each value where they are drawn, and of the independent check; a multiple of 10.",
)
@click.option("--seed", type=click.IntRange(0), help="Of the random numbers. Default: the study's, or 0.")
@click.option(
    "--picture", type=click.Path(path_type=Path), callback=checked_picture, help="Draw it to a .png or .svg file."
)
@out_option()
@json_option()
@force_option()
@trust_option
@click.option("--quiet", is_flag=True, help="Print the answer alone.")
def plan(
    subject: Path,
    reading: dict[str, Any],
    replicates: int,
    seed: int | None,
    picture: Path | None,
    out: Path | None,
    json_to: str | None,
    trust: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Say how much real, how much synthetic, or which penalty meets a target.

    SUBJECT is a study (.toml), or a table with --target. One quantity is left open and solved for; everything else
    stands as it is given. Runs that share no luck with the search check the answer. Exit code 1: nothing meets the
    target, or the check misses it.
    """
    from genloss.identity import identity

    study = subject.suffix == ".toml"
    others = _OF_TABLES if study else _OF_STUDIES
    called = {"X": str(subject), "X, y": str(subject), "y": f"{subject}: column {reading['target']!r}, the target"}
    with options_for_arguments(called, typed=True), progress_talk(quiet=quiet or json_to == "-") as talk:
        asked = _question(options, replicates, seed)
        for name in (*others, *(["target"] if study else [])):
            given = reading["target"] if name == "target" else options[name]
            if given not in (None, _DEFAULTS.get(name)):
                kind = "tables" if study else "studies"
                raise Problem(name, f"is for {kind}, and {subject} is none", "leave it out")
        mark = f"plan {identity([str(subject), reading, {**options, 'open': list(options['open'])}, replicates, seed])}"
        check_out(mark, out, json_to, picture)
        penalties = asked.open == "penalties"
        what = ("searching", "steps") if penalties else ("drawing runs", "values")
        told = None if talk is None else talk.part(*what, known=False)
        drawing = talk.part("cross-validating", "data sets") if talk is not None and options["data_sets"] else None
        found = _of_study(asked, subject, options, seed, told, drawing, trust=trust) if study else _of_rows(
            asked, subject, reading, options, replicates, seed, told, quiet=quiet or json_to == "-"
        )  # fmt: skip
    if picture is not None:
        _draw(found, picture, mark)
    put_out(lambda: writers_of(found), out, mark, quiet=quiet)
    put_json(found.json, json_to, mark)
    if json_to != "-":
        _say(found, quiet=quiet)
    click.get_current_context().exit(0 if found.holds else 1)


def _question(options: dict[str, Any], replicates: int, seed: int | None) -> Question:
    from genloss.advise.plans.question import question

    named = {name: options[name] for name in _TARGETS}
    return question(options["open"], replicates=replicates, seed=seed or 0, **named)


def _of_study(
    asked: Question, path: Path, options: dict[str, Any], seed: int | None, told: Any, drawing: Any, *, trust: bool
) -> Plan:
    from genloss.advise.plans.door import plan_study
    from genloss.cli.places import places
    from genloss.study import Study

    study = Study.load(path, places=places())
    return plan_study(
        asked,
        study,
        case=options["case"],
        metric=options["metric"],
        goal=options["goal"],
        data_sets=options["data_sets"],
        seed=seed,
        progress=told,
        drawing=drawing,
        trust=trusted(study, trust=trust),
    )


def _of_rows(
    asked: Question, path: Path, reading: dict[str, Any], options: dict[str, Any], replicates: int, seed: int | None,
    told: Any, *, quiet: bool,
) -> Plan:  # fmt: skip
    from genloss.advise.plans.door import plan_for

    if reading["target"] is None:
        raise Problem("--target", "missing", "name the column to predict, or give a study (.toml)")
    subject: Planned = rows_of_table(path, reading, options, replicates, seed or 0, told, quiet=quiet)
    return plan_for(asked, subject)


def _draw(found: Plan, picture: Path, mark: str) -> None:
    from genloss.cli.force import marked
    from genloss.report import draw

    kind: Any = picture.suffix[1:]
    panels = found.panels()
    marked(mark).leave(picture, draw(panels, columns=min(len(panels), 2), formats=(kind,))[kind])


def _say(found: Plan, *, quiet: bool) -> None:
    if not quiet:
        for name, words in found.asked:
            echo(f"{name}: {words}", err=True)
    echo(found.summary())
    if found.penalties:
        penalties = ", ".join(f"{value:.4g}" for value in found.penalties)
        echo(f"\n[generator]\npenalty = {{by_generation = [{penalties}]}}\n")
