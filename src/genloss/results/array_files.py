"""How do labeled arrays stand in a file? As netCDF, one file, and as Zarr, a folder of files; whole in memory first."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from genloss.ordinary import LARGEST_TEXT
from genloss.results.arrays import needed
from genloss.results.files import read_regular

if TYPE_CHECKING:
    import xarray

Groups = Mapping[str, "xarray.Dataset"]
"""Arrays by the name of their group in the file; the root's is ""."""

_LIBRARIES = {".nc": ("xarray", "h5netcdf", "h5py"), ".zarr": ("xarray", "zarr")}
MARK = "mark"
_ATTRIBUTES, _ALL = ".zattrs", ".zmetadata"
ZARR_FILES = (".zgroup", _ATTRIBUTES, _ALL, "zarr.json")
"""Files of which one lies in every folder of Zarr."""


def refuse_missing(ending: str) -> None:
    """Refuse a format whose libraries are not installed, before any work."""
    for module in _LIBRARIES.get(ending, ()):
        needed(module, ending)


def as_netcdf(groups: Groups) -> bytes:
    """Return the bytes of a netCDF-4 file."""
    refuse_missing(".nc")
    return bytes(_tree(groups).to_netcdf(engine="h5netcdf"))


def as_zarr(groups: Groups) -> dict[str, bytes]:
    """Return the files of a folder of Zarr, by their paths in it.

    The format is version 2, which every version of zarr reads, and in which fixed-length text has a settled form.
    """
    refuse_missing(".zarr")
    storage = needed("zarr.storage", ".zarr")
    files: dict[str, Any] = {}
    _tree(groups).to_zarr(storage.MemoryStore(files), zarr_format=2, consolidated=True)
    return {path: files[path].to_bytes() for path in sorted(files)}


def _tree(groups: Groups) -> Any:
    return needed("xarray", "to_xarray").DataTree.from_dict({f"/{name}": arrays for name, arrays in groups.items()})


def marked_netcdf(content: bytes, mark: str) -> bytes:
    """Return a netCDF file with a mark among the attributes of its root."""
    buffer = io.BytesIO(content)
    with needed("h5py", ".nc").File(buffer, "r+") as file:
        file.attrs[MARK] = mark
    return buffer.getvalue()


def netcdf_mark(path: Path) -> str | None:
    """Return the mark of a netCDF file; None where it has none, or is damaged."""
    library = needed("h5py", ".nc")
    try:
        with library.File(path, "r") as file:
            found = file.attrs.get(MARK)
    except (OSError, ValueError, RuntimeError, KeyError):
        return None
    return found if isinstance(found, str) else None


def marked_zarr(files: Mapping[str, bytes], mark: str) -> dict[str, bytes]:
    """Return the files of a folder of Zarr with a mark among the attributes of its root."""
    attributes = json.loads(files[_ATTRIBUTES]) | {MARK: mark}
    whole = json.loads(files[_ALL])
    whole["metadata"][_ATTRIBUTES] = attributes
    return {**files, _ATTRIBUTES: _text(attributes), _ALL: _text(whole)}


def zarr_mark(folder: Path) -> str | None:
    """Return the mark of a folder of Zarr; None where it has none."""
    try:
        found = json.loads(read_regular(folder / _ATTRIBUTES, most=LARGEST_TEXT)).get(MARK)
    except (OSError, ValueError, AttributeError):
        return None
    return found if isinstance(found, str) else None


def _text(data: Any) -> bytes:
    return (json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
