r"""How many different words do texts use, and how many words of a next text would be new? At one number of words.

The unit is the text: most texts repeat their own rare words, so that words drawn one by one out of many texts are more
various than those of a few texts. So texts are drawn. Of D texts in which f_d words stand in d texts, m texts have

.. math:: K(m) = \sum_d f_d \Big[1 - \binom{D - d}{m} \Big/ \binom{D}{m}\Big]

different words, as a mean over all choices; between whole numbers the binomials are Gamma functions. Vocabularies are
compared at as many words, m times the mean length of a text. The share of words of a next text that are new is that of
words that stand in one text only, u_t of l_t words of text t:

.. math:: U = \sum_t u_t / n, \quad n = \sum_t l_t, \qquad SE^2 = \frac{1}{n^2} \Big[\sum_t (u_t - U l_t)^2 +
          \sum_{w \text{ in two texts}} (a_w^2 + b_w^2)\Big],

a and b how often word w stands in the two. Where each text is one draw these are the formulas of Good (1953) and Esty
(1983), f_1 / n and its error (`unseen`).

Status: K exact; its error from leaving out a tenth of the texts each time; U and its error asymptotic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from genloss.audit.spoken import Spoken

Array = NDArray[np.float64]
Counts = NDArray[np.int64]

GROUPS = 10


@dataclass(frozen=True)
class Estimate:
    """A number with its standard error."""

    value: float
    error: float


def unseen(counts: Counts) -> Estimate:
    """Estimate the probability that a next unit is of a new kind, where each unit is of one. counts: of each kind.

    >>> found = unseen(np.array([1, 1, 2, 6]))
    >>> round(found.value, 2), round(found.error, 3)
    (0.2, 0.19)
    """
    units, once, twice = int(counts.sum()), int((counts == 1).sum()), int((counts == 2).sum())
    if units == 0:
        return Estimate(1.0, 0.0)
    share = once / units
    return Estimate(share, float(np.sqrt(share * (1 - share) / units + 2 * twice / units**2)))


@dataclass(frozen=True)
class Spectrum:
    """How many kinds are in how many units. units: all of them. times, kinds: kinds[i] kinds are in times[i] units."""

    units: int
    times: tuple[int, ...]
    kinds: tuple[int, ...]

    @property
    def different(self) -> int:
        """How many kinds there are."""
        return sum(self.kinds)

    def expected(self, units: float) -> float:
        """How many kinds are expected in so many of the units.

        >>> round(spectrum_of(np.array([2, 1]), 3).expected(2), 4)  # of a, a, b: both in two pairs of three
        1.6667
        """
        times, kinds = np.array(self.times, dtype=float), np.array(self.kinds)
        there = self.units - times >= units
        left = self.units - times[there]
        logs = gammaln(left + 1) - gammaln(left - units + 1)
        none = np.exp(logs - gammaln(self.units + 1) + gammaln(self.units - units + 1))
        return float(kinds.sum() - kinds[there] @ none)

    def to_list(self) -> list[Any]:
        """Return plain data."""
        return [self.units, list(self.times), list(self.kinds)]

    @classmethod
    def from_list(cls, data: Any) -> Self:
        """Make it again."""
        return cls(int(data[0]), tuple(data[1]), tuple(data[2]))


def spectrum_of(counts: Counts, units: int) -> Spectrum:
    """Count how many kinds are in how many units; those in none do not count."""
    times, kinds = np.unique(counts[counts > 0], return_counts=True)
    return Spectrum(units, tuple(times.tolist()), tuple(kinds.tolist()))


@dataclass(frozen=True)
class Vocabulary:
    """Words of texts, without the words. words: how many were said. new: share of new ones in a next text.

    whole: in how many texts words stand. without: the same, and how many words were said, if a tenth of the texts is
    left out, each in turn.
    """

    words: int
    new: Estimate
    whole: Spectrum
    without: tuple[tuple[int, Spectrum], ...]

    @property
    def different(self) -> int:
        """How many different words there are."""
        return self.whole.different

    @property
    def most_matched(self) -> int:
        """Up to how many words `at` knows an error: half of all, or what is left without some texts."""
        return min(self.words // 2, *(words for words, _ in self.without)) if self.without else 0

    def at(self, words: int) -> Estimate:
        """Estimate how many different words are in texts of so many words, at most `most_matched` of them."""
        found = np.array([_different(spectrum, all_words, words) for all_words, spectrum in self.without])
        spread = ((found - found.mean()) ** 2).sum() * (len(found) - 1) / len(found)
        return Estimate(_different(self.whole, self.words, words), float(np.sqrt(spread)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        without = [[words, spectrum.to_list()] for words, spectrum in self.without]
        new = [self.new.value, self.new.error]
        return {"words": self.words, "new": new, "whole": self.whole.to_list(), "without": without}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Self:
        """Make it again."""
        without = tuple((int(words), Spectrum.from_list(each)) for words, each in data["without"])
        return cls(int(data["words"]), Estimate(*data["new"]), Spectrum.from_list(data["whole"]), without)


def _different(spectrum: Spectrum, all_words: int, words: int) -> float:
    return spectrum.expected(words * spectrum.units / all_words)


def vocabulary_of(texts: Spoken) -> Vocabulary:
    """Count words of texts in random order."""
    many = len(texts.lengths)
    hashes, place = np.unique(texts.words, return_inverse=True)
    kinds = len(hashes)
    said, times = np.unique(texts.texts * max(kinds, 1) + place, return_counts=True)
    text, word = np.divmod(said, max(kinds, 1))
    in_texts = np.bincount(word, minlength=kinds)
    groups = min(GROUPS, many)
    by_group = np.zeros((max(groups, 1), kinds), dtype=np.int64)
    np.add.at(by_group, (text % max(groups, 1), word), 1)
    lengths = np.bincount(np.arange(many) % max(groups, 1), weights=texts.lengths, minlength=groups).astype(int)
    sizes = np.bincount(np.arange(many) % max(groups, 1), minlength=groups)
    without = tuple(
        (int(len(texts.words) - length), spectrum_of(in_texts - group, int(many - size)))
        for length, size, group in zip(lengths, sizes, by_group, strict=True)
        if groups > 1
    )
    return Vocabulary(
        len(texts.words), _new(texts.lengths, text, times, in_texts[word]), spectrum_of(in_texts, many), without
    )


def _new(lengths: Counts, text: Counts, times: Counts, in_texts: Counts) -> Estimate:
    """Estimate the share of new words. text, times, in_texts: of each word of each text."""
    words = int(lengths.sum())
    if words == 0:
        return Estimate(1.0, 0.0)
    alone = np.bincount(text, weights=times * (in_texts == 1), minlength=len(lengths))
    share = float(alone.sum()) / words
    spread = float(((alone - share * lengths) ** 2).sum() + (times[in_texts == 2].astype(float) ** 2).sum())
    return Estimate(share, float(np.sqrt(spread)) / words)


@dataclass(frozen=True)
class Matched:
    """Different words among as many. words: how many. ratio: of those made to the real ones."""

    words: int
    real: Estimate
    made: Estimate
    ratio: Estimate


def matched(real: Vocabulary, made: Vocabulary) -> Matched | None:
    """Compare vocabularies at half the words of the smaller; None where there are too few texts to match."""
    words = min(real.most_matched, made.most_matched)
    if words < 2:
        return None
    ours, theirs = real.at(words), made.at(words)
    ratio = theirs.value / ours.value
    error = ratio * float(np.hypot(ours.error / ours.value, theirs.error / theirs.value))
    return Matched(words, ours, theirs, Estimate(ratio, error))
