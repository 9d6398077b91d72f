"""Which networks may a study name? Those of this list, each with the file in which its class stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from importlib import import_module
from typing import Any

from genloss.errors import Problem, nearest

NETWORKS = {
    "Softmax": "genloss.models.neural.labelers",
    "Perceptron": "genloss.models.neural.labelers",
    "VAE": "genloss.models.neural.vae",
    "Diffusion": "genloss.models.neural.diffusion",
    "Transformer": "genloss.models.neural.words",
}
"""Networks that label rows (X, y), then those that draw images, then one that writes texts; more is one line."""


def network_of(name: str, budget: Mapping[str, Any], options: Mapping[str, Any], where: str = "generator") -> Any:
    """Return a network of the list, made with these options. Errors: `Problem` for options that it does not have.

    >>> network_of("Softmax", {"steps": 100}, {"penalty": 0.1}).penalty
    0.1
    """
    if name not in NETWORKS:
        raise Problem(f"{where}.network", f"{name!r} is not in the list", nearest(name, list(NETWORKS)))
    kind = getattr(import_module(NETWORKS[name]), name)
    known = sorted(field.name for field in fields(kind) if field.init and field.name != "budget")
    for option in options:
        if option not in known:
            raise Problem(f"{where}.options", f"{name} has no {option!r}", nearest(str(option), known))
    try:
        return kind(budget=budget, **options)
    except TypeError as error:
        raise Problem(
            f"{where}.options",
            f"{name}: {error}",
            f"give options of the types that help(genloss.models.neural.{name}) names",
        ) from error
