"""WHAT is refitted: the contract that every model keeps, the built-in ones and a user's own alike.

A model fits data and returns a fitted model; a fitted model samples new data. Nothing is hidden: models and fits do not
change, and all randomness comes in through the argument `rng`. A model of your own is two methods:

    class Mine:
        def fit(self, data, weights, rng, *, start=None):   # returns what has sample
            ...

    class MineFitted:
        def sample(self, count, rng, **sampler):            # returns data like those it was fitted to
            ...
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
D = TypeVar("D")
D_co = TypeVar("D_co", covariant=True)

__all__ = [
    "Among",
    "Fitted",
    "HasLogProb",
    "HasNotes",
    "HasState",
    "HasWordLogProb",
    "InGenerations",
    "MadeWith",
    "MayHaveNoEstimate",
    "Model",
    "Note",
    "Predicts",
]


@runtime_checkable
class Fitted(Protocol[D_co]):
    """A fitted model, which makes new data."""

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> D_co:
        """Draw `count` rows.

        sampler: how they are drawn where not as fitted (temperature=0.8, ...), as an emission of the workflow says;
        a model refuses what it does not know.
        """
        ...


@runtime_checkable
class Model(Protocol[D]):
    """A model that can be fitted, generation after generation."""

    def fit(self, data: D, weights: Array | None, rng: np.random.Generator, *, start: Any = None) -> Fitted[D]:
        """Fit data.

        weights: one number >= 0 a row, of mean 1, that multiplies its part of the loss; None: all rows count alike.
        start: an earlier fit to begin from, where the study asks for it; None: from scratch.
        """
        ...


@runtime_checkable
class Predicts(Protocol):
    """A fit that predicts labels."""

    def predict(self, inputs: Array) -> Array:
        """Label inputs (..., rows, features)."""
        ...


@runtime_checkable
class HasLogProb(Protocol):
    """A fit that knows how probable data are."""

    def log_prob(self, data: Any) -> Array:
        """Return the natural logarithm of the probability or density of every row."""
        ...


@runtime_checkable
class HasWordLogProb(Protocol):
    """A fit of texts that knows how probable each of their words is."""

    def word_log_prob(self, texts: Any) -> Sequence[tuple[Sequence[str], Sequence[float]]]:
        """Return of each text its words, the last being its end, "", and log p of each word given those before it.

        The words are those of the model: they may be parts of words, or signs.
        """
        ...


@runtime_checkable
class HasState(Protocol):
    """A fit that can be stored."""

    def state(self) -> Mapping[str, Array]:
        """Return what it holds as plain arrays by name."""
        ...


class Note(NamedTuple):
    """What a fit has to say of itself. what: goes on from the model's name ("did not converge"). mend: a way out."""

    what: str
    mend: str = ""


@runtime_checkable
class HasNotes(Protocol):
    """A fit that has something to say of itself; a chain counts how many fits say the same, and tells it once."""

    @property
    def notes(self) -> tuple[Note, ...]:
        """What it has to say."""
        ...


@runtime_checkable
class InGenerations(Protocol):
    """A model that wants to know which generation it fits."""

    def in_generation(self, generation: int) -> Any:
        """Return the model for a generation."""
        ...


@runtime_checkable
class Among(Protocol):
    """A model that wants to know the real rows that train: which inputs there are to label, and which labels."""

    def among(self, rows: Any) -> Any:
        """Return the model that knows them; none of the rows that judge is among them."""
        ...


@runtime_checkable
class MadeWith(Protocol):
    """A model whose fits are settled by more than key and versions: a device, instructions of a processor, threads."""

    def made_with(self) -> Mapping[str, str]:
        """Say by what, by name; manifests of generations tell it."""
        ...


@runtime_checkable
class MayHaveNoEstimate(Protocol):
    """A fit of many replicates at once, of which some may have no estimate: those keep the last one that there was."""

    @property
    def ended(self) -> NDArray[np.bool_]:
        """Which replicates have no estimate in this generation or an earlier one, (replicates,)."""
        ...

    def after(self, before: Any) -> Any:
        """Return this fit of the replicates that had not ended, put beside the last fits of those that had."""
        ...
