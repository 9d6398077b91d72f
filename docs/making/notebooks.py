"""How does a notebook become a page? Its text as it is, its code and what the code printed as blocks, its pictures."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import nbformat


def pages(path: Path) -> dict[str, str | bytes]:
    """Return the page of a notebook and its pictures, by their place on the site."""
    notebook = nbformat.read(path, as_version=4)
    parts: list[str] = []
    pictures: dict[str, str | bytes] = {}
    for place, cell in enumerate(notebook.cells):
        if cell.cell_type == "markdown":
            parts.append(cell.source)
            continue
        parts.append(f"```python\n{cell.source}\n```")
        for number, output in enumerate(cell.outputs):
            name = f"{path.stem}-{place}-{number}.png"
            parts.append(_shown(output, name))
            if "image/png" in output.get("data", {}):
                pictures[f"notebooks/{name}"] = base64.b64decode(output["data"]["image/png"])
    return {f"notebooks/{path.stem}.md": "\n\n".join(parts) + "\n"} | pictures


def _shown(output: Any, picture: str) -> str:
    """What a cell left: a picture, or text."""
    data = output.get("data", {})
    if "image/png" in data:
        return f"![{output.get('metadata', {}).get('alt', 'What the code above draws')}]({picture})"
    return f"```text\n{(output.get('text') or data.get('text/plain', '')).rstrip()}\n```"
