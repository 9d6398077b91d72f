"""In which order do pages stand? By what a reader wants: to learn, to do, to look up, to understand, to know why."""

from __future__ import annotations

from typing import Any

from mkdocs.structure.files import Files

TUTORIAL = ["first-study", "your-own-table", "your-own-model", "audit"]


def nav(files: Files) -> list[Any]:
    """Return the navigation; a new page of a folder finds its place by itself."""
    pages = [file.src_uri for file in files.documentation_pages()]

    def inside(folder: str) -> list[str]:
        return sorted(page for page in pages if page.startswith(f"{folder}/"))

    lessons = [f"tutorial/{name}.md" for name in ("index", *TUTORIAL)]
    python = sorted(inside("reference/python"), key=lambda page: (page != "reference/python/genloss.md", page))
    return [
        {"Home": "index.md"},
        {"Tutorial": [page for page in lessons if page in pages]},
        {"How to": inside("howto")},
        {"Notebooks": inside("notebooks")},
        {
            "Reference": [
                "reference/index.md",
                *inside("reference/study"),
                *inside("reference/commands"),
                {"Python": python},
            ]
        },
        {"Theory": inside("theory")},
        {"Findings": ["zoo.md", "folklore.md"]},
        {"Project": ["vision.md", "contributing.md", "changelog.md", {"Decisions": inside("decisions")}]},
    ]
