"""Which code does a name mean? Found and hashed without executing any of it."""

from __future__ import annotations

import hashlib
import keyword
import os
import shutil
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.machinery import ModuleSpec
from pathlib import Path
from typing import Literal

from genloss.errors import Problem
from genloss.ordinary import content

Kind = Literal["function", "command", "shell"]

_SHELL = "/bin/sh"
LARGEST = 10_000_000
"""Bytes of a file of code."""

FORMS = '"file.py:function", a file beside the study, or "module:function", of what is installed'


@dataclass(frozen=True, slots=True)
class Code:
    """What a study asks to execute.

    kind: "function" for what a name in the form of `FORMS` means, a factory as well; "command" for words of a command
    line, "shell" for a line that a shell reads. name: as the study has it. files: whose content is executed, in order.
    sha256: of the one file, or of the hashes of all; of a command its words as well. where: its place in the study.
    """

    kind: Kind
    name: str
    files: tuple[Path, ...]
    sha256: str
    where: str

    def __str__(self) -> str:
        """Say in a line what it is."""
        said = ", ".join(map(str, self.files)) or "no file that is known"
        return f"{self.name} ({said}; SHA-256 {self.sha256})"


def parts(name: str, where: str) -> tuple[str, str]:
    """Return file or module, and function, of a name; a name in another form is refused.

    >>> parts("checks.py:keep", "filter"), parts("package.module:keep", "filter")
    (('checks.py', 'keep'), ('package.module', 'keep'))
    """
    home, _, function = name.rpartition(":")
    right = _is_name(function) and (home.endswith(".py") or all(_is_name(part) for part in home.split(".")))
    if not right or "\0" in home:
        raise Problem(where, f"{name!r} is not the name of a function", f"give {FORMS}")
    return home, function


def find_function(name: str, folder: Path, where: str) -> Code:
    """Find a function, or a factory. folder: of the study, where files stand."""
    home, _ = parts(name, where)
    if home.endswith(".py"):
        return _code("function", name, [(folder / home).absolute()], where)
    return _code("function", name, _files_of_module(home, where), where)


def find_command(words: tuple[str, ...], folder: Path, where: str, line: str = "", *, shell: bool = False) -> Code:
    """Find a command: its program, and each word that is a file in the folder of the study.

    The word {python} is the Python at work. line: the command as the study has it. shell: whether a shell reads it,
    which is then its program.
    """
    if not words or not all(words):
        raise Problem(where, "no command", 'give its words, e.g. ["python", "fit.py"]')
    if shell:
        beside = [(folder / word).absolute() for word in words if (folder / word).is_file()]
        return _code("shell", line, [Path(_SHELL), *beside], where, said=line)
    program = sys.executable if words[0] == "{python}" else program_of(words[0], folder)
    if program is None:
        raise Problem(where, f"{words[0]!r} is not a program on this machine", "give the path of a program")
    beside = [(folder / word).absolute() for word in words[1:] if (folder / word).is_file()]
    return _code("command", line or " ".join(words), [Path(program), *beside], where, said="\0".join(words))


def program_of(word: str, folder: Path) -> str | None:
    """Return the path of a program: a file of the folder where the word is a path, else one that is found by its name.

    What is hashed and asked about is so what is executed, from whatever folder the process was started.
    """
    beside = folder / word
    try:
        by_name = None if os.sep in word or (os.altsep and os.altsep in word) else shutil.which(word)
        return by_name or (str(beside.absolute()) if beside.is_file() else None)
    except (OSError, ValueError):  # a name that no file can have
        return None


def hash_of(files: Iterable[Path], where: str, said: str = "") -> str:
    """Return the SHA-256 of a file, or of the hashes of several and of what is said besides."""
    hashes = [hashlib.sha256(_content(path, where)).hexdigest() for path in files]
    if len(hashes) == 1 and not said:
        return hashes[0]
    return hashlib.sha256("\n".join([*hashes, said]).encode()).hexdigest()


def _code(kind: Kind, name: str, files: list[Path], where: str, said: str = "") -> Code:
    return Code(kind, name, tuple(files), hash_of(files, where, said), where)


def _content(path: Path, where: str) -> bytes:
    try:
        return content(path, where, LARGEST if path.suffix == ".py" else sys.maxsize)
    except FileNotFoundError as error:
        raise Problem(where, f"{path}: no such file", "give the path of a file of code, beside the study") from error
    except OSError as error:
        raise Problem(where, f"{path} cannot be read: {error.strerror}", "give a file of code") from error


def _is_name(word: str) -> bool:
    return word.isidentifier() and not keyword.iskeyword(word)


def _files_of_module(module: str, where: str) -> list[Path]:
    """Return the files that importing a module executes of its own package, outermost first."""
    files: list[Path] = []
    places: list[str] | None = None
    names = module.split(".")
    for depth in range(1, len(names) + 1):
        name = ".".join(names[:depth])
        spec = _spec(name, places)
        if spec is None:
            found = f"no module {name!r} is installed here"
            raise Problem(where, found, f"install it, or name a file beside the study; give {FORMS}")
        places = list(spec.submodule_search_locations or [])
        if spec.has_location and spec.origin is not None and spec.origin.endswith(".py"):
            files.append(Path(spec.origin))
        elif depth == len(names) or not places:  # a folder without a file of its own may hold modules
            found = f"{name!r} has no source that can be shown"
            raise Problem(where, found, "write a function in a file beside the study that calls it, and name that")
    return files


def _spec(name: str, places: list[str] | None) -> ModuleSpec | None:
    """Ask the finders of Python themselves: `importlib.util.find_spec` would execute the packages around a module."""
    for finder in sys.meta_path:
        spec = finder.find_spec(name, places)
        if spec is not None:
            return spec
    return None
