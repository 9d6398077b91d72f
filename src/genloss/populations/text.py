"""Which words does a text hold, and where do texts come from?"""

from __future__ import annotations

import re
import subprocess
import sys
import unicodedata

from genloss.errors import Problem
from genloss.populations.forms import Loaded, Words, bytes_hash
from genloss.populations.places import FileRecord, FileSet, Found, Places, check, find

BIBLE = FileSet(
    "bible",
    (FileRecord("bible.txt", 4_404_412, "cd45f0c9cedab8e4439bd6486c8952c77cc8b0ecc5d1f6ae3513f2039f47229d"),),
)
"""The King James Bible, one verse a line behind its reference, as `bible -f Ge1:1-Re22:21` prints it."""


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text of any script in order, by the Unicode rules of word boundaries (UAX #29).

    A word is a segment that holds a letter. Chinese, Japanese, Thai, Lao, Khmer and Burmese, which are written
    without blanks, are parted by the dictionaries of ICU. Letters are folded (casefold) and composed (NFC), so
    that two spellings of a word are one, and a typographic apostrophe is a plain one. Digits and signs between
    words are dropped; digits and underscores within a word stay.

    >>> words("Don\u2019t stop: 12 CAFE\u0301S, x2y; \u6211\u7231\u5317\u4eac")
    ("don't", 'stop', 'cafés', 'x2y', '我', '爱', '北京')
    """
    from icu4py.breakers import WordBreaker

    plain = text.replace("\u2019", "'").encode("utf-8", "replace").decode("utf-8")  # halves of characters part words
    found = (word for word in WordBreaker(plain, "und") if any(map(str.isalpha, word)))
    return tuple(unicodedata.normalize("NFC", word.casefold()) for word in found)


def tokens(text: str) -> tuple[str, ...]:
    """Return the words of the English texts of the catalog in order: runs of the letters a to z in lower case.

    The rule of published numbers, which stays as it was; a user's own text is read by `words`. An apostrophe
    between letters belongs to the word; digits, hyphens, underscores and all other signs part words and are
    dropped.

    >>> tokens("The LORD'S day-spring, 12 times: don't_stop")
    ('the', "lord's", 'day', 'spring', 'times', "don't", 'stop')
    """
    return tuple(re.findall(r"[a-z]+(?:'[a-z]+)*", text.lower()))


def pydoc_text() -> Loaded:
    """Read the help topics of Python's own documentation, in the order of their names.

    The text is another one in every version of Python, so that no hash is expected of it.
    """
    from pydoc_data.topics import topics

    text = "\n".join(topics[name] for name in sorted(topics))
    where = f"package: Python {'.'.join(map(str, sys.version_info[:3]))}"
    return Loaded(Words(tokens(text)), bytes_hash(text.encode()), where)


def find_bible(places: Places) -> Found | None:
    """Return the verified text from a file, or from Debian's program `bible` with its data."""
    return find(BIBLE, places) or _printed(places)


def bible_of(found: Found) -> Loaded:
    """Return the words of the verses, without the references in front of them."""
    (content,) = found.contents
    verses = re.sub(r"(?m)^\S+ ", "", content.decode("ascii"))
    return Loaded(Words(tokens(verses)), BIBLE.sha256, found.where)


def _printed(places: Places) -> Found | None:
    """Let the program of the packages bible-kjv and bible-kjv-text unpack its text."""
    program, data = places.system / "usr/bin/bible", places.system / "usr/lib/bible.data"
    if not (program.is_file() and data.is_file()):
        return None
    command = [str(program), "-p", str(data.parent), "-f", "Ge1:1-Re22:21"]
    try:
        done = subprocess.run(command, cwd=data.parent, stdin=subprocess.DEVNULL, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise Problem(str(program), f"cannot be run: {error}", "install bible-kjv and bible-kjv-text again") from error
    check(BIBLE.files[0], done.stdout, where=f"{data}, unpacked by {program.name}")
    return Found((done.stdout,), f"system: {data}")
