"""Does the page show what genloss computes, and follow what the reader moves?"""

import json
import re
import tomllib

import pytest

import genloss
from genloss.results.agreement import Z

SMALL = "&generations=8&population.dim=20&workflow.rows=60&workflow.synthetic_rows=60"
PENALTY = f"?preset=accumulation&case=fixed+penalty{SMALL}"
SILENT = "?preset=pi-squared-over-six&metric=ended"


def number_field(page, key):
    return page.locator(f"#control-{key.replace('.', '-')}")


def slider(page, key):
    return page.locator(f"#control-{key.replace('.', '-')}-slider")


def test_a_slider_moves_the_curve_and_says_what_changed(server, watched):
    seen = watched()
    page = seen.open(server + PENALTY)
    before, address = seen.curves(), page.url
    slider(page, "generator.penalty").focus()
    page.keyboard.press("PageUp")
    seen.until("(old) => location.href !== old", address)
    seen.drawn()
    after = seen.curves()
    assert before[0]["x"] == after[0]["x"]
    assert before[0]["y"] != after[0]["y"]
    value = float(number_field(page, "generator.penalty").input_value())
    assert f"generator.penalty={value:g}" in page.url
    page.wait_for_selector("#changed[aria-busy=false]")
    assert re.search(
        r"penalty went from .* to .*: the excess risk at generation 8 (falls|rises) from", page.inner_text("#changed")
    )
    assert page.evaluate("drawn.plot.data[1].filter((one) => one != null)") == [
        y for y in after[0]["y"] if y is not None
    ]


def far(curves, points):
    """Of all points: how far the farthest is from its line, in standard errors, beyond what theory allows."""
    worst = 0.0
    lines = {curve["label"]: curve for curve in curves}
    for drawn in points:
        line = lines[drawn["label"]]
        allowed = dict(zip(line["x"], line["allowance"] or [0.0] * len(line["x"]), strict=True))
        heights = dict(zip(line["x"], line["y"], strict=True))
        for x, mean, error in zip(drawn["x"], drawn["y"], drawn["standard_error"], strict=True):
            worst = max(worst, (abs(mean - heights[x]) - allowed[x]) / error)
    return worst


def test_points_stream_onto_the_line(server, watched):
    """Blind to a bias below Z standard errors of some hundred replicates, about a tenth; twice the loss is seen."""
    seen = watched()
    seen.open(server + PENALTY + "&population.noise=1")
    points = seen.points(160)["curves"]
    assert points
    assert far(seen.curves(), points) < Z
    other = [{**curve, "y": [2 * y for y in curve["y"]]} for curve in seen.curves()]
    assert far(other, points) > Z


def test_an_address_shows_the_same_numbers_to_another_reader(server, watched):
    seen = watched()
    page = seen.open(server + PENALTY)
    number_field(page, "population.noise").fill("0.7")
    page.keyboard.press("Enter")
    seen.until("() => location.search.includes('population.noise=0.7')")
    seen.drawn()
    mine = seen.points(20)
    seen.stop()
    other = watched()
    other.open(page.url)
    assert other.page.url == page.url
    assert other.curves() == seen.curves()
    if (theirs := other.points(mine["replicates"]))["replicates"] == mine["replicates"]:
        assert theirs == mine


@pytest.mark.usefixtures("without_pictures")
def test_a_saved_study_gives_the_numbers_of_the_page(server, watched, tmp_path):
    seen = watched()
    page = seen.open(server + PENALTY + "&generator.penalty=0.3")
    points = seen.points(10)
    seen.stop()
    points = page.evaluate("({replicates: page.replicates, curves: page.points})")
    with page.expect_download() as saved:
        page.click("text=Save as a study")
    path = tmp_path / "study.toml"
    saved.value.save_as(path)
    assert tomllib.loads(path.read_text())["replicates"] == points["replicates"]
    result = genloss.run(path, out=tmp_path / "run")
    rows = [row for row in result.rows if row.metric == "excess_risk"]
    for method, curves, what in (("theory", seen.curves(), "y"), ("simulation", points["curves"], "y")):
        found = {float(row.generation): row.value for row in rows if row.method == method}
        shown = {x: y for curve in curves for x, y in zip(curve["x"], curve[what], strict=True)}
        assert {x: found[x] for x in shown} == shown
    errors = {float(row.generation): row.standard_error for row in rows if row.method == "simulation"}
    curve = points["curves"][0]
    assert [errors[x] for x in curve["x"]] == curve["standard_error"]


def test_the_first_load_is_small_and_stays_here(server, watched):
    seen = watched()
    ended = []
    seen.page.on("requestfinished", lambda request: ended.append(request))
    with seen.page.expect_event("requestfinished", lambda request: "/api/view" in request.url):
        seen.open(f"{server}?preset=ridge-on-synthetic-labels")
    first = {one.url: one.sizes()["responseBodySize"] for one in ended if "/api/simulation" not in one.url}
    assert f"{server}static/explore.js" in first
    assert any("/api/view" in url for url in first)
    assert sum(first.values()) < 120_000, first


COUNTED = """() => {
  const view = page.source.view;
  window.counted = {now: 0, most: 0, all: 0};
  page.source.view = async (...given) => {
    counted.all += 1;
    counted.most = Math.max(counted.most, (counted.now += 1));
    try { return await view(...given); } finally { counted.now -= 1; }
  };
}"""


