"""genloss explore: what happens when a setting moves? A page of sliders on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloss.cli.force import check_files, force_option, marked
from genloss.cli.picture import checked_page
from genloss.cli.progress import progress_bar
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo
from genloss.cli.table_options import MODELS, options_of_a_table_if_any

if TYPE_CHECKING:
    from genloss.explore.service import Explorer
    from genloss.explore.tables import OnTable

_EXAMPLES = """Examples:

\b
  genloss explore
  genloss explore studies/double-descent.toml
  genloss explore data.csv --target price
  genloss explore --export double-descent.html --preset double-descent
"""


@click.command(epilog=_EXAMPLES)
@click.argument("subject", metavar="[SUBJECT]", required=False, type=click.Path(path_type=Path))
@options_of_a_table_if_any
@click.option("--model", type=click.Choice(MODELS), help="Of a table: the model with which the page begins.")
@click.option("--above", type=float, help="Of a table: predict whether the target is above this number (logistic).")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8123,
    show_default=True,
    help="The port of the page's address on this machine. If it is taken, or 0, a free one is used.",
)
@click.option("--no-browser", is_flag=True, help="Only print the address of the page; open no browser.")
@click.option(
    "--export",
    type=click.Path(path_type=Path),
    callback=checked_page,
    metavar="FILE.html",
    help="Instead of opening a page, write it as one file. Its sliders have the positions computed beforehand.",
)
@click.option(
    "--preset",
    multiple=True,
    metavar="NAME",
    help="With --export: the name of a study that comes with genloss. May be given again. Default: SUBJECT, else three "
    "of them.",
)
@force_option()
def explore(
    subject: Path | None,
    reading: dict[str, Any],
    model: str | None,
    above: float | None,
    port: int,
    no_browser: bool,
    export: Path | None,
    preset: tuple[str, ...],
) -> None:
    """Open a page in your browser whose sliders change a study while you watch its curves.

    Theory is drawn at once, and simulation follows with its error bars. SUBJECT is a study (.toml), or a table of yours
    together with --target. Without SUBJECT you choose among the studies that come with genloss. Only this machine can
    open the page. Ctrl-C ends it.
    """
    from genloss.cli.places import places

    _refuse_together(subject, reading, export, preset)
    if export is None:
        need_extra()
    from genloss.explore.desk import Desk
    from genloss.explore.presets import shipped_shelf
    from genloss.explore.service import Explorer

    study = subject if reading["target"] is None else None
    shelf = shipped_shelf(study, places=places())
    if study is not None:
        shelf.study(study.stem)
    if export is not None:
        _export(export, Explorer(Desk(shelf)), preset or (() if study is None else (study.stem,)))
        return
    table = _table(subject, reading, model, above) if subject is not None and study is None else None

    from genloss.explore.serve import serve

    def ready(address: str) -> None:
        echo(f"genloss explore: {address} (Ctrl-C ends it)")
        if not no_browser:
            import webbrowser

            webbrowser.open_new_tab(address)

    serve(Explorer(Desk(shelf, table)), port, ready)


def _refuse_together(
    subject: Path | None, reading: dict[str, Any], export: Path | None, preset: tuple[str, ...]
) -> None:
    """Refuse options that say nothing together."""
    from genloss.errors import Problem

    target = reading["target"]
    typed = click.get_current_context().get_parameter_source
    for name in (*reading, "model", "above") if target is None else ():
        if typed(name) is click.core.ParameterSource.COMMANDLINE:
            option = f"--{name.replace('_', '-')}"
            raise Problem(option, "is for a table, and no --target is given", "leave it out, or name the target")
    if export is not None and target is not None:
        raise Problem(
            "--export",
            "a table cannot be exported: each position of its sliders is simulated when it is asked for",
            "leave --target out",
        )
    if preset and export is None:
        raise Problem("--preset", "goes with --export only; on the page itself you can choose a study", "leave it out")
    if subject is None and target is not None:
        raise Problem(
            "--target", "names a column, and no table is given", "give its file: genloss explore DATA --target y"
        )
    if subject is not None and target is None and subject.suffix != ".toml":
        raise Problem(
            str(subject), "is not a study (.toml)", "if it is a table, name the column to predict: --target y"
        )


def _export(place: Path, explorer: Explorer, named: tuple[str, ...]) -> None:
    """Write the page as one file."""
    from genloss.explore.export import PRESETS, held, page_of
    from genloss.explore.pages import page_files
    from genloss.identity import identity

    names = list(dict.fromkeys(named or PRESETS))
    mark = f"explore {identity([explorer.desk.shelf.study(name).id for name in names])}"
    check_files(mark, place)
    with progress_bar("computing", quiet=False) as told:
        kept = held(explorer, names, told)
    marked(mark).leave(place, page_of(page_files(), kept))
    echo(f"written: {place}, {len(kept.views):,} positions", err=True)


def _table(path: Path, reading: dict[str, Any], model: str | None, above: float | None) -> OnTable:
    """Read the rows as `genloss forecast` does."""
    from genloss.cli.table_read import say_notes, table_read
    from genloss.explore.tables import OnTable

    where = f"{path}: column {reading['target']!r}, the target"
    with options_for_arguments({"X": str(path), "y": where}):
        read, kind = table_read(path, reading, model, above, 0, where=where, quiet=False)
    say_notes(read, kind, model)
    return OnTable(path.name, read, kind, above, tuple(reading["keep"]))


def need_extra() -> None:
    """Refuse to begin where what serves pages is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("fastapi", "uvicorn") if find_spec(name) is None]
    if missing:
        from genloss.errors import Problem

        raise Problem("genloss explore", f"{missing[0]} is not installed", 'pip install "genloss[explore]"')
