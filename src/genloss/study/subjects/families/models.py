"""How is a family that a study refits run, and what does theory say of it?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from genloss.blocks import width
from genloss.code.trusted import NONE, Trusted
from genloss.errors import Problem
from genloss.metrics import FamilyErrors
from genloss.models.families import (
    Dirichlet,
    Family,
    GammaShape,
    Gaussian,
    Multinomial,
    Prior,
    Regression,
)
from genloss.models.families.quadratic import Quadratic
from genloss.simulation.families.judging import refuse_filters
from genloss.simulation.families.parametric import run_family_rows, run_summaries
from genloss.simulation.families.picks import run_picks
from genloss.simulation.families.quadratic import run_rows, run_sums
from genloss.simulation.families.runs import SUMS
from genloss.streams import BLOCK
from genloss.study.subjects.families.gaussian import gaussian_curve, has_gaussian_curve
from genloss.study.subjects.families.priors import at_first_fit, parametric_curve, quadratic_curve
from genloss.theory.filters.of_schedule import loop_filter, loop_reason, loop_risk
from genloss.theory.workflows.together import RowVariance
from genloss.workflows import Schedule
from genloss.workflows.traits import FILTER, WHOLE_BATCHES

Array = NDArray[np.float64]
Curve = tuple[Array, Array, str, str]
"""Values and allowances by generation, status, and the formula's name."""

DRAWN_BY_ROW = (GammaShape, Dirichlet, Regression)
"""Families whose statistic is drawn row by row."""
WHOLE = "whole batches, and statistics of fixed size"
"""What sums need."""
GIVEN = "a prior whose law is given"
"""What rows need."""
SECOND_ORDER = 10.0
"""Allowance of the limit of many rows: this x free parameters / rows of generation 0, of the value times its growth."""


class Refitted(Protocol):
    """A family with its truth."""

    @property
    def parameters(self) -> int:
        """How many numbers a fit is."""
        ...

    def engine(self, schedule: Schedule) -> str:
        """Name the fastest engine that runs a schedule: "sums" of batches, "picks" of rows, or all "rows"."""
        ...

    def refuses(self, schedule: Schedule, engine: str) -> str | None:
        """Return what a named engine needs that is not there, or None."""
        ...

    def side_by_side(self, schedule: Schedule, engine: str) -> int:
        """Return how many blocks of replicates are run in one call, with the bytes of each alone."""
        ...

    def run(
        self,
        schedule: Schedule,
        *,
        engine: str,
        replicates: int,
        rng: np.random.Generator,
        trusted: Trusted = NONE,
    ) -> Callable[[int, int], FamilyErrors]:
        """Simulate; return the errors of (generation, first replicates). trusted: code of filters."""
        ...

    def refuse_filters(self, schedule: Schedule) -> None:
        """Refuse filters by which rows of the family cannot be judged."""
        ...

    def row_variance(self, schedule: Schedule, metric: str) -> RowVariance | None:
        """Return what a row's variance is, if theory's values are made of the errors' variances; None: they are not."""
        ...

    def curve(self, schedule: Schedule, metric: str, errors: Array | None) -> Curve | str:
        """Return theory's values, or why there are none. errors: the variances of all fits for `row_variance`."""
        ...


def held_numbers(schedule: Schedule, engine: str) -> float:
    """How many numbers of a chain are held at once, by replicate and parameter."""
    rows = len(schedule.batches) if engine == "sums" else sum(batch.rows for batch in schedule.batches)
    return float(rows + 2 * len(schedule.train))


def first_rows(schedule: Schedule) -> float:
    """Return the rows that generation 0 trains on."""
    return float(sum(schedule.rows_used(0).tolist()))


