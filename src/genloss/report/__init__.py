"""A table in, a figure or a page out: knows no theory and no models."""

from __future__ import annotations

from genloss.report.figure import Band, Bar, Curve, Panel, draw
from genloss.report.numbers import several, short, spans, with_error
from genloss.report.page import ClaimBox, Figure, Page, Table, as_markdown, as_text, render

__all__ = [
    "Band",
    "Bar",
    "ClaimBox",
    "Curve",
    "Figure",
    "Page",
    "Panel",
    "Table",
    "as_markdown",
    "as_text",
    "draw",
    "render",
    "several",
    "short",
    "spans",
    "with_error",
]


def __dir__() -> list[str]:
    return sorted(__all__)
