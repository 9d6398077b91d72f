"""A command of the user's own as a model: it is given rows in a file, and writes as many new ones as are asked for."""

from __future__ import annotations

import re
import shlex
import sys
import tempfile
import weakref
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.code.named import program_of
from genloss.errors import Problem, nearest, shown
from genloss.models.ends import checked_weights
from genloss.models.exchange import FORMATS, from_file, to_file
from genloss.models.process import run_to_end
from genloss.populations.own_rows import take
from genloss.results.files import write_atomically

__all__ = ["FORMATS", "PLACES", "Command", "CommandFit", "words_of"]

PLACES = {
    "train": "the file of the rows to fit",
    "out": "the file to write new rows to",
    "rows": "how many",
    "seed": "a whole number that all randomness is to follow from",
    "generation": "the number of the generation, from 0",
    "weights": "a file with one weight a row, of mean 1",
    "state": "a folder of this fit: what is left there is there again when more of its rows are asked for",
    "start": "the {state} of the fit to begin from; empty where there is none",
    "python": "the Python that genloss runs in",
}
"""What may stand in a command, and what is put there."""
_NEEDED = ("train", "out", "rows")
_PLACE = re.compile(r"(?<!\$)\{([A-Za-z_]+)\}")
_EXAMPLE = "python gen.py {train} {out} {rows} {seed}"
_WHERE = "generator.command"
_SEEDS = 2**31 - 1


@dataclass(frozen=True)
class Command:
    """A model that is a command, `Command("python gen.py {train} {out} {rows} {seed}")`.

    command: with what stands in `PLACES`; it is split as a shell splits words and run without one, unless shell. Its
    files are of the format csv, parquet, npz or jsonl, with the columns by name (of arrays x_0, x_1, ..., of texts
    text, of (X, y) those of X and y). folder: in which it runs. timeout: seconds, after which it is ended with all that
    it started. generation: which one is fitted.

    Each time that rows are asked for it runs once: it fits, and writes rows. With {state} it may fit once and keep the
    fit there. The order of what it wrote says nothing: rows are shuffled. Errors: `Problem`.
    """

    command: str
    format: str = "csv"
    timeout: float = 600.0
    shell: bool = False
    folder: str | Path | None = None
    generation: int = field(default=0, repr=False)

    def __post_init__(self) -> None:
        words = words_of(self.command)
        if self.folder is not None and not isinstance(self.folder, str | Path):
            raise Problem("generator.folder", f"{shown(self.folder)} is not a path", "give the folder in which it runs")
        if self.format not in FORMATS:
            raise Problem("generator.format", f"{shown(self.format)} is not known", f"give one of {', '.join(FORMATS)}")
        if isinstance(self.timeout, bool) or not isinstance(self.timeout, int | float) or not self.timeout > 0:
            raise Problem("generator.timeout", shown(self.timeout), "give seconds, a number above 0")
        if not self.shell and words[0] != "{python}" and program_of(words[0], self._folder) is None:
            mend = "give the path of a program, or {python}, or shell = true for what a shell knows"
            raise Problem(_WHERE, f"{shown(words[0])} is not a program on this machine", mend)

    @property
    def _folder(self) -> Path:
        return Path(self.folder or ".")

    def has(self, place: str) -> bool:
        """Whether this place stands in the command."""
        return place in _PLACE.findall(self.command)

    def in_generation(self, generation: int) -> Command:
        """Return the model for a generation."""
        return replace(self, generation=generation)

    def fit(
        self, data: Any, weights: NDArray[np.float64] | None, rng: np.random.Generator, *, start: Any = None
    ) -> CommandFit:
        """Hold the rows for the command. Errors: `Problem` for weights or a start that it has no place for."""
        del rng  # its numbers come with the rows that are asked for
        if weights is not None and not self.has("weights"):
            mend = "put {weights}, a file with a weight a row, into the command; or give a workflow without weights"
            raise Problem("workflow", "this workflow gives rows weights, and the command has no {weights}", mend)
        checked_weights(weights)
        if start is not None and not self.has("start"):
            mend = 'put {start} and {state} into the command, or give start = "scratch"'
            raise Problem("generator.start", "fits begin from an earlier one, and the command has no {start}", mend)
        return CommandFit(self, data, weights, start)


