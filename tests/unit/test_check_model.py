"""genloss check-model: each thing that a model may lack is found, and nothing in models that lack nothing."""

import json
import random
import subprocess
import sys
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.mixture import GaussianMixture
from sklearn.neighbors import KernelDensity
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import genloss
from genloss import Problem
from genloss.cli.main import run_command
from genloss.models import Command, check
from genloss.models import checking as about
from genloss.streams import stream

ROWS = stream(0, "rows to check").normal(size=(200, 2)) + np.array([[0.0, 5.0]])
WORDS = pd.DataFrame({"size": ROWS[:, 0], "color": np.where(ROWS[:, 1] > 5, "red", "blue")})
TEXTS = [f"word{k % 9} and {'long ' * (k % 4)}" for k in range(80)]


@dataclass
class Resampled:
    """Draws rows that it was fitted to; its flaws are what is given."""

    flaws: frozenset = frozenset()

    def fit(self, data, weights, rng, *, start=None):  # noqa: ARG002
        if "raises" in self.flaws:
            raise RuntimeError("no memory")
        if "changes" in self.flaws:
            data[0] = 7.0
        if "refuses weights with a bare error" in self.flaws and weights is not None:
            raise ValueError("weights")
        if "refuses a start with a bare error" in self.flaws and start is not None:
            raise ValueError("start")
        if "constant" in self.flaws and (np.ptp(data, axis=0) == 0).any():
            raise np.linalg.LinAlgError("singular")
        if "rare" in self.flaws and "a rare word" in data.iloc[:, 1].to_numpy():
            raise KeyError("a rare word")
        if "seeds" in self.flaws:
            np.random.seed(0)
        weights = None if weights is None or "ignores weights" in self.flaws else weights / weights.sum()
        return None if "no sample" in self.flaws else ResampledFit(data, weights, self.flaws)


@dataclass
class ResampledFit:
    data: Any
    weights: Any
    flaws: frozenset = field(default=frozenset())

    def sample(self, count, rng):
        if "numpy" in self.flaws:
            np.random.random()
        if "python" in self.flaws:
            random.random()
        if "own seed" in self.flaws:
            rng = np.random.default_rng()
        if "fixed seed" in self.flaws:
            rng = np.random.default_rng(0)
        count += "one more" in self.flaws
        places = rng.choice(len(self.data), count, p=self.weights)
        if isinstance(self.data, list):
            made = [self.data[place] for place in places]
            return sorted(made, key=len) if "sorted" in self.flaws else made
        if isinstance(self.data, pd.DataFrame):
            places = places[self.data.iloc[places, 1].argsort()] if "sorted" in self.flaws else places
            return self.data.iloc[places].reset_index(drop=True)
        rows = self.data[places]
        if "sorted" in self.flaws:
            rows = rows[rows[:, 1].argsort()]
        if "runs" in self.flaws:
            rows = np.concatenate([rows[rows[:, 0] > 0], rows[rows[:, 0] <= 0]])
        return rows[:, :1] if "narrow" in self.flaws else rows


FLAWS = {
    "raises": (about.FITS, "RuntimeError: no memory"),
    "no sample": (about.FITS, "returned a NoneType"),
    "one more": (about.COUNT, "sample(1, rng) returned 2 rows"),
    "narrow": (about.COUNT, "1 column of numbers"),
    "own seed": (about.SAME, "other rows"),
    "fixed seed": (about.OTHER, "two keys made the same rows"),
    "changes": (about.INPUTS, "fit changed the rows"),
    "sorted": (about.ORDER, "column 'column 1' is sorted"),
    "runs": (about.ORDER, "column 'column 0' is sorted or comes in runs"),
    "ignores weights": (about.WEIGHTS, "weights are taken and do not count"),
    "refuses weights with a bare error": (about.WEIGHTS, "given weights, it raised ValueError: weights"),
    "refuses a start with a bare error": (about.START, "it raised ValueError: start"),
    "constant": (about.CONSTANT, "LinAlgError: singular"),
    "numpy": (about.GLOBAL, "numpy.random"),
    "seeds": (about.GLOBAL, "numpy.random"),
    "python": (about.GLOBAL, "random,"),
}


