"""Does every example of README.md and docs/ run as it stands? And is none left out without a reason?"""

import os
import re
import shutil
import sys
from collections import Counter
from pathlib import Path

import pytest
from docs_files import FILES
from helpers_docs import PAGES, ROOT, RUN, document, execute_page, name_of

SHOWN = ("toml", "csv", "yaml", "text", "pycon")
"""Languages of blocks that are read and not run."""
LEFT_OUT = {
    "a cluster": 5,
    "a setting of one's shell": 4,
    "a machine of sixteen processors": 1,
    "a page that waits for its reader": 1,
    "sets up a machine": 1,
    "takes a minute or more": 2,
}
"""Reasons to leave a block out on every machine, and how many blocks there are of each."""
_FENCE = re.compile(r'^```(?P<language>\S*)(?: title="(?P<title>[^"]*)")?[^\n]*\n(?P<body>.*?)^```[ \t]*$', re.S | re.M)
_SKIP = re.compile(r"<!---+ skip: next (?P<reason>.*?) *--+>\n```")


@pytest.mark.parametrize("page", [page for page in PAGES if document(page).examples()], ids=name_of)
@pytest.mark.filterwarnings("ignore:We strongly recommend saving the metadata")
def test_the_examples_of_a_page_run_in_their_order(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)  # as for a script that stands there
    monkeypatch.setattr("genloss.cli.progress.LONG", float("inf"))  # a line of progress comes by the clock
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    shutil.copytree(ROOT / "studies", tmp_path / "studies")
    for name, write in FILES.get(name_of(page), {}).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        write(tmp_path / name)
    loaded = set(sys.modules)
    try:
        execute_page(page)
    finally:
        for name in set(sys.modules) - loaded:  # files of this page, of which another page may have its own
            if str(getattr(sys.modules[name], "__file__", "")).startswith(str(tmp_path)):
                del sys.modules[name]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_block_says_what_it_is(page):
    """A block of commands or of Python cannot hide behind another language, or none."""
    for block in _FENCE.finditer(page.read_text(encoding="utf-8")):
        assert block["language"] in (*RUN, *SHOWN), f"{name_of(page)}: {block['body'][:80]}"
        if block["title"]:
            assert block["title"].split(".")[0] in page.read_text(encoding="utf-8")[block.end() :], block["title"]
        elif block["language"] in SHOWN:
            assert not re.search(r"^(\$ |genloss |import |from \w+ import)", block["body"], re.M), block["body"]


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_no_command_stands_in_an_indented_block(page):
    text = _FENCE.sub("", page.read_text(encoding="utf-8"))
    assert not re.findall(r"^ {4,}(?:\$ |genloss |import |from \w+ import).*", text, re.M)


def test_blocks_that_are_left_out_are_counted():
    """Blocks that need a library which may be there are left out by a condition, and run where it is."""
    reasons = [match["reason"] for page in PAGES for match in _SKIP.finditer(page.read_text(encoding="utf-8"))]
    always = Counter(reason.strip('"') for reason in reasons if not reason.startswith("if("))
    assert always == LEFT_OUT
    assert all(re.fullmatch(r'if\(missing\(.*\), reason=".*"\)', each) for each in reasons if each.startswith("if("))


def test_a_block_that_fails_or_prints_otherwise_is_seen(tmp_path):
    for body in (
        "```python\n1 / 0\n```",
        "```python\nprint(1)\n```\n\n```output\n2\n```",
        "```sh\ngenloss status .\n```",
    ):
        page = ROOT / "docs" / "none.md"
        path = tmp_path / page.name
        path.write_text(body, encoding="utf-8")
        with pytest.raises((AssertionError, ValueError)):
            execute_page(path)
