"""Are rows of one entity drawn and held out together, and is every row as probable as any other in every place?"""

from itertools import pairwise

import numpy as np
from helpers import Z

from genloss.populations.entities import drawn_rows, numbered, split_by_entity

SIZES = [1, 2, 7, 30]
ENTITIES = numbered(np.random.default_rng(0).permutation(np.repeat(["a", "b", "c", "d"], SIZES)))


def test_each_place_holds_each_row_with_the_same_probability():
    runs, rows = 10_000, 5
    drawn = drawn_rows(ENTITIES, (runs, rows), np.random.default_rng(1))
    share = 1 / ENTITIES.size
    error = np.sqrt(share * (1 - share) / runs)
    for place in range(rows):
        seen = np.bincount(drawn[:, place], minlength=ENTITIES.size) / runs
        assert np.abs(seen - share).max() < Z * error
    # control: runs that begin with a whole entity hold the rows of small ones too often in the first place
    whole = np.bincount(ENTITIES[np.random.default_rng(2).integers(4, size=runs)], minlength=4) / runs
    assert np.abs(whole - np.array(SIZES) / ENTITIES.size).max() > 2 * Z * error


def test_rows_of_an_entity_follow_each_other_and_are_all_there():
    (drawn,) = drawn_rows(ENTITIES, (1, 400), np.random.default_rng(3))
    of = ENTITIES[drawn]
    starts = np.flatnonzero(np.append(True, (np.diff(of) != 0) | (np.diff(drawn) <= 0)))
    sizes = np.bincount(ENTITIES)
    for begin, end in pairwise(starts[1:]):  # the first and the last may be cut
        assert end - begin == sizes[of[begin]]
        assert np.array_equal(drawn[begin:end], np.flatnonzero(of[begin] == ENTITIES))


def test_weights_of_entities():
    weights = np.array([0.5, 0.1, 0.02, 0.01])[ENTITIES]
    weights /= weights.sum()
    runs = 20_000
    drawn = drawn_rows(ENTITIES, (runs, 3), np.random.default_rng(4), weights)
    for place in (0, 2):
        seen = np.bincount(drawn[:, place], minlength=ENTITIES.size) / runs
        assert (np.abs(seen - weights) < Z * np.sqrt(weights / runs)).all()


def test_sets_are_of_whole_entities_and_as_small_as_can_be():
    entities = np.repeat(np.arange(50), 3)
    first, second, rest = split_by_entity(entities, [10, 0], np.random.default_rng(5))
    assert (first.size, second.size, rest.size) == (12, 0, 138)
    assert not set(entities[first]) & set(entities[rest])
    everything = split_by_entity(entities, [149, 1], np.random.default_rng(5))
    assert [len(each) for each in everything] == [150, 0, 0]
