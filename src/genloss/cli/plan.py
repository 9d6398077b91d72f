"""genloss plan: how much real, how much synthetic, which penalty?"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloss.cli.force import force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of
from genloss.cli.picture import checked_picture, leave_picture
from genloss.cli.plan_models import answer_models, asks_for_models, models_options, models_planned
from genloss.cli.planned_rows import content_of, pilots_of, rows_of_table
from genloss.cli.progress import progress_talk
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo
from genloss.cli.table_options import MODELS, options_of_a_table_if_any
from genloss.cli.trust import trust_option, trusted
from genloss.errors import Problem

if TYPE_CHECKING:
    from genloss.advise.plans.answer import Plan
    from genloss.advise.plans.protocol import Planned
    from genloss.advise.plans.question import Question

_EXAMPLES = """Examples:

\b
  genloss plan data.csv --target y --workflow fixed_real --keep-within 5% --generations 12 --open synthetic_rows
  genloss plan data.csv --target y --workflow replace --at-most 0.2 --chance 90% --open real_rows
  genloss plan study.toml --open synthetic_rows --budget 5000 --cost-real 4 --cost-synthetic 0.02
  genloss plan study.toml --open penalties
  genloss plan pilots.csv --open real_rows --at-most 0.1
  genloss plan --open models --rows 50 --generations 100 --at-least 90%
