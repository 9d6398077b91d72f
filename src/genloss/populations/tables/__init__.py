"""WHAT is in a user's table? Read in pieces, checked, made into inputs and a target."""

from genloss.populations.tables.moments import TableMoments
from genloss.populations.tables.notes import Note
from genloss.populations.tables.read import TableRows, file_hash, moments_of_table, read_rows, scan_table
from genloss.populations.tables.reading import Reading

__all__ = ["Note", "Reading", "TableMoments", "TableRows", "file_hash", "moments_of_table", "read_rows", "scan_table"]


def __dir__() -> list[str]:
    return sorted(__all__)
