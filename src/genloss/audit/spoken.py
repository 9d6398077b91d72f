"""What do texts hold, once nobody can read them any more? Hashes of their words in order, by text, and sentences."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from genloss.audit.hashed_words import word_hashes
from genloss.audit.hashes import Hashes
from genloss.populations.text import words

Array = NDArray[np.float64]
Places = NDArray[np.int64]

_WRAP = re.compile(r"(?<!\n)\n(?!\n)")


@dataclass(frozen=True, eq=False)
class Spoken:
    """Texts as hashes. words (n,): of all texts, one after the other. lengths, sentences (texts,): of each text."""

    words: Hashes
    lengths: Places
    sentences: Places

    @property
    def texts(self) -> Places:
        """Return of which text each word is, from 0, (n,)."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)


def spoken(texts: Sequence[str], key: int) -> Spoken:
    """Read texts: the words of each by the rules of Unicode, as hashes, and how many sentences have a word.

    >>> found = spoken(["One. Two words!", ""], 1)
    >>> found.lengths.tolist(), found.sentences.tolist()
    ([3, 0], [2, 0])
    """
    known: dict[str, int] = {}
    found, sentences = [np.empty(0, dtype=np.uint64)], []
    for text in texts:
        said = words(text)
        new = np.array(sorted({word for word in said if word not in known}), dtype=object)
        known.update(zip(new.tolist(), word_hashes(new, key).tolist(), strict=True))
        found.append(np.fromiter((known[word] for word in said), dtype=np.uint64, count=len(said)))
        sentences.append(_sentences(text))
    lengths = np.array([len(each) for each in found[1:]], dtype=int)
    return Spoken(np.concatenate(found), lengths, np.array(sentences, dtype=int))


def _sentences(text: str) -> int:
    """Count the sentences that hold a letter. A line that ends alone is wrapped, an empty line ends a sentence."""
    from icu4py.breakers import SentenceBreaker

    plain = _WRAP.sub(" ", text.replace("\r\n", "\n")).encode("utf-8", "replace").decode("utf-8")
    return sum(any(map(str.isalpha, sentence)) for sentence in SentenceBreaker(plain, "und"))
