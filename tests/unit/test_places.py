"""Are files looked for in the stated order, and is a file that is not what it should be refused?"""

import gzip
from dataclasses import replace

import numpy as np
import pytest

from genloss import Problem
from genloss.populations import Places, catalog, image_files
from genloss.populations.forms import bytes_hash
from genloss.populations.idx import decode, encode
from genloss.populations.places import FileRecord, FileSet, find, keep

CONTENTS = {"a-images": b"some images", "a-labels": b"labels"}
FILES = FileSet(
    "letters", tuple(FileRecord(n, len(c), bytes_hash(c)) for n, c in CONTENTS.items()), system="usr/share/letters"
)


def put(folder, contents=CONTENTS, *, pack=False):
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        path = folder / (name + ".gz" if pack else name)
        path.write_bytes(gzip.compress(content) if pack else content)
    return folder


@pytest.fixture
def looked(tmp_path):
    (tmp_path / "mine").mkdir()
    return Places((tmp_path / "mine",), tmp_path / "cache", tmp_path / "root")


def test_the_order_is_the_users_folder_the_cache_the_system_the_network(looked):
    wanted = replace(FILES, fetch=lambda: tuple(CONTENTS.values()))
    assert find(wanted, looked) is None
    put(looked.system / FILES.system)
    assert find(wanted, looked).where == f"system: {looked.system / FILES.system}"
    put(FILES.cached_in(looked.cache))
    assert find(wanted, looked).where == f"cache: {FILES.cached_in(looked.cache)}"
    put(looked.folders[0])
    assert find(wanted, looked).where == f"given: {looked.folders[0]}"
    put(looked.folders[0] / "letters", pack=True)
    assert find(wanted, looked).where == f"given: {looked.folders[0] / 'letters'}"
    assert find(wanted, looked).contents == tuple(CONTENTS.values())


def test_the_network_is_asked_only_when_allowed_and_what_it_gives_is_kept(looked):
    asked = []
    wanted = replace(FILES, fetch=lambda: asked.append(1) or tuple(CONTENTS.values()))
    assert find(wanted, looked) is None
    assert asked == []
    for _ in range(2):
        found = find(wanted, replace(looked, download=True))
        assert found.where == f"cache: {FILES.cached_in(looked.cache)}"
    assert asked == [1]
    assert (FILES.cached_in(looked.cache) / "a-labels").read_bytes() == b"labels"
    nowhere = replace(looked, download=True, cache=None)
    assert find(wanted, nowhere).where == "network"


def test_wrong_files_from_the_network_are_not_kept(looked):
    wanted = replace(FILES, fetch=lambda: (b"some images", b"labelz"))
    with pytest.raises(Problem, match="a-labels from the network: altered"):
        find(wanted, replace(looked, download=True))
    assert not looked.cache.exists()

    def cut():
        raise OSError("no route")

    with pytest.raises(Problem, match="the network gave nothing: no route"):
        find(replace(FILES, fetch=cut), replace(looked, download=True))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"label", "5 bytes, expected 6"),
        (b"labelz", f"altered: SHA-256 {bytes_hash(b'labelz')}, expected {bytes_hash(b'labels')}"),
    ],
)
@pytest.mark.parametrize("pack", [False, True])
def test_a_truncated_or_altered_file_is_refused_by_name(looked, content, said, pack):
    put(looked.system / FILES.system)  # a good copy further down does not excuse a bad one
    put(looked.folders[0], CONTENTS | {"a-labels": content}, pack=pack)
    with pytest.raises(Problem) as caught:
        find(FILES, looked)
    assert said in str(caught.value)
    assert "a-labels" in caught.value.where


def test_a_torn_gzip_file_is_refused_and_half_a_set_is_passed_over(looked):
    put(looked.folders[0], pack=True)
    torn = looked.folders[0] / "a-images.gz"
    torn.write_bytes(torn.read_bytes()[:-5])
    with pytest.raises(Problem, match=r"a-images\.gz: not a whole gzip file"):
        find(FILES, looked)
    torn.unlink()
    assert find(FILES, looked) is None


def test_files_of_another_set_under_the_same_names_are_passed_over(looked):
    put(looked.folders[0], {"a-images": b"other images", "a-labels": b"others"})
    put(looked.system / FILES.system)
    others = frozenset([bytes_hash(b"other images")])
    assert find(FILES, looked, others=others).where.startswith("system")
    with pytest.raises(Problem, match="expected"):
        find(FILES, looked)


def test_a_folder_that_is_not_there_is_named(looked, tmp_path):
    with pytest.raises(Problem, match="no-folder: no such folder"):
        find(FILES, replace(looked, folders=(tmp_path / "no-folder",)))


def test_kept_files_are_found_again(looked):
    put(looked.folders[0])
    assert keep(FILES, find(FILES, looked), looked.cache) == FILES.cached_in(looked.cache)
    assert find(FILES, replace(looked, folders=())).where.startswith("cache")
    assert sorted(path.name for path in FILES.cached_in(looked.cache).iterdir()) == sorted(CONTENTS)


def test_mnist_and_fashion_mnist_do_not_take_each_others_files(here, tmp_path):
    found = catalog.DATASETS["fashion_mnist"].origin.find(here("fashion_mnist"))
    put(tmp_path, dict(zip(image_files.NAMES, found.contents, strict=True)))
    alone = Places((tmp_path,), None, tmp_path)
    assert catalog.status("fashion_mnist", alone).state == "here"
    assert catalog.status("mnist", alone).state == "absent"


def test_what_openml_gives_becomes_the_original_files(here, monkeypatch):
    data = catalog.load("mnist", here("mnist")).data
    pixels = np.concatenate([data.pixels, data.test_pixels])
    labels = np.concatenate([data.classes, data.test_classes]).astype(str)

    def fetch(*names, **options):
        assert names == ("mnist_784",)
        assert options["return_X_y"]
        return pixels, labels.astype(object)

    monkeypatch.setattr("sklearn.datasets.fetch_openml", fetch)
    fetched = image_files.fetch_mnist()
    assert [bytes_hash(content) for content in fetched] == [file["sha256"] for file in catalog.DATASETS["mnist"].files]


def test_idx_files_come_back_as_they_were_written():
    array = np.random.default_rng(1).integers(256, size=(3, 4, 5), dtype=np.uint8)
    assert np.array_equal(decode(encode(array), where="x"), array)
    floats = bytes([0, 0, 0x0D, 1, 0, 0, 0, 2]) + np.array([1.5, -2], ">f4").tobytes()
    assert decode(floats, where="x").tolist() == [1.5, -2.0]
