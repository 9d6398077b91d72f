"""Which rows are compared? Real rows and generations, from files, folders, chains and ledgers, read in chunks."""

from __future__ import annotations

from genloss.audit.reading.generations import Named, Sources, sources
from genloss.audit.reading.layout import Layout, layout_of
from genloss.audit.reading.source import Source, opened

__all__ = ["Layout", "Named", "Source", "Sources", "layout_of", "opened", "sources"]


def __dir__() -> list[str]:
    return sorted(__all__)
