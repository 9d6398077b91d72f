"""Are levels, vocabularies and copies counted as rows say, with chances and errors that hold?

Rule: rates over repeated samples of one law lie within Z binomial standard errors of what is said, or below it where it
is a bound; intervals of 95 % hold the truth that often. The controls lose or repeat something.
"""

import io
import itertools
import json

import numpy as np
import pytest
from helpers import Z

from genloss import Problem
from genloss.audit.copies import copies, given_twice, repeats
from genloss.audit.hashes import row_hashes
from genloss.audit.levels import FEWER, MORE, NEW, VANISHED, Levels, compared, levels_of, names_of, none_chance
from genloss.audit.spoken import Spoken
from genloss.audit.vocabulary import Vocabulary, matched, spectrum_of, unseen, vocabulary_of
from genloss.populations.own_rows import columns_of
from genloss.streams import stream

TIMES = 300
ZIPF = 1 / np.arange(1, 301)
ZIPF = ZIPF / ZIPF.sum()


def counted(counts, name="c"):
    there = np.flatnonzero(counts)
    return Levels(name, there.astype(np.uint64), np.asarray(counts)[there])


def test_chances_by_listing_all_orders():
    real, made = 4, 3
    for level in range(1, 5):
        orders = list(itertools.combinations(range(real + made), level))
        listed = np.mean([all(place < real for place in order) for order in orders])
        assert none_chance(np.array([level]), real, made) == pytest.approx(listed)
    assert none_chance(np.array([5]), real, made) == 0
    (found,) = compared([counted([3, 1])], [counted([0, 3])])
    vanished = next(each for each in found.changed if each.what == VANISHED)
    assert vanished.chance == pytest.approx(none_chance(np.array([3]), 4, 3)[0])
    assert vanished.expected == pytest.approx(9 / 4)
    urn = np.prod([(4 - i) / (7 - i) for i in range(3)])
    assert vanished.chance == pytest.approx(urn)


def test_levels_that_changed_nothing_are_told_as_seldom_as_said_and_numbers_are_as_expected():
    rng, told, vanished, new = stream(94, "levels"), [], [], []
    for _ in range(TIMES):
        (found,) = compared([counted(rng.multinomial(900, ZIPF))], [counted(rng.multinomial(400, ZIPF))], alpha=0.2)
        told.append(bool(found.sure))
        vanished.append((found.vanished - found.vanished_expected.value) / found.vanished_expected.error)
        new.append((found.new - found.new_expected.value) / found.new_expected.error)
    assert np.mean(told) < 0.2 + Z * np.sqrt(0.16 / TIMES)
    assert any(told)
    for scores in (vanished, new):
        assert abs(np.mean(scores)) < Z / np.sqrt(TIMES)
        assert 0.6 < np.std(scores) < 1 + Z / np.sqrt(2 * TIMES)


def test_what_vanished_shrank_grew_and_is_new_is_told():
    real, made = np.array([500, 60, 60, 60, 0, 1, 1]), np.array([500, 0, 12, 150, 9, 0, 1])
    (found,) = compared([counted(real)], [counted(made)])
    assert {each.place: each.what for each in found.sure} == {1: VANISHED, 2: FEWER, 3: MORE, 4: NEW}
    assert (found.vanished, found.new, found.levels, found.made_levels) == (2, 1, 6, 5)
    assert [each.place for each in found.changed if not each.sure] == [5]
    said = " ".join(found.said())
    assert "c: 1 level new for sure: one that no real row has (9 where 0.0 were expected" in said
    assert "c: 1 level with more rows: one of 60 real rows (150 where" in said
    assert "c: 1 level with fewer rows: one of 60 real rows (12 where" in said
    others = [counted(real), counted(np.full(400, 2), "other")]
    (same, _) = compared(others, [counted(made), counted(np.full(400, 2), "other")])
    assert len(same.sure) < len(found.sure)  # more levels, more that luck could have shown


