"""What must a study know of the thing it is about: how it is predicted, simulated, and said in words?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from genloss.blocks import Draws
from genloss.errors import Problem
from genloss.identity import text_of_tables
from genloss.metrics import AnyErrors
from genloss.results.cells import Damage
from genloss.streams import BLOCK
from genloss.study.spec.grid import Cell
from genloss.study.spec.scope import Scope
from genloss.theory.coverage import Prediction

Group = tuple[Cell, ...]
"""Cells that read the same draws."""
Notes = tuple[tuple[str, str], ...]
"""What one fit has to say of itself, each as (what, a way out)."""


class OfModel(NamedTuple):
    """What a run found out about a model itself, which is told once; it may stand among notes."""

    what: str
    mend: str


Predictions = tuple[list[dict[int, Prediction]], list[str]]
"""By cell: values by generation; and why some are missing."""
Predicted = Sequence[Predictions | str]
"""By group: its predictions, or why there are none."""


@dataclass(frozen=True, slots=True)
class Chosen:
    """The engine that runs a group. draws: whether its values are draws of the law, not its mean alone.

    shares: whether it runs generators that differ in their penalty on the same draws.
    """

    name: str
    draws: bool = True
    shares: bool = False


class ReplicateFailed(Exception):
    """A model of the user's own failed in one block of replicates of one cell, which costs that block alone."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem)
        self.problem = problem


def group_key_own_cell(cell: Cell) -> str:
    """Name everything that a cell is: no other reads its draws."""
    return text_of_tables(cell.texts)


def draw_key_all_settings(cell: Cell) -> str:
    """Name what changes the draws: everything."""
    return cell.id


def one_block(_scope: Scope, _group: Group, _engine: str) -> int:
    """Say that an engine takes one block of replicates at a time."""
    return 1


def no_shared_draws(_: Cell) -> None:
    """Say that no engine joins groups."""


def no_formula(reason: str) -> Callable[[Scope, Sequence[Group], str], Predicted]:
    """Return how a subject without theory predicts."""
    return lambda _scope, groups, _metric: [reason] * len(groups)


def one_engine(name: str, refusal: str) -> Callable[[Scope, Group, str], Chosen]:
    """Return how a subject with one engine chooses it. refusal: what is wrong with any other."""

    def choose(_scope: Scope, _group: Group, engine: str) -> Chosen:
        if engine not in ("auto", name):
            raise Problem("engine", f"{engine!r} {refusal}", f"give auto or {name}")
        return Chosen(name)

    return choose


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that studies are about; the grid, the store, the claims and the page are the same for all.

    name: of the subject. engines: the names of all its engines, loaded when asked for. group_key: cells with the same
    one read the same draws. shared_draws: a text that groups have in common which an engine that `shares` may join,
    or None. draw_key: names what changes the draws. choose: the engine for a group, by name or "auto". check: refuses
    what would not fit into memory, for so many workers. predict: values of one metric for many groups,
    by group, or why there is no formula; a value does not depend on the groups beside it.
    simulate: (scope, group, engine, draws, generations to report) to errors by cell and generation, or why a user's
    own model failed in a cell. side_by_side: how many blocks of replicates the engine at most takes in one call, with
    the bytes that it has for each alone.
    words: a case in one sentence. check_truth: refuses a [population] without axes whose truth is outside its family.
    block: how many replicates are drawn together, with one key. across_cases: whether cells of several cases may read
    the same draws. paired: whether replicates with one number share what they can, so that cells are compared by their
    differences. alone: whether one worker is the default, for a user's own model may not bear threads. beside: values
    by metric of real rows beside real rows, one for each replicate. said: what a run found out about the model; it is
    given the notes of each fit that was just measured. short: a case in a few words, for the head of a page. versions:
    those of the packages of a case's model, by name. spoiled: files beside the store that are not as they were written.
    check_model: refuses a [generator] of which no model can be made; what nobody trusts is not executed.
    """

    name: str
    engines: Callable[[], tuple[str, ...]]
    choose: Callable[[Scope, Group, str], Chosen]
    check: Callable[[Scope, Group, int], None]
    predict: Callable[[Scope, Sequence[Group], str], Predicted]
    simulate: Callable[[Scope, Group, str, Draws, tuple[int, ...]], Sequence[Sequence[AnyErrors] | Problem]]
    words: Callable[[Mapping[str, Any]], str]
    group_key: Callable[[Cell], str] = group_key_own_cell
    shared_draws: Callable[[Cell], str | None] = no_shared_draws
    draw_key: Callable[[Cell], str] = draw_key_all_settings
    check_truth: Callable[[Mapping[str, Any]], object] | None = None
    block: int = BLOCK
    side_by_side: Callable[[Scope, Group, str], int] = one_block
    across_cases: bool = False
    paired: bool = False
    alone: bool = False
    beside: Callable[[Scope, Group], Mapping[str, Sequence[float]]] | None = None
    said: Callable[[Scope, Group, Sequence[Notes]], Sequence[str]] | None = None
    short: Callable[[Mapping[str, Any]], str] | None = None
    versions: Callable[[Scope, Group], Mapping[str, str]] | None = None
    spoiled: Callable[[Scope, Cell], Sequence[Damage]] | None = None
    check_model: Callable[[Scope, Mapping[str, Any]], object] | None = None
