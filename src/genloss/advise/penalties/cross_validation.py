"""Until which generation does theory hold when every generation's penalty is cross-validated on its own labels?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.penalties.pages import EXCESS_RISK, by_generation, page_of, risk_panel
from genloss.advise.penalties.question import Array
from genloss.errors import Problem, impossible, refuse_uncalled
from genloss.report import Curve, Page, Panel
from genloss.results.agreement import Z
from genloss.results.answer import Drawn, shown
from genloss.results.store import Table
from genloss.simulation.chain import chain
from genloss.simulation.layouts import Single
from genloss.streams import stream
from genloss.theory.arguments import checked_one, checked_range, checked_spectrum
from genloss.theory.reuse.risks import from_workflow, risk
from genloss.theory.reuse.search import cross_validated_penalties
from genloss.workflows import Schedule, WorkflowLike, schedule_of
from genloss.workflows.traits import EVEN_BATCHES

__all__ = ["CrossValidationHorizon", "checked_replicates", "cross_validation_horizon", "refuse_uneven"]

_GRID = np.linspace(np.log(1e-8), np.log(1e4), 61)
_LARGEST = 1000  # features


@dataclass(frozen=True, repr=False, eq=False)
class CrossValidationHorizon(Drawn):
    """Penalties chosen on drawn data sets beside their limit. Generation 0 first, (fits,) each.

    limit: the penalties of `theory.reuse_search.cross_validated_penalties`; predicted, allowance: the risk they
    lead to. risk, standard_error: the mean over data sets that choose their own. spread: standard deviation of the
    logarithm of the chosen penalty over data sets. excess: risk / predicted - 1.
    horizon: the last generation before one whose |excess| is beyond the tolerance by 4.5 standard errors; None: it does
    not end within the generations asked; -1: it fails already at generation 0. within_to: likewise, the last up to
    which all are within the tolerance by 4.5 standard errors; between the two it is undecided. tolerance: the relative
    error that is good enough. replicates: data sets.
    """

    limit: Array
    predicted: Array
    allowance: Array
    risk: Array
    standard_error: Array
    spread: Array
    horizon: int | None
    within_to: int | None
    tolerance: float
    replicates: int

    schema = "cross_validation_horizon/1"
    also = ("excess", "status")

    @property
    def excess(self) -> Array:
        """Part by which choosing on the data raises the risk."""
        return self.risk / self.predicted - 1

    @property
    def status(self) -> str:
        """What kind of numbers these are."""
        return "simulation, beside an asymptotic formula"

    def panels(self) -> list[Panel]:
        """Return the risk by generation, predicted and drawn."""
        steps = list(range(self.risk.size))
        errors = (1.96 * self.standard_error).tolist()
        drawn = Curve("drawn data sets; bars: 95 %", 0.0, x=steps, y=self.risk.tolist(), half_width=errors)
        return [risk_panel("penalties that are cross-validated", [("predicted", self.predicted)], more=[drawn])]

    def page(self) -> Page:
        """Return until when theory will do, and both risks by generation."""
        note = (
            f"Excess risk: {EXCESS_RISK}. limit: the penalties of theory, which lead to the risk `predicted`. risk: "
            "the mean over data sets that choose their own. excess: risk / predicted - 1. spread: standard deviation "
            "of the logarithm of the chosen penalty."
        )
        title = "Until when does theory hold for penalties that are cross-validated?"
        return page_of(self, title, [shown(self._table(), "By generation", note)])

    def _lines(self) -> Sequence[str]:
        return [f"{self.limit.size} generations, {self.replicates} data sets", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        return [
            f"{self._told()}.",
            f"The numbers come from {self.replicates} drawn data sets that choose their own penalties by leave-one-out "
            f"({self.status}).",
        ]

    def _told(self) -> str:
        last = self.limit.size - 1
        limit = f"{100 * self.tolerance:g} %"
        if self.within_to is None:
            return f"Theory is within {limit} for cross-validated penalties up to generation {last}"
        g = self.within_to + 1
        until = f"up to generation {g - 1}" if g else "at no generation"
        if self.horizon is None:
            return f"Theory is surely within {limit} {until}, and undecided then: {self._off(g)}"
        if self.horizon < g:
            return f"Theory is within {limit} {until}, not beyond, because {self._off(g)}"
        then = self._off(self.horizon + 1)
        sure = f"Theory is surely within {limit} {until} ({self._off(g)})"
        return f"{sure}, and not beyond generation {self.horizon}, because {then}"

    def _off(self, g: int) -> str:
        size = float(self.predicted[g]) if self.predicted[g] > 0 else 1.0
        more = 100 * float(self.risk[g] - self.predicted[g]) / size
        return (
            f"the risk of generation {g} is {abs(more):.1f} % {'above' if more >= 0 else 'below'} it (standard error "
            f"{100 * self.standard_error[g] / size:.1f} %), by choosing on the data and by finite size together"
        )

    def _table(self) -> Table:
        columns = {
            "limit": self.limit,
            "predicted": self.predicted,
            "allowance": self.allowance,
            "risk": self.risk,
            "standard_error": self.standard_error,
            "excess": self.excess,
            "spread": self.spread,
        }
        return ["generation", *columns], by_generation(**columns)


def cross_validation_horizon(
    spectrum: ArrayLike,
    coefficients: ArrayLike,
    workflow: WorkflowLike,
    *,
    noise: float,
    generations: int | None = None,
    tolerance: float = 0.05,
    replicates: int = 400,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> CrossValidationHorizon:
    r"""Draw data sets, choose every generation's penalty on them, and say until when theory's fixed penalties will do.

    `theory.reuse.risk` excludes penalties chosen by looking at the labels it predicts. Their limit is a fixed
    number; on one data set the choice varies, goes with the noise, and is handed on. Each data set minimizes the
    mean squared leave-one-out residual over its pooled rows,

    .. math:: \frac1T \sum_i \Big(\frac{y_i - x_i \cdot w_\lambda}{1 - H_{ii}}\Big)^2,
        \qquad H = X (X'X + \lambda T)^{-1} X',

    on 61 penalties from 1e-8 to 1e4 times the largest eigenvalue and a parabola through the best three.

    spectrum, coefficients: (dim,), dim <= 1000; coefficients may be one number. workflow: any `WorkflowLike`
    of whole batches of one origin and weight 1 (replace, accumulate, window, fixed_real, fresh_real, ...).
    tolerance: the relative error of the risk that is good enough. replicates: data sets. progress:
    called with (done, all) of them.
    Errors: `Problem` for subsamples, filters, weights and mixed laws, and naming the argument.
    Status: simulation, beside an asymptotic formula: the excess holds what choosing costs and what finite size
    does (`allowance`).
    Source: docs/theory/advice.md. Checked by tests/statistical/test_choice.py (rows and leave-one-out by hand).

    >>> from genloss.workflows import replace
    >>> common = {"noise": 0.5, "generations": 1, "replicates": 100, "tolerance": 0.2}
    >>> seen = cross_validation_horizon([1.0] * 20, 0.2, replace(60), **common)
    >>> seen.horizon is None
    True
    """
    refuse_uncalled("progress", progress)
    values = checked_spectrum(spectrum, positive=True)
    if values.size > _LARGEST:
        raise Problem("spectrum", f"{values.size} features", f"give at most {_LARGEST}: data sets are drawn")
    truth = checked_range("coefficients", coefficients, lowest=-np.inf, meaning="one number, or one per feature")
    if truth.shape not in ((), values.shape):
        raise Problem("coefficients", f"shape {truth.shape} beside {values.size} eigenvalues", "give one per feature")
    checked_replicates(replicates)
    within = checked_one("tolerance", tolerance, lowest=0, meaning="a relative error of the risk, e.g. 0.05")
    truth = np.broadcast_to(truth, values.shape)
    schedule = schedule_of(workflow, generations)
    refuse_uneven(schedule)
    batches = from_workflow(schedule, noise=noise)
    limit = cross_validated_penalties(values, truth, batches)
    known = risk(values, truth, batches, penalty=limit.penalties)
    penalties, risks = np.empty((2, replicates, known.total.size))
    for r in range(replicates):
        penalties[r], risks[r] = _one_data_set(values, truth, schedule, noise, stream(seed, "choice", r))
        if progress:
            progress(r + 1, replicates)
    mean, error = risks.mean(axis=0), risks.std(axis=0, ddof=1) / np.sqrt(replicates)
    within_to, horizon = _verdict(mean, error, known.total, within)
    return CrossValidationHorizon(
        limit.penalties,
        known.total,
        known.allowance,
        mean,
        error,
        np.log(penalties).std(axis=0, ddof=1),
        horizon,
        within_to,
        within,
        int(replicates),
    )


def checked_replicates(count: int) -> None:
    """Refuse a number of data sets without a standard error."""
    if not (isinstance(count, int | np.integer) and count >= 2):
        raise Problem("replicates", f"{count!r} data sets", "give a whole number from 2 on, e.g. 400")


def refuse_uneven(schedule: Schedule) -> None:
    """Refuse workflows whose rows do not count alike."""
    schedule.refuse_uncovered(EVEN_BATCHES, "give whole batches of one origin, every row alike")


@dataclass(frozen=True, eq=False)
class _LinearFit:
    """Coefficients that label fresh Gaussian inputs, and the penalty that was chosen for them; the truth has none."""

    coefficients: Array
    spectrum: Array
    noise: float
    penalty: float = 0.0

    def sample(self, count: int, rng: np.random.Generator, **sampler: object) -> tuple[Array, Array]:
        """Draw inputs and their labels."""
        del sampler  # workflows with samplers are refused
        rows = rng.standard_normal((count, self.spectrum.size)) * np.sqrt(self.spectrum)
        return rows, rows @ self.coefficients + self.noise * rng.standard_normal(count)


@dataclass(frozen=True, eq=False)
class _CrossValidatedRidge:
    """Ridge regression with the penalty that leave-one-out chooses."""

    spectrum: Array
    noise: float

    def fit(
        self, data: tuple[Array, Array], weights: Array | None, rng: np.random.Generator, *, start: object = None
    ) -> _LinearFit:
        """Choose a penalty and fit; every row counts alike."""
        del rng, start
        if weights is not None:
            impossible("rows of unlike weight were to be cross-validated")
        penalty, coefficients = _chosen(*data, float(self.spectrum.max()))
        return _LinearFit(coefficients, self.spectrum, self.noise, penalty)


def _one_data_set(
    spectrum: Array, truth: Array, schedule: Schedule, noise: float, rng: np.random.Generator
) -> tuple[Array, Array]:
    """Return chosen penalties and risks, (fits,) each."""
    real = _LinearFit(truth, spectrum, noise)
    fits = chain(
        _CrossValidatedRidge(spectrum, noise),
        lambda batch: real.sample(batch.rows, rng),
        schedule,
        layout=Single(),
        random=lambda *_: rng,
    )
    kept = [fit for fit in fits if isinstance(fit, _LinearFit)]
    risks = [float(spectrum @ (fit.coefficients - truth) ** 2) for fit in kept]
    return np.array([fit.penalty for fit in kept]), np.array(risks)


def _chosen(rows: Array, labels: Array, top: float) -> tuple[float, Array]:
    """Return the penalty that leave-one-out chooses, and the fit there. No difference of near numbers is taken."""
    values, vectors = np.linalg.eigh(rows.T @ rows)
    values = np.maximum(values, 0.0)
    along, turned = vectors.T @ (rows.T @ labels), rows @ vectors
    left = 1 / (values[:, None] + len(rows) * top * np.exp(_GRID))  # (dim, penalties)
    residual = labels[:, None] - turned @ (along[:, None] * left)
    outside = 1 - turned**2 @ left  # what is left of a row's own weight
    seen = np.mean((residual / np.maximum(outside, 1e-12)) ** 2, axis=0)
    best = int(np.argmin(seen))
    step = 0.0
    if 0 < best < _GRID.size - 1:
        low, middle, high = seen[best - 1 : best + 2]
        bend = low - 2 * middle + high
        step = float(np.clip((low - high) / (2 * bend), -1, 1)) if bend > 0 else 0.0
    penalty = top * float(np.exp(_GRID[best] + step * (_GRID[1] - _GRID[0])))
    return penalty, np.asarray(vectors @ (along / (values + len(rows) * penalty)))


def _verdict(mean: Array, error: Array, predicted: Array, within: float) -> tuple[int | None, int | None]:
    """Return the last generation surely within the tolerance, and the last one not surely beyond it; None: no end."""
    off = np.abs(mean - predicted)
    slack = within * predicted + 1e-12 * predicted.max()
    sure, beyond = off + Z * error <= slack, off - Z * error > slack
    within_to = None if sure.all() else int(np.argmin(sure)) - 1
    return within_to, int(np.argmax(beyond)) - 1 if beyond.any() else None
