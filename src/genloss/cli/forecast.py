"""genloss forecast: what will happen to a model that is taught by its own labels?"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloss.cli.force import force_option, marked
from genloss.cli.json_output import json_option, put_json
from genloss.cli.out import check_out, out_option, put_out, writers_of
from genloss.cli.picture import checked_page, checked_picture
from genloss.cli.progress import progress_talk
from genloss.cli.refusals import options_for_arguments
from genloss.cli.say import echo
from genloss.cli.table_options import MODELS, table_options
from genloss.cli.table_read import say_notes, table_read

if TYPE_CHECKING:
    from genloss.populations.tables.read import TableRows

BEGINNINGS = ("own_rows", "new_rows")
_EXAMPLES = """Examples:

\b
  genloss forecast data.parquet --target price --workflow accumulate --generations 12
  genloss forecast data.csv --target bought --model logistic --workflow "window keep=3"
  genloss forecast data.csv --target price --share 0.1 0.4 --generations 3
  genloss forecast data.csv --target progression --above 100 --model logistic --held-out 0.2
  genloss forecast data.csv --target price --later-rows this_year.csv
"""


@click.command(epilog=_EXAMPLES)
@click.argument("data", type=click.Path(path_type=Path))
@table_options
@click.option(
    "--model",
    type=click.Choice(MODELS),
    help="The model that each generation fits. gaussian describes all columns together, the target among them. "
    "Default: least_squares; logistic where --above is given or the target has two words.",
)
@click.option("--above", type=float, help="Predict whether the target is above this number (logistic).")
@click.option(
    "--workflow",
    default="replace",
    show_default=True,
    help="Which rows a generation trains on. replace: the rows of the newest model alone. accumulate: all rows so far. "
    "fixed_real, fresh_real: also real rows, the same or new ones. golden: new real rows of weight 0.618. 'window "
    "keep=3': the last three batches. Others are named, too. A batch has as many rows as DATA unless rows=... is "
    "given.",
)
@click.option(
    "--share",
    type=click.FloatRange(0, 1),
    nargs=2,
    metavar="LOW HIGH",
    help="Instead of --workflow: a generation trains on as many rows as DATA has, and a share of them between LOW and "
    "HIGH comes from the newest model, as genloss share estimates it. LOW, HIGH and the middle are forecast.",
)
@click.option(
    "--generations",
    type=click.IntRange(1, 500),
    default=10,
    show_default=True,
    help="The number of the last generation.",
)
@click.option(
    "--penalty",
    type=click.FloatRange(0),
    help="Every fit minimizes the mean squared error + penalty x |coefficients|^2. For logistic and poisson it is the "
    "mean negative log likelihood + half of that. Default: 0.1 for ridge, 0.01 for kernel_ridge, 0 for the others.",
)
@click.option(
    "--gamma",
    type=click.FloatRange(0, min_open=True),
    help="With kernel_ridge: how fast the RBF kernel exp(-gamma d^2) falls. Default: 1/(4 features).",
)
@click.option(
    "--held-out",
    type=click.FloatRange(0, 0.9, min_open=True),
    help="Measure the loss on this share of the rows, which no fit sees. Generation 0 is fitted to the others. Only "
    "for logistic and poisson without a penalty, under replace or accumulate.",
)
@click.option(
    "--later-rows",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Inputs that the model will meet later, in a file with the columns of DATA; it needs no target. They are "
    "compared with DATA by a permutation test. For least_squares and ridge the risk is then that on these rows, not on "
    "rows like DATA.",
)
@click.option(
    "--begin",
    type=click.Choice(BEGINNINGS),
    help="own_rows: generation 0 is fitted to exactly the rows of DATA. new_rows: to as many rows drawn anew, which "
    "asks about a table like DATA. Default: own_rows, unless the workflow begins with more rows than DATA has.",
)
@click.option(
    "--replicates",
    type=click.IntRange(50, 100_000),
    default=400,
    show_default=True,
    help="How many runs are simulated, here called paths; a multiple of 10. Five of them begin with each truth that "
    "your rows allow.",
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="The seed of the random numbers.")
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    callback=checked_picture,
    help="Draw the curve to this .png or .svg file.",
)
@click.option(
    "--page", type=click.Path(path_type=Path), callback=checked_page, help="Write one HTML page to this file."
)
@out_option()
@json_option()
@force_option()
@click.option("--quiet", is_flag=True, help="Print only the table: no sentences, no notes, no progress.")
def forecast(
    data: Path,
    reading: dict[str, Any],
    model: str | None,
    above: float | None,
    workflow: str,
    share: tuple[float, float] | None,
    generations: int,
    penalty: float | None,
    gamma: float | None,
    held_out: float | None,
    later_rows: Path | None,
    begin: str | None,
    replicates: int,
    seed: int,
    picture: Path | None,
    page: Path | None,
    out: Path | None,
    json_to: str | None,
    quiet: bool,
) -> None:
    """Forecast what a model on the rows of DATA loses, generation by generation.

    The question is what becomes of the model if its own labels teach the next one. DATA is a CSV, JSON Lines, Parquet,
    Arrow or NPZ file. The answer has the mean risk of every generation with a band around it, says until which
    generation it is safe, and how far more rows would narrow the band. Inputs are standardized. The risk is how much
    worse a model predicts than the best one of its kind: in squared units of the target, or, for logistic and poisson,
    in nats a row (units of log likelihood). With --held-out it is the loss on the rows held out.
    """
    from genloss.advise.forecasts.from_rows import forecast_table
    from genloss.report import as_text

    given = {name: value for name, value in (("penalty", penalty), ("gamma", gamma)) if value is not None}
    called = {"X": str(data), "X, y": str(data), "y": f"{data}: column {reading['target']!r}, the target"}
    with options_for_arguments(called):
        read, kind = table_read(data, reading, model, above, seed, where=called["y"], quiet=quiet)
    if not quiet and json_to != "-":
        say_notes(read, kind, model)
    mark = _mark(data, read)
    with options_for_arguments(called):
        later = _later(later_rows, read, reading)
    check_out(mark, out, json_to, picture, page)
    first: list[Any] = []
    talking = progress_talk(quiet=quiet)
    with options_for_arguments(called), talking as talk, _first_answer(first, silent=json_to == "-"):

        def early(told: Any) -> None:
            first[:] = [told]
            if talk is not None:
                talk.say(_early(told))

        found = _over_share(
            share,
            read,
            lambda workflow: forecast_table(
                {"kind": kind} | given,
                read,
                workflow=workflow,
                generations=generations,
                replicates=replicates,
                above=above,
                held_out=held_out,
                begin=begin,
                later=later,
                keep=reading["keep"],
                seed=seed,
                progress=None if talk is None else talk.part("drawing worlds", "generations" if held_out else "paths"),
                early=early if share is None else None,
            ),
            workflow,
        )
    advisable = held_out is None and later is None and read.entities is None
    if share is None and kind in ("least_squares", "ridge") and advisable:
        from genloss.advise.penalties.for_forecast import advised

        found = advised(found)
    put_out(lambda: writers_of(found), out, mark, quiet=quiet)
    put_json(found.json, json_to, mark)
    for asked in (picture, page):
        if asked is not None:
            marked(mark).leave(asked, writers_of(found)[asked.suffix]())
    if json_to == "-":
        return
    if not quiet:
        for line in found.summary().splitlines():
            echo(line, err=True)
    echo(_table(found.table(), found.means) if share is None else as_text(found.page().tables[0]))


def _over_share(share: tuple[float, float] | None, read: TableRows, ask: Any, workflow: str) -> Any:
    """Forecast the workflow, or where shares are given those of both ends and the middle."""
    if share is None:
        return ask(workflow)
    from genloss.advise.forecasts.of_share import of_forecasts, over_share
    from genloss.errors import Problem

    source = click.get_current_context().get_parameter_source("workflow")
    if source is not None and source.name != "DEFAULT":
        raise Problem(
            "--share", "is given with --workflow, and both say which rows are trained on", "give one of the two"
        )
    rows = len(read.target)
    return of_forecasts(over_share(ask, share, rows=rows), rows=rows)


def _later(path: Path | None, read: TableRows, reading: dict[str, Any]) -> Any:
    """Read later rows as the first file was read."""
    if path is None:
        return None
    from genloss.populations.tables.like import rows_like

    assert read.coding is not None
    return rows_like(path, read.coding, missing=reading["missing"])


def _mark(data: Path, read: TableRows) -> str:
    """Return what files of a forecast are known by: its rows; of a sample, whose rows are by chance, the file."""
    from hashlib import sha256

    named = sha256(repr((read.names, read.target_name, read.used)).encode())
    whole = len(read.target) == read.used
    for part in (read.inputs.tobytes(), read.target.tobytes()) if whole else (data.name.encode(),):
        named.update(part)
    return f"data {named.hexdigest()[:16]}"


def _early(told: Any) -> str:
    """Say what is known so far, in one line."""
    last, after = told.last, f"after {told.replicates} paths"
    if last < 0:
        return f"{after}: no estimate in generation 0: {told.missing}"
    band = f"95 % of paths {told.low[last]:.3g} to {told.high[last]:.3g}"
    return f"{after}: generation {last}: risk {told.risk[last]:.3g}, {band}"


@contextmanager
def _first_answer(first: list[Any], *, silent: bool) -> Iterator[None]:
    """Whoever stops the work keeps the last answer that there was."""
    try:
        yield
    except KeyboardInterrupt:
        for told in () if silent else first:
            echo(f"stopped; this is the answer of {told.replicates} paths, with wider errors", err=True)
            echo(_table(told.table(), told.means))
        raise


def _table(rows: list[dict[str, float]], means: str) -> str:
    """A line for every generation up to the last that is known."""
    given = "theory" in rows[0]
    bands = {"95 % of paths": ""} if given else {"95 % of paths": "", "truth unknown": "truth_", "run to run": "run_"}
    head = f"{'generation':>10} {'risk':>9} {'error':>8} {'times':>7} {'median':>9}  " + "  ".join(
        f"{name:<20}" for name in bands
    )
    lines = [f"risk: {means}; times: over that of generation 0", head + "  no estimate" + "  first order" * given]
    for row in rows:
        if row["risk"] == row["risk"]:  # a number
            ends = (_ends(row[f"{name}low"], row[f"{name}high"]) for name in bands.values())
            lines.append(
                f"{row['generation']:>10} {row['risk']:>9.4g} {row['standard_error']:>8.2g} {row['times']:>7.3g} "
                f"{row['median']:>9.4g}  "
                + "  ".join(ends)
                + f"  {row['ended']:>11.1%}"
                + (f"  {row['theory']:>11.4g}" if given else "")
            )
    return "\n".join(lines)


def _ends(low: float, high: float) -> str:
    """The ends of a band; a dash where they are one number, which is no band."""
    return f"{low:>8.4g} to {high:<8.4g}" if high > low + 1e-9 * abs(low) else f"{'–':^20}"
