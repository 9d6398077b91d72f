"""How does a frozen dataclass become plain data for JSON, and the data the same dataclass again?"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from math import isfinite
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

Form = tuple[Callable[[Any], Any], Callable[[Any], Any]]
Forms = Mapping[type, Form]
"""Of classes that know plain data themselves: how they become it, and how they come back."""

Reader = Callable[[Any, str], Any]
NO_DATA: Mapping[str, bool] = {"data": False}
"""Metadata of a field that is not kept: what other questions need, not what was answered."""

CAME_LATER: Mapping[str, bool] = {"later": True}
"""Metadata of a field that older files do not have."""
NOT_WHERE_ZERO: Mapping[str, bool] = {"later": True, "unless zero": True}
"""Metadata of a number that is not written where it is 0."""

_NAMED = ("nan", "inf", "-inf")


def plain(value: Any, forms: Forms) -> Any:
    """Return plain data: lists, mappings, words, numbers; what is not a finite number is "nan", "inf" or "-inf"."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return float(value) if isfinite(value) else str(float(value))
    if isinstance(value, Mapping):
        return {key: plain(each, forms) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each, forms) for each in value]
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist(), forms)
    if type(value) in forms:
        return forms[type(value)][0](value)
    return fields_of(value, forms)


def finite(value: float | None) -> float | None:
    """Return a number as JSON holds it: None for what is not one, or is beyond all.

    >>> finite(0.5), finite(float("inf")), finite(None)
    (0.5, None, None)
    """
    return value if value is not None and isfinite(value) else None


def fields_of(value: Any, forms: Forms) -> dict[str, Any]:
    """Return the fields of a dataclass as plain data."""
    held = {field: getattr(value, field.name) for field in data_fields(value)}
    written = {field: each for field, each in held.items() if "unless zero" not in field.metadata or each != 0}
    return {field.name: plain(each, forms) for field, each in written.items()}


def data_fields(value: Any) -> list[Field[Any]]:
    """Return the fields of a dataclass that are data."""
    return [field for field in fields(value) if field.metadata.get("data", True)]


def parts(kind: type, data: Mapping[str, Any], forms: Forms) -> dict[str, Any]:
    """Return the fields of a dataclass from plain data; keys that are no fields are left.

    A field that came later may be missing.

    Errors: `KeyError` for a field that is missing, `ValueError` that names what has the wrong kind.
    """
    hints = get_type_hints(kind)
    known = [field for field in data_fields(kind) if field.name in data or not field.metadata.get("later")]
    return {field.name: _reader(hints[field.name], forms)(data[field.name], field.name) for field in known}


def _reader(hint: Any, forms: Forms) -> Reader:
    """Return the function that makes a value of this type of plain data; it is given the value's name, for errors."""
    origin, inner = get_origin(hint), get_args(hint)
    if hint is Any:
        return lambda data, _name: data
    if hint in forms:
        return lambda data, _name: forms[hint][1](data)
    if hint is float:
        return _number
    if origin is np.ndarray:
        return _array
    if origin in (Union, UnionType):
        return _one_of(inner, forms)
    if origin is tuple:
        return _several(inner, forms)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _by_name(_reader(inner[1], forms))
    if is_dataclass(hint) and isinstance(hint, type):
        return _whole(hint, forms)
    return lambda data, name: _checked(data, name, hint)


def _wrong(name: str, data: Any) -> ValueError:
    return ValueError(f"{name} is {data!r:.60}")


def _checked(data: Any, name: str, kind: type) -> Any:
    if not isinstance(data, kind) or (kind is int and isinstance(data, bool)):
        raise _wrong(name, data)
    return data


def _number(data: Any, name: str) -> float:
    if isinstance(data, bool) or not (isinstance(data, float | int) or data in _NAMED):
        raise _wrong(name, data)
    return float(data)


def _array(data: Any, name: str) -> Any:
    if not isinstance(data, list):
        raise _wrong(name, data)
    try:
        return np.array(data, dtype=float)
    except (TypeError, ValueError, OverflowError) as error:
        raise _wrong(name, data) from error


def _one_of(kinds: tuple[Any, ...], forms: Forms) -> Reader:
    given = [kind for kind in kinds if kind is not NoneType]
    if len(given) > 1:  # of words and numbers
        return lambda data, name: _checked(data, name, tuple(kinds))  # type: ignore[arg-type]
    read = _reader(given[0], forms)
    return lambda data, name: None if data is None and NoneType in kinds else read(data, name)


def _several(kinds: tuple[Any, ...], forms: Forms) -> Reader:
    every = len(kinds) == 2 and kinds[1] is Ellipsis
    readers = [_reader(kind, forms) for kind in kinds if kind is not Ellipsis]

    def read(data: Any, name: str) -> tuple[Any, ...]:
        if not isinstance(data, list) or not (every or len(data) == len(readers)):
            raise _wrong(name, data)
        return tuple(readers[0 if every else i](each, name) for i, each in enumerate(data))

    return read


def _by_name(read: Reader) -> Reader:
    def each(data: Any, name: str) -> dict[str, Any]:
        if not isinstance(data, dict):
            raise _wrong(name, data)
        return {key: read(value, f"{name}.{key}") for key, value in data.items()}

    return each


def _whole(kind: type, forms: Forms) -> Reader:
    hints = get_type_hints(kind)
    readers = {field.name: _reader(hints[field.name], forms) for field in fields(kind)}
    needed = [each.name for each in fields(kind) if each.default is MISSING and each.default_factory is MISSING]

    def read(data: Any, name: str) -> Any:
        if not isinstance(data, dict):
            raise _wrong(name, data)
        missing = [each for each in needed if each not in data]
        if missing:
            raise ValueError(f"{name}: {', '.join(missing)} missing")
        unknown = [each for each in data if each not in readers]
        if unknown:
            raise ValueError(f"{name}: {unknown[0]!r} is unknown")
        return kind(**{key: readers[key](value, key) for key, value in data.items()})

    return read
