"""Do scores of texts say what they are said to, keep no word, and come back to the last bit?"""

import json
from collections import Counter

import numpy as np
import pytest

from genloss import Problem
from genloss.audit.hashed_words import word_hashes
from genloss.audit.lens import DIFFERENCE, LOSS, LOWER, RATIO, SHIFT
from genloss.audit.spoken import spoken
from genloss.audit.tongue import tongue_of
from genloss.audit.wording import NAMES, TOLERANCE, UNITS, WEIGHTS, TextLens
from genloss.streams import stream

KEY = 3
REAL = ["the cat sat on the mat. the dog sat too!", "a cat and a dog", "the mat", ""]


def word_hash(word, key):
    return int(word_hashes(np.array([word], dtype=object), key)[0])


def zipf_texts(count, length, *, name, top=2000, share=1.0):
    shares = 1 / np.arange(1, top + 1)
    shares[int(share * top) :] = 0.0
    found = stream(92, name).choice(top, (count, length), p=shares / shares.sum())
    return [" ".join(f"w{place}x" for place in row) for row in found]


LENS = TextLens.of(zipf_texts(40, 250, name="fit"), 3)
MORE = zipf_texts(40, 250, name="more")


def test_words_and_sentences_are_counted_by_text():
    found = spoken(["One two. Three?\n\nfour", "1, 2, 3!", "a line that\nis wrapped"], KEY)
    assert found.lengths.tolist() == [4, 0, 5]
    assert found.sentences.tolist() == [3, 0, 1]
    assert found.words[0] == word_hash("one", KEY)
    assert found.texts.tolist() == [0] * 4 + [2] * 5


def test_surprise_by_hand():
    tongue = tongue_of(spoken(REAL, KEY))
    assert (tongue.counts.sum(), tongue.pair_counts.sum(), len(tongue.pairs)) == (17, 14, 13)
    a, the, cat, new = (np.array([word_hash(word, KEY)], dtype=np.uint64) for word in ("a", "the", "cat", "new"))
    total, kinds = 17, 9
    plain = {"the": 4.5, "cat": 2.5, "new": 0.5}
    plain = {word: count / (total + (kinds + 1) / 2) for word, count in plain.items()}
    assert tongue.log_losses(the) == pytest.approx(-np.log(plain["the"]))
    assert tongue.log_losses(new) == pytest.approx(-np.log(plain["new"]))
    assert tongue.pair_log_losses(the, cat) == pytest.approx(-np.log((1 + 3 * plain["cat"]) / (4 + 3)))
    assert tongue.pair_log_losses(a, new) == pytest.approx(-np.log(2 * plain["new"] / (2 + 2)))
    assert tongue.pair_log_losses(new, cat) == pytest.approx(-np.log(plain["cat"]))


def test_probabilities_add_up_to_one_over_words_seen_and_the_half_for_others():
    tongue = tongue_of(spoken(REAL, KEY))
    every = np.append(tongue.words, np.uint64(1))
    for first in tongue.words:
        known = np.exp(-tongue.pair_log_losses(np.full(len(every), first), every))
        assert known.sum() == pytest.approx(1.0)
    assert np.exp(-tongue.log_losses(every)).sum() == pytest.approx(1.0)


def test_rare_words_hold_the_share_that_they_are_said_to():
    tongue = LENS.tongue
    below = tongue.rarity(tongue.words)
    for share in (0.1, 0.01):
        mass = tongue.counts[below <= share].sum() / tongue.counts.sum()
        assert share - tongue.counts[below > share].min() / tongue.total <= mass <= share
        assert tongue.counts[below <= share].max() <= tongue.counts[below > share].min()
    assert tongue.rarity(np.array([1], dtype=np.uint64)) == 0.0


def test_different_words_do_not_depend_on_the_length_of_texts():
    short, long = (TextLens.of(zipf_texts(600, 250, name="s"), 3).scores(each) for each in (
        zipf_texts(300, 250, name="short"), zipf_texts(300, 900, name="long")))  # fmt: skip
    for key in ("different words", "different word pairs"):
        error = np.sqrt(sum(np.var(each[key]) / len(each[key]) for each in (short, long)))
        assert abs(short[key].mean() - long[key].mean()) < 4.5 * error
    fewer = zipf_texts(300, 250, name="fewer", share=0.3)  # the control
    assert LENS.scores(fewer)["different words"].mean() < short["different words"].mean() - 9 * error


