"""Losses of words in a chain: by whom texts are read, what a fit must say, and what it is told where it does not."""

import numpy as np
import pytest

import genloss
from genloss import Problem
from genloss.metrics.bands import bands
from genloss.models import WordChain
from genloss.study.subjects.own.measuring import measured
from genloss.study.subjects.own.telling import told, word_surprise

REAL = ["real a b", "real b", "real a a c", "real c a b"] * 10
ASKED = {"generations": 1, "seeds": 2, "rows": 20}


class Says:
    """A model whose fit finds every word e to the minus 1 likely where it was fitted to real texts, else minus 2."""

    def __repr__(self):
        return f"{type(self).__name__}()"

    def fit(self, data, weights, rng, *, start=None):
        del weights, rng, start
        return self.of(1.0 if data[0].startswith("real") else 2.0)

    def of(self, cost):
        return SaysFit(cost)


class SaysFit:
    def __init__(self, cost):
        self.cost = cost

    def sample(self, count, rng):
        del rng
        return ["made a"] * count

    def word_log_prob(self, texts):
        return [([*text.split(), ""], [-self.cost] * (len(text.split()) + 1)) for text in texts]


class Whole(Says):
    """The same for texts as a whole alone."""

    def of(self, cost):
        return WholeFit(cost)


class WholeFit:
    def __init__(self, cost):
        self.cost = cost

    def sample(self, count, rng):
        del rng
        return ["made a"] * count

    def log_prob(self, texts):
        return np.array([-self.cost * (len(text.split()) + 1) for text in texts])


def test_real_texts_are_read_by_each_fit_and_made_texts_by_the_first():
    for model in (Says(), Whole()):
        found = genloss.chain(model, REAL, "replace", metrics=["word_loss", "made_loss"], **ASKED)
        seen = {(row.metric, row.generation): row.value for row in found.rows}
        assert seen == {("word_loss", 0): 1, ("word_loss", 1): 2, ("made_loss", 0): 1, ("made_loss", 1): 1}


def test_losses_of_bands_and_of_texts_are_those_of_words():
    fit = WordChain(2).fit(REAL, None, np.random.default_rng(0))
    texts = ["real a b", "real c", "real a"]
    said = fit.word_log_prob(texts)
    assert fit.log_prob(texts) == pytest.approx([sum(logs) for _, logs in said])
    assert [words for words, _ in said] == [["real", "a", "b", ""], ["real", "c", ""], ["real", "a", ""]]
    assert float(word_surprise(fit, texts)) == pytest.approx(-fit.log_prob(texts).sum() / 10)
    parts = told(fit, texts, {"held_out_tokens", "held_out_token_logs"})
    assert [len(logs) for logs in parts["held_out_token_logs"]] == [4, 3, 3]


def test_bands_part_all_words_and_none_twice():
    draw = np.random.default_rng(3)
    for _ in range(30):
        counts = {f"w{place}": int(count) for place, count in enumerate(draw.zipf(1.6, draw.integers(1, 60)))}
        found, whole = bands(counts), sum(counts.values())
        assert sorted([*found.head, *found.middle, *found.tail]) == sorted(counts)
        rarest = max(counts[word] for word in found.tail)
        assert sum(counts[word] for word in found.tail) - rarest < whole / 10  # without its commonest it is less
        others = [counts[word] for word in (*found.head, *found.middle)]
        assert rarest <= min(others, default=rarest)


def test_who_does_not_say_what_a_word_costs_is_refused_by_name():
    with pytest.raises(Problem, match="has no word_log_prob") as raised:
        genloss.chain(Whole(), REAL, "replace", metrics=["tail_loss"], **ASKED)
    assert "word_log_prob(texts)" in raised.value.mend
    with pytest.raises(Problem, match="tail_loss does not measure rows of this form"):
        genloss.chain(Says(), np.ones((20, 2)), "replace", metrics=["tail_loss"], **ASKED)


def test_a_wrong_number_of_logarithms_is_refused():
    class Short(SaysFit):
        def word_log_prob(self, texts):
            return [(text.split(), [-1.0]) for text in texts]

    with pytest.raises(Problem, match="as many logarithms"):
        measured(Short(1.0), REAL, None, ["word_loss"], np.random.default_rng(0))
