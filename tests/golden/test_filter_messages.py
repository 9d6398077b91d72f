"""Did a message about a filter change? Look at the difference, then store it with --update-golden."""

import numpy as np
import pytest
import tomli_w

import genloss
from genloss import Problem, Study
from genloss.workflows import Workflow

REAL = {"tag": "real", "from": "real", "rows": 30, "at": "start"}
MADE = {"tag": "made", "from": "model", "rows": 30}
TRUTH = {"kind": "distance", "within": 1}
MISTAKES = {
    "no such kind": {"kind": "distanse", "within": 1},
    "no kind": {"within": 1},
    "unknown key": TRUTH | {"verifyer": "truth"},
    "a key of another kind": TRUTH | {"keep_share": 0.5},
    "a distance of 0": {"kind": "distance", "within": 0},
    "no distance": {"kind": "distance"},
    "a share of 0": {"kind": "top_share", "keep_share": 0},
    "a share above 1": {"kind": "top_share", "keep_share": 1.5},
    "no share": {"kind": "top_share"},
    "no threshold": {"kind": "likelihood"},
    "a threshold that is no number": {"kind": "likelihood", "at_least": "high"},
    "no such verifier": TRUTH | {"verifier": "fit 3"},
    "a lag of the truth": TRUTH | {"lag": 2},
    "a lag of 0": TRUTH | {"verifier": "previous", "lag": 0},
    "an error of a fit": TRUTH | {"verifier": "fit 0", "verifier_error": 0.1},
    "a negative error": TRUTH | {"verifier_error": -1},
    "own rows": TRUTH | {"verifier": "fit 0", "own_rows": "yes"},
    "a probability": {"keep_good": 1.2, "keep_bad": 0},
    "a probability missing": {"keep_good": 0.9},
    "a function and a verifier": {"kind": "top_share", "keep_share": 0.5, "function": "a.py:f", "verifier": "fit 0"},
    "a function and an oracle": {"function": "a.py:f", "keep_good": 0.5},
    "categories without numbers": {"keep_good": 1, "keep_bad": 0, "wrong": []},
    "a tag that is never drawn": TRUTH | {"tag": "mode"},
    "no verifier yet": TRUTH | {"verifier": "previous", "tag": "real"},
}
SUBJECTS = {
    "regression": {
        "population": {"kind": "linear_gaussian", "dim": 3, "noise": 0.5},
        "generator": {"kind": "least_squares"},
    },
    "poisson": {"population": {"kind": "poisson", "mean": 3.0}, "metrics": ["standardized_error"]},
    "dirichlet": {
        "population": {"kind": "dirichlet", "concentrations": [1.0, 2.0, 3.0]},
        "metrics": ["standardized_error"],
    },
    "categories": {
        "population": {"kind": "categories", "probabilities": [0.5, 0.3, 0.2]},
        "generator": {"kind": "counting"},
        "metrics": ["heterozygosity"],
    },
    "text": {
        "population": {"kind": "text", "held_out": 0.2},
        "generator": {"kind": "ngram", "order": 1},
        "metrics": ["perplexity"],
    },
}
REFUSED = [
    ("regression", {"keep_good": 1, "keep_bad": 0, "wrong": [2]}),
    ("regression", TRUTH | {"within": 1e-9}),
    ("regression", TRUTH | {"verifier": "fit 0", "tag": "made", "within": 1e-12}),
    ("poisson", {"keep": [0.5, 0.5]}),
    ("poisson", TRUTH | {"within": 1e-9, "verifier_error": 0.5}),
    ("dirichlet", TRUTH),
    ("dirichlet", {"kind": "top_share", "keep_share": 0.5, "verifier_error": 0.5}),
    ("categories", TRUTH),
    ("categories", {"keep_good": 0.9, "keep_bad": 0.1}),
    ("categories", {"keep_good": 0.9, "keep_bad": 0.1, "wrong": [4]}),
    ("categories", {"keep": [0.5]}),
    ("categories", {"kind": "likelihood", "at_least": 0.1}),
    ("text", TRUTH),
    ("text", {"kind": "top_share", "keep_share": 0.5}),
]


def study_of(subject, rule):
    train = {"default": [{"select": {"last": 1}, "filter": rule}], "0": [{"select": {"last": 1}}]}
    asked = {"generations": 2, "replicates": 20, "seed": 1, **SUBJECTS[subject]}
    return asked | {"workflow": {"emit": [REAL, MADE], "train": train}}


def test_mistakes_in_filters(golden):
    said = []
    for name, rule in MISTAKES.items():
        with pytest.raises(Problem) as caught:
            Workflow.from_dict({"emit": [REAL, MADE], "train": [{"filter": rule}]}).compile(2)
        said.append(f"## {name}\n{caught.value}\n")
    known = {"default": [{"filter": TRUTH | {"verifier": "fit 0", "tag": "real"}}], "0": [{}]}
    with pytest.raises(Problem) as caught:
        Workflow.from_dict({"emit": [REAL, MADE], "train": known}).compile(2)
    said.append(f"## rows that the verifier knows\n{caught.value}\n")
    golden("filter-messages.txt", "\n".join(said))


def test_filters_that_a_subject_cannot_run(golden, tmp_path):
    (tmp_path / "text.txt").write_text("the sun and the rain and the wind " * 30, encoding="utf-8")
    said = []
    for subject, rule in REFUSED:
        path = tmp_path / "study.toml"
        asked = study_of(subject, rule)
        if subject == "text":
            asked["population"]["file"] = "text.txt"
        path.write_text(tomli_w.dumps(asked), encoding="utf-8")
        with pytest.raises(Problem) as caught:
            genloss.simulate(Study.load(path), workers=1)
        said.append(f"## {subject}: {rule}\n{caught.value}\n".replace(f"{tmp_path}/", ""))
    golden("filter-refusals.txt", "\n".join(said))


class Still:
    """A model without densities."""

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        return Stays(data)


class Stays:
    def __init__(self, data):
        self.data = data

    def sample(self, count, rng):
        return self.data[rng.integers(len(self.data), size=count)]


def test_filters_of_own_models(golden):
    rows, said = np.arange(160.0).reshape(80, 2), []
    for rule in (TRUTH, {"keep_good": 1, "keep_bad": 0}, {"kind": "top_share", "keep_share": 0.5},
                 {"kind": "top_share", "keep_share": 0.5, "verifier": "fit 0"}):  # fmt: skip
        workflow = study_of("regression", rule)["workflow"]
        with pytest.raises(Problem) as caught:
            genloss.chain(Still(), rows, workflow, generations=1, seeds=2)
        said.append(f"## {rule}\n{caught.value}\n")
    golden("filter-own-models.txt", "\n".join(said))
