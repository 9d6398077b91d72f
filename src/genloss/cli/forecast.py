"""genloss forecast: what will happen to a model that is taught by its own labels?"""

from pathlib import Path
from typing import Any

import click

from genloss.cli.json_output import json_option, put_json
from genloss.cli.picture import checked_picture
from genloss.cli.progress import progress_bar


@click.command(epilog="Example: genloss forecast data.parquet --target price --workflow accumulate --generations 12")
@click.argument("data", type=click.Path(path_type=Path))
@click.option("--target", required=True, help="The column to predict.")
@click.option(
    "--workflow",
    default="replace",
    show_default=True,
    help="replace, accumulate, fixed_real, ...; its batches are as large as DATA.",
)
@click.option("--generations", type=click.IntRange(1, 500), default=10, show_default=True, help="The last generation.")
@click.option("--penalty", type=float, default=0.0, show_default=True, help="Ridge penalty; 0 for least squares.")
@click.option(
    "--paths", type=click.IntRange(50, 100_000), default=400, show_default=True, help="Worlds drawn, in tens."
)
@click.option("--seed", type=click.IntRange(0), default=0, show_default=True, help="Seed of the random numbers.")
@click.option(
    "--missing", type=click.Choice(["refuse", "drop", "mean"]), default="refuse", help="What to do with gaps."
)
@click.option(
    "--picture",
    type=click.Path(path_type=Path),
    callback=checked_picture,
    help="Draw the curve to a .png or .svg file.",
)
@json_option()
@click.option("--quiet", is_flag=True, help="Print the table alone.")
def forecast(
    data: Path,
    target: str,
    workflow: str,
    generations: int,
    penalty: float,
    paths: int,
    seed: int,
    missing: str,
    picture: Path | None,
    json_to: str | None,
    quiet: bool,
) -> None:
    """Forecast the risk of a linear model on DATA (CSV, JSON Lines, Parquet, Arrow, NPZ) by generation, with two bands.

    Risk is measured against the best linear fit, in squared units of the target.
    """
    import numpy as np
    from sklearn.linear_model import LinearRegression, Ridge

    from genloss.advise.forecast import forecast as foretell
    from genloss.populations.tables import Reading, read_rows

    rows = read_rows(data, Reading(target, missing=missing), rows=50_000, rng=np.random.default_rng(seed))
    scale = np.where(rows.inputs.std(axis=0) > 0, rows.inputs.std(axis=0), 1.0)
    x = (rows.inputs - rows.inputs.mean(axis=0)) / scale
    model: Any = Ridge(alpha=penalty * len(x)) if penalty > 0 else LinearRegression()
    with progress_bar("drawing worlds", quiet=quiet) as progress:
        found = foretell(
            model, x, rows.target, workflow=workflow, generations=generations, paths=paths, seed=seed, progress=progress
        )
    put_json(lambda: _json(found.to_dict()), json_to)
    if picture is not None:
        from genloss.report import draw
        from genloss.results import write_atomically

        kind: Any = picture.suffix[1:]
        write_atomically(picture, draw([found.panel()], columns=1, formats=(kind,))[kind])
    if json_to == "-":
        return
    if not quiet:
        for note in rows.notes:
            click.echo(f"note: {note}", err=True)
        for line in found.words():
            click.echo(line, err=True)
    click.echo("generation      risk     95 % of paths           truth unknown           run to run")
    for row in found.table():
        click.echo(
            f"{row['generation']:>10} {row['risk']:>9.4g} "
            + " ".join(f"{row[f'{name}low']:>11.4g} to {row[f'{name}high']:<9.4g}" for name in ("", "truth_", "run_"))
        )


def _json(told: dict[str, Any]) -> str:
    from genloss.results.store import json_text

    return json_text(told)
