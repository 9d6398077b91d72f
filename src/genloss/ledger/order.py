"""In which order were the generations fitted? Each after those whose rows it was trained on; no circle, no gap."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from genloss.errors import Problem, nearest
from genloss.ledger.record import REAL, Data, Generation


def parents(generation: Generation, data: Mapping[str, Data]) -> list[str]:
    """Return the models whose rows a generation was trained on, each once."""
    makers = (maker.who for part in generation.parts for maker in data[part.data].made_by)
    return list(dict.fromkeys(who for who in makers if who != REAL))


def in_order(
    generations: Sequence[Generation], data: Mapping[str, Data], outside: Sequence[str], where: str
) -> tuple[Generation, ...]:
    """Return generations in the order they were fitted in, as they were given where more than one order would do.

    Errors: `Problem` for a model that is no generation, and for generations that wait for one another.
    """
    known = {generation.name: generation for generation in generations}
    waits = {name: [who for who in parents(each, data) if who in known] for name, each in known.items()}
    for generation in generations:
        _refuse_missing(generation, data, list(known), outside, where)
    done: dict[str, Generation] = {}
    while len(done) < len(known):
        free = [name for name, on in waits.items() if name not in done and all(who in done for who in on)]
        if not free:
            raise Problem(where, _circle(waits, done), "say of each file who made it: a model is fitted before it does")
        done[free[0]] = known[free[0]]
    return tuple(done.values())


def born_where_first_used(generations: Sequence[Generation], data: Mapping[str, Data]) -> dict[str, Data]:
    """Return data with the place of the generation that was trained on them first."""
    first: dict[str, int] = {}
    for place, generation in enumerate(generations):
        for part in generation.parts:
            first.setdefault(part.data, place)
    return {name: replace(each, born=first.get(name, each.born)) for name, each in data.items()}


def _refuse_missing(
    generation: Generation, data: Mapping[str, Data], known: list[str], outside: Sequence[str], where: str
) -> None:
    for part in generation.parts:
        for maker in data[part.data].made_by:
            if maker.who not in (REAL, *known, *outside):
                found = (
                    f"{generation.name!r} was trained on {part.data!r}, made by {maker.who!r}, of which nothing is said"
                )
                mend = f'{nearest(maker.who, [REAL, *known])}; a model from elsewhere: outside = ["{maker.who}"]'
                raise Problem(where, found, mend)


def _circle(waits: Mapping[str, Sequence[str]], done: Mapping[str, Generation]) -> str:
    """Tell one circle: every generation that is left waits for another that is left."""
    path = [next(name for name in waits if name not in done)]
    while path[-1] not in path[:-1]:
        path.append(next(who for who in waits[path[-1]] if who not in done))
    circle = path[path.index(path[-1]) :]
    return "a circle: " + ", ".join(
        f"{child!r} was trained on rows of {parent!r}" for child, parent in pairwise(circle)
    )
