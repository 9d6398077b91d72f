"""How does the site come about? Called by mkdocs: pages that are made, the order of all, and links that hold twice."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

sys.path.insert(0, str(Path(__file__).parent))

import formulas
import keys
import links
import names
import notebooks
import options
import order
import shown

ROOT = Path(__file__).parents[2]
REFERENCE = "reference/index.md"
_REFERENCE = """# Reference

These pages are made from the program itself each time the site is built, so they say what this version does.

- [Keys of a study file](study/index.md): what each means, which values it takes, and what stands there unless you say
  otherwise.
- [Commands](commands/index.md): every command with its options and examples.
- [Python](python/genloss.md): every function and class, with its arguments.
"""


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made, and put all in their order."""
    for path, page in links.MOVED.items():
        _add(files, config, page, (ROOT / path).read_text(encoding="utf-8"))
    for page, text in ({REFERENCE: _REFERENCE} | keys.pages() | options.pages() | names.pages()).items():
        _add(files, config, page, text)
    for file in [file for file in files if file.src_uri.endswith(".ipynb")]:
        for page, content in notebooks.pages(ROOT / "docs" / file.src_uri).items():
            _add(files, config, page, content)
        files.remove(file)
    wanted = {
        path
        for file in files.documentation_pages()
        for path in links.targets(file.content_string, file.src_uri)
        if files.get_file_from_path(links.place(path, ROOT)) is None
    }
    for page, text in shown.pages(wanted, ROOT).items():
        _add(files, config, page, text)
    config.nav = order.nav(files)
    return files


def on_page_markdown(markdown: str, *, page: Page, **_: Any) -> str:
    """Turn links to files of the repository into links to pages of the site, and formulas into MathML."""
    if page.file.src_uri.startswith((links.SHOWN, "decisions/")):
        page.meta["search"] = {"boost": 0.3}  # a search finds guides and the reference first
    if page.file.src_uri.startswith((links.SHOWN, "reference/python")):
        return markdown
    return formulas.in_page(links.on_site(markdown, page.file.src_uri, ROOT))


def _add(files: Files, config: MkDocsConfig, page: str, content: str | bytes) -> None:
    files.append(File.generated(config, page, content=content))