def test_while_a_slider_is_dragged_one_request_is_on_its_way(server, watched):
    seen = watched()
    page = seen.open(server + PENALTY)
    page.evaluate(COUNTED)
    place = page.locator("#control-population-noise-slider")
    box = place.bounding_box()
    page.mouse.move(box["x"] + 10, box["y"] + box["height"] / 2)
    page.mouse.down()
    for step in range(30):
        page.mouse.move(box["x"] + 10 + 5 * step, box["y"] + box["height"] / 2)
    page.mouse.up()
    seen.drawn()
    assert page.evaluate("counted.all") > 2
    assert page.evaluate("counted.most") == 1
    newest = page.evaluate("page.view.controls.find((one) => one.key === 'population.noise').value")
    assert float(number_field(page, "population.noise").input_value()) == newest
    assert slider(page, "population.noise").input_value() == str(newest)


def test_the_last_good_picture_stays_beside_an_error(server, watched):
    seen = watched()
    page = seen.open(server + PENALTY)
    before = seen.curves()
    number_field(page, "population.noise").fill("1000")
    page.keyboard.press("Enter")
    wrong = page.locator("#control-population-noise-wrong")
    wrong.wait_for()
    assert re.fullmatch(r"This takes a number from \S+ to \S+\.", wrong.inner_text())
    assert number_field(page, "population.noise").get_attribute("aria-invalid") == "true"
    assert seen.curves() == before
    number_field(page, "population.noise").fill("0.9")
    page.keyboard.press("Enter")
    wrong.wait_for(state="hidden")
    seen.until("() => location.search.includes('population.noise=0.9')")


def test_a_refusal_of_the_program_is_said_with_the_way_out(server, watched):
    seen = watched()
    page = seen.page
    page.goto(f"{server}?preset=no-such-study")
    page.wait_for_selector("#trouble")
    assert page.inner_text("#trouble").count(".") >= 2
    with page.expect_navigation():
        page.click("#trouble a")
    seen.drawn()
    assert page.locator("#trouble").is_hidden()
    assert any("400" in line for line in seen.complaints)
    seen.complaints.clear()  # the browser's own line on a status of 400


def test_a_program_that_has_ended_is_said_plainly(server, watched):
    seen = watched()
    page = seen.open(server + PENALTY)
    seen.context.set_offline(True)
    slider(page, "population.noise").focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#lost")
    assert "The program that serves this page has ended; start it again with genloss explore." in page.inner_text(
        "#lost"
    )
    seen.context.set_offline(False)
    page.click("#lost button")
    page.wait_for_selector("#lost", state="hidden")
    seen.complaints.clear()  # the browser's own lines on a host that is not reached


def test_back_returns_to_the_question_before(server, watched):
    seen = watched()
    page = seen.open(server + PENALTY)
    first, curves = page.url, seen.curves()
    page.click("#chooser summary")
    page.fill("#search", "double descent")
    page.locator("#presets a", has_text=re.compile("descent|interpolat|features", re.I)).first.click()
    seen.until("() => page.view.preset === 'double-descent'")
    page.go_back()
    seen.until("() => page.view.preset === 'accumulation'")
    seen.drawn()
    assert page.url == first
    assert seen.curves() == curves


def test_without_theory_the_reason_stands_there_and_points_come(server, watched):
    seen = watched()
    page = seen.open(server + SILENT)
    assert page.locator("#none").is_visible()
    assert page.inner_text("#none").endswith(".")
    assert seen.points(10)["curves"]


def test_a_table_of_the_reader_shows_a_band_and_a_plan(server, watched):
    page = watched().open(server + "?preset=table")
    curve = page.evaluate("page.view.theory.curves[0]")
    assert all(low <= y <= high for low, y, high in zip(curve["low"], curve["y"], curve["high"], strict=True))
    assert page.locator("#plan-words p").count() >= 2
    assert page.locator("text=Save as a study").is_hidden()
    assert "forecast" in page.inner_text(".lede")
    assert "theory" not in page.inner_text("main").lower()


def test_the_table_holds_the_plotted_numbers(server, watched):
    seen = watched()
    page = seen.open(server + PENALTY)
    seen.points(10)
    seen.stop()
    page.click("#numbers summary")
    heads = page.locator("#table thead th").all_inner_texts()
    assert heads[0] == "generation"
    assert any("simulated mean" in head for head in heads)
    rows = page.locator("#table tbody tr").count()
    assert rows == len(seen.curves()[0]["x"])
    cell = float(page.locator("#table tbody tr").nth(8).locator("td").first.inner_text())
    assert cell == pytest.approx(seen.curves()[0]["y"][8], rel=1e-3)


DASHES = """() => {
  const [pen, dashes] = [drawn.plot.ctx, []];
  pen.stroke = () => dashes.push(pen.getLineDash().length);
  pen.setLineDash([2, 4]);
  drawPoints(drawn.plot);
  delete pen.stroke;
  return dashes;
}"""


def test_bars_are_whole_lines_also_after_a_dashed_curve(server, watched):
    seen = watched()
    page = seen.open(server + PENALTY)
    points = seen.points(10)["curves"]
    seen.stop()
    dashes = page.evaluate(DASHES)
    assert len(dashes) == 2 * len(points[0]["x"])
    assert set(dashes) == {0}


def test_pictures_are_saved(server, watched, tmp_path):
    seen = watched()
    page = seen.open(server + PENALTY)
    seen.points(10)
    seen.stop()
    for kind, begins in (("PNG", b"\x89PNG"), ("SVG", b"<svg")):
        with page.expect_download() as saved:
            page.click(f"text=Picture ({kind})")
        saved.value.save_as(tmp_path / kind)
        assert (tmp_path / kind).read_bytes().startswith(begins)
    picture = (tmp_path / "SVG").read_text()
    assert picture.count("<path") > len(seen.points(10)["curves"][0]["x"])
    assert "95 % error bars" in picture
    assert json.dumps(page.evaluate("page.view.query"))[1:-1].replace("&", "&amp;") in picture