def test_every_reader_gives_the_same_levels():
    pandas = pytest.importorskip("pandas")
    rng = stream(94, "readers")
    plain = pandas.DataFrame({"x": rng.normal(size=300), "c": rng.choice(["red", "blue", "green"], 300)})
    plain["d"] = np.where(rng.random(300) < 0.1, None, rng.choice(["no", "NA ", "1", "1.0"], 300))
    kinds = plain.astype({"c": pandas.CategoricalDtype(["violet", "green", "red", "blue", "never"]), "d": "category"})
    text = io.StringIO(plain.to_csv(index=False))
    read = pandas.read_csv(text, keep_default_na=False, na_values=[""], dtype={"d": str})
    filtered = kinds[kinds.c != "green"]
    tables = {
        "words": plain, "declared": kinds, "read": read, "arrow": plain.astype({"c": "string[python]"}),
        "sorted": kinds.sort_values("c"),
    }  # fmt: skip
    found = {name: levels_of(["c", "d"], columns_of(table).kinds, 3) for name, table in tables.items()}
    for each in found.values():
        (c, d) = compared(found["words"], each)
        assert not c.changed
        assert not d.changed
        assert (c.levels, d.levels) == (3, 5)
    c, _ = compared(found["words"], levels_of(["c", "d"], columns_of(filtered).kinds, 3))
    assert [each.what for each in c.sure if each.made == 0] == [VANISHED]
    assert c.made_levels == 2


def test_names_are_said_only_to_those_who_may_see_them():
    words = np.array([["secret"]] * 40 + [["open"]] * 60, dtype=object)
    real, made = levels_of(["c"], words, 5), levels_of(["c"], words[40:], 5)
    again = [Levels.from_dict(json.loads(json.dumps(each.to_dict()))) for each in real]
    (found,) = compared(again, made)
    said = " ".join(found.said())
    assert "secret" not in said + json.dumps([each.to_dict() for each in real])
    assert "1 level vanished for sure: one of 40 real rows (0 where 24.0 were expected, chance" in said
    assert "1 of 2 levels have no row any more, 0.0 ± 0.0 expected" in said
    assert "vanished for sure: 'secret' (0 where 24.0" in " ".join(found.said(names_of(words, 5)))


def test_other_columns_are_refused():
    with pytest.raises(Problem, match="columns of words in another order"):
        compared([counted([1, 2])], [counted([1, 2], "other")])


