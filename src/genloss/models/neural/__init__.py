"""Networks as models that keep the contract. They need torch, which is loaded when a network is fitted, not before.

What all of them share: how long a fit trains (`budget.py`), from where its random numbers come (`draws.py`), which rows
are in a minibatch (`batches.py`), torch itself, on one thread and one device (`library.py`), and the loop that trains
(`training.py`). A network is a dictionary of arrays by name and a function of these: nothing else is in its state.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from genloss.models.neural.budget import Budget
    from genloss.models.neural.diffusion import Diffusion
    from genloss.models.neural.labelers import Perceptron, Softmax
    from genloss.models.neural.of_transformers import CausalLM
    from genloss.models.neural.vae import VAE
    from genloss.models.neural.words import Transformer

__all__ = ["VAE", "Budget", "CausalLM", "Diffusion", "Perceptron", "Softmax", "Transformer"]

_HOMES = {
    "VAE": "vae",
    "Budget": "budget",
    "CausalLM": "of_transformers",
    "Diffusion": "diffusion",
    "Perceptron": "labelers",
    "Softmax": "labelers",
    "Transformer": "words",
}
"""Files of the networks, each loaded when its network is asked for."""


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"genloss.models.neural.{_HOMES[name]}"), name)
    raise AttributeError(f"module 'genloss.models.neural' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
