"""How does work reach another machine? Objects that all of it holds go there once, and the rest names them."""

from __future__ import annotations

import io
import pickle
from collections.abc import Sequence
from typing import Any

import cloudpickle

from genloss.errors import Problem


class _Writer(cloudpickle.Pickler):  # type: ignore[misc]
    def __init__(self, file: io.BytesIO, shared: Sequence[object]) -> None:
        super().__init__(file)
        self._places = {id(each): place for place, each in enumerate(shared)}

    def persistent_id(self, each: object) -> int | None:
        """Name what is sent already by its place."""
        return self._places.get(id(each))


class _Reader(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, shared: Sequence[object]) -> None:
        super().__init__(file)
        self._shared = shared

    def persistent_load(self, place: Any) -> object:
        """Return what was sent before."""
        return self._shared[place]


def written(value: object, shared: Sequence[object] = ()) -> bytes:
    """Return a value as bytes. shared: objects in it that the reader has already. Errors: `Problem`."""
    file = io.BytesIO()
    try:
        _Writer(file, shared).dump(value)
    except Problem:
        raise
    except (pickle.PicklingError, TypeError, AttributeError, RecursionError, ValueError) as error:
        found = f"what the study holds cannot be sent to other machines: {type(error).__name__}: {error}"
        mend = "give a model that cloudpickle can write: no open files, locks or connections; or work without scheduler"
        raise Problem("scheduler", found, mend) from error
    return file.getvalue()


def read(content: bytes, shared: Sequence[object] = ()) -> Any:
    """Return what was written; it comes from the one who gave the work, and may execute whatever that one wanted."""
    return _Reader(io.BytesIO(content), shared).load()
