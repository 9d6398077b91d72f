"""Are the rows of a pool the right ones, scaled and labeled as stated?"""

from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from genloss import Problem
from genloss.populations import data_pool, digits
from genloss.populations.forms import Images, Table
from genloss.populations.from_data import images_pool, table_pool
from genloss.streams import stream


def digits_before(*, held_out, seed):
    """The digits pool as it was when the first results were made, word for word."""
    images, labels = load_digits(return_X_y=True)
    order = stream(seed, "digits", "split").permutation(len(labels))
    kept, out = np.sort(order[held_out:]), np.sort(order[:held_out])
    mean, spread = images[kept].mean(axis=0), images[kept].std(axis=0)
    scaled = (images - mean) / np.where(spread > 0, spread, np.inf)
    clean = (labels % 2).astype(float)
    return scaled[kept], clean[kept], scaled[out], clean[out]


@pytest.mark.parametrize(("held_out", "seed"), [(450, 11), (1, 1), (1700, 2)])
def test_the_digits_pool_is_what_it_was_to_the_byte(held_out, seed):
    pool = digits(target="parity", noise=1.0, held_out=held_out, seed=seed)
    now = (pool.inputs, pool.clean, pool.held_out, pool.held_out_clean)
    for one, other in zip(now, digits_before(held_out=held_out, seed=seed), strict=True):
        assert one.tobytes() == other.tobytes()
    other = digits(target="parity", noise=1.0, held_out=held_out, seed=seed + 1)
    assert other.inputs.tobytes() != pool.inputs.tobytes()


TABLE = Table(("a", "constant", "y"), np.column_stack([np.arange(40.0), np.full(40, 3.0), np.arange(40.0) ** 2]))
ALL = {"target": "y", "noise": 0.1, "held_out": 10, "seed": 5, "rows": None}


def test_a_table_is_standardized_and_centered_by_its_pool():
    pool = table_pool("mine", TABLE, **ALL)
    assert pool.inputs.shape == (30, 2)
    assert pool.held_out.shape == (10, 2)
    np.testing.assert_allclose(pool.inputs.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(pool.inputs.std(axis=0), [1, 0], atol=1e-12)
    assert np.all(pool.held_out[:, 1] == 0)
    assert abs(pool.clean.mean()) < 1e-12
    everything = np.concatenate([pool.clean, pool.held_out_clean])
    assert np.allclose(np.diff(np.sort(everything)), np.diff(TABLE.values[:, 2]))  # moved, not scaled


def test_fewer_rows_are_a_part_of_all_and_keep_the_held_out_ones():
    few, every = table_pool("mine", TABLE, **{**ALL, "rows": 12}), table_pool("mine", TABLE, **ALL)
    assert few.inputs.shape == (12, 2)
    # A label names its row, up to the pool's mean: the same gaps mean the same rows.
    np.testing.assert_allclose(np.diff(few.held_out_clean), np.diff(every.held_out_clean))
    gaps = few.clean[:, None] - few.held_out_clean
    assert {*gaps.ravel().round(6)} <= {*(every.clean[:, None] - every.held_out_clean).ravel().round(6)}


def test_the_test_split_is_never_mixed_into_the_pool():
    pixels, test = np.arange(30).reshape(15, 2), 1000 + np.arange(20).reshape(10, 2)
    images = Images(pixels, np.arange(15) % 10, test, np.arange(10))
    pool = images_pool("x", images, target="parity", noise=1.0, held_out=4, seed=1, rows=12)
    assert pool.inputs.shape == (12, 2)
    assert pool.held_out.shape == (4, 2)
    assert pool.held_out.min() > pool.inputs.max()
    assert set(pool.clean) == {0.0, 1.0}
    for changed, said in (({"held_out": 11}, "11 of 10 rows"), ({"rows": 16}, "16 of 15 rows")):
        options = {"target": "parity", "noise": 1.0, "held_out": 4, "seed": 1, "rows": 12} | changed
        with pytest.raises(Problem, match=said):
            images_pool("x", images, **options)


def test_mnist_pools_take_held_out_rows_from_the_test_images(here):
    pool = data_pool("mnist", target="parity", noise=1.0, held_out=450, seed=11, rows=2000, places=here("mnist"))
    assert pool.inputs.shape == (2000, 784)
    assert pool.held_out.shape == (450, 784)
    spread = pool.inputs.std(axis=0)
    assert np.all(np.isclose(spread, 1) | (spread == 0))


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"target": "z"}, "there is no column 'z'\n  mend: known here: a, constant, y"),
        ({"target": "constan"}, "did you mean constant"),
        ({"held_out": 39}, "39 of 40 rows"),
        ({"held_out": -1}, "-1 of 40 rows"),
        ({"rows": 31}, "31 of 40 rows, 10 of them held out\n  mend: give a number from 2 to 30"),
        ({"rows": 1}, "1 of 40 rows"),
    ],
)
def test_what_a_table_cannot_give_is_refused(changed, said):
    with pytest.raises(Problem) as caught:
        table_pool("mine", TABLE, **{**ALL, **changed})
    assert said in str(caught.value)


def test_a_long_list_of_columns_is_cut():
    wide = replace(TABLE, columns=tuple(f"c{i}" for i in range(30)), values=np.ones((40, 30)))
    with pytest.raises(Problem, match="c19 and 10 more"):
        table_pool("mine", wide, **{**ALL, "target": "zzz"})


def test_text_is_no_population():
    with pytest.raises(Problem, match="bible is text"):
        data_pool("bible", target="x", noise=1.0, held_out=0, seed=1)
    with pytest.raises(Problem, match="'colour' is not known for digits"):
        digits(target="colour", noise=1.0, held_out=0, seed=1)
