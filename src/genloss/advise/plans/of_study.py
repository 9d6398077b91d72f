"""A study as what is planned: theory where there is one, the engines for single runs and where there is none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from genloss.advise.assumption import Assumption
from genloss.advise.plans.protocol import Array, Judged
from genloss.advise.plans.settings import batches_of, changed, opens_of, rows_of, short_of
from genloss.blocks import draws_of
from genloss.doors import Advice, Setting, Words
from genloss.errors import Problem, nearest, shown
from genloss.metrics import METRICS, measure
from genloss.results.row import Row
from genloss.streams import stream
from genloss.study import Study, predict
from genloss.study.page.words import in_words
from genloss.study.spec.grid import Cell, axes_of
from genloss.study.spec.tables import TABLES
from genloss.study.subjects.table import subject_of

Progress = Callable[[int, int], None]

_FINE, _FINE_DRAWN = 1e-3, 0.02
_MOST_ROWS, _MOST_ROWS_DRAWN = 1e7, 1e5
_PENALTIES = (1e-8, 1e4)
_SHARES = (1e-4, 1 - 1e-4)
_MOST_GENERATIONS, _MOST_GENERATIONS_DRAWN = 400, 100
_Z = 1.96
_MANY, _FEW = 12, 100  # settings judged at once, and the runs that are drawn of so many
_STANDARDIZED = ("standardized_error",)
"""Metrics in units of a first fit to the real rows, which more of them do not lower."""


@dataclass(frozen=True, eq=False)
class PlannedStudy:
    """One case of a study without axes.

    study: whose data, models and seed are used. case: its tables. metric: what is planned for. replicates: single runs
    that are drawn at each value. seed: of their luck. progress: told (settings judged, settings) while runs are drawn.
    """

    study: Study
    case: Mapping[str, Any]
    metric: str
    replicates: int
    seed: int
    progress: Progress | None = None

    @property
    def generations(self) -> int:
        """The last one."""
        return int(self.study.resolved["generations"])

    @property
    def unit(self) -> str:
        """Of the metric."""
        return METRICS[self.metric].unit

    @property
    def more_is_better(self) -> bool:
        """Whether a fit that lost nothing has the largest value."""
        return METRICS[self.metric].more_is_better

    @property
    def signed(self) -> bool:
        """Whether it may be below 0."""
        return METRICS[self.metric].lowest < 0

    @cached_property
    def _workflow(self) -> Mapping[str, Any]:
        return short_of(dict(self.case["workflow"]))

    @property
    def role(self) -> str:
        """Whose penalty is planned: the predictor's where it has one, else the generator's."""
        predictor = self.case.get("predictor", {})
        return "predictor" if "penalty" in predictor else "generator"

    @property
    def _of_predictor(self) -> bool:
        """Whether a share of synthetic rows is one of the predictor's rows, whose number stays."""
        return "synthetic_share" in self.case.get("predictor", {})

    @cached_property
    def settings(self) -> Mapping[str, float | None]:
        """What stands in the study."""
        rows = rows_of(self._workflow)
        real, synthetic = rows["real_rows"], rows["synthetic_rows"]
        share = None if real is None or synthetic is None else synthetic / (real + synthetic)
        if self._of_predictor:
            share = _number(self.case["predictor"].get("synthetic_share"))
        penalty = self.case[self.role].get("penalty")
        weight = self._workflow.get("real_weight")
        of_predictor = {"predictor_rows": _number(self.case["predictor"]["rows"])} if self._of_predictor else {}
        return {
            **rows,
            **of_predictor,
            "synthetic_share": share,
            "real_weight": weight,
            "penalty": _number(penalty),
            "generations": self.generations,
        }

    @cached_property
    def opens(self) -> Sequence[str]:
        """What may be left open."""
        penalized = "penalty" in self.case[self.role]
        rows = [name for name in opens_of(self._workflow) if name != "synthetic_share" or not self._of_predictor]
        scheduled = penalized and self.case["population"]["kind"] == "linear_gaussian" and "predictor" not in self.case
        if self.metric in _STANDARDIZED:
            rows = [name for name in rows if name != "real_rows"]
        return [
            *rows,
            *(["synthetic_share"] if self._of_predictor else []),
            *(["penalty"] if penalized else []),
            *(["penalties"] if scheduled else []),
            "generations",
            "replicates",
        ]

    @cached_property
    def silent(self) -> str:
        """Why there is no theory of the metric; "" where there is."""
        found = predict(self.at([{}], self.generations))
        if len([row for row in found.rows if row.metric == self.metric]) == self.generations + 1:
            return ""
        return found.gaps[0] if found.gaps else f"theory has no {self.metric} in every generation"

    @cached_property
    def batches(self) -> tuple[int, int]:
        """How often real and synthetic rows are drawn."""
        return batches_of(self._workflow, self.generations)

    @property
    def fine(self) -> float:
        """To which part of itself a value is worth finding."""
        return _FINE_DRAWN if self.silent else _FINE

    def domain(self, name: str) -> tuple[float, float]:
        """Return between which values one may look."""
        if name == "synthetic_share" and self._of_predictor:
            return max(_SHARES[0], 1 / self.case["predictor"]["rows"]), 1 - 1e-9
        if name in ("synthetic_share", "real_weight"):
            return _SHARES
        if name == "penalty":
            return _PENALTIES
        if name == "generations":
            return 1, _MOST_GENERATIONS_DRAWN if self.silent else _MOST_GENERATIONS
        return 1, _MOST_ROWS_DRAWN if self.silent else _MOST_ROWS

    def judge(
        self, settings: Sequence[Mapping[str, float]], *, runs: bool = False, generations: int | None = None
    ) -> list[Judged]:
        """Predict at every setting; simulate single runs where they are asked for, or where there is no theory.

        A look over many settings draws fewer runs; the search asks again where it matters.
        """
        if not settings:
            return []
        last = self.generations if generations is None else generations
        asked = self.at(settings, last)
        count = self.replicates if len(settings) < _MANY else min(self.replicates, _FEW)
        drawn = self._drawn(asked, "plan", count) if runs or self.silent else [None] * len(settings)
        if self.silent:
            return [_of_runs(each) for each in drawn if each is not None]
        found = self._predicted(asked, last)
        if last > self.generations and not all(np.isfinite(each.mean).all() for each in found):
            raise Problem("generations", f"theory does not reach generation {last}", "plan fewer generations")
        return [
            replace(judged, runs=None if each is None else each[:, None])
            for judged, each in zip(found, drawn, strict=True)
        ]

    def check(self, setting: Mapping[str, float], replicates: int) -> Array:
        """Simulate runs with luck of their own, (replicates, generations + 1)."""
        last = int(setting.get("generations", self.generations))
        [found] = self._drawn(self.at([setting], last), "check", replicates)
        return found

    def assumptions(self) -> Sequence[Assumption]:
        """Say what theory, or simulation, rests on here."""
        if self.silent:
            return [Assumption("theory covers it", "failed", f"{self.silent}; simulated instead")]
        return [Assumption("theory covers it", "checked", "every generation has a formula")]

    def words(self) -> Sequence[tuple[str, str]]:
        """Echo the study."""
        return [
            ("study", f"{self.study.name} [{self.study.id}]"),
            *([("case", str(self.case["name"]))] if self.case.get("name") else []),
            *(("reads", line) for line in in_words(self.study)[:6]),
            ("seed", str(self.seed)),
        ]

    def at(self, settings: Sequence[Mapping[str, float]], generations: int | None = None) -> Study:
        """Return the study that has every setting as a case. generations: the last one, if not the study's."""
        last = self.generations if generations is None else generations
        cases = []
        for place, setting in enumerate(settings):
            tables = {name: dict(self.case[name]) for name in TABLES if name in self.case}
            if self._of_predictor and "synthetic_share" in setting:
                tables["predictor"]["synthetic_share"] = setting["synthetic_share"]
                setting = {name: value for name, value in setting.items() if name != "synthetic_share"}
            tables["workflow"] = _table(self._workflow, setting)
            if "penalty" in setting:
                tables[self.role]["penalty"] = setting["penalty"]
            cases.append({"name": f"{place}", **tables})
        return self.study.with_cases(
            cases,
            generations=last,
            report=list(range(last + 1)),
            metrics=[self.metric],
            replicates=max(self.replicates, 10),
        )

    def _predicted(self, asked: Study, last: int) -> list[Judged]:
        by_case: dict[str, dict[int, Row]] = {}
        for row in predict(asked).rows:
            if row.metric == self.metric:
                by_case.setdefault(row.case, {})[row.generation] = row
        found = []
        for case in asked.cases:
            rows = [by_case.get(case["name"], {}).get(g) for g in range(last + 1)]
            mean = np.array([np.nan if row is None else row.value for row in rows])
            allowed = np.array([np.nan if row is None else row.allowance for row in rows])
            status = "asymptotic" if any(row is not None and row.status != "exact" for row in rows) else "exact"
            found.append(_of_theory(mean, allowed, status, METRICS[self.metric].lowest))
        return found

    def _drawn(self, asked: Study, key: str, replicates: int) -> list[Array]:
        """Return single runs of every case, (replicates, generations + 1) each; all cases share the keys of luck."""
        found, cells = [], list(asked.cells())
        with threadpool_limits(1):  # small products: more threads only wait for one another
            for place, cell in enumerate(cells):
                found.append(self._of_cell_or_none(asked, cell, key, replicates, len(cells)))
                if self.progress is not None:
                    self.progress(place + 1, len(cells))
        return found

    def _of_cell_or_none(self, asked: Study, cell: Cell, key: str, replicates: int, cells: int) -> Array:
        """Simulate a cell; where a user's own model fails at one setting of several, nothing is met there."""
        try:
            return self._of_cell(asked, cell, key, replicates)
        except Problem:
            if cells == 1 or subject_of(cell).block != 1:
                raise
            return np.full((replicates, asked.scope.generations + 1), -np.inf if self.more_is_better else np.inf)

    def _of_cell(self, asked: Study, cell: Cell, key: str, replicates: int) -> Array:
        subject, scope = subject_of(cell), replace(asked.scope, replicates=replicates)
        engine = subject.choose(scope, (cell,), "auto").name
        subject.check(scope, (cell,), 1)
        parts, size = [], subject.block
        width = subject.side_by_side(scope, (cell,), engine)
        for first in range(0, -(-replicates // size), width):
            blocks = range(first, min(first + width, -(-replicates // size)))
            count = min(size * len(blocks), replicates - first * size)
            draws = draws_of(partial(stream, self.seed, key), blocks, size, count)
            [errors] = subject.simulate(replace(scope, block=first), (cell,), engine, draws, scope.report)
            if isinstance(errors, Problem):
                raise errors
            parts.append(np.array([measure(self.metric, each) for each in errors], dtype=float))
        return np.concatenate(parts, axis=1).T


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _table(workflow: Mapping[str, Any], setting: Mapping[str, float]) -> dict[str, Any]:
    made = changed(workflow, setting)
    short = made.short()
    return {"kind": "custom", **made.to_dict()} if "kind" not in short else dict(short)


def _of_theory(mean: Array, allowed: Array, status: str, lowest: float) -> Judged:
    low, high = np.maximum(mean - allowed, lowest), mean + allowed
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio_low, ratio_high = low / high[0], high / np.where(low[0] > 0, low[0], np.nan)
    return Judged(mean, low, high, ratio_low, np.where(np.isnan(ratio_high), np.inf, ratio_high), status=status)


def _of_runs(runs: Array) -> Judged:
    """Return means of runs (replicates, fits) with their errors; those of ratios by their linear parts."""
    count = len(runs)
    if not np.isfinite(runs).all():
        end = np.full(runs.shape[1], runs.flat[0])
        return Judged(end, end, end, end, end, runs=runs[:, None])
    mean, error = runs.mean(axis=0), runs.std(axis=0, ddof=1) / np.sqrt(count)
    ratio = mean / mean[0]
    apart = (runs - ratio * runs[:, :1]).std(axis=0, ddof=1) / np.sqrt(count) / abs(mean[0])
    low, high = mean - _Z * error, mean + _Z * error
    return Judged(mean, low, high, ratio - _Z * apart, ratio + _Z * apart, runs=runs[:, None])


def planned_study(
    study: Study, *, case: str | None, metric: str | None, replicates: int, seed: int | None, progress: Progress | None
) -> PlannedStudy:
    """Return one case of a study as what is planned; the open quantity may have any value in it.

    Errors: `Problem` for several cases of which none is named, axes, a metric that the study has not.
    """
    cases = study.cases
    if case is not None:
        chosen = [each for each in cases if each["name"] == case]
        if not chosen:
            raise Problem("case", repr(case), nearest(case, [str(each["name"]) for each in cases]))
    else:
        chosen = list(cases)
    if len(chosen) > 1:
        names = ", ".join(repr(str(each["name"])) for each in chosen)
        mend = Advice("name the one to plan for: ", Setting("case", str(chosen[0]["name"])))
        raise Problem("case", f"the study has {len(chosen)}: {names}", mend)
    asked = str(study.scope.metrics[0]) if metric is None else metric
    if asked not in METRICS:
        raise Problem("metric", f"{asked!r} is not a metric", nearest(asked, list(METRICS)))
    number = int(study.resolved["seed"]) if seed is None else seed
    return PlannedStudy(study, chosen[0], asked, replicates, number, progress)


def without_axes(subject: PlannedStudy, name: str, where: Mapping[str, Any] | None = None) -> PlannedStudy:
    """Return a study with one value on every axis: that of `where`, and any on the axis of the open quantity.

    where: values by axis, {"predictor.rows": 1000}. Errors: `Problem` naming the axis, with its values.
    """
    wanted = dict(where or {})
    free = {
        "penalty": [(subject.role, "penalty")],
        "penalties": [(subject.role, "penalty")],
        "real_rows": [("workflow", "rows")],
        "synthetic_rows": [("workflow", "synthetic_rows")],
        "synthetic_share": [("workflow", "synthetic_rows"), ("predictor", "synthetic_share")],
        "real_weight": [("workflow", "real_weight")],
    }.get(name, [])
    case = {key: dict(table) if isinstance(table, Mapping) else table for key, table in subject.case.items()}
    for (table, key), values in axes_of(subject.case).items():
        axis = f"{table}.{key}"
        if axis in wanted:
            case[table][key] = _on_axis(axis, values, wanted.pop(axis))
        elif (table, key) in free:
            case[table][key] = values[0]
        else:
            found = f"{len(values)} values, and a plan is for one"
            mend = Advice("choose one: ", Words(f'where={{"{axis}": {values[0]}}}', f"--where {axis}={values[0]}"))
            raise Problem(axis, found, mend)
    for axis in wanted:
        known = [".".join(each) for each in axes_of(subject.case)]
        raise Problem("where", f"{axis} has one value here", nearest(axis, known) if known else "leave it out")
    return replace(subject, case=case)


def _on_axis(axis: str, values: Sequence[Any], wanted: Any) -> Any:
    """Return the value of an axis that was asked for, given as it is or in words."""
    for value in values:
        if value == wanted or str(value) == str(wanted):
            return value
        if isinstance(value, int | float) and isinstance(wanted, str) and _as_number(wanted) == value:
            return value
    few = ", ".join(shown(value, 30) for value in values[:8])
    raise Problem("where", f"{axis} has no value {shown(wanted, 40)}", f"give one of: {few}")


def _as_number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
