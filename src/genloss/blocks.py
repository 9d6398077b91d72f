"""How are several blocks of replicates drawn side by side, so that the numbers are those of one block after the other?

Random numbers are keyed by block of replicates. Where a chain of small models is simulated block by block, most of the
time goes into calls, not into arithmetic; so arrays hold the replicates of many blocks along their first axis, and
each block's part of a draw comes from the block's own generator. Whatever is computed replicate by replicate has the
same bytes then, however many blocks are side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from genloss.block_draws import drawn_at_once
from genloss.errors import impossible

Streams = Callable[..., np.random.Generator]
"""Random generator by batch: streams("generator", g) and streams("predictor"), plus a word for the quantity."""


_WIDEST = 100
_HELD = 4_000_000
"""Numbers, 32 MB: more of them are no faster, and a run that is stopped loses what is at work."""


@dataclass(frozen=True, slots=True)
class Draws:
    """The replicates that an engine is asked for, and their random numbers.

    streams: by words and numbers; every generator draws for `drawn` replicates along the first axis. drawn: of whole
    blocks. replicates: how many of them are asked for, from the first on; this number changes no draw.
    """

    streams: Streams
    drawn: int
    replicates: int


def draws_of(stream: Callable[..., np.random.Generator], blocks: range, size: int, replicates: int) -> Draws:
    """Return the draws of blocks side by side; arguments as `side_by_side` and `Draws` take them."""
    return Draws(side_by_side(stream, blocks, size), size * len(blocks), replicates)


def side_by_side(stream: Callable[..., np.random.Generator], blocks: Sequence[int], size: int) -> Streams:
    """Return streams of several blocks.

    stream: returns the generator of a block for a key: stream(block, *key). size: replicates of a block.

    >>> from genloss.streams import stream
    >>> def keyed(block, *key):
    ...     return stream(7, "draw", block, *key)
    >>> both = side_by_side(keyed, range(2), 10)("chain").standard_normal((20, 3))
    >>> bool((both[10:] == keyed(1, "chain").standard_normal((10, 3))).all())
    True
    """

    def streams(*key: str | int) -> np.random.Generator:
        generators = [stream(block, *key) for block in blocks]
        return generators[0] if len(generators) == 1 else cast(np.random.Generator, SideBySide(tuple(generators), size))

    return streams


@dataclass(frozen=True, slots=True)
class SideBySide:
    """A random generator of several blocks; it draws as numpy's does, where the first axis is that of replicates.

    size: replicates of a block. Arguments that have an axis of replicates are cut by block, others are given to all.
    """

    generators: tuple[np.random.Generator, ...]
    size: int

    @property
    def replicates(self) -> int:
        """Of all blocks."""
        return len(self.generators) * self.size

    def standard_normal(self, size: Any) -> NDArray[np.float64]:
        """Normal numbers of mean 0 and variance 1."""
        return self._filled("standard_normal", size)

    def random(self, size: Any) -> NDArray[np.float64]:
        """Numbers from 0 to 1, all alike."""
        return self._filled("random", size)

    def standard_exponential(self, size: Any) -> NDArray[np.float64]:
        """Exponential numbers of mean 1."""
        return self._filled("standard_exponential", size)

    def standard_gamma(self, shape: ArrayLike, size: Any = None) -> NDArray[np.float64]:
        """Gamma numbers of scale 1."""
        return self._each("standard_gamma", (shape,), size)

    def gamma(self, shape: ArrayLike, scale: ArrayLike = 1.0, size: Any = None) -> NDArray[np.float64]:
        """Gamma numbers."""
        return self._each("gamma", (shape, scale), size)

    def chisquare(self, df: ArrayLike, size: Any = None) -> NDArray[np.float64]:
        """Sums of so many squared normal numbers."""
        return self._each("chisquare", (df,), size)

    def poisson(self, lam: ArrayLike, size: Any = None) -> NDArray[Any]:
        """Poisson numbers."""
        return self._each("poisson", (lam,), size)

    def binomial(self, n: ArrayLike, p: ArrayLike, size: Any = None) -> NDArray[Any]:
        """Binomial numbers."""
        return self._each("binomial", (n, p), size)

    def choice(self, a: int, *, size: Any, p: Any = None) -> NDArray[Any]:
        """Whole numbers below a, with chances that are the same for all replicates."""
        shape = _shape(size)
        self._refuse_other(shape)
        return np.concatenate([each.choice(a, size=(self.size, *shape[1:]), p=p) for each in self.generators])

    def integers(self, low: Any, high: Any = None, *, size: Any) -> NDArray[Any]:
        """Whole numbers, all alike."""
        shape = _shape(size)
        self._refuse_other(shape)
        return np.concatenate([each.integers(low, high, size=(self.size, *shape[1:])) for each in self.generators])

    def multinomial(self, n: ArrayLike, pvals: ArrayLike, size: Any = None) -> NDArray[Any]:
        """Counts of categories, along the last axis. pvals: of one axis for all, or with an axis of replicates."""
        chances, trials = np.asarray(pvals), np.asarray(n)
        shape = np.broadcast_shapes(trials.shape, chances.shape[:-1]) if size is None else _shape(size)
        self._refuse_other(shape)
        return np.concatenate(
            [
                each.multinomial(
                    _cut(trials, len(shape), at), _cut(chances, len(shape) + 1, at), size=(self.size, *shape[1:])
                )
                for at, each in self.apart()
            ]
        )

    def apart(self) -> Iterator[tuple[slice, np.random.Generator]]:
        """Return the places of every block's replicates, and its generator."""
        for number, generator in enumerate(self.generators):
            yield slice(number * self.size, (number + 1) * self.size), generator

    def _filled(self, name: str, size: Any) -> NDArray[np.float64]:
        shape = _shape(size)
        self._refuse_other(shape)
        drawn = np.empty(shape)
        for at, generator in self.apart():
            getattr(generator, name)(out=drawn[at])
        return drawn

    def _each(self, name: str, arguments: tuple[ArrayLike, ...], size: Any) -> NDArray[Any]:
        given = [np.asarray(each) for each in arguments]
        shape = np.broadcast_shapes(*(each.shape for each in given)) if size is None else _shape(size)
        self._refuse_other(shape)
        drawn = drawn_at_once(name, self.generators, given, tuple(shape))
        if drawn is not None:
            return drawn
        axes, rest = len(shape), (self.size, *shape[1:])
        return np.concatenate(
            [
                getattr(generator, name)(*(_cut(each, axes, at) for each in given), size=rest)
                for at, generator in self.apart()
            ]
        )

    def _refuse_other(self, shape: Sequence[int]) -> None:
        if not shape or shape[0] != self.replicates:
            impossible(f"{self.replicates} replicates draw numbers of shape {tuple(shape)}")


def width(numbers: float) -> int:
    """Return how many blocks are drawn side by side, if so many numbers of each are held at once."""
    return int(max(1, min(_WIDEST, _HELD // max(1.0, numbers))))


def apart(rng: np.random.Generator, replicates: int) -> Iterator[tuple[slice, np.random.Generator]]:
    """Return the places of each block's replicates, and its generator; of one block all places.

    For what is not drawn alike in all replicates: how many numbers a block draws must hang on its own replicates alone.
    """
    blocks: Any = rng
    yield from blocks.apart() if isinstance(blocks, SideBySide) else [(slice(0, replicates), rng)]


def _shape(size: Any) -> tuple[int, ...]:
    return (int(size),) if isinstance(size, int | np.integer) else tuple(size)


def _cut(given: NDArray[Any], axes: int, at: slice) -> NDArray[Any]:
    """Return the part of an argument that is some replicates'; one without an axis of replicates is whole."""
    return given[at] if given.ndim == axes and given.shape[0] != 1 else given
