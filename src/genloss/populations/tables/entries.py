"""How are many entries of a column read as numbers of a dialect at once?"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import compute

from genloss.populations.tables.dialects import Dialect, tidied
from genloss.populations.tables.numerals import SEPARATORS, body_pattern


def tidy(text: Any) -> Any:
    """Return a pyarrow array of text with every entry tidied; text that is ASCII is as it was."""
    if compute.all(compute.string_is_ascii(text)).as_py() in (True, None):
        return text
    encoded = compute.dictionary_encode(text)
    words = [word if word is None else tidied(word) for word in encoded.dictionary.to_pylist()]
    return pa.array(words, pa.string()).take(encoded.indices)


def read_entries(text: Any, dialect: Dialect) -> NDArray[np.float64]:
    """Return the tidied entries of a pyarrow array of text as numbers; nan where missing or not in the dialect."""
    parts = compute.extract_regex(text, pattern=_entry(dialect))
    body, first, last = (compute.struct_field(parts, name) for name in ("body", "first", "last"))
    second, third = compute.struct_field(parts, "second"), compute.struct_field(parts, "third")
    for sign, instead in ((dialect.thousands, ""), (dialect.decimal, ".")):
        if sign != instead:
            body = compute.replace_substring(body, pattern=sign, replacement=instead)
    numbers: NDArray[np.float64] = body.cast(pa.float64()).to_numpy(zero_copy_only=False).copy()
    signs = sum(_are(part, "-", "+", "(").astype(np.int64) for part in (first, second, third, last))
    opened, closed = _are(first, "(") | _are(second, "("), _are(third, ")") | _are(last, ")")
    minus = opened | _are(first, "-") | _are(second, "-") | _are(third, "-") | _are(last, "-")
    numbers[minus] *= -1.0
    numbers[(opened != closed) | (signs > 1) | (_are(third, ")") & _are(last, ")"))] = np.nan
    return numbers


def changed(text: Any) -> int:
    """Count the entries that are no plain numbers."""
    return int(compute.sum(compute.invert(compute.match_substring_regex(text, _PLAIN))).as_py() or 0)


_PLAIN = f"^[-+]?{body_pattern('.', '')}$"


def _are(part: Any, *signs: str) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = compute.is_in(part, pa.array(signs)).fill_null(False).to_numpy(zero_copy_only=False)
    return found


@lru_cache(maxsize=64)
def _entry(dialect: Dialect) -> str:
    behind_sign = any(text.startswith(dialect.decimal) for text in dialect.behind)  # as in 1.000,-
    body = body_pattern(dialect.decimal, dialect.thousands, end=not behind_sign)
    before, behind = _either(dialect.before), _either(dialect.behind)
    ahead = f"(?P<first>[-+(]?){before} ?(?P<second>[-+(]?)"
    return f"^{ahead} ?(?P<body>{body}) ?(?P<third>[-)]?){behind} ?(?P<last>[-)]?)$"


def _either(texts: Iterable[str]) -> str:
    longest_first = sorted(texts, key=len, reverse=True)
    return f" ?(?:{'|'.join(map(re.escape, longest_first))})?" if longest_first else ""


def dialect_words(dialect: Dialect, changed: int, total: int, fraction: str = "", *, parentheses: bool = False) -> str:
    """Say what was done to read entries as numbers. fraction: an entry that has one, "" where there is none.

    parentheses: whether some stood for a minus.

    >>> dialect_words(Dialect(thousands=",", before=("$",)), 60, 60)
    "read as numbers: '$' and commas between thousands were taken off in 60 of 60 entries"
    >>> dialect_words(Dialect(",", "", behind=("%",)), 7, 9)
    "read as numbers: '%' was taken off, decimal commas became points in 7 of 9 entries"
    """
    off = [repr(text) for text in dict.fromkeys((*dialect.before, *dialect.behind))]
    off += [f"{SEPARATORS[dialect.thousands]} between thousands"] if dialect.thousands else []
    plural = len(off) > 1 or bool(dialect.thousands)
    done = (
        [f"{', '.join(off[:-1])}{' and ' * (len(off) > 1)}{off[-1]} {'were' if plural else 'was'} taken off"]
        if off
        else []
    )
    done += ["decimal commas became points"] if dialect.decimal == "," else []
    done += ["parentheses became a minus"] if parentheses else []
    done += [f"fractions such as {fraction!r} became decimals"] if fraction else []
    done = done or ["another minus, a minus behind or in parentheses, or other digits were written plainly"]
    return f"read as numbers: {', '.join(done)} in {changed:,} of {total:,} entries"
