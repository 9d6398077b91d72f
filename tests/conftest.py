"""Golden files: compare with what is stored, or store anew with --update-golden. Data sets, slow tests, pictures."""

import gc
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from threadpoolctl import threadpool_limits

from genloss.cli.places import places
from genloss.populations import catalog
from genloss.report.figure import saved

GOLDEN = Path(__file__).parent / "golden"
SLOW = Path(__file__).parent / "slow.txt"


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="store what the golden tests see")


def slow_tests():
    """The tests that `make quick` leaves out, as tests/folder/file.py::function."""
    return [line for line in SLOW.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]


def pytest_collection_modifyitems(items):
    slow = set(slow_tests())
    for item in items:
        if item.nodeid.split("[")[0] in slow:
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish():
    """What the collection of thousands of tests left stays to the end: the collector of garbage need not look at it.

    It looks seldom, too: by Python's own thresholds it took a tenth of the time of small tests.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture
def golden(request):
    """Return a function (name, text) that compares text with tests/golden/name."""

    def compare(name, text):
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture
def here():
    """Return a function that gives the places where a data set is, or skips the test and says why."""

    def places_of(name):
        looked = places()
        status = catalog.status(name, looked)
        if status.state != "here":
            pytest.skip(f"the data set {name} is {status.state}: {status.where}")
        return looked

    return places_of


@pytest.fixture(scope="module")
def without_pictures():
    """Pages of this module have empty pictures: nobody looks at them there, and most of a small run is drawing."""
    empty = saved(Figure(figsize=(0.1, 0.1)), ("svg", "png"))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            "genloss.report.page.draw", lambda _panels, *, formats, **_: {each: empty[each] for each in formats}
        )
        yield


@pytest.fixture(autouse=True, scope="session")
def one_blas_thread():
    """Tests run side by side; each keeps to one processor."""
    with threadpool_limits(1):
        yield
