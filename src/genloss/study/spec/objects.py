"""How do a user's own model and own rows, given in Python, become tables of a study? By what tells them from others."""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.code.executed import code_of
from genloss.errors import Problem
from genloss.identity import identity
from genloss.models.adapters import adapted
from genloss.models.protocol import Model
from genloss.populations.own_rows import as_rows, columns_of, is_texts, refuse_too_few, sha256_of, to_bytes
from genloss.study.language.checks import brief
from genloss.study.spec.scope import Objects

_NONE: Objects = {}


def with_objects(mapping: Mapping[str, Any]) -> tuple[dict[str, Any], Objects]:
    """Return a study's mapping with objects replaced by plain tables, and the objects.

    A model stands as `generator`, or as `model` in its table beside other keys; rows stand as `population`, or as
    `rows` in its table.
    """
    spec, found = dict(mapping), dict[str, Any]()
    for table, inner, kind, described in (
        ("generator", "model", "object", model_table),
        ("population", "rows", "rows", rows_table),
    ):
        given = spec.get(table)
        keys = dict(given) if isinstance(given, Mapping) else {}
        thing = keys.pop(inner, None) if isinstance(given, Mapping) else given
        if _is_plain(thing) or keys.get("kind", kind) != kind:
            continue
        filled, name, held = described(thing)
        spec[table] = {"kind": kind, **keys, **filled}
        found[name] = held
    if isinstance(spec.get("case"), list):
        cases = [with_objects(case) if isinstance(case, Mapping) else (case, _NONE) for case in spec["case"]]
        spec["case"] = [case for case, _ in cases]
        found |= {name: thing for _, more in cases for name, thing in more.items()}
    return spec, found


def object_of(objects: Objects, name: str, where: str) -> Any:
    """Return the model or rows of this name, or say that the study was not made with them."""
    if name not in objects:
        found = "it was given in Python, and a study file does not hold it"
        mend = (
            "call genloss.chain again with the same arguments and the same out=, as the folder's page (index.html) "
            "says; or make the study again with Study.from_dict, giving the model and the rows"
        )
        raise Problem(where, found, mend)
    return objects[name]


def _is_plain(thing: Any) -> bool:
    """Whether this is what a study file may hold, or nothing."""
    return thing is None or isinstance(thing, str | int | float | Mapping)


def checked_model(model: Any) -> Model[Any]:
    """Return a model; what is none is refused."""
    mend = "let fit take (data, weights, rng, *, start=None) and return an object with sample(count, rng)"
    if inspect.isclass(model):
        raise Problem("generator", f"the class {model.__name__}", f"give an object, e.g. {model.__name__}()")
    if not isinstance(model, Model):
        raise Problem("generator", f"{brief(model)} is not a model: it has no method fit", mend)
    try:
        inspect.signature(model.fit).bind(None, None, None, start=None)
    except TypeError as error:
        raise Problem("generator", f"{type(model).__name__}.fit: {error}", mend) from error
    return model


def model_table(given: Any) -> tuple[dict[str, Any], str, Any]:
    """Return the keys of an own model, the name by which it is known, and the model; what is none is refused."""
    model = checked_model(adapted(given))
    named = {"type": f"{type(model).__module__}.{type(model).__qualname__}", "settings": _settings(model)}
    code = code_of(model)
    name = identity(named | ({"code": code} if code else {}))
    return {"model": _said(model), "identity": name}, name, model


def _settings(model: Any) -> Any:
    """What tells a model from another of its class: fields of a dataclass, what its repr says, or its attributes."""
    if dataclasses.is_dataclass(model):
        return {field.name: _plain(getattr(model, field.name)) for field in dataclasses.fields(model) if field.init}
    said = repr(model)
    if " at 0x" not in said:
        return said
    try:
        return {name: _plain(value) for name, value in sorted(vars(model).items())}
    except (Problem, TypeError) as error:
        mend = "make it a dataclass, or give it a __repr__ that names its settings: results are kept by what it says"
        raise Problem("generator", f"two {type(model).__name__} with different settings look the same", mend) from error


def _plain(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return {"sha256": _sha256(value), "shape": list(value.shape)}
    if isinstance(value, float) and not np.isfinite(value):
        return {"number": str(value)}
    return value if isinstance(value, str | int | float | bool) or value is None else _settings(value)


def _sha256(array: NDArray[Any]) -> str:
    return hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest()


def _said(model: Any) -> str:
    said = repr(model)
    if " at 0x" in said:
        said = f"{type(model).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(model).items())})"
    said = " ".join(said.split())
    return said if len(said) <= 200 else f"{said[:196]} ..."


def rows_table(rows: Any) -> tuple[dict[str, Any], str, Any]:
    """Return the keys of a population of own rows, the name by which they are known, and the rows as they are held."""
    held = as_rows(rows)
    refuse_too_few(held, "population")
    if is_texts(held):
        name = sha256_of(to_bytes(held))
        return {"sha256": name, "rows": len(held), "columns": "texts"}, name, held
    columns = columns_of(held)
    name = _sha256(columns.numbers)
    if columns.kind_names:
        name = identity({"numbers": name, "kinds": columns.kinds.tolist(), "names": columns.said})
    return {"sha256": name, "rows": len(columns), "columns": columns.said}, name, held
