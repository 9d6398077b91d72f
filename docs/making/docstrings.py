"""How does a docstring become Markdown? Arguments become lines of a list, examples code, formulas MathML."""

from __future__ import annotations

import re
from typing import Any

import formulas
import griffe

_NAMES = r"\*{0,2}\w+(?:, \*{0,2}\w+)*"
_EXAMPLE = re.compile(r"^>>> .*?(?=\n[ \t]*\n|\Z)", re.S | re.M)


class Readable(griffe.Extension):
    """Changes the docstrings of a package once all of it is read."""

    def on_package(self, *, pkg: griffe.Module, **_: Any) -> None:
        """Change the docstrings of all functions and classes."""
        _change(pkg)


def _change(obj: griffe.Object) -> None:
    if obj.docstring is not None:
        obj.docstring.value = markdown(obj.docstring.value, _arguments(obj))
    for member in obj.members.values():
        if not member.is_alias:
            _change(member)


def markdown(text: str, arguments: set[str]) -> str:
    """Return a docstring as Markdown. arguments: words that begin a line of a list where a colon follows."""
    text = formulas.in_docstring(text)
    text = _EXAMPLE.sub(lambda match: f"```pycon\n{match[0]}\n```", text)
    return re.sub(rf"(?:^|(?<=[.)] ))({_NAMES}): ", lambda match: _line(match, arguments), text, flags=re.M)


def _line(match: re.Match[str], arguments: set[str]) -> str:
    names = [name.lstrip("*") for name in match[1].split(", ")]
    if not all(name in arguments for name in names):
        return match[0]
    return "\n\n- " + ", ".join(f"**{name}**" for name in names) + ": "


def _arguments(obj: griffe.Object) -> set[str]:
    if isinstance(obj, griffe.Function):
        return {parameter.name for parameter in obj.parameters}
    return {name for name, member in obj.members.items() if member.is_attribute} if obj.is_class else set()
