"""Are rows known again by their hashes: alone, in any order, on any machine, and by no other key?"""

import subprocess
import sys

import numpy as np
import pytest

from genloss import Problem
from genloss.audit.hashes import digest_of, given_twice, key_of, occurrences, row_hashes, word_hash, word_hashes
from genloss.streams import stream

KEY = key_of(0)
RNG = stream(91, "hashes")
NUMBERS = RNG.integers(-3, 4, (400, 3)).astype(float) / 4
KINDS = RNG.choice(["a", "b", "ab", ""], (400, 2)).astype(object)


def of(numbers, kinds=None):
    numbers = np.asarray(numbers, dtype=float)
    return row_hashes(numbers, np.empty((len(numbers), 0), dtype=object) if kinds is None else kinds, KEY)


def test_hashes_are_equal_where_rows_are_and_nowhere_else():
    found = row_hashes(NUMBERS, KINDS, KEY)
    rows = [(*numbers, *kinds) for numbers, kinds in zip(NUMBERS.tolist(), KINDS.tolist(), strict=True)]
    assert len(set(found.tolist())) == len(set(rows)) < len(rows)
    assert all((found[0] == other) == (rows[0] == row) for other, row in zip(found, rows, strict=True))


def test_zeros_and_missing_numbers_are_one_value():
    other_nan = np.array([0x7FF8000000000001], dtype=np.uint64).view(float)[0]
    same = of([[0.0, np.nan], [-0.0, np.nan], [0.0, -np.nan], [0.0, other_nan]])
    assert len(set(same.tolist())) == 1
    assert len(set(of([[0.0, np.nan], [1e-308, np.nan], [0.0, np.inf], [0.0, -np.inf]]).tolist())) == 4


def test_columns_have_their_order_and_words_their_ends():
    assert of([[1.0, 2.0]]) != of([[2.0, 1.0]])
    assert of([[1.0]]) != of([[1.0, 0.0]])
    ends = np.array([["ab", "c"], ["a", "bc"], ["abc", ""]], dtype=object)
    assert len(set(of(np.empty((3, 0)), ends).tolist())) == 3


def test_a_row_has_its_hash_whatever_stands_beside_it():
    whole, order = row_hashes(NUMBERS, KINDS, KEY), RNG.permutation(400)
    np.testing.assert_array_equal(row_hashes(NUMBERS[order], KINDS[order], KEY), whole[order])
    parts = [row_hashes(NUMBERS[k : k + 7], KINDS[k : k + 7], KEY) for k in range(0, 400, 7)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
    np.testing.assert_array_equal(row_hashes(np.asfortranarray(NUMBERS), KINDS, KEY), whole)
    np.testing.assert_array_equal(row_hashes(NUMBERS.astype(">f8"), KINDS, KEY), whole)


def test_another_process_and_a_stored_number_agree():
    code = (
        "import numpy as np; from genloss.audit.hashes import *; "
        "print(row_hashes(np.array([[1.5, -2.0]]), np.array([['x']], dtype=object), key_of(0))[0])"
    )
    other = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    here = row_hashes(np.array([[1.5, -2.0]]), np.array([["x"]], dtype=object), KEY)[0]
    assert int(other.stdout) == here == 18141232281584367521


def test_another_key_gives_other_hashes():
    assert not (row_hashes(NUMBERS, KINDS, KEY) == row_hashes(NUMBERS, KINDS, key_of(1))).any()
    assert word_hash("a", KEY) != word_hash("a", key_of(1))


def test_bits_of_hashes_are_even():
    found = of(np.arange(40_000.0)[:, None])
    ones = (found[:, None] >> np.arange(64, dtype=np.uint64) & np.uint64(1)).mean(axis=0)
    assert np.abs(ones - 0.5).max() < 4.5 * 0.5 / np.sqrt(40_000)


def test_halves_of_characters_are_words_too():
    assert len(set(word_hashes(["\ud800", "\ud801", "?"], KEY).tolist())) == 3


def test_running_numbers_are_the_same_in_any_order():
    hashes = row_hashes(NUMBERS[:, :1], KINDS[:, :0], KEY)
    found, order = occurrences(hashes), RNG.permutation(400)
    pairs = sorted(zip(hashes.tolist(), found.tolist(), strict=True))
    assert pairs == sorted(zip(hashes[order].tolist(), occurrences(hashes[order]).tolist(), strict=True))
    assert len(set(pairs)) == 400
    assert occurrences(hashes[:0]).tolist() == []


def test_digests_know_rows_in_any_order_and_how_often_each():
    hashes = row_hashes(NUMBERS, KINDS, KEY)
    assert digest_of(hashes) == digest_of(hashes[::-1]) == digest_of(hashes[:9]) + digest_of(hashes[9:])
    other = hashes.copy()
    other[0] = hashes[hashes != hashes[0]][0]
    assert digest_of(other) != digest_of(hashes)
    assert str(digest_of(other)) != str(digest_of(hashes))
    assert given_twice([digest_of(each) for each in (hashes, other, hashes[::-1], other)]) == [(0, 2), (1, 3)]


def test_as_many_rows_of_words_as_of_numbers():
    with pytest.raises(Problem, match="400 rows of numbers and 3 of words"):
        row_hashes(NUMBERS, KINDS[:3], KEY)
