"""What does a record say of each generation: sentences, a table, a picture, and data of every part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from genloss.identity import identity
from genloss.ledger.naming import Found, called
from genloss.ledger.record import AS_SAID, DIFFER, NO_FILE, NO_SUM, NOT_READ, OTHER, Data, Part
from genloss.report import Bar, Figure, Page, Panel, Table
from genloss.results.answer import Drawn, shown
from genloss.results.page import sentence
from genloss.results.store import Table as Frame

DEEPEST = 5
"""Numbers of models that have a column and a color of their own; more are told together."""
_NEAR = 1e-12  # by which sums of shares miss
_NEAR_LOSS = 1e-3  # by which weights that people write miss
_MOST_PANELS, _MOST_LINES, _MOST_NAMED = 8, 2_000, 5


@dataclass(frozen=True, slots=True)
class Trained:
    """What one generation was trained on. place: from 0 on, in the order of fitting. synthetic: share of its rows.

    by_rows, by_loss: shares that passed through 0, 1, 2, ... models (by_loss: None where weights are not said), which
    with `unknown`, the share of the rows whose descent is not known, sum to 1.
    """

    name: str
    place: int
    rows: float
    synthetic: float
    by_rows: tuple[float, ...]
    unknown: float
    mean_models: float
    by_loss: tuple[float, ...] | None
    mean_models_loss: float | None
    parts: tuple[Part, ...]

    @property
    def synthetic_loss(self) -> float | None:
        """The share of its loss on rows that models made; None where weights are not said."""
        return None if self.by_loss is None else max(0.0, 1 - self.by_loss[0])


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain: of a run, one seed of one case. said: the workflow as its record calls it, "". workflow: as found."""

    name: str
    seed: int | None
    model: str
    said: str
    workflow: Found
    generations: tuple[Trained, ...]
    data: tuple[Data, ...]
    duplicates: tuple[str, ...]
    notes: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name, and the seed."""
        return self.name if self.seed is None else f"{self.name}, seed {self.seed}"


@dataclass(frozen=True, repr=False, eq=False)
class Ledger(Drawn):
    """Who made the rows that each generation was trained on.

    name: of the folder, or of the record. kind: "chain" | "own". cap: the largest share of synthetic rows asked for,
    None if none is. chains: one for every seed of every case.
    """

    schema: ClassVar[str] = "ledger/1"
    also: ClassVar[tuple[str, ...]] = ("broken", "differing")

    name: str
    kind: str
    cap: float | None
    chains: tuple[Chain, ...]

    @property
    def broken(self) -> tuple[str, ...]:
        """Generations with more synthetic rows than the cap allows, a sentence each; none without a cap."""
        if self.cap is None:
            return ()
        return tuple(
            f"{called(each.name)} of {chain.title} was trained on {_percent(each.synthetic)} synthetic rows, "
            f"more than the {_percent(self.cap)} that are allowed"
            for chain in self.chains
            for each in chain.generations
            if each.synthetic > self.cap + _NEAR
        )

    @property
    def differing(self) -> tuple[str, ...]:
        """Files that are not what is said of them, a sentence each."""
        return tuple(
            f"{data.file} has {data.state} than is said of it"
            for chain in self.chains
            for data in chain.data
            if data.state in DIFFER
        )

    @property
    def kept(self) -> bool:
        """Whether the cap is kept, and every file is what is said of it."""
        return not self.broken and not self.differing

    def mark(self) -> str:
        """Return what its files are known by: which chains these are, however long they have grown."""
        return (
            f"ledger {identity([self.kind, self.name, [[each.name, each.seed, each.model] for each in self.chains]])}"
        )

    def groups(self) -> list[tuple[Chain, tuple[int, ...]]]:
        """Return one chain of those that differ in their seeds alone, with the seeds."""
        found: dict[str, list[Chain]] = {}
        for chain in self.chains:
            alike = [(each.by_rows, each.by_loss, each.rows, each.unknown) for each in chain.generations]
            found.setdefault(repr((chain.name, alike, chain.workflow)), []).append(chain)
        return [(each[0], tuple(one.seed for one in each if one.seed is not None)) for each in found.values()]

    def panels(self) -> list[Panel]:
        """Return stacked bars of descent by generation, a panel for each chain; equal seeds share one."""
        shown_ones = self.groups()[:_MOST_PANELS]
        columns = _columns([chain for chain, _ in shown_ones])
        return [_panel(chain, seeds, columns) for chain, seeds in shown_ones]

    def tables(self) -> list[Table]:
        """Return a table for each chain, as a terminal shows them; equal seeds share one."""
        return [_short(chain, seeds) for chain, seeds in self.groups()]

    def page(self) -> Page:
        """Return a page with the picture, a table of descent, and one of the rows."""
        groups = self.groups()
        panels = self.panels()
        more = "" if len(groups) <= len(panels) else f" {len(panels)} of {len(groups)} chains are shown."
        caption = f"Share of the rows of each generation by the number of models that they passed.{more}"
        columns, lines = self._table()
        note = (
            f"models_m: share of the rows that passed through m models; 0 is real. {_left(len(lines))}loss_real, "
            "mean_models_loss: the same of the loss, where weights are said."
        )
        made = [line for chain, _ in groups for line in _rows_lines(chain)]
        return Page(
            title=f"What {self.name} was trained on",
            subtitle=f"{_count(len(self.chains), 'chain', 'chains')}; counted, no estimate",
            answer=self._sentences(),
            figures=[Figure("Descent by generation", caption, panels, min(2, len(panels)))],
            tables=[
                shown(
                    (_ROWS, made[:_MOST_LINES]),
                    "Who made which rows",
                    f"born: made for. {_left(len(made))}",
                    folded=True,
                ),
                shown((columns, lines[:_MOST_LINES]), "Descent by generation", note, folded=len(lines) > 30),
            ],
            notes=[sentence(note) for note in self._notes()],
        )

    def _lines(self) -> Sequence[str]:
        return [f"{_count(len(self.chains), 'chain', 'chains')} of {self.name}", *self._sentences()]

    def _sentences(self) -> Sequence[str]:
        groups = self.groups()
        told = [*self._verdicts()] if not self.kept else []
        told += [_ends(groups)] if len(groups) > 1 else []
        told += [_last(chain, seeds, whole=len(groups) == 1) for chain, seeds in groups]
        told += [*self._verdicts()] if self.kept else []
        told += [_said_other(chain) for chain, _ in groups if _said_other(chain)]
        return [*map(sentence, [*told, self._files(), *dict.fromkeys(self._twice())])]

    def _verdicts(self) -> Iterator[str]:
        broken, differing = self.broken, self.differing
        if broken:
            yield f"the cap is not kept: {_some([*self._first_broken()])}"
        elif self.cap is not None:
            kept = f"the cap is kept: no generation was trained on more than {_percent(self.cap)} synthetic rows"
            yield kept + _beside_in_loss(self.groups(), self.cap)
        if differing:
            yield f"files are not what is said of them: {_some(differing)}"

    def _first_broken(self) -> Iterator[str]:
        """Tell of each chain the first generation beyond the cap; equal seeds together."""
        cap = 1.0 if self.cap is None else self.cap
        for chain, seeds in self.groups():
            over = [each for each in chain.generations if each.synthetic > cap + _NEAR]
            if over:
                more = f" and {len(over) - 1} later" if len(over) > 1 else ""
                where = f"{called(over[0].name)} of {_titled(chain, seeds)}"
                share = f"{_percent(over[0].synthetic)} of the rows synthetic{_in_loss(over[0])}"
                share += f", at most {_percent(cap)} allowed"
                yield f"{where}{more}: {share}"

    def _files(self) -> str:
        states = [data.state for chain in self.chains for data in chain.data if data.state != NO_FILE]
        if not states:
            return "no files are named, so none was compared"
        if NOT_READ in states:
            return f"{_count(len(states), 'file is', 'files are')} named, and none was read"
        words = {AS_SAID: "as their SHA-256 says", NO_SUM: "without a SHA-256 to compare", OTHER: OTHER}
        parts = [f"{states.count(state):,} {words.get(state, state)}" for state in dict.fromkeys(states)]
        return f"{_count(len(states), 'file was', 'files were')} read: {', '.join(parts)}"

    def _twice(self) -> Iterator[str]:
        for chain in self.chains:
            yield from (f"the same rows twice: {each} ({chain.title})" for each in chain.duplicates[:_MOST_NAMED])

    def _notes(self) -> list[str]:
        notes = (note for chain in self.chains for note in chain.notes)
        return list(dict.fromkeys([*self._beyond_in_loss(), *notes]))

    def _beyond_in_loss(self) -> Iterator[str]:
        """Say of each chain where models made more of the loss than the cap allows of the rows."""
        cap = 1.0 if self.cap is None else self.cap
        for chain, seeds in self.groups():
            over = [each for each in chain.generations if (each.synthetic_loss or 0.0) > cap + _NEAR_LOSS]
            if over:
                most = max(over, key=lambda each: each.synthetic_loss or 0.0)
                yield (
                    f"the cap is on rows; rows that models made have more than {_percent(cap)} of the loss in "
                    f"{_count(len(over), 'generation', 'generations')} of {_titled(chain, seeds)}: in "
                    f"{called(most.name)} {_percent(most.synthetic_loss or 0.0)}"
                )

    def _table(self) -> Frame:
        columns = ["chain", "seed", *_columns(self.chains)]
        lines = [line for chain in self.chains for line in _table_lines(chain, chain.seed, columns)]
        return [name for name in columns if name != "seed" or any("seed" in line for line in lines)], lines


_ROWS = ("chain", "rows of", "made_by", "born", "rows", "file", "state", "sampler")


def _columns(chains: Sequence[Chain]) -> list[str]:
    """Columns of the table: a number of models for each depth there is, the deepest together."""
    every = [each for chain in chains for each in chain.generations]
    deepest = max(len(each.by_rows) for each in every) - 1
    depths = [f"models_{depth}" for depth in range(min(deepest, DEEPEST) + 1)]
    depths += [f"models_over_{DEEPEST}"] if deepest > DEEPEST else []
    unknown = ["unknown"] if any(each.unknown for each in every) else []
    loss = ["loss_real", "mean_models_loss"] if any(each.by_loss is not None for each in every) else []
    named = ["name"] if any(each.name != f"generation {each.place}" for each in every) else []
    return ["generation", *named, "rows", *depths, *unknown, "mean_models", *loss]


def _short(chain: Chain, seeds: Sequence[int]) -> Table:
    """Return the table of one chain in words."""
    columns = _columns([chain])
    note = "real: share of the rows; 1 model, ...: that passed through so many. mean: models passed."
    table = shown((columns, list(_table_lines(chain, None, columns))), _titled(chain, seeds), note)
    return replace(table, columns=[_HEADS.get(name) or _depth_words(name).removeprefix("through ") for name in columns])


_HEADS: Mapping[str, str] = {name: name for name in ("generation", "name", "rows")} | {
    "mean_models": "mean",
    "loss_real": "real in the loss",
    "mean_models_loss": "mean in the loss",
}


def _table_lines(chain: Chain, seed: int | None, columns: Sequence[str]) -> Iterator[dict[str, Any]]:
    for each in chain.generations:
        line: dict[str, Any] = {"chain": chain.name, "generation": each.place, "name": each.name, "rows": each.rows}
        line |= {} if seed is None else {"seed": seed}
        line |= {f"models_{depth}": 0.0 for depth in range(DEEPEST + 1)} | dict(_depths(each.by_rows))
        line |= {"unknown": each.unknown, "mean_models": each.mean_models}
        if each.by_loss is not None:
            line |= {"loss_real": each.by_loss[0], "mean_models_loss": each.mean_models_loss}
        yield {name: value for name, value in line.items() if name in columns or name in ("chain", "seed")}


def _depths(shares: Sequence[float]) -> Iterator[tuple[str, float]]:
    yield from ((f"models_{depth}", share) for depth, share in enumerate(shares[: DEEPEST + 1]))
    yield f"models_over_{DEEPEST}", sum(shares[DEEPEST + 1 :])


def _rows_lines(chain: Chain) -> Iterator[dict[str, Any]]:
    for data in chain.data:
        made = data.made_by
        yield {
            "chain": chain.title,
            "rows of": data.name,
            "made_by": made[0].who if len(made) == 1 else ", ".join(f"{100 * m.share:.3g} % {m.who}" for m in made),
            "born": data.born,
            "rows": data.rows,
            "file": data.file,
            "state": data.state,
            "sampler": ", ".join(f"{key} {value}" for key, value in data.sampler.items()),
        }


def _panel(chain: Chain, seeds: Sequence[int], columns: Sequence[str]) -> Panel:
    """Draw one chain: a bar for each generation, from real rows up to those that passed most models."""
    places = [float(each.place) for each in chain.generations]
    depths = [name for name in columns if name.startswith("models_") or name == "unknown"]
    low = [0.0] * len(places)
    bars = []
    for number, name in enumerate(depths):  # the first are the darkest
        heights = [dict(_depths(each.by_rows)).get(name, 0.0) for each in chain.generations]
        if name == "unknown":
            heights = [each.unknown for each in chain.generations]
        high = [below + height for below, height in zip(low, heights, strict=True)]
        position = None if name == "unknown" else 1 - number / max(1, len(depths) - 1)
        bars.append(Bar(_depth_words(name), places, low, high, position))
        low = high
    return Panel(_titled(chain, seeds), "generation", "share of the rows", (), x_whole=True, bars=tuple(bars))


def _depth_words(name: str) -> str:
    words: Mapping[str, str] = {"models_0": "real", "models_1": "through 1 model", "unknown": "not known"}
    return words.get(name, f"through {name.removeprefix('models_').replace('over_', 'over ')} models")


def _titled(chain: Chain, seeds: Sequence[int]) -> str:
    if not seeds:
        return chain.name
    return chain.title if len(seeds) == 1 else f"{chain.name}, {len(seeds)} seeds"


def _ends(groups: Sequence[tuple[Chain, tuple[int, ...]]]) -> str:
    """Say of several chains how much is real in the end: the least, and the most."""
    by_real = sorted(groups, key=lambda group: 1 - group[0].generations[-1].synthetic)
    (least, some), (most, others) = by_real[0], by_real[-1]
    real = [1 - chain.generations[-1].synthetic for chain in (least, most)]
    count = f"{len(groups)} chains, in the last generation"
    if real[1] - real[0] < 1e-9:
        return f"{count} of each {_percent(real[0])} of the rows are real"
    one, other = _titled(least, some), _titled(most, others)
    return f"{count} {_percent(real[0])} ({one}) to {_percent(real[1])} ({other}) of the rows are real"


def _last(chain: Chain, seeds: Sequence[int], *, whole: bool) -> str:
    """Say of the last generation what descends from where, and which workflow it is."""
    last = chain.generations[-1]
    of = "" if whole else f"in {_titled(chain, seeds)}, "
    made = f", {_percent(last.synthetic)} made by models" if last.synthetic else ""
    loss = _in_loss(last)
    depth = f" (through {last.mean_models:.3g} on average)" if last.synthetic else ""
    share = f"{_percent(1 - last.synthetic)} real{made}{depth}{loss}"
    return f"{of}{called(last.name)} was trained on {last.rows:,.6g} rows, {share}; {chain.workflow.sentence}"


def _in_loss(each: Trained) -> str:
    """Say the share of the loss on rows that models made, where it is not their share of the rows."""
    share = each.synthetic_loss
    if share is None or abs(share - each.synthetic) <= _NEAR_LOSS:
        return ""
    return f", with {_percent(share)} of the loss on rows that models made"


def _beside_in_loss(groups: Sequence[tuple[Chain, tuple[int, ...]]], cap: float) -> str:
    """Say beside a cap that is kept how much of the loss models made at the most, where that is not as of the rows."""
    every = [(each.synthetic_loss, each, chain, seeds) for chain, seeds in groups for each in chain.generations]
    told = [one for one in every if one[0] is not None and _in_loss(one[1])]
    if not told:
        return ""
    share, each, chain, seeds = max(told, key=lambda one: one[0] or 0.0)
    within = "within it too" if (share or 0.0) <= cap + _NEAR_LOSS else "beyond it"
    where = f"{called(each.name)} of {_titled(chain, seeds)}"
    most = f"up to {_percent(share or 0.0)} is on such rows ({where}), {within}"
    return f"; of the loss, which the cap does not judge, {most}"


def _said_other(chain: Chain) -> str:
    """Say where the record names another workflow than was found."""
    name = chain.said.split("(")[0]
    if not name or not chain.workflow.name or name == chain.workflow.name or "<" in chain.said:
        return ""
    if chain.workflow.departs is None:
        last = called(chain.generations[-1].name)
        return f"{chain.title} is called {chain.said} by its record: up to {last} both are the same"
    return f"{chain.title} is called {chain.said} by its record"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _count(count: int, one: str, several: str) -> str:
    return f"{count:,} {one if count == 1 else several}"


def _left(count: int) -> str:
    return f"The first {_MOST_LINES:,} of {count:,} lines. " if count > _MOST_LINES else ""


def _some(told: Sequence[str]) -> str:
    more = f"; and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return "; ".join(told[:_MOST_NAMED]) + more
