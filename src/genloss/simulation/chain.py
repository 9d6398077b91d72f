"""Run any model that keeps the contract, generation after generation, as a workflow says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem, impossible
from genloss.models.laws import Law, LawFit, LawModel
from genloss.models.protocol import Fitted, InGenerations, MayHaveNoEstimate, Model
from genloss.simulation.filtered import told_of_filter
from genloss.simulation.kept import Keeper, Later, if_made, made
from genloss.simulation.layouts import Layout, Replicated
from genloss.simulation.loop import generations
from genloss.simulation.terms import training_data
from genloss.simulation.verdicts import Chosen, Scores, verdict
from genloss.workflows import TRUTH, Batch, Filter, Schedule, Use
from genloss.workflows.traits import FILTER
from genloss.workflows.verifiers import acts_on

D = TypeVar("D")
Random = Callable[..., np.random.Generator]
"""The random generator for a purpose, by words and numbers: random("synth", 3), random("fit", 3), ..."""
Judge = Callable[[Filter, Any, Any, NDArray[np.float64]], Scores]
"""(filter, rows, the fit that verifies or None for the truth, one number in [0, 1) a row) to what is said of rows."""

_FORGOTTEN: Any = object()
"""Stands for a fit that draws no rows any more."""

STARTS = ("scratch", "base", "previous")


def chain(
    model: Model[D],
    real: Callable[[Batch], D],
    schedule: Schedule,
    *,
    layout: Layout,
    random: Random,
    start: str = "scratch",
    truth: Fitted[D] | None = None,
    last: int | None = None,
    keep: Keeper[D] | None = None,
    first: Fitted[D] | None = None,
    alike: Callable[[D, int], D] | None = None,
    share: Callable[[Fitted[D]], None] | None = None,
    judge: Judge | None = None,
) -> Iterator[Fitted[D]]:
    """Yield the fits of generations 0 to `last`.

    real: draws the rows of a real batch. start: what a fit begins from: "scratch", "base" (the fit of generation 0) or
    "previous" (the fit before). truth: what replicates keep that have no first estimate.
    keep: where rows that fits make are kept; rows that are there already are not made again, and a fit is made when it
    is first asked for rows. first: the fit of generation 0, where it is known. alike: given rows that a fit made and
    how many were asked for, returns them as other rows are held, or refuses them. share: is given the fit of generation
    0 for other chains, which may have it as `first`; each draws from a copy, as drawing may change a fit.
    random: gives the generator for ("rows", generation, tag, number), ("origin", the same three), ("verdict", the same
    three), ("take", generation, term) and ("fit", generation); it may be one generator for all, drawn from in this
    order. judge: says what a verifier thinks of rows.
    Errors: `Problem` for filters without a judge, and where a model refuses.
    """
    if FILTER in schedule.traits and judge is None:
        raise Problem("workflow", schedule.traits[FILTER], "leave the filter out")
    if start not in STARTS:
        raise Problem("start", f"{start!r}", f"give one of {', '.join(STARTS)}")

    one = _Chain(model, real, schedule, layout, random, start, truth, keep, first, alike, share, judge)
    forget = None if isinstance(layout, Replicated) else _FORGOTTEN
    return generations(schedule, one.drawn, one.fitted, last=last, forget=forget)


@dataclass(frozen=True, eq=False)
class _Chain(Generic[D]):
    """A chain at work, see `chain`. base: holds the fits of generation 0 where later ones begin from them.

    synthetic: which rows of a batch of mixed law are, where filters ask. verdicts: by batch and filter, stored.
    """

    model: Model[D]
    real: Callable[[Batch], D]
    schedule: Schedule
    layout: Layout
    random: Random
    start: str
    truth: Fitted[D] | None
    keep: Keeper[D] | None
    first: Fitted[D] | None
    alike: Callable[[D, int], D] | None
    share: Callable[[Fitted[D]], None] | None
    judge: Judge | None
    base: list[Fitted[D]] = field(default_factory=list)
    synthetic: dict[tuple[int, str, int], Chosen] = field(default_factory=dict)
    verdicts: dict[tuple[int, Filter], Chosen] = field(default_factory=dict)

    def drawn(self, batch: Batch, fits: Sequence[Fitted[D]]) -> D:
        """Draw what is born, or read it where it was kept."""
        if self.keep is None or batch.real:
            return self._drawn_now(batch, fits)
        known = self.keep.read(batch)
        if known is not None and batch.origin is None and self.judge is not None:
            self._origins(batch, 1)  # filters ask which rows are synthetic, which is not kept
        return self.keep.write(batch, self._drawn_now(batch, fits)) if known is None else known

    def _drawn_now(self, batch: Batch, fits: Sequence[Fitted[D]]) -> D:
        rng, layout = self.random("rows", *batch.key), self.layout
        laws = [origin for origin, _ in batch.origins]
        parts = [self.real(batch) if origin == TRUTH else self._sampled(fits[origin], batch, rng) for origin in laws]
        if len(parts) == 1:
            return parts[0]
        who = self._origins(batch, layout.replicates(parts[0]))
        chosen: D = layout.take(layout.join(parts), who * batch.rows + np.arange(batch.rows))
        return chosen

    def _origins(self, batch: Batch, replicates: int) -> NDArray[np.int64]:
        """Draw which of a batch's origins each row has, (replicates, rows)."""
        chances = np.array([share for _, share in batch.origins])
        size = (replicates, batch.rows)
        who = self.random("origin", *batch.key).choice(chances.size, size=size, p=chances / chances.sum())
        if self.judge is not None:
            self.synthetic[batch.key] = np.array([origin != TRUTH for origin, _ in batch.origins])[who]
        return np.asarray(who)

    def _sampled(self, fit: Fitted[D], batch: Batch, rng: np.random.Generator) -> D:
        rows = _sampled(fit, batch, rng)
        apart: D = self.layout.apart(rows if self.alike is None else self.alike(rows, batch.rows))
        return apart

    def fitted(self, g: int, uses: Sequence[Use], kept: Mapping[int, D], fits: Sequence[Fitted[D]]) -> Fitted[D]:
        """Fit a generation, now or when it is asked for rows."""
        data, weights = self._training(g, uses, kept, fits)
        earlier = self.schedule.before(g)
        begin, before = self._beginning(g, fits), self.truth if earlier is None else fits[earlier]

        def now() -> Fitted[D]:
            model = self.model.in_generation(g) if isinstance(self.model, InGenerations) else self.model
            with told_of_filter(uses, self.schedule, self.layout.rows(data)):
                fit = _fitted(model, data, weights, self.random("fit", g), made(begin), before, self.layout)
            return self._new(fit, fits)

        if earlier is not None:
            return self._in_time(now)
        found = self._in_time(now) if g else self._founding(now)
        if self.start == "base":
            self.base.append(found)
        return found

    def _training(
        self, g: int, uses: Sequence[Use], kept: Mapping[int, D], fits: Sequence[Fitted[D]]
    ) -> tuple[D, NDArray[np.float64] | None]:
        """Return what a generation is trained on, apart from what is kept, and weights."""
        layout = self.layout

        def uniform(key: tuple[str | int, ...], count: int) -> NDArray[np.float64]:
            some = kept[next(iter(uses[0].batches))]
            return np.asarray(self.random(*key).random((layout.replicates(some), count)))

        def verdict_on(b: int, use: Use) -> Chosen | None:
            return self._verdict(b, use, kept[b], fits)

        for b, chosen in [key for key in self.verdicts if key[0] not in kept]:
            del self.verdicts[b, chosen]
        data, weights = training_data(g, uses, kept, layout, uniform, verdict_on)
        if any(data is rows for rows in kept.values()):  # what is joined of several batches is a copy already
            data = layout.apart(data)
        return data, None if weights is None else layout.weights(weights)

    def _verdict(self, b: int, use: Use, rows: D, fits: Sequence[Fitted[D]]) -> Chosen | None:
        """Return which rows of a batch a term's filter keeps, None: all; given once, and stored."""
        chosen, batch = use.filter, self.schedule.batches[b]
        if chosen is None or self.judge is None or not acts_on(chosen, batch):
            return None
        if (b, chosen) not in self.verdicts:
            shape = self.layout.replicates(rows), batch.rows
            acts = np.full(shape, True)
            if chosen.tag is None and batch.origin is None:
                acts = self.synthetic[batch.key]
            acts = acts[:, :: chosen.piece]
            uniform = self.random("verdict", *batch.key).random(acts.shape)
            fit = None if use.verifier is None else made(fits[use.verifier])
            passed = verdict(chosen, self.judge(chosen, rows, fit, uniform), acts, uniform)
            self.verdicts[b, chosen] = np.repeat(passed, chosen.piece, axis=1)[:, : batch.rows]
        return self.verdicts[b, chosen]

    def _beginning(self, g: int, fits: Sequence[Fitted[D]]) -> Fitted[D] | None:
        """Return the fit from which the next one begins."""
        earlier = self.schedule.before(g)
        if self.start == "scratch" or earlier is None:
            return None
        return self.base[g % self.schedule.lines] if self.start == "base" else fits[earlier]

    def _new(self, fit: Fitted[D], fits: Sequence[Fitted[D]]) -> Fitted[D]:
        """Return a fit; one that was returned before, or is the model, is refused."""
        known: list[object] = [self.model, *map(if_made, fits)]
        if not isinstance(self.layout, Replicated) and any(fit is other for other in known):
            found = f"fit of {type(self.model).__name__} returned an object that it has returned before"
            mend = "return a new fitted object each time: earlier fits may draw rows again"
            raise Problem("generator", found, mend)
        return fit

    def _in_time(self, make: Callable[[], Fitted[D]]) -> Fitted[D]:
        """Make a fit now; where rows are kept, when it is asked for some."""
        return make() if self.keep is None else Later(make)

    def _founding(self, now: Callable[[], Fitted[D]]) -> Fitted[D]:
        """Return the fit of generation 0: a copy of its own where other chains have it, too."""
        if self.share is None and self.first is None:
            return self._in_time(now)
        shared = self._in_time(now) if self.first is None else self.first
        if self.share is not None:
            self.share(shared)
        return self._in_time(lambda: _copy_of(shared, now))


