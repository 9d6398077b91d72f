"""What does a value in a study file stand for: one value, an axis of the grid, or the numbers in a file?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from genloss.errors import Problem
from genloss.ordinary import ordinary
from genloss.study.language.checks import brief
from genloss.study.language.key import MISSING, Key

_AXIS_TABLES = ("each", "log", "linear")
_LONGEST_AXIS = 10_000


def value_of(key: Key, value: Any, where: str, folder: Path) -> Any:
    """Check one value or each value of an axis; an axis comes back as a list or {each = [...]}."""
    if value is MISSING:
        raise Problem(where, "missing", f"give {key.meaning}")
    if same(value, key.default):
        return value
    if key.axis == "whole":
        return _checked(key, value, where)
    axis = _axis(key, value, where)
    if axis is None:
        return _single(key, value, where, folder)
    values = [_single(key, item, where, folder) for item in axis]
    if len({str(item) for item in values}) < len(values):
        raise Problem(where, "the same value stands twice on an axis", "give each value once")
    return values if key.axis == "list" else {"each": values}


def same(value: Any, default: Any) -> bool:
    """Whether a value is the default, in type as well: true is not 1, and 1.0 is no whole number."""
    return type(value) is type(default) and json.dumps(value, default=str) == json.dumps(default, default=str)


def _single(key: Key, value: Any, where: str, folder: Path) -> Any:
    return _checked(key, _from_file(value, where, folder), where)


def _checked(key: Key, value: Any, where: str) -> Any:
    wrong = key.check(value)
    if wrong:
        raise Problem(where, wrong, f"give {key.meaning}")
    return _held(value)


def _held(value: Any) -> Any:
    """Return a value with whole numbers beyond 64 bits as floats, which is what a key that accepts them computes with.

    >>> _held([2**70, 3])
    [1.1805916207174113e+21, 3]
    """
    if isinstance(value, Mapping):
        return {key: _held(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_held(inner) for inner in value]
    return float(value) if isinstance(value, int) and value.bit_length() > 63 else value


def _axis(key: Key, value: Any, where: str) -> list[Any] | None:
    """Return the values of an axis, or None for a single value."""
    if isinstance(value, list) and key.axis == "list":
        axis = value
    elif isinstance(value, Mapping) and len(value) == 1 and next(iter(value)) in _AXIS_TABLES:
        ((how, inner),) = value.items()
        axis = inner if how == "each" else _spaced(how, inner, where, whole=key.check(1.5) is not None)
    else:
        return None
    if not isinstance(axis, list) or not 0 < len(axis) <= _LONGEST_AXIS:
        raise Problem(where, f"{brief(axis)} is not a list of 1 to {_LONGEST_AXIS:,} values", f"give {key.meaning}")
    return axis


def _spaced(how: str, inner: Any, where: str, *, whole: bool) -> list[Any]:
    form = f"give {{{how} = [first, last, how many]}}, e.g. {{log = [1e-4, 1e2, 30]}}"
    numbers = isinstance(inner, list) and all(isinstance(x, int | float) and not isinstance(x, bool) for x in inner)
    if not numbers or len(inner) != 3 or not all(abs(x) <= 1e100 for x in inner):
        raise Problem(where, f"{brief(inner)} is not three numbers", form)
    first, last, count = inner
    if not isinstance(count, int) or not 1 < count <= _LONGEST_AXIS or (how == "log" and min(first, last) <= 0):
        raise Problem(where, f"{brief(inner)} does not describe a {how} axis", form)
    values = (np.geomspace if how == "log" else np.linspace)(float(first), float(last), count)
    if whole:
        return list(dict.fromkeys(int(x) for x in np.rint(values)))
    return [float(f"{x:.12g}") for x in values]


def _from_file(value: Any, where: str, folder: Path) -> Any:
    """Replace {file = "x.npy"}, also one level down, by the numbers in the file."""
    if not isinstance(value, Mapping):
        return value
    if set(value) != {"file"}:
        return {key: _from_file(inner, where, folder) for key, inner in value.items()}
    if not isinstance(value["file"], str):
        raise Problem(where, f"{value['file']!r} is not a path", 'give the path of a .npy file, e.g. "spectrum.npy"')
    path = folder / value["file"]
    try:
        if path.is_dir():
            raise Problem(where, f"{path}: a folder, not a file", "give the path of a .npy file")
        with ordinary(path, where).open("rb") as file:
            _refuse_short(file, path, where)
            array = np.lib.format.read_array(file, allow_pickle=False)
    except FileNotFoundError as error:
        raise Problem(where, f"{path}: no such file", "give a path relative to the study's folder") from error
    except Problem:
        raise
    except (OSError, ValueError, EOFError) as error:
        raise Problem(where, f"{path}: not a whole .npy file ({error})", "save it again with numpy.save") from error
    if array.ndim != 1 or array.dtype.kind not in "fiu" or array.size == 0:
        raise Problem(where, f"{path}: {array.dtype} of shape {array.shape}", "save one list of numbers")
    if not np.all(np.isfinite(array)):
        place = int(np.flatnonzero(~np.isfinite(array))[0])
        raise Problem(where, f"{path}: entry {place} is {array[place]}", "save finite numbers only")
    return [float(x) for x in array]


def _refuse_short(file: BinaryIO, path: Path, where: str) -> None:
    """Refuse a .npy file whose header promises more numbers than the file holds, before memory is asked for."""
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    shape, _, dtype = read(file)
    promised, held = int(np.prod(shape, dtype=object)) * dtype.itemsize, path.stat().st_size - file.tell()
    if promised > held and not dtype.hasobject:
        raise Problem(where, f"{path}: {held:,} bytes of numbers where its header says {promised:,}", "save it again")
    file.seek(0)
