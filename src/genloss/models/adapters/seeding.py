"""How are libraries given the chain's own random numbers that draw from a state of the whole process?"""

from __future__ import annotations

import random
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

_LOCK = threading.RLock()
_STATES = 2**32 - 1


@contextmanager
def states_kept() -> Iterator[None]:
    """Put the states of `random`, `numpy.random` and, where it is loaded, torch back at the end."""
    torch = sys.modules.get("torch")
    plain, legacy = random.getstate(), np.random.get_state()  # noqa: NPY002
    kept = torch.get_rng_state() if torch is not None else None
    try:
        yield
    finally:
        random.setstate(plain)
        np.random.set_state(legacy)  # noqa: NPY002
        if torch is not None:
            torch.set_rng_state(kept)


def global_states() -> dict[str, str]:
    """Return the states of random numbers that all of a program share, by the library."""
    found = {"numpy.random": repr(_told(np.random.get_state())), "random": repr(random.getstate())}  # noqa: NPY002
    torch = sys.modules.get("torch")
    return found if torch is None else found | {"torch": repr(torch.get_rng_state().tolist())}


def states_changed(before: dict[str, str]) -> list[str]:
    """Return whose states are others than those of `global_states` before: something drew from them, or seeded them."""
    return [name for name, state in global_states().items() if state != before.get(name)]


def _told(state: Any) -> list[Any]:
    return [part.tolist() if isinstance(part, np.ndarray) else part for part in state]


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
    with _LOCK, states_kept():
        random.seed(words[0])
        np.random.seed(words[0])  # noqa: NPY002
        if torch is not None:
            torch.manual_seed(words[0])
        yield words[1] >> 1
