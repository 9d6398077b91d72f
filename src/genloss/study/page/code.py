"""What code would a run of a study execute? Shown to be read; nothing of it is executed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from genloss.code.named import Code
from genloss.errors import Problem
from genloss.ordinary import content
from genloss.study.study import Study

_MOST = 200  # lines of a file that are shown
_LOOKED_AT = 1 << 16  # bytes in which text has no null


def code_lines(study: Study) -> list[str]:
    """Return what is shown of all code: where it stands, its hash, its text."""
    if not study.codes:
        return []
    begin = "Code that a run of this study executes, if you trust it (--trust); nothing of it was executed to show it:"
    return ["", begin, *(line for code in study.codes for line in _shown(code))]


def code_words(study: Study) -> list[str]:
    """Name the code in the words of a study."""
    names = ", ".join(f"{code.name} (SHA-256 {code.sha256[:16]})" for code in study.codes)
    return [f"a run executes code that genloss did not write: {names}"] if names else []


def _shown(code: Code) -> Iterator[str]:
    yield from ("", f"  {code.where}: {code.name}", f"  SHA-256 {code.sha256}")
    if not code.files:
        yield "  it is not here, or no more what it was: a run is refused"
    for path in code.files:
        yield f"  {path}:"
        yield from (f"    {line}" for line in _text(path))


def _text(path: Path) -> list[str]:
    try:
        held = content(path)
    except (OSError, Problem) as error:
        return [f"cannot be shown: {error}"]
    if b"\0" in held[:_LOOKED_AT]:
        return [f"a program of {len(held):,} bytes, which is not a text"]
    lines = held.decode("utf-8", "replace").splitlines()
    rest = [f"... {len(lines) - _MOST:,} more lines"] if len(lines) > _MOST else []
    return [*lines[:_MOST], *rest]
