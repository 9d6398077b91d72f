"""What is known of a plan: the value, the check, and what surrounds them."""

from __future__ import annotations

from dataclasses import dataclass, field

from genloss.advise.assumption import Assumption
from genloss.advise.plans.around import Floor, Saturation, Worth
from genloss.advise.plans.checked import Verification
from genloss.advise.plans.frontier import Frontier, Pair
from genloss.advise.plans.power import Needed
from genloss.advise.plans.regime import Regime
from genloss.advise.plans.target import Target


@dataclass(frozen=True)
class Looked:
    """One value of the open quantity. missed: by how much the target is missed there, at most 0 where it is met.

    best, worst: the same where what is not known is kind, and where it is not. mean: of the last generation.
    """

    value: float
    mean: float
    missed: float | None
    best: float | None
    worst: float | None


@dataclass(frozen=True, repr=False, eq=False, kw_only=True)
class Facts:
    """What one open quantity should be.

    open: its name. value: the answer; None where nothing meets the target. low, high: between which it lies with 95 %,
    for what is not known of truth, noise and simulation; low None: perhaps no value will do; high infinite: perhaps
    there is no limit. ranges: all ranges of values that meet the target; an end at an end of `domain` is open.
    mean, mean_low, mean_high: of the metric by generation at the answer (or where the target is missed by least).
    verification: independent runs at the answer. regime: how the mean goes on with the generations. worth, saturation:
    of rows at the answer. floor: where nothing meets the target. cheapest: the pair of least cost that meets it.
    frontier: pairs of rows. needed: of a plan for replicates. penalties: of a plan for them, by generation.
    status: of the mean. assumptions: checked, failed, unknown.
    """

    open: str
    value: float | None
    low: float | None = None
    high: float | None = None
    ranges: tuple[tuple[float, float], ...] = ()
    domain: tuple[float, float]
    metric: str
    unit: str
    target: Target | None = None
    goal: str
    generations: int
    settings: dict[str, float]
    mean: tuple[float, ...]
    mean_low: tuple[float, ...]
    mean_high: tuple[float, ...]
    status: str
    verification: Verification | None = None
    regime: Regime | None = None
    worth: Worth | None = None
    saturation: Saturation | None = None
    floor: Floor | None = None
    cheapest: Pair | None = None
    frontier: Frontier | None = None
    needed: Needed | None = None
    penalties: tuple[float, ...] = ()
    saving: dict[str, float] = field(default_factory=dict)
    looked: tuple[Looked, ...] = ()
    assumptions: tuple[Assumption, ...] = ()
    notes: tuple[str, ...] = ()
    asked: tuple[tuple[str, str], ...] = ()