@dataclass(frozen=True)
class QuadraticCase:
    """A family of quadratic variance: theory is exact."""

    family: Quadratic
    mean: float
    prior: Prior | None = None

    @property
    def parameters(self) -> int:
        """The mean alone."""
        return 1

    def engine(self, schedule: Schedule) -> str:
        """Sums, unless a term takes a subsample; all rows where a filter looks at them."""
        if FILTER in schedule.traits:
            return "rows"
        return "sums" if schedule.uncovered(SUMS) is None else "picks"

    def refuses(self, schedule: Schedule, engine: str) -> str | None:
        """Sums take whole batches, or rows of several origins; filters look at rows, and rows at a prior given."""
        if engine != "rows" and FILTER in schedule.traits:
            return "a workflow without filters"
        if engine == "rows" and at_first_fit(self.prior):
            return GIVEN
        return WHOLE if engine == "sums" and schedule.uncovered(SUMS) is not None else None

    def side_by_side(self, schedule: Schedule, engine: str) -> int:
        """As many as fit into the room: every step is one of replicate by replicate."""
        return width(BLOCK * held_numbers(schedule, engine))

    def run(
        self,
        schedule: Schedule,
        *,
        engine: str,
        replicates: int,
        rng: np.random.Generator,
        trusted: Trusted = NONE,
    ) -> Callable[[int, int], FamilyErrors]:
        """Simulate by sums, by the rows that are chosen, or by all rows."""
        family, mean, rows = self.family, self.mean, first_rows(schedule)
        if engine == "rows":
            runs = run_rows(family, mean, schedule, replicates=replicates, rng=rng, trusted=trusted, prior=self.prior)
        else:
            run = {"sums": run_sums, "picks": run_picks}[engine]
            runs = run(family, mean, schedule, replicates=replicates, rng=rng, prior=self.prior)

        def errors(g: int, kept: int) -> FamilyErrors:
            fits = runs.estimates[g, :kept, None]
            return FamilyErrors(family, fits, np.array([mean]), rows, runs.ended[g, :kept])

        return errors

    def refuse_filters(self, schedule: Schedule) -> None:
        """By the family and its truth."""
        refuse_filters(self.family, np.array([self.mean]), schedule)

    def row_variance(self, schedule: Schedule, metric: str) -> RowVariance | None:
        """The family's own; a verifier's formula has one of its own, and so has a prior's."""
        asked = metric in ("standardized_error", "variance_left")
        if FILTER in schedule.traits or not asked or self.prior is not None:
            return None
        return RowVariance(float(self.family.variance(self.mean)), self.family.curvature)

    def curve(self, schedule: Schedule, metric: str, errors: Array | None) -> Curve | str:
        """The workflow's covariance, exact; with a prior, bias and variance by the same recursion.

        Of normal rows that a verifier keeps the limit of many rows.
        """
        if self.prior is not None and FILTER in schedule.traits:
            return "no formula has both a prior and a filter"
        if self.prior is not None:
            return quadratic_curve(self.family, self.mean, self.prior, schedule, metric)
        if errors is None:
            checked = FILTER in schedule.traits and metric in ("standardized_error", "variance_left")
            return self._checked(schedule, metric) if checked else f"no formula gives {metric}"
        error = errors / float(self.family.variance(self.mean))
        values = first_rows(schedule) * error if metric == "standardized_error" else 1 + self.family.curvature * error
        return values, np.zeros_like(values), "exact", "workflow_covariance"

    def _checked(self, schedule: Schedule, metric: str) -> Curve | str:
        """A verifier's formula, of the mean of normal rows."""
        law, spread = self.family.row
        if law != "normal":
            return "of families the mean of normal rows alone has a verifier's formula"
        reason = loop_reason(schedule)
        if reason is not None:
            return reason
        if metric == "variance_left":  # which normal rows of known variance never lose
            ones = np.ones(len(schedule.train))
            return ones, np.zeros_like(ones), "exact", "filtered_risk"
        from genloss.theory.filters.loops import LocationLoop

        rows = schedule.batches[0].rows
        risk = loop_risk(LocationLoop(rows, spread), loop_filter(schedule), spread, range(len(schedule.train)))
        scale = rows / spread**2
        return scale * risk.total, scale * risk.allowance, "asymptotic", "filtered_risk"


