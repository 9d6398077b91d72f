"""The exact law of counts of new scores between reference scores, by going through every order of both.

Rule: equality to 1e-12. Blind spot: scores whose ties are broken by numbers that depend on which side they are on.
"""

from collections import Counter
from functools import partial
from itertools import combinations, product
from math import comb, factorial

import numpy as np
import pytest

from genloss import Problem
from genloss.audit.alternatives import LOST, scaled, tilted
from genloss.audit.cells import Cells, cells, tail_cells
from genloss.audit.process import process
from genloss.audit.urn import log_probability
from genloss.streams import stream


def counts_of_every_order(cut_at, reference, sizes):
    """Counts of each generation by cell, over every way to place all scores in a row, with how often they come."""
    total = reference + sum(sizes)
    found = Counter()
    for placed in placements(range(total), [reference, *sizes]):
        ranks = sorted(placed[0])
        cuts = [ranks[r - 1] for r in cut_at]
        found[tuple(tuple(np.bincount(np.searchsorted(cuts, sorted(part)), minlength=len(cuts) + 1))
                    for part in placed[1:])] += 1  # fmt: skip
    return found


def placements(places, sizes):
    """Every way to hand places out to groups of these sizes."""
    if len(sizes) == 1:
        yield [tuple(places)]
        return
    for chosen in combinations(places, sizes[0]):
        for rest in placements([p for p in places if p not in chosen], sizes[1:]):
            yield [chosen, *rest]


@pytest.mark.parametrize("wrong", [0, 1])
def test_counts_of_three_cells_come_from_an_urn(wrong):
    """Cuts at ranks 2 and 4 of 5 scores leave cells of 2, 2, 2 gaps; the control has one ball more."""
    found = counts_of_every_order((2, 4), 5, (3,))
    balls = np.array([2.0, 2.0, 2.0 + wrong])
    assert sum(found.values()) == comb(8, 5)
    away = 0.0
    for (counts,), times in found.items():
        orders = factorial(3) / np.prod([factorial(c) for c in counts])
        away = max(away, abs(times / comb(8, 5) - orders * np.exp(log_probability(np.array(counts), balls))))
    assert (away < 1e-12) == (wrong == 0)


def test_generations_share_the_urn_and_evidence_has_mean_one():
    """Two generations at once: the second is drawn from the urn to which the first was put back."""
    found = counts_of_every_order((2,), 4, (2, 3))
    total, balls = sum(found.values()), np.array([2, 3])
    mean, others = np.zeros(2), lambda urn, drawn: tilted(urn, drawn, (-1, 1))
    for (one, two), times in found.items():
        orders = comb(2, one[0]) * comb(3, two[0])
        first = log_probability(np.array(one), balls.astype(float))
        second = log_probability(np.array(two), (balls + np.array(one)).astype(float))
        assert times / total == pytest.approx(orders * np.exp(first + second), abs=1e-12)
        mean += times / total * process(balls, np.array([one, two]), others).evidence
    np.testing.assert_allclose(mean, 1.0, atol=1e-12)


def test_a_reference_that_is_believed_to_be_endless_does_not_have_mean_one():
    """The control: the law of the reference taken for its shares, as if nothing were unknown of it."""
    mean = 0.0
    for ((one,),), times in [((counts,), n) for counts, n in counts_of_every_order((2,), 4, (6,)).items()]:
        known = np.exp(one[0] * np.log(0.4) + one[1] * np.log(0.6))
        other = np.exp(one[0] * np.log(0.8) + one[1] * np.log(0.2))
        mean += times / comb(10, 6) * other / known
    assert mean > 2


def test_cells_are_cut_and_scores_counted_one_by_one():
    rng = stream(61, "cells")
    for most, size in product((2, 3, 12), (9, 31, 200)):
        scores, numbers = np.round(rng.normal(size=size), 1), rng.random(size)
        found = cells(scores, numbers, most)
        assert found.gaps.sum() == size + 1
        assert found.gaps.min() >= 4
        new, own = np.round(rng.normal(size=50), 1), rng.random(50)
        plain = [sum((cut[0], cut[1]) < each for cut in found.cuts) for each in zip(new, own, strict=True)]
        assert found.counts(new, own.copy).tolist() == np.bincount(plain, minlength=found.count).tolist()
    outer = tail_cells(scores, numbers, 0.1)
    inside = sorted(zip(scores, numbers, strict=True))
    assert [tuple(cut) for cut in outer.cuts] == [inside[-outer.gaps[1]]]


def test_cuts_stand_at_the_ranks_that_part_the_gaps():
    found = cells(np.arange(19.0), np.zeros(19), 4)
    assert found.gaps.tolist() == [5, 5, 5, 5]
    assert found.cuts[:, 0].tolist() == [4.0, 9.0, 14.0]
    assert tail_cells(np.arange(99.0), np.zeros(99), 0.05).cuts[:, 0].tolist() == [94.0]


def test_other_urns_have_as_many_balls_and_the_side_that_is_asked_for():
    balls = np.array([3.0, 5.0, 4.0, 8.0])
    for side in (-1, 1):
        urns = tilted(balls, 30, (side,))
        np.testing.assert_allclose(urns.sum(axis=1), 20.0)
        means = urns @ np.arange(4) / 20
        assert (np.diff(side * np.concatenate([[balls @ np.arange(4) / 20], means])) > 0).all()
    np.testing.assert_allclose(scaled(np.array([90.0, 10.0]), LOST)[:, 1], 10 * np.array(LOST))


def test_a_change_is_found_at_its_generation():
    rng, right = stream(62, "change"), 0
    for _ in range(40):
        scores = rng.normal(size=500)
        found = cells(scores, rng.random(500), 12)
        counts = np.array(
            [found.counts(rng.normal(-0.4 * (g > 4), 1, 300), partial(rng.random, 300)) for g in range(1, 9)]
        )
        seen = process(found.gaps, counts, lambda urn, drawn: tilted(urn, drawn, (-1,)))
        first, likely = seen.first_change(8)
        right += abs(first - 5) <= 1 and 5 in likely
        assert seen.evidence[3] < 20
    assert right >= 38


def test_what_cannot_be_cut_is_refused():
    with pytest.raises(Problem, match="8 reference scores, where two cells want 9"):
        cells(np.arange(8.0), np.zeros(8), 12)
    with pytest.raises(Problem, match="not finite"):
        cells(np.array([1.0, np.nan] * 10), np.zeros(20), 12)
    with pytest.raises(Problem, match="smaller share"):
        tail_cells(np.arange(8.0), np.zeros(8), 0.99)
    with pytest.raises(Problem, match="one cut fewer"):
        Cells(np.zeros((3, 2)), np.ones(3, dtype=int))
