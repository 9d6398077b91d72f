"""Every population, workflow, generator and predictor that a study can name: one small study each that runs.

A new kind is red until it stands in a study here, is predicted or simulated, and said in words.
"""

import numpy as np
import pytest
from helpers_language_model import small_language_model

from genloss import Study, predict, simulate
from genloss.populations import DATASETS, NO_FOLDER
from genloss.study.spec.tables import TABLES
from genloss.study.subjects.several.words import lineages_words
from genloss.study.subjects.words import workflow_words
from genloss.theory.workflows import long_run
from genloss.workflows import NAMED

pytestmark = pytest.mark.usefixtures("without_pictures")

SMALL = {"schema": "study/1", "question": "Does it run?", "seed": 1, "replicates": 10, "generations": 1}
LINE = {"kind": "linear_gaussian", "dim": 4, "noise": 0.5}
COLUMNS = "x,z,e,y\n" + "".join(f"{i % 7},{i % 5},{1 + i % 4},{i % 7 + i % 3}\n" for i in range(60))
TEXT = "the cat sat on the mat and the dog sat on the log while the cat ran to the dog and the mat " * 40


class Copy:
    """A user's own model, which hands its rows on."""

    def __init__(self, rows=None) -> None:
        self.rows = rows

    def __repr__(self) -> str:
        return "Copy()"

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        return Copy(data)

    def sample(self, count, rng, **sampler):
        del sampler
        return self.rows[rng.integers(len(self.rows), size=count)]


POPULATIONS = {
    "rows": {"rows": np.linspace(0, 1, 120).reshape(60, 2)},
    "linear_gaussian": LINE,
    "table": {"kind": "table", "file": "t.csv", "target": "y", "noise": 0.5, "held_out": 10},
    "counts": {"file": "t.csv", "target": "y", "exposure": "e"},
    "bernoulli": {"mean": 0.3},
    "binomial": {"mean": 1.5, "trials": 4},
    "poisson": {"mean": 2.0},
    "geometric": {"mean": 2.0},
    "negative_binomial": {"mean": 2.0, "size": 3.0},
    "exponential": {"mean": 2.0},
    "gamma": {"mean": 2.0, "shape": 3.0},
    "gaussian_mean": {},
    "gaussian_variance": {},
    "gamma_shape": {"shape": 2.0},
    "beta": {"concentrations": [2.0, 5.0]},
    "dirichlet": {"concentrations": [2.0, 5.0, 1.5]},
    "gaussian": {},
    "multivariate_gaussian": {"dim": 2},
    "multinomial": {"probabilities": [0.5, 0.3, 0.2]},
    "logistic_regression": {"slopes": [0.5]},
    "poisson_regression": {"slopes": [0.3]},
    "categories": {"probabilities": [0.5, 0.3, 0.2]},
    "zipf": {"categories": 50},
    "normal_mixture": {"shares": [0.5, 0.5], "means": [-1.0, 1.0], "deviations": [0.5, 0.5]},
    "text": {"file": "t.txt"},
    **{name: {} if data.form == "text" else {"noise": 1.0, "rows": 100} for name, data in DATASETS.items()},
}
WORKFLOWS = {
    **{name: {"rows": 24} for name in NAMED},
    "accumulate_subsample": {"rows": 24, "take": 24},
    "window": {"rows": 24, "keep": 2},
    "forget": {"rows": 24, "decay": 0.5},
    "reset": {"rows": 24, "every": 2},
    "edit": {"rows": 24, "share": 0.25},
    "custom": {
        "emit": [
            {"tag": "real", "from": "real", "rows": 24, "at": "start"},
            {"tag": "made", "from": "model", "rows": 24},
        ],
        "train": [{"select": {"last": 1}}],
    },
}
LINEAGES = {
    "separate": {"count": 2},
    "islands": {"count": 2, "migration": 0.1},
    "pooled": {"count": 2},
    "ring": {"count": 3, "migration": 0.1},
    "exchange": {"exchange": {"a": {"a": 1.0}, "b": {"a": 0.5, "truth": 0.5}}},
}
MODELS = {
    "least_squares": {},
    "ridge": {"penalty": 0.1},
    "kernel_ridge": {"penalty": 0.1},
    "shifted_truth": {"shift": {"norm": 0.5}},
    "maximum_likelihood": {},
    "maximum_a_posteriori": {"prior_rows": 5.0, "prior": {"mean": 3.0}},
    "kernel_density": {"bandwidth": 0.2},
    "early_stopped_diffusion": {"time": 0.1},
    "counting": {},
    "ngram": {},
    "object": {"model": Copy()},
    "sklearn": {"estimator": "GaussianMixture", "options": {"n_components": 1}},
    "network": {"network": "Softmax", "budget": {"steps": 50}},
    "transformers": {"folder": "model", "budget": {"steps": 3}, "options": {"longest": 8}},
    "python": {"entry": "made.py:model"},
    "command": {"command": "{python} made.py {train} {out} {rows} {seed}", "format": "csv"},
}
OF_ROWS = ("object", "sklearn", "network", "transformers", "python", "command")
MADE = """
import csv, random, sys

def model():
    from sklearn.mixture import GaussianMixture
    return GaussianMixture(1)

if __name__ == "__main__":
    train, out, rows, seed = sys.argv[1:]
    head, *held = csv.reader(open(train, newline=""))
    random.seed(int(seed))
    csv.writer(open(out, "w", newline="")).writerows([head, *random.choices(held, k=int(rows))])
"""


