"""genloss export: the rows of a run for other tools."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloss.cli.force import check_files, force_option, marked
from genloss.cli.json_output import json_option, put_json
from genloss.cli.progress import Told, progress_bar
from genloss.cli.say import echo
from genloss.errors import Problem

if TYPE_CHECKING:
    from genloss.results.marks import Content
    from genloss.study.runner.exported import Exported

ENDINGS = {"parquet": ".parquet", "csv": ".csv", "zarr": ".zarr", "netcdf": ".nc"}
_EXAMPLES = """\b
Examples:
  genloss export results/mine --to netcdf
  genloss export results/mine --out mine.parquet --values

\b
They are read by
  pandas.read_csv, pandas.read_parquet
  xarray.open_datatree("mine.nc"), xarray.open_datatree("mine.zarr")

Example: genloss export results/ridge-on-synthetic-labels --to netcdf"""


@click.command(epilog=_EXAMPLES)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--to", type=click.Choice(list(ENDINGS)), help="The format. Without it, the ending of --out says it.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The file to write, with zarr a folder. Default: a file in FOLDER, e.g. export.csv.",
)
@click.option(
    "--values",
    is_flag=True,
    help="Export the value of every replicate (single run): csv and parquet then have these instead of the means, "
    "netcdf and zarr have both.",
)
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only the name of what is written.")
def export(folder: Path, to: str | None, out: Path | None, values: bool, json_to: str | None, quiet: bool) -> None:
    """Write the results of the run in FOLDER in a format that other tools read.

    csv and parquet have one line for each case, setting (e.g. penalty and rows), generation, metric and method (theory
    or simulation). A line holds the value, its standard error, quantiles, replicates, status, engine and version.
    netcdf and zarr hold labeled arrays. Their dimensions are case, the settings, generation, metric and "by" (theory or
    simulation); cases that vary other settings have a group of their own. These two formats need an extra:
    pip install "genloss[arrays]".

    If the run is not finished, the simulated values of its finished cells are written, and the exit code is 1.
    """
    from genloss.cli.places import places
    from genloss.results.array_files import refuse_missing
    from genloss.results.marks import mark_of
    from genloss.results.store import json_text
    from genloss.study.runner.exported import exported

    target = _target(folder, to, out, values=values)
    refuse_missing(target.suffix)
    mark = mark_of(folder / "study.toml", ".toml") or "export"
    check_files(mark, target, json_to)
    with progress_bar("reading", quiet=quiet, unit="cells") as progress:
        found = exported(folder, places(), progress=progress)
        mark = found.result.mark()
        content = _content(found, folder, target.suffix, mark, progress, values=values)
    marked(mark).leave(target, content)
    put_json(lambda: json_text(_told(found, target, values=values)), json_to, mark)
    if not found.whole:
        left = "" if found.result.gaps else "; theory comes with the last one"
        echo(f"{found.finished:,} of {found.cells:,} cells are finished{left}", err=True)
    if json_to != "-":
        echo(str(target))
    if not found.whole:
        click.get_current_context().exit(1)


def _target(folder: Path, to: str | None, out: Path | None, *, values: bool) -> Path:
    """Return where to write, refused before any work where that cannot be."""
    from genloss.results.files import checked_folder
    from genloss.results.marks import checked_place

    if to is None and (out is None or out.suffix not in ENDINGS.values()):
        mend = f"give --to and one of {', '.join(ENDINGS)}, or --out with one of {', '.join(ENDINGS.values())}"
        raise Problem("--to" if out is None else f"--out {out}", "the format is not known", mend)
    ending = ENDINGS[to] if to is not None else out.suffix if out is not None else ""
    if out is None:
        return checked_place(folder / f"export{'-values' * values}{ending}")
    if out.suffix != ending:
        raise Problem(
            f"--out {out}", f"does not end in {ending}, as files of {to} do", f"give {out.with_suffix(ending)}"
        )
    checked_folder(out.parent)
    checked_place(out)
    return out


def _content(found: Exported, folder: Path, ending: str, mark: str, progress: Told | None, *, values: bool) -> Content:
    """Return what to write."""
    from genloss.results.answer import FORMATS

    if not values:
        return FORMATS[ending](found.result)
    from genloss.cli.places import places
    from genloss.results.array_files import as_netcdf, as_zarr
    from genloss.results.replicates import kinds_of, values_as_csv, values_as_parquet, with_replicates
    from genloss.study.runner.exported import replicates
    from genloss.study.runner.portions import study_of

    study = study_of(folder, places())
    if ending in (".nc", ".zarr"):
        cells = list(replicates(study, folder, progress))
        groups = found.result.arrays()
        whole = {name: with_replicates(each, cells) if each.sizes else each for name, each in groups.items()}
        return as_netcdf(whole) if ending == ".nc" else as_zarr(whole)
    kinds = kinds_of(cell.axes for cell in study.cells() if cell.simulated)
    lines = replicates(study, folder, progress)
    return values_as_csv(list(kinds), lines) if ending == ".csv" else values_as_parquet(kinds, lines, mark)


def _told(found: Exported, target: Path, *, values: bool) -> dict[str, Any]:
    return {
        "schema": "export/1",
        "file": str(target),
        "study": sorted({row.study for row in found.result.rows}),
        "values": values,
        "rows": len(found.result.rows),
        "finished": found.finished,
        "cells": found.cells,
        "whole": found.whole,
    }
