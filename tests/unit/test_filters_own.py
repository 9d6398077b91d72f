"""Are rows of one's own kept by a score or an earlier fit, the same where a chain goes on, and taken out of the fit?"""

from dataclasses import dataclass, field

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

import genloss
from genloss.cli.main import run_command
from genloss.streams import stream

ROWS = stream(3, "filters own").normal(size=(200, 2))
REAL = {"tag": "real", "from": "real", "rows": 60, "at": "start"}
MADE = {"tag": "made", "from": "model", "rows": 60}
ASKED = {"seeds": 2, "metrics": ["variance_left"]}


@dataclass(frozen=True)
class Bell:
    """A normal law of each column. seen: what it was fitted to, by generation of the call."""

    seen: list = field(default_factory=list, compare=False, repr=False)

    def fit(self, data, weights, rng, *, start=None):
        del rng, start
        self.seen.append((np.array(data), weights))
        return Drawn(data.mean(axis=0), data.std(axis=0))


@dataclass(frozen=True, eq=False)
class Drawn:
    mean: np.ndarray
    spread: np.ndarray

    def sample(self, count, rng):
        return self.mean + self.spread * rng.standard_normal((count, 2))

    def log_prob(self, rows):
        return -0.5 * (((rows - self.mean) / self.spread) ** 2).sum(axis=1) - np.log(self.spread).sum()


def checked(rule, **emit):
    return {"emit": [REAL, MADE | emit], "train": [{"select": {"last": 1}, "filter": rule}]}


@pytest.mark.parametrize(
    "verifier", [{"verifier": "fit 0"}, {"verifier": "previous"}, {"verifier": "previous", "lag": 2}]
)
def test_the_likeliest_rows_are_what_a_fit_sees(verifier):
    model = Bell()
    genloss.chain(model, ROWS, checked({"kind": "top_share", "keep_share": 0.5} | verifier), generations=3, **ASKED)
    laws = [Drawn(rows.mean(axis=0), rows.std(axis=0)) for rows, _ in model.seen]
    assert all(weights is None for _, weights in model.seen)
    sizes = [len(rows) for rows, _ in model.seen]
    assert {60, 30} == set(sizes)
    for place in [i for i, size in enumerate(sizes) if size == 30]:  # all that stay beat what one that went away could
        first = max(i for i in range(place + 1) if sizes[i] == 60)
        back = {"fit 0": first, "previous": max(first, place - verifier.get("lag", 1))}[verifier["verifier"]]
        radii = laws[back].log_prob(model.seen[place][0])
        everything = laws[place - 1].sample(20_000, stream(4, "much", place))
        assert radii.min() > np.quantile(laws[back].log_prob(everything), 0.2)


def test_a_chain_that_goes_on_has_the_same_verdicts(tmp_path):
    mixed = checked({"kind": "top_share", "keep_share": 0.5, "verifier": "previous"})
    mixed["emit"][1] = {
        "tag": "made",
        "from": "model",
        "mix": {"model": 0.7, "previous": 0.0, "truth": 0.3},
        "rows": 20,
    }
    mixed["train"] = {"default": mixed["train"], "0": [{}]}
    for workflow in (checked({"kind": "likelihood", "at_least": -2.5, "verifier": "fit 0"}), mixed):
        place = tmp_path / str(len(list(tmp_path.iterdir())))
        genloss.chain(Bell(), ROWS, workflow, generations=1, out=place, **ASKED)
        on = genloss.chain(Bell(), ROWS, workflow, generations=3, out=place, **ASKED)
        at_once = genloss.chain(Bell(), ROWS, workflow, generations=3, **ASKED)
        assert [row.value for row in on.rows] == [row.value for row in at_once.rows]
        again = genloss.chain(Bell(), ROWS, workflow, generations=3, out=place, **ASKED)
        assert [row.value for row in again.rows] == [row.value for row in on.rows]


STUDY = """generations = 2
replicates = 2
metrics = ["variance_left"]
[population]
kind = "rows"
file = "d.csv"
[generator]
kind = "sklearn"
estimator = "GaussianMixture"
[workflow]
emit = [{tag = "real", from = "real", rows = 60, at = "start"}, {tag = "made", from = "model", rows = 60}]
train = [{select = {last = 1}, filter = FILTER}]
"""
CODE = """
def score(rows, uniform):
    return -abs(rows).sum(axis=1)
def keep(rows, uniform):
    rows[:] = 0
    return uniform < 0.5
def numbers(rows, uniform):
    return rows
def none(rows, uniform):
    return uniform < 0
def unknown(rows, uniform):
    return uniform * float("nan")
"""


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ('{kind = "top_share", keep_share = 0.5, function = "code.py:score"}', None),
        ('"code.py:keep"', None),
        ('"code.py:numbers"', "return True or False for each row, in the shape (60,)"),
        ('"code.py:none"', "the filter leaves no row to train on"),
        ('{kind = "top_share", keep_share = 0.5, function = "code.py:numbers"}', "return a score for each row"),
        ('{kind = "top_share", keep_share = 0.5, function = "code.py:unknown"}', "with nan among them"),
    ],
)
def test_functions_of_ones_own(rule, said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    table = "a,b\n" + "\n".join(f"{a},{b}" for a, b in ROWS) + "\n"
    (tmp_path / "d.csv").write_text(table, encoding="utf-8")
    (tmp_path / "code.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "s.toml").write_text(STUDY.replace("FILTER", rule), encoding="utf-8")
    code = run_command(["simulate", "s.toml", "--trust", "--quiet"])
    heard = capsys.readouterr()
    if said is None:
        assert code == 0
        assert "variance_left" in heard.out
    else:
        assert code == 2
        assert said in heard.err
        assert "seed 0, generation 1" in heard.err


def test_a_model_that_fails_on_the_few_rows_a_filter_left_is_not_blamed_alone():
    asked = {"generations": 3, "seeds": 2, "metrics": ["variance_left"]}
    few = checked({"kind": "top_share", "keep_share": 0.001, "verifier": "fit 0"})
    with pytest.raises(genloss.Problem) as raised:
        genloss.chain(GaussianMixture(2), ROWS, few, **asked)
    assert "generation 1: the filter of workflow.train left 1 of 60 rows; ValueError" in str(raised.value)
    assert "mend: keep more rows or draw more, if they are too few; else run the model on" in str(raised.value)
    with pytest.raises(genloss.Problem) as raised:  # control: no filter
        genloss.chain(GaussianMixture(200), ROWS, checked(None), **asked)
    assert "filter" not in str(raised.value)


@pytest.mark.parametrize(
    "rule", [{"kind": "top_share", "keep_share": 0.5, "function": abs}, {"function": abs}, abs], ids=str
)
def test_a_function_of_python_is_named_by_its_file(rule):
    with pytest.raises(genloss.Problem) as raised:
        genloss.chain(Bell(), ROWS, checked(rule), generations=1, **ASKED)
    assert "filter" in raised.value.where
    assert "is a function itself, and a filter names one" in str(raised.value)
    assert 'give its file and name, "file.py:abs"' in str(raised.value)
    assert "trust" in str(raised.value)
