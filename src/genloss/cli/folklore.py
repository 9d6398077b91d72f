"""genloss folklore: which numbers about synthetic data are right, and where?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genloss.cli.completion import folklore_names
from genloss.cli.force import force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of
from genloss.cli.progress import progress_bar
from genloss.cli.say import echo

_EXAMPLES = """\b
Examples:
  genloss folklore
  genloss folklore golden-weight
  genloss folklore golden-weight --run
  genloss folklore --out folklore.html

Exit code 0: every rule came out right in its first setting and wrong in its second. 1: one did not.

Example: genloss folklore golden-weight"""


@click.command(epilog=_EXAMPLES)
@click.argument("name", required=False, shell_complete=folklore_names)
@click.option(
    "--run", "simulated", is_flag=True,
    help="Also simulate the studies, and let the simulation decide. It takes seconds for each.",
)  # fmt: skip
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only the verdicts: no study, no progress.")
def folklore(name: str | None, simulated: bool, out: Path | None, json_to: str | None, quiet: bool) -> None:
    """Say where rules of thumb about synthetic data are right, and where they are wrong.

    Examples of such rules are "61.8 % of the rows should be real", "50/50 is safe" and "30 % synthetic rows do no
    harm". For each there is a study with two settings, one in which it is right and one in which it is wrong. The
    verdicts are computed from it, by theory, or with --run by simulation. With NAME, one of the list, that rule is told
    in full, with the file of its study.
    """
    from genloss.advise.sayings.answer import folklore as said_of
    from genloss.advise.sayings.answer import mark_of_names
    from genloss.advise.sayings.entries import FOLKLORE, entry_of

    if name is not None:
        entry_of(name)
    mark = mark_of_names(FOLKLORE if name is None else [name], simulated=simulated)
    check_out(mark, out, json_to)
    doing = "simulating" if simulated else "predicting"
    with progress_bar(doing, quiet=quiet, unit="numbers") as progress:
        found = said_of(name, simulated=simulated, progress=progress)
    put_out(lambda: writers_of(found), out, mark, quiet=quiet or json_to == "-")
    put_json(found.json, json_to, mark)
    if json_to != "-":
        _print(found, quiet=quiet)
    if not found.as_expected:
        click.get_current_context().exit(1)


def _print(found: Any, *, quiet: bool) -> None:
    from genloss.advise.sayings.entries import study_file
    from genloss.report import as_text

    if len(found.sayings) > 1:
        echo(as_text(found.listed()))
        echo(f"\n{found.summary().splitlines()[0]}")
    else:
        said = found.summary().splitlines()
        echo("\n".join(said[:1] if quiet else said))
    if quiet:
        return
    if len(found.sayings) > 1:
        echo("genloss folklore NAME says one in full, with both settings and its study.", err=True)
        return
    file = study_file(found.sayings[0].name)
    echo(f"Study: {_near(file)}\nRun it: genloss run {_quoted(_near(file))}", err=True)


def _near(file: Path) -> Path:
    """Return a path as it is written from here, where it lies below."""
    here = Path.cwd()
    return file.relative_to(here) if file.is_relative_to(here) else file


def _quoted(file: Path) -> str:
    import shlex

    return shlex.quote(str(file))
