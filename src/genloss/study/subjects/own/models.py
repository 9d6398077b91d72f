"""Which model does a study of own rows name? Given in Python, an estimator, a network, a folder, code, a command."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from genloss.code.trusted import made_by
from genloss.errors import Problem
from genloss.models.adapters import adapted
from genloss.models.command import Command
from genloss.models.named import estimator_of
from genloss.models.neural.named import network_of
from genloss.models.protocol import Model
from genloss.study.language.checks import brief
from genloss.study.spec.files import first_path
from genloss.study.spec.objects import checked_model, object_of
from genloss.study.spec.scope import Scope

_WHERE = "generator"


def model_of(scope: Scope, generator: Mapping[str, Any]) -> Model[Any]:
    """Return the model; code that nobody trusts is refused."""
    return _MAKERS[generator["kind"]](scope, generator)


def check_model(scope: Scope, generator: Mapping[str, Any]) -> None:
    """Refuse settings of which no model can be made. What is not here, or nobody trusts, is not looked at."""
    away = generator["kind"] == "transformers" and not first_path(generator["folder"], scope.places).exists()
    if generator["kind"] != "object" and not away and is_trusted(scope, generator):
        model_of(scope, generator)


def is_trusted(scope: Scope, generator: Mapping[str, Any]) -> bool:
    """Whether the model can be made without anything being executed that nobody trusts."""
    named = generator.get("entry") or generator.get("command")
    known = {(code.name, code.sha256) for code in scope.trusted.codes}
    return named is None or (named, generator["sha256"]) in known


def said_of(generator: Mapping[str, Any]) -> str:
    """Name a model in words."""
    if generator["kind"] == "object":
        return str(generator["model"])
    if generator["kind"] == "command":
        return f"the command `{generator['command']}`"
    named = next(generator[key] for key in ("estimator", "network", "folder", "entry") if key in generator)
    more = {} if "budget" not in generator else {"budget": generator["budget"]}
    options = ", ".join(f"{key}={value!r}" for key, value in (more | generator["options"]).items())
    return f"what {named}({options}) returns" if "entry" in generator else f"{named}({options})"


def _given(scope: Scope, generator: Mapping[str, Any]) -> Model[Any]:
    model: Model[Any] = object_of(scope.objects, generator["identity"], _WHERE)
    return model


def _estimator(_scope: Scope, generator: Mapping[str, Any]) -> Model[Any]:
    model: Model[Any] = adapted(estimator_of(generator["estimator"], generator["options"]))
    return model


def _network(_scope: Scope, generator: Mapping[str, Any]) -> Model[Any]:
    model: Model[Any] = network_of(generator["network"], generator["budget"], generator["options"])
    return model


def _of_folder(scope: Scope, generator: Mapping[str, Any]) -> Model[Any]:
    from genloss.models.neural.of_transformers import causal_lm

    folder = first_path(generator["folder"], scope.places)
    model: Model[Any] = causal_lm(folder, generator["budget"], generator["sha256"] or "", generator["options"])
    return model


def _from_code(scope: Scope, generator: Mapping[str, Any]) -> Model[Any]:
    code = scope.trusted.find(generator["entry"], generator["sha256"], f"{_WHERE}.entry")
    made = made_by(code, generator["options"])
    try:
        return checked_model(adapted(made))
    except Problem as problem:
        found = f"returned {brief(made)}, which is not a model: {problem.found}"
        raise Problem(f"{code.where}: {code.name}", found, problem.mend) from problem


def _command(scope: Scope, generator: Mapping[str, Any]) -> Model[Any]:
    scope.trusted.find(generator["command"], generator["sha256"], f"{_WHERE}.command")
    folder = scope.places.folders[0] if scope.places.folders else None
    asked = {key: generator[key] for key in ("command", "format", "timeout", "shell")}
    return Command(**asked, folder=folder)


_MAKERS = {
    "object": _given,
    "sklearn": _estimator,
    "network": _network,
    "transformers": _of_folder,
    "python": _from_code,
    "command": _command,
}
