"""May the code that a study names be executed? The user is asked once for a study and the content of its code."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from genloss.cli.say import echo
from genloss.errors import Problem

if TYPE_CHECKING:
    from genloss.study.study import Study

trust_option: Callable[[Any], Any] = click.option(
    "--trust",
    is_flag=True,
    help="Run the Python code or commands that the study names, without asking. Such code can do on this machine "
    "whatever you can: read it first with genloss explain.",
)


def trusted(study: Study, *, trust: bool) -> bool:
    """Return whether code may be executed: of a study that names some a `Problem` is raised where it may not."""
    from genloss.code.trusted import untrusted
    from genloss.doors import PASTED, Advice, Again, Setting

    if trust or not study.codes:
        return trust
    note = _note(study)
    if note.is_file():
        return True
    names = [str(code) for code in study.codes]
    if on_terminal():
        echo(f"{study.source.name} names code, which may do on this machine whatever you may:", err=True)
        for name in names:
            echo(f"  {name}", err=True)
        echo(f"genloss explain {study.source.name} shows it.", err=True)
        if click.confirm("Execute it, now and whenever it is the same code?", err=True):
            _remember(note, [study.source.name, *names])
            return True
    mend = Advice("read it first (genloss explain shows it); then", Again((Setting("trust"),), lead=PASTED))
    raise untrusted(names, study.source.name, mend)


def on_terminal() -> bool:
    """Whether there is somebody to ask."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def _note(study: Study) -> Path:
    """Return where it is noted that the user trusts this code in this study."""
    from genloss.cli.places import state_folder

    said = [str(Path(study.source.name).resolve()), *sorted(f"{code.name} {code.sha256}" for code in study.codes)]
    return state_folder() / "trusted" / hashlib.sha256("\0".join(said).encode()).hexdigest()


def _remember(note: Path, lines: list[str]) -> None:
    """Note it, in words for who looks there; where that cannot be written, the user is asked again."""
    from genloss.results.files import write_atomically

    try:
        write_atomically(note, "\n".join([*lines, ""]))
    except (OSError, Problem) as error:
        echo(f"not remembered: {error}", err=True)
