"""A transformer of words: it draws what it says is probable, keeps the contract, and goes on with the same bytes."""

import tomllib
from importlib.util import find_spec
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import genloss
from genloss.errors import Problem
from genloss.models import check
from genloss.models.neural import Transformer
from genloss.populations.own_rows import to_bytes
from genloss.streams import stream

pytestmark = pytest.mark.skipif(find_spec("torch") is None, reason="torch is not installed: pip install torch==2.13.0")
STUDY = Path(__file__).parents[2] / "studies" / "transformer-of-words.toml"
SIZES = {"wide": 8, "layers": 1, "heads": 2, "batch": 8}
SMALL = Transformer(**SIZES, longest=12, budget={"steps": 30})
TINY = Transformer(**SIZES, longest=2, budget={"steps": 40})
SHORT = ["a", "a b", "b b", "a", "b a", "", "a a", "a"]
WORDS = ["the", "sun", "and", "rain", "wind", "of", "fog", "with", "ice", "on", "hills", "sets"]
Z = 4.5


def rng(seed=0):
    return np.random.default_rng(seed)


def texts(count=80):
    draw = stream(8, "texts")
    return [" ".join(draw.choice(WORDS, draw.integers(3, 10))) for _ in range(count)]


def all_short():
    """All texts of a and b of two words or fewer."""
    return [" ".join(words) for length in range(3) for words in product("ab", repeat=length)]


def test_chances_of_all_texts_add_up_to_one():
    fit = TINY.fit(SHORT, None, rng())
    whole = 0.0
    for words, logs in fit.word_log_prob(all_short()):
        assert words[-1] == ""
        whole += np.exp(sum(logs[:-1] if len(logs) == 3 else logs))  # a text of two words is cut there
    assert whole == pytest.approx(1.0, abs=1e-5)
    assert fit.log_prob(["a b"])[0] == pytest.approx(sum(fit.word_log_prob(["a b"])[0][1]))


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_texts_are_drawn_as_often_as_their_chances_say(temperature):
    """By the cache of keys and values, which log_prob has not; a wrong position or a stale key would be seen."""
    fit, count = TINY.fit(SHORT, None, rng()), 4000
    drawn = fit.sample(count, rng(1), temperature=temperature)
    said = fit.word_log_prob(all_short())
    logs = {tuple(words[:-1]): each for words, each in said}
    odds = {}
    for text, each in logs.items():
        chance = 1.0
        for at, _ in enumerate(each[: 2 if len(text) == 2 else None]):
            others = [logs[(*text[:at], *more)][at] for more in ((), ("a",), ("b",)) if at + len(more) <= 2]
            raised = np.exp(np.array(others) / temperature)
            mine = logs[text][at] / temperature
            chance *= np.exp(mine) / raised.sum()
        odds[text] = chance
    assert sum(odds.values()) == pytest.approx(1.0, abs=1e-5)
    for text, chance in odds.items():
        seen = np.mean([tuple(each.split()) == text for each in drawn])
        assert abs(seen - chance) < Z * (chance * (1 - chance) / count) ** 0.5 + 1e-4
    likely = max(odds.values())
    assert likely > 1 / len(odds) + 0.05  # control: they are not all alike


def test_top_p_keeps_the_fewest_that_add_up_to_it():
    from genloss.models.neural.library import torch
    from genloss.models.neural.transformer import picked

    t = torch()
    logits = t.log(t.tensor([[0.1, 0.5, 0.15, 0.25]])).expand(1000, 4)
    uniform = t.linspace(0, 0.999, 1000, dtype=t.float64)
    for how, kept in (
        ({"top_p": 0.5}, {1}),
        ({"top_p": 0.6}, {1, 3}),
        ({"top_p": 0.8}, {1, 2, 3}),
        ({"top_p": 1.0}, {0, 1, 2, 3}),
        ({"top_k": 2}, {1, 3}),
        ({"temperature": 1e-3}, {1}),
    ):
        drawn = picked(t, logits, uniform, **how)
        assert set(drawn.tolist()) == kept
    shares = np.bincount(picked(t, logits, uniform, top_p=0.6).numpy(), minlength=4) / 1000
    assert shares == pytest.approx([0, 2 / 3, 0, 1 / 3], abs=2e-3)


