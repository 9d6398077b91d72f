"""How is a thing that a user can set written at the door they came through? In Python, at the command line, in a study.

What is raised or noted deep down knows what to set, not who asked. It says so in an `Advice`, which reads as Python
until the door it leaves by writes it again: `Problem.at`, `Note.at`, `Advice.at`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Value = str | float | tuple[str | int, ...] | list[str] | None

_OPTIONS = {"estimator": "--model"}
"""Options of the command line that are not called as in Python, with hyphens."""


@dataclass(frozen=True, slots=True)
class Door:
    """Where a user came in. command: the words of the command line as they were typed, for one that can be pasted."""

    kind: Literal["python", "command", "study"]
    command: tuple[str, ...] = ()


PYTHON, COMMAND, STUDY = Door("python"), Door("command"), Door("study")


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting, called as in Python. value: None to speak of the setting itself; a list: every entry of it.

    >>> [Setting("drop", ["gone", "to go"]).at(door) for door in (PYTHON, COMMAND, STUDY)]
    ['drop=["gone", "to go"]', "--drop gone --drop 'to go'", 'drop = ["gone", "to go"]']
    >>> [Setting("held_out").at(door) for door in (PYTHON, COMMAND, STUDY)]
    ['held_out', '--held-out', 'held_out']
    """

    name: str
    value: Value = None

    def at(self, door: Door) -> str:
        """Write it as that door has it."""
        if door.kind == "command":
            return _joined(self.options())
        if self.value is None:
            return self.name
        value = list(self.value) if isinstance(self.value, tuple) else self.value
        import json

        return f"{self.name}{' = ' if door.kind == 'study' else '='}{json.dumps(value, ensure_ascii=False)}"

    def options(self) -> list[str]:
        """Return the words of the command line."""
        option = _OPTIONS.get(self.name, f"--{self.name.replace('_', '-')}")
        if self.value is None:
            return [option]
        values = list(self.value) if isinstance(self.value, tuple | list) else [self.value]
        return [word for value in values for word in (option, value if isinstance(value, str) else f"{value:g}")]


@dataclass(frozen=True, slots=True)
class Words:
    """What is not one setting under three names: the words of each door. study: None where they are those of Python."""

    python: str
    command: str
    study: str | None = None

    def at(self, door: Door) -> str:
        """Return the words of that door."""
        words = {"python": self.python, "command": self.command, "study": self.study}[door.kind]
        return self.python if words is None else words


def _joined(words: list[str]) -> str:
    """Write the words of a command line so that they can be pasted."""
    import shlex

    return shlex.join(words)


def _listed(value: Value) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]


@dataclass(frozen=True, slots=True)
class Again:
    """The same request with more settings: the whole command to paste; elsewhere the settings to add.

    lead: what stands before a command; elsewhere nothing is written then, for the settings stand in the text already.

    >>> again = Again((Setting("drop", ["a", "b"]), Setting("levels", 200)))
    >>> again.at(Door("command", ("genloss", "forecast", "data.csv", "--target", "y")))
    'genloss forecast data.csv --target y --drop a --drop b --levels 200'
    >>> Again((Setting("drop", ["a"]),)).at(Door("command", ("genloss", "forecast", "data.csv", "--keep", "a")))
    'genloss forecast data.csv --drop a'
    >>> [again.at(door) for door in (PYTHON, STUDY)]
    ['drop=["a", "b"], levels=200', '[population] drop = ["a", "b"], levels = 200']
    """

    settings: tuple[Setting, ...]
    lead: str = ""

    def _without(self, command: tuple[str, ...]) -> list[str]:
        """Return the words of a command less each --keep of a column that is now dropped."""
        dropped = [name for each in self.settings if each.name == "drop" for name in _listed(each.value)]
        left: list[str] = []
        words = iter(command)
        for word in words:
            name = next(words, None) if word == "--keep" else None
            if name is None or name not in dropped:
                left += [word] if name is None else [word, name]
        return left

    def at(self, door: Door) -> str:
        """Write the request."""
        if door.kind == "command":
            words = [*self._without(door.command), *(word for each in self.settings for word in each.options())]
            return self.lead + _joined(words) if door.command or not self.lead else ""
        if self.lead:
            return ""
        return "[population] " * (door.kind == "study") + ", ".join(setting.at(door) for setting in self.settings)


PASTED = ":\n        "
"""What stands before a command on a line of its own."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A setting to speak of, which no command to paste has: only the user can tell whether it is what they want.

    >>> leave = Advice("write all in one unit, or leave it out (", Mention(Setting("drop", ["x"])), ")")
    >>> leave.at(COMMAND), leave.settings()
    ('write all in one unit, or leave it out (--drop x)', ())
    """

    setting: Setting

    def at(self, door: Door) -> str:
        """Write the setting as that door has it."""
        return self.setting.at(door)


Part = str | Setting | Words | Again | Mention


class Advice(str):
    """Text with settings in it. It is a str in the words of Python; `at` writes it for another door.

    Joining it to other text in an f-string fixes it as Python has it: give all parts to one Advice instead, of which
    others may be parts.

    >>> leave = Advice("leave it out (", Setting("drop", ["gone"]), ")")
    >>> print(leave)
    leave it out (drop=["gone"])
    >>> Advice("group its words, or ", leave).at(COMMAND)
    'group its words, or leave it out (--drop gone)'
    """

    __slots__ = ("parts",)
    parts: tuple[Part, ...]

    def __new__(cls, *parts: Part) -> Advice:
        """Join parts: texts, settings, other advice."""
        made = super().__new__(cls, "".join(_written(part, PYTHON) for part in parts))
        made.parts = parts
        return made

    def __getnewargs__(self) -> tuple[Part, ...]:  # type: ignore[override]
        return self.parts

    def at(self, door: Door) -> str:
        """Write it for a door."""
        return "".join(_written(part, door) for part in self.parts)

    def settings(self) -> tuple[Setting, ...]:
        """Return the settings in it that have a value, in order: the first is what most users want."""
        inside = (part.settings() if isinstance(part, Advice) else (part,) for part in self.parts)
        return tuple(part for parts in inside for part in parts if isinstance(part, Setting) and part.value is not None)


def written(text: str, door: Door) -> str:
    """Write text for a door: an Advice in its words, other text as it is."""
    return text.at(door) if isinstance(text, Advice) else text


def _written(part: Part, door: Door) -> str:
    return written(part, door) if isinstance(part, str) else part.at(door)


def merged(settings: Iterable[Setting]) -> tuple[Setting, ...]:
    """Return settings each once: lists joined, of other values the first.

    >>> merged([Setting("drop", ["a"]), Setting("missing", "drop"), Setting("drop", ["b", "a"])])
    (Setting(name='drop', value=('a', 'b')), Setting(name='missing', value='drop'))
    """
    found: dict[str, Value] = {}
    for setting in settings:
        before = found.setdefault(setting.name, setting.value)
        if isinstance(before, tuple | list) and isinstance(setting.value, tuple | list):
            found[setting.name] = tuple(dict.fromkeys([*before, *setting.value]))
    return tuple(Setting(name, value) for name, value in found.items())
