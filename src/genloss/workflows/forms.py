"""What are the workflows called, and what does each name stand for in emit / train form? Plain tables in and out."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import Any

from genloss.errors import Problem, nearest
from genloss.workflows import checks

Rows = int | list[int] | dict[str, float]
Long = dict[str, Any]
"""The long form of a workflow: emit, train and reset."""

ALIASES = {
    "discard": "replace",
    "fully_synthetic": "replace",
    "augment": "accumulate",
    "augment_subsample": "accumulate_subsample",
    "synthetic_augmentation": "fixed_real",
    "fresh_data": "fresh_real",
}
"""Names the literature uses for the same rule; echoed under the name on the right."""


def replace(rows: Rows) -> Long:
    """Train only on the newest model's rows; generation 0 trains on real rows."""
    return _make(_real(rows), _synthetic(rows), train=[{"select": {"last": 1}}])


def accumulate(rows: Rows, synthetic_rows: Rows | None = None) -> Long:
    """Train on all real rows and all synthetic rows so far."""
    return _make(_real(rows), _synthetic(rows if synthetic_rows is None else synthetic_rows), train=[{}])


def accumulate_subsample(rows: Rows, take: int | None = None, with_replacement: bool = False) -> Long:
    """Train on `take` rows (default: `rows`) drawn anew from everything accumulated."""
    count = take if take is not None else _one_number(rows, "accumulate_subsample", "take")
    return _make(_real(rows), _synthetic(rows), train=[{"take": count, "replace": with_replacement}])


def fixed_real(rows: Rows, synthetic_rows: Rows | None = None, real_weight: float | None = None) -> Long:
    """Train on the one real set and the newest synthetic batch; real_weight: share of the loss, default by rows."""
    terms: list[dict[str, Any]] = [{"select": {"tag": "real"}}, {"select": {"tag": "synth", "last": 1}}]
    return _make(
        _real(rows), _synthetic(rows if synthetic_rows is None else synthetic_rows), train=_weighted(terms, real_weight)
    )


def fresh_real(rows: Rows, synthetic_rows: Rows | None = None, real_weight: float | None = None) -> Long:
    """Train on new real rows and the newest synthetic batch; real_weight: share of the loss, default by rows."""
    terms: list[dict[str, Any]] = [
        {"select": {"tag": "real", "fresh": True}},
        {"select": {"tag": "synth", "fresh": True}},
    ]
    real = {"tag": "real", "from": "real", "rows": rows, "at": "every"}
    return _make(
        real, _synthetic(rows if synthetic_rows is None else synthetic_rows), train=_weighted(terms, real_weight)
    )


def golden(rows: int, synthetic_rows: int | None = None) -> Long:
    """`fresh_real` with the best real share without a penalty: (sqrt(k^2 + 4k) - k) / 2, k = rows / synthetic_rows."""
    count = _one_number(rows, "golden", "rows")
    k = count / (count if synthetic_rows is None else _one_number(synthetic_rows, "golden", "synthetic_rows"))
    return fresh_real(rows, synthetic_rows, (math.sqrt(k * k + 4 * k) - k) / 2)


def accumulate_fresh(rows: Rows, synthetic_rows: Rows | None = None) -> Long:
    """Train on all rows so far, to which every generation adds new real rows and rows of the newest model."""
    real = {"tag": "real", "from": "real", "rows": rows, "at": "every"}
    return _make(real, _synthetic(rows if synthetic_rows is None else synthetic_rows), train=[{}])


def window(rows: Rows, keep: int) -> Long:
    """Train on the batches of the last `keep` births."""
    return _make(_real(rows), _synthetic(rows), train=[{"select": {"last": keep}}])


def forget(rows: Rows, decay: float) -> Long:
    """Train on everything, each batch's share of the loss proportional to decay^age."""
    return _make(_real(rows), _synthetic(rows), train=[{"decay": decay}])


def reset(rows: Rows, every: int) -> Long:
    """`replace` that begins again from the real rows every so many generations."""
    return _make(_real(rows), _synthetic(rows), train=[{"select": {"last": 1}}], reset=every)


def regenerate(rows: Rows) -> Long:
    """Train on rows drawn anew from the truth and from every earlier model, equally many from each."""
    each = {"tag": "drawn", "from": "model", "of": "each", "include_truth": True, "rows": rows, "at": "every"}
    return _make(each, train=[{"select": {"fresh": True}}])


def synthetic_only(rows: Rows) -> Long:
    """Generation 0 trains on real rows, every later one on all synthetic rows so far."""
    train = {"default": [{"select": {"tag": "synth"}}], "0": [{"select": {"tag": "real"}}]}
    return _make(_real(rows), _synthetic(rows), train=train)


