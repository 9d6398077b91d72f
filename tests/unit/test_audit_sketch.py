"""Are the rows that a long file is judged by a fair sample, and the same in any order, chunks and shards?"""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from genloss import Problem
from genloss.audit.hashes import occurrences, row_hashes
from genloss.audit.sketch import sketch
from genloss.populations.own_rows import Columns
from genloss.streams import stream


def table(numbers, kinds=None):
    numbers = np.asarray(numbers, dtype=float)
    numbers = numbers.reshape(len(numbers), -1)
    words = np.empty((len(numbers), 0), dtype=object) if kinds is None else np.array(kinds, dtype=object)[:, None]
    names = tuple(f"x{place}" for place in range(numbers.shape[1]))
    return Columns(names, numbers, () if kinds is None else ("word",), words)


def listed(rows):
    return [(*map(float, a), *b) for a, b in zip(rows.numbers, rows.kinds, strict=True)]


def pieces(rows, sizes):
    first = 0
    for size in sizes:
        yield rows[np.arange(first, min(first + size, len(rows)))]
        first += size
    yield rows[np.arange(min(first, len(rows)), len(rows))]


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.sampled_from("ab")), min_size=1, max_size=60), st.data())
def test_the_sample_knows_neither_order_nor_chunks(entries, data):
    rows = table([n for n, _ in entries], [w for _, w in entries])
    mixed = np.array(data.draw(st.permutations(range(len(rows)))))
    sizes = data.draw(st.lists(st.integers(0, 9), max_size=12))
    most = data.draw(st.integers(1, 70))
    one, other = sketch([rows], 5, most), sketch(pieces(rows[mixed], sizes), 5, most)
    assert listed(one.columns) == listed(other.columns)
    assert one.hashes.tolist() == other.hashes.tolist() == sorted(set(one.hashes.tolist()))
    assert (one.rows_seen, one.digest) == (other.rows_seen, other.digest) == (len(rows), one.digest)
    assert len(one.columns) == min(most, len(rows))
    assert not Counter(listed(one.columns)) - Counter(listed(rows))


def test_chunks_of_every_size_and_much_merging_give_one_sample():
    rng = stream(3, "sketch")
    rows = table(np.where(rng.random((20_000, 2)) < 0.5, 1.0, rng.integers(0, 900, (20_000, 2))))
    one = sketch([rows], 1, 500)
    for sizes in ([7] * 2500, [1, 9000, 3, 9000], [4096] * 9):
        other = sketch(pieces(rows, sizes), 1, 500)
        assert other.hashes.tolist() == one.hashes.tolist()
        assert other.digest == one.digest


def test_a_row_that_fills_half_of_a_file_fills_half_of_the_sample():
    rows = table(np.r_[np.zeros(50_000), np.arange(1.0, 50_001.0)])
    shares = [float((sketch([rows], key, 2000).columns.numbers == 0).mean()) for key in range(10)]
    error = np.sqrt(0.25 / 2000 / 10)
    assert abs(np.mean(shares) - 0.5) < 4.5 * error


def test_the_order_of_a_sorted_file_is_lost():
    rows = table(np.sort(stream(4, "sorted").normal(size=4000)))
    found = sketch([rows], 9).columns.numbers.ravel()
    assert len(found) == 4000
    lagged = np.corrcoef(found[1:], found[:-1])[0, 1]
    assert abs(lagged) < 4.5 / np.sqrt(4000)
    assert np.corrcoef(rows.numbers.ravel()[1:], rows.numbers.ravel()[:-1])[0, 1] > 0.9


def test_other_keys_give_samples_that_are_unrelated():
    rows = table(np.arange(10_000.0))
    one, other = (set(sketch([rows], key, 1000).columns.numbers.ravel()) for key in (1, 2))
    assert abs(len(one & other) - 100) < 4.5 * np.sqrt(1000 * 0.1 * 0.9 * 0.9)
    assert sketch([rows], 1, 1000).digest == sketch([rows], 2, 1000).digest


@pytest.mark.parametrize("most", [3, 100])
def test_of_each_entity_one_row_is_kept_across_chunks(most):
    rng = stream(5, "entities")
    owner = rng.integers(0, 40, 600)
    numbers = np.column_stack([rng.normal(size=600), owner])
    rows = Columns(("x", "person"), numbers, (), np.empty((600, 0), dtype=object))
    one = sketch([rows], 2, most, "person")
    other = sketch(pieces(rows[rng.permutation(600)], [5] * 90), 2, most, "person")
    assert one.entities == other.entities == len(set(owner.tolist()))
    assert one.rows_seen == 600
    assert one.columns.names == ("x",)
    assert listed(one.columns) == listed(other.columns)
    of = dict(zip(rows.numbers[:, 0], owner, strict=True))
    assert len({of[x] for x in one.columns.numbers[:, 0]}) == len(one.columns) == min(most, one.entities)


def test_entities_of_many_rows_are_not_kept_more_often():
    owner = np.r_[np.repeat(np.arange(50), 99), np.arange(50, 100)]
    rows = Columns(("x", "id"), np.column_stack([owner < 50, owner]), (), np.empty((len(owner), 0), dtype=object))
    kept = [float(sketch([rows], key, 20, "id").columns.numbers.mean()) for key in range(100)]
    assert abs(np.mean(kept) - 0.5) < 4.5 * np.std(kept) / 10


def test_documents_are_rows():
    texts = [f"text {number % 7}" for number in range(30)]
    one, other = sketch([texts], 1, 9), sketch([texts[20:], [], texts[:20]], 1, 9)
    assert one.columns == other.columns
    assert len(one.columns) == 9
    assert one.digest == other.digest != sketch([texts[1:]], 1, 9).digest


def test_hashes_see_content_column_and_key_alone():
    one = np.array([[0.0, np.nan, 2.0]])
    odd = np.array([0x7FF8000000000123], dtype=np.uint64).view(float)[0]
    words = np.array([["a", "b"]], dtype=object)
    known = row_hashes(one, words, 3)
    assert known.tolist() == row_hashes(np.array([[-0.0, odd, 2.0]]), words.copy(), 3).tolist()
    others = [
        row_hashes(one[:, ::-1], words, 3),
        row_hashes(one, words[:, ::-1], 3),
        row_hashes(one, words, 4),
        row_hashes(one, np.array([["a", "b "]], dtype=object), 3),
        row_hashes(one + 1e-15, words, 3),
    ]
    assert len({int(each[0]) for each in (known, *others)}) == 6
    assert row_hashes(one, words, 3).tolist() == [8904540786486448165]  # in every process and version


def test_hashes_of_near_rows_are_spread_over_all_bits():
    found = row_hashes(np.arange(20_000.0)[:, None], np.empty((20_000, 0), dtype=object), 0)
    ones = ((found[:, None] >> np.arange(64, dtype=np.uint64)) & np.uint64(1)).mean(axis=0)
    assert np.abs(ones - 0.5).max() < 4.5 * 0.5 / np.sqrt(20_000)
    assert len(set(found.tolist())) == 20_000


def test_occurrences_by_hand():
    assert occurrences(np.array([], dtype=np.uint64)).tolist() == []
    assert occurrences(np.array([5, 5, 1, 5], dtype=np.uint64)).tolist() == [0, 1, 0, 2]


def test_what_cannot_be_sampled_is_refused():
    with pytest.raises(Problem, match="no rows"):
        sketch([], 1)
    with pytest.raises(Problem, match="did you mean x0"):
        sketch([table([1.0])], 1, ids="x")
