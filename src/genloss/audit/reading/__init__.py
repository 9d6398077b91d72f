"""Which rows are compared? Real rows and generations, from files, folders, chains and ledgers, read in chunks."""

from __future__ import annotations

from genloss.audit.reading.aside import says_nothing
from genloss.audit.reading.generations import Named, Sources, sources
from genloss.audit.reading.source import Source, opened

__all__ = ["Named", "Source", "Sources", "opened", "says_nothing", "sources"]


def __dir__() -> list[str]:
    return sorted(__all__)
