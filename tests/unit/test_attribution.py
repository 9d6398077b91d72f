"""Do the causes of a model's loss come out where they are known? Against closed forms, and with each cause alone."""

import json
import shlex
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
import tomli_w
from scipy.stats import norm
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity

import genloss
from genloss import Problem
from genloss.audit.attribution import _pieces, attribute
from genloss.audit.causes import Attribution
from genloss.audit.distance import Sample, units_of
from genloss.cli.main import run_command
from genloss.models.adapters.scikit_learn import Labeler
from genloss.populations.own_rows import columns_of
from genloss.streams import stream

pytestmark = pytest.mark.usefixtures("without_pictures")

Z = 4.5
SAMPLING, EXPRESSIVITY, OPTIMIZATION = CAUSES = "sampling_error", "expressivity_error", "optimization_error"


def rng(*key):
    return stream(0, "test attribution", *key)


def absolute(mean, deviation):
    """E|N(mean, deviation^2)|."""
    return deviation * np.sqrt(2 / np.pi) * np.exp(-(mean**2) / (2 * deviation**2)) + mean * (
        1 - 2 * norm.cdf(-mean / deviation)
    )


def exact(mean, deviation, other_mean, other):
    """The squared energy distance of two Gaussians."""
    between = absolute(mean - other_mean, np.hypot(deviation, other))
    return 2 * between - absolute(0.0, 2**0.5 * deviation) - absolute(0.0, 2**0.5 * other)


@dataclass(frozen=True)
class Bell:
    """A Gaussian whose fits are `shrink` times as wide as they should be."""

    shrink: float = 1.0

    def fit(self, data, weights, rng, *, start=None):  # noqa: ARG002
        return BellFit(float(data.mean()), self.shrink * float(data.std()))


@dataclass(frozen=True)
class BellFit:
    mean: float
    deviation: float

    def sample(self, count, rng):
        return rng.normal(self.mean, self.deviation, size=(count, 1))


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, 1.0), (0.5, 1.0), (0.0, 0.7)])
def test_the_distance_is_unbiased(mean, deviation):
    one = [Sample(rng("pair", k).normal(size=(20, 1))) for k in range(900)]
    two = [Sample(rng("other", k).normal(mean, deviation, (15, 1))) for k in range(900)]
    found = np.array([ours.apart(theirs) for ours, theirs in zip(one, two, strict=True)])
    of_itself = [ours.within / 20 + theirs.within / 15 for ours, theirs in zip(one, two, strict=True)]
    error, right = found.std(ddof=1) / 30, exact(0.0, 1.0, mean, deviation)
    assert abs(found.mean() - right) < Z * error
    assert abs((found + of_itself).mean() - right) > Z * error


def test_kinds_are_columns_too():
    real = columns_of(pd.DataFrame({"a": [0.0, 2.0, 4.0], "w": ["x", "y", "x"]}))
    units = units_of(real)
    x, y, new = units.points(columns_of(pd.DataFrame({"a": [0.0, 0.0, 0.0], "w": ["x", "y", "z"]}))).points
    assert np.linalg.norm(x - y) == pytest.approx(1.0)
    assert np.linalg.norm(x - new) == pytest.approx(1.0)


def test_a_gaussian_loses_by_sampling_alone_and_as_much_as_it_should():
    found = [attribute(Bell(), rng("gauss", k).normal(size=(80, 1)), repetitions=3, many=8, seed=k) for k in range(20)]
    draws = rng("truth").normal(size=(20_000, 60))
    unit = np.sqrt(60 / 59)  # losses are in deviations of the real rows
    right = exact(0.0, 1.0, draws.mean(axis=1), draws.std(axis=1)).mean() * unit
    values = np.array([[told[name].value for name in CAUSES] for told in found])
    error = np.sqrt(np.mean([told[SAMPLING].standard_error ** 2 for told in found]) / len(found))
    assert abs(values[:, 0].mean() - right) < Z * error
    assert values[:, 0].mean() > Z * error
    parts = np.array([[each.value for each in told.by_rows] for told in found])
    spread = Z * parts.std(axis=0, ddof=1) / np.sqrt(len(found))
    assert abs(parts[:, 0].mean() - right) < spread[0] < right  # twice as much is refused
    for place in (1, 2):
        assert abs(values[:, place].mean()) < Z * values[:, place].std(ddof=1) / np.sqrt(len(found))
    for told in found:
        assert sum(cause.value for cause in told.causes) == pytest.approx(told.loss.value)
        assert abs(told.seeds.value) < 0.01


