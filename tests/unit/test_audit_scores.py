"""Are scores of rows and blocks what they are said to be, and moved by what should move them alone?"""

import numpy as np
import pytest

from genloss import Problem
from genloss.audit.scale import bands, scale_of
from genloss.audit.scores import blocks, distance_to, extremeness, log_nearest, log_variances, reached
from genloss.streams import stream

ROWS = stream(71, "scores").multivariate_normal([5.0, -3.0, 0.0], np.diag([4.0, 1.0, 0.25]), 640)


def test_axes_have_variance_one_and_no_correlation_whatever_the_units():
    found = scale_of(ROWS)
    turned = found.turned(ROWS)
    np.testing.assert_allclose(np.cov(turned.T), np.eye(3), atol=1e-2)
    other = scale_of(ROWS * [1000.0, 0.001, 1.0] + 7.0)
    np.testing.assert_allclose(np.abs(other.turned(ROWS * [1000.0, 0.001, 1.0] + 7.0)), np.abs(turned), rtol=1e-6)


def test_columns_that_follow_from_others_and_constants_have_no_axis():
    doubled = np.column_stack([ROWS, ROWS[:, 0] + ROWS[:, 1], np.ones(len(ROWS))])
    assert scale_of(doubled).axes.shape == (5, 3)
    with pytest.raises(Problem, match="no column of numbers varies"):
        scale_of(np.ones((50, 2)))


def test_bands_hold_every_axis_once():
    for axes in (1, 2, 5, 16, 17, 64, 300):
        assert [place for low, high in bands(axes) for place in range(low, high)] == list(range(axes))


def test_scores_by_hand():
    rows = np.array([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]])
    assert extremeness(rows).tolist() == [0.0, 4.0, 1.0]
    assert distance_to(rows, np.array([[0.0, 0.0], [3.0, 3.0]])).tolist() == [0.0, 1.0, 1.0]
    assert blocks(np.arange(20), 8).tolist() == [list(range(8)), list(range(8, 16))]
    eight = np.array([[1.0, 2.0]] * 4 + [[3.0, 6.0]] * 4)
    assert log_variances(eight)[0] == pytest.approx(np.log([8 / 7, 32 / 7]))
    line = np.arange(32.0)[:, None] * 2
    assert log_nearest(line) == pytest.approx([np.log(2)])
    assert reached(line, np.array([[0.5], [62.0], [70.0], [-9.0]]), np.ones(4)).tolist() == [0.5]


def test_a_probe_is_reached_within_its_radius():
    line = np.arange(32.0)[:, None] * 2
    assert reached(line, np.array([[0.8], [0.5]]), np.array([0.7, 0.7])).tolist() == [0.5]


def test_what_moves_a_score_and_what_does_not():
    turned = scale_of(ROWS).turned(ROWS)
    np.testing.assert_allclose(log_variances(turned + 9.0), log_variances(turned), rtol=1e-6)
    np.testing.assert_allclose(log_variances(turned * 0.5), log_variances(turned) - np.log(4), rtol=1e-6)
    np.testing.assert_allclose(log_nearest(turned + 9.0), log_nearest(turned), rtol=1e-6)
    copied = turned[np.repeat(np.arange(320), 2)]
    assert (log_nearest(copied) < log_nearest(turned).min()).all()
