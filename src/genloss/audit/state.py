"""What is kept of an audit, so that a new generation needs nothing else? Lenses, cells, and counts of generations.

No row and no value of a column is kept as it was: rows of the reference along axes (to cut cells for what is learned
later), centers and probes along axes, keyed hashes of words, and counts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from genloss.audit.beside import Beside, Known, beside_of, known_of, words_by_hash
from genloss.audit.cells import PER_CELL
from genloss.audit.figures import BANK, Figures, figures_of
from genloss.audit.kinds import Kinds, kinds_of
from genloss.audit.learned import Recent, learned, learns_after, place_of, share_of
from genloss.audit.lens import Lens
from genloss.audit.losses import Losses
from genloss.audit.options import Options
from genloss.audit.rows import Layout, Rows, layout_of
from genloss.audit.sketch import Sketched
from genloss.audit.streams import Scored, Stream, streams_of, weights_of
from genloss.audit.wording import TextLens
from genloss.errors import Problem
from genloss.populations.own_rows import Columns
from genloss.results.plain import plain

Array = NDArray[np.float64]
Hashes = NDArray[np.uint64]
_Kind = TypeVar("_Kind", bound=Lens)

SCHEMA = "audit-state/1"
LENSES: Mapping[str, type[Lens]] = {each.kind: each for each in (TextLens, Figures, Kinds, Losses)}
"""Every way to look at rows, by what it looks at."""
LEARNED = ("learned variance", "learned location", "learned region")
LEAST = 4 * PER_CELL * 2
"""Real rows that an audit needs: half of them have to fill four cells. Blocks of fewer than 144 rows fill none."""
_KEYS = 2**63
_FIRST_LEARNED = 1_000
"""Numbers of streams that are learned begin here, ten for each time."""


@dataclass(frozen=True, eq=False)
class Seen:
    """A generation as it is kept. name: what it is called. rows: that were read; units: that were looked at. digest: of
    its rows. scored: by the number of the stream. beside: what decides nothing."""

    name: str
    rows: int
    units: int
    digest: str
    scored: Mapping[int, Scored]
    beside: Beside

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        scored = {str(number): each.to_dict() for number, each in self.scored.items()}
        told = {"scored": scored, "beside": plain(self.beside, {})}
        return {"name": self.name, "rows": self.rows, "units": self.units, "digest": self.digest} | told

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Seen:
        """Make it again."""
        scored = {int(number): Scored.from_dict(each) for number, each in data["scored"].items()}
        counts = int(data["rows"]), int(data["units"])
        return cls(data["name"], *counts, data["digest"], scored, beside_of(data["beside"]))


@dataclass(frozen=True, eq=False)
class State:
    """An audit after so many generations. name: of the reference. columns: what each holds, as a reader of files says;
    none of texts. unnamed: whether they have no names of their own. text: the column of texts, if rows have columns.
    rows: real rows; compared: those that generations are compared with. digest: of the real rows."""

    name: str
    columns: Mapping[str, str]
    unnamed: bool
    text: str
    options: Options
    layout: Layout
    lenses: Mapping[str, Lens]
    streams: tuple[Stream, ...]
    weights: Mapping[str, float]
    known: Known
    recent: Recent | None
    compared_hashes: Hashes
    rows: int
    compared: int
    digest: str
    generations: tuple[Seen, ...] = ()

    def then(self, name: str, given: Sketched) -> State:
        """Return the audit after one more generation."""
        held = self._held(name, given)
        with np.errstate(over="ignore", invalid="ignore"):  # numbers beyond every scale are beyond every cell, too
            scores = dict(scores_of(self, held))
        scored = {
            each.number: each.scored(scores, given.hashes, self.options.lost(each.part.metric)) for each in self.streams
        }
        key, alpha = key_of(self.options.seed, "words"), self.options.alpha
        beside = self.known.told(held, self.layout, _lens(self.lenses, TextLens), key, alpha)
        seen = Seen(name, given.rows_seen, len(given.hashes), given.digest, scored, beside)
        later = replace(self, generations=(*self.generations, seen))
        return later._learning(held)

    def names(self, given: Sketched) -> dict[int, str]:
        """Return the words of rows by hash, for those who may see them."""
        return words_by_hash(self.layout.rows(given.columns, self.name), key_of(self.options.seed, "words"))

    def _held(self, name: str, given: Sketched) -> Rows:
        seen = {self.digest: "the real rows"} | {each.digest: f"generation {each.name}" for each in self.generations}
        if given.digest in seen:
            mend = "give each set of rows once: compared with itself it shows no change"
            raise Problem(name, f"holds the same rows as {seen[given.digest]}", mend)
        return self.layout.rows(given.columns, name)

    @property
    def figures(self) -> Figures | None:
        """The lens of columns of numbers, if there are such columns."""
        return _lens(self.lenses, Figures)

    def _learning(self, held: Rows) -> State:
        """Return it with what the newest generation teaches."""
        figures = self.figures
        if figures is None or self.recent is None:
            return self
        recent, after = figures.noticed(self.recent, held.numbers), len(self.generations)
        if not learns_after(after):
            return replace(self, recent=recent)
        found = learned(after, recent, figures.fitted_mean, figures.real)
        place = place_of(after)
        parts = figures.learned_parts(found, share_of(place))
        own = figures.learned_scores(found)
        begin = _FIRST_LEARNED + 10 * place
        hashes = self.compared_hashes[:BANK]
        streams = streams_of(parts, self.weights, own, hashes, begin=begin, since=after)
        lenses = {**self.lenses, figures.kind: replace(figures, learned=(*figures.learned, found))}
        return replace(self, recent=recent, lenses=lenses, streams=(*self.streams, *streams))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "schema": SCHEMA,
            "name": self.name,
            "columns": dict(self.columns),
            "unnamed": self.unnamed,
            "text": self.text,
            "options": self.options.to_dict(),
            "layout": self.layout.to_dict(),
            "lenses": {kind: each.to_dict() for kind, each in self.lenses.items()},
            "streams": [each.to_dict() for each in self.streams],
            "weights": dict(self.weights),
            "known": self.known.to_dict(),
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
        return cls(
            name=data["name"],
            columns=data["columns"],
            unnamed=bool(data["unnamed"]),
            text=data["text"],
            options=Options.from_dict(data["options"]),
            layout=Layout.from_dict(data["layout"]),
            lenses={kind: LENSES[kind].from_dict(each) for kind, each in data["lenses"].items()},
            streams=tuple(Stream.from_dict(each) for each in data["streams"]),
            weights=data["weights"],
            known=Known.from_dict(data["known"]),
            recent=None if data["recent"] is None else Recent.from_dict(data["recent"]),
            compared_hashes=np.array([int(each, 16) for each in data["compared_hashes"]], dtype=np.uint64),
            rows=int(data["rows"]),
            compared=int(data["compared"]),
            digest=data["digest"],
            generations=tuple(Seen.from_dict(each) for each in data["generations"]),
        )


def begun(
    name: str, given: Sketched, options: Options, *, columns: Mapping[str, str] | None = None, unnamed: bool = False,
    text: str = "",
) -> State:  # fmt: skip
    """Begin an audit: part real rows in two, fit lenses to the one half, cut cells at the other.

    columns, unnamed, text: as a reader of files says. Errors: `Problem` for too few rows, and for columns that are not
    there.
    """
    if len(given.hashes) < LEAST:
        what = "rows" if options.entity is None else f"entries of {options.entity}"
        found = f"{len(given.hashes)} {what}"
        raise Problem(name, found, f"give {LEAST} or more: half of them are what generations are compared with")
    half = len(given.hashes) // 2
    fitting, comparing = _halves(given.columns, half)
    layout = layout_of(fitting, options)
    known, other = layout.rows(fitting, name), layout.rows(comparing, name)
    lenses = {lens.kind: lens for lens in _fitted(layout, known, other, options)}
    parts = [part for lens in lenses.values() for part in lens.parts()]
    learning = _lens(lenses, Figures)
    weights = weights_of([*(part.metric for part in parts), *(LEARNED if learning is not None else ())])
    words = key_of(options.seed, "words")
    seen = known_of(known, other, layout, _lens(lenses, TextLens), options.seed, words)
    held = {} if isinstance(given.columns, list) else _kinds_held(given.columns)
    state = State(
        name, held if columns is None else columns, unnamed, text, options, layout, lenses, (), weights, seen,
        None if learning is None else learning.unseen, given.hashes[half:], given.rows_seen,
        len(given.hashes) - half, given.digest,
    )  # fmt: skip
    scores = dict(scores_of(state, other))
    return replace(state, streams=tuple(streams_of(parts, weights, scores, state.compared_hashes)))


def _lens(lenses: Mapping[str, Lens], kind: type[_Kind]) -> _Kind | None:
    """Return the lens of a kind, if there is one."""
    found = lenses.get(kind.kind)
    return found if isinstance(found, kind) else None


def _halves(rows: Columns | list[str], half: int) -> tuple[Columns | list[str], Columns | list[str]]:
    if isinstance(rows, list):
        return rows[:half], rows[half:]
    places = np.arange(len(rows))
    return rows[places[:half]], rows[places[half:]]


def _kinds_held(rows: Columns) -> dict[str, str]:
    return dict.fromkeys(rows.names, "numbers") | dict.fromkeys(rows.kind_names, "words")


def _fitted(layout: Layout, known: Rows, other: Rows, options: Options) -> Iterator[Lens]:
    """Yield lenses fitted to the half that fits; other: the half that generations are compared with."""
    if known.texts is not None:
        yield TextLens.of(known.texts, options.seed)
    if layout.numbers:
        yield figures_of(known.numbers, options.seed, layout.numbers).beside(other.numbers)
    if layout.word_names:
        yield kinds_of(layout.word_names, known.words, key_of(options.seed, "words"), options.slices)
    if layout.loss is not None:
        yield Losses()


def scores_of(state: State, rows: Rows) -> Iterator[tuple[str, Array]]:
    """Yield scores of all lenses by key."""
    for kind, lens in state.lenses.items():
        yield from lens.scores(rows.of(kind)).items()


def key_of(seed: int, *what: str | int) -> int:
    """Return the key of hashes that belongs to a seed and a purpose."""
    from genloss.streams import stream

    return int(stream(seed, "audit", *what).integers(_KEYS))
