"""What may stand where the tab key is pressed? Names that click does not know by itself."""

from __future__ import annotations

import click

ENGINES = (
    "auto", "isotropic", "cholesky", "tridiagonal", "wishart", "nested", "subsampled", "verified", "pool_kernel",
    "reference", "integrated", "sums", "picks", "rows", "counts", "ngram",
)  # fmt: skip


def dataset_names(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the data sets whose names begin so."""
    from genloss.populations.catalog import DATASETS

    return [name for name in DATASETS if name.startswith(begun)]


def engine_names(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the engines whose names begin so."""
    return [name for name in ENGINES if name.startswith(begun)]


def folklore_names(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the numbers that circulate whose names begin so."""
    from genloss.advise.sayings.entries import FOLKLORE

    return [name for name in FOLKLORE if name.startswith(begun)]


def figure_names(_context: click.Context, _parameter: click.Parameter, begun: str) -> list[str]:
    """Return the published figures, and their papers, whose names begin so."""
    from genloss.reproductions.entries import all_entries

    names = [name for entry in all_entries() for name in (entry.paper, entry.name)]
    return [name for name in dict.fromkeys(names) if name.startswith(begun)]
