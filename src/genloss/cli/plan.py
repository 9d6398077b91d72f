"""genloss plan: which penalties should the generators have?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genloss.cli.force import force_option, marked
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out
from genloss.cli.picture import checked_picture
from genloss.cli.progress import progress_talk
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo


@click.command(epilog="Example: genloss plan study.toml --goal sum --picture plan.png")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--goal",
    type=click.Choice(["horizon", "sum"]),
    default="horizon",
    show_default=True,
    help="Minimize the risk of the last generation, or its sum over all.",
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    callback=checked_picture,
    help="Draw the risk by generation of every way to a .png or .svg file.",
)
@click.option(
    "--replicates",
    type=click.IntRange(0, 100_000),
    default=0,
    show_default=True,
    help="Also cross-validate every penalty on so many simulated data sets: until when do fixed penalties do as well?",
)
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Leave out the description of the study.")
def plan(
    study: Path, goal: str, replicates: int, picture: Path | None, out: Path | None, json_to: str | None, quiet: bool
) -> None:
    """Find penalties by generation for the ridge models of STUDY.

    They stand beside what one would use otherwise. For a linear_gaussian population, without a predictor; penalties in
    the study are ignored.
    A penalty is of the mean squared error, as in studies and forecasts: scikit-learn's alpha is penalty x rows.
    """
    from genloss.advise.penalties.of_study import as_json, panels, plans, writers
    from genloss.cli.places import places
    from genloss.report import as_text
    from genloss.results.marks import studies_mark
    from genloss.study import Study
    from genloss.study.page.words import in_words

    loaded = Study.load(study, places=places())
    mark = studies_mark([loaded.id])
    check_out(mark, out, json_to, picture)
    with options_for_arguments({}, typed=True), progress_talk(quiet=quiet) as talk:
        searching = None if talk is None else talk.part("searching", "steps", known=False)
        drawing = None if talk is None else talk.part("cross-validating", "data sets")
        found = plans(loaded, goal=goal, replicates=replicates, progress=searching, drawing=drawing)
    if picture is not None:
        from genloss.report import draw

        kind: Any = picture.suffix[1:]
        marked(mark).leave(picture, draw(panels(found), columns=min(len(found), 2), formats=(kind,))[kind])
    put_out(lambda: writers(loaded, found), out, mark, quiet=quiet)
    put_json(lambda: as_json(loaded, found), json_to, mark)
    if json_to == "-":
        return
    if not quiet:
        echo(f"{loaded.resolved['question'] or loaded.name} [{loaded.id}]", err=True)
        for line in in_words(loaded):
            echo(f"  {line}", err=True)
    for each in found:
        echo(f"{each.title}\n" if each.title else "", nl=False)
        echo(f"{each.schedule.summary()}\n\n{as_text(each.schedule.ways())}")
        if each.choice is not None:
            echo(f"\n{each.choice.summary()}")
        penalties = ", ".join(f"{value:.4g}" for value in each.schedule.penalties)
        echo(f"\n[generator]\npenalty = {{by_generation = [{penalties}]}}\n")
    if picture is not None:
        echo(f"picture: {picture}", err=True)
