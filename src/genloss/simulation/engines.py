"""Which engine runs a task? The first fast one that covers it, else the definition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from genloss.blocks import Streams
from genloss.doors import Advice, Setting
from genloss.errors import Problem
from genloss.metrics import Errors
from genloss.populations import LinearGaussian
from genloss.simulation import reference
from genloss.simulation.linear import (
    cholesky,
    integrated,
    isotropic,
    nested,
    pool_kernel,
    subsampled,
    tridiagonal,
    verified,
    wishart,
)
from genloss.simulation.task import Task


def _one_block(_: Task) -> int:
    return 1


@dataclass(frozen=True, slots=True)
class Engine:
    """A way to simulate: `covers` says why it cannot run a task, or None.

    draws: whether its values are draws of the law; if not they have its mean only, and it runs only when named.
    shares: whether it runs a task's generators `beside` the first on the same draws. side_by_side: how many blocks of
    replicates of a task, which has one, it takes in one call, with the bytes of each alone. auto: whether it runs a
    task without being named.
    """

    name: str
    covers: Callable[[Task], str | None]
    run: Callable[[Task, Streams], list[list[Errors]]]
    draws: bool = True
    shares: bool = False
    side_by_side: Callable[[Task], int] = _one_block
    auto: bool = True


def _alike(covers: Callable[[Task], str | None]) -> Callable[[Task], str | None]:
    """Let an engine refuse tasks whose synthetic rows have inputs of another law than real ones."""

    def reason(task: Task) -> str | None:
        if isinstance(task.population, LinearGaussian) and not task.population.alike:
            return "synthetic rows have inputs of another law than real rows"
        return covers(task)

    return reason


ENGINES = (
    Engine("isotropic", _alike(isotropic.covers), isotropic.run, side_by_side=isotropic.side_by_side),
    Engine("cholesky", _alike(cholesky.covers), cholesky.run, auto=False),
    Engine("tridiagonal", _alike(tridiagonal.covers), tridiagonal.run),
    Engine("wishart", _alike(wishart.covers), wishart.run),
    Engine("nested", _alike(nested.covers), nested.run, shares=True),
    Engine("subsampled", _alike(subsampled.covers), subsampled.run),
    Engine("verified", _alike(verified.covers), verified.run),
    Engine("pool_kernel", pool_kernel.covers, pool_kernel.run),
    Engine("reference", lambda _: None, reference.run),
    Engine("integrated", _alike(integrated.covers), integrated.run, draws=False),
)
"""Fastest first; a new engine is one file and one line here. All that draw sample the same law."""


def choose(task: Task, engine: str = "auto") -> Engine:
    """Return the engine called `engine`, or the first that covers the task for "auto"."""
    named = {candidate.name: candidate for candidate in ENGINES}
    if engine == "auto":
        return next(each for each in ENGINES if each.draws and each.auto and each.covers(task) is None)
    if engine not in named:
        raise Problem("engine", f"{engine!r} is not an engine", f"give auto or one of {', '.join(named)}")
    reason = named[engine].covers(task)
    if reason:
        raise Problem("engine", f"{engine} cannot run this: {reason}", Advice("use ", Setting("engine", "auto")))
    return named[engine]


def draws(engine: str) -> bool:
    """Whether the values of the engine called `engine` are draws of the law, so that their quantiles mean something."""
    return next(candidate.draws for candidate in ENGINES if candidate.name == engine)
