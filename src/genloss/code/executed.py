"""Which code of a user's own does an object execute? Found from the object itself, so that other code is another model.

What was compiled is looked at, and not its source: a file may have been edited since it was imported, and a notebook
has no file. So comments and layout change nothing, and another minor version of Python is other code.
"""

from __future__ import annotations

import dataclasses
import dis
import functools
import hashlib
import sys
import sysconfig
import types
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

_PLAIN = (str, bytes, int, float, complex, bool, types.NoneType, types.EllipsisType)
_GENERATED = "<string>"  # where dataclasses say that their methods stand


def code_of(thing: Any) -> str:
    """Return the SHA-256 of all own code that an object executes: "" where its classes are of installed packages.

    That is the methods of its classes, what they name in their modules (functions, classes, and numbers, words and
    arrays that no function sets), and so on from there.

    >>> code_of(np.random.default_rng(0))
    ''
    """
    said = [part for part in _Walk().of(thing) if part]
    return hashlib.sha256("\n".join(said).encode()).hexdigest() if said else ""


class _Walk:
    """A walk through code, which comes to each thing once."""

    def __init__(self) -> None:
        self._seen: dict[int, Any] = {}  # things are held, so that no other gets their id

    def of(self, thing: Any) -> Iterator[str]:
        """Yield what is executed of a thing: of an object, a class, a function."""
        if id(thing) in self._seen or isinstance(thing, _PLAIN):
            return
        self._seen[id(thing)] = thing
        if isinstance(thing, staticmethod | classmethod | types.MethodType):
            yield from self.of(thing.__func__)
        elif isinstance(thing, property | functools.cached_property):
            for part in (getattr(thing, name, None) for name in ("fget", "fset", "func")):
                yield from self.of(part)
        elif isinstance(thing, functools.partial):
            yield from self._all([thing.func, *thing.args, *thing.keywords.values()])
        elif isinstance(thing, types.FunctionType):
            yield from self._function(thing)
        elif isinstance(thing, type):
            yield from self._class(thing)
        elif isinstance(thing, list | tuple | set | frozenset | dict):
            yield from self._all(thing.values() if isinstance(thing, dict) else thing)
        elif not isinstance(thing, types.ModuleType | np.ndarray):
            yield from self._object(thing)

    def _all(self, things: Iterable[Any]) -> Iterator[str]:
        for thing in things:
            yield from self.of(thing)

    def _object(self, thing: Any) -> Iterator[str]:
        yield from self.of(type(thing))
        held = getattr(thing, "__dict__", {})
        if _is_own(type(thing).__module__) or type(thing).__module__.startswith("genloss."):  # or it holds an own one
            yield from self._all(held.values())
        else:
            yield from self.of(held.get("__wrapped__"))

    def _class(self, kind: type) -> Iterator[str]:
        for each in kind.__mro__:
            if not _is_own(each.__module__) or (each is not kind and id(each) in self._seen):
                continue
            self._seen[id(each)] = each
            for name, value in sorted(vars(each).items()):
                made = getattr(getattr(value, "__code__", None), "co_filename", "") == _GENERATED
                if made and dataclasses.is_dataclass(each) and name.startswith("__"):
                    continue
                if not name.startswith("__") or callable(value):
                    yield from self._named(f"{each.__qualname__}.{name}", value)

    def _function(self, function: types.FunctionType) -> Iterator[str]:
        yield from self.of(getattr(function, "__wrapped__", None))
        if not _is_own(function.__module__ or ""):
            return
        yield f"{function.__qualname__} {_compiled(function.__code__)}"
        yield from self._named("defaults", function.__defaults__)
        yield from self._named("defaults", function.__kwdefaults__)
        names, is_set = _names(function.__code__)
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        known = {name: function.__globals__[name] for name in sorted(names) if name in function.__globals__}
        for name, cell in cells:
            try:
                known[name] = cell.cell_contents
            except ValueError:  # nothing is in it yet
                continue
        for name, value in known.items():
            if isinstance(value, types.ModuleType) and _is_own(value.__name__):
                for inner in sorted(names & vars(value).keys()):
                    yield from self._named(f"{value.__name__}.{inner}", vars(value)[inner])
            elif name not in is_set:
                yield from self._named(name, value)

    def _named(self, name: str, value: Any) -> Iterator[str]:
        """Yield a value that a name stands for: itself where it is plain, else what it executes."""
        if isinstance(value, _PLAIN) or (isinstance(value, tuple) and all(isinstance(each, _PLAIN) for each in value)):
            yield f"{name} = {value!r}"
        elif isinstance(value, np.ndarray) and value.dtype != object:
            yield f"{name} = {hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest()} {value.shape}"
        else:
            yield from self.of(value)


def _compiled(code: types.CodeType) -> str:
    """Return what a function does, without where it stands."""
    constants = [_compiled(each) if isinstance(each, types.CodeType) else _constant(each) for each in code.co_consts]
    parts = [code.co_code.hex(), code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, constants]
    return hashlib.sha256(repr(parts).encode()).hexdigest()


def _constant(value: Any) -> str:
    """Say a constant; a set of words has another order in every process."""
    if isinstance(value, frozenset):
        return repr(sorted(map(_constant, value)))
    return f"({', '.join(map(_constant, value))})" if isinstance(value, tuple) else repr(value)


def _names(code: types.CodeType) -> tuple[set[str], set[str]]:
    """Return the names that a function and those within it look up, and those which they set outside themselves."""
    names, is_set = set(code.co_names), set[str]()
    for step in dis.get_instructions(code):
        outside = step.opname == "STORE_GLOBAL" or (step.opname == "STORE_DEREF" and step.argval in code.co_freevars)
        is_set |= {step.argval} if outside else set()
    for inner in code.co_consts:
        if isinstance(inner, types.CodeType):
            more, others = _names(inner)
            names, is_set = names | more, is_set | others
    return names, is_set


def _is_own(module: str) -> bool:
    """Whether a module is of the user's own: neither genloss, nor Python's, nor of an installed package."""
    if module.partition(".")[0] in {"genloss", *sys.builtin_module_names, *sys.stdlib_module_names} - {"__main__"}:
        return False
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return module == "__main__" or module not in sys.modules
    place = Path(file)
    if {"site-packages", "dist-packages"} & set(place.parts):
        return False
    return not any(place.is_relative_to(sysconfig.get_path(name)) for name in ("stdlib", "platlib", "purelib"))