class Squares:
    """Judges numbers by their squared distance from 0.3."""

    def apart(self, one, other):
        return (one - other) ** 2

    def loss(self, seen):
        return (seen - 0.3) ** 2


def test_squared_bias_and_variance_are_those_of_a_mean():
    rows = rng("pieces").normal(size=40)
    quarter, half, variance = _pieces(rows, Squares(), lambda some, *_key: some.mean())
    for bias, pieces in ((quarter, 4), (half, 2)):
        means = rows.reshape(pieces, -1).mean(axis=1)
        assert bias == pytest.approx((means.mean() - 0.3) ** 2 - means.var(ddof=1) / pieces)
    assert variance == pytest.approx(rows.reshape(2, -1).mean(axis=1).var(ddof=1))


def test_a_fit_that_never_arrives_is_told_by_its_closed_form():
    told = attribute(Bell(0.7), rng("shrunk").normal(size=(400, 1)), repetitions=4)
    cause = told[OPTIMIZATION]
    right = exact(0.0, 0.7, 0.0, 0.49)
    assert abs(cause.value - right) < Z * cause.standard_error + 0.1 * right  # a fit to 300 rows is off by 4 %
    assert cause.value > 2 * told[SAMPLING].value
    assert told[OPTIMIZATION].low > 0
    assert "optimization error" in told.summary().splitlines()[0]


def test_a_family_that_is_too_small_is_told():
    rows = rng("two").choice([-3.0, 3.0], size=(200, 1)) + rng("noise").normal(0, 0.5, size=(200, 1))
    told = attribute(Bell(), rows, repetitions=3)
    assert told[EXPRESSIVITY].low > 0
    assert told[EXPRESSIVITY].value > 5 * abs(told[SAMPLING].value)
    assert told[OPTIMIZATION].low < 0.003
    assert told.summary().startswith("Told from 0: expressivity error")


def test_mixtures_of_too_few_components_and_of_enough():
    means = np.array([[0.0, 0.0], [6.0, 0.0], [0.0, 6.0]])
    rows = means[rng("kind").integers(3, size=240)] + rng("three").normal(size=(240, 2))
    few, enough = (attribute(GaussianMixture(k), rows, repetitions=2, many=8)[EXPRESSIVITY] for k in (1, 3))
    assert few.low > 0
    assert enough.low < 0


def test_a_smoother_does_not_see_its_smoothing_and_says_so():
    told = attribute(KernelDensity(bandwidth="scott"), rng("kde").normal(size=(120, 2)), repetitions=2)
    assert told[EXPRESSIVITY].status == "at most"
    assert told[SAMPLING].status == "at least"
    assert "cannot be told" in told.summary() or "falls with rows" in told.summary()


@dataclass(frozen=True)
class Wide:
    """Adds noise that falls with rows: a smoother without a name."""

    def fit(self, data, weights, rng, *, start=None):  # noqa: ARG002
        return BellFit(float(data.mean()), float(np.hypot(data.std(), 30 / len(data))))