def test_a_transformer_keeps_the_contract():
    checked = check(SMALL, texts(), seed=1)
    assert checked.well, str(checked)


def test_two_fits_with_one_key_are_the_same_bytes_and_come_back_from_their_state():
    one, other, third = (SMALL.fit(texts(), None, rng(seed)) for seed in (3, 3, 4))
    for name, array in one.state().items():
        assert array.tobytes() == other.state()[name].tobytes()
    assert one.state()["words"].tobytes() != third.state()["words"].tobytes()
    again = SMALL.from_state({name: array.copy() for name, array in one.state().items()})
    assert again.sample(20, rng(1)) == one.sample(20, rng(1))
    assert np.array_equal(again.log_prob(texts(5)), one.log_prob(texts(5)))


def test_the_first_chunk_is_the_same_however_many_texts_are_drawn():
    few = Transformer(**SIZES, longest=12, budget={"steps": 5}, chunk=10).fit(texts(), None, rng())
    assert few.sample(25, rng(1))[:10] == few.sample(10, rng(1))
    assert few.sample(0, rng(1)) == []


def test_a_start_goes_on_from_the_weights_and_words_of_an_earlier_fit():
    begun = Transformer(**SIZES, longest=12, budget={"steps": 200}).fit(texts(), None, rng())
    short = Transformer(**SIZES, longest=12, budget={"steps": 1}, rate=1e-6)
    loss = {start: -short.fit(texts(), None, rng(1), start=start).log_prob(texts()).mean() for start in (None, begun)}
    assert loss[begun] < loss[None] - 1.0
    few = ["the sun", "the rain"]  # of which a fit of its own would know three words
    assert short.fit(few, None, rng(1), start=begun).vocabulary == begun.vocabulary
    for wrong, said in ((object(), "cannot begin"), (TINY.fit(SHORT, None, rng()), "longest")):
        with pytest.raises(Problem, match=said):
            short.fit(texts(), None, rng(1), start=wrong)


def test_words_that_are_not_known_are_refused_or_read_as_the_one_that_is_declared():
    with pytest.raises(Problem, match=r"'zebra' in text 2 .*") as raised:
        SMALL.fit(texts(), None, rng()).log_prob(["the sun", "the zebra"])
    assert 'unknown="<unk>"' in raised.value.mend
    rare = [*texts(), "zebra sun"]
    fit = Transformer(**SIZES, longest=12, budget={"steps": 5}, unknown="<unk>").fit(rare, None, rng())
    assert "zebra" not in fit.vocabulary.words
    assert fit.word_log_prob(["gnu sun"])[0][0] == ["<unk>", "sun", ""]
    with pytest.raises(Problem, match="text 1 has 13 words"):
        fit.log_prob(["sun " * 13])


def test_in_a_study_words_are_those_of_real_rows_that_train():
    told = SMALL.among([*texts(), "zebra"])
    assert "zebra" in told.fit(texts(), None, rng()).vocabulary.words
    assert np.isfinite(told.fit(texts(), None, rng()).log_prob(["zebra"])).all()
    given = Transformer(**SIZES, vocabulary=("the", "sun"))
    assert given.among(texts()) is given


@pytest.mark.parametrize(
    ("options", "where"),
    [
        ({"wide": 9}, "wide"),
        ({"heads": 0}, "heads"),
        ({"rate": 0.0}, "rate"),
        ({"clip": 0.0}, "clip"),
        ({"temperature": 0.0}, "temperature"),
        ({"top_p": 1.5}, "top_p"),
        ({"vocabulary": ("a b",)}, "vocabulary"),
        ({"vocabulary": ("a", "a")}, "twice"),
        ({"unknown": ""}, "unknown"),
        ({"budget": {"steps": 1, "epochs": 1}}, "budget"),
    ],
)
def test_settings_that_cannot_be_are_refused_by_name(options, where):
    with pytest.raises(Problem, match=where):
        Transformer(**options)


