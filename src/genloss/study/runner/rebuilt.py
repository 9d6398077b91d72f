"""Which model and which rows are those of a run? Made again from its study.toml, where that holds enough."""

from __future__ import annotations

import ast
import json
import shlex
from collections.abc import Mapping
from typing import Any

from genloss.errors import Problem, nearest
from genloss.models.named import ESTIMATORS
from genloss.study.study import Study
from genloss.study.subjects.own.models import model_of

_OWN = ("object", "sklearn", "network", "transformers", "python", "command")


def model_and_rows(study: Study, name: str = "") -> tuple[Any, Any]:
    """Return the model of a case, and all of its real rows. name: of the case; "": there is one model, on one table.

    Errors: `Problem` for a study of no model of one's own, for a case that must be named, and for what was given in
    Python, which no file holds, with a way out.
    """
    case = _case(study, name)
    generator, population = case["generator"], case["population"]
    named = f"{study.source.name}: "
    if generator["kind"] == "object" and generator["identity"] not in study.objects:
        found = f"the model {generator['model']} was given in Python, and no file holds it"
        raise Problem(f"{named}generator", found, way_out(generator["model"]))
    if population["sha256"] not in study.objects:
        file = population.get("file")
        found = f"{file} is not here" if file else "the rows were given in Python, and no file holds them"
        mend = "copy it there, or name its folder by GENLOSS_DATA" if file else way_out("")
        raise Problem(f"{named}population", found, mend)
    return model_of(study.scope, generator), study.objects[population["sha256"]]


def _case(study: Study, name: str) -> Mapping[str, Any]:
    cases = {str(case.get("name", "")): case for case in study.cases}
    if name and name not in cases:
        named = nearest(name, list(cases)) if any(cases) else "leave it out: this run has one, without a name"
        raise Problem("case", f"there is no case {name!r}", named)
    case = cases[name] if name else next(iter(cases.values()))
    if case["population"].get("kind") != "rows" or case["generator"].get("kind") not in _OWN:
        mend = "its page says what is lost; give the folder of a chain of a model of your own"
        raise Problem(study.source.name, "no model of one's own was fitted to rows of one's own here", mend)
    if not name and any(_asked(each) != _asked(case) for each in cases.values()):
        mend = f"say which: give --case and one of {', '.join(cases)}"
        raise Problem("case", "cases have other models or rows", mend)
    for table in _asked(case):
        axes = [key for key, value in table.items() if isinstance(value, list) and key not in ("columns", "drop")]
        if axes:
            raise Problem(study.source.name, f"has several of {axes[0]}", "give the folder of a run with one")
    return case


def _asked(case: Mapping[str, Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    return case["generator"], case["population"]


def way_out(said: str) -> str:
    """Say how to ask about a model that was given in Python. said: what it says of itself.

    >>> print(way_out("Density(estimator=GaussianMixture(n_components=3))"))
    save the rows as rows.csv, then: genloss attribute GaussianMixture --options '{"n_components": 3}' --data rows.csv
    """
    named = _estimator(said) or "model.py:make"
    which = "" if _estimator(said) else ", write a function make that returns the model into model.py"
    return f"save the rows as rows.csv{which}, then: genloss attribute {named} --data rows.csv"


def _estimator(said: str) -> str:
    """Return an estimator of the list as the command line has it; "" for what is none, or has other than numbers."""
    inside = said.partition("=")[2].removesuffix(")") if said.startswith(("Density(", "Labeler(")) else said
    try:
        call = ast.parse(inside, mode="eval").body
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ESTIMATORS):
            return ""
        options = {str(each.arg): ast.literal_eval(each.value) for each in call.keywords}
        return call.func.id + (f" --options {shlex.quote(json.dumps(options))}" if options else "")
    except (SyntaxError, ValueError, TypeError):
        return ""