@pytest.mark.parametrize("flaw", FLAWS)
def test_each_flaw_is_found_alone(flaw):
    what, said = FLAWS[flaw]
    found = check(Resampled(frozenset([flaw])), ROWS)
    assert not found.well
    assert [finding.what for finding in found.missing] == [what]
    assert said in found.missing[0].said
    assert found.missing[0].mend


@pytest.mark.parametrize(("rows", "flaw"), [(WORDS, "sorted"), (TEXTS, "sorted"), (WORDS, "rare")])
def test_flaws_are_found_on_words_and_texts(rows, flaw):
    found = check(Resampled(frozenset([flaw])), rows)
    assert [finding.what for finding in found.missing] == [about.ORDER if flaw == "sorted" else about.RARE]
    assert check(Resampled(frozenset(["ignores weights"])), rows).missing[0].what == about.WEIGHTS


@pytest.mark.parametrize("rows", [ROWS, WORDS, TEXTS, ROWS[:, 0]], ids=["array", "table", "texts", "column"])
@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_missing_in_a_model_that_lacks_nothing(rows, seed):
    found = check(Resampled(), rows, seed=seed)
    assert found.well, str(found)
    assert "keeps the contract" in str(found)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("model", [GaussianMixture(3), KernelDensity(bandwidth=0.3)], ids=repr)
def test_models_that_have_an_adapter_keep_the_contract(model, seed):
    assert check(model, ROWS, seed=seed).well


def test_a_labeler_keeps_the_contract():
    found = check(LogisticRegression(), (ROWS, np.where(ROWS[:, 0] > 0, "yes", "no")))
    assert {finding.what for finding in found.missing} <= {about.WEIGHTS}, str(found)


def test_the_rows_and_the_random_states_are_left_alone():
    rows, before = ROWS.copy(), np.random.get_state()[1].copy()
    check(Resampled(frozenset(["changes", "seeds"])), rows)
    np.testing.assert_array_equal(rows, ROWS)
    np.testing.assert_array_equal(np.random.get_state()[1], before)


@pytest.mark.parametrize(
    ("model", "found"), [(3, "has no method fit"), (Resampled, "no model"), (object(), "has no method fit")]
)
def test_what_is_no_model_is_said(model, found):
    checked = check(model, ROWS)
    assert not checked.well
    assert found in str(checked)


@dataclass(frozen=True)
class Short:
    """One row less than it is asked for. held: as what rows come."""

    held: str

    def fit(self, data, weights, rng, *, start=None):  # noqa: ARG002
        return ShortFit(data, self.held)


@dataclass(frozen=True, eq=False)
class ShortFit:
    data: Any
    held: str

    def sample(self, count, rng):
        places = rng.integers(60, size=count - 1)
        if isinstance(self.data, list):
            return [self.data[place] for place in places]
        parts = self.data if isinstance(self.data, tuple) else (self.data,)
        made = [each.iloc[places] if hasattr(each, "iloc") else each[places] for each in parts]
        made = [np.asarray(each).tolist() for each in made] if self.held == "list" else made
        return tuple(made) if isinstance(self.data, tuple) else made[0]


@pytest.mark.parametrize("held", ["same", "list"])
@pytest.mark.parametrize(
    "rows",
    [ROWS, ROWS[:, 0], ROWS.reshape(-1, 2, 2), WORDS, TEXTS, (ROWS, np.arange(200) % 3)],
    ids=["array", "column", "pictures", "table", "texts", "labeled"],
)
def test_a_sampler_one_row_short_is_told_so(rows, held):
    (missing,) = check(Short(held), rows).missing
    what = "text" if rows is TEXTS else "row"
    assert (missing.what, missing.said, missing.mend) == (
        about.COUNT,
        f"sample(1, rng) returned 0 {what}s",
        f"return 1 {what}",
    )


class ShortMixture(GaussianMixture):
    def sample(self, n_samples=1):
        rows, parts = super().sample(n_samples)
        return rows[1:], parts[1:]


@pytest.mark.parametrize("rows", [ROWS, pd.DataFrame(ROWS), ROWS.reshape(-1, 2, 2)], ids=["array", "table", "pictures"])
@pytest.mark.parametrize("piped", [False, True])
def test_an_estimator_one_row_short_is_told_so_behind_transformers_too(rows, piped):
    """A transformer raised its ValueError, as if the model had."""
    model = make_pipeline(StandardScaler(), ShortMixture(2)) if piped else ShortMixture(2)
    (missing,) = check(model, rows).missing
    assert (missing.what, missing.said) == (about.COUNT, "sample(1) of ShortMixture returned 0 rows")


