"""Which data workflow is best, by how much, and until when?"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from genloss.advise.comparison.chances import CLOSE, chances, on_which_rows
from genloss.doors import Advice, Setting
from genloss.errors import Problem, refuse_uncalled
from genloss.report import Curve, Figure, Page, Panel, Table, short, with_error
from genloss.results.answer import Drawn, shown
from genloss.results.plain import Forms
from genloss.results.store import Table as Columns
from genloss.streams import stream
from genloss.theory.workflows.errors_of_fits import LongRun, drift, long_run, paths, variances
from genloss.version import __version__
from genloss.workflows import TRUTH, Schedule, Workflow, WorkflowLike, workflow_of

__all__ = ["Compared", "Comparison", "compare"]

Array = NDArray[np.float64]

_AT_ONCE = 4_000_000  # numbers of one piece of the simulated paths
_MOST = 200_000_000  # errors of one kind of luck: 1.6 GB
_MOST_WORKFLOWS = 20
_MOST_GENERATIONS = 5_000  # of which every fit is weighed against every other
_FEWEST = 100  # runs behind bands and chances that say something
_MOST_DRAWN = 3_000_000_000  # numbers of all paths, those of long chains counted as many: about a minute
_LONG = 200  # fits that each cost as much again as drawing one number does
_SAME_LUCK = "With the same luck throughout, batches that models draw share their noise, too: no two real runs do."
_CHANCES = ("chance", "chance_same_luck")
_CHANCE_COLUMNS = tuple(column for name in _CHANCES for column in (name, f"{name}_standard_error"))


@dataclass(frozen=True)
class Compared:
    """One workflow; arrays are (fits,), generation 0 first.

    risk: expected squared error, summed over the parameters, where one row has variance 1. ratio: risk over
    that of generation 0. low, high: a run's own squared error over that risk lies between them with the
    chance `band`. real_rows, synthetic_rows: drawn through each generation. trained_rows: what each
    fit trains on. long_run: where it leads.
    """

    name: str
    workflow: Workflow
    risk: Array
    ratio: Array
    low: Array
    high: Array
    real_rows: Array
    synthetic_rows: Array
    trained_rows: Array
    long_run: LongRun


@dataclass(frozen=True, repr=False, eq=False)
class Comparison(Drawn):
    """Workflows side by side. Chances are (workflows, workflows, fits): that the first errs less, ties counted half.

    chance: of two separate runs that share their real rows alone, which is what happens to someone who runs
    both. chance_same_luck: of two runs with the same real rows and the same luck throughout (the same noise
    wherever both draw a batch of one size and name), which no one can run. Each with its standard error.
    docs/decisions/0042 says which rows are the same.
    dim: parameters that are fitted. replicates: simulated runs behind bands and chances. `to_frame` has a line
    for every workflow and generation, with chances against the first workflow.
    """

    workflows: tuple[Compared, ...]
    chance: Array
    chance_standard_error: Array
    chance_same_luck: Array
    chance_same_luck_standard_error: Array
    dim: int
    replicates: int
    band: float
    seed: int

    schema = "comparison/3"
    also = ("generations", "status", "spans")
    forms: ClassVar[Forms] = {Workflow: (Workflow.short, Workflow.from_dict)}

    @property
    def generations(self) -> int:
        """The last generation."""
        return int(self.chance.shape[-1] - 1)

    @property
    def status(self) -> str:
        """What kind of numbers these are."""
        return "asymptotic: many rows, a fixed generation, estimators without a penalty"

    @property
    def spans(self) -> list[dict[str, Any]]:
        """Who has the least expected risk, from which generation through which, as plain data."""
        return [{"from": low, "through": high, "workflow": name} for low, high, name in self.best()]

    def best(self) -> list[tuple[int, int, str]]:
        """Return who has the least expected risk, and when: (first generation, last generation, name).

        Workflows whose risks differ by no more than rounding are named together.
        """
        risks = np.array([each.risk for each in self.workflows])
        least = risks.min(axis=0)
        names = [
            " = ".join(
                each.name for each, risk in zip(self.workflows, column, strict=True) if risk <= low * (1 + CLOSE)
            )
            for column, low in zip(risks.T, least, strict=True)
        ]
        spans, start = [], 0
        for name, group in itertools.groupby(names):
            length = len(list(group))
            spans.append((start, start + length - 1, name))
            start += length
        return spans

    def _restarts(self) -> frozenset[int]:
        """Generations at which some workflow begins again."""
        steps = [each.workflow.reset for each in self.workflows if each.workflow.reset]
        return frozenset(g for step in steps for g in range(step, self.generations + 1, step))

    def panels(self) -> list[Panel]:
        """Return expected errors, the upper end of the band of single runs, and chances against the first workflow."""
        steps, first = list(range(self.generations + 1)), self.workflows[0].name
        unlucky = f"single runs: {100 * (1 - self.band) / 2:.3g} % err more than this"

        def lines(values: Sequence[Array], skip: int = 0) -> tuple[Curve, ...]:
            named = enumerate(zip(self.workflows, values, strict=True))
            return tuple(Curve(each.name, 0.0, steps, line.tolist(), number=i) for i, (each, line) in named)[skip:]

        wide, whole = "error, in risks of generation 0", "generation n"
        ratios, highs = [each.ratio for each in self.workflows], [each.high for each in self.workflows]
        panels = [
            Panel("expected", whole, wide, lines(ratios), x_whole=True, y_log=True),
            Panel(unlucky, whole, wide, lines(highs), x_whole=True, y_log=True),
        ]
        if len(self.workflows) > 1:
            for title, values in (
                (f"errs less than {first}, two separate runs", self.chance),
                (f"errs less than {first}, same luck", self.chance_same_luck),
            ):
                panels.append(Panel(title, whole, "chance", lines(list(values[:, 0]), skip=1), x_whole=True))
        return panels

    def page(self) -> Page:
        """Return the answer, the curves, and the numbers of a few generations."""
        panels = self.panels()
        return Page(
            title="Which data workflow is best, by how much, and until when?",
            subtitle=f"Squared error of {self.dim} fitted parameters; {self.status}",
            answer=self._sentences(),
            figures=[Figure("Errors and chances", "n is the generation.", panels, 2)],
            tables=[self._few()],
            words=[f"{each.name}: {each.workflow!r}" for each in self.workflows],
            spec=f"bands and chances: {self.replicates} simulated runs, seed {self.seed}",
            spec_title="Runs",
            facts=[("genloss", __version__)],
        )

    def _few(self) -> Table:
        """Every workflow at generations 0, 1, 2, 5, 10, 20, 50, ... and the last."""
        columns, lines = self._table()
        few = _shown(self.generations, self._restarts())
        note = (
            f"ratio: expected error over that of generation 0; {100 * self.band:g} % of runs lie between low and "
            "high. risk: expected squared error where one row has variance 1. "
            f"{self._which_chances()}Rows: drawn through each generation, and trained on."
        )
        kept = [self._with_errors(line) for line in lines if line["generation"] in few]
        columns = [name for name in columns if name in kept[0]]
        cells = shown((columns, kept), "A few generations", note)
        names = {"chance": f"chance against {self.workflows[0].name}"}
        return replace(cells, columns=[names.get(name, name.replace("_", " ")) for name in columns])

    def _which_chances(self) -> str:
        """Say what the two columns of chances are."""
        if len(self.workflows) == 1:
            return ""
        return (
            f"chance against {self.workflows[0].name}: to err less than it in two separate runs, which share real rows "
            "alone, where both draw as many in one generation; this is what happens to someone who runs both. chance "
            "same luck: the same, were all luck shared. Both ± standard error, ties counted half. "
        )

    def _with_errors(self, line: Mapping[str, Any]) -> dict[str, Any]:
        """Write each chance with its standard error in one cell; leave the chances of one workflow alone."""
        left = dict(line)
        for name in _CHANCES:
            value, error = left.pop(name), left.pop(f"{name}_standard_error")
            if len(self.workflows) > 1:
                left[name] = "" if value is None else with_error(value, error)
        return left

    def _lines(self) -> Sequence[str]:
        said = f"{len(self.workflows)} workflows, {self.generations + 1} generations, {self.replicates} runs"
        return [said, *self._least(), *(f"{each.name}: {self._last(each)}" for each in self.workflows)]

    def _sentences(self) -> Sequence[str]:
        return [
            *reversed(self._least()),  # what holds at last decides
            *(f"{each.name}: {self._last(each)} In the long run: {each.long_run.words()}." for each in self.workflows),
            f"Expected errors are theory ({self.status}); bands and chances are of {self.replicates} simulated runs.",
            *([_SAME_LUCK] if len(self.workflows) > 1 else []),
        ]

    def _least(self) -> list[str]:
        """Say who errs least and when."""
        when = [
            (f"generation {low}" if low == high else f"generations {low} to {high}", name)
            for low, high, name in self.best()
        ]
        return [f"At {place} the least expected error is that of {name}." for place, name in when]

    def _last(self, each: Compared) -> str:
        """Say where a workflow stands at the last generation, and its chance against the first workflow."""
        last, place = self.generations, self.workflows.index(each)
        return (
            f"the expected error of generation {last} is {short(each.ratio[-1])} times that of generation 0 "
            f"({100 * self.band:g} % of single runs: {short(each.low[-1])} to {short(each.high[-1])})"
            f"{self._wins(place) if place else ''}."
        )

    def _wins(self, place: int) -> str:
        """Say the chances of a workflow against the first one at the last generation."""
        first, last = self.workflows[0], self.generations
        rows = on_which_rows(first.workflow.compile(last), self.workflows[place].workflow.compile(last))
        chance, same = (
            with_error(float(values[place, 0, -1]), float(errors[place, 0, -1]))
            for values, errors in (
                (self.chance, self.chance_standard_error),
                (self.chance_same_luck, self.chance_same_luck_standard_error),
            )
        )
        return (
            f"; in two separate runs {rows} it errs less than {first.name} with chance {chance} "
            f"({same} with the same luck throughout)"
        )

    def _table(self) -> Columns:
        lines = [
            {
                "generation": g,
                "workflow": each.name,
                "ratio": float(each.ratio[g]),
                "low": float(each.low[g]),
                "high": float(each.high[g]),
                "risk": float(each.risk[g]),
                **{name: None if i == 0 else float(getattr(self, name)[i, 0, g]) for name in _CHANCE_COLUMNS},
                "real_rows": float(each.real_rows[g]),
                "synthetic_rows": float(each.synthetic_rows[g]),
                "trained_rows": float(each.trained_rows[g]),
            }
            for g in range(self.generations + 1)
            for i, each in enumerate(self.workflows)
        ]
        return list(lines[0]), lines


def compare(
    workflows: Mapping[str, WorkflowLike] | Sequence[WorkflowLike],
    *,
    generations: int,
    rows: int | None = None,
    dim: int = 1,
    replicates: int = 2000,
    band: float = 0.9,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> Comparison:
    r"""Compare workflows by the risk of their fits, in the limit of many rows.

    .. math:: risk_g = E |\hat\theta_g - \theta|^2 = p (c_g + d_g^2)

    in units of the variance of one row: c_g the variance of `theory.workflows.variances`, d_g the drift of
    samplers that shift, p = `dim` parameters alike. Bands and chances come from simulated Gaussian
    paths (`theory.workflows.paths`). Every workflow is simulated twice: as a run of its own, which shares with
    the others only the real rows that both draw, in the same generation and number (`chance`), and with the
    same luck for the same batch in every workflow (`chance_same_luck`, and the bands).

    workflows: any `WorkflowLike` but a `Schedule`, whose long run is not known; under names of your own, or in a
    list (named by their rules). generations: the last one. rows: of a batch, for those that say none. replicates:
    simulated runs. band: share of runs between low and high. progress: called with (workflows done, workflows).

    Errors: `Problem` as `covariance`: filters and samplers that only some models have.
    Status: asymptotic, for regular estimators without a penalty. Source: docs/theory/workflows.md.
    Checked by tests/unit/test_compare.py.

    >>> from genloss.workflows import accumulate, replace
    >>> found = compare([replace(100), accumulate(100)], generations=3, replicates=100)
    >>> [each.ratio.round(3).tolist() for each in found.workflows]
    [[1.0, 2.0, 3.0, 4.0], [1.0, 1.25, 1.361, 1.424]]
    """
    refuse_uncalled("progress", progress)
    named = _named(workflows, rows)
    whole = {"dim": (dim, 1), "replicates": (replicates, 2), "seed": (seed, 0), "generations": (generations, 0)}
    for name, (value, low) in whole.items():
        if isinstance(value, bool) or not isinstance(value, int) or value < low:
            raise Problem(name, f"{value!r} is not a whole number from {low} on", f"give a number from {low} on")
    if not 0 < band < 1:
        raise Problem("band", f"{band!r} is not between 0 and 1", "give the share of runs in the band, e.g. 0.9")
    if replicates * (generations + 1) * len(named) > _MOST:
        raise Problem(
            "replicates", f"{replicates} runs of {generations + 1} fits take more than 3 GB", "use fewer runs"
        )
    _refuse_endless(len(named), generations, dim, replicates)
    same_luck, separate, compared = [], [], []
    for run, (name, workflow) in enumerate(named):
        schedule = workflow.compile(generations)
        same_luck.append(_errors(schedule, replicates, dim, seed))
        if len(named) > 1:
            separate.append(_errors(schedule, replicates, dim, seed, run=run))
        compared.append(_compared(name, workflow, schedule, same_luck[-1], dim, band))
        if progress is not None:
            progress(len(compared), len(named))
    same = chances(same_luck)
    apart = chances(separate) if separate else same
    return Comparison(
        tuple(compared),
        chance=apart.chance,
        chance_standard_error=apart.standard_error,
        chance_same_luck=same.chance,
        chance_same_luck_standard_error=same.standard_error,
        dim=dim,
        replicates=replicates,
        band=band,
        seed=seed,
    )


def _refuse_endless(workflows: int, generations: int, dim: int, replicates: int) -> None:
    """Refuse what would go on for very long, before anything is drawn."""
    if generations > _MOST_GENERATIONS:
        found = f"{generations:,} generations, and at most {_MOST_GENERATIONS:,} are compared"
        raise Problem("generations", found, Advice("ask for fewer: ", Setting("generations", _MOST_GENERATIONS)))
    kinds = 2 if workflows > 1 else 1
    fits = generations + 1
    drawn = kinds * workflows * fits * dim * replicates * (1 + fits // _LONG)
    if drawn <= _MOST_DRAWN:
        return
    found = (
        f"{replicates:,} runs of {fits:,} fits of {dim:,} parameters in {workflows} "
        f"{'workflows' if workflows > 1 else 'workflow'} cost as much as {drawn:,} numbers, and the limit is "
        f"{_MOST_DRAWN:,}"
    )
    enough = _MOST_DRAWN * replicates // drawn
    fewer = max(1, _MOST_DRAWN * dim // drawn)
    mend = Setting("replicates", 10 ** (len(str(enough)) - 1)) if enough >= _FEWEST else Setting("dim", fewer)
    raise Problem(mend.name, found, Advice("ask for fewer: ", mend))


def _named(
    workflows: Mapping[str, WorkflowLike] | Sequence[WorkflowLike], rows: int | None
) -> list[tuple[str, Workflow]]:
    """Give every workflow a name of its own."""
    if isinstance(workflows, str) or not isinstance(workflows, Mapping | Sequence):
        raise Problem("workflows", f"{workflows!r:.60} is not a list of workflows", "give a list, or names of your own")
    if isinstance(workflows, Mapping):
        named = [(str(name), workflow_of(each, rows=rows, where="workflows")) for name, each in workflows.items()]
    else:
        read = [workflow_of(each, rows=rows, where="workflows") for each in workflows]
        named = [(repr(each).removeprefix("genloss.workflows."), each) for each in read]
    if not 0 < len(named) <= _MOST_WORKFLOWS:
        raise Problem("workflows", f"{len(named)} workflows", f"give 1 to {_MOST_WORKFLOWS}")
    for name, _ in named:
        if [other for other, _ in named].count(name) > 1:
            raise Problem("workflows", f"{name} is given twice", "give each once, or names of your own")
    return named


def _errors(schedule: Schedule, runs: int, dim: int, seed: int, *, run: int | None = None) -> Array:
    """Squared errors of simulated runs, (runs, fits); the parameters a few at a time. run: as in `paths`."""
    fits = len(schedule.train)
    total = np.zeros((runs, fits))
    together = min(dim, max(1, _AT_ONCE // (runs * fits)))
    for first in range(0, dim, together):
        count = min(together, dim - first)
        part = int(stream(seed, "parameters", first).integers(2**62))
        drawn = paths(schedule, runs * count, seed=part, run=run).reshape(runs, count, fits)
        total += np.einsum("rcf,rcf->rf", drawn, drawn)
    return total


def _compared(name: str, workflow: Workflow, schedule: Schedule, error: Array, dim: int, band: float) -> Compared:
    risk = dim * (variances(schedule, limit=True) + drift(schedule) ** 2)
    low, high = np.quantile(error / risk[0], [(1 - band) / 2, (1 + band) / 2], axis=0)
    fits = len(schedule.train)
    drawn = np.zeros((2, fits))
    for batch in schedule.batches:
        real = sum(chance for origin, chance in batch.origins if origin == TRUTH)
        drawn[:, batch.birth] += batch.rows * real, batch.rows * (1 - real)
    real_rows, synthetic = np.cumsum(drawn, axis=1)
    trained = np.array([schedule.rows_used(g).sum() for g in range(fits)])
    return Compared(name, workflow, risk, risk / risk[0], low, high, real_rows, synthetic, trained, long_run(workflow))


def _shown(last: int, restarts: frozenset[int] = frozenset()) -> list[int]:
    """Generations 0, 1, 2, 5, 10, 20, 50, ... and the last; where training restarts there, also the one before."""
    steps = [0, *(digit * 10**power for power in range(10) for digit in (1, 2, 5))]
    shown = {g for g in steps if g < last} | {last}
    return sorted(shown | {g - 1 for g in shown & restarts})
