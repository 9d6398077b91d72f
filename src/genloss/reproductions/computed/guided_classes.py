"""What is left of the width of classes when each model is trained on guided samples of the one before? An analogue."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from genloss.reproductions.computed.part import Array, Part, Theory
from genloss.simulation.loops.guidance import guided_chain
from genloss.theory.loops.guidance import guidance_chain


def parts(settings: Mapping[str, Any]) -> list[Part]:
    """Return a part for every named way of guiding: the width within classes over that of the real ones.

    settings: within, between, sampler, generations, ways (guidance, cutoff, unconditional by name), and for samples
    classes, count and steps.
    """
    generations = tuple(range(settings["generations"] + 1))
    shared = {key: settings[key] for key in ("within", "between", "sampler", "generations")}
    sampled = {key: settings[key] for key in ("classes", "count", "steps")}
    found = []
    for case, way in settings["ways"].items():
        chain = guidance_chain(**shared, **way)
        widths = chain.within / chain.within[0]
        theory = {g: Theory(float(widths[g]), "exact", "guidance_chain") for g in generations}
        draw = partial(_sampled, {**shared, **sampled, **way})
        found.append(Part(case, generations, draw=draw, theory=theory))
    return found


def _sampled(asked: Mapping[str, Any], rng: np.random.Generator, replicates: int) -> Array:
    """Return widths of chains whose classes are drawn step by step and fitted again."""
    widths = [guided_chain(rng=rng, **asked)[0] / asked["within"] for _ in range(replicates)]
    return np.asarray(np.array(widths).T)
