"""Which rows come of a cell's predictions, and of its simulated values?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from genloss.metrics import METRICS
from genloss.results.cells import StoredCell
from genloss.results.row import Row, theory_row
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.study.subjects.protocol import Chosen
from genloss.theory.coverage import Prediction
from genloss.version import __version__

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
_FAR = 1e150
_ROUNDING = 4 * np.finfo(float).eps
"""Values that differ by so small a part are one value, computed twice."""


def predicted_rows(study: str, cell: Cell, metric: str, values: Mapping[int, Prediction]) -> Iterator[Row]:
    """Return one row for every generation that theory has a value for. study: its id."""
    place, named = (study, cell.id, cell.case, cell.axes), (metric, METRICS[metric].unit)
    for generation, predicted in values.items():
        yield theory_row(place, generation, named, predicted, __version__)


def simulated_rows(
    study: str, scope: Scope, cell: Cell, stored: StoredCell, engine: Chosen, failed: Sequence[int] = ()
) -> Iterator[Row]:
    """Return one row for every reported generation and metric: mean, standard error and quantiles of all replicates.

    failed: replicates that are left out.
    """
    places = [(metric, generation) for generation in scope.report for metric in scope.metrics]
    every = [_values(scope, stored, metric, generation, failed) for metric, generation in places]
    levels = QUANTILES if engine.draws and every[0].size > 1 else ()
    quantiles = np.quantile(every, levels, axis=1).T.tolist()  # of all at once: each call looks through its levels
    for (metric, generation), values, found in zip(places, every, quantiles, strict=True):
        yield _row(
            study,
            cell,
            metric,
            generation=generation,
            value=float(values.mean()),
            standard_error=standard_error(values, indicator=METRICS[metric].indicator),
            quantiles={str(p): q for p, q in zip(levels, found, strict=True)},
            replicates=int(values.size),
            method="simulation",
            status="exact",
            engine=engine.name,
            stop_at_se=scope.stop_at_se or 0.0,
        )


def difference_rows(
    study: str, scope: Scope, cell: Cell, stored: StoredCell, first: tuple[Cell, StoredCell], failed: Sequence[int] = ()
) -> Iterator[Row]:
    """Return one row for every reported generation and metric: how much larger values are than the first cell's.

    Replicates with one number share what they can, so the standard error is that of their differences; failed: those
    that either cell lacks.
    """
    for generation in scope.report:
        for metric in scope.metrics:
            mine, other = (_values(scope, each, metric, generation, failed) for each in (stored, first[1]))
            yield _row(
                study,
                cell,
                metric,
                generation=generation,
                value=float((mine - other).mean()),
                standard_error=standard_error(mine - other, indicator=False),
                replicates=int(mine.size),
                method="difference",
                engine=f"less {place_of(first[0])}",
            )


def floor_rows(study: str, cell: Cell, values: Mapping[str, Sequence[float]]) -> Iterator[Row]:
    """Return one row for every metric: its value for real rows beside real rows, at generation 0."""
    for metric, listed in values.items():
        each = np.array(listed)
        yield _row(
            study,
            cell,
            metric,
            generation=0,
            value=float(each.mean()),
            standard_error=standard_error(each, indicator=False),
            replicates=int(each.size),
            method="floor",
            engine="real rows beside real rows",
        )


def place_of(cell: Cell) -> str:
    """Name a cell by its case and its place on the axes."""
    axes = ", ".join(f"{name} = {value}" for name, value in cell.axes.items())
    return ", ".join(part for part in (cell.case, axes) if part) or "the study's one cell"


def _values(scope: Scope, stored: StoredCell, metric: str, generation: int, failed: Sequence[int]) -> Array:
    """Return the values of all replicates but those that failed."""
    every = np.array(stored.values[metric, generation][: scope.replicates])
    return np.delete(every, list(failed))


def _row(study: str, cell: Cell, metric: str, **values: object) -> Row:
    return Row(
        study=study,
        cell=cell.id,
        case=cell.case,
        axes=cell.axes,
        metric=metric,
        unit=METRICS[metric].unit,
        version=__version__,
        **values,  # type: ignore[arg-type]
    )


def standard_error(values: Array, *, indicator: bool) -> float:
    """Standard error of the mean, nan of one value; of a share with Laplace's one more of each kind.

    So none seen is not never.
    """
    if values.size < 2:
        return float("nan")  # one value says nothing of how others would differ
    if indicator:
        share = (values.sum() + 1) / (values.size + 2)
        return float(np.sqrt(share * (1 - share) / (values.size + 3)))
    size = float(np.abs(values).max())
    if not np.ptp(values) > _ROUNDING * size:
        return 0.0
    scale = size if size > _FAR else 1.0  # whose square is beyond the numbers of a computer
    return scale * float((values / scale).std(ddof=1) / np.sqrt(values.size))
