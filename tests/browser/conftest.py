"""One server and one browser for all tests of the page; every page is watched for what it asks for and complains of.

Nothing outside this machine is reachable to a page here: a request to another host fails the test that made it.
"""

import os
import re
import shutil
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="the server of the page needs genloss[explore]")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

WAIT, LOOK = 40_000, 25  # milliseconds: for what does not come at all, and between two looks
LOOKING = f"""
const simulation = () => document.getElementById("simulation-status")?.innerText;
const late = () => Date.now() > last && (fail(`never: ${{f}}; ${{simulation()}}`), true);
const look = () => f(given) ? done() : late() || setTimeout(look, {LOOK});
look();
"""
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def browser_path():
    """Where a browser is, or the test is skipped."""
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"no browser on this machine: none of {', '.join(BROWSERS)} is on the path")
    return found


@pytest.fixture(scope="session")
def browser():
    path = browser_path()
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield opened
        opened.close()


@contextmanager
def serving(*arguments):
    """The address of a server of the page that runs until the end. What it compiles once per installation is there."""
    from genloss.explore.formulas import prepare

    assert list(prepare())[-1]
    command = [sys.executable, "-m", "genloss", "explore", "--no-browser", "--port", "0", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    ) as run:
        try:
            said = run.stdout.readline()
            yield re.search(r"http://127\.0\.0\.1:\d+/", said).group()
        finally:
            run.terminate()


@pytest.fixture(scope="session")
def server(browser, tmp_path_factory):  # noqa: ARG001  a machine without a browser starts no server
    """The address of the page, which shows a small table of its own beside the studies that come with genloss."""
    rows = np.random.default_rng(7).normal(size=(60, 2))
    table = tmp_path_factory.mktemp("table") / "prices.csv"
    lines = [f"{size:.3f},{age:.3f},{2 * size - age + size * age / 4:.3f}" for size, age in rows]
    table.write_text("\n".join(["size,age,price", *lines]), encoding="utf-8")
    with serving(str(table), "--target", "price") as address:
        yield address


class Watched:
    """A page of the browser, and what it asked for and complained of."""

    def __init__(self, browser, **options):
        options = {"viewport": {"width": 1100, "height": 800}, "reduced_motion": "reduce"} | options
        self.context = browser.new_context(**options)
        self.context.set_default_timeout(WAIT)
        self.page = self.context.new_page()
        self.asked, self.complaints = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda line: self.heard(line))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (one) => console.error(`policy: ${one.violatedDirective}`))"
        )

    def heard(self, line):
        """Keep errors and warnings; not the browser's own line where a simulation waits its turn (status 429)."""
        if line.type in ("error", "warning") and "429" not in line.text:
            self.complaints.append(line.text)

    def open(self, address):
        self.page.goto(address)
        self.drawn()
        return self.page

    def until(self, function, given=None):
        """Wait until a function in the page says yes. Playwright's own way needs `eval`, which the policy forbids."""
        function = (
            f"(given) => new Promise((done, fail) => {{ const f = {function}, last = Date.now() + {WAIT}; {LOOKING} }})"
        )
        self.page.evaluate(function, given)

    def drawn(self):
        """Wait until the newest wanted view is drawn."""
        self.until("() => typeof page !== 'undefined' && page.view !== null && !page.asked && !page.waiting")

    def curves(self):
        """The numbers of theory that the page draws."""
        return self.page.evaluate("page.view.theory.curves")

    def points(self, replicates):
        """The simulated numbers, once there are so many replicates."""
        self.until("(many) => page.replicates >= many", replicates)
        return self.page.evaluate("({replicates: page.replicates, curves: page.points})")

    def stop(self):
        """Stop the simulation, which may have ended already."""
        self.page.evaluate("pause()")

    def elsewhere(self):
        """Addresses that are not this machine's."""
        return [url for url in self.asked if not re.match(r"(http://127\.0\.0\.1:|data:|blob:|file:)", url)]


@pytest.fixture
def watched(browser):
    """Return a function that opens watched pages; at the end none has complained, or asked elsewhere."""
    pages = []

    def opened(**options):
        pages.append(Watched(browser, **options))
        return pages[-1]

    yield opened
    for each in pages:
        each.context.close()
    assert [each.complaints for each in pages] == [[] for _ in pages]
    assert [each.elsewhere() for each in pages] == [[] for _ in pages]