def texts_of(rng, texts, length, repeated=1):
    words = rng.choice(len(ZIPF), (texts, length // repeated), p=ZIPF).repeat(repeated, axis=1).astype(np.uint64)
    return Spoken(words.ravel(), np.full(texts, length), np.ones(texts, dtype=int))


@pytest.mark.parametrize("repeated", [1, 5])
def test_vocabularies_at_one_number_of_words(repeated):
    rng, scores, unmatched = stream(94, "vocabulary", repeated), [], []
    for _ in range(TIMES):
        real, made = (vocabulary_of(texts_of(rng, texts, 50, repeated)) for texts in (80, 40))
        found = matched(real, made)
        assert found.words == 1000
        scores.append((found.ratio.value - 1) / found.ratio.error)
        unmatched.append(made.different / real.different)
    assert abs(np.mean(scores)) < 0.3
    assert 0.75 < np.std(scores) < 1.25
    assert np.mean(unmatched) < 0.95  # the control: fewer texts have fewer words


def test_texts_of_another_length_have_as_many_different_words():
    rng = stream(94, "lengths")
    found = matched(vocabulary_of(texts_of(rng, 400, 20)), vocabulary_of(texts_of(rng, 60, 100)))
    assert abs(found.ratio.value - 1) < Z * found.ratio.error < 0.2


def test_expected_kinds_by_listing():
    texts = [{0, 1}, {0}, {0, 1, 2}, {3}, {1}]
    counts = np.array([sum(word in text for text in texts) for word in range(4)])
    for drawn in range(len(texts) + 1):
        listed = np.mean([len(set().union(*each)) for each in itertools.combinations(texts, drawn)])
        assert spectrum_of(counts, 5).expected(drawn) == pytest.approx(listed)


def test_good_and_turing_know_the_mass_of_what_was_not_seen():
    rng, scores = stream(94, "unseen"), []
    for _ in range(4 * TIMES):
        counts = rng.multinomial(500, ZIPF)
        found = unseen(counts)
        scores.append((found.value - ZIPF[counts == 0].sum()) / found.error)
    assert abs(np.mean(scores)) < Z / np.sqrt(4 * TIMES)
    assert abs(np.std(scores) - 1) < 0.15
    assert unseen(np.zeros(3, dtype=int)).value == 1.0


@pytest.mark.parametrize("repeated", [1, 5])
def test_new_words_of_a_next_text(repeated):
    rng, scores, by_words = stream(94, "new", repeated), [], []
    for _ in range(TIMES):
        texts = texts_of(rng, 60, 25, repeated)
        truth = 1 - ZIPF[np.unique(texts.words).astype(int)].sum()
        found = vocabulary_of(texts).new
        scores.append((found.value - truth) / found.error)
        counts = np.unique(texts.words, return_counts=True)[1]
        by_words.append(unseen(counts).value - truth)
    assert abs(np.mean(scores)) < 0.3
    assert 0.75 < np.std(scores) < 1.25
    assert (np.mean(by_words) < -0.05) == (repeated == 5)  # the control: words that are not independent draws


def test_a_vocabulary_comes_back():
    found = vocabulary_of(texts_of(stream(94, "back"), 30, 40))
    assert Vocabulary.from_dict(json.loads(json.dumps(found.to_dict()))) == found
    assert matched(vocabulary_of(texts_of(stream(94, "back"), 1, 40)), found) is None
    none = vocabulary_of(Spoken(np.empty(0, np.uint64), np.zeros(2, int), np.zeros(2, int)))
    assert (matched(none, found), none.different, none.new.value) == (None, 0, 1.0)


def rows_of(rng, rows, values=40):
    numbers = rng.choice(values, (rows, 2), p=ZIPF[:values] / ZIPF[:values].sum()).astype(float)
    return row_hashes(numbers, np.empty((rows, 0), dtype=object), 1)


def test_copies_are_as_many_as_real_rows_show_and_more_where_rows_are_learned_by_heart():
    rng, inside, told = stream(94, "copies"), [], []
    for _ in range(TIMES):
        targets, others, made = (rows_of(rng, rows) for rows in (200, 200, 300))
        found = copies(made, targets, others)
        inside.append(found.low <= found.copied <= found.high)
        told.append(found.too_many)
    assert np.mean(inside) > 0.95 - Z * np.sqrt(0.95 * 0.05 / TIMES)
    assert np.mean(told) < 0.001 + Z * np.sqrt(0.001 / TIMES)
    learned = copies(np.concatenate([made[:250], targets[:50]]), targets, others)
    assert learned.copied == np.isin(made[:250], targets).sum() + 50
    assert copies(np.concatenate([made[:200], targets[:100]]), targets, others).too_many
    assert found.anywhere == np.isin(made, np.concatenate([targets, others])).sum() > found.copied
    assert found.said().startswith(f"{found.anywhere:,} of 300 rows are exact copies of real rows; {found.copied:,} of")


def test_rows_that_repeat_are_as_many_as_among_real_ones():
    rng, scores = stream(94, "repeats"), []
    for _ in range(TIMES):
        found = repeats(rows_of(rng, 300, 200), rows_of(rng, 500, 200))
        scores.append((found.made - found.real) / found.error)
    assert found.rows == found.all_rows == 300
    assert abs(np.mean(scores)) < Z / np.sqrt(TIMES)
    assert np.std(scores) < 1 + Z / np.sqrt(2 * TIMES)
    made = rows_of(rng, 300, 200)
    assert repeats(made[rng.integers(0, 150, 300)], rows_of(rng, 500, 200)).too_many
    assert "repeat an earlier row of their generation" in found.said()


def test_copies_of_nothing_and_given_twice():
    none = np.empty(0, dtype=np.uint64)
    assert copies(none, np.arange(5, dtype=np.uint64), none).copied == 0
    assert not repeats(none, none).too_many
    assert given_twice([("a", 1), "b", ("a", 1), "b"]) == [(0, 2), (1, 3)]
    assert given_twice([]) == []
