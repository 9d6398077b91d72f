"""How is a study answered? Theory for every cell, simulation in blocks of replicates, rows in order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from genloss.errors import Problem
from genloss.metrics import METRICS
from genloss.results import Result, Row
from genloss.results.cells import Store, StoredCell
from genloss.results.files import checked_folder, write_atomically
from genloss.study.page import whole
from genloss.study.runner.gaps import gaps
from genloss.study.runner.units import plan_group, shared
from genloss.study.runner.workers import checked_workers, in_order, worker_pool
from genloss.study.study import Cell, Study
from genloss.study.subjects.protocol import Chosen
from genloss.study.subjects.table import group_cells, subject_of
from genloss.version import __version__

Array = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Progress = Callable[[int, int], None]
"""Called with (units done, units in all) as work gets done."""

QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)


def predict(study: Study) -> Result:
    """Predict every cell by theory, where there is one; `gaps` says where not and why."""
    if not isinstance(study, Study):
        raise Problem("study", f"{study!r} is not a Study", "use genloss.Study.load(path) first")
    rows: list[Row] = []
    missing: dict[tuple[str, str], dict[str, None]] = {}  # cases by metric and reason
    for group in group_cells(study):
        subject = subject_of(group[0])
        if group[0].simulated:
            subject.check(study, group, 1)
        for metric in study.resolved["metrics"]:
            found = subject.predict(study, group, metric)
            predicted, refused = ([], [found]) if isinstance(found, str) else found
            for cell, values in zip(group if predicted else (), predicted, strict=True):
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
            for reason in refused:
                missing.setdefault((metric, reason), {})[group[0].case] = None
    return Result(study.resolved, tuple(rows), tuple(gaps(missing, len(study.cases))))


def simulate(
    study: Study,
    *,
    engine: str = "auto",
    workers: int | None = None,
    processes: bool = False,
    store: str | Path | None = None,
    progress: Progress | None = None,
) -> Result:
    """Simulate every cell with the fastest exact engine that covers it, or the one named; not where theory is alone.

    workers: threads (or processes), each with one BLAS thread; default one per processor. Their
    kind and number change no number in the result. store: a folder that keeps finished cells; what
    it holds already is read, what is missing is computed and added.
    """
    count, groups = checked_workers(workers), [group for group in group_cells(study) if group[0].simulated]
    for group in groups:
        subject_of(group[0]).check(study, group, count)
    cells = Store(Path(store)) if store is not None else None
    if cells is not None:
        cells.sweep()
    plans = [plan_group(study, group, engine, cells) for group in shared(study, groups, engine)]
    units = sum(len(plan.units) for plan in plans)
    known: dict[str, tuple[StoredCell, Chosen]] = {}
    with worker_pool(count, processes=processes) as pool:
        done = _Count(units, progress)
        finished = in_order(pool, (unit for plan in plans for unit in plan.units), done)
        for plan in plans:
            parts = [next(finished) for _ in plan.units]
            for cell, stored in zip(plan.cells, plan.completed(study, parts, cells), strict=True):
                known[cell.case + cell.id] = stored, plan.engine
    rows = [
        row
        for cell in (cell for group in groups for cell in group)
        for row in _summaries(study, cell, *known[cell.case + cell.id])
    ]
    return Result(study.resolved, tuple(rows))


@dataclass
class _Count:
    """Tell how many units are done."""

    total: int
    progress: Progress | None
    done: int = 0

    def __call__(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)


def run(
    study: Study,
    *,
    out: str | Path,
    engine: str = "auto",
    workers: int | None = None,
    processes: bool = False,
    progress: Progress | None = None,
) -> Result:
    """Predict, simulate, compare, and leave a page, its figures and the rows in the folder `out`.

    Finished cells are kept under out/cells as they come: a run that was stopped, or a study that
    has grown, goes on from there.
    """
    folder = checked_folder(Path(out))
    theory = predict(study)
    write_atomically(folder / "study.toml", study.toml())
    simulated = simulate(
        study, engine=engine, workers=workers, processes=processes, store=folder / "cells", progress=progress
    )
    result = theory.merged(simulated)
    result.save(folder / "rows.csv")
    result.save(folder / "rows.json")
    whole.write(study, result, folder)
    return result


def _summaries(study: Study, cell: Cell, stored: StoredCell, engine: Chosen) -> Iterator[Row]:
    for generation in study.resolved["report"]:
        for metric in study.resolved["metrics"]:
            values = np.array(stored.values[metric, generation][: study.resolved["replicates"]])
            yield _summary(study, cell, metric, generation, values, engine)


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


def _summary(study: Study, cell: Cell, metric: str, generation: int, values: Array, engine: Chosen) -> Row:
    levels = QUANTILES if engine.draws else ()
    quantiles = {str(p): float(q) for p, q in zip(levels, np.quantile(values, levels), strict=True)}
    return _row(
        study,
        cell,
        metric,
        generation=generation,
        value=float(values.mean()),
        standard_error=_standard_error(values, indicator=METRICS[metric].indicator),
        quantiles=quantiles,
        replicates=int(values.size),
        method="simulation",
        status="exact",
        engine=engine.name,
    )


def _standard_error(values: Array, *, indicator: bool) -> float:
    """Standard error of the mean; of a share with Laplace's one more of each kind, so that none seen is not never."""
    if indicator:
        share = (values.sum() + 1) / (values.size + 2)
        return float(np.sqrt(share * (1 - share) / (values.size + 3)))
    return float(values.std(ddof=1) / np.sqrt(values.size)) if np.ptp(values) else 0.0
