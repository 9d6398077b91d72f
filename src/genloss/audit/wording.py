"""How are texts looked at? By how rare, how various and how surprising their words are, and how long they are.

The unit is the text: words of one text depend on each other. Where texts are short, 8 or 32 of them, in the random
order in which they come, are measured together. What is compared is measured at one number of words, whatever the
lengths: in windows of so many words.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from genloss.audit.hashes import Hashes
from genloss.audit.lens import DIFFERENCE, EITHER, HIGHER, LOSS, LOWER, RATIO, SHIFT, Lens, Part
from genloss.audit.spoken import Spoken, spoken
from genloss.audit.tongue import Tongue, joined, tongue_of
from genloss.errors import Problem
from genloss.streams import stream

Array = NDArray[np.float64]
Places = NDArray[np.int64]

WEIGHTS: Mapping[str, float] = {
    "rare words": 0.20, "rare words gained": 0.05,
    "different words": 0.20, "different words gained": 0.05,
    "different word pairs": 0.15, "different word pairs gained": 0.05,
    "surprise by word": 0.08, "surprise by word gained": 0.04,
    "surprise by word pair": 0.08, "surprise by word pair gained": 0.04,
    "length": 0.03, "sentence length": 0.03,
}  # fmt: skip
"""Of every metric of an audit of texts alone; they add up to 1."""
NAMES: Mapping[str, str] = {
    "rare words": "words that are rare in real texts",
    "different words": "different words among as many",
    "different word pairs": "different pairs of words among as many",
    "surprise by word": "perplexity of words",
    "surprise by word pair": "perplexity of words after the one before",
    "length": "words of a text",
    "sentence length": "words of a sentence",
}
"""What is measured, by metric (those gained as those lost), as a sentence calls it."""
UNITS: Mapping[str, str] = {"rare words": "share of words that are rare in real texts, difference"}
"""What an axis is called where the effect is a difference; else it is a ratio to the real texts."""
TOLERANCE: Mapping[str, float] = {"rare words": 0.02, "different words": 0.05, "different word pairs": 0.05}
"""Of a loss that does not matter: points of the share of rare words; shares of different words and pairs."""
RARE = {"10%": 0.10, "1%": 0.01, "not seen": 0.0}
"""The rarest words: shares of all words of the half that is fitted; those that it has not are in each of them."""
WINDOW, LEAST_WINDOW = 200, 8
_TOGETHER = ((1, 100.0), (8, 12.5), (32, 0.0))  # texts that are measured together, and the mean length from which on


@dataclass(frozen=True, eq=False)
class TextLens(Lens):
    """Looks at texts, beside counts of words of half of the real ones.

    seed: of the key of hashes. together: texts of a block. window: words among which different ones are counted.
    """

    kind: ClassVar[str] = "texts"

    seed: int
    texts: int
    together: int
    window: int
    tongue: Tongue

    @classmethod
    def of(cls, documents: Sequence[str], seed: int) -> Self:
        """Fit it to half of the real texts. Errors: `Problem` where hardly a word is in them."""
        read = spoken(documents, _key(seed))
        mean = len(read.words) / max(len(documents), 1)
        if len(np.unique(read.words)) < 2:
            found = f"texts, {len(documents):,} of which have fewer than two different words together"
            raise Problem("real", found, "give texts of words, one a document")
        together = next(many for many, least in _TOGETHER if mean >= least)
        sizes = np.bincount(read.texts // together, minlength=1)[: len(documents) // together or 1]
        window = int(np.clip(np.quantile(sizes, 0.2), LEAST_WINDOW, WINDOW))
        return cls(seed, len(documents), together, window, tongue_of(read))

    def parts(self) -> Iterator[Part]:
        """Yield what is looked at: fewer rare or different words, and less surprise, are losses; more are shifts."""
        each = 1 / len(RARE)
        for name in RARE:
            yield Part("rare words", name, LOSS, each, f"rare {name}", LOWER, unit=DIFFERENCE)
            yield Part("rare words gained", name, SHIFT, each, f"rare {name}", HIGHER, unit=DIFFERENCE)
        for metric in ("different words", "different word pairs", "surprise by word", "surprise by word pair"):
            yield Part(metric, "", LOSS, 1.0, metric, LOWER, unit=RATIO)
            yield Part(f"{metric} gained", "", SHIFT, 1.0, metric, HIGHER, unit=RATIO)
        for metric in ("length", "sentence length"):
            yield Part(metric, "", SHIFT, 1.0, metric, EITHER, unit=RATIO)

    def scores(self, rows: Sequence[str]) -> dict[str, Array]:
        """Return scores of texts in random order, by key; blocks without words, or a window of them, have none."""
        return self.scored(self.read(rows))

    def read(self, rows: Sequence[str]) -> Spoken:
        """Return texts as hashes: what `scored` and `vocabulary_of` take, so that texts are read once."""
        return spoken(rows, _key(self.seed))

    def scored(self, read: Spoken) -> dict[str, Array]:
        """Return scores of texts that were read."""
        blocks = len(read.lengths) // self.together
        block = read.texts // self.together
        whole = Blocks(read.words[block < blocks], block[block < blocks], blocks)
        first, second, of_pair = whole.pairs(read.texts[block < blocks])
        rarity = self.tongue.rarity(whole.words)
        found = {f"rare {name}": whole.mean((rarity <= share).astype(float)) for name, share in RARE.items()}
        found |= {
            "different words": whole.variety(self.window, pairs=False),
            "different word pairs": whole.variety(self.window, pairs=True),
            "surprise by word": whole.mean(self.tongue.log_losses(whole.words)),
            "surprise by word pair": _means(self.tongue.pair_log_losses(first, second), of_pair, blocks),
        }
        return found | _lengths(read)

    def size_said(self) -> str:
        """Say what is kept of texts, and how large it is."""
        arrays = (each.nbytes for each in vars(self.tongue).values() if isinstance(each, np.ndarray))
        size = sum(arrays) * 4 / 3 / 1e6  # base64
        words, pairs = len(self.tongue.words), len(self.tongue.pairs)
        return f"counts of {words:,} words and {pairs:,} pairs of words as keyed hashes, {size:.1f} MB"

    def to_dict(self) -> dict[str, Any]:
        """Return what it keeps: counts by hash, and no word."""
        kept = {"seed": self.seed, "texts": self.texts, "together": self.together, "window": self.window}
        return kept | {"tongue": self.tongue.to_dict()}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again of what it kept."""
        seed, texts, together, window = (int(data[name]) for name in ("seed", "texts", "together", "window"))
        return cls(seed, texts, together, window, Tongue.from_dict(data["tongue"]))