def source(population: str, workflow: str = "replace", generator: str | None = None, predictor: str | None = None):
    """A study of one kind of each."""
    regression = POPULATIONS[population].keys() & {"noise"}
    made = generator or ("least_squares" if regression and population == "linear_gaussian" else None)
    made = made or ("kernel_density" if population == "normal_mixture" else None)
    made = made or ("kernel_ridge" if regression else "object" if population == "rows" else None)
    return (
        SMALL
        | {"population": {"kind": population} | POPULATIONS[population]}
        | {"workflow": {"kind": workflow} | WORKFLOWS[workflow]}
        | ({"generator": {"kind": made} | MODELS[made]} if made else {})
        | ({"predictor": {"kind": predictor, "rows": 30} | MODELS[predictor]} if predictor else {})
    )


def test_every_kind_has_a_study() -> None:
    assert TABLES["population"].keys() == POPULATIONS.keys()
    assert TABLES["workflow"].keys() == WORKFLOWS.keys() == NAMED.keys() | {"custom"}
    assert TABLES["generator"].keys() == MODELS.keys()
    assert TABLES["lineages"].keys() == LINEAGES.keys()
    assert TABLES["predictor"].keys() <= MODELS.keys()


def checked(study: Study) -> None:
    rows = simulate(study, trust=True).rows
    assert {row.generation for row in rows} == {0, 1}
    assert all(np.isfinite(row.value) and row.method == "simulation" for row in rows)
    assert all(row.method == "theory" for row in predict(study).rows)


@pytest.mark.parametrize("kind", TABLES["population"])
def test_a_study_of_every_population_runs(kind: str, here, tmp_path) -> None:
    places = here(kind) if kind in DATASETS else NO_FOLDER
    (tmp_path / "t.csv").write_text(COLUMNS)
    (tmp_path / "t.txt").write_text(TEXT)
    checked(Study.from_dict(source(kind), folder=tmp_path, places=places))


@pytest.mark.parametrize("kind", TABLES["workflow"])
def test_a_study_of_every_workflow_runs_and_is_said_in_words(kind: str) -> None:
    study = Study.from_dict(source("linear_gaussian", kind))
    checked(study)
    words = {other: workflow_words({"kind": other, **WORKFLOWS[other]}) for other in WORKFLOWS}
    assert all(words.values())
    assert len(set(words.values())) == len(words)


@pytest.mark.parametrize("kind", TABLES["lineages"])
def test_a_study_of_every_exchange_between_models_runs_and_is_said_in_words(kind: str) -> None:
    study = Study.from_dict(source("linear_gaussian") | {"lineages": {"kind": kind} | LINEAGES[kind]})
    checked(study)
    made = {
        other: {"drawn": "by_share", "real": "own", "kind": other, "neighbors": 1} | LINEAGES[other]
        for other in LINEAGES
    }
    assert len({lineages_words(table) for table in made.values()}) == len(LINEAGES)


@pytest.mark.parametrize("name", NAMED)
def test_where_a_named_workflow_leads_is_a_closed_form(name: str) -> None:
    found = long_run(NAMED[name](**WORKFLOWS[name]))
    assert found.status == "exact"
    assert found.rate in ("bounded", "linear", "periodic", "vanishing")
    assert found.criterion


@pytest.mark.parametrize("kind", TABLES["generator"])
def test_a_study_of_every_generator_runs(kind: str, tmp_path) -> None:
    (tmp_path / "t.txt").write_text(TEXT)
    (tmp_path / "made.py").write_text(MADE)
    of = {
        "maximum_likelihood": "poisson",
        "maximum_a_posteriori": "poisson",
        "kernel_density": "normal_mixture",
        "early_stopped_diffusion": "normal_mixture",
        "counting": "categories",
        "ngram": "text",
        "kernel_ridge": "digits",
        **dict.fromkeys(OF_ROWS, "rows"),
    }
    judge = "ridge" if kind == "shifted_truth" else None  # which is not fitted, so that another is judged
    asked = source(of.get(kind, "linear_gaussian"), generator=kind, predictor=judge)
    if kind == "network":  # that labels rows
        asked |= {
            "population": {"rows": (np.linspace(0, 1, 60)[:, None], np.arange(60) % 2)},
            "metrics": ["held_out_loss"],
        }
    if kind == "transformers":
        texts = ["a b c", "b a", "c a a b", "b b c a"] * 20
        small_language_model(tmp_path / "model", texts)
        asked |= {"population": {"rows": texts}, "metrics": ["held_out_loss"]}
    checked(Study.from_dict(asked, folder=tmp_path))


@pytest.mark.parametrize("kind", TABLES["predictor"])
def test_a_study_of_every_predictor_runs(kind: str) -> None:
    checked(Study.from_dict(source("digits" if kind == "kernel_ridge" else "linear_gaussian", predictor=kind)))
