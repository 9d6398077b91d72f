"""What else is told of a generation, and decides nothing? Copies, repeats, levels that vanished, vocabularies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from genloss.audit.clusters import Near, near_rows
from genloss.audit.copies import Copies, Repeats, copies, repeats
from genloss.audit.correlations import Pair, changed, correlations
from genloss.audit.hashes import row_hashes
from genloss.audit.levels import Compared, Levels, compared, levels_of, names_of
from genloss.audit.packed import packed, unpacked
from genloss.audit.rows import Layout, Rows
from genloss.audit.vocabulary import Matched, Vocabulary, matched, vocabulary_of
from genloss.audit.wording import TextLens
from genloss.results.plain import parts, plain
from genloss.streams import stream

Array = NDArray[np.float64]
Hashes = NDArray[np.uint64]

_MOST_PAIRS = 5
_NEAR = 10_000  # rows among which neighbors are looked for


@dataclass(frozen=True)
class Beside:
    """What is told of one generation. levels: of columns of words. vocabulary: of texts, beside the real ones.
    pairs: columns of numbers whose correlation changed, surest first."""

    copies: Copies
    repeats: Repeats
    levels: tuple[Compared, ...]
    vocabulary: Matched | None
    pairs: tuple[Pair, ...] = ()

    def said(self, names: Mapping[int, str] | None = None) -> Iterator[str]:
        """Say what is remarkable. names: of levels by hash, for those who may see them."""
        if self.copies.too_many:
            yield f"learned by heart? {self.copies.said()}"
        if self.repeats.too_many:
            yield self.repeats.said()
        for each in self.levels:
            if each.sure:
                yield from each.said(names)
        yield from (pair.said() for pair in self.pairs[:_MOST_PAIRS])
        if len(self.pairs) > _MOST_PAIRS:
            yield f"{len(self.pairs) - _MOST_PAIRS:,} more pairs of columns have another correlation"
        if self.vocabulary is not None:
            told = self.vocabulary
            yield (
                f"among {told.words:,} words of texts {told.made.value:,.0f} ± {told.made.error:,.0f} are different, "
                f"in the real texts {told.real.value:,.0f} ± {told.real.error:,.0f}"
            )


@dataclass(frozen=True, eq=False)
class Known:
    """What is known of the real rows for that. key: of hashes of rows. fitted, compared: hashes of both halves.

    near: rows that are nearer to each other than chance allows, None where that cannot be told.
    correlations (k, k): of ranks of columns of numbers, all real rows.
    """

    key: int
    fitted: Hashes
    compared: Hashes
    levels: tuple[Levels, ...]
    vocabulary: Vocabulary | None
    near: Near | None
    correlations: Array

    def told(self, rows: Rows, layout: Layout, lens: TextLens | None, key: int, alpha: float) -> Beside:
        """Compare a generation. key: of hashes of words."""
        own = _hashes(rows, self.key)
        words = tuple(levels_of(layout.word_names, rows.words, key)) if layout.word_names else ()
        made = vocabulary_of(lens.read(rows.texts)) if lens is not None and rows.texts is not None else None
        told = matched(self.vocabulary, made) if made is not None and self.vocabulary is not None else None
        found = compared(self.levels, words, alpha) if words else []
        real = np.concatenate([self.fitted, self.compared])
        pairs = changed(
            layout.numbers, self.correlations, len(real), correlations(rows.numbers), len(rows.numbers), alpha
        )
        return Beside(copies(own, self.fitted, self.compared), repeats(own, real), tuple(found), told, pairs)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "key": self.key,
            "fitted": packed(self.fitted),
            "compared": packed(self.compared),
            "levels": [each.to_dict() for each in self.levels],
            "vocabulary": None if self.vocabulary is None else self.vocabulary.to_dict(),
            "near": None if self.near is None else plain(self.near, {}),
            "correlations": packed(self.correlations),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        words, near = data["vocabulary"], data["near"]
        return cls(
            int(data["key"]),
            unpacked(data["fitted"]),
            unpacked(data["compared"]),
            tuple(Levels.from_dict(each) for each in data["levels"]),
            None if words is None else Vocabulary.from_dict(words),
            None if near is None else Near(**parts(Near, near, {})),
            unpacked(data["correlations"]),
        )


def known_of(rows: Rows, other: Rows, layout: Layout, lens: TextLens | None, seed: int, key: int) -> Known:
    """Look at the half of real rows that fits, and at the other. key: of hashes of words."""
    secret = int(stream(seed, "audit", "content of rows").integers(2**63))
    words = np.concatenate([rows.words, other.words])
    texts = None if rows.texts is None or other.texts is None else [*rows.texts, *other.texts]
    numbers = np.concatenate([rows.numbers, other.numbers])
    near = near_rows(numbers[:_NEAR], layout.numbers, stream(seed, "audit", "near rows")) if layout.numbers else None
    return Known(
        secret,
        _hashes(rows, secret),
        _hashes(other, secret),
        tuple(levels_of(layout.word_names, words, key)) if layout.word_names else (),
        vocabulary_of(lens.read(texts)) if lens is not None and texts is not None else None,
        near,
        correlations(numbers),
    )


def words_by_hash(rows: Rows, key: int) -> dict[int, str]:
    """Return the words of hashes, for those who may see them."""
    return names_of(rows.words, key) if rows.words.size else {}


def beside_of(data: Mapping[str, Any]) -> Beside:
    """Make it again of plain data."""
    return Beside(**parts(Beside, data, {}))


def _hashes(rows: Rows, key: int) -> Hashes:
    if rows.texts is not None:
        column = np.empty((len(rows.texts), 1), dtype=object)
        column[:, 0] = rows.texts
        return row_hashes(np.empty((len(rows.texts), 0)), column, key)
    return row_hashes(rows.numbers, rows.words, key)
