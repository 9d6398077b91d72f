"""Does every key of a study say which values it takes, and is what it says what it checks?"""

import pytest

from genloss.study.claims.claim import CLAIM
from genloss.study.language.checks import accepted, list_of, number, one_of, table, whole, word
from genloss.study.language.key import MISSING
from genloss.study.spec.tables import STUDY, TABLES

KEYS = [
    pytest.param(key, id=f"{where}.{name}")
    for where, keys in [("study", STUDY), ("claim", CLAIM)]
    + [(f"{table}.{kind}", keys) for table, kinds in TABLES.items() for kind, keys in kinds.items()]
    for name, key in keys.items()
]


@pytest.mark.parametrize("key", KEYS)
def test_a_key_says_what_it_takes_and_takes_its_default(key):
    assert accepted(key.check) not in ("", "what its meaning says")
    if key.default is not MISSING and key.default not in (None, ""):
        assert key.check(key.default) is None


@pytest.mark.parametrize(
    ("check", "words", "taken", "refused"),
    [
        (whole(2, 9), "a whole number, 2 to 9", [2, 9], [1, 10, 2.0]),
        (whole(1), "a whole number >= 1", [1, 10**9], [0, 10**10]),
        (number(0.0, above=True), "a number > 0", [1e-9, 1e9], [0, -1, "1"]),
        (number(0.0, 0.9), "a number >= 0 and <= 0.9", [0, 0.9], [-0.1, 1]),
        (number(float("-inf")), "a number that is finite", [-3, 0.5], [float("inf"), float("nan")]),
        (word("a", "b"), 'one of "a", "b"', ["a"], ["c", 1]),
        (word(), "text", ["any"], [1]),
        (list_of(word()), "a list, each text", [["a"]], [[], "a"]),
        (one_of(whole(1, 3), word("all")), 'a whole number, 1 to 3; or one of "all"', [1, "all"], [4, "none"]),
        (table(steps=whole(1, 5)), "{steps = a whole number, 1 to 5}", [{"steps": 5}], [{"steps": 6}, {"epochs": 1}]),
    ],
)
def test_words_and_check_are_one(check, words, taken, refused):
    assert accepted(check) == words
    assert [check(value) for value in taken] == [None] * len(taken)
    assert all(check(value) for value in refused)