@dataclass(frozen=True)
class ParametricCase:
    """A family of several parameters: theory is the limit of many rows, or a law of its own."""

    family: Any
    truth: Array
    prior: Prior | None = None

    @property
    def parameters(self) -> int:
        """All of the truth's."""
        return int(self.truth.size)

    def engine(self, schedule: Schedule) -> str:
        """Statistics of batches where the family and the workflow have them."""
        whole = schedule.uncovered(WHOLE_BATCHES) is None and not isinstance(self.family, Regression)
        return "sums" if whole or at_first_fit(self.prior) else "rows"

    def refuses(self, schedule: Schedule, engine: str) -> str | None:
        """Sums take statistics of whole batches; picks the mean of rows."""
        if engine == "picks":
            return "a family whose fit is the mean of its rows"
        if engine == "rows" and at_first_fit(self.prior):
            return GIVEN
        return WHOLE if engine == "sums" and self.engine(schedule) != "sums" else None

    def side_by_side(self, schedule: Schedule, engine: str) -> int:
        """As many as fit into the room, with the rows of a batch where they are drawn one by one."""
        rows = max(batch.rows for batch in schedule.batches) if isinstance(self.family, DRAWN_BY_ROW) else 0
        return width(BLOCK * self.parameters * (held_numbers(schedule, engine) + rows))

    def run(
        self,
        schedule: Schedule,
        *,
        engine: str,
        replicates: int,
        rng: np.random.Generator,
        trusted: Trusted = NONE,
    ) -> Callable[[int, int], FamilyErrors]:
        """Simulate by statistics of batches, or by rows."""
        family: Family = self.family
        run = run_summaries if engine == "sums" else partial(run_family_rows, trusted=trusted)
        prior = self.prior
        runs = run(family, self.truth, schedule, replicates=replicates, rng=rng, prior=prior)  # type: ignore[arg-type]
        rows = first_rows(schedule)

        def errors(g: int, kept: int) -> FamilyErrors:
            fits = runs.estimates[g, :kept]
            return FamilyErrors(family, fits, self.truth, rows, runs.ended[g, :kept], self._distance(fits))

        return errors

    def _distance(self, fits: Array) -> Array | None:
        if not self._is_gaussian:
            return None
        mean, variance = self.truth
        return np.asarray(((fits[:, 0] - mean) ** 2 + (np.sqrt(fits[:, 1]) - np.sqrt(variance)) ** 2) / variance)

    def refuse_filters(self, schedule: Schedule) -> None:
        """By the family and its truth."""
        refuse_filters(self.family, self.truth, schedule)

    def row_variance(self, schedule: Schedule, metric: str) -> RowVariance | None:
        """That of counts, exact, or the limit of many rows; none with a prior."""
        if self.prior is not None:
            return None
        if self._is_gaussian and has_gaussian_curve(schedule, metric):
            return None
        if isinstance(self.family, Multinomial) and metric in ("standardized_error", "variance_left"):
            return RowVariance(curvature=-1.0)
        return RowVariance(limit=True) if metric == "standardized_error" else None

    @property
    def _is_gaussian(self) -> bool:
        return isinstance(self.family, Gaussian) and self.family.dim == 1

    def curve(self, schedule: Schedule, metric: str, errors: Array | None) -> Curve | str:
        """A law of the Gaussian chain, the exact covariance of counts, or the limit of many rows."""
        if self.prior is not None:
            return parametric_curve(self.family, self.truth, self.prior, schedule, metric)
        if errors is None:
            known = gaussian_curve(schedule, metric, self.family.divisor) if self._is_gaussian else None
            if known is None:
                return f"no formula gives {metric}"
            return known[0], np.zeros_like(known[0]), "exact", known[1]
        rows = first_rows(schedule)
        if isinstance(self.family, Multinomial):
            values = rows * errors if metric == "standardized_error" else 1 - errors
            return values, np.zeros_like(values), "exact", "workflow_covariance"
        values = rows * errors
        return values, SECOND_ORDER * self.family.free / rows * values**2, "asymptotic", "workflow_covariance"


def no_distance(metrics: Sequence[str], population: Mapping[str, Any]) -> None:
    """Refuse the Wasserstein distance of what is not Gaussian."""
    if "squared_distance" in metrics and population["kind"] != "gaussian":
        raise Problem(
            "metrics",
            f"{population['kind']} has no squared_distance: only gaussian has it",
            "ask for standardized_error instead",
        )
