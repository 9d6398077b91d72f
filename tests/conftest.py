"""Golden files: compare with what is stored, or store anew with --update-golden."""

from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

GOLDEN = Path(__file__).parent / "golden"


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="store what the golden tests see")


@pytest.fixture
def golden(request):
    """Return a function (name, text) that compares text with tests/golden/name."""

    def compare(name, text):
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(autouse=True, scope="session")
def one_blas_thread():
    """Tests run side by side; each keeps to one processor."""
    with threadpool_limits(1):
        yield