def test_a_bias_that_falls_with_rows_is_found_without_a_name():
    told = attribute(Wide(), rng("wide").normal(size=(120, 1)), repetitions=4, many=4)
    assert told[EXPRESSIVITY].status == "at most"
    assert "falls with rows" in told.summary()
    variance, quarter, half, fall = told.by_rows
    assert abs(variance.value - told[SAMPLING].value) < Z * (variance.standard_error + told[SAMPLING].standard_error)
    assert quarter.value - half.value == pytest.approx(fall.value)
    assert (
        attribute(Bell(), rng("wide").normal(size=(120, 1)), repetitions=4, many=4)[EXPRESSIVITY].status == "estimated"
    )


def test_real_rows_that_move_fits_more_than_own_rows_are_told():
    """Few rows far out: a Gaussian that is fitted has none, so its own rows move it less."""
    far = rng("far").choice([1.0, 12.0], p=[0.97, 0.03], size=(400, 1))
    plain = rng("heavy").normal(size=(400, 1))
    heavy, light = (attribute(Bell(), rows, repetitions=8, many=4) for rows in (plain * far, plain))
    assert any("fits to other real rows vary by" in note for note in heavy.notes)
    assert not light.notes


@pytest.fixture(scope="module")
def labeled():
    inputs = rng("inputs").normal(size=(400, 2))
    chances = 1 / (1 + np.exp(-(inputs[:, 0] + inputs[:, 1] ** 2 - 1)))
    loss = -(chances * np.log(chances) + (1 - chances) * np.log(1 - chances)).mean()
    return (inputs, (rng("labels").random(400) < chances).astype(int)), float(loss)


def test_a_classifier_needs_the_loss_of_the_true_law(labeled):
    rows, loss = labeled
    model = LogisticRegression(C=1e6)
    told = attribute(model, rows, repetitions=4)
    assert told[EXPRESSIVITY].value is None
    assert told[EXPRESSIVITY].status == "not identifiable"
    assert "not identifiable, at most" in told.summary()
    assert told[SAMPLING].low > 0
    # d / (2 n) of a model of d coefficients, which its own labels follow
    assert abs(told[SAMPLING].value - 3 / 600) < Z * told[SAMPLING].standard_error + 0.001
    known = attribute(model, rows, repetitions=4, bayes_loss=loss)
    assert known[EXPRESSIVITY].low > 0
    assert sum(cause.value for cause in known.causes) == pytest.approx(known.loss.value)
    assert known.loss.value == pytest.approx(told.loss.value - loss)


def test_differences_between_models_are_those_of_losses(labeled):
    rows, loss = labeled
    one, other = LogisticRegression(C=1e6), LogisticRegression(C=1e-4)
    apart = [attribute(model, rows, repetitions=2).loss.value for model in (one, other)]
    given = [attribute(model, rows, repetitions=2, bayes_loss=loss).loss.value for model in (one, other)]
    assert apart[1] - apart[0] == pytest.approx(given[1] - given[0])


def test_numbers_are_labels_too(labeled):
    inputs = labeled[0][0]
    told = attribute(Ridge(1e-6), (inputs, inputs[:, 0] + rng("noise").normal(size=400)), repetitions=3, bayes_loss=1.0)
    assert abs(told[SAMPLING].value - 3 / 300) < Z * told[SAMPLING].standard_error + 0.002
    assert told[EXPRESSIVITY].low < 0 < told[EXPRESSIVITY].high


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others():
    rows = rng("again").normal(size=(60, 1))
    one, same, other = (attribute(Bell(), rows, repetitions=2, many=4, seed=seed).json() for seed in (0, 0, 1))
    assert one == same
    assert one != other


def test_an_answer_is_kept_and_read(tmp_path):
    told = attribute(Bell(), rng("kept").normal(size=(60, 1)), repetitions=2, many=4)
    for ending in (".json", ".html", ".csv", ".md", ".png"):
        told.save(tmp_path / f"why{ending}")
    assert Attribution.load(tmp_path / "why.json") == told
    assert genloss.attribute is attribute


