"""What becomes of a cell that fails? It is told and kept for whoever mends it, and the others are computed."""

from __future__ import annotations

import json
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Generic, TypeVar

import numpy as np

from genloss.errors import Problem
from genloss.results.cells import Store
from genloss.results.files import NotWritten, names_in, read_regular, remove_files, write_atomically
from genloss.results.summary import FAILED
from genloss.study.spec.grid import Cell

R = TypeVar("R")
T = TypeVar("T")
W = TypeVar("W")

FOLDER = "failed"
"""The folder beside a store's cells that has a file for each cell that failed, until it is computed."""
_MOST_BYTES = 1 << 24


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a cell could not be computed. traceback: for the one who mends it, "" where the problem says all.

    bug: whether nobody foresaw it.
    """

    problem: Problem
    traceback: str = ""
    bug: bool = False

    def error(self) -> Exception:
        """Return what ends a run in which nothing else came out."""
        return Unexpected(self.traceback) if self.bug else self.problem


class Unexpected(Exception):
    """An error that nobody foresaw, in the words of its traceback. It may have come from another process."""


@dataclass(frozen=True, slots=True)
class Tried(Generic[R]):
    """What came of items one by one: of each a result, or why it failed, by their places."""

    made: dict[int, R] = field(default_factory=dict)
    failed: dict[int, Failure] = field(default_factory=dict)


def tried(items: Sequence[T], together: Callable[[], W], alone: Callable[[T], R]) -> W | Tried[R]:
    """Compute items together, or one by one where that fails, so that those alone fail that cannot be computed.

    Errors: what a place does not take (a disk that is full) ends the work: no cell is at fault.
    """
    try:
        return together()
    except NotWritten:
        raise
    except Exception as error:  # whatever it is, the others are computed
        if len(items) == 1:
            return Tried(failed={0: failure_of(error)})
    return one_by_one(items, alone)


def one_by_one(items: Sequence[T], alone: Callable[[T], R]) -> Tried[R]:
    """Compute items, with the errors of `tried`."""
    found: Tried[R] = Tried()
    for place, item in enumerate(items):
        try:
            found.made[place] = alone(item)
        except NotWritten:
            raise
        except Exception as error:
            found.failed[place] = failure_of(error)
    return found


def failure_of(error: Exception) -> Failure:
    """Say what an error is to the one who asked for the cell."""
    if isinstance(error, Problem):
        return Failure(error)
    told = "".join(traceback.format_exception(error))
    said = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    if isinstance(error, MemoryError):
        mend = "give fewer rows, features, generations or replicates, or fewer workers"
        return Failure(Problem("memory", f"there is not enough of it here: {str(error) or 'none is left'}", mend), told)
    if isinstance(error, np.linalg.LinAlgError | FloatingPointError):
        mend = "choose other sizes, a larger penalty or more noise; if they can be computed, report it"
        return Failure(Problem("numbers", f"they cannot be computed: {said}", mend), told)
    return Failure(Problem("genloss", f"a bug in genloss, not in your request: {said}", "report it"), told, bug=True)


def line_of(what: str, failure: Failure, kept: str = "") -> str:
    """Say which cell failed, why, and what to do. kept: the file with all of it."""
    problem, file = failure.problem, f"; {'its traceback is' if failure.traceback else 'kept'} in {kept}"
    return f"{FAILED}{what}: {problem.where}: {problem.found} (mend: {problem.mend}{file if kept else ''})"


def keep(store: Store, name: str, cell: Cell, what: str, failure: Failure) -> str:
    """Write down what failed beside the cells; return the file's name as seen from the folder of the run."""
    problem = failure.problem
    data = {
        "schema": "failure/1",
        "what": what,
        "case": cell.case,
        "axes": dict(cell.axes),
        "settings": cell.long_settings,
        "where": problem.where,
        "found": str(problem.found),
        "mend": str(problem.mend),
        "bug": failure.bug,
        "traceback": failure.traceback,
    }
    text = json.dumps(data, ensure_ascii=False, indent=1, default=str) + "\n"
    write_atomically(store.folder / FOLDER / f"{name}.json", text)
    return f"{store.folder.name}/{FOLDER}/{name}.json"


def kept_names(store: Store | None) -> set[str]:
    """Return the names of the cells of which it is written down that they failed."""
    found = names_in(store.folder / FOLDER) if store is not None else []
    return {name.removesuffix(".json") for name in found if name.endswith(".json")}


def bring_failures(store: Store, target: Store) -> None:
    """Copy what is written down of cells that failed to another store, unless it has them."""
    for name in sorted(kept_names(store) - kept_names(target) - set(target.names())):
        with suppress(OSError):
            write_atomically(
                target.folder / FOLDER / f"{name}.json",
                read_regular(store.folder / FOLDER / f"{name}.json", most=_MOST_BYTES),
            )


def forget(store: Store, name: str) -> None:
    """Remove what is written down of a cell that is computed now."""
    remove_files(store.folder / FOLDER, f"{name}.json")


def told_of(store: Store, name: str) -> str:
    """Say what is written down of a cell that failed; "" where nothing is that can be read."""
    path: Path = store.folder / FOLDER / f"{name}.json"
    try:
        data: Any = json.loads(read_regular(path, most=_MOST_BYTES))
        what, where, found, mend, kept = (str(data[key]) for key in ("what", "where", "found", "mend", "traceback"))
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return line_of(what, Failure(Problem(where, found, mend), kept), str(path)).removeprefix(FAILED)