@dataclass(frozen=True, eq=False)
class CommandFit:
    """Rows that a command is to fit, and its folder, where it keeps one."""

    model: Command
    data: Any
    weights: NDArray[np.float64] | None
    start: CommandFit | None = None
    ran: list[bool] = field(default_factory=list, repr=False)

    @cached_property
    def _kept(self) -> tempfile.TemporaryDirectory[str]:
        kept = tempfile.TemporaryDirectory(prefix="genloss-state-", ignore_cleanup_errors=True)
        weakref.finalize(self, kept.cleanup)
        return kept

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> Any:
        """Let the command write rows, and return them in random order."""
        if sampler:
            found = f"rows are to be drawn with {', '.join(sampler)}, of which a command knows nothing"
            raise Problem("workflow", found, "give a workflow that draws rows without sampler")
        if count == 0:
            return take(self.data, np.arange(0))
        seed = int(rng.integers(_SEEDS))
        with tempfile.TemporaryDirectory(prefix="genloss-", ignore_cleanup_errors=True) as folder:
            rows = self._run(Path(folder), count, seed)
        return take(rows, rng.permutation(count))

    def _state(self) -> str:
        """Return the folder of what the command keeps of this fit, filled."""
        if not self.ran:
            self.sample(1, np.random.default_rng(0))
        return self._kept.name

    def _run(self, folder: Path, count: int, seed: int) -> Any:
        model, form = self.model, self.model.format
        train, out, weights = (folder / f"{name}.{form}" for name in ("train", "out", "weights"))
        write_atomically(train, to_file(self.data, form))
        if self.weights is not None:
            write_atomically(weights, to_file(np.asarray(self.weights, dtype=float), form))
        values = {
            "train": train,
            "out": out,
            "rows": count,
            "seed": seed,
            "generation": model.generation,
            "weights": weights if self.weights is not None else "",
            "start": self.start._state() if self.start is not None else "",
            "state": self._kept.name if model.has("state") else "",
            "python": sys.executable,
        }
        self._to_end({name: str(value) for name, value in values.items()})
        if not out.is_file():
            found = "the command ended well, and wrote no file {out}"
            raise Problem("generator", found, f"let it write {count:,} rows to the path that stands for {{out}}")
        return from_file(out, self.data, count)

    def _to_end(self, values: dict[str, str]) -> None:
        model = self.model
        asked: str | list[str] = (
            _put(model.command, {name: shlex.quote(value) for name, value in values.items()})
            if model.shell
            else [_put(word, values) for word in words_of(model.command)]
        )
        if not isinstance(asked, str):
            asked[0] = program_of(asked[0], model._folder) or asked[0]
        try:
            ended = run_to_end(asked, model._folder, model.timeout)
        except OSError as error:
            raise Problem("generator", f"the command cannot be started: {error}", "give one that can be") from error
        self.ran.append(True)
        said = f"; it said: {ended.said}" if ended.said else ""
        if ended.code is None:
            found = f"the command had not ended after {model.timeout:g} s, and was ended with all it had started{said}"
            raise Problem("generator", found, "give it more time (timeout), fewer rows, or let it come to an end")
        if ended.code:
            how = f"ended with exit code {ended.code}" if ended.code > 0 else f"was ended by signal {-ended.code}"
            raise Problem(
                "generator", f"the command {how}{said or '; it said nothing'}", "run the command by hand on such rows"
            )


def words_of(command: Any, where: str = _WHERE) -> list[str]:
    """Return the words of a command as a shell splits them; one with places that are not known, or without those that
    it needs, is refused.

    >>> words_of("gen {train} '{out}' {rows}")
    ['gen', '{train}', '{out}', '{rows}']
    """
    if not isinstance(command, str):
        raise Problem(where, f"{command!r:.80} is not text", f'give a command in a line, "{_EXAMPLE}"')
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Problem(where, f"cannot be split into words: {error}", "close every quotation mark") from error
    if not words:
        raise Problem(where, "no command", f'give one, e.g. "{_EXAMPLE}"')
    places = _PLACE.findall(command)
    for place in places:
        if place not in PLACES:
            mend = f"{nearest(place, list(PLACES))}; other braces belong into a script that the command calls"
            raise Problem(where, f"{{{place}}} is not one of the places that are filled in", mend)
    missing = [f"{{{place}}}" for place in _NEEDED if place not in places]
    if missing:
        raise Problem(where, f"there is no {' and no '.join(missing)} in it", f'give them, e.g. "{_EXAMPLE}"')
    if "start" in places and "state" not in places:
        raise Problem(
            where,
            "{start} is the folder {state} of an earlier fit, and there is no {state} in it",
            "put {state} into it",
        )
    return words


def _put(word: str, values: dict[str, str]) -> str:
    return _PLACE.sub(lambda found: values[found[1]], word)
