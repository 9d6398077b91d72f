"""Golden files: compare with what is stored, or store anew with --update-golden. Where data sets are; what is slow."""

from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from genloss.cli.places import places
from genloss.populations import catalog

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


@pytest.fixture(autouse=True, scope="session")
def one_blas_thread():
    """Tests run side by side; each keeps to one processor."""
    with threadpool_limits(1):
        yield