def _copy_of(fit: Fitted[D], now: Callable[[], Fitted[D]]) -> Fitted[D]:
    """Return a copy of a fit; of one that cannot be copied another one, made of the same rows and numbers."""
    whole = made(fit)
    try:
        copy: Fitted[D] = deepcopy(whole)
    except Exception:  # whatever it holds that cannot be copied
        return now()
    return copy


def law_chain(
    law: Law,
    real: Callable[[Batch], Any],
    schedule: Schedule,
    rng: np.random.Generator,
    *,
    truth: LawFit | None = None,
    judge: Judge | None = None,
) -> Iterator[LawFit]:
    """Yield the fits of a law in many replicates side by side; everything is drawn from one generator, in order."""
    for fit in chain(
        LawModel(law), real, schedule, layout=Replicated(), random=lambda *_: rng, truth=truth, judge=judge
    ):
        if not isinstance(fit, LawFit):
            impossible("a law was fitted to something else")
        yield fit


def _sampled(fit: Fitted[D], batch: Batch, rng: np.random.Generator) -> D:
    settings = batch.sampler.given() if batch.sampler is not None else {}
    return fit.sample(batch.rows, rng, **settings)


def _fitted(
    model: Model[D],
    data: D,
    weights: NDArray[np.float64] | None,
    rng: np.random.Generator,
    begin: Fitted[D] | None,
    before: Fitted[D] | None,
    layout: Layout,
) -> Fitted[D]:
    """Fit; where a replicate has ended its last estimate stays, and it is fitted no more."""
    if not (isinstance(before, MayHaveNoEstimate) and isinstance(layout, Replicated)):
        fit = model.fit(data, weights, rng, start=begin)
        if not isinstance(fit, Fitted):
            found = f"fit of {type(model).__name__} returned a {type(fit).__name__}, which has no method sample"
            raise Problem("generator", found, "return an object with sample(count, rng), which makes new rows")
        return fit
    going = ~before.ended
    if not going.any():
        return before
    if not going.all():
        data, weights = layout.only(data, going), None if weights is None else weights[going]
    made: Any = model.fit(data, weights, rng, start=begin)
    after: Fitted[D] = made.after(before)
    return after
