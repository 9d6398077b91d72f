"""Rows, fits and engines on given draws, which tests by hand share: one replicate of a small linear world."""

import numpy as np

from genloss import Workflow
from genloss.metrics import measure
from genloss.models import Generator
from genloss.populations import Draw, LinearGaussian
from genloss.simulation import reference
from genloss.simulation.task import Task
from genloss.simulation.training import Draws, Rows

TRUTH = np.array([1.0, -2.0, 0.5])
LAST = 5
N, S = 9, 12  # real rows, synthetic rows
PENALTY = 0.2


def key_seed(*key):
    return [3, *(int.from_bytes(str(part).encode(), "little") % 2**31 for part in key)]


def drawn(birth, tag, number, rows):
    """Inputs and noise of a batch, by its name."""
    rng = np.random.default_rng(key_seed("rows", birth, tag, number))
    return rng.standard_normal((rows, 3)), rng.standard_normal(rows)


def uniform(*key, count):
    return np.random.default_rng(key_seed("uniform", *key)).random(count)


DRAWS = Draws(
    lambda batch: _rows(*(("judge", "predictor", 0, 20) if batch is None else (*batch.key, batch.rows))),
    lambda key, count: uniform(*key, count=count)[None],
    lambda key: np.random.default_rng(key_seed("normal", *key)).standard_normal((1, 3)),
    lambda: _rows("judge", "new", 0, 50).draw,
)


def _rows(birth, tag, number, rows):
    inputs, noise = drawn(birth, tag, number, rows)
    return Rows(Draw(inputs[None], (inputs @ TRUTH)[None]), noise[None])


def batch(teacher, birth, tag, rows, number=0):
    """Rows labeled by a teacher."""
    inputs, noise = drawn(birth, tag, number, rows)
    return inputs, inputs @ teacher + noise


def fit(batches, penalty, shares=None):
    """Minimize the sum over batches of share x mean squared residual, + penalty |w|^2."""
    rows = sum(len(y) for _, y in batches)
    shares = [len(y) / rows for _, y in batches] if shares is None else shares
    gram = sum(s * x.T @ x / len(y) for s, (x, y) in zip(shares, batches, strict=True))
    moment = sum(s * x.T @ y / len(y) for s, (x, y) in zip(shares, batches, strict=True))
    return np.linalg.solve(gram + penalty * np.eye(3), moment)


def errors_of(workflow, model, last=LAST, predictor=None, noise=1.0):
    population = LinearGaussian(np.ones(3), TRUTH, 1.0)
    report = tuple(range(last + 1))
    task = Task(population, workflow.compile(last), Generator(model, noise), predictor, report, 1, 1)
    return [float(measure("excess_risk", errors)[0]) for errors in reference.run_on(task, DRAWS)[0]]


def risks(fits):
    return [float(np.sum((w - TRUTH) ** 2)) for w in fits]


def custom(emit, train, **more):
    return Workflow.from_dict({"emit": emit, "train": train, **more})


REAL = {"tag": "real", "from": "real", "rows": N, "at": "start"}
SYNTH = {"tag": "synth", "from": "model", "rows": N}