def edit(rows: Rows, share: float | list[float], share_decay: float = 1.0) -> Long:
    """Train on one data set, of which the newest model redraws a share of the rows in place in every generation.

    share: of the rows, from 0 to 1, or a list with one per generation from 1 on. share_decay: its factor in each
    generation. Rows of every age are replaced in proportion.
    """
    meaning = "a share of the rows from 0 to 1, or a list with one per generation from 1 on"
    for each in share if isinstance(share, list | tuple) else [share]:
        checks.number(each, "workflow.share", lowest=0, highest=1, meaning=meaning)
    checks.number(share_decay, "workflow.share_decay", lowest=0, highest=1, meaning="a factor from 0 to 1")
    edited = _synthetic(rows) | {"tag": "edited", "rows": {"share": share, "decay": share_decay}}
    return _make(_real(rows), edited, train=[{}])


FORMS: dict[str, Callable[..., Long]] = {
    function.__name__: function
    for function in (
        replace,
        accumulate,
        accumulate_subsample,
        fixed_real,
        golden,
        fresh_real,
        window,
        forget,
        reset,
        regenerate,
        synthetic_only,
        edit,
        accumulate_fresh,
    )
}
"""Every named workflow; a new one is one function and one entry here, and its name in named.py."""


_EXAMPLES = {"rows": 100, "share": 0.1, "keep": 3, "decay": 0.9, "every": 5}
"""A value of every parameter that some name needs."""


def long_form(mapping: Mapping[str, Any]) -> Long:
    """Return what a short form, a kind and its parameters, stands for."""
    kind = ALIASES.get(str(mapping.get("kind")), mapping.get("kind"))
    if kind is not None:
        checks.text(kind, "workflow.kind", f"one of {', '.join(FORMS)}")
    if kind not in FORMS:
        found = "missing" if kind is None else f"{kind!r} is not a workflow"
        raise Problem("workflow.kind", found, nearest(str(kind), [*FORMS, *ALIASES]))
    parameters = _parameters(kind)
    given = {key: value for key, value in mapping.items() if key != "kind" and value is not None}
    for key in given:
        if key not in parameters:
            raise Problem(f"workflow.{key}", f"unknown key of {kind}", nearest(str(key), list(parameters)))
    empty = inspect.Parameter.empty
    absent = [name for name, each in parameters.items() if name not in given and each.default is empty]
    if absent:
        written = " ".join(f"{name}={_EXAMPLES[name]}" for name in absent)
        mend = f"give {' and '.join(absent)}; {kind} needs {'it' if len(absent) == 1 else 'them'}, "
        raise Problem(f"workflow.{absent[0]}", "missing", f"{mend}e.g. in words '{kind} {written}'")
    return FORMS[kind](**given)


@cache
def _parameters(kind: str) -> Mapping[str, inspect.Parameter]:
    return inspect.signature(FORMS[kind]).parameters


def short_forms(read: Mapping[str, Any]) -> Iterator[tuple[Long, Long]]:
    """Yield the short and the long form of every name, given what a workflow's rules say of each parameter."""
    for kind, form in FORMS.items():
        given = {name: read[name] for name in _parameters(kind)}
        try:
            long = form(**given)
        except Problem:
            continue
        if given.get("synthetic_rows") == given["rows"]:
            del given["synthetic_rows"]
        yield (
            {"kind": kind} | {name: value for name, value in given.items() if value is not None and value is not False},
            long,
        )


def _make(*emit: Mapping[str, Any], train: Any, reset: int | None = None) -> Long:
    return {"emit": list(emit), "train": train, "reset": reset}


def _real(rows: Rows) -> dict[str, Any]:
    return {"tag": "real", "from": "real", "rows": rows, "at": "start"}


def _synthetic(rows: Rows) -> dict[str, Any]:
    return {"tag": "synth", "from": "model", "of": "last", "lag": 1, "rows": rows, "at": "every"}


def _weighted(terms: list[dict[str, Any]], real_weight: float | None) -> list[dict[str, Any]]:
    """Give the real term its share and the synthetic term the rest."""
    if real_weight is None:
        return terms
    meaning = "the share of the loss that real rows carry, e.g. 0.6 (for 0 use replace)"
    share = checks.number(real_weight, "workflow.real_weight", lowest=0, highest=1, above=True, meaning=meaning)
    return [term | {"weight": weight} for term, weight in zip(terms, (share, 1 - share), strict=True)]


def _one_number(rows: Any, kind: str, name: str) -> int:
    if isinstance(rows, list | tuple | Mapping):
        raise Problem(
            f"workflow.{name}", f"{kind} cannot tell it from several numbers of rows", f"give {name} as one number"
        )
    return checks.whole(rows, f"workflow.{name}", lowest=1, meaning="a whole number from 1 on")
