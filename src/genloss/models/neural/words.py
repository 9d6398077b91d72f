"""A language model that reads words: a small transformer that is trained on texts and writes new ones, word by word."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.models.neural.batches import batches
from genloss.models.neural.budget import Budget
from genloss.models.neural.checks import check_count, check_training
from genloss.models.neural.draws import Draws, chunks
from genloss.models.neural.library import made_with, one_thread, torch
from genloss.models.neural.sampling import check_sampler
from genloss.models.neural.training import State, Weights, on_device, trained
from genloss.models.neural.transformer import Cache, initial, logits, picked, states
from genloss.models.neural.vocabulary import END, PAD, Places, Vocabulary

Array = NDArray[np.float64]
_NAME = "a transformer of words"
_STEPS = Budget(steps=250)


@dataclass(frozen=True)
class Transformer:
    """A transformer of words. Rows are texts, words what stands between blanks: set marks apart to have them as words.

    wide, layers, heads: of the network; its output is its embedding. longest: words that a text has at the most; a text
    that has not ended there is cut. vocabulary: the words that it knows; default those of the real rows that train in
    a study, or of the rows of its first fit. unknown: a word that stands for those that it does not know, e.g. "<unk>",
    and is drawn like any other; then words that occur fewer than `least` times are read as it. Without it a text with
    such a word is refused. temperature, top_p: how texts are drawn; the emission of a workflow may set both too, as its
    sampler. budget, batch, rate, decay: how it is trained, by AdamW, the rate falling to 0 in a straight line. clip:
    how long a step's slopes are at the most, without which some fits throw their weights away at this rate; None: as
    long as they are. chunk: texts that are drawn at once. Needs torch.
    """

    wide: int = 64
    layers: int = 2
    heads: int = 4
    longest: int = 64
    vocabulary: tuple[str, ...] = ()
    unknown: str | None = None
    least: int = 2
    temperature: float = 1.0
    top_p: float = 1.0
    budget: Budget = _STEPS
    batch: int = 24
    rate: float = 6e-3
    decay: float = 0.01
    clip: float | None = 1.0
    chunk: int = 500

    def __post_init__(self) -> None:
        object.__setattr__(self, "budget", Budget.of(self.budget))
        object.__setattr__(self, "vocabulary", tuple(self.vocabulary))
        check_training(self.batch, self.rate, self.decay, self.clip)
        for name in ("wide", "layers", "heads", "longest", "least", "chunk"):
            check_count(name, getattr(self, name))
        if self.wide % self.heads:
            found = f"{self.wide} is not a multiple of {self.heads} heads"
            raise Problem("generator.wide", found, f"give wide={self.heads * max(1, self.wide // self.heads)}")
        check_sampler("generator", temperature=self.temperature, top_p=self.top_p)
        _check_words(self.vocabulary, self.unknown)

    def made_with(self) -> dict[str, str]:
        """Say with which torch, device and instructions."""
        return made_with()

    def among(self, rows: Any) -> Transformer:
        """Return the model that knows the words of these real rows, where it was not given its words."""
        return self if self.vocabulary else replace(self, vocabulary=self._words(rows).words)

    def fit(self, data: Any, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> TransformerFit:
        """Fit texts, from random weights or on from an earlier fit."""
        draws, t = Draws.of(rng), torch()
        vocabulary = self._words(data) if start is None else _begun(start, self).vocabulary
        begin = self._drawn(draws, vocabulary) if start is None else start.weights
        rows = vocabulary.read(data)
        lengths, tokens = (rows != PAD).sum(axis=1), on_device(rows)
        steps = self.budget.steps_for(rows=len(rows), batch=self.batch)

        def loss(held: Weights, places: Any, _step: int) -> Any:
            return -_logs(t, held, tokens[places, : lengths[places].max()], self.heads).mean()

        turns = batches(len(rows), self.batch, steps, draws.numpy("batches"), weights)
        found = trained(begin, loss, turns, rate=self.rate, decay=self.decay, falls_over=steps, clip=self.clip)
        return TransformerFit(self, vocabulary, found)

    def from_state(self, state: Mapping[str, NDArray[Any]]) -> TransformerFit:
        """Return the fit whose `state()` this is."""
        weights = {name: array for name, array in state.items() if name != "vocabulary"}
        return TransformerFit(self, self._known(tuple(map(str, state["vocabulary"].tolist()))), weights)

    def _words(self, rows: Any) -> Vocabulary:
        if self.vocabulary:
            return self._known(self.vocabulary)
        return Vocabulary.of(rows, self.longest, self.unknown, self.least)

    def _known(self, words: tuple[str, ...]) -> Vocabulary:
        apart = self.unknown is not None and self.unknown not in words
        return Vocabulary((str(self.unknown), *words) if apart else words, self.longest, self.unknown)

    def _drawn(self, draws: Draws, vocabulary: Vocabulary) -> State:
        sizes = {"size": vocabulary.size, "positions": self.longest + 1, "wide": self.wide, "layers": self.layers}
        return initial(torch(), draws.torch("weights"), **sizes)


@dataclass(frozen=True, eq=False)
class TransformerFit:
    """A fitted transformer of words."""

    model: Transformer
    vocabulary: Vocabulary
    weights: State

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> list[str]:
        """Draw texts. sampler: temperature and top_p, where they are not to be those of the model."""
        model = self.model
        how = check_sampler("sampler", **({"temperature": model.temperature, "top_p": model.top_p} | sampler))
        draws, found = Draws.of(rng), list[str]()
        with one_thread() as t, t.no_grad():
            held = {name: on_device(array) for name, array in self.weights.items()}
            for number, size in chunks(count, model.chunk):
                uniforms = draws.numpy("sample", number).random((model.longest, size))
                found += self.vocabulary.written(_written(t, held, on_device_exactly(t, uniforms, held), model, how))
        return found

    def log_prob(self, texts: Any) -> Array:
        """Return the logarithm of the probability of each text as fitted, whatever the temperature; its end counts."""
        return np.array([sum(logs) for _, logs in self.word_log_prob(texts)], dtype=float)

    def word_log_prob(self, texts: Any) -> list[tuple[list[str], list[float]]]:
        """Return of each text its words, its end as "", and log p of each given those before."""
        named = (END, *self.vocabulary.words)
        return [([named[place] for place in row], logs) for row, logs in self._rows(self.vocabulary.read(texts))]

    def state(self) -> dict[str, Any]:
        """Return all that it holds as plain arrays."""
        return {"vocabulary": np.array(self.vocabulary.words, dtype=str), **self.weights}

    def _rows(self, rows: Places) -> Iterator[tuple[list[int], list[float]]]:
        lengths = (rows != PAD).sum(axis=1)
        with one_thread() as t, t.no_grad():
            held = {name: on_device(array) for name, array in self.weights.items()}
            for number, size in chunks(len(rows), self.model.chunk):
                first = number * self.model.chunk
                mine = rows[first : first + size]
                logs = _logs(t, held, on_device(mine), self.model.heads).double().cpu().numpy()
                ends = np.cumsum(lengths[first : first + size])
                for row, length, end in zip(mine, lengths[first : first + size], ends, strict=True):
                    yield row[:length].tolist(), logs[end - length : end].tolist()


def _logs(t: Any, held: Weights, tokens: Any, heads: int) -> Any:
    """Return the logarithms of the probabilities of all tokens that are no `PAD`, row after row, in one dimension."""
    there = tokens != PAD
    before = t.nn.functional.pad(tokens[:, :-1].clamp(min=0), (1, 0))  # the end stands before the first word
    given = logits(held, states(t, held, before, heads)[there])
    return -t.nn.functional.cross_entropy(given, tokens[there], reduction="none")


def _written(t: Any, held: Weights, uniforms: Any, model: Transformer, how: Mapping[str, Any]) -> Places:
    """Draw texts as places of words, (texts, words), 0 from their ends on. uniforms: (words, texts)."""
    cache: Cache = []
    tokens = t.zeros(uniforms.shape[1], dtype=t.int64, device=uniforms.device)
    going, found = t.ones_like(tokens, dtype=t.bool), []
    for at, uniform in enumerate(uniforms):
        known = states(t, held, tokens[:, None], model.heads, cache, at)[:, 0]
        tokens = picked(t, logits(held, known), uniform, **how) * going
        going = going & (tokens != 0)
        found.append(tokens.cpu().numpy())
        if not going.any():
            break
    return np.stack(found, axis=1)


def on_device_exactly(t: Any, array: Array, held: Weights) -> Any:
    """Return numbers of 64 bits as a tensor where the weights are."""
    return t.tensor(array, device=held["words"].device)


def _begun(start: Any, model: Transformer) -> TransformerFit:
    """Return the fit to begin from; what is none, or has another network or other words, is refused."""
    if not isinstance(start, TransformerFit):
        raise Problem("generator.start", f"{_NAME} cannot begin from this", f"give a fit of {_NAME}")
    for name in ("wide", "layers", "heads", "longest", "unknown"):
        one, other = getattr(start.model, name), getattr(model, name)
        if one != other:
            raise Problem("generator.start", f"the earlier fit has {name}={one!r}, not {other!r}", "give the same")
    if model.vocabulary and start.vocabulary != model._known(model.vocabulary):
        raise Problem("generator.start", "the earlier fit knows other words", "give both the same vocabulary")
    return start


def _check_words(words: tuple[str, ...], unknown: str | None) -> None:
    wrong = next((word for word in words if not isinstance(word, str) or word.split() != [word]), None)
    if wrong is not None:
        raise Problem("generator.vocabulary", f"{wrong!r} is not one word", "give words without blanks")
    if len(set(words)) != len(words):
        raise Problem("generator.vocabulary", "a word stands twice", "give each word once")
    if unknown is not None and (not isinstance(unknown, str) or unknown.split() != [unknown]):
        raise Problem("generator.unknown", f"{unknown!r} is not one word", 'give e.g. "<unk>"')