def test_different_words_by_hand():
    lens = TextLens(3, 20, 1, 4, LENS.tongue)
    found = lens.scores(["a b a b c d e f g", "a a a a", "a b c", "a a b a"])
    np.testing.assert_allclose(np.exp(found["different words"]), [np.mean([2 / 4, 4 / 4]), 1 / 4, 2 / 4])
    np.testing.assert_allclose(np.exp(found["different word pairs"]), [np.mean([2 / 3, 3 / 3]), 1 / 3, 3 / 3])


def test_other_scores_by_hand():
    found = TextLens(3, 4, 1, 4, TextLens.of(REAL, 3).tongue).scores(["The new cat. The new?", "The. The. The."])
    np.testing.assert_allclose(np.exp(found["length"]), [5.5, 3.5])
    np.testing.assert_allclose(np.exp(found["sentence length"]), [2.5, 1.0])
    np.testing.assert_allclose(found["rare not seen"], [2 / 5, 0.0])


@pytest.mark.parametrize(("length", "together"), [(250, 1), (30, 8), (5, 32)])
def test_short_texts_are_measured_together(length, together):
    texts = zipf_texts(640, length, name="short ones")
    lens = TextLens.of(texts[:320], 3)
    found = lens.scores(texts[320:])
    assert lens.together == together
    assert all(len(found[key]) == (320 if "length" in key else 320 // together) for key in found)
    assert all(np.isfinite(each).all() for each in found.values())
    if together > 1:
        np.testing.assert_allclose(found["rare 10%"][0], lens.scores(texts[320 : 320 + together])["rare 10%"][0])


def test_texts_without_words_have_a_length_alone():
    found = LENS.scores(["", "1 2 3", "...", MORE[0]])
    assert [len(found[key]) for key in ("length", "sentence length", "rare 10%", "different words")] == [4, 1, 1, 1]
    assert all(len(each) == 0 for each in LENS.scores([]).values())


def test_shares_of_a_metric_and_weights_add_up_to_one():
    shares = Counter()
    for part in LENS.parts():
        shares[part.metric] += part.share
        assert part.key in LENS.scores(MORE)
        assert (part.meaning == LOSS) == (part.law == LOWER) == (not part.metric.endswith(("gained", "length")))
        assert part.meaning in (LOSS, SHIFT)
    assert shares == pytest.approx(dict.fromkeys(WEIGHTS, 1.0))
    assert sum(WEIGHTS.values()) == pytest.approx(1.0)
    assert set(NAMES) == {metric.removesuffix(" gained") for metric in WEIGHTS} > {*UNITS, *TOLERANCE}
    assert all(
        part.unit == (DIFFERENCE if part.metric.removesuffix(" gained") in UNITS else RATIO) for part in LENS.parts()
    )


def test_kept_as_json_it_gives_the_same_scores_and_holds_no_word():
    text = json.dumps(LENS.to_dict(), allow_nan=False)
    again, first = TextLens.from_dict(json.loads(text)).scores(MORE), LENS.scores(MORE)
    assert all(again[key].tobytes() == first[key].tobytes() for key in first)
    assert "w0x" in MORE[0]
    kept = json.dumps(TextLens.of(["unmistakable words are nowhere to be read"] * 4, 3).to_dict())
    assert not any(word in kept for word in ("unmistakable", "nowhere", "words are"))
    assert " words and " in LENS.size_said()
    assert 0.5 < len(text) / 1e6 / float(LENS.size_said().rsplit(" ", 2)[-2]) < 1.5


def test_the_commonest_are_kept_where_there_are_too_many(monkeypatch):
    monkeypatch.setattr("genloss.audit.tongue.MOST_WORDS", 3)
    monkeypatch.setattr("genloss.audit.tongue.MOST_PAIRS", 2)
    tongue = tongue_of(spoken(["a a a b b b c c d", "a b a b"], KEY))
    assert set(tongue.words.tolist()) == {word_hash(word, KEY) for word in "abc"}
    assert (np.diff(tongue.words.astype(object)) > 0).all()
    assert sorted(tongue.pair_counts.tolist()) == [2, 3]
    assert tongue.rarity(tongue.words).min() == pytest.approx(
        3 / 13
    )  # d and c: what is not kept is rarer than all kept


def test_texts_without_words_are_refused():
    with pytest.raises(Problem, match="texts, 4 of which have fewer than two different words together"):
        TextLens.of(["", "1", "one", "One."], 0)
