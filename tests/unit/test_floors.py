"""By how much, and from which generation on, is a workflow worse than real rows? In the first sentences of a page."""

from math import sqrt

import numpy as np
import pytest
from sklearn.mixture import GaussianMixture

import genloss
from genloss.metrics import METRICS
from genloss.results.result import Result
from genloss.results.row import Row, metric_words, verb_of
from genloss.streams import stream
from genloss.study.page.floors import is_worse, others, verdict

SEEDS = 5


def row(value, generation=0, *, error=0.1, case="replace", metric="energy_distance", method="simulation", seeds=SEEDS):
    return Row(
        study="s",
        cell="c",
        case=case,
        axes={},
        metric=metric,
        unit="",
        generation=generation,
        value=value,
        standard_error=error,
        replicates=seeds,
        method=method,
    )


def result(values, metric="energy_distance", floor=0.0):
    rows = tuple(row(value, g, metric=metric) for g, value in enumerate(values))
    return Result({}, rows, beside=(row(floor, metric=metric, method="floor"),))


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0.0, 0.1, 0.2), "replace is not shown to be worse by generation 2"),
        ((0.0,), "replace is not shown to be worse in generation 0"),
        ((1.0, 2.0, 3.0), "replace is worse than real rows from generation 0 on, by 3.00 ± 0.14 in generation 2"),
        ((0.0, 2.0, 3.0), "from generation 1 on, by 3.00 ± 0.14 in generation 2"),
        ((2.0, 0.0, 3.0), "from generation 2 on"),
        ((2.0, 2.0, 0.0), "replace is worse in 2 of 3 generations, and not shown to be in the last"),
        ((-2.0, -2.0, -2.0), "replace is not shown to be worse"),  # beyond the floor on its better side
    ],
)
def test_the_generation_is_that_from_which_on_all_are_worse(values, said):
    assert said in verdict("energy_distance", result(values))
    assert "(0.00 ± 0.10)" in verdict("energy_distance", result(values))


def test_where_more_is_better_less_is_worse():
    assert "from generation 1 on" in verdict("variance_left", result((1.0, 0.2), "variance_left", floor=1.0))
    assert "not shown" in verdict("variance_left", result((1.0, 1.8), "variance_left", floor=1.0))


def test_the_bound_is_students_of_the_seeds():
    """2.776 standard errors for five seeds; 1.96, of the normal law, would call 2.5 worse."""
    both = sqrt(0.1**2 + 0.1**2)
    floor = row(0.0, method="floor")
    assert [is_worse(row(times * both), floor) for times in (2.5, 2.77, 2.78)] == [False, False, True]
    many = row(0.0, method="floor", seeds=1000)
    assert is_worse(row(2.5 * both, seeds=1000), many)
    assert not is_worse(row(2.5 * both, seeds=1000), floor)  # the fewer seeds of both


def test_rows_that_lost_nothing_are_seldom_called_worse():
    """The negative control: of fits that are real rows one in forty is called worse, within 4.5 standard errors."""
    rng, count = stream(31, "floors"), 2000
    drawn = rng.normal(size=(count, 2, SEEDS))
    mean, error = drawn.mean(axis=2), drawn.std(axis=2, ddof=1) / np.sqrt(SEEDS)
    worse = [
        is_worse(row(float(m[0]), error=float(e[0])), row(float(m[1]), error=float(e[1]), method="floor"))
        for m, e in zip(mean, error, strict=True)
    ]
    assert np.mean(worse) < 0.025 + 4.5 * sqrt(0.025 * 0.975 / count)
    assert np.mean(worse) > 0.004


def test_other_metrics_and_grids():
    found = result((0.0, 2.0), "words_left", floor=1.0)
    said = "the words left are worse in 1 of 2 generations, and not shown to be in the last."
    assert others(["words_left"], found) == [f"replace, beside real rows: {said}"]
    assert verdict("energy_distance", found) == ""
    assert others(["energy_distance"], found) == []


@pytest.mark.parametrize("metric", METRICS)
def test_a_metric_of_several_things_has_the_verb_of_several(metric):
    last = metric_words(metric).removesuffix(" left").split()[-1]
    several = last.endswith("s") and last not in ("loss", "mass", "kurtosis")
    assert (verb_of(metric) == "are") == several


def test_sentences_have_words_for_names():
    rows = (row(1.0, metric="tail_left"), row(1.0, 1, metric="tail_left"))
    found = Result({}, rows, gaps=("no theory for tail_left, because its law is not known", "left out: seed 3"))
    sentences = found.summary().splitlines()
    assert "No theory for tail left, because its law is not known." in sentences
    assert not any("_" in each for each in [*sentences, *found.page().notes, *found.page().answer])
    assert "1 gap in theory, 1 note" in sentences[0]


def test_the_page_answers_first_and_draws_two_points(tmp_path):
    data = stream(32, "floors").normal(size=(80, 2))
    asked = {"generations": 1, "seeds": 3, "metrics": ["variance_left"]}
    genloss.chain(GaussianMixture(1), data, ["replace", "accumulate"], out=tmp_path, **asked)
    page = (tmp_path / "index.html").read_text(encoding="utf-8")
    assert page.index("Compared with the floor, the variance left of real rows") < page.index("<h2")
    assert "97.5 % point of Student" in page
    assert (tmp_path / "figures" / "against-generations.png").is_file()
    assert "n is the generation: the first after 0" in page
