"""Is every data set what the catalog says of it, and do the loaders give its values?"""

import numpy as np
import pytest

from genloss import Problem
from genloss.populations import DATASETS, NO_FOLDER, catalog
from genloss.populations.forms import Images, Table, Words, array_hash, bytes_hash, joint_hash
from genloss.populations.text import tokens

PACKAGED = ("digits", "diabetes", "breast_cancer", "wine", "mnist_5k", "randhie", "fair")


@pytest.mark.parametrize("name", DATASETS)
def test_a_data_set_has_the_size_and_the_hash_of_its_record(name, here):
    record, loaded = DATASETS[name], catalog.load(name, here(name))
    if record.sha256:
        assert loaded.sha256 == record.sha256
    if isinstance(loaded.data, Images):
        assert record.form == "images"
        assert loaded.data.pixels.shape == (record.rows, record.columns)
        assert loaded.data.test_pixels.shape == (record.test_rows, record.columns)
        assert loaded.data.classes.shape == (record.rows,)
        assert set(np.unique(loaded.data.classes)) == set(range(10))
    elif isinstance(loaded.data, Table):
        assert record.form == "table"
        assert loaded.data.values.shape == (record.rows, record.columns)
        assert record.target in loaded.data.columns
    else:
        assert record.form == "text"
        assert isinstance(loaded.data, Words)
        assert record.rows in (0, len(loaded.data.tokens))


def test_mnist_is_mnist(here):
    images = catalog.load("mnist", here("mnist")).data
    assert round(images.pixels.mean() / 255, 4) == 0.1307
    assert round(images.pixels.std() / 255, 4) == 0.3081
    assert np.bincount(images.classes).tolist() == [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]
    assert images.classes[:5].tolist() == [5, 0, 4, 1, 9]
    assert images.test_classes[:5].tolist() == [7, 2, 1, 0, 4]


def test_mnist_5k_holds_images_of_mnist(here):
    small = catalog.load("mnist_5k", here("mnist_5k")).data
    large = catalog.load("mnist", here("mnist")).data
    known = {image.tobytes() for part in (large.pixels, large.test_pixels) for image in part}
    assert all(image.tobytes() in known for image in small.pixels)


def test_values_of_the_tables():
    tables = {name: catalog.load(name, NO_FOLDER).data for name in ("diabetes", "wine", "fair", "randhie")}
    first = {name: dict(zip(table.columns, table.values[0].tolist(), strict=True)) for name, table in tables.items()}
    assert (first["diabetes"]["age"], first["diabetes"]["target"]) == (59.0, 151.0)
    assert (first["wine"]["alcohol"], first["wine"]["target"]) == (14.23, 0.0)
    assert (first["fair"]["age"], first["fair"]["affairs"]) == (32.0, 0.1111111)
    assert (first["randhie"]["lpi"], first["randhie"]["mdvis"]) == (6.907755, 0.0)


def test_texts_are_words_in_order(here):
    words = catalog.load("bible", here("bible")).data.tokens
    assert " ".join(words[:10]) == "in the beginning god created the heaven and the earth"
    assert len(set(words)) == 12_762
    topics = catalog.load("pydoc", here("pydoc")).data.tokens
    assert len(topics) > 50_000
    assert all(word == word.lower() for word in topics)


def test_words_are_runs_of_letters():
    assert tokens("") == ()
    assert tokens("Aaron's rod -- 'quoted' naïve x2y") == ("aaron's", "rod", "quoted", "na", "ve", "x", "y")


@pytest.mark.parametrize("name", PACKAGED)
def test_an_altered_package_is_refused_with_both_hashes(name, monkeypatch):
    record = DATASETS[name]
    monkeypatch.setattr("genloss.populations.packaged.array_hash", lambda *_: "f" * 64)
    with pytest.raises(Problem) as caught:
        catalog.load(name, NO_FOLDER)
    assert "f" * 64 in str(caught.value)
    assert record.sha256 in str(caught.value)


@pytest.mark.parametrize("name", ["mnist_5k", "fair"])
def test_an_absent_package_is_named_with_its_remedy(name, monkeypatch):
    monkeypatch.setattr(catalog, "find_spec", lambda _: None)
    with pytest.raises(Problem, match=r"not here\n  mend: get it: pip install 'genloss\[data\]'"):
        catalog.load(name, NO_FOLDER)
    assert catalog.status(name, NO_FOLDER).state == "absent"


def test_an_unknown_name_gets_its_nearest():
    with pytest.raises(Problem, match="did you mean fashion_mnist"):
        catalog.load("fashion-mnist", NO_FOLDER)


def test_hashes_tell_values_order_and_number():
    a, b = np.arange(3.0), np.arange(4.0)
    assert array_hash(a) == array_hash(a.astype(int)) == array_hash(np.nextafter(a, 9))
    assert len({array_hash(a), array_hash(b), array_hash(a, b), array_hash(b, a)}) == 4
    assert joint_hash([bytes_hash(b"x")]) == bytes_hash(b"x")
    assert joint_hash(["a", "b"]) != joint_hash(["b", "a"])
