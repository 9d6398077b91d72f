"""What will happen to a user's own model if it is taught by its own labels? A risk curve with two bands."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from genloss.advise.estimators.penalty_words import penalty_words
from genloss.advise.forecasts.bands import Paths, summed
from genloss.advise.forecasts.basis import Basis
from genloss.advise.forecasts.begin import OWN, begin_of
from genloss.advise.forecasts.believed import believed_of
from genloss.advise.forecasts.from_fit import Progress, forecast_from_fit
from genloss.advise.forecasts.later_given import beside, called_later, judged_later, moved, told_of_later
from genloss.advise.forecasts.result import Forecast
from genloss.advise.forecasts.rows_given import RowsGiven, rows_given, rows_read
from genloss.advise.forecasts.separable import check_separable
from genloss.advise.forecasts.table import Seen
from genloss.advise.forecasts.words import of_words
from genloss.advise.forecasts.worlds import World, world_of
from genloss.advise.forecasts.worlds.directions import FewRows
from genloss.advise.forecasts.worlds.functions import FunctionWorld
from genloss.advise.forecasts.worlds.gaussian import GaussianWorld
from genloss.advise.forecasts.worlds.one_thread import by_one_thread
from genloss.advise.forecasts.worlds.pooled import PooledWorld
from genloss.advise.forecasts.worlds.protocol import Array, Truths, WorldLaw
from genloss.advise.forecasts.worlds.regression import RegressionWorld
from genloss.advise.forecasts.worlds.sums import SummedWorld, summed_world
from genloss.advise.forecasts.worlds.wishart import WishartWorld
from genloss.doors import Advice, Setting
from genloss.errors import Problem, refuse_uncalled, shown
from genloss.populations.tables import TableRows
from genloss.room import refuse_memory
from genloss.simulation.chain import law_chain
from genloss.streams import stream
from genloss.workflows import Batch, Schedule, WorkflowLike, schedule_of, workflow_words
from genloss.workflows.traits import WHOLE_BATCHES

RUNS = 5  # of each truth: what is believed has heavier tails than chance, so truths are worth more than runs
TOGETHER = 10  # truths whose paths are drawn together where they can be, from one stream
FIRST = 50  # paths of the first answer

Early = Callable[[Forecast], None]
Found = tuple[Array, Truths]
Together = SummedWorld | PooledWorld | WishartWorld


def forecast(
    estimator: Any,
    X: Any,
    y: ArrayLike | None = None,
    *,
    workflow: WorkflowLike = "replace",
    generations: int | None = None,
    replicates: int = 400,
    above: float | None = None,
    held_out: float | tuple[Any, ArrayLike] | None = None,
    weights: str | ArrayLike | None = None,
    exposure: str | ArrayLike | None = None,
    id: str | ArrayLike | None = None,  # noqa: A002  (the word of every door)
    categories: str | Sequence[str] = (),
    levels: int = 50,
    decimal: str | None = None,
    thousands: str | None = None,
    strip: str | Sequence[str] = (),
    missing: str = "refuse",
    keep: str | int | Sequence[str | int] = (),
    begin: str | None = None,
    later_rows: Any = None,
    seed: int = 0,
    progress: Progress | None = None,
    early: Early | None = None,
) -> Forecast:
    """Forecast the risk of an estimator that later generations fit to labels of earlier ones.

    Worlds are drawn that could have made the rows: a truth from what is believed after seeing them, real labels with
    the rows' own noise, labels of models with the noise of the law; in each the estimator is refitted generation after
    generation as the workflow says. 5 runs of each truth.

    begin: "own_rows", generation 0 is fitted to exactly these rows (to some of them, where its batch is smaller);
    "new_rows", to as many rows drawn anew from where these came from, which is what happens to a table like yours.
    None: own rows, but where generation 0 has a larger batch, or several, new ones.

    estimator, and what risk is:
    LinearRegression, Ridge, RidgeCV, GenerationRidge, KernelRidge: mean (f - truth)^2 over the inputs, label^2;
    LogisticRegression (squared penalty or none; y of two values), PoissonRegressor (counts): excess log loss, nats a
    row;
    EmpiricalCovariance (a Gaussian law of X; no y): divergence of the fitted law, nats a row.
    A subclass counts as its class; a linear one is refitted by its own fit, others with a fit of their own are refused.
    A Pipeline may end in one: the steps before are fitted once, to the rows of generation 0 and without labels, and
    kept, as one keeps the preparation of a table; the truth is then linear in what they make of X.
    Or a word as the command line has it, on standardized inputs: "least_squares", "ridge", "kernel_ridge", "logistic",
    "poisson", "gaussian" (a law of X and y together), with settings, "ridge penalty=0.1", or as a table,
    {"kind": "ridge", "penalty": 0.1}; `advise.estimators.named` has their meaning.
    A word's penalty is of the mean loss in every fit, whatever its rows, and kernel_ridge takes the mean label off in
    every fit; alpha and C of an estimator are scikit-learn's, beside the sum. The answer says both.
    Others are refused by name. Labels that a column or a combination of columns tells apart have no fit without a
    penalty, and are refused by its name; with one they have a fit. Where an estimate may not exist, the forecast ends
    with the last generation in which it does in 97.5 % of paths.

    held_out: rows and labels that judge, or the share of rows to hold out, chosen by the seed. Then generation 0 is
    the fit of the given rows (of the others), later ones label the same inputs, risk is the held-out loss, and the
    first-order mean stands beside it, which needs no paths (LogisticRegression(C=inf), PoissonRegressor(alpha=0);
    replace and accumulate). Nothing is learned from held-out rows, not even means for standardizing.

    weights, exposure, id: one value a row, or the name of a column of a data frame, which is then no input. weights:
    how many equal rows each row is (whole numbers; all is as if they stood there one by one). exposure (> 0;
    PoissonRegressor): a mean count is exposure x exp(linear predictor), in the truth, in all labels and in every fit;
    rows keep theirs, its unit does not matter, risk is of a row. id: what each row is of (a firm, a patient): rows of
    one are drawn together and held out together, their real labels are as alike as those of the rows, and the truth
    is known no better than such rows show it.

    later_rows: inputs that the model will meet, without labels, with the columns of X; read as X is, a column of
    weights included; exposures and ids of later rows are not used. They are compared with X by a permutation test,
    whatever the estimator; fewer than 20 are not said to be alike. For linear ones the risk is then the mean over these
    rows, in place of rows like X, while every generation is still fitted to inputs like X (covariate shift); refused
    where later rows are out of reach: more than a tenth of them farther from the center than any row of X, or a column
    that does not vary in X and does there.

    categories, levels, decimal, thousands, strip: how to read columns of a data frame, as in
    `populations.tables.Reading` and with the same result as from a file: columns of text become 0 and 1 for each word
    but the most frequent, or numbers however they are written ("$1,234.50"); categories: columns of numbers to take as
    words. An estimator given as a word reads columns of text so by itself, and leaves out columns that name the rows;
    one given as an object reads them when one of these is given. Labels of text are read for both. Words are those of
    all rows of X; a pair of held-out rows may hold no others.

    missing: what to do with missing entries, as `populations.tables.Reading` and the command have it: "refuse" them,
    "drop" their rows, or fill in the column's "mean" (for words their shares) over all rows with a label; rows without
    one are dropped. The steps of a Pipeline get the entries as they are where nothing is said.

    keep: columns of X, by name or number, that stay although they determine the labels or put all rows in their order:
    such columns are refused by name, for a model that is given the answer has no noise to forecast. What only parts the
    labels, or seems to name the rows, is said beside the forecast; with an estimator given as a word, columns of a data
    frame that name the rows are left out unless they are kept.

    X (rows, features), an array or a data frame, whose column names the answer repeats and a subclass of yours sees;
    y (rows,), whose name the answer repeats if it is a series. above: predict whether y is above this number
    (logistic). workflow: any `WorkflowLike` of whole batches, which have as many rows as X where it says none.
    generations: the last one; None: 10, or the last of a `Schedule`.
    replicates: paths drawn, a multiple of 10. progress: called with (paths done, paths), with held_out (generations
    done, generations).
    Status: simulation, as good as the worlds: docs/theory/forecast.md has the coverage on real data, failures included.
    """
    refuse_uncalled("progress", progress)
    words = (*((categories,) if isinstance(categories, str) else categories), id if isinstance(id, str) else "")
    held_out = beside(estimator, X, y, later_rows, held_out, {"weights": weights, "exposure": exposure}, words)
    with called_later(later_rows):
        rows = rows_given(
            estimator, X, y, held_out=held_out, weights=weights, exposure=exposure, id=id, categories=categories,
            levels=levels, decimal=decimal, thousands=thousands, strip=strip, missing=missing, keep=keep,
        )  # fmt: skip
    question = Question(
        estimator, workflow, generations, replicates, seed, above, rows.given.held_out, begin, later_rows
    )
    return _forecast(question, rows, progress, early)


def forecast_table(
    estimator: str | Mapping[str, Any],
    read: TableRows,
    *,
    workflow: WorkflowLike = "replace",
    generations: int | None = None,
    replicates: int = 400,
    above: float | None = None,
    held_out: float | None = None,
    keep: Sequence[str] = (),
    begin: str | None = None,
    later: Array | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    early: Early | None = None,
) -> Forecast:
    """Forecast as `forecast` does from the rows of a file, whose columns and classes are called as they are there.

    read: as `populations.tables.read_rows` has it, with exposures and entities. later: inputs of later rows, as
    `populations.tables.rows_like` has them. The other arguments: see `forecast`.
    """
    refuse_uncalled("progress", progress)
    held = beside(estimator, read.inputs, read.target, later, held_out, {"exposure": read.exposure})
    rows = rows_read(read, held_out=held, keep=keep)
    question = Question(estimator, workflow, generations, replicates, seed, above, rows.given.held_out, begin, later)
    return _forecast(question, rows, progress, early)


@dataclass(frozen=True)
class Question:
    """What is asked of the rows: arguments of `forecast`."""

    estimator: Any
    workflow: WorkflowLike
    generations: int | None
    replicates: int
    seed: int
    above: float | None
    held_out: Any
    begin: str | None
    later: Any = None

    def __post_init__(self) -> None:
        count, seed = self.replicates, self.seed
        if isinstance(count, bool) or not isinstance(count, Integral) or not 50 <= count <= 10**6 or count % 10:
            raise Problem("replicates", shown(count), "give a multiple of 10 from 50 to 1,000,000, e.g. 400")
        if isinstance(seed, bool) or not isinstance(seed, Integral) or seed < 0:
            raise Problem("seed", shown(seed), "give a whole number from 0 on")


@by_one_thread
def _forecast(asked: Question, rows: RowsGiven, progress: Progress | None, early: Early | None) -> Forecast:
    """Forecast from rows without gaps or words."""
    count, number = int(asked.replicates), int(asked.seed)
    with called_later(asked.later):
        seen = moved(rows.seen(asked.estimator, above=asked.above, held_out=asked.held_out, seed=number), asked.later)
    schedule = schedule_of(asked.workflow, asked.generations, rows=len(seen.rows), default=10)
    schedule.refuse_uncovered(WHOLE_BATCHES, "give whole batches of one origin each")
    start = begin_of(asked.begin, schedule, len(seen.rows), held_out=seen.held_out is not None)
    apart = check_separable(seen)
    run = _from_fit if seen.held_out else _from_rows
    penalty = penalty_words(seen.given, [float(schedule.rows_used(g).sum()) for g in range(len(schedule.train))])
    words = (
        *seen.words,
        *(("read", str(note)) for note in rows.notes),
        *([("penalty", penalty)] if penalty else []),
        ("workflow", workflow_words(asked.workflow)),
        *([] if seen.held_out else [("begin", start)]),
        ("replicates", str(count)),
        ("seed", str(number)),
    )
    if seen.later is not None:
        words = (*words, ("later_rows", f"{len(seen.later)} row{'s' * (len(seen.later) != 1)}"))
    if seen.held_out:
        words = (*words, ("held_out", f"{len(seen.held_out[0])} rows"))
    basis = Basis(
        seen.estimator,
        seen.kind,
        seen.rows,
        seen.labels,
        asked.workflow,
        schedule,
        seen.entities is not None,
        seen.later is not None and seen.kind == "linear",
    )

    def worded(told: Forecast) -> Forecast:
        told = told_of_later(told, seen, number)
        named = tuple(replace(each, name=seen.named(each.name)) for each in (*told.assumptions, *apart, *seen.asked))
        return replace(told, asked=words, assumptions=named, target=_target(rows.given.y, asked.above), basis=basis)

    tell = None if early is None else lambda some: early(worded(some))
    try:
        return worded(run(seen, schedule, start, count, number, progress, tell))
    except FewRows as few:
        raise of_words(few, seen.names) from few


def _target(y: Any, above: float | None) -> str:
    """The name of a series of labels, "" where it has none; with `above` what is asked of it."""
    name = str(getattr(y, "name", None) or "")
    return f"{name} above {above:g}" if name and above is not None else name


def _from_fit(
    seen: Seen, schedule: Schedule, start: str, replicates: int, seed: int, progress: Progress | None,
    early: Early | None,
) -> Forecast:  # fmt: skip
    del start  # it is the rows in hand
    del early  # all paths go on together: there is no answer before the last generation
    assert seen.labels is not None
    assert seen.held_out is not None
    return forecast_from_fit(
        seen.estimator, seen.rows, seen.labels, seen.held_out, schedule, replicates, seed, progress,
        None if seen.exposure is None or seen.held_out_exposure is None else (seen.exposure, seen.held_out_exposure),
        seen.model,
    )  # fmt: skip


def _from_rows(
    seen: Seen, schedule: Schedule, start: str, replicates: int, seed: int, progress: Progress | None,
    early: Early | None,
) -> Forecast:  # fmt: skip
    world = world_of(seen.estimator, seen.rows, seen.labels, seen.kind, exposure=seen.exposure, entities=seen.entities)
    world = judged_later(world, seen)
    own = start == OWN
    sums, count = summed_world(world), replicates // RUNS
    _refuse_large(world, seen, schedule, count, summed=sums is not None)
    drawn = world.draw_truths(count, stream(seed, "forecast", "truths"))
    believed = believed_of(world, sums, drawn, schedule, seed, own=own)
    shape = (count, RUNS, len(schedule.train))
    paths = Paths(np.empty(shape), np.empty(shape))
    due = FIRST
    together = _together(world, sums)
    for some, (found, gone) in _in_turn(world, together, drawn, schedule, seed, own=own):
        paths.risks[some], paths.ended[some] = found, gone
        done = some.stop
        if progress:
            progress(done * RUNS, replicates)
        if early and due <= done * RUNS < replicates:
            due = 2 * done * RUNS
            early(summed(paths.some(done), believed, world, start))
    return summed(paths, believed, world, start)


def _refuse_large(world: World, seen: Seen, schedule: Schedule, truths: int, *, summed: bool) -> None:
    """Refuse truths, paths and rows that would not fit into memory, before any is drawn."""
    rows, columns = seen.rows.shape
    of_truth = rows if isinstance(world, FunctionWorld) else columns + 1
    paths = 2 * truths * RUNS * len(schedule.train)  # risks, and whether they had ended
    of_row = columns if seen.labels is None else 2  # a place and a label
    drawn = 0 if summed else RUNS * of_row * sum(batch.rows for batch in schedule.batches)
    what = f"{truths:,} truths of {of_truth:,} numbers, {truths * RUNS:,} paths and the rows of {RUNS} runs"
    mend = Advice("ask for fewer paths (", Setting("replicates"), ") or generations (", Setting("generations"), ")")
    refuse_memory("replicates", 8.0 * (truths * of_truth + paths + drawn), what, mend)


def _together(world: World, sums: SummedWorld | None) -> Together | None:
    """Return what runs the paths of many truths together; None where only the world itself knows how."""
    if isinstance(world, RegressionWorld):
        return PooledWorld(world)
    return WishartWorld(world) if isinstance(world, GaussianWorld) else sums


def _in_turn(
    world: World, together: Together | None, believed: Sequence[Any], schedule: Schedule, seed: int,
    *, own: bool,
) -> Iterator[tuple[slice, Found]]:  # fmt: skip
    """Yield risks and ends of the paths of some truths after others: of ten together where they can be."""
    if together is None:
        for t, truth in enumerate(believed):
            yield slice(t, t + 1), _runs(world, truth, schedule, stream(seed, "forecast", t), own=own)
        return
    for start in range(0, len(believed), TOGETHER):
        truths = believed[start : start + TOGETHER]
        found = together.run(truths, RUNS, schedule, stream(seed, "forecast", "sums", start), own=own)
        yield slice(start, start + len(truths)), found


def _runs(world: World, truth: Any, schedule: Schedule, rng: np.random.Generator, *, own: bool = False) -> Found:
    """Risks of runs with one truth, (runs, generations + 1), and whether they had ended."""
    risks, ended = np.empty((RUNS, len(schedule.train))), np.zeros((RUNS, len(schedule.train)), dtype=bool)

    def real(batch: Batch) -> Any:
        if own and batch.birth == 0:
            return world.own_rows(batch.rows, RUNS, rng)
        return world.draw_real(truth, batch.rows, RUNS, rng)

    for g, fit in enumerate(law_chain(WorldLaw(world, truth), real, schedule, rng)):
        risks[:, g], ended[:, g] = world.risk(fit.parameters, truth), fit.ended
    return risks, ended
