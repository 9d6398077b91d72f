"""Do chains of networks lose what was measured with other code? Against tables of 2026-11-22, on digits.

    export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
    .venv/bin/python verification/neural.py [word of a name ...] > verification/neural.txt

A published value stands with its standard error, and meets ours where both are less than 4.5 joint standard errors
apart. It needs torch and takes some minutes. Sizes were fixed before looking. What the tables do not say is ours: the
split (held out: the same 797 images for all seeds), rates of a base, the judge. Frechet distances are in features of
the judge, which is another, so that of them only signs are compared: up with generations, and the order of arms.
"""

import datetime
import platform
import sys
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from sklearn.datasets import load_digits

import genloss
from genloss.models.neural import VAE, Diffusion, Perceptron, Softmax

Z = 4.5
LABELS = ["replace", "accumulate", "fixed_real"]
CONTROL = {
    "emit": [{"tag": "real", "from": "real", "rows": 300, "at": "start"}],
    "train": [{"select": {"tag": "real"}}],
}
DIGITS = load_digits()
PIXELS, IMAGES = (DIGITS.data, DIGITS.target), (DIGITS.images, DIGITS.target)
HELD_OUT = 797 / 1797

# (metric, arm, generation): mean and standard error of the tables. An accuracy is one minus held_out_error.
SOFTMAX = {
    ("accuracy", "replace", 0): (0.941, 0.004),
    ("accuracy", "replace", 1): (0.884, 0.005),
    ("accuracy", "replace", 3): (0.793, 0.005),
    ("accuracy", "replace", 10): (0.591, 0.017),
    ("accuracy", "accumulate", 10): (0.913, 0.005),
    ("accuracy", "fixed_real", 10): (0.919, 0.007),
    ("held_out_loss", "replace", 10): (1.265, 0.049),
    ("held_out_loss", "accumulate", 10): (0.356, 0.010),
    ("held_out_loss", "fixed_real", 10): (0.293, 0.017),
}
NETWORK = {
    ("accuracy", "replace", 0): (0.935, 0.001),
    ("accuracy", "replace", 1): (0.903, 0.006),
    ("accuracy", "replace", 3): (0.844, 0.004),
    ("accuracy", "replace", 10): (0.725, 0.015),
    ("accuracy", "accumulate", 10): (0.911, 0.004),
    ("accuracy", "fixed_real", 10): (0.920, 0.005),
}
PREVIOUS = {
    ("accuracy", "replace", 0): (0.912, 0.002),
    ("accuracy", "replace", 1): (0.876, 0.010),
    ("accuracy", "replace", 3): (0.810, 0.010),
    ("accuracy", "replace", 10): (0.702, 0.013),
    ("accuracy", "accumulate", 10): (0.892, 0.005),
    ("accuracy", "fixed_real", 10): (0.920, 0.004),
}
AUTOENCODER = {
    ("within_class_variance", "replace", 0): (0.634, 0.011),
    ("within_class_variance", "replace", 4): (0.306, 0.005),
    ("within_class_variance", "accumulate", 4): (0.551, 0.009),
    ("within_class_variance", "fixed_real", 4): (0.625, 0.008),
    ("recall", "replace", 4): (0.007, 0.005),
    ("recall", "accumulate", 4): (0.358, 0.038),
    ("recall", "fixed_real", 4): (0.517, 0.032),
    ("judge_agreement", "replace", 4): (0.908, 0.014),
    ("judge_agreement", "accumulate", 4): (0.909, 0.005),
    ("judge_agreement", "fixed_real", 4): (0.913, 0.007),
}
GUIDED = {
    "w=1, drop 0": {
        ("recall", "replace", 4): (0.414, 0.007),
        ("within_class_variance", "replace", 4): (0.660, 0.007),
        ("judge_agreement", "replace", 4): (0.804, 0.017),
    },
    "w=3 constant, drop 0": {
        ("recall", "replace", 4): (0.000, 0.001),
        ("within_class_variance", "replace", 4): (0.063, 0.008),
        ("judge_agreement", "replace", 4): (1.000, 0.001),
    },
    "w=3 decreasing, drop .2": {
        ("recall", "replace", 4): (0.028, 0.004),
        ("within_class_variance", "replace", 4): (0.298, 0.010),
        ("judge_agreement", "replace", 4): (1.000, 0.001),
    },
}
FRECHET = {
    "VAE replace": (8.8, 17.6, 24.0, 33.7),
    "VAE accumulate": (8.8, 13.9, 16.6, 20.0),
    "VAE fixed_real": (8.8, 13.9, 15.9, 17.7),
    "w=1, drop 0 replace": (4.52, 10.28, 15.5, 25.4),
    "w=3 constant, drop 0 replace": (7.99, 22.4, 37.7, 64.3),
    "w=3 decreasing, drop .2 replace": (3.12, 7.58, 13.6, 25.0),
}
"""Of generations 0, 1, 2 and 4."""


@dataclass(frozen=True)
class Based:
    """A diffusion model whose every fit goes on from one base, which real rows that do not train have made."""

    model: Diffusion
    others: Any = None

    def among(self, rows: Any) -> "Based":
        """Return the model that knows all real rows."""
        return replace(self, others=rows)

    def fit(self, data: Any, weights: Any, rng: np.random.Generator, *, start: Any = None) -> "BasedFit":
        """Go on from the base; in generation 0 the base is made first, with a drop of .1."""
        base = start.base if start is not None else self._base(data, rng)
        return BasedFit(self.model.fit(data, weights, rng, start=base), base)

    def _base(self, data: Any, rng: np.random.Generator) -> Any:
        used = {image.tobytes() for image in data[0]}
        rest = np.array([image.tobytes() not in used for image in self.others[0]])
        rows = (self.others[0][rest][:500], self.others[1][rest][:500])
        return Diffusion(drop=0.1, first={"steps": 1200}, rate=2e-3).fit(rows, None, rng)


