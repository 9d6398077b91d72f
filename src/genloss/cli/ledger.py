"""genloss ledger: who made the rows that each generation was trained on?"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from genloss.cli.force import check_files, force_option, marked
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of

_EXAMPLES = """\b
How to write ledger.toml for a chain of your own:
  [data.tickets]
  made_by = "real"
  rows = 1000               # or file = "tickets.csv"
\b
  [data.answers]
  made_by = "bot-0"         # or { real = 0.3, bot-0 = 0.7 }
  file = "answers.jsonl"    # sha256 = "...", sampler = { temperature = 0.8 }
\b
  [[generation]]
  name = "bot-0"
  trained_on = ["tickets"]
\b
  [[generation]]
  name = "bot-1"
  trained_on = [{ data = "tickets", weight = 0.6 }, { data = "answers", weight = 0.4 }]

\b
or in ledger.csv, a line for each part:
  generation,data,made_by,rows
  bot-0,tickets,real,1000
  bot-1,tickets,real,1000
  bot-1,answers,bot-0,1000

Exit code 0: done. 1: a generation has more synthetic rows than --max-synthetic, or a file is not as the ledger says.

Example: genloss ledger results/mine --max-synthetic 0.5 --out ledger.html"""


@click.command(epilog=_EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--max-synthetic",
    type=click.FloatRange(0, 1),
    help="A cap: at most this share of the rows of any generation may be made by models.",
)
@click.option("--no-files", is_flag=True, help="Read no files of rows; believe what the ledger says of them.")
@click.option(
    "--croissant",
    type=click.Path(path_type=Path),
    callback=lambda _context, _parameter, value: _checked(value),
    help="Write who made what as a Croissant file, a standard form (JSON-LD) in which data sets are described.",
)
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only the sentences: no tables, no notes.")
def ledger(
    folder: Path,
    max_synthetic: float | None,
    no_files: bool,
    croissant: Path | None,
    out: Path | None,
    json_to: str | None,
    quiet: bool,
) -> None:
    """Say who made the rows that each generation in FOLDER was trained on.

    FOLDER was left by genloss.chain with out=, or you wrote ledger.toml or ledger.csv in it, as shown below. The answer
    says which share of the rows is real, and which passed through one model, two models, and so on; the same for the
    weight that they have in the loss; which named workflow it is; and whether each file still has its SHA-256.
    """
    from genloss.ledger import as_croissant, read

    found = read(folder, max_synthetic=max_synthetic, files=not no_files)
    mark = found.mark()
    check_out(mark, out, json_to)
    check_files(mark, croissant)
    put_out(lambda: writers_of(found), out, mark, quiet=quiet or json_to == "-")
    put_json(found.json, json_to, mark)
    if croissant is not None:
        marked(mark).leave(croissant, as_croissant(found))
    if json_to != "-":
        _print(found, quiet=quiet)
    if not found.kept:
        click.get_current_context().exit(1)


def _print(found: Any, *, quiet: bool) -> None:
    """Print the sentence that answers, a table for each chain, and the other sentences."""
    from genloss.report import as_text

    first, *later = found.summary().splitlines()
    click.echo(first)
    for table in found.tables() if not quiet else ():
        click.echo(f"\n{table.title}\n{as_text(table)}")
    if later:
        click.echo("\n" * (not quiet) + "\n".join(later))
    for note in found.page().notes if not quiet else ():
        click.echo(f"note: {note}", err=True)


def _checked(value: Path | None) -> Path | None:
    """Refuse a place for the Croissant file that cannot be written, before any work."""
    if value is None:
        return None
    from genloss.errors import Problem
    from genloss.results.files import checked_file, checked_folder

    if value.suffix not in (".json", ".jsonld"):
        raise Problem(f"--croissant {value}", f"no such format: {value.suffix!r}", "end the name in .json or .jsonld")
    checked_folder(value.parent)
    checked_file(value)
    return value
