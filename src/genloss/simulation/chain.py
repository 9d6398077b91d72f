"""Run any model that keeps the contract, generation after generation, as a workflow says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem, impossible
from genloss.models.laws import Law, LawFit, LawModel
from genloss.models.protocol import Fitted, InGenerations, MayHaveNoEstimate, Model
from genloss.simulation.kept import Keeper, Later, if_made, made
from genloss.simulation.layouts import Layout, Replicated
from genloss.simulation.loop import generations
from genloss.simulation.terms import training_data
from genloss.workflows import TRUTH, Batch, Schedule, Use
from genloss.workflows.traits import FILTER

D = TypeVar("D")
Random = Callable[..., np.random.Generator]
"""The random generator for a purpose, by words and numbers: random("synth", 3), random("fit", 3), ..."""

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
) -> Iterator[Fitted[D]]:
    """Yield the fits of generations 0 to `last`.

    real: draws the rows of a real batch. start: what a fit begins from: "scratch", "base" (the fit of generation 0) or
    "previous" (the fit before). truth: what replicates keep that have no first estimate.
    keep: where rows that fits make are kept; rows that are there already are not made again, and a fit is made when it
    is first asked for rows. first: the fit of generation 0, where it is known. alike: given rows that a fit made and
    how many were asked for, returns them as other rows are held, or refuses them. share: is given the fit of generation
    0 for other chains, which may have it as `first`; each draws from a copy, as drawing may change a fit.
    random: gives the generator for ("rows", generation, tag, number), ("origin", the same three), ("take", generation,
    term) and ("fit", generation); it may be one generator for all, drawn from in this order.
    Errors: `Problem` for filters, and where a model refuses.
    """
    if FILTER in schedule.traits:
        raise Problem("workflow", schedule.traits[FILTER], "leave the filter out")
    if start not in STARTS:
        raise Problem("start", f"{start!r}", f"give one of {', '.join(STARTS)}")

    def sampled(fit: Fitted[D], batch: Batch, rng: np.random.Generator) -> D:
        rows = _sampled(fit, batch, rng)
        apart: D = layout.apart(rows if alike is None else alike(rows, batch.rows))
        return apart

    def drawn(batch: Batch, fits: Sequence[Fitted[D]]) -> D:
        if keep is None or batch.real:
            return drawn_now(batch, fits)
        known = keep.read(batch)
        return keep.write(batch, drawn_now(batch, fits)) if known is None else known

    def drawn_now(batch: Batch, fits: Sequence[Fitted[D]]) -> D:
        rng = random("rows", *batch.key)
        laws = [origin for origin, _ in batch.origins]
        parts = [real(batch) if origin == TRUTH else sampled(fits[origin], batch, rng) for origin in laws]
        if len(parts) == 1:
            return parts[0]
        chances = np.array([share for _, share in batch.origins])
        size = (layout.replicates(parts[0]), batch.rows)
        who = random("origin", *batch.key).choice(chances.size, size=size, p=chances / chances.sum())
        chosen: D = layout.take(layout.join(parts), who * batch.rows + np.arange(batch.rows))
        return chosen

    def fitted(g: int, uses: Sequence[Use], kept: Mapping[int, D], fits: Sequence[Fitted[D]]) -> Fitted[D]:
        def uniform(key: tuple[str | int, ...], count: int) -> NDArray[np.float64]:
            some = kept[next(iter(uses[0].batches))]
            return np.asarray(random(*key).random((layout.replicates(some), count)))

        data, weights = training_data(g, uses, kept, layout, uniform, lambda _b, _use: None)
        if any(data is rows for rows in kept.values()):  # what is joined of several batches is a copy already
            data = layout.apart(data)
        weights = None if weights is None else layout.weights(weights)
        begin = None if start == "scratch" or not fits else base[0] if start == "base" else fits[-1]
        before = fits[-1] if fits else truth

        def now() -> Fitted[D]:
            now_fitted = model.in_generation(g) if isinstance(model, InGenerations) else model
            fit = _fitted(now_fitted, data, weights, random("fit", g), made(begin), before, layout)
            known: list[object] = [model, *map(if_made, fits)]
            if not isinstance(layout, Replicated) and any(fit is other for other in known):
                found = f"fit of {type(model).__name__} returned an object that it has returned before"
                mend = "return a new fitted object each time: earlier fits may draw rows again"
                raise Problem("generator", found, mend)
            return fit

        def copied() -> Fitted[D]:
            whole = made(shared)
            try:
                copy: Fitted[D] = deepcopy(whole)
            except Exception:  # whatever it holds that cannot be copied
                return now()
            return copy

        if g > 0 or first is None:
            found = now() if keep is None else Later(now)
        if g == 0 and (share is not None or first is not None):
            shared = found if first is None else first
            if share is not None:
                share(shared)
            found = copied() if keep is None else Later(copied)
        if g == 0 and start == "base":
            base.append(found)
        return found

    base: list[Fitted[D]] = []
    return generations(
        schedule, drawn, fitted, last=last, forget=None if isinstance(layout, Replicated) else _FORGOTTEN
    )


def law_chain(
    law: Law, real: Callable[[Batch], Any], schedule: Schedule, rng: np.random.Generator, *, truth: LawFit | None = None
) -> Iterator[LawFit]:
    """Yield the fits of a law in many replicates side by side; everything is drawn from one generator, in order."""
    for fit in chain(LawModel(law), real, schedule, layout=Replicated(), random=lambda *_: rng, truth=truth):
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
