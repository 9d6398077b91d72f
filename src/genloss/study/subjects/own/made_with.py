"""With which versions was a generation made? Those of Python, numpy, and the package of the model itself."""

from __future__ import annotations

import platform
import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from genloss.models.protocol import MadeWith

_DISTRIBUTIONS = {"sklearn": "scikit-learn"}
"""Packages that are imported under another name than they are installed by."""


def made_with(model: Any) -> dict[str, str]:
    """Return versions by name; of a model inside an adapter those of both. A model of no package has none.

    What a model says itself (`genloss.models.protocol.MadeWith`) is told too.

    >>> from sklearn.mixture import GaussianMixture
    >>> sorted(made_with(GaussianMixture()))
    ['numpy', 'python', 'scikit-learn']
    """
    found = {"python": platform.python_version(), "numpy": version("numpy")}
    inner = vars(model).values() if type(model).__module__.startswith("genloss.") and hasattr(model, "__dict__") else ()
    kinds = [kind for each in (model, *inner) for kind in type(each).__mro__]  # one's own class may be of a library's
    for package in dict.fromkeys(kind.__module__.partition(".")[0] for kind in kinds):
        name = _DISTRIBUTIONS.get(package, package)
        said = None if package in ("builtins", "genloss", "__main__") else _version(name, package)
        found |= {} if said is None else {name: said}
    return found | (dict(model.made_with()) if isinstance(model, MadeWith) else {})


@cache
def _version(name: str, package: str) -> str | None:
    try:
        return version(name)
    except (PackageNotFoundError, ValueError):
        said = getattr(sys.modules.get(package), "__version__", None)
        return said if isinstance(said, str) else None
