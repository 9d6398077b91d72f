"""Which family does a study refit, and with which prior?"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem, shown
from genloss.models.families import FAMILIES, Prior, Regression, quadratic
from genloss.models.families.quadratic import Quadratic
from genloss.study.spec.grid import Cell
from genloss.study.subjects.families.models import ParametricCase, QuadraticCase, Refitted

Array = NDArray[np.float64]

_LIKELIHOOD = "use maximum_likelihood, or another population"


def refitted(population: Mapping[str, Any], generator: Mapping[str, Any] | None = None) -> Refitted:
    """Build the family of a population's settings; a truth, or the law of a prior, outside its family is refused."""
    known = _of_population(population)
    if generator is None or generator["kind"] != "maximum_a_posteriori":
        return known
    return replace(known, prior=prior_of(known.family, generator, population))


def _of_population(population: Mapping[str, Any]) -> QuadraticCase | ParametricCase:
    keys = {key: value for key, value in population.items() if key != "kind"}
    kind = population["kind"]
    if kind not in FAMILIES:
        mean = keys.pop("mean")
        family: Quadratic = getattr(quadratic, kind)(**keys)
        return QuadraticCase(family, family.checked(mean))
    family_, truth = _parametric(kind, keys)
    return ParametricCase(family_, family_.checked(truth))


def _parametric(kind: str, keys: Mapping[str, Any]) -> tuple[Any, list[float]]:
    """Return a family of several parameters, and the truth that its keys say."""
    family_: Any
    truth: list[float]
    if kind == "gamma_shape":
        family_, truth = FAMILIES[kind](), [keys["shape"], keys["mean"]]
    elif kind in ("beta", "dirichlet"):
        truth = keys["concentrations"]
        family_ = FAMILIES[kind]() if kind == "beta" else FAMILIES[kind](len(truth))
    elif kind == "gaussian":
        family_, truth = FAMILIES[kind](divisor=keys["divisor"]), [keys["mean"], keys["variance"]]
    elif kind == "multivariate_gaussian":
        dim = keys["dim"]
        family_, truth = FAMILIES[kind](dim, keys["divisor"]), [*np.zeros(dim), *np.eye(dim).ravel()]
    elif kind == "multinomial":
        truth = keys["probabilities"]
        family_ = FAMILIES[kind](len(truth))
    else:
        truth = [keys["intercept"], *keys["slopes"]]
        family_ = FAMILIES[kind](len(keys["slopes"]))
    return family_, truth


def prior_of(family: Any, generator: Mapping[str, Any], population: Mapping[str, Any]) -> Prior:
    """Return the prior that a generator's settings say, beside the population that is the truth."""
    rows, law, kind = generator["prior_rows"], generator["prior"], population["kind"]
    if isinstance(family, Regression):
        raise Problem("generator.kind", f"maximum_a_posteriori with {kind}: no prior of it is rows", _LIKELIHOOD)
    if law == "first_fit":
        return Prior(rows)
    changed = [key for key in ("mean", "shape", "variance", "concentrations", "probabilities") if key in population]
    if isinstance(family, Quadratic):
        changed = ["mean"]
    for key in law:
        if key not in changed:
            mend = f"give {' and '.join(changed)}" if changed else 'give "first_fit"'
            raise Problem("generator.prior", f"{kind} has no {key!r} that a prior could say", mend)
    return Prior(rows, _parameters(family, {**population, **law}))


def _parameters(family: Any, said: Mapping[str, Any]) -> Array:
    """Return the parameters of a prior's law, or say what is wrong with them."""
    try:
        if isinstance(family, Quadratic):
            return np.array([family.checked(said["mean"])])
        keys = {key: value for key, value in said.items() if key != "kind"}
        _, parameters = _parametric(said["kind"], keys)
        return np.asarray(family.checked(parameters))
    except Problem as problem:
        raise Problem("generator.prior", problem.found, problem.mend) from problem
    except TypeError as error:
        raise Problem("generator.prior", f"{shown(said)} holds no numbers", "give what [population] takes") from error


def case_of(cell: Cell) -> Refitted:
    """Return the family of a cell, with its prior."""
    return known_family(cell.texts["population"], cell.texts["generator"])


@lru_cache(maxsize=256)
def known_family(population: str, generator: str) -> Refitted:
    """Return what `refitted` does for settings as plain text; many cells have the same."""
    return refitted(json.loads(population), json.loads(generator))
