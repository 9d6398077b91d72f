"""Does the site of the documentation hold together in a browser? Links, search, and no word to another host."""

import pytest
from helpers_site import built, served

pytest.importorskip("mkdocs", reason="mkdocs is not installed")

LISTED = "word => document.querySelector('.md-search-result__list').innerText.toLowerCase().includes(word)"
"""Whether the list of results has a word; it is made anew with each letter that is typed."""
CRAWL = """async (home) => {
  const parser = new DOMParser(), pages = new Map(), waiting = [home], broken = [], anchors = [];
  const files = new Set();
  while (waiting.length) {
    const address = waiting.pop();
    if (pages.has(address)) continue;
    const answer = await fetch(address);
    if (!answer.ok) { broken.push(address); pages.set(address, null); continue; }
    const page = parser.parseFromString(await answer.text(), "text/html");
    pages.set(address, new Set([...page.querySelectorAll("[id], a[name]")].map(each => each.id || each.name)));
    const links = [...page.querySelectorAll("a[href]")].map(each => [each.getAttribute("href"), true]);
    const sources = [...page.querySelectorAll("img[src], script[src]")].map(each => [each.getAttribute("src"), false]);
    for (const [text, isPage] of [...links, ...sources]) {
      const target = new URL(text, address);
      if (target.origin !== location.origin) continue;
      const fragment = decodeURIComponent(target.hash.slice(1));
      target.hash = "";
      if (isPage && target.pathname.match(/(\\/|\\.html)$/)) {
        waiting.push(target.href);
        if (fragment) anchors.push([address, target.href, fragment]);
      } else if (!files.has(target.href)) {
        files.add(target.href);
        if (!(await fetch(target.href, {method: "HEAD"})).ok) broken.push(address + " -> " + target.href);
      }
    }
  }
  for (const [from, to, fragment] of anchors)
    if (pages.get(to) && !pages.get(to).has(fragment)) broken.push(`${from} -> ${to}#${fragment}`);
  return {pages: [...pages.keys()], anchors: anchors.length, broken: [...new Set(broken)]};
}"""


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):  # noqa: ARG001  a machine without a browser builds no site for it
    with served(built(tmp_path_factory)) as address:
        yield address


@pytest.fixture
def page(browser, site):
    """A page that notes what it asks of other hosts, and what its scripts complain about."""
    opened = browser.new_page()
    opened.asked, opened.complaints = [], []
    opened.on("request", lambda request: opened.asked.append(request.url))
    opened.on("pageerror", lambda error: opened.complaints.append(str(error)))
    yield opened
    assert [address for address in opened.asked if not address.startswith((site, "blob:", "data:"))] == []
    assert opened.complaints == []
    opened.close()


def test_every_link_leads_to_a_page_and_its_place(page, site):
    page.goto(site + "index.html")
    found = page.evaluate(CRAWL, site + "index.html")
    assert found["broken"] == []
    assert len(found["pages"]) > 200
    assert found["anchors"] > 500


def test_a_link_that_leads_nowhere_is_seen(page, site, tmp_path_factory):
    wrong = built(tmp_path_factory) / "wrong.html"
    wrong.write_text('<a href="none.html">none</a><a href="index.html#no-such-place">nowhere</a>', encoding="utf-8")
    try:
        page.goto(site + "wrong.html")
        broken = page.evaluate(CRAWL, site + "wrong.html")["broken"]
    finally:
        wrong.unlink()
    assert broken == [f"{site}none.html", f"{site}wrong.html -> {site}index.html#no-such-place"]


def test_pages_are_readable_on_a_phone(page, site):
    """Nothing is wider than the screen but tables and code, which scroll by themselves."""
    page.set_viewport_size({"width": 360, "height": 800})
    for path in ("index.html", "tutorial/first-study.html", "reference/study/generator.html", "theory/workflows.html"):
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path


def test_the_search_finds_a_page(page, site):
    page.goto(site + "index.html")
    page.keyboard.press("/")
    page.keyboard.type("tolerance")
    page.wait_for_function(LISTED, arg="audit")


@pytest.mark.parametrize(
    ("typed", "found"), [("--keep-within", "genloss plan"), ("population.noise", "population"), ("keep-within", "plan")]
)
def test_the_search_finds_options_and_keys(page, site, typed, found):
    page.goto(site + "index.html")
    page.keyboard.press("/")
    page.keyboard.type(typed)
    page.wait_for_function(LISTED, arg=found)
