"""How is the answer of a law checked? By runs of the user's own model, made here, or by words that say how."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from genloss.advise.plans.pilots.law import Array
from genloss.advise.plans.pilots.reading import Pilots, read_pilots
from genloss.advise.plans.settings import changed, short_of
from genloss.errors import Problem, shown
from genloss.metrics import METRICS
from genloss.results.result import Result
from genloss.streams import stream
from genloss.study import chain

Again = Callable[[Mapping[str, float], int], Any]
"""run_at(settings, seeds): runs the model with so many new seeds."""


@dataclass(frozen=True, eq=False)
class ChainAgain:
    """Runs genloss.chain of a model and rows at other sizes. progress: told (seeds done, seeds)."""

    model: Any
    data: Any
    workflow: Any
    metric: str
    held_out: float = 0.25
    progress: Callable[[int, int], None] | None = None

    def __call__(self, settings: Mapping[str, float], seeds: int) -> Array:
        """Return the metric of single runs, (runs, generations + 1)."""
        sizes = {name: settings[name] for name in ("real_rows", "synthetic_rows") if name in settings}
        with tempfile.TemporaryDirectory() as folder:
            chain(
                self.model, self.data, changed(short_of(self.workflow), sizes), seeds=seeds,
                generations=int(settings["generations"]), metrics=[self.metric], held_out=self.held_out,
                seed=int(settings["seed"]), out=Path(folder) / "check", progress=self.progress, force=True,
            )  # fmt: skip
            found = read_pilots(Path(folder) / "check", metric=self.metric)
        [pilot] = found.pilots
        values = pilot.values
        assert values is not None
        return values if found.whole is None else found.whole - values


def chain_again(
    pilots: Pilots, model: Any, data: Any, progress: Callable[[int, int], None] | None = None
) -> ChainAgain:  # fmt: skip
    """Return what runs genloss.chain as the pilots were. Errors: `Problem` where it cannot be told how they were."""
    if model is None or data is None:
        missing = "model" if model is None else "data"
        raise Problem(missing, "missing", "give model= and data=, as genloss.chain was given them, or neither")
    if not pilots.workflow or "kind" not in pilots.workflow:
        found = "the pilots do not say their workflow, so that a chain cannot be run again"
        raise Problem("model", found, "give Results of genloss.chain as pilots, or run_at=")
    if pilots.metric not in METRICS:
        raise Problem("model", f"genloss.chain has no {pilots.metric}", "give run_at=")
    return ChainAgain(model, data, pilots.workflow, pilots.metric, progress=progress)


def runs_of(again: Again, settings: Mapping[str, float], metric: str, replicates: int, seed: int) -> Array:
    """Run the model, and return single runs, (runs, generations + 1). Errors: `Problem` for what is no such thing."""
    new = int(stream(seed, "plan", "check").integers(1, 2**31))
    found = again({**settings, "seed": new}, replicates)
    last = int(settings["generations"])
    if isinstance(found, Result):
        return _drawn_like(found, metric, last, new)
    try:
        values = np.asarray(found, dtype=float)
    except (TypeError, ValueError):
        values = np.empty(0)
    if values.ndim != 2 or values.shape[1] != last + 1 or len(values) < 2:
        mend = f"return the Result of genloss.chain, or an array of (runs, {last + 1}) values, generations 0 to {last}"
        raise Problem("run_at", f"it returned {shown(found, 60)}", mend)
    return values


def _drawn_like(result: Result, metric: str, last: int, seed: int) -> Array:
    """Return runs of the mean and standard error that a Result has, which keeps no single ones."""
    rows = {row.generation: row for row in result.rows if row.metric == metric and row.method == "simulation"}
    missing = [g for g in range(last + 1) if g not in rows]
    if missing:
        raise Problem(
            "run_at", f"its Result has no {metric} at generation {missing[0]}", f"run generations 0 to {last}"
        )
    mean = np.array([rows[g].value for g in range(last + 1)])
    count = min(rows[g].replicates for g in range(last + 1))
    deviation = np.array([rows[g].standard_error for g in range(last + 1)]) * np.sqrt(count)
    luck = stream(seed, "plan", "like").standard_normal(count)
    luck = (luck - luck.mean()) / luck.std(ddof=1)
    return np.asarray(mean + deviation * luck[:, None])


def how_to_check(pilots: Pilots, real: float | None, synthetic: float | None, last: int) -> str:
    """Say which runs check an answer, and how to compare."""
    kind = pilots.workflow.get("kind")
    sizes = [("real_rows", real), ("synthetic_rows", synthetic)]
    said = " ".join(f"{name}={value:.0f}" for name, value in sizes if value is not None)
    if kind is None:
        return f"run your model at {said} to generation {last} with 20 new seeds or more, and compare mean and spread"
    try:
        wanted = {name: value for name, value in sizes if value is not None}
        table = changed(pilots.workflow, wanted).short()
    except Problem:
        return f"run your model at {said} to generation {last} with 20 new seeds or more, and compare mean and spread"
    words = _call(table)
    return (
        f"run genloss.chain(model, rows, {words}, generations={last}, seeds=20, seed=1, "
        f'metrics=["{pilots.metric}"]) and compare it with the band, or give run_at='
    )


def _call(table: Mapping[str, Any]) -> str:
    plain = {name: value for name, value in table.items() if name != "kind" and value is not None}
    if "kind" in table and all(isinstance(value, int | float) for value in plain.values()):
        return '"' + " ".join([str(table["kind"]), *(f"{name}={value}" for name, value in plain.items())]) + '"'
    return repr(dict(table))
