"""From where do a network's random numbers come? From the rng that the chain gives, a generator for each purpose.

All are drawn on the processor, whatever device computes, so that a graphics card is given the same numbers. For a
library that draws from states of the whole process there is `genloss.models.adapters.seeding.seeded`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloss.models.neural.library import torch
from genloss.streams import stream

_KEYS = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Draws:
    """Generators by purpose: initial weights, minibatches, samples. One that is asked twice begins anew.

    >>> draws = Draws.of(np.random.default_rng(0))
    >>> bool(draws.numpy("batches").random() == draws.numpy("batches").random())
    True
    """

    key: int

    @classmethod
    def of(cls, rng: np.random.Generator) -> Draws:
        """Take one number from rng, to which all purposes are keyed: none changes the numbers of another."""
        return cls(int(rng.integers(_KEYS)))

    def numpy(self, *purpose: str | int) -> np.random.Generator:
        """Return numpy's generator for a purpose, e.g. numpy("batches")."""
        return stream(self.key, *purpose)

    def torch(self, *purpose: str | int) -> Any:
        """Return a torch.Generator of the processor for a purpose, e.g. torch("weights") or torch("sample", 3)."""
        made = torch().Generator(device="cpu")
        made.manual_seed(int(self.numpy(*purpose).integers(_KEYS)))
        return made


def chunks(count: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield number and rows of the chunks in which `count` rows are drawn.

    How many rows are drawn together changes their last digits and their random numbers: so the size is a setting of
    the model, and each chunk has a purpose of its own, torch("sample", number).

    >>> list(chunks(250, 100))
    [(0, 100), (1, 100), (2, 50)]
    """
    for number, begin in enumerate(range(0, count, size)):
        yield number, min(size, count - begin)
