"""Where does a link of a page lead on the site? One text holds for the code host and for the site.

On the code host every page lies in the repository, and a link may lead to any file of it. On the site a page of
docs/ keeps its place, README.md is the first page, and another file of the repository has a page that shows it.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from pathlib import Path

MOVED = {
    "README.md": "index.md",
    "CHANGELOG.md": "changelog.md",
    "VISION.md": "vision.md",
    "CONTRIBUTING.md": "contributing.md",
}
"""Pages of the repository's root, and their place on the site."""
SHOWN = "repository"
"""The folder of pages that show a file or list a folder of the repository."""

_FENCE = re.compile(r"^(?P<fence>`{3,}|~{3,})[^\n]*\n.*?^(?P=fence)[ \t]*$|`[^`\n]+`", re.S | re.M)
_LINK = re.compile(r"(?<=\]\()(?P<target>[^)\s]+)(?=\))")
_ELSEWHERE = re.compile(r"[a-z]+:|#")


def home(page: str) -> str:
    """Return the repository's path of a page of the site."""
    return next((path for path, place in MOVED.items() if place == page), f"docs/{page}")


def place(path: str, root: Path) -> str:
    """Return the page of the site that has, shows or lists this path of the repository."""
    if path in MOVED:
        return MOVED[path]
    if path.startswith("docs/") and not (root / path).is_dir():
        page = path.removeprefix("docs/")
        return page.removesuffix(".ipynb") + ".md" if page.endswith(".ipynb") else page
    return f"{SHOWN}/{path}/index.md" if (root / path).is_dir() else f"{SHOWN}/{path}.md"


def outside_code(text: str, change: Callable[[str], str]) -> str:
    """Change what stands outside code, and leave code as it is."""
    parts, end = [], 0
    for code in _FENCE.finditer(text):
        parts += [change(text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, change(text[end:])])


def targets(text: str, page: str) -> Iterator[str]:
    """The repository's paths to which a page of the site links."""
    found: list[str] = []

    def note(part: str) -> str:
        found.extend(match["target"] for match in _LINK.finditer(part))
        return part

    outside_code(text, note)
    for target in found:
        if not _ELSEWHERE.match(target):
            yield _path(target.split("#")[0], page)


def on_site(text: str, page: str, root: Path) -> str:
    """Return the text of a page with its links as they must be on the site."""

    def moved(match: re.Match[str]) -> str:
        target, mark, anchor = match["target"].partition("#")
        if not target or _ELSEWHERE.match(target):
            return match[0]
        return posixpath.relpath(place(_path(target, page), root), posixpath.dirname(page) or ".") + mark + anchor

    return outside_code(text, lambda part: _LINK.sub(moved, part))


def _path(target: str, page: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(home(page)), target))
