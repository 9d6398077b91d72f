"""Which text does a study read, and how is it split into what is trained on and what judges?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem
from genloss.ordinary import ordinary
from genloss.populations import DATASETS, Places
from genloss.populations.catalog import load
from genloss.populations.forms import Words, bytes_hash
from genloss.populations.text import words
from genloss.study.spec.files import first_path, same_hash


@dataclass(frozen=True, eq=False)
class Text:
    """Word ids in order: the part that is trained on, and the end that is held out; and how many words there are."""

    real: NDArray[np.int64]
    held_out: NDArray[np.int64]
    vocabulary: int


def text_hash(population: Mapping[str, Any], at: Callable[[str], str], places: Places) -> str:
    """Return the SHA-256 of the text, and refuse one that the study was not made for."""
    known = DATASETS.get(population["kind"])
    found = known.sha256 if known is not None and known.sha256 else _read(population, places)[1]
    same_hash(population["sha256"], found, at("sha256"), "a text")
    return found


def text_of(population: Mapping[str, Any], places: Places) -> Text:
    """Read and split the text of a study."""
    return _split(population["kind"], population.get("file"), population["held_out"], population["sha256"], places)


@lru_cache(maxsize=4)
def _split(kind: str, file: str | None, held_out: float, sha256: str | None, places: Places) -> Text:
    read, found = _read({"kind": kind, "file": file}, places)
    same_hash(sha256, found, f"population.sha256 of {file or kind}", "a text")
    known, ids = np.unique(np.array(read), return_inverse=True)
    cut = ids.size - round(held_out * ids.size)
    if not 0 < cut < ids.size:
        raise Problem("population.held_out", f"{held_out:g} of {ids.size:,} words", "give a longer text")
    return Text(ids[:cut].astype(np.int64), ids[cut:].astype(np.int64), known.size)


def _read(population: Mapping[str, Any], places: Places) -> tuple[tuple[str, ...], str]:
    """Words in order, and the hash of what was read."""
    if population["kind"] in DATASETS:
        loaded = load(population["kind"], places)
        if not isinstance(loaded.data, Words):
            raise TypeError(f"{loaded.where} is not a text")
        return loaded.data.tokens, loaded.sha256
    path = first_path(population["file"], places)
    try:
        content = ordinary(path, f"population.file: {path}").read_bytes()
        found = words(content.decode("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"population.file: {path}", f"no text that can be read ({error})", "give a UTF-8 file") from error
    if len(found) < 100:
        raise Problem(f"population.file: {path}", f"{len(found)} words", "give a text of 100 words or more")
    return found, bytes_hash(content)