@dataclass(frozen=True, eq=False)
class Blocks:
    """Words of blocks of texts, one block after the other. block (n,): of each word. count: blocks, also empty ones."""

    words: Hashes
    block: Places
    count: int

    def mean(self, values: Array) -> Array:
        """Return the mean of a number of each word, by block."""
        return _means(values, self.block, self.count)

    def pairs(self, texts: Places) -> tuple[Hashes, Hashes, Places]:
        """Return first and second words of neighbors in one text, and the block of each pair."""
        within = texts[1:] == texts[:-1]
        return self.words[:-1][within], self.words[1:][within], self.block[1:][within]

    def variety(self, window: int, *, pairs: bool) -> Array:
        """Return the log of the mean share of different words, or pairs, in windows of so many words, by block.

        Blocks with fewer words than a window have no score. Pairs are of neighbors within a window.
        """
        begins = np.searchsorted(self.block, np.arange(self.count))
        sizes = np.bincount(self.block, minlength=self.count)
        within = np.arange(len(self.words)) - begins[self.block]
        used = within < (sizes // window * window)[self.block]
        words, windows = self.words[used].reshape(-1, window), self.block[used][::window]
        things = joined(words[:, :-1], words[:, 1:]) if pairs else words
        ordered = np.sort(things, axis=1)
        different = 1 + (ordered[:, 1:] != ordered[:, :-1]).sum(axis=1)
        return np.asarray(np.log(_means(different / things.shape[1], windows, self.count)))


def _key(seed: int) -> int:
    return int(stream(seed, "audit", "words of texts").integers(2**63))


def _means(values: Array, of: Places, count: int) -> Array:
    """Return means by block, without blocks that have no value."""
    many = np.bincount(of, minlength=count)
    sums = np.bincount(of, weights=values, minlength=count)
    return np.asarray(sums[many > 0] / many[many > 0])


def _lengths(read: Spoken) -> dict[str, Array]:
    """Return logarithms of the lengths of texts, and of the mean lengths of their sentences, in words."""
    spoken_at_all = read.sentences > 0
    sentences = read.lengths[spoken_at_all] / read.sentences[spoken_at_all]
    return {"length": np.log(read.lengths + 0.5), "sentence length": np.log(np.maximum(sentences, 0.5))}
