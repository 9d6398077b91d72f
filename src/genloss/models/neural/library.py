"""Where is torch, on which device does it compute, and with how many threads? It is loaded when first asked for."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from genloss.errors import Problem

VERSION = "2.13.0"
"""With which this was made and tested."""
MEND = f"pip install torch=={VERSION}"

_LOCK = threading.Lock()
_INSIDE: list[int] = []


def torch() -> Any:
    """Return torch. Errors: `Problem` where it is not installed, which says how to."""
    try:
        return import_module("torch")
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise Problem("generator", "a network needs torch, which is not installed", MEND) from error


def device() -> str:
    """Name where networks are fitted: "cuda" where there is such a card, else "cpu"."""
    return "cuda" if torch().cuda.is_available() else "cpu"


def made_with() -> dict[str, str]:
    """Say by what the bytes of a fit are settled beside its key: another of these may give other last digits."""
    found = torch()
    where = device()
    card = {"card": str(found.cuda.get_device_name())} if where == "cuda" else {}
    instructions = str(found.backends.cpu.get_cpu_capability())
    return {"torch": str(found.__version__), "device": where, "instructions": instructions, "threads": "1", **card}


@contextmanager
def one_thread() -> Iterator[Any]:
    """Let torch compute in one thread, and return it: two add up in another order, and give other last digits.

    The number is of the whole process: the last that leaves puts back what the first found.
    """
    found = torch()
    with _LOCK:
        _INSIDE.append(found.get_num_threads())
        found.set_num_threads(1)
    try:
        yield found
    finally:
        with _LOCK:
            before = _INSIDE[0]
            _INSIDE.pop()
            if not _INSIDE:
                found.set_num_threads(before)
