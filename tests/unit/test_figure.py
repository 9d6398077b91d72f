"""Do names stand where their curves end, apart from each other and off the curves, in colors that one can see?"""

from collections import Counter

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from genloss.report import Band, Bar, Curve, Panel, draw
from genloss.report.colors import GREY, HUE, SERIES, of_order, of_series
from genloss.report.figure import color_of, draw_panel, labels_of, name_directly
from genloss.report.labels import apart, broken
from genloss.streams import stream

X = [0, 1, 2, 3]
SHADE = Band("95 % of paths", X, [1, 1, 2, 2], [3, 4, 6, 7])
MEAN, PLAIN = Curve("mean", 1.0, X, [2, 3, 4, 5]), Curve("plain", 0.5, [0, 3], [9, 9], dashed=True)


def contrast(color):
    part = np.array(to_rgb(color))
    light = np.where(part <= 0.03928, part / 12.92, ((part + 0.055) / 1.055) ** 2.4) @ [0.2126, 0.7152, 0.0722]
    return 1.05 / (light + 0.05)


def test_every_color_stands_out_on_white():
    colors = [HUE, GREY, *SERIES, *(of_order(place) for place in np.linspace(0, 1, 11))]
    assert min(map(contrast, colors)) > 3
    assert contrast("#bddf26") < 3  # what a single curve was drawn in
    steps = [contrast(of_order(place)) for place in np.linspace(0, 1, 7)]
    assert np.all(np.diff(steps) > 0.2)
    assert len({of_series(number) for number in range(35)}) == 35


def test_names_are_as_near_as_can_be_without_overlap():
    rng = stream(7, "names of curves")
    for count in (1, 2, 5, 9):
        wanted, heights = np.sort(rng.random(count)), 0.02 + 0.08 * rng.random(count)
        found = np.array(apart(wanted.tolist(), heights.tolist(), low=0, high=1))
        gaps = np.diff(found) - (heights[:-1] + heights[1:]) / 2
        assert gaps.min(initial=0) > -1e-12
        assert found[0] - heights[0] / 2 > -1e-12
        assert found[-1] + heights[-1] / 2 < 1 + 1e-12
        loss = ((found - wanted) ** 2).sum()
        for _ in range(200):  # no other way that keeps apart is nearer
            other = np.sort(found + 0.05 * rng.standard_normal(count))
            roomy = np.diff(other) - (heights[:-1] + heights[1:]) / 2
            inside = other[0] >= heights[0] / 2 and other[-1] <= 1 - heights[-1] / 2
            if inside and roomy.min(initial=0) >= 0:
                assert ((other - wanted) ** 2).sum() >= loss - 1e-12
    assert apart([0.5] * 3, [0.4] * 3, low=0, high=1) is None
    assert apart([], [], low=0, high=1) == []


def drawn(panel):
    figure = Figure(layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    name_directly(axes, panel, draw_panel(axes, panel))
    figure.draw_without_rendering()
    return figure, axes


@pytest.mark.parametrize("log", [False, True])
def test_names_stand_beside_the_ends_and_inside_the_figure(log):
    figure, axes = drawn(Panel("", "n", "risk", (MEAN, PLAIN), bands=(SHADE,), y_log=log))
    texts = {text.get_text(): text.get_window_extent() for text in axes.texts}
    assert set(texts) == {"mean", "plain", "95 % of paths"}
    assert axes.get_legend() is None
    for name, end in (("mean", 5), ("plain", 9), ("95 % of paths", 7)):
        height = axes.transData.transform((3, end))[1]
        assert abs((texts[name].y0 + texts[name].y1) / 2 - height) < texts[name].height
        assert texts[name].x0 > axes.bbox.x1
        assert texts[name].x1 < figure.bbox.x1
    assert not any(a.overlaps(b) for a in texts.values() for b in texts.values() if a is not b)


def test_ends_that_are_one_get_a_key_beside_the_axes():
    curves = tuple(Curve(f"n = {n}", n / 6, X, [n, n, 1, 3]) for n in range(7))
    _, axes = drawn(Panel("", "n", "risk", curves))
    key = axes.get_legend()
    assert [text.get_text() for text in key.get_texts()] == [f"n = {n}" for n in range(7)]
    assert key.get_window_extent().x0 >= axes.bbox.x1
    assert not axes.texts


def test_one_curve_and_the_first_of_a_shade_have_the_hue():
    assert color_of(MEAN, Panel("", "", "", (MEAN, PLAIN)))[0] == HUE
    first = Curve("first order", 0.0, X, X)
    panel = Panel("", "", "", (MEAN, first, PLAIN), bands=(SHADE,))
    colors = [color_of(curve, panel)[0] for curve in panel.curves]
    assert (colors[0], colors[2]) == (HUE, GREY)
    assert len(set(colors)) == 3
    assert [label.text for label in labels_of(panel)] == ["95 % of paths", "mean", "first order", "plain"]
    assert broken("predicting one mean for all of them") == "predicting one mean for\nall of them"


def test_the_same_panels_give_the_same_bytes_and_no_time():
    lines = Panel("", "n", "risk", (MEAN, PLAIN), bands=(SHADE,), marks=((1.0, "T0"),))
    layers = Panel("", "n", "share", (), bars=(Bar("real", X, [0] * 4, [1] * 4), Bar("own", X, [1] * 4, [2] * 4, 0.5)))
    first, second = (draw([lines, layers], columns=2) for _ in range(2))
    assert first == second
    assert b"<dc:date>" not in first["svg"]


def test_where_things_stand_is_found_once_for_all_formats(monkeypatch):
    """Not at every drawing: that took most of the time of a page."""
    counts = Counter()
    laid_out, drawn = ConstrainedLayoutEngine.execute, Figure.draw
    monkeypatch.setattr(
        ConstrainedLayoutEngine, "execute", lambda *given: counts.update(["layout"]) or laid_out(*given)
    )
    monkeypatch.setattr(Figure, "draw", lambda *given: counts.update(["drawing"]) or drawn(*given))
    panel = Panel("t", "x", "y", (Curve("a", 0.0, x=[0, 1], y=[1.0, 2.0]),))
    assert set(draw([panel], columns=1)) == {"png", "svg"}
    assert counts == {"layout": 1, "drawing": 2}
