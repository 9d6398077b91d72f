"""What does the site show of files of the repository to which pages link? Their text, and lists of folders."""

from __future__ import annotations

import posixpath
from pathlib import Path

from links import place

_LANGUAGES = {".py": "python", ".toml": "toml", ".sh": "bash", ".yml": "yaml", ".json": "json"}
_UNSEARCHED = "---\nsearch:\n  exclude: true\n---\n"


def pages(paths: set[str], root: Path) -> dict[str, str]:
    """Return a page for each path, and for each file of a folder."""
    made = {}
    for path in sorted(paths):
        if (root / path).is_dir():
            inner = sorted(each for each in (root / path).iterdir() if each.suffix in (*_LANGUAGES, ".md", ".txt"))
            listed = [each.relative_to(root).as_posix() for each in inner]
            made[place(path, root)] = _folder(path, listed, root)
            made |= {place(each, root): _file(each, root) for each in listed if not each.startswith("docs/")}
        elif (root / path).is_file():
            made[place(path, root)] = _file(path, root)
    return made


def _file(path: str, root: Path) -> str:
    """A page that shows a file."""
    text = (root / path).read_text(encoding="utf-8")
    return f"{_UNSEARCHED}# {path}\n\n``````{_LANGUAGES.get(Path(path).suffix, 'text')}\n{text}\n``````\n"


def _folder(path: str, listed: list[str], root: Path) -> str:
    """A page that lists the files of a folder."""
    here = posixpath.dirname(place(path, root))
    lines = [f"- [{posixpath.basename(each)}]({posixpath.relpath(place(each, root), here)})" for each in listed]
    return f"{_UNSEARCHED}# {path}\n\n" + "\n".join(lines) + "\n"
