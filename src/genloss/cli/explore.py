"""genloss explore: what happens when a setting moves? A page of sliders on this machine."""

from __future__ import annotations

from pathlib import Path

import click

from genloss.cli.say import echo

_EXAMPLES = """Examples:

\b
  genloss explore
  genloss explore studies/double-descent.toml
"""


@click.command(epilog=_EXAMPLES)
@click.argument("subject", metavar="[STUDY]", required=False, type=click.Path(path_type=Path))
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8123,
    show_default=True,
    help="The port of this machine. Where it is taken, or 0, a free one is used.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
def explore(subject: Path | None, port: int, no_browser: bool) -> None:
    """Open a page on which sliders move a study, theory at once and simulation after it.

    STUDY is a study file, or none for those that come with genloss. The page is served to this machine alone.
    Ctrl-C ends it.
    """
    from genloss.cli.places import places

    _need_extra()
    from genloss.explore.presets import shipped_shelf
    from genloss.explore.serve import serve
    from genloss.explore.service import Explorer

    shelf = shipped_shelf(subject, places=places())
    if subject is not None:
        shelf.study(subject.stem)

    def ready(address: str) -> None:
        echo(f"genloss explore: {address} (Ctrl-C ends it)")
        if not no_browser:
            import webbrowser

            webbrowser.open(address)

    serve(Explorer(shelf), port, ready)


def _need_extra() -> None:
    """Refuse to begin where what serves pages is not installed."""
    from importlib.util import find_spec

    missing = [name for name in ("fastapi", "uvicorn") if find_spec(name) is None]
    if missing:
        from genloss.errors import Problem

        raise Problem("genloss explore", f"{missing[0]} is not installed", 'pip install "genloss[explore]"')
