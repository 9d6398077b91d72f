"""What does a user read when a request cannot be met?"""

from __future__ import annotations

from difflib import get_close_matches
from typing import NoReturn

from genloss.doors import Door, written
from genloss.visible import visible


class Problem(ValueError):
    """A request or a file that genloss cannot use: where it is, what was found, how to mend it.

    `where` names the place as the user knows it ("study.toml, line 14: predictor.rows"),
    `found` what stands there and why it cannot be used, `mend` one thing to do about it.
    Each may be an `Advice`, whose settings read as in Python here, and as another door has them in `at(door)`.
    The command line prints the three and exits with 2; there is no traceback. It is a ValueError, as other
    libraries of this field raise it.

    >>> print(Problem("study.toml: seed", "-3 is negative", "give a whole number from 0 on"))
    study.toml: seed: -3 is negative
      mend: give a whole number from 0 on
    """

    def __init__(self, where: str, found: str, mend: str) -> None:
        super().__init__(where, found, mend)
        self.where = where
        self.found = found
        self.mend = mend

    def __str__(self) -> str:
        return visible(f"{self.where}: {self.found}\n  mend: {self.mend}")

    def at(self, door: Door) -> Problem:
        """Return the problem in the words of the door it leaves by."""
        return Problem(*(written(text, door) for text in (self.where, self.found, self.mend)))


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
    bare = {each.lstrip("-"): each for each in reversed(known)}
    close = get_close_matches(word.lstrip("-"), list(bare), n=1, cutoff=0.6)
    return f"did you mean {bare[close[0]]}?" if close else f"known here: {', '.join(known)}"


def impossible(message: str) -> NoReturn:
    """Stop at what only a bug of ours can reach (exit code 4 on the command line)."""
    raise AssertionError(message)
