"""Where do the files of an answer go? `--out`: a file whose ending says its form, or a folder of page and data."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from genloss.cli.force import check_files, marked
from genloss.cli.say import echo
from genloss.errors import Problem

if TYPE_CHECKING:
    from genloss.results.answer import Answer
    from genloss.results.marks import Content, Mark

Writers = Mapping[str, Callable[[], "Content"]]
"""How each form is made, by the ending of its file."""

IN_A_FOLDER = {".html": "index.html", ".csv": "table.csv", ".json": "answer.json"}
"""What a folder gets, by form."""
_HELP = (
    "Write the answer to this file or folder. The ending of a file says its format: .html, .md, .csv, .json, .parquet, "
    ".png or .svg; numbers on a grid also .nc and .zarr. A folder gets index.html, table.csv and answer.json."
)


def out_option() -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The option --out, the same for every command that leaves an answer."""
    return click.option("--out", type=click.Path(path_type=Path), callback=_checked, metavar="FILE|FOLDER", help=_HELP)


def writers_of(answer: Answer) -> Writers:
    """Return how an answer becomes a file of each form."""
    from genloss.results.answer import FORMATS

    return {ending: partial(make, answer) for ending, make in FORMATS.items()}


def put_out(make: Callable[[], Writers], out: Path | None, mark: str, *, quiet: bool) -> None:
    """Write what --out asks for; make nothing where it does not ask. mark: what the files are known by."""
    if out is None:
        return
    writers = make()
    for file, each in _files(out, mark).items():
        each.leave(file, writers[file.suffix]())
    if not quiet:
        echo(f"written: {out / IN_A_FOLDER['.html'] if is_folder(out) else out}", err=True)


def check_out(mark: str, out: Path | None, *files: Path | str | None) -> None:
    """Refuse, before any work, files of --out or of other options that are there and answer something else."""
    for file, each in _files(out, mark).items() if out is not None else ():
        each.check(file)
    check_files(mark, *files)


def _files(out: Path, mark: str) -> dict[Path, Mark]:
    """Return the files of --out, each with its mark; a folder's table is known by the data beside it."""
    from genloss.results.marks import mark_of

    own = marked(mark)
    if not is_folder(out):
        return {out: own}
    vouched = mark_of(out / IN_A_FOLDER[".json"], ".json") == mark
    return {
        out / name: replace(own, force=True) if ending == ".csv" and vouched else own
        for ending, name in IN_A_FOLDER.items()
    }


def refused_as_current(folder: Path) -> None:
    """Refuse to fill the folder one is in."""
    if str(folder) in ("", "."):
        raise Problem("--out", "is the folder you are in", "give a folder of its own, e.g. --out results/mine")


def is_folder(out: Path) -> bool:
    """Whether a path names a folder: it is one, or has no ending of letters, as "results/v1.2" has none."""
    return out.suffix != ".zarr" and (out.is_dir() or not out.suffix[1:].isalpha())


def _checked(_context: click.Context, _parameter: click.Parameter, value: Path | None) -> Path | None:
    """Refuse a place that cannot be written, before any work."""
    if value is None:
        return value
    from genloss.results.answer import FORMATS
    from genloss.results.files import checked_file, checked_folder
    from genloss.results.marks import checked_place

    refused_as_current(value)
    if is_folder(value):
        checked_folder(value)
        for name in IN_A_FOLDER.values():
            checked_file(value / name)
        return value
    if value.suffix not in FORMATS:
        mend = f"end the file in {', '.join(FORMATS)}, or give a folder"
        raise Problem(f"--out {value}", f"no such format: {value.suffix!r}", mend)
    checked_folder(value.parent)
    checked_place(value)
    return value
