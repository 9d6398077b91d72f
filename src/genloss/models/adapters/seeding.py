"""How are libraries given the chain's own random numbers that draw from a state of the whole process?"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np

_LOCK = threading.RLock()
_STATES = 2**32 - 1


@contextmanager
def seeded(rng: np.random.Generator) -> Iterator[int]:
    """Set the states of `random`, `numpy.random` and, where it is loaded, torch; put them back at the end.

    One thread at a time is let in. Returns a whole number more, for what takes one.

    >>> with seeded(np.random.default_rng(0)):
    ...     one = random.random()
    >>> with seeded(np.random.default_rng(0)):
    ...     one == random.random()
    True
    """
    words = [int(word) for word in rng.integers(_STATES, size=2)]
    torch = sys.modules.get("torch")
    with _LOCK:
        plain, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
        kept = torch.get_rng_state() if torch is not None else None
        random.seed(words[0])
        np.random.seed(words[0])  # noqa: NPY002
        if torch is not None:
            torch.manual_seed(words[0])
        try:
            yield words[1] >> 1
        finally:
            random.setstate(plain)
            np.random.set_state(legacy)  # noqa: NPY002
            if torch is not None:
                torch.set_rng_state(kept)
