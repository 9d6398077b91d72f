"""How is an audit kept until the next generation comes? One JSON file, sealed with checksums."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from genloss.audit.state import SCHEMA, State
from genloss.errors import Problem
from genloss.identity import identity
from genloss.ordinary import ordinary
from genloss.results.marks import Mark
from genloss.results.store import check_seal, json_text, read_json, sealed
from genloss.version import __version__

_WHAT = "a state of an audit"
_AGAIN = "take an older copy of the state, or begin again: give the real rows and all generations in its place"


def save_state(state: State, path: str | Path, *, force: bool = False) -> Path:
    """Write a state; a file of the same audit, with fewer generations, is replaced."""
    target = Path(path)
    if target.suffix != ".json":
        raise Problem(str(target), f"no such format: {target.suffix!r}", "end the name of a state in .json")
    data = {**state.to_dict(), "version": __version__}
    Mark(mark_of(state), force=force).leave(target, json_text(sealed(data)))
    return target


def load_state(path: str | Path) -> State:
    """Read a state. Errors: `Problem` for another schema, for what was edited, and for what is not whole."""
    where = Path(path)
    try:
        data = read_json(where, SCHEMA, _WHAT)
        held = check_seal(where, data, [])
    except Problem as problem:
        raise Problem(problem.where, problem.found, _AGAIN) from problem
    if not held:
        raise Problem(str(where), "has no checksum", _AGAIN)
    try:
        return State.from_dict(data)
    except (KeyError, TypeError, ValueError) as error:
        raise Problem(str(where), f"not whole: {error!r:.80}", _AGAIN) from error


def size_said(state: State) -> str:
    """Say how large a state is, and what takes the room.

    Counts of generations grow with each; lenses and what is known of the real rows do not.
    """
    data = state.to_dict()
    sizes = {
        "counts of generations": _size(data["generations"]),
        "axes, centers, probes and rows along axes": _size([data["lenses"], data["recent"], data["streams"]]),
        "keyed hashes and counts of real rows": _size([data["known"], data["compared_hashes"]]),
    }
    told = ", ".join(f"{what} {size / 1e6:.2f}" for what, size in sizes.items())
    return f"{_size(data) / 1e6:.2f} MB: {told}"


def _size(data: Any) -> int:
    return len(json.dumps(data))


def is_state(path: str | Path) -> bool:
    """Whether a file is a state, by its first bytes: it may be of another version."""
    return b'"schema": "audit-state/' in _begin(Path(path))


def refuse_no_rows(path: str | Path, *, real: bool) -> None:
    """Refuse a state where rows are asked for, and an answer in place of a state. Errors: `Problem`."""
    begin = _begin(Path(path))
    if b'"schema": "audit/' in begin:
        mend = "give a file of rows; to go on from an earlier audit, give first the file that its --state left"
        raise Problem(str(path), "this is the answer of an audit (its --json or --out), not rows", mend)
    if not real and b'"schema": "audit-state/' in begin:
        mend = "give a file of rows; to go on from a state, give it first: genloss audit STATE NEWEST"
        raise Problem(str(path), "this is the state file of an audit, not rows", mend)


def _begin(path: Path) -> bytes:
    if path.suffix != ".json" or not path.is_file():
        return b""
    with ordinary(path).open("rb") as file:
        return file.read(200)


def mark_of(state: State) -> str:
    """Return what a state's file is known by: the real rows and the choices."""
    return f"audit state {identity([state.name, state.digest, state.options.to_dict()])}"