def test_rows_that_no_model_can_be_given_are_refused():
    with pytest.raises(Problem, match="give 20 rows or more"):
        check(Resampled(), ROWS[:5])
    with pytest.raises(Problem, match="not finite"):
        check(Resampled(), np.full((30, 1), np.nan))


MODEL = """
import numpy as np
class Model:
    def __init__(self, sort): self.sort = sort
    def fit(self, data, weights, rng, *, start=None):
        if weights is not None:
            import genloss
            raise genloss.Problem("workflow", "Model takes no weights", "give a workflow without")
        return Fit(np.asarray(data), self.sort)
class Fit:
    def __init__(self, data, sort): self.data, self.sort = data, sort
    def sample(self, count, rng):
        rows = rng.choice(self.data, count)
        return np.sort(rows, axis=0) if self.sort else rows
def make(sort=False): return Model(sort)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.py").write_text(MODEL)
    pd.DataFrame(ROWS, columns=["a", "b"]).to_csv("my.csv", index=False)
    return tmp_path


@pytest.mark.usefixtures("folder")
def test_the_command_says_all_and_exits_so(capsys):
    assert run_command(["check-model", "mine.py:make", "--data", "my.csv"]) == 0
    assert "Model keeps the contract." in capsys.readouterr().out
    sort = ["check-model", "mine.py:make", "--data", "my.csv", "--options", '{"sort": true}']
    assert run_command(sort) == 1
    told = capsys.readouterr().out
    assert "missing: the order of rows says nothing: " in told
    assert "mend: shuffle them" in told
    assert "Model: 1 thing is missing." in told
    assert run_command([*sort, "--json", "-"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert found["schema"] == "model-check/1"
    assert not found["well"]
    assert [each["what"] for each in found["findings"] if each["well"] is False] == [about.ORDER]


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["none.py:make", "--data", "my.csv"], "no such file"),
        (["mine.py:makes", "--data", "my.csv"], "give one of make"),
        (["mine", "--data", "my.csv"], "'mine' is not the name of a model"),
        (["mine.py:make", "--data", "none.csv"], "no such file"),
        (["mine.py:make", "--data", "my.csv", "--options", "{"], "not JSON"),
        (["mine.py:make", "--data", "my.csv", "--options", '{"depth": 1}'], "cannot be called with the options depth"),
        (["GaussianMixture", "--data", "my.csv", "--options", '{"k": 1}'], "GaussianMixture has no 'k'"),
        (["no-such-program {train} {out} {rows}", "--data", "my.csv"], "is not a program on this machine"),
        (["mine.py:make"], "--data"),
    ],
)
def test_bad_requests_end_with_2(capsys, arguments, found):
    assert run_command(["check-model", *arguments]) == 2
    assert found in capsys.readouterr().err


def test_a_command_is_checked_too(folder):
    (folder / "gen.py").write_text(
        "import sys\nlines = open(sys.argv[1]).read().splitlines()\n"
        "open(sys.argv[2], 'w').write('\\n'.join([lines[0], *(lines[1:] * 9)[: int(sys.argv[3])]]) + '\\n')\n"
    )
    found = check(Command("{python} gen.py {train} {out} {rows}"), ROWS[:40])
    assert [finding.what for finding in found.missing] == []
    (folder / "gen.py").write_text("import sys; sys.exit(3)")
    found = check(Command("{python} gen.py {train} {out} {rows}"), ROWS[:40])
    assert "ended with exit code 3" in found.missing[0].said


def test_help_has_an_example(capsys):
    assert run_command(["check-model", "--help"]) == 0
    assert "Example: genloss check-model GaussianMixture --data iris --drop target" in capsys.readouterr().out


def test_import_loads_neither_pandas_nor_pyarrow():
    code = "import sys, genloss.models; print(sorted({'pandas', 'pyarrow', 'sklearn'} & {*sys.modules}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_door_has_both():
    assert genloss.models.check is check
    assert genloss.models.Command is Command
