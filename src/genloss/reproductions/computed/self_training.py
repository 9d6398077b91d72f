"""A ridge fit that is refitted to its own predictions: a step away from the refit, or ever more refits."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

import numpy as np

from genloss.reproductions.computed.part import Array, Part, Theory
from genloss.theory import combine, reuse


def extrapolated(settings: Mapping[str, Any]) -> list[Part]:
    """Return a part for every step (penalty, w): the risk of (1 + w) fit - w refit, at generation 1.

    settings: features, rows, noise, design ("fresh" inputs for the refit, or the "same"), steps. Inputs are white, the
    coefficients alike, of length 1.
    """
    features, rows, noise, design = (settings[key] for key in ("features", "rows", "noise", "design"))
    truth, found = np.full(features, features**-0.5), []
    for penalty, weight in settings["steps"]:
        batches = combine.self_training(rows, noise=noise, rounds=1, design=design)
        known = reuse.risk(np.ones(features), truth, batches, penalty=penalty)
        told = float(combine.combined_risk(known.cross, [1 + weight, -weight]))
        allowed = float((known.allowance / known.total).max()) * (abs(1 + weight) + abs(weight)) ** 2
        theory = {1: Theory(told, "asymptotic", "combined_risk", allowed * float(known.total.max()))}
        draw = partial(_steps, truth, rows, noise, design, penalty, weight)
        found.append(Part("extrapolated", (1,), {"penalty": penalty, "weight": weight}, draw, theory=theory))
    return found


def rounds(settings: Mapping[str, Any]) -> list[Part]:
    """Return the part of refits to new inputs without a penalty, the interpolators of smallest norm, by generation.

    settings: features, spikes (how many of the inputs' directions are strong), spike (their variance; others have 1),
    strong, weak (coefficients along them), rows, noise, rounds.
    """
    features, spikes, last = settings["features"], settings["spikes"], settings["rounds"]
    spectrum = np.where(np.arange(features) < spikes, float(settings["spike"]), 1.0)
    truth = np.where(np.arange(features) < spikes, float(settings["strong"]), float(settings["weak"]))
    batches = combine.self_training(settings["rows"], noise=settings["noise"], rounds=last)
    known = reuse.risk(spectrum, truth, batches, penalty=0.0)
    generations = tuple(range(last + 1))
    theory = {
        g: Theory(float(known.total[g]), "asymptotic", "reuse.risk", float(known.allowance[g])) for g in generations
    }
    draw = partial(_rounds, spectrum, truth, settings["rows"], settings["noise"], last)
    return [Part("self-training", generations, {}, draw, theory=theory)]


def _steps(
    truth: Array, rows: int, noise: float, design: str, penalty: float, weight: float,
    rng: np.random.Generator, replicates: int,
) -> Array:  # fmt: skip
    x = rng.standard_normal((replicates, rows, truth.size))
    first = _ridge(x, x @ truth + noise * rng.standard_normal((replicates, rows)), penalty)
    inputs = rng.standard_normal(x.shape) if design == "fresh" else x
    second = _ridge(inputs, (inputs @ first[..., None])[..., 0], penalty)
    return np.asarray((((1 + weight) * first - weight * second - truth) ** 2).sum(axis=-1)[None])


def _rounds(
    spectrum: Array, truth: Array, rows: int, noise: float, last: int, rng: np.random.Generator, replicates: int
) -> Array:
    found, model, spread = [], np.broadcast_to(truth, (replicates, truth.size)), noise
    for _ in range(last + 1):
        x = rng.standard_normal((replicates, rows, truth.size)) * np.sqrt(spectrum)
        labels = (x @ model[..., None])[..., 0] + spread * rng.standard_normal((replicates, rows))
        model, spread = (x.mT @ np.linalg.solve(x @ x.mT, labels[..., None]))[..., 0], 0.0
        found.append((spectrum * (model - truth) ** 2).sum(axis=-1))
    return np.array(found)


def _ridge(x: Array, y: Array, penalty: float) -> Array:
    """Coefficients, replicate by replicate: x (replicates, rows, features), y (replicates, rows)."""
    rows, features = x.shape[1:]
    return np.asarray(np.linalg.solve(x.mT @ x + penalty * rows * np.eye(features), x.mT @ y[..., None])[..., 0])
