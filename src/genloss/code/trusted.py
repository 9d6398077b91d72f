"""How is code executed that a user trusts? Here alone, and only content that was shown."""

from __future__ import annotations

import inspect
import sys
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module, invalidate_caches
from pathlib import Path
from threading import RLock
from types import ModuleType
from typing import Any

from genloss.code.named import Code, hash_of, parts
from genloss.doors import Advice, Words
from genloss.errors import Problem
from genloss.ordinary import content

_LOCK = RLock()


@dataclass(frozen=True, slots=True)
class Trusted:
    """The code that may be executed, by its name and SHA-256; none of it unless a user has said so."""

    codes: tuple[Code, ...] = ()

    def find(self, name: str, sha256: str | None, where: str) -> Code:
        """Return the code of this name and content, or refuse it."""
        found = next((code for code in self.codes if code.name == name and code.sha256 == sha256), None)
        if found is None:
            raise untrusted([name], where)
        return found


NONE = Trusted()


def untrusted(names: list[str], where: str, more: Advice | None = None) -> Problem:
    """Return the refusal of code that nobody said they trust."""
    found = f"names code, which may do on this machine whatever you may: {', '.join(names)}"
    allow = Words("give trust=True to genloss.run, simulate or iterate", "give --trust")
    return Problem(where, found, more or Advice("read it first (genloss explain shows it); then ", allow))


def function_of(code: Code, arguments: tuple[str, ...]) -> Callable[..., Any]:
    """Execute the file of a trusted function and return the function; what is none of that form is refused.

    arguments: the names of what it is called with, by place.
    """
    with _LOCK:
        found: Any = _executed(code)
    where = f"{code.where}: {code.name}"
    if not callable(found) or inspect.isclass(found):
        raise Problem(where, f"is {_kind(found)}, not a function", f"give a function of ({', '.join(arguments)})")
    try:
        inspect.signature(found).bind(*arguments)
    except TypeError as error:
        mend = f"let it take ({', '.join(arguments)})"
        raise Problem(where, f"cannot be called with {len(arguments)} arguments: {error}", mend) from error
    except ValueError:  # what is built in may not tell
        pass
    made: Callable[..., Any] = found
    return made


def made_by(code: Code, options: Mapping[str, Any]) -> Any:
    """Execute the file of a trusted factory, a function or a class, and return what it makes with these options."""
    with _LOCK:
        factory: Any = _executed(code)
    where = f"{code.where}: {code.name}"
    if not callable(factory):
        raise Problem(where, f"is {_kind(factory)}, not a function", "give a function that returns a model")
    try:
        inspect.signature(factory).bind(**options)
    except TypeError as error:
        given = f"the options {', '.join(options)}" if options else "no options"
        raise Problem(where, f"cannot be called with {given}: {error}", "give it the options that it takes") from error
    except ValueError:  # what is built in may not tell
        pass
    return called(code, factory, **options)


def called(code: Code, function: Callable[..., Any], *given: Any, **named: Any) -> Any:
    """Call a trusted function; what it raises is told with the line that raised it."""
    try:
        return function(*given, **named)
    except (Exception, SystemExit) as error:
        raise _raised(code, error) from error


def _kind(found: object) -> str:
    return "a class" if inspect.isclass(found) else f"{type(found).__name__} {found!r:.40}"


@lru_cache(maxsize=32)
def _executed(code: Code) -> Any:
    """Return what the name means. The content is looked at again: what is executed is what was shown."""
    home, function = parts(code.name, code.where)
    if hash_of(code.files, code.where) != code.sha256:
        found = f"{code.files[-1]} has changed since it was read"
        raise Problem(f"{code.where}: {code.name}", found, "give the command again, and read what is there now")
    try:
        module = _file(code) if home.endswith(".py") else _module(home)
    except (Exception, SystemExit) as error:
        raise _raised(code, error, "cannot be executed: ") from error
    if not hasattr(module, function):
        known = [name for name, thing in vars(module).items() if inspect.isfunction(thing)]
        mend = f"give one of {', '.join(known)}" if known else f"write it: def {function}(...)"
        raise Problem(f"{code.where}: {code.name}", f"{code.files[-1]} has no {function}", mend)
    return getattr(module, function)


def _file(code: Code) -> ModuleType:
    """Execute a file as a module of its own, which no import finds."""
    (path,) = code.files
    module = ModuleType(f"genloss_code_{code.sha256[:16]}")
    module.__file__ = str(path)
    sys.modules[module.__name__] = module  # dataclasses look their module up
    try:
        exec(compile(content(path), str(path), "exec"), module.__dict__)
    except BaseException:
        del sys.modules[module.__name__]
        raise
    return module


def _module(name: str) -> ModuleType:
    invalidate_caches()
    return import_module(name)


def _raised(code: Code, error: BaseException, did: str = "") -> Problem:
    """Say what trusted code raised, and on which of its lines."""
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if Path(frame.filename) in code.files]
    at = f"line {lines[-1].lineno}: " if lines else ""
    if isinstance(error, SyntaxError) and error.lineno:
        at = f"line {error.lineno}: "
    said = f"{did}{at}{type(error).__name__}: {error}"
    return Problem(f"{code.where}: {code.name}", said, f"mend {code.files[-1]}")
