"""Every formula names its source, and every paper that code or studies name has its entry in CITATION.cff."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAPER = re.compile(r"\b(2[0-9]{3}\.[0-9]{5})\b")
CITED = set(re.findall(r'value: "arXiv:([0-9.]+)"', (ROOT / "CITATION.cff").read_text(encoding="utf-8")))
ONLY_BY_NUMBER = {"2509.20101"}
"""Of this one the number is known to us, and not the title."""


def named(place: Path) -> set[str]:
    """The papers that a file names by their number."""
    return set(PAPER.findall(place.read_text(encoding="utf-8")))


def public(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Public functions of a file, each with its docstring."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name, ast.get_docstring(node) or ""


def test_papers_have_an_entry():
    files = [*(ROOT / "src").rglob("*.py"), *(ROOT / "src").rglob("*.toml"), *(ROOT / "studies").glob("*.toml")]
    missing = {paper: place.name for place in files for paper in named(place) - CITED - ONLY_BY_NUMBER}
    assert not missing


def test_no_entry_without_use():
    texts = [path for top in ("src", "studies", "docs") for path in (ROOT / top).rglob("*.*")
             if path.suffix in (".py", ".toml", ".md")]  # fmt: skip
    assert set.union(*(named(path) for path in texts)) >= CITED


@pytest.mark.parametrize("place", sorted((ROOT / "src/genloss/theory").rglob("*.py")), ids=lambda place: place.stem)
def test_every_formula_with_a_status_names_its_source(place):
    without = [
        name
        for name, said in public(ast.parse(place.read_text(encoding="utf-8")))
        if "Status: " in said and "Source: " not in " ".join(said.split())
    ]
    assert not without
