"""Do lenses see the same on both sides, and again after they were kept?"""

import json
from dataclasses import replace

import numpy as np
import pytest

from genloss.audit.figures import BANK, figures_of
from genloss.audit.kinds import kinds_of
from genloss.audit.learned import learned, learns_after, place_of, share_of
from genloss.audit.lens import within
from genloss.audit.losses import Losses
from genloss.audit.scores import squared_distances
from genloss.streams import stream


def figures(columns=6, fitted=400, compared=300):
    rng = stream(111, "figures", columns)
    mix = rng.normal(size=(columns, columns))
    rows = rng.standard_t(4, size=(fitted + compared, columns)) @ mix
    return figures_of(rows[:fitted], 0).beside(rows[fitted:]), rows[fitted:]


def with_learned(found, rows):
    recent = found.unseen
    for _ in range(3):
        recent = found.noticed(recent, rows[:200] * 0.7)
    one = learned(3, recent, found.fitted_mean, found.real)
    return replace(found, learned=(one,)), one


def test_kept_reference_rows_have_the_scores_that_the_rows_have():
    """Scores that tie on one side have to tie on the other: what is kept is rounded as what comes is."""
    found, rows = figures()
    found, one = with_learned(found, rows)
    kept, own = found.learned_scores(one), found.scores(rows)
    assert len(kept) == 4
    for key, values in kept.items():
        np.testing.assert_array_equal(values, own[key][: len(values)])


@pytest.mark.parametrize("columns", [1, 2, 6, 150])
def test_a_lens_of_numbers_is_the_same_after_it_was_kept(columns):
    found, rows = figures(columns)
    found, _ = with_learned(found, rows)
    again = type(found).from_dict(json.loads(json.dumps(found.to_dict())))
    for key, values in found.scores(rows).items():
        np.testing.assert_array_equal(values, again.scores(rows)[key])
    assert [part.key for part in again.parts()] == [part.key for part in found.parts()]
    for part in found.parts():
        assert part.key in found.scores(rows)
        assert not part.confirm or part.confirm in found.scores(rows)


def test_shares_of_a_metric_add_up_to_one():
    found, _ = figures()
    words = kinds_of(("a", "b"), np.array([["x", "y"], ["x", "z"], ["w", "y"]] * 9, dtype=object), 1, "b")
    for lens in (found, words, Losses()):
        whole = {}
        for part in lens.parts():
            whole[part.metric] = whole.get(part.metric, 0.0) + part.share
        assert all(share == pytest.approx(1.0) for share in whole.values()), whole


def test_what_is_learned_later_weighs_less_and_never_more_than_all():
    times = [g for g in range(1, 200) if learns_after(g)]
    assert times[:10] == [1, 2, 3, 4, 5, 6, 7, 8, 10, 12]
    assert [place_of(g) for g in times] == list(range(1, len(times) + 1))
    shares = [share_of(place) for place in range(1, 100_000)]
    assert all(np.diff(shares) < 0)
    assert 0.99 < sum(shares) < 1


def test_the_direction_that_was_lost_is_found():
    rng = stream(112, "lost")
    rows = rng.normal(size=(1000, 5))
    found = figures_of(rows[:500], 0).beside(rows[500:])
    direction = np.array([0.6, 0.0, 0.8, 0.0, 0.0])
    lost = rng.normal(size=(600, 5))
    lost -= 0.6 * np.outer(lost @ direction, direction)
    one = learned(1, found.noticed(found.unseen, lost), found.fitted_mean, found.real)
    back = found.scale.axes @ one.least
    assert abs(back @ direction) / np.linalg.norm(back) > 0.97
    assert found._mostly(one.least) in (", mostly column 2, column 0", ", mostly column 0, column 2")


def test_what_axes_leave_out_is_looked_at():
    rng = stream(113, "wide")
    rows = rng.normal(size=(300, 120))
    found = figures_of(rows[:150], 0).beside(rows[150:])
    assert found.scale.leaves_out
    key = "variance, remaining axes"
    calm, narrow = found.scores(rows[150:])[key], found.scores(0.5 * rows[150:])[key]
    np.testing.assert_allclose(narrow - calm, np.log(0.25), atol=1e-3)
    assert np.exp(found.scores(rows[:150])[key]).mean() == pytest.approx(1.0, abs=0.1)


def test_distances_by_products_are_distances():
    rng = stream(114, "distances")
    one, other = rng.normal(size=(7, 4)), rng.normal(size=(5, 4))
    plain = ((one[:, None] - other[None]) ** 2).sum(axis=2)
    np.testing.assert_allclose(squared_distances(one, other), plain, rtol=1e-9)


def test_a_cut_for_a_kind_stays_among_its_rows():
    rng, hidden = stream(115, "within"), 0
    for _ in range(400):
        fitted, compared = (rng.binomial(600, 0.05) for _ in range(2))
        hidden += compared < within(max(fitted, 1) / 600, 600) * 601
    assert hidden / 400 < 0.12
    assert BANK >= 1000
