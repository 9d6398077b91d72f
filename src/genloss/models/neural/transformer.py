"""What does a transformer say comes next? A decoder (Vaswani et al. 2017) as functions of its arrays by name.

Layers are normed before attention and before the two linear maps (Xiong et al. 2020); the output is the embedding
again. Its arrays are `words` (places of words, wide), `places` (positions, wide) and those of each layer.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.models.neural.training import Weights

Cache = list[tuple[Any, Any]]
"""Of each layer the keys and values of all positions so far, (rows, heads, positions, wide / heads)."""
_SPREAD = 0.02
"""Standard deviation of initial weights."""


def initial(t: Any, rng: Any, *, size: int, positions: int, wide: int, layers: int) -> dict[str, NDArray[np.float32]]:
    """Draw the arrays of a transformer over `size` words. Maps that end a block are smaller, as GPT-2 has it."""

    def normal(*shape: int, spread: float = _SPREAD) -> Any:
        return (t.randn(*shape, generator=rng) * spread).numpy()

    ending = _SPREAD / (2 * layers) ** 0.5
    found = {"words": normal(size, wide), "places": normal(positions, wide), "norm": np.ones(wide, np.float32)}
    for layer in range(layers):
        found |= {
            f"attend{layer}": normal(wide, 3 * wide),
            f"attended{layer}": normal(wide, wide, spread=ending),
            f"up{layer}": normal(wide, 4 * wide),
            f"up_bias{layer}": np.zeros(4 * wide, np.float32),
            f"down{layer}": normal(4 * wide, wide, spread=ending),
            f"norm_attend{layer}": np.ones(wide, np.float32),
            f"norm_up{layer}": np.ones(wide, np.float32),
        }
    return found


def states(t: Any, held: Weights, tokens: Any, heads: int, cache: Cache | None = None, at: int = 0) -> Any:
    """Return what each position knows of itself and those before it, (rows, positions, wide).

    tokens: (rows, positions). cache: keys and values of the positions before `at`, to which these are added; then
    tokens are (rows, 1).
    """
    found = t.nn.functional.embedding(tokens, held["words"]) + held["places"][at : at + tokens.shape[1]]
    for layer in range(sum(name.startswith("attended") for name in held)):
        normed = _normed(t, found, held[f"norm_attend{layer}"])
        found = found + _attended(t, held, layer, normed, heads, cache)
        up = _normed(t, found, held[f"norm_up{layer}"]) @ held[f"up{layer}"] + held[f"up_bias{layer}"]
        found = found + t.nn.functional.gelu(up) @ held[f"down{layer}"]
    return _normed(t, found, held["norm"])


def logits(held: Weights, known: Any) -> Any:
    """Return for what each position knows (..., wide) the logits of what comes next, (..., words)."""
    return known @ held["words"].T


def picked(t: Any, given: Any, uniform: Any, *, temperature: float = 1.0, top_p: float = 1.0, top_k: int = 0) -> Any:
    """Draw a place by logits (rows, words), where a number in [0, 1) falls among the ends of the chances.

    top_k: the most probable so many alone; 0: all. top_p: then the fewest of the most probable whose chances add up to
    top_p or more.
    """
    chances, order = t.softmax(given.double() / temperature, dim=1), None
    if top_p < 1 or top_k:
        chances, order = chances.sort(dim=1, descending=True, stable=True)
        if top_k:
            chances[:, top_k:] = 0.0
        total = chances.sum(dim=1, keepdim=True)
        chances = t.where(chances.cumsum(dim=1) - chances < top_p * total, chances, 0.0)
    ends = chances.cumsum(dim=1)
    drawn = t.searchsorted(ends, uniform[:, None] * ends[:, -1:], right=True).clamp(max=given.shape[1] - 1)
    return (drawn if order is None else order.gather(1, drawn))[:, 0]


def _attended(t: Any, held: Weights, layer: int, given: Any, heads: int, cache: Cache | None) -> Any:
    rows, positions, wide = given.shape
    parts = (given @ held[f"attend{layer}"]).view(rows, positions, 3, heads, wide // heads).permute(2, 0, 3, 1, 4)
    query, key, value = parts[0], parts[1], parts[2]
    if cache is not None:
        if layer < len(cache):
            key, value = (t.cat([old, new], dim=2) for old, new in zip(cache[layer], (key, value), strict=True))
            cache[layer] = (key, value)
        else:
            cache.append((key, value))
    found = t.nn.functional.scaled_dot_product_attention(query, key, value, is_causal=cache is None)
    return found.transpose(1, 2).reshape(rows, positions, wide) @ held[f"attended{layer}"]


def _normed(t: Any, given: Any, scale: Any) -> Any:
    return t.nn.functional.layer_norm(given, scale.shape, scale)
