"""genloss audit: what became of these generations, and may the newest be trained on?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloss.cli.force import force_option, forced, marked
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of
from genloss.cli.progress import progress_bar
from genloss.cli.say import echo
from genloss.doors import COMMAND
from genloss.errors import Problem

if TYPE_CHECKING:
    from genloss.audit.answer import Audit
    from genloss.audit.options import Options
    from genloss.populations.tables.notes import Note

_EXAMPLES = """\b
Examples:
  genloss audit real.csv gen1.csv gen2.csv gen3.csv --out audit.html
  genloss audit --by generation all.parquet --id patient
  genloss audit real.csv gen1.csv gen2.csv --state audit.json
  genloss audit audit.json gen3.csv --state audit.json

\b
The word of the newest generation decides:
  stable           every loss that was looked for is within its tolerance
  collapsing       it has lost something that the real rows have, e.g. rare values
  shifted          it differs from the real rows, but no loss is certain
  inconclusive     no change is certain, but the rows are too few to rule out a loss
  not assessable   it has hardly any rows
Exit code 0: stable. 1: collapsing or shifted. 2: bad request or data. 3: inconclusive or not assessable.

Example: genloss audit real.csv gen1.csv gen2.csv --tolerance variance=10%,tail=25%"""


@click.command(epilog=_EXAMPLES)
@click.argument("real", metavar="REAL|STATE")
@click.argument("generations", nargs=-1, metavar="[GENERATION]...")
@click.option(
    "--by", metavar="COLUMN", help="One file, REAL, holds all rows; this column says of which generation each is."
)
@click.option(
    "--id", "entity", metavar="COLUMN",
    help="The column that says to which person, firm, ... a row belongs. One row of each is looked at.",
)  # fmt: skip
@click.option("--ignore", metavar="COLUMN", multiple=True, help="Leave this column out. May be given again.")
@click.option(
    "--expect-shift", metavar="COLUMN", multiple=True,
    help="A column that changes for a good reason, e.g. another unit. It is not judged. May be given again.",
)  # fmt: skip
@click.option(
    "--alpha", type=float, default=0.05, show_default=True,
    help="The chance that an alarm is ever raised, over all generations, where nothing has changed.",
)  # fmt: skip
@click.option(
    "--tolerance", metavar="METRIC=SHARE,...",
    help="How large a loss may be before it matters, e.g. variance=10%,tail=25%. Only what is named then decides.",
)  # fmt: skip
@click.option(
    "--horizon", type=int, metavar="N",
    help="At most N generations will ever be looked at. With a small N less evidence is needed for a verdict.",
)  # fmt: skip
@click.option("--against", type=click.Choice(["real", "first"]), default="real", show_default=True,
              help="Compare each generation with the real rows, or with the first generation.")  # fmt: skip
@click.option(
    "--slices", metavar="COLUMN", help="Also judge each group of rows by itself; this column names the groups."
)
@click.option(
    "--loss", metavar="COLUMN",
    help="A column with a loss of each row, e.g. of a model that never saw the row. It should not rise.",
)  # fmt: skip
@click.option("--text", metavar="COLUMN", help="The column whose entries are texts.")
@click.option(
    "--independent", is_flag=True,
    help="Take the rows as independent, even where some are more alike than independent rows would be.",
)  # fmt: skip
@click.option(
    "--show-rows", is_flag=True, help="Show examples of what vanished. The answer then holds values of your data."
)
@click.option(
    "--state", metavar="FILE", type=click.Path(path_type=Path),
    help="Keep in this file what the next audit needs, so that it is given new generations alone.",
)  # fmt: skip
@click.option(
    "--junit", metavar="FILE", type=click.Path(path_type=Path),
    help="Write a test report (JUnit XML) for a build server, with one test case for each generation.",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True,
    help="The seed by which rows are parted at random and ties are broken.",
)  # fmt: skip
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print the word of the newest generation alone.")
def audit(
    real: str, generations: tuple[str, ...], by: str | None, entity: str | None, ignore: tuple[str, ...],
    expect_shift: tuple[str, ...], alpha: float, tolerance: str | None, horizon: int | None, against: str,
    slices: str | None, loss: str | None, text: str | None, independent: bool, show_rows: bool, state: Path | None,
    junit: Path | None, seed: int,
    out: Path | None, json_to: str | None, quiet: bool,
) -> None:  # fmt: skip
    """Compare generations of data with REAL rows, and say whether the newest may be trained on.

    Each generation gets a word, listed below; that of the newest decides the exit code. REAL is a file of real rows on
    which no generation was trained. GENERATIONs are files in the order in which they were made. Each may be a table
    (CSV, TSV, JSON lines, Parquet, Arrow, NumPy), texts, a folder of parts, or a saved data set of Hugging Face. REAL
    alone may be the folder of a chain, or one with a ledger. Instead of REAL give the STATE that --state left: then
    only new generations are given.
    """
    from genloss.audit.answer import Audit
    from genloss.audit.files import of_files, onto
    from genloss.audit.kept_state import is_state, load_state, mark_of, refuse_no_rows, save_state, size_said

    _check_ends(junit, ".xml", "--junit")
    _check_ends(state, ".json", "--state")
    _refuse_one_place({"--state": state, "--junit": junit, "--out": out, "--json": json_to})
    for place, path in enumerate((real, *generations)):
        refuse_no_rows(path, real=place == 0)
    before = load_state(real) if is_state(real) else None
    if before is not None:
        _refuse_choices(click.get_current_context(), real)
        if not generations:
            raise Problem("GENERATION", "none is given", f"give the newest one, e.g. genloss audit {real} newest.csv")
    with progress_bar("audit", quiet=quiet, unit="files") as tell:
        told = tell or (lambda _done, _all: None)
        if before is not None:
            found, seen, notes = onto(before, generations, tell=told)
        else:
            options = _options(
                alpha=alpha, horizon=horizon, ignore=ignore, expect_shift=expect_shift, entity=entity, slices=slices,
                loss=loss, against=against, independent=independent, seed=seed, tolerance=tolerance,
            )  # fmt: skip
            made = (real, *generations) if by is not None else generations
            found, seen, notes = of_files(None if by is not None else real, made, options, by=by, text=text, tell=told)
    answer = Audit.of(found, seen if show_rows else None)
    mark = answer.mark()
    check_out(mark, out, json_to, junit)
    if state is not None:
        marked(mark_of(found)).check(state)
    if junit is not None:
        from genloss.audit.junit import as_junit

        marked(mark).leave(junit, as_junit(answer))
    put_out(lambda: writers_of(answer), out, mark, quiet=quiet or json_to == "-")
    put_json(answer.json, json_to, mark)
    if state is not None:  # last: once it holds a generation, that one cannot be given again
        save_state(found, state, force=forced())
        if not quiet:
            echo(f"written: {state}, {size_said(found)}", err=True)
    if json_to != "-":
        _print(answer, notes, quiet=quiet)
    if answer.exit_code:
        click.get_current_context().exit(answer.exit_code)


def _options(*, tolerance: str | None, **given: Any) -> Options:
    from genloss.audit.options import Options

    return Options(**given).tolerating(_tolerances(tolerance))


def _tolerances(text: str | None) -> dict[str, float]:
    """Read "variance=10%,tail=0.25"."""
    found = {}
    for part in (text or "").split(","):
        name, _, share = part.strip().partition("=")
        if not name and not share:
            continue
        try:
            value = float(share.rstrip("% ")) / (100 if share.strip().endswith("%") else 1)
        except ValueError as error:
            raise Problem(
                f"--tolerance {part}", f"{share!r} is not a share", "give e.g. variance=10%,tail=25%"
            ) from error
        found[name.strip().replace("_", " ")] = value
    return found


_CHOICES = ("by", "entity", "ignore", "expect_shift", "alpha", "tolerance", "horizon", "against", "slices", "loss",
            "text", "independent", "seed")  # fmt: skip


def _refuse_choices(context: click.Context, state: str) -> None:
    """Refuse what was fixed when the state was made: to choose again after a look would undo what alpha promises."""
    for name in _CHOICES:
        if context.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE:
            option = "--id" if name == "entity" else f"--{name.replace('_', '-')}"
            mend = f"leave it out, or begin again with the real rows and all generations in place of {state}"
            raise Problem(option, f"cannot be changed: it was chosen when {state} was made", mend)


def _refuse_one_place(given: Mapping[str, Path | str | None]) -> None:
    """Refuse two answers in one file, before any work."""
    met: dict[Path, str] = {}
    for option, place in given.items():
        if place is None or place == "-":
            continue
        other = met.setdefault(Path(place).resolve(), option)
        if other != option:
            mend = "give each a file of its own"
            raise Problem(f"{other} {place}, {option} {place}", "both would write to this file", mend)


def _check_ends(path: Path | None, ending: str, option: str) -> None:
    """Refuse a file of another ending, or in a place that cannot be written, before any work."""
    if path is None:
        return
    from genloss.results.files import checked_file, checked_folder

    if path.suffix != ending:
        raise Problem(f"{option} {path}", f"no such format: {path.suffix!r}", f"end the name in {ending}")
    checked_folder(path.parent)
    checked_file(path)


def _print(answer: Audit, notes: Sequence[Note], *, quiet: bool) -> None:
    """Print the sentences, and a word for each generation; notes on what was read go to stderr."""
    if quiet:
        echo(answer.verdict.replace("_", " "))
        return
    from genloss.report import as_text

    first, *later = answer.summary().splitlines()
    echo(first)
    words, newest, *_ = answer.page().tables
    echo(f"\n{words.title}\n{as_text(words)}\n\n{newest.title}\n{as_text(newest)}\n")
    echo("\n".join(later))
    for note in notes:
        echo(f"note: {note.at(COMMAND)}" if hasattr(note, "at") else f"note: {note}", err=True)
