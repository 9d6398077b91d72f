"""Do pages name commands, options and files that are there, and say where their pictures come from?"""

import re
import shlex

import click
import pytest
from helpers_docs import PAGES, ROOT, name_of
from PIL import Image

import genloss
from genloss.cli.commands import COMMANDS
from genloss.cli.main import commands

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.S | re.M)
_COMMAND = re.compile(r"`(genloss [a-z][^`\n]*)`")
_PICTURE = re.compile(r"!\[(?P<says>[^\]]*)\]\((?P<path>[^)\s]+\.png)\)")
_MADE = re.compile(r"The picture is made by `([^`]+)`\.")
ALL = [*PAGES, *sorted((ROOT / "docs" / "decisions").glob("*.md")), ROOT / "CONTRIBUTING.md", ROOT / "VISION.md"]


def text_of(page):
    return page.read_text(encoding="utf-8")


@pytest.mark.parametrize("page", ALL, ids=name_of)
def test_links_lead_to_files_of_the_repository(page):
    """As a code host follows them; `tests/browser/test_site.py` follows those of the site."""
    for target in _LINK.findall(_CODE.sub("", text_of(page))):
        path, _, anchor = target.partition("#")
        if path.startswith(("http:", "https:")):
            continue
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{name_of(page)}: {target}"
        if anchor:
            assert anchor in {slug(line) for line in re.findall(r"^#+ (.*)", text_of(found), re.M)}, target


def slug(heading):
    """The anchor of a heading, as code hosts and the site make it."""
    return re.sub(r"\s+", "-", re.sub(r"[^\w\s-]", "", heading.lower()).strip())


def options_of(words):
    """Return the options of a command line that its command does not have."""
    command = commands.get_command(click.Context(commands), words[1])
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)} | {"--help"}
    return {word.split("=")[0] for word in words[2:] if word.startswith("--")} - known


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_commands_in_a_sentence_are_there(page):
    for line in _COMMAND.findall(text_of(page)):
        words = shlex.split(line.replace("\\|", "|").replace("(", " ").replace(")", " "))
        assert words[1] in COMMANDS, line
        assert not options_of(words), line
        if words[1] == "explain":
            assert all("/" in word or word.startswith("-") or word.isupper() or "." in word for word in words[2:]), line


def test_wrong_options_are_seen():
    assert options_of(["genloss", "forecast", "data.csv", "--targets", "y"]) == {"--targets"}


PICTURES = [(page, match) for page in PAGES for match in _PICTURE.finditer(text_of(page))]


def test_every_picture_of_the_docs_is_shown():
    shown = {(page.parent / match["path"]).resolve() for page, match in PICTURES}
    assert shown >= set((ROOT / "docs" / "figures").glob("*.png"))


@pytest.mark.parametrize(("page", "match"), PICTURES, ids=[match["path"] for _, match in PICTURES])
def test_a_picture_says_what_it_shows_and_what_made_it(page, match):
    """A study's picture bears the study's id: another study than the one of the repository made another picture."""
    assert len(match["says"].split()) > 3
    made = _MADE.search(text_of(page), match.end())
    assert made is not None, f"{name_of(page)}: {match['path']}"
    words = made[1].split()
    if words[0] == "python":
        assert match["path"].rsplit("/", 1)[1] in text_of(ROOT / words[1])
    elif words[:2] == ["genloss", "folklore"]:
        assert words[-1].endswith(match["path"])
    else:
        assert words[:2] == ["genloss", "run"]
        with Image.open(page.parent / match["path"]) as picture:
            assert picture.text["genloss"] == f"study {genloss.Study.load(ROOT / words[2]).id}"
