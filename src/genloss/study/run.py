"""How is a study answered? Theory for every cell, simulation in blocks of replicates, rows in order."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from genloss.metrics import METRICS, measure
from genloss.results import Result, Row
from genloss.results.files import checked_folder, write_atomically
from genloss.simulation import choose
from genloss.streams import BLOCK, stream
from genloss.study import page
from genloss.study.build import draw_id, group_cells, setting_of, task_of
from genloss.study.study import Cell, Study
from genloss.theory import coverage
from genloss.version import __version__

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Progress = Callable[[int, int], None]
"""Called with (units done, units in all) as work gets done."""

QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)


def predict(study: Study) -> Result:
    """Predict every cell by theory, where there is one; `gaps` says where not and why."""
    rows: list[Row] = []
    gaps: dict[str, None] = {}
    for group in group_cells(study):
        setting = setting_of(study, group)
        for metric in study.resolved["metrics"]:
            formula = coverage.find(setting, metric)
            place = f" in {group[0].case}" if group[0].case else ""
            if isinstance(formula, str):
                gaps[f"no theory for {metric}{place}, because {formula}"] = None
                continue
            predicted, refused = coverage.predict(setting, formula, metric, study.resolved["report"])
            for cell, values in zip(group, predicted, strict=True):
                rows.extend(
                    _row(
                        study,
                        cell,
                        metric,
                        generation=n,
                        value=p.value,
                        standard_error=0.0,
                        method="theory",
                        status=p.status,
                        allowance=p.allowance,
                        engine=p.formula,
                    )
                    for n, p in values.items()
                )
            gaps.update(dict.fromkeys(f"no theory for {metric}{place}, because {reason}" for reason in refused))
    return Result(study.resolved, tuple(rows), tuple(gaps))


@dataclass(frozen=True)
class _Unit:
    """A block of replicates of a group of cells that read the same draws."""

    study: Study
    group: tuple[Cell, ...]
    block: int
    engine: str

    def values(self) -> list[list[list[Array]]]:
        """Metric values by cell, generation and metric, one per replicate."""
        replicates = min(BLOCK, self.study.resolved["replicates"] - self.block * BLOCK)
        task = task_of(self.study, self.group, replicates)
        streams = partial(stream, self.study.resolved["seed"], draw_id(self.group[0]), self.block)
        errors = choose(task, self.engine).run(task, streams)
        return [[[measure(name, e) for name in self.study.resolved["metrics"]] for e in row] for row in errors]


def simulate(
    study: Study, *, engine: str = "auto", workers: int | None = None, progress: Progress | None = None
) -> Result:
    """Simulate every cell with the fastest exact engine that covers it, or the one named.

    workers: threads, each with one BLAS thread; default one per processor. Their number changes no
    number in the result.
    """
    groups = group_cells(study)
    blocks = range(-(-study.resolved["replicates"] // BLOCK))
    units = [_Unit(study, group, block, engine) for group in groups for block in blocks]
    names = [choose(task_of(study, group, 1), engine).name for group in groups]
    done = _map(units, workers or os.cpu_count() or 1, progress)
    rows: list[Row] = []
    for i, (group, name) in enumerate(zip(groups, names, strict=True)):
        parts = done[i * len(blocks) : (i + 1) * len(blocks)]
        for c, cell in enumerate(group):
            for g, generation in enumerate(study.resolved["report"]):
                for m, metric in enumerate(study.resolved["metrics"]):
                    values = np.concatenate([part[c][g][m] for part in parts])
                    rows.append(_summary(study, cell, metric, generation, values, name))
    return Result(study.resolved, tuple(rows))


def _map(units: list[_Unit], workers: int, progress: Progress | None) -> list[list[list[list[Array]]]]:
    """Run the units on threads; the order of execution does not matter."""
    results = []
    with threadpool_limits(1), ThreadPoolExecutor(workers) as pool:
        futures = [pool.submit(unit.values) for unit in units]
        try:
            for count, future in enumerate(futures, start=1):
                results.append(future.result())
                if progress:
                    progress(count, len(futures))
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return results


def run(
    study: Study,
    *,
    out: str | Path,
    engine: str = "auto",
    workers: int | None = None,
    progress: Progress | None = None,
) -> Result:
    """Predict, simulate, compare, and leave a page, its figures and the rows in the folder `out`."""
    folder = checked_folder(Path(out))
    theory = predict(study)
    result = theory.merged(simulate(study, engine=engine, workers=workers, progress=progress))
    write_atomically(folder / "study.toml", study.toml())
    result.save(folder / "rows.csv")
    result.save(folder / "rows.json")
    page.write(study, result, folder)
    return result


def _row(study: Study, cell: Cell, metric: str, **values: object) -> Row:
    return Row(
        study=study.id,
        cell=cell.id,
        case=cell.case,
        axes=cell.axes,
        metric=metric,
        unit=METRICS[metric].unit,
        version=__version__,
        **values,  # type: ignore[arg-type]
    )


def _summary(study: Study, cell: Cell, metric: str, generation: int, values: Array, engine: str) -> Row:
    quantiles = {str(p): float(q) for p, q in zip(QUANTILES, np.quantile(values, QUANTILES), strict=True)}
    return _row(
        study,
        cell,
        metric,
        generation=generation,
        value=float(values.mean()),
        standard_error=float(values.std(ddof=1) / np.sqrt(values.size)),
        quantiles=quantiles,
        replicates=int(values.size),
        method="simulation",
        status="exact",
        engine=engine,
    )


def select(rows: Iterable[Row], **wanted: object) -> list[Row]:
    """Return the rows whose fields have the wanted values."""
    return [row for row in rows if all(getattr(row, name) == value for name, value in wanted.items())]