@dataclass(frozen=True, eq=False)
class BasedFit:
    """A fit and the base that it went on from."""

    fitted: Any
    base: Any

    def sample(self, count: int, rng: np.random.Generator, **sampler: Any) -> Any:
        """Draw from the fit."""
        return self.fitted.sample(count, rng, **sampler)


def main() -> None:
    """Print every chain beside its table, then what did not meet; of those alone whose name has one of the words."""
    import torch

    versions = f"Python {platform.python_version()}, numpy {np.__version__}, torch {torch.__version__}"
    print(f"{datetime.date.today()}  {versions}")
    print(f"ours (standard error, seeds), theirs, apart in joint standard errors; line {Z}\n")
    apart: list[str] = []
    for name, (model, data, workflows, table, asked) in runs().items():
        if not sys.argv[1:] or any(word in name for word in sys.argv[1:]):
            apart += chains(name, model, data, workflows, table, **asked)
    print(f"\n{len(apart)} values do not meet their table in size:")
    print("\n".join(apart))


def runs() -> dict[str, Any]:
    """Return models, rows, workflows, tables and sizes by name."""
    asked = {"rows": 300, "generations": 10, "held_out": HELD_OUT, "metrics": ["held_out_error", "held_out_loss"]}
    network = Perceptron(64, budget={"steps": 300}, unit=16.0)
    short = Perceptron(64, budget={"steps": 100}, unit=16.0)
    drawn = {"rows": 500, "generations": 4, "held_out": HELD_OUT, "seeds": 3}
    base = drawn | {"start": "base"}
    on = asked | {"seeds": 5, "start": "previous"}
    guided: dict[str, dict[str, Any]] = {
        "w=1, drop 0": {"drop": 0.0},
        "w=3 constant, drop 0": {"drop": 0.0, "guidance": 3.0},
        "w=3 decreasing, drop .2": {"drop": 0.2, "guidance": 3.0, "schedule": "decreasing"},
    }
    tuned = {"classes": "balanced", "budget": {"steps": 150}, "rate": 1e-3}
    return {
        "Softmax": (Softmax(unit=16.0), PIXELS, LABELS, SOFTMAX, asked | {"seeds": 6}),
        "Perceptron": (network, PIXELS, LABELS, NETWORK, asked | {"seeds": 5}),
        "Perceptron start=previous": (short, PIXELS, [*LABELS, CONTROL], PREVIOUS, on),
        **{
            name: (Based(Diffusion(**tuned, **more)), IMAGES, ["replace"], GUIDED[name], base)
            for name, more in guided.items()
        },
        "VAE": (VAE(classes="balanced"), IMAGES, LABELS, AUTOENCODER, drawn),
        "means of an autoencoder": (VAE(noise=False, classes="balanced"), IMAGES, LABELS, {}, drawn),
    }


def chains(name: str, model: Any, data: Any, workflows: Any, table: Any, **asked: Any) -> list[str]:
    """Run a model through workflows, print values and differences from the first, and return what is too far apart."""
    begun, far = time.process_time(), []
    found = genloss.chain(model, data, workflows, **asked)
    print(f"{name}: {time.process_time() - begun:.0f} CPU seconds; {' '.join(repr(model).split())[:150]}")
    for case in dict.fromkeys(row.case for row in found.rows):
        for metric in dict.fromkeys(row.metric for row in found.rows):
            mine = {row.generation: row for row in found.rows if (row.case, row.metric) == (case, metric)}
            shown = [mine[g] for g in (0, 1, 2, 3, 4, 10) if g in mine]
            values = [f"g{row.generation} {_said(metric, row.value)} ({row.standard_error:.3f})" for row in shown]
            print(f"    {case:12} {_name(metric):22} {', '.join(values)}")
            far += [_beside(name, metric, row, table) for row in shown]
            if metric == "frechet_distance" and f"{name} {case}" in FRECHET:
                print(f"    {'':12} {'theirs, other judge':22} {FRECHET[f'{name} {case}']} of g0, g1, g2, g4")
    for row in found.beside:
        if row.metric in ("held_out_error", "within_class_variance", "recall", "judge_agreement", "frechet_distance"):
            print(f"    beside: {row.case} {row.metric} g{row.generation} {row.value:.3f} ({row.standard_error:.3f})")
    for gap in found.gaps:
        print(f"    {gap}")
    print(flush=True)
    return [line for line in far if line]


def _beside(name: str, metric: str, row: Any, table: Any) -> str:
    """Print a value beside its table; return it where they are too far apart."""
    key = (_name(metric), row.case, row.generation)
    if key not in table:
        return ""
    theirs, error = table[key]
    ours = 1 - row.value if metric == "held_out_error" else row.value
    steps = (ours - theirs) / np.hypot(row.standard_error, error)
    seen = f"{ours:.3f} ({row.standard_error:.3f}, {row.replicates}) beside {theirs} ({error}), {steps:+.1f}"
    line = f"{name}, {row.case}, {_name(metric)} g{row.generation}: {seen}"
    print(f"      {line}")
    return f"    {line}" if abs(steps) > Z else ""


def _name(metric: str) -> str:
    return "accuracy" if metric == "held_out_error" else metric


def _said(metric: str, value: float) -> str:
    return f"{1 - value if metric == 'held_out_error' else value:.3f}"


if __name__ == "__main__":
    main()