def test_rows_and_samplers_that_no_language_model_has_are_refused():
    with pytest.raises(Problem, match="texts"):
        SMALL.fit(np.ones((4, 2)), None, rng())
    fit = TINY.fit(SHORT, None, rng())
    for sampler, said in (({"guidance": 2.0}, "guidance"), ({"temperature": -1.0}, "temperature")):
        with pytest.raises(Problem, match=said):
            fit.sample(1, rng(), **sampler)


def test_slopes_are_shortened_together_and_only_where_they_are_too_long():
    from genloss.models.neural.library import torch
    from genloss.models.neural.training import _clipped

    t = torch()
    slopes = [t.tensor([3.0, 0.0]), t.tensor([[4.0]])]  # 5 long
    assert [slope.tolist() for slope in _clipped(t, slopes, 10.0)] == [[3.0, 0.0], [[4.0]]]
    short = _clipped(t, slopes, 1.0)
    assert short[0].tolist() == pytest.approx([0.6, 0.0])
    assert short[1].tolist() == [pytest.approx([0.8])]
    one, other = (
        Transformer(**SIZES, budget={"steps": 3}, clip=clip).fit(texts(), None, rng()) for clip in (None, 1e-9)
    )
    assert one.state()["words"].tobytes() != other.state()["words"].tobytes()


def test_weights_count():
    fit = Transformer(**SIZES, longest=2, budget={"steps": 100}, rate=0.03)
    weights = np.array([0.0 if "b" in text else 1.0 for text in SHORT])
    alike = fit.fit(SHORT, np.full(len(SHORT), 1.0), rng())
    assert to_bytes(alike.sample(9, rng())) == to_bytes(fit.fit(SHORT, None, rng()).sample(9, rng()))
    weighed = fit.fit(SHORT, weights / weights.mean(), rng())
    assert weighed.log_prob(["b"])[0] < alike.log_prob(["b"])[0] - 0.5


def test_a_chain_that_was_stopped_goes_on_with_the_same_bytes(tmp_path):
    asked = {"seeds": 2, "rows": 40, "start": "previous", "metrics": ["tail_loss", "made_loss", "words_left"]}
    whole = genloss.chain(SMALL, texts(), "replace", generations=2, out=tmp_path / "whole", **asked)
    genloss.chain(SMALL, texts(), "replace", generations=1, out=tmp_path / "parts", **asked)
    parts = genloss.chain(SMALL, texts(), "replace", generations=2, out=tmp_path / "parts", **asked)
    kept = [sorted(folder.rglob("generation-*.jsonl")) for folder in (tmp_path / "whole", tmp_path / "parts")]
    assert [path.read_bytes() for path in kept[0]] == [path.read_bytes() for path in kept[1]]
    assert len(kept[0]) == 4
    assert [row.value for row in whole.rows] == [row.value for row in parts.rows]


def test_the_worked_study_shows_what_goes_first():
    asked = tomllib.loads(STUDY.read_text(encoding="utf-8"))
    asked |= {"replicates": 2, "generations": 1, "case": asked["case"][:2]}
    found = genloss.simulate(genloss.Study.from_dict(asked))
    rows = {(row.case, row.metric, row.generation): row for row in found.rows}
    warm, cold = (
        {metric: rows[case, metric, 1].value - rows[case, metric, 0].value for metric in asked["metrics"]}
        for case in ("as fitted", "at temperature 0.7")
    )
    assert warm["tail_loss"] > max(0.1, 2 * warm["head_loss"])  # the tail goes first
    assert abs(warm["pairs_left"]) < 0.1  # which pairs do not see
    assert cold["pairs_left"] < -0.1
    assert cold["made_loss"] < -0.5  # narrower
