"""genloss explore: what happens when a setting moves? A page of sliders on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo
from genloss.cli.table_options import options_of_a_table_if_any

if TYPE_CHECKING:
    from genloss.explore.tables import OnTable

_MODELS = ("least_squares", "ridge", "kernel_ridge", "logistic", "poisson", "gaussian")
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
@click.option("--model", type=click.Choice(_MODELS), help="Of a table: what is refitted at first.")
@click.option("--above", type=float, help="Of a table: predict whether the target is above this number (logistic).")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8123,
    show_default=True,
    help="The port of this machine. Where it is taken, or 0, a free one is used.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
def explore(
    subject: Path | None,
    reading: dict[str, Any],
    model: str | None,
    above: float | None,
    port: int,
    no_browser: bool,
) -> None:
    """Open a page on which sliders move a study, theory at once and simulation after it.

    SUBJECT is a study (.toml), or a table with --target; without it the studies that come with genloss are there. The
    page is served to this machine alone. Ctrl-C ends it.
    """
    from genloss.cli.places import places

    need_extra()
    from genloss.explore.presets import shipped_shelf
    from genloss.explore.serve import serve
    from genloss.explore.service import Explorer

    study = subject if subject is not None and reading["target"] is None else None
    shelf = shipped_shelf(study, places=places())
    if study is not None:
        shelf.study(study.stem)
    table = None if subject is None or study is not None else _table(subject, reading, model, above)

    def ready(address: str) -> None:
        echo(f"genloss explore: {address} (Ctrl-C ends it)")
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    serve(Explorer(shelf, table), port, ready)


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
