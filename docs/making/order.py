"""In which order do pages stand? By what a reader wants: to learn, to do, to look up, to understand, to know why."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import Files

LESSONS = ["first-study", "your-own-table", "your-own-model", "audit"]


def nav(files: Files) -> list[Any]:
    """Return the navigation; a new page of a folder finds its place by itself."""
    pages = [file.src_uri for file in files.documentation_pages()]

    def inside(folder: str) -> list[str]:
        return sorted(
            (page for page in pages if page.startswith(f"{folder}/")), key=lambda page: page[: page.rindex(".")]
        )

    def first(pages: list[str], *begin: str) -> list[str]:
        return [*begin, *(page for page in pages if page not in begin)]

    study, commands, python = (inside(f"reference/{folder}") for folder in ("study", "commands", "python"))
    reference = [
        "reference/index.md",
        {"Keys of a study file": first(study, "reference/study/index.md")},
        {"Commands": first(commands, "reference/commands/index.md")},
        {"Python": first(python, "reference/python/genloss.md")},
    ]
    return [
        {"Home": "index.md"},
        {"Tutorial": first(inside("tutorial"), *(f"tutorial/{name}.md" for name in ("index", *LESSONS)))},
        {"How to": inside("howto")},
        {"Notebooks": inside("notebooks")},
        {"Reference": reference},
        {"Theory": inside("theory")},
        {"Findings": ["zoo.md", "folklore.md"]},
        {"Project": ["vision.md", "contributing.md", "changelog.md", {"Decisions": inside("decisions")}]},
    ]
