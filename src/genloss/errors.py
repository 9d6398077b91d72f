"""What does a user read when a request cannot be met?"""

from __future__ import annotations

import math
import re
import warnings
from numbers import Real
from typing import Any, NoReturn

from genloss.doors import Advice, Door, written
from genloss.visible import visible

MOST_SHOWN = 200
"""How many characters of a value a message shows at most."""


def clipped(text: str, most: int = MOST_SHOWN) -> str:
    """Return text of at most so many characters, the middle of a long one left out.

    >>> clipped("9" * 100_000, 20)
    '9999999...9999999999'
    """
    return text if len(text) <= most else f"{text[: most - 13]}...{text[-10:]}"


def shown(value: Any, most: int = MOST_SHOWN) -> str:
    """Write a value for a message, of whatever size it is.

    >>> shown(10**100_000), shown([1, 2])
    ('a whole number of 100,001 digits', '[1, 2]')
    """
    try:
        text = repr(value)
    except ValueError:  # Python writes no whole number of over 4,300 digits, which may also stand in a list
        digits = f"{int(value.bit_length() * math.log10(2)) + 1:,}" if isinstance(value, int) else "thousands of"
        text = f"a whole number of {digits} digits" if isinstance(value, int) else f"whole numbers of {digits} digits"
    return clipped(text, most)


def is_from(value: Any, low: float, high: float) -> bool:
    """Whether a value is a number from low to high; one of any size may be asked about.

    >>> is_from(10**400, 0, 1e100), is_from(float("nan"), 0, 1), is_from("3", 0, 9), is_from(3, 0, 9)
    (False, False, False, True)
    """
    return isinstance(value, Real) and bool(low <= value <= high)  # type: ignore[operator]


def refuse_uncalled(where: str, value: Any) -> None:
    """Refuse what is to be called as work gets done, and cannot be. Errors: `Problem`; None is nobody to call.

    >>> refuse_uncalled("progress", 3)
    Traceback (most recent call last):
        ...
    genloss.errors.Problem: progress: 3 cannot be called
      mend: give a function of two numbers, what is done and all of it, e.g. progress=print, or leave it out
    """
    if value is not None and not callable(value):
        mend = f"give a function of two numbers, what is done and all of it, e.g. {where}=print, or leave it out"
        raise Problem(where, f"{shown(value, 40)} cannot be called", mend)


_LONG_WORD = re.compile(rf"\S{{{MOST_SHOWN + 1},}}")
_LONG_NAME = re.compile(r"\S{1001,}")
_LONGEST = 10_000
"""Characters of what was found: a value that is a table of tables is as long as its file."""


class Problem(ValueError):
    """A request or a file that genloss cannot use: where it is, what was found, how to mend it.

    `where` names the place as the user knows it ("study.toml, line 14: predictor.rows"),
    `found` what stands there and why it cannot be used, `mend` one thing to do about it.
    Each may be an `Advice`, whose settings read as in Python here, and as another door has them in `at(door)`.
    The command line prints the three and exits with 2; there is no traceback. It is a ValueError, as other
    libraries of this field raise it. Of a long word in `found`, of a name beyond every path, and of a `found` beyond
    a page, only the ends are shown.

    >>> print(Problem("study.toml: seed", "-3 is negative", "give a whole number from 0 on"))
    study.toml: seed: -3 is negative
      mend: give a whole number from 0 on
    """

    def __init__(self, where: str, found: str, mend: str) -> None:
        if not isinstance(found, Advice):
            found = _brief(found)
        super().__init__(where, found, mend)
        self.where = where
        self.found = found
        self.mend = mend

    def __str__(self) -> str:
        return visible(f"{_named(self.where)}: {_brief(str(self.found))}\n  mend: {_named(str(self.mend))}")

    def at(self, door: Door) -> Problem:
        """Return the problem in the words of the door it leaves by."""
        return Problem(*(written(text, door) for text in (self.where, self.found, self.mend)))


def _brief(found: str) -> str:
    return clipped(_LONG_WORD.sub(lambda word: clipped(word[0]), found), _LONGEST)


def _named(text: str) -> str:
    return _LONG_NAME.sub(lambda word: clipped(word[0]), text)


class Damaged(UserWarning):
    """A file of ours that was damaged or edited, and what was done about it; the command line prints it as a note."""


def warn_damaged(path: object, said: str) -> None:
    """Warn of a file in one line, each time it is met."""
    warnings.warn_explicit(f"{path}: {said}", Damaged, str(path), 0)


def nearest(word: str, known: list[str]) -> str:
    """Say which known word was probably meant, and all of them when none is near.

    Near: most letters are alike in their order, without the hyphens before an option, which all options share.

    >>> nearest("penaltty", ["penalty", "rows"])
    'did you mean penalty?'
    >>> nearest("--quiet", ["--out", "--seed"])
    'known here: --out, --seed'
    >>> nearest("xyz", ["penalty", "rows"])
    'known here: penalty, rows'
    """
    from difflib import get_close_matches

    bare = {each.lstrip("-"): each for each in reversed(known)}
    close = get_close_matches(word.lstrip("-"), list(bare), n=1, cutoff=0.6)
    return f"did you mean {bare[close[0]]}?" if close else f"known here: {', '.join(known)}"


def impossible(message: str) -> NoReturn:
    """Stop at what only a bug of ours can reach (exit code 4 on the command line)."""
    raise AssertionError(message)
