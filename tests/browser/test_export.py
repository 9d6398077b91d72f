"""Does an exported page work from a file, with no server and no network?"""

import json
import re
import subprocess
import sys

import pytest

from genloss.explore.views import changed

PRESET = "pi-squared-over-six"  # the cheapest whose sliders move
CASE = "beta"


@pytest.fixture(scope="module")
def exported(browser, tmp_path_factory):  # noqa: ARG001  without a browser nothing is exported
    """The path of an exported page, and what it holds."""
    path = tmp_path_factory.mktemp("export") / "page.html"
    command = [sys.executable, "-m", "genloss", "explore", "--export", str(path), "--preset", PRESET]
    subprocess.run(command, check=True, capture_output=True)
    block = re.search(r'<script type="application/json" id="export">(.*?)</script>', path.read_text(encoding="utf-8"))
    return path, json.loads(block.group(1))


@pytest.fixture
def alone(watched, exported):
    """The exported page, opened from its file with every way to a network cut."""
    seen = watched()
    seen.context.set_offline(True)
    seen.context.route(re.compile("^(?!file:)"), lambda route: route.abort())
    seen.open(exported[0].as_uri())
    return seen


def test_it_says_what_it_holds_and_asks_for_nothing(alone, exported):
    page, (path, kept) = alone.page, exported
    assert f"holds {len(kept['views'])} positions that were computed beforehand" in page.inner_text("#mark")
    assert alone.curves() == kept["views"][f"preset={PRESET}"]["theory"]["curves"]  # the study as it is
    assert alone.asked == [path.as_uri()]
    assert page.locator("#plot canvas").is_visible()


def values_of(kept, case, key):
    """All values that a control has in the views of a case."""
    views = [view for view in kept["views"].values() if view["case"] == case]
    return {control["value"] for view in views for control in view["controls"] if control["key"] == key}


def choose(alone, case):
    alone.page.select_option("#choose-case", case)
    alone.until("(name) => page.view.case === name && !page.resting", case)


def test_a_slider_snaps_to_what_was_computed(alone, exported):
    page, kept = alone.page, exported[1]
    choose(alone, CASE)
    before = alone.curves()
    page.locator("#control-generations-slider").focus()
    page.keyboard.press("End")
    alone.until("() => page.view.controls.find((one) => one.key === 'generations').moved && !page.resting")
    assert page.locator("#control-generations").input_value() == f"{max(values_of(kept, CASE, 'generations')):g}"
    assert alone.curves() != before
    assert alone.curves() == kept["views"][page.evaluate("page.view.query")]["theory"]["curves"]


def test_a_key_goes_to_the_next_position_that_is_held_and_says_what_changed(alone, exported):
    page, kept = alone.page, exported[1]
    choose(alone, CASE)
    moving = [control for control in page.evaluate("page.view.controls") if control["key"] in kept["controls"]]
    assert moving
    for control in moving:
        values = sorted(values_of(kept, CASE, control["key"]))
        now = page.evaluate("(key) => page.view.controls.find((one) => one.key === key).value", control["key"])
        up = values.index(now) + 1 < len(values)
        for key, step in (("ArrowRight", 1), ("ArrowLeft", -1)) if up else (("ArrowDown", -1), ("ArrowUp", 1)):
            before = page.evaluate("page.view")
            page.locator(f"#control-{control['key'].replace('.', '-')}-slider").focus()
            page.keyboard.press(key)
            wanted = values[values.index(now) + step]
            arrived = "([key, value]) => page.view.controls.find((one) => one.key === key).value === value"
            alone.until(f"(asked) => ({arrived})(asked) && !page.resting", [control["key"], wanted])
            assert page.inner_text("#changed") == changed(before, page.evaluate("page.view")) != ""
            now = wanted


def test_another_case_is_said(alone):
    choose(alone, CASE)
    assert alone.page.inner_text("#changed").endswith(f"case {CASE}.")


def test_what_does_not_move_stands_still(alone, exported):
    page, kept = alone.page, exported[1]
    choose(alone, CASE)
    for control in page.evaluate("page.view.controls"):
        field = page.locator(f"#control-{control['key'].replace('.', '-')}")
        assert field.is_disabled() == (len(values_of(kept, CASE, control["key"])) == 1)
    assert page.locator("text=Save as a study").count() == 0


def test_points_that_were_computed_beforehand_are_there(alone, exported):
    query = alone.page.evaluate("page.view.query")
    points = exported[1]["points"][query]
    assert alone.points(points["replicates"]) == {name: points[name] for name in ("replicates", "curves")}


def test_its_numbers_are_saved_without_a_server(alone, tmp_path):
    page = alone.page
    with page.expect_download() as saved:
        page.click("text=Data (CSV)")
    saved.value.save_as(tmp_path / "rows.csv")
    lines = (tmp_path / "rows.csv").read_text().splitlines()
    assert lines[0].startswith('"generation"')
    assert float(lines[1].split(",")[1]) == alone.curves()[0]["y"][0]
