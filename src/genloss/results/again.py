"""How is a study run again whose model or rows were given in Python? Not by its file, which does not hold them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

CHAIN = "What becomes of a model that is trained on rows which earlier fits of it made?"
"""The question of `genloss.chain`."""

_DEFAULTS = {"held_out": 0.25, "start": "scratch", "seed": 0}


def given_in_python(study: Mapping[str, Any]) -> list[str]:
    """Return what a resolved study's file does not hold: "the model", "the rows"; nothing where it holds all."""
    cases = _cases(study)
    model = any(case.get("generator", {}).get("kind") == "object" for case in cases)
    rows = any(_own_rows(case.get("population", {})) for case in cases)
    return [name for name, away in (("the model", model), ("the rows", rows)) if away]


def _cases(study: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    shared = {key: study[key] for key in ("population", "generator", "workflow") if key in study}
    return [shared | dict(case) for case in study.get("case") or [{}]]


def _own_rows(population: Mapping[str, Any]) -> bool:
    return population.get("kind") == "rows" and not {"file", "data"} & population.keys()


def call_again(study: Mapping[str, Any], out: str) -> str:
    """Write the call of Python that gives such a study again, or goes on with it. out: the folder.

    >>> replace = {"name": "replace", "workflow": {"kind": "replace", "rows": 9}}
    >>> own = {"population": {"kind": "rows", "held_out": 0.25}, "generator": {"kind": "object", "start": "base"}}
    >>> asked = {"question": CHAIN, "seed": 0, "replicates": 5, "generations": 2, "metrics": ["variance_left"]}
    >>> print(call_again({**asked, "case": [replace | own]}, "mine"))
    genloss.chain(model, rows, ["replace"], rows=9, generations=2, seeds=5, metrics=["variance_left"], start="base", \
out="mine")
    >>> call_again({**asked, "question": "Mine?", "case": [replace | own]}, "mine")
    'genloss.run(genloss.Study.from_dict(mapping), out="mine")'
    """
    if study.get("question") != CHAIN or given_in_python(study) != ["the model", "the rows"]:
        return f"genloss.run(genloss.Study.from_dict(mapping), out={_said(out)})"
    cases = _cases(study)
    given = {
        "rows": _rows(cases),
        "generations": study["generations"],
        "seeds": study["replicates"],
        "metrics": list(study["metrics"]),
        "held_out": cases[0]["population"].get("held_out"),
        "start": cases[0]["generator"].get("start"),
        "seed": study.get("seed"),
        "out": out,
    }
    told = {name: value for name, value in given.items() if value not in (None, _DEFAULTS.get(name))}
    words = ", ".join(f"{name}={_said(value)}" for name, value in told.items())
    return f"genloss.chain(model, rows, [{', '.join(_workflow(case) for case in cases)}], {words})"


def python_facts(study: Mapping[str, Any], out: str) -> list[tuple[str, str]]:
    """Say on a page by which call a study is made again, and of which model and rows; nothing where a file does."""
    away = given_in_python(study)
    if not away:
        return []
    cases = _cases(study)
    models = dict.fromkeys(str(case["generator"].get("model")) for case in cases if "the model" in away)
    rows = dict.fromkeys(_rows_words(case["population"]) for case in cases if "the rows" in away)
    why = f"{' and '.join(away)} were given in Python, and study.toml does not hold them: genloss run cannot be used"
    if away == ["the model"]:
        why = "the model was given in Python, and study.toml does not hold it: genloss run cannot be used"
    named = [("model", "; ".join(models)), ("rows", "; ".join(rows))]
    return [("in Python", call_again(study, out)), ("note", why), *((name, said) for name, said in named if said)]


def _rows_words(population: Mapping[str, Any]) -> str:
    count, columns = population.get("rows", 0), population.get("columns", "")
    return f"{count:,} rows ({columns}), SHA-256 {str(population.get('sha256', ''))[:16]}"


def _plain(case: Mapping[str, Any]) -> bool:
    """Whether the name of a case is its workflow in words, as it was given."""
    workflow = _bare(case["workflow"])
    return "kind" in workflow and ("=" in case["name"] or not workflow.keys() - {"kind", "rows"})


def _workflow(case: Mapping[str, Any]) -> str:
    return _said(case["name"]) if _plain(case) else repr(_bare(case["workflow"]))


def _bare(value: Any) -> Any:
    """Return tables and lists as they are written, whatever their types."""
    if isinstance(value, Mapping):
        return {str(key): _bare(each) for key, each in value.items() if each is not None}
    return [_bare(each) for each in value] if isinstance(value, list | tuple) else value


def _rows(cases: Sequence[Mapping[str, Any]]) -> int | None:
    """Return the rows of a batch where the words of workflows do not say them, None where each has its own."""
    found = {repr(case["workflow"].get("rows")) for case in cases if _plain(case) and "rows=" not in case["name"]}
    one = next((case["workflow"].get("rows") for case in cases if repr(case["workflow"].get("rows")) in found), None)
    return one if len(found) == 1 and isinstance(one, int) else None


def _said(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