"""
_OF_TABLES = ("model", "workflow", "generations", "above", "penalty", "begin")
_OF_STUDIES = ("case", "where", "metric", "goal", "data_sets")
_TARGETS = (
    "at_most", "at_least", "keep_within", "chance", "when", "budget", "cost_real", "cost_synthetic", "frontier",
)  # fmt: skip
_TAKEN = {
    "study": _OF_STUDIES,
    "table": _OF_TABLES,
    "pilots": ("metric", "workflow", "generations"),
}
_CALLED = {"study": "a study", "table": "a table", "pilots": "pilot runs"}
_DEFAULTS: dict[str, Any] = {"where": (), "goal": "horizon", "data_sets": 0}

Option = Callable[[Any], Any]
_ASKED: tuple[Option, ...] = (
    click.option(
        "--open",
        multiple=True,
        metavar="QUANTITY",
        help="The quantity to solve for. real_rows; synthetic_rows, which each generation draws; synthetic_share; "
        "real_weight, the weight of real rows in the loss; penalty; penalties, one for each generation; generations; "
        "replicates, the number of independent runs; or models, how many of them together keep variety.",
    ),
    click.option("--at-most", metavar="VALUE", help="Target: the metric, e.g. the excess risk, is at most this."),
    click.option(
        "--at-least",
        metavar="VALUE",
        help="Target, for a metric of which more is better: it is at least this. With --open models: the part of the "
        "truth's variety to keep, e.g. 90%.",
    ),
    click.option(
        "--keep-within",
        metavar="PART",
        help="Target: no generation is worse than generation 0 by more than this part of its value, e.g. 5% or 0.05.",
    ),
    click.option(
        "--chance",
        metavar="PART",
        help="This part of single runs must meet the target, e.g. 90%. Default: the mean of all runs must meet it.",
    ),
    click.option(
        "--when",
        type=click.Choice(["always", "last"]),
        default="always",
        show_default=True,
        help="When the target must be met: in every generation up to the last, or in the last alone.",
    ),
    click.option(
        "--budget", metavar="COST", help="Instead of a target: the rows of all generations together may cost this."
    ),
    click.option("--cost-real", metavar="COST", help="With --budget: the cost of one real row."),
    click.option(
        "--cost-synthetic", metavar="COST", help="With --budget: the cost of one synthetic row, in the same unit."
    ),
    click.option(
        "--frontier",
        is_flag=True,
        help="Also show which pairs of numbers, of real rows and of synthetic rows, meet the target.",
    ),
)
_WHERE: tuple[Option, ...] = (
    click.option(
        "--model",
        type=click.Choice(MODELS),
        help="Of a table: the model that each generation fits. Default: least_squares.",
    ),
    click.option(
        "--workflow",
        help="Of a table: which rows a generation trains on, e.g. replace (default), accumulate, fixed_real, "
        "fresh_real, golden or 'window keep=3'. genloss forecast --help says what they mean.",
    ),
    click.option(
        "--generations",
        type=click.IntRange(1, 500),
        help="Of a table, or with --open models: the number of the last generation. Default of a table: 10.",
    ),
    click.option("--above", type=float, help="Of a table: predict whether the target is above this number (logistic)."),
    click.option(
        "--penalty",
        type=click.FloatRange(0),
        help="Of a table: every fit minimizes the mean squared error + penalty x |coefficients|^2, or, for logistic "
        "and poisson, the mean negative log likelihood + half of that.",
    ),
    click.option(
        "--begin",
        type=click.Choice(["own_rows", "new_rows"]),
        help="Of a table: generation 0 is fitted to exactly its rows (own_rows), or to as many rows drawn anew "
        "(new_rows).",
    ),
    click.option("--case", help="Of a study with several cases: the one to plan for."),
    click.option(
        "--where",
        multiple=True,
        metavar="AXIS=VALUE",
        help="Of a study that lists several values: the value to plan for, e.g. predictor.rows=1000. May be given "
        "again.",
    ),
    click.option("--metric", help="Of a study or pilot runs: the metric to plan for. Default: the first one."),
    click.option(
        "--goal",
        type=click.Choice(["horizon", "sum"]),
        default="horizon",
        show_default=True,
        help="With --open penalties: make the risk of the last generation least, or the sum over all generations.",
    ),
    click.option(
        "--data-sets",
        type=click.IntRange(0, 100_000),
        default=0,
        show_default=True,
        help="With --open penalties: also cross-validate every penalty on so many simulated data sets.",
    ),
)


def _all(options: tuple[Option, ...]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    def wrap(command: Callable[..., None]) -> Callable[..., None]:
        for option in reversed(options):
            command = option(command)
        return command

    return wrap


@click.command(epilog=_EXAMPLES)
@click.argument("subject", type=click.Path(path_type=Path), nargs=-1)
@_all(_ASKED)
@models_options
@options_of_a_table_if_any
@_all(_WHERE)
@click.option(
    "--replicates",
    type=click.IntRange(50, 100_000),
    help="How many runs are simulated at each value that is tried, and again in the check; a multiple of 10. Default: "
    "400; with --open replicates 2,000.",
)
@click.option("--seed", type=click.IntRange(0), help="The seed of the random numbers. Default: the study's, or 0.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    callback=checked_picture,
    help="Draw the answer to this .png or .svg file.",
)
@out_option()
@json_option()
@force_option()
@trust_option
@click.option("--quiet", is_flag=True, help="Print only the answer: no settings, no notes, no progress.")
def plan(
    subject: tuple[Path, ...],
    reading: dict[str, Any],
    replicates: int | None,
    seed: int | None,
    picture: Path | None,
    out: Path | None,
    json_to: str | None,
    trust: bool,
    quiet: bool,
    **options: Any,
) -> None:
    """Say how many rows, which share of real rows or which penalty meets a target.

    You leave one quantity open, and genloss solves for it; everything else stays as it is given. New runs, which share
    no random numbers with the search, then check the answer. Exit code 1: nothing meets the target, or the check misses
    it.

    SUBJECT is one of three. A study (.toml). A table of yours, together with --target. Or pilot runs of a model of your
    own at three sizes or more: folders that genloss.chain left, or a table with the columns generation, value, seed,
    and real_rows or synthetic_rows.

    With --open models there is no SUBJECT: the question is how many models that read each other together keep a part of
    the truth's variety, the chance that two draws differ.
    """
    from genloss.advise.plans.door import plan_for
    from genloss.identity import identity

    if asks_for_models(options):
        with options_for_arguments({}):
            answer_models(models_planned(subject, options), out, json_to, picture, quiet=quiet)
    if not subject:
        raise Problem("SUBJECT", "missing", "see genloss plan --help")
    kind = _kind(subject, reading["target"])
    shown = " ".join(map(str, subject))
    called = {"X": shown, "X, y": shown, "y": f"{shown}: column {reading['target']!r}, the target"}
    silent = quiet or json_to == "-"
    with options_for_arguments(called, typed=True), progress_talk(quiet=silent) as talk:
        asked = _question(options, replicates, seed)
        _refuse_others(kind, reading, options)
        plain = {name: list(value) if isinstance(value, tuple) else value for name, value in options.items()}
        mark = f"plan {identity([[content_of(path) for path in subject], reading, plain, replicates, seed])}"
        check_out(mark, out, json_to, picture)
        what = ("searching", "steps") if asked.open == "penalties" else ("drawing runs", "values")
        told = None if talk is None else talk.part(*what, known=False)
        if kind == "study":
            drawing = talk.part("cross-validating", "data sets") if talk is not None and options["data_sets"] else None
            found = _of_study(asked, subject[0], options, seed, told, drawing, trust=trust)
        elif kind == "table":
            found = _of_rows(
                asked, subject[0], reading, options, asked.replicates, seed, told, quiet=quiet or json_to == "-"
            )
        else:
            found = plan_for(asked, pilots_of(subject, options, asked.seed, told))
    if picture is not None:
        leave_picture(found, picture, mark)
    put_out(lambda: writers_of(found), out, mark, quiet=quiet)
    put_json(found.json, json_to, mark)
    if json_to != "-":
        _say(found, quiet=quiet)
    click.get_current_context().exit(0 if found.holds else 1)


def _question(options: dict[str, Any], replicates: int | None, seed: int | None) -> Question:
    from genloss.advise.plans.question import question

    named = {name: options[name] for name in _TARGETS}
    with options_for_arguments({}):
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
        where=_where(options["where"]),
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

    subject: Planned = rows_of_table(path, reading, options, replicates, seed or 0, told, quiet=quiet)
    return plan_for(asked, subject)


def _where(given: tuple[str, ...]) -> dict[str, str]:
    """Read AXIS=VALUE."""
    found = {}
    for text in given:
        axis, equals, value = text.partition("=")
        if not equals:
            raise Problem("--where", f"{text} is not of the form AXIS=VALUE", "give e.g. --where predictor.rows=1000")
        found[axis.strip()] = value.strip()
    return found


def _kind(subject: tuple[Path, ...], target: str | None) -> str:
    """Tell what is planned: a study by its ending, a table by its target, else pilot runs."""
    studies = [path for path in subject if path.suffix == ".toml"]
    kind = "study" if studies else "pilots" if target is None else "table"
    if kind != "pilots" and len(subject) > 1:
        raise Problem(
            str(subject[1]), f"is given with {subject[0]}", f"give one {kind}; only pilot runs may be several files"
        )
    if kind == "study" and target is not None:
        raise Problem("--target", f"is for tables, and {subject[0]} is a study", "leave it out")
    return kind


def _refuse_others(kind: str, reading: dict[str, Any], options: dict[str, Any]) -> None:
    """Refuse an option that this kind of subject does not have."""
    typed = click.get_current_context().get_parameter_source
    for name in reading if kind != "table" else ():
        if typed(name) is click.core.ParameterSource.COMMANDLINE:
            raise Problem(
                f"--{name.replace('_', '-')}", f"is for a table, and what is given is {_CALLED[kind]}", "leave it out"
            )
    for name in (*_OF_TABLES, *_OF_STUDIES):
        if name not in _TAKEN[kind] and options[name] != _DEFAULTS.get(name):
            others = " or ".join(_CALLED[other] for other in _TAKEN if name in _TAKEN[other])
            raise Problem(name, f"is for {others}, and what is given is {_CALLED[kind]}", "leave it out")


def _say(found: Plan, *, quiet: bool) -> None:
    if not quiet:
        for name, words in found.asked:
            echo(f"{name}: {words}", err=True)
    echo(found.summary())
    if found.penalties:
        penalties = ", ".join(f"{value:.4g}" for value in found.penalties)
        echo(f"\n[generator]\npenalty = {{by_generation = [{penalties}]}}\n")