def test_without_a_model_causes_are_not_identifiable(tmp_path):
    told = attribute(None, rng("none").normal(size=(60, 1)))
    assert not told.answered
    assert all(cause.status == "not identifiable" for cause in told.causes)
    assert "rows alone, without a model that can be refitted" in told.summary()
    told.save(tmp_path / "why.html")


class Refuses:
    def fit(self, data, weights, rng, *, start=None):  # noqa: ARG002
        raise RuntimeError("no convergence")

    def __repr__(self):
        return "Refuses()"


@pytest.mark.parametrize(
    ("model", "rows", "asked", "where", "found"),
    [
        (Bell(), np.ones((39, 1)), {}, "data", "39 rows"),
        (Bell(), np.ones((50, 1)), {}, "data", "no column varies"),
        (Bell(), ["a text"] * 50, {}, "data", "texts"),
        ("no model", np.eye(50), {}, "model", "is not a model"),
        (Bell(), np.eye(50), {"held_out": 0.7}, "held_out", "0.7"),
        (Bell(), np.eye(50), {"repetitions": 1}, "repetitions", "1"),
        (Bell(), np.eye(50), {"many": float("nan")}, "many", "nan"),
        (Bell(), np.eye(50), {"progress": 3}, "progress", "cannot be called"),
        (Bell(), np.eye(50), {"bayes_loss": "x"}, "bayes_loss", "'x'"),
        (Refuses(), np.arange(50.0)[:, None], {}, "model", "no convergence"),
        (LogisticRegression(), np.eye(50), {}, "data", "the data have none"),
        (Labeler(LogisticRegression(), "hard"), (np.eye(50), np.arange(50) % 2), {}, "model", "hard labels"),
    ],
)
def test_what_cannot_be_asked_is_refused(model, rows, asked, where, found):
    with pytest.raises(Problem) as caught:
        attribute(model, rows, **asked)
    assert caught.value.where == where
    assert found in caught.value.found


def test_refits_that_would_not_fit_into_memory_are_refused(monkeypatch):
    monkeypatch.setattr("genloss.room.memory", lambda: 1e6)
    with pytest.raises(Problem, match="100,000 rows of one refit would take"):
        attribute(Bell(), rng("large").normal(size=(1000, 1)), many=100)


# the command


@pytest.fixture
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pd.DataFrame(rng("file").normal(size=(80, 2)), columns=["a", "b"]).to_csv("my.csv", index=False)
    return tmp_path


QUICK = ["--repetitions", "2", "--many", "4", "--quiet"]


def test_the_command_names_a_model_and_a_file(here, capsys):
    assert run_command(["attribute", "GaussianMixture", "--data", "my.csv", *QUICK, "--json", "why.json"]) == 0
    said = capsys.readouterr().out
    assert "Sampling error (because rows are few; it vanishes as rows grow)" in said
    assert json.loads((here / "why.json").read_text())["schema"] == "attribution/1"
    assert run_command(["attribute", "GaussianMixture"]) == 2
    assert "--data: missing" in capsys.readouterr().err


def test_the_command_on_the_folder_of_a_run(here, capsys):
    study = {
        "generations": 1, "replicates": 2, "metrics": ["energy_distance"],
        "population": {"kind": "rows", "file": "my.csv"}, "workflow": {"kind": "replace", "rows": 30},
        "generator": {"kind": "sklearn", "estimator": "GaussianMixture"},
    }  # fmt: skip
    (here / "s.toml").write_text(tomli_w.dumps(study))
    assert run_command(["run", "s.toml", "--out", "done", "--quiet"]) == 0
    capsys.readouterr()
    assert run_command(["attribute", "done", *QUICK]) == 2
    said = capsys.readouterr().err
    assert "my.csv is not here" in said
    assert "copy it there" in said
    (here / "my.csv").rename(here / "done" / "my.csv")
    assert run_command(["attribute", "done", *QUICK]) == 0


