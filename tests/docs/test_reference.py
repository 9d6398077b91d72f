"""Does the reference of the site name everything that the program has: names, keys of studies, options?"""

import html
import re

import pytest
from helpers_site import built

import genloss
from genloss.cli.commands import COMMANDS
from genloss.cli.main import commands
from genloss.metrics import METRICS
from genloss.study.claims.claim import CLAIM
from genloss.study.spec.tables import STUDY, TABLES

pytest.importorskip("mkdocs", reason="mkdocs is not installed")
pytest.importorskip("mkdocstrings", reason="mkdocstrings is not installed")


@pytest.fixture(scope="module")
def read(tmp_path_factory):
    """Return a function that gives the text of a page of the site, or of all pages of a folder."""
    site = built(tmp_path_factory)

    def text(path):
        pages = [site / path] if path.endswith(".html") else sorted((site / path).glob("*.html"))
        return html.unescape("\n".join(page.read_text(encoding="utf-8") for page in pages))

    return text


def rooms():
    """Every name by which a user reaches a public room, and the room."""
    found, waiting = {}, [("genloss", genloss)]
    while waiting:
        name, room = waiting.pop()
        found[name] = room
        inner = [(f"{name}.{each}", getattr(room, each)) for each in room.__all__]
        waiting += [
            (name, each) for name, each in inner if type(each).__name__ != "function" and hasattr(each, "__all__")
        ]
    return found


def test_every_public_name_has_its_place(read):
    text = read("reference/python")
    headings = set(re.findall(r"<h2[^>]*>(.*?)</h2>", text, re.S))
    named = {re.sub(r"<[^>]+>|\s|¶", "", heading) for heading in headings}
    for name, room in rooms().items():
        for each in room.__all__:
            full = f"{name}.{each}"
            if full not in rooms():
                assert any(heading.startswith(full) for heading in named), full
    assert not any(heading.startswith("genloss.no_such_name") for heading in named)


@pytest.mark.parametrize("table", TABLES)
def test_every_key_of_a_table_has_its_line(read, table):
    parts = dict(
        re.findall(r'<code>kind = "(\w+)"</code>(.*?)(?=<h2|</article>)', read(f"reference/study/{table}.html"), re.S)
    )
    assert parts.keys() == TABLES[table].keys()
    for kind, keys in TABLES[table].items():
        assert re.findall(r"<tr>\s*<td><code>([^<]+)</code>", parts[kind]) == list(keys)


@pytest.mark.parametrize(("page", "keys"), [("index", STUDY), ("claims", CLAIM), ("metrics", METRICS)])
def test_every_other_key_has_its_line(read, page, keys):
    assert re.findall(r"<tr>\s*<td><code>([^<]+)</code>", read(f"reference/study/{page}.html")) == list(keys)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_of_a_command_has_its_line(read, name):
    command = commands.get_command(None, name)
    wanted = {each for option in command.params if option.param_type_name == "option" for each in option.opts}
    said = set(re.findall(r"<code>(--?[\w-]+)</code>", read(f"reference/commands/{name}.html")))
    assert wanted <= said


def test_formulas_are_drawn_and_not_printed(read):
    text = read("reference/python") + read("theory")
    assert text.count("<math") > 50
    assert not re.findall(r"\.\. math::.*|^\$\$.*", text, re.M)
    drawn = re.findall(r"<math.*?</math>", text, re.S)
    assert not [formula for formula in drawn if "\\" in formula]  # a command that the converter does not know
