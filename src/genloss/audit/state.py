"""What is kept of an audit, so that a new generation needs nothing else? Lenses, cells, and counts of generations.

No row and no value of a column is kept as it was: rows of the reference along axes (to cut cells for what is learned
later), centers and probes along axes, keyed hashes of words, and counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.audit.cells import PER_CELL
from genloss.audit.figures import BANK, Figures, figures_of
from genloss.audit.kinds import Kinds, kinds_of
from genloss.audit.learned import Recent, learned, learns_after, place_of, share_of
from genloss.audit.lens import Lens, Part
from genloss.audit.losses import Losses
from genloss.audit.options import Options
from genloss.audit.rows import Layout, Rows, layout_of
from genloss.audit.scores import SMALL
from genloss.audit.sketch import Sketched
from genloss.audit.streams import Scored, Stream, streams_of, weights_of
from genloss.errors import Problem
from genloss.populations.own_rows import Columns

Array = NDArray[np.float64]
Hashes = NDArray[np.uint64]

SCHEMA = "audit-state/1"
LEARNED = ("learned variance", "learned location", "learned region")
LEAST = 2 * (2 * PER_CELL - 1) * SMALL
"""Real rows that an audit needs: half of them, in blocks, have to fill two cells."""
_KEYS = 2**63
_FIRST_LEARNED = 1_000
"""Numbers of streams that are learned begin here, ten for each time."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A generation as it is kept. name: what it is called. rows: that were read; units: that were looked at. digest: of
    its rows. scored: by the number of the stream."""

    name: str
    rows: int
    units: int
    digest: str
    scored: Mapping[int, Scored]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        scored = {str(number): each.to_dict() for number, each in self.scored.items()}
        return {"name": self.name, "rows": self.rows, "units": self.units, "digest": self.digest, "scored": scored}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Seen:
        """Make it again."""
        scored = {int(number): Scored.from_dict(each) for number, each in data["scored"].items()}
        return cls(data["name"], int(data["rows"]), int(data["units"]), data["digest"], scored)


@dataclass(frozen=True, eq=False)
class State:
    """An audit after so many generations. name: of the reference. columns: names of numbers, and of words, of rows as
    they are given. rows: real rows; compared: those that generations are compared with. digest: of the real rows."""

    name: str
    columns: tuple[tuple[str, ...], tuple[str, ...]]
    options: Options
    layout: Layout
    figures: Figures | None
    kinds: Kinds | None
    losses: Losses | None
    streams: tuple[Stream, ...]
    weights: Mapping[str, float]
    recent: Recent | None
    compared_hashes: Hashes
    rows: int
    compared: int
    digest: str
    generations: tuple[Seen, ...] = ()

    def then(self, name: str, given: Sketched) -> State:
        """Return the audit after one more generation."""
        held = self._held(name, given)
        scores = dict(_scores(self, held))
        scored = {
            each.number: each.scored(scores, given.hashes, self.options.lost(each.part.metric)) for each in self.streams
        }
        seen = Seen(name, given.rows_seen, len(given.hashes), given.digest, scored)
        later = replace(self, generations=(*self.generations, seen))
        return later._learning(held)

    def _held(self, name: str, given: Sketched) -> Rows:
        rows = given.columns
        if not isinstance(rows, Columns):
            raise Problem(name, "texts, and the real rows are a table", "give rows of the same columns")
        return self.layout.rows(rows)

    def _learning(self, held: Rows) -> State:
        """Return it with what the newest generation teaches."""
        if self.figures is None or self.recent is None or not len(held.numbers):
            return self
        recent, after = self.figures.noticed(self.recent, held.numbers), len(self.generations)
        if not learns_after(after):
            return replace(self, recent=recent)
        found = learned(after, recent, self.figures.fitted_mean, self.figures.real)
        place = place_of(after)
        parts = self.figures.learned_parts(found, share_of(place))
        own = self.figures.learned_scores(found)
        begin = _FIRST_LEARNED + 10 * place
        hashes = self.compared_hashes[:BANK]
        streams = streams_of(parts, self.weights, own, hashes, begin=begin, since=after)
        figures = replace(self.figures, learned=(*self.figures.learned, found))
        return replace(self, recent=recent, figures=figures, streams=(*self.streams, *streams))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "columns": [list(names) for names in self.columns],
            "options": self.options.to_dict(),
            "layout": self.layout.to_dict(),
            "lenses": {each.kind: each.to_dict() for each in (self.figures, self.kinds, self.losses) if each},
            "streams": [each.to_dict() for each in self.streams],
            "weights": dict(self.weights),
            "recent": None if self.recent is None else self.recent.to_dict(),
            "compared_hashes": [f"{each:016x}" for each in self.compared_hashes[:BANK].tolist()],
            "rows": self.rows,
            "compared": self.compared,
            "digest": self.digest,
            "generations": [each.to_dict() for each in self.generations],
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> State:
        """Make it again."""
        lenses = data["lenses"]
        return cls(
            name=data["name"],
            columns=(tuple(data["columns"][0]), tuple(data["columns"][1])),
            options=Options.from_dict(data["options"]),
            layout=Layout.from_dict(data["layout"]),
            figures=Figures.from_dict(lenses["numbers"]) if "numbers" in lenses else None,
            kinds=Kinds.from_dict(lenses["words"]) if "words" in lenses else None,
            losses=Losses() if "loss" in lenses else None,
            streams=tuple(Stream.from_dict(each) for each in data["streams"]),
            weights=data["weights"],
            recent=None if data["recent"] is None else Recent.from_dict(data["recent"]),
            compared_hashes=np.array([int(each, 16) for each in data["compared_hashes"]], dtype=np.uint64),
            rows=int(data["rows"]),
            compared=int(data["compared"]),
            digest=data["digest"],
            generations=tuple(Seen.from_dict(each) for each in data["generations"]),
        )


def begun(name: str, given: Sketched, options: Options) -> State:
    """Begin an audit: part real rows in two, fit lenses to the one half, cut cells at the other.

    Errors: `Problem` for too few rows, and for columns that are not there.
    """
    rows = given.columns
    if not isinstance(rows, Columns):
        raise Problem(name, "texts", "give a table")
    if len(rows) < LEAST:
        raise Problem(name, f"{len(rows)} rows", f"give {LEAST} or more: half of them are compared in blocks")
    half = len(rows) // 2
    places = np.arange(len(rows))
    fitting, comparing = rows[places[:half]], rows[places[half:]]
    layout = layout_of(fitting, options)
    known, other = layout.rows(fitting), layout.rows(comparing)
    key = key_of(options.seed, "words")
    figures = figures_of(known.numbers, options.seed) if layout.numbers else None
    kinds = kinds_of(layout.word_names, known.words, key, options.slices) if layout.word_names else None
    losses = None if layout.loss is None else Losses()
    if figures is not None:
        figures = figures.beside(other.numbers)
    lenses: list[Lens] = [each for each in (figures, kinds, losses) if each is not None]
    parts = [part for lens in lenses for part in lens.parts()]
    weights = weights_of([*(part.metric for part in parts), *(LEARNED if figures is not None else ())])
    state = State(
        name, (rows.names, rows.kind_names), options, layout, figures, kinds, losses, (), weights,
        None if figures is None else figures.unseen, given.hashes[half:], given.rows_seen, len(comparing), given.digest,
    )  # fmt: skip
    return replace(state, streams=tuple(_cut(parts, state, other)))


def _cut(parts: Sequence[Part], state: State, other: Rows) -> Iterator[Stream]:
    yield from streams_of(parts, state.weights, dict(_scores(state, other)), state.compared_hashes)


def _scores(state: State, rows: Rows) -> Iterator[tuple[str, Array]]:
    """Yield scores of all lenses by key."""
    if state.figures is not None:
        yield from state.figures.scores(rows.numbers).items()
    if state.kinds is not None:
        yield from state.kinds.scores(rows.words).items()
    if state.losses is not None and rows.losses is not None:
        yield from state.losses.scores(rows.losses).items()


def key_of(seed: int, *what: str | int) -> int:
    """Return the key of hashes that belongs to a seed and a purpose."""
    from genloss.streams import stream

    return int(stream(seed, "audit", *what).integers(_KEYS))