def test_a_model_that_was_given_in_python_is_refused_with_a_way_out_that_works(here, capsys):
    assert (here / "my.csv").is_file()
    rows = pd.read_csv("my.csv")
    genloss.chain(GaussianMixture(2), rows, "replace", generations=1, seeds=2, metrics=["mean_shift"], out="done")
    assert run_command(["attribute", "done", *QUICK]) == 2
    said = capsys.readouterr().err
    assert "was given in Python, and no file holds it" in said
    paste = shlex.split(said[said.index("genloss attribute") :].strip())
    assert paste[1:] == ["attribute", "GaussianMixture", "--options", '{"n_components": 2}', "--data", "rows.csv"]
    rows.to_csv("rows.csv", index=False)
    assert run_command([*paste[1:], *QUICK]) == 0


def test_a_record_without_a_model_cannot_tell(here, capsys):
    (here / "ledger.csv").write_text("generation,data,made_by,rows\na,r,real,9\n")
    assert run_command(["attribute", "."]) == 3
    assert "causes are not identifiable: rows alone" in capsys.readouterr().out
    (here / "empty").mkdir()
    assert run_command(["attribute", "empty"]) == 2
    assert "there is no study.toml" in capsys.readouterr().err


def test_code_of_a_run_is_executed_only_where_it_is_trusted(here, capsys):
    (here / "mine.py").write_text(
        "from sklearn.mixture import GaussianMixture\n\ndef make():\n    return GaussianMixture(1)\n"
    )
    study = {
        "generations": 1, "replicates": 2, "metrics": ["energy_distance"],
        "population": {"kind": "rows", "file": "my.csv"}, "generator": {"kind": "python", "entry": "mine.py:make"},
        "workflow": {"kind": "replace", "rows": 30},
    }  # fmt: skip
    (here / "study.toml").write_text(tomli_w.dumps(study))
    assert run_command(["attribute", ".", *QUICK]) == 2
    assert "names code" in capsys.readouterr().err
    assert run_command(["attribute", ".", *QUICK, "--trust"]) == 0
    assert "Told from 0" in (said := capsys.readouterr().out) or "No cause" in said


def test_cases_with_other_models_must_be_named(here, capsys):
    table = {"kind": "rows", "file": "my.csv"}
    cases = [
        {"name": name, "generator": {"kind": "sklearn", "estimator": "GaussianMixture", "options": {"n_components": k}}}
        for name, k in (("one", 1), ("two", 2))
    ]
    study = {
        "generations": 1, "replicates": 2, "metrics": ["energy_distance"], "population": table,
        "workflow": {"kind": "replace", "rows": 30}, "case": cases,
    }  # fmt: skip
    (here / "study.toml").write_text(tomli_w.dumps(study))
    assert run_command(["attribute", ".", *QUICK]) == 2
    assert "--case with one of one, two" in (said := capsys.readouterr().err) or "one, two" in said
    assert run_command(["attribute", ".", "--case", "two", *QUICK]) == 0
    assert run_command(["attribute", ".", "--case", "three", *QUICK]) == 2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["GaussianMixture", "--data", "missing.csv"], "missing.csv: no such file"),
        (["LogisticRegression", "--data", "my.csv"], "with --target"),
        ([".", "--case", "x"], "leave it out: this run has one, without a name"),
    ],
)
def test_refusals_speak_of_what_was_typed(words, said, here, capsys):
    study = {
        "generations": 1, "replicates": 2, "metrics": ["energy_distance"],
        "population": {"kind": "rows", "file": "my.csv"}, "workflow": {"kind": "replace", "rows": 30},
        "generator": {"kind": "sklearn", "estimator": "GaussianMixture"},
    }  # fmt: skip
    (here / "study.toml").write_text(tomli_w.dumps(study))
    assert run_command(["attribute", *words]) == 2
    assert said in capsys.readouterr().err


def test_help_has_an_example(capsys):
    assert run_command(["attribute", "--help"]) == 0
    assert "Example: genloss attribute GaussianMixture --data iris --drop target" in capsys.readouterr().out
