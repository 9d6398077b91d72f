"""Can everybody use the page: by keyboard, by ear, in the dark, on a telephone?"""

import pytest

axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe is not installed")

SMALL = "&generations=8&population.dim=20&workflow.rows=60&workflow.synthetic_rows=60"
PENALTY = f"?preset=accumulation&case=fixed+penalty{SMALL}"
LOOKS = {
    "telephone": (360, "light", PENALTY),
    "desk": (1100, "dark", PENALTY),
    "own rows": (1600, "light", "?preset=table"),
}


def violations(page):
    """What axe finds, in short."""
    found = axe.Axe().run(page).response["violations"]
    return [(each["id"], [node["target"] for node in each["nodes"]][:3]) for each in found]


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing(server, watched, look):
    """Between them all layouts, both sets of colors, and a table of the reader's own."""
    width, scheme, query = LOOKS[look]
    seen = watched(viewport={"width": width, "height": 800}, color_scheme=scheme)
    page = seen.open(server + query)
    page.click("#numbers summary")
    page.click("#chooser summary")
    assert violations(page) == []


def test_nothing_hangs_over_the_edge(server, watched):
    page = watched().open(server + PENALTY)
    for width in (360, 759, 760, 1500, 3840):
        page.set_viewport_size({"width": width, "height": 600})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.locator("#plot").bounding_box()["width"] >= 0.4 * width


def test_axe_finds_what_is_wrong(server, watched):
    """The negative control: pale words, and a field without a name."""
    page = watched().open(server + PENALTY)
    page.evaluate("document.querySelector('.lede').classList.add('pale')")
    page.evaluate("document.querySelector('.lede').style.color = '#ddd'")
    page.evaluate("find('controls').append(document.createElement('input'))")
    assert {name for name, _ in violations(page)} >= {"color-contrast", "label"}


def test_the_page_is_used_by_keyboard_alone(server, watched):
    """Every control is reached by the tab key, shows its sentence and where it is, and moves by arrow keys."""
    seen = watched()
    page = seen.open(server + PENALTY)
    keys = page.evaluate("page.view.controls.map((one) => one.key)")
    reached = set()
    for _ in range(80):
        page.keyboard.press("Tab")
        key = page.evaluate("document.activeElement.closest('.control')?.dataset.key ?? null")
        if key is None or key in reached:
            continue
        reached.add(key)
        assert page.locator(f'.control[data-key="{key}"] .hint').is_visible()
        assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    assert reached == set(keys)
    page.locator("#control-generator-penalty-slider").focus()
    page.keyboard.press("ArrowRight")
    assert page.locator('.control[data-key="generator.penalty"] .hint').is_visible()
    page.keyboard.press("Escape")
    assert page.locator('.control[data-key="generator.penalty"] .hint').is_hidden()
    seen.until("() => page.view.controls.find((one) => one.key === 'generator.penalty').moved")


def test_every_number_and_list_is_described(server, watched):
    page = watched().open(server + PENALTY)
    fields = page.locator("#controls input, #controls select")
    said = page.evaluate("page.view.controls.map((one) => one.says)")
    for at in range(fields.count()):
        of = fields.nth(at).get_attribute("aria-describedby").split()[0]
        assert page.locator(f"#{of}").text_content() in said


def test_what_changed_is_read_out_at_rest_alone(server, watched):
    seen = watched()
    page = seen.open(server + PENALTY)
    page.locator("#control-population-noise-slider").focus()
    page.keyboard.press("ArrowRight")
    assert page.get_attribute("#changed", "aria-busy") == "true"
    page.wait_for_selector("#changed[aria-busy=false]")
    assert page.get_attribute("#changed", "aria-live") == "polite"
    assert "noise" in page.inner_text("#changed")


def test_the_reader_chooses_dark_or_light(server, watched):
    page = watched(color_scheme="light").open(server + PENALTY)
    paper = "getComputedStyle(document.body).backgroundColor"
    light, ink = page.evaluate(paper), page.evaluate("color('0')")
    page.click("#theme")
    assert page.evaluate(paper) != light
    assert page.evaluate("color('0')") != ink
    page.click("#theme")
    assert page.evaluate(paper) == light


def test_a_simulation_can_be_stopped(server, watched):
    seen = watched()
    page = seen.open(f"{server}?preset=accumulation&case=fixed+penalty&generations=8")  # large enough to go on
    seen.points(10)
    page.click("#pause")
    many = page.evaluate("page.replicates")
    page.wait_for_timeout(700)
    assert page.evaluate("page.replicates") == many
    assert "Stopped" in page.inner_text("#simulation-status")
