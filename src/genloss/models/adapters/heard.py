"""Which warnings did a library give while it fitted? They are heard by the thread that fits, and shown to no one.

Python's own `catch_warnings` is of the whole process: two threads that enter and leave it in turn leave the filters of
one another behind. Here the first that enters sets it, the last that leaves takes it back, and what is warned goes to
the list of the thread that warned.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_LOCK = threading.Lock()
_ENTERED: dict[int, list[tuple[tuple[type[Warning], ...], list[str]]]] = {}
_HELD: list[Any] = []


@contextmanager
def heard(*kinds: type[Warning]) -> Iterator[list[str]]:
    """Collect what this thread is warned of, of these kinds; it is not shown. Other warnings go where they did.

    >>> with heard(UserWarning) as told:
    ...     warnings.warn("on fire", UserWarning)
    >>> told
    ['on fire']
    """
    told: list[str] = []
    mine = threading.get_ident()
    with _LOCK:
        if not _HELD:
            _HELD.append(_listening())
        _ENTERED.setdefault(mine, []).append((kinds, told))
        for kind in kinds:
            warnings.filterwarnings("always", category=kind)
    try:
        yield told
    finally:
        with _LOCK:
            _ENTERED[mine].pop()
            if not _ENTERED[mine]:
                del _ENTERED[mine]
            if not _ENTERED:
                _HELD.pop().__exit__(None, None, None)


def _listening() -> Any:
    """Have warnings brought to the lists of their threads; return what takes it back."""
    held = warnings.catch_warnings()
    held.__enter__()
    before = warnings.showwarning

    def show(message: Any, category: type[Warning], *where: Any, **more: Any) -> None:
        for kinds, told in reversed(_ENTERED.get(threading.get_ident(), [])):
            if issubclass(category, kinds):
                told.append(str(message))
                return
        before(message, category, *where, **more)

    warnings.showwarning = show
    return held
