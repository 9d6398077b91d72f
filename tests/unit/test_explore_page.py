"""The page's answers: curves, points to the last digit, saved studies, requests that are refused, and its end."""

import asyncio
import copy
import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from threading import Event, Timer

import numpy as np
import pytest
from helpers_slow_desk import SlowDesk

import genloss
from genloss import Problem, Study, predict
from genloss.cli.main import run_command
from genloss.explore.curves import Curve, believable
from genloss.explore.desk import Desk
from genloss.explore.export import held, page_of, values_of
from genloss.explore.guard import LONGEST
from genloss.explore.limits import is_compiled, is_short
from genloss.explore.pages import File, page_files
from genloss.explore.position import position_of
from genloss.explore.presets import Shelf, shipped_shelf
from genloss.explore.service import AT_ONCE, Explorer
from genloss.explore.simulations import PART, Points, ended, exact_enough, why_not
from genloss.explore.state import read_state
from genloss.explore.views import changed
from genloss.explore.workers import Busy, Crew, Left

httpx = pytest.importorskip("httpx", reason="it asks the page")
server = pytest.importorskip("genloss.explore.app", reason="the page needs genloss[explore]", exc_type=ImportError)

SMALL = """
question = "What does a small ridge regression lose?"
generations = 3
replicates = 30
seed = 5
[population]
kind = "linear_gaussian"
dim = 8
noise = 0.5
[workflow]
kind = "accumulate"
rows = 40
[generator]
kind = "ridge"
penalty = [0.01, 0.1, 1.0]
[[case]]
name = "all rows"
[[case]]
name = "new rows"
workflow = {kind = "replace", rows = 40}
"""
HERE = "http://127.0.0.1:8123"
FILES = {"index.html": File(b"<html></html>", "text/html"), "explore.js": File(b"1", "text/javascript")}


@pytest.fixture(scope="module")
def shelf(tmp_path_factory):
    place = tmp_path_factory.mktemp("explore") / "small.toml"
    place.write_text(SMALL)
    return shipped_shelf(place)


@pytest.fixture(scope="module")
def explorer(shelf):
    made = Explorer(Desk(shelf))
    yield made
    made.end()


@pytest.fixture(scope="module")
def client(explorer):
    return Client(server.app_of(explorer, FILES, 8123))


def alone(coroutine):
    """What a coroutine returns, on a thread of its own: a browser of other tests may keep a loop on this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


class Client:
    """Asks an application without a server."""

    def __init__(self, app):
        self.transport = httpx.ASGITransport(app)

    def request(self, method, path, headers=None, params=None):
        async def asked():
            async with httpx.AsyncClient(transport=self.transport, base_url=HERE, timeout=100) as client:
                return await client.request(method, path, headers=headers, params=params)

        return alone(asked())

    def get(self, path, **more):
        return self.request("GET", path, **more)

    def head(self, path):
        return self.request("HEAD", path)


def study_of(text):
    return Study.from_dict(tomllib.loads(text))


@pytest.mark.parametrize("x", ["", "&x=generation", "&x=population.noise", "&x=workflow.rows"])
def test_the_curves_are_the_predictions_of_the_saved_study(client, x):
    query = f"preset=small&generations=4{x}"
    view = client.get(f"/api/view?{query}").json()
    rows = predict(study_of(client.get(f"/api/study.toml?{query}").text)).rows
    shown = [y for curve in view["theory"]["curves"] for y in curve["y"]]
    assert sorted(shown) == sorted(row.value for row in rows)
    assert len(shown) == len(rows) > 4
    for curve in view["theory"]["curves"]:
        assert curve["x"] == sorted(curve["x"])


def test_a_grids_axis_is_what_its_curves_run_along(client):
    view = client.get("/api/view?preset=small").json()
    assert view["x"] == "generator.penalty"
    assert view["theory"]["curves"][0]["x"] == [0.01, 0.1, 1.0]
    assert [curve["label"] for curve in view["theory"]["curves"]] == [f"generation {g}" for g in range(4)]
    control = next(each for each in view["controls"] if each["key"] == "generator.penalty")
    assert (control["value"], control["moved"]) == (0.1, False)


def events(client, query):
    text = client.get(f"/api/simulation?{query}").text
    pairs = [part.split("\n") for part in text.strip().split("\n\n")]
    return [(kind.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for kind, data in pairs]


def test_points_are_those_of_genloss_simulate_to_the_last_digit(client, tmp_path):
    query = "preset=small&case=new+rows&x=generation&generations=2"
    said = events(client, query)
    counts = [points["replicates"] for kind, points in said if kind == "points"]
    assert counts[:3] == [10, 20, 40]
    assert said[-1][0] == "end"
    for kind, points in said[:3]:
        assert kind == "points"
        study = study_of(client.get(f"/api/study.toml?{query}&replicates={points['replicates']}").text)
        rows = genloss.simulate(study, workers=1).rows
        assert points["curves"][0]["y"] == [row.value for row in rows]
        assert points["curves"][0]["standard_error"] == [row.standard_error for row in rows]
    place = tmp_path / "saved.toml"
    place.write_text(client.get(f"/api/study.toml?{query}&replicates=20").text)
    assert run_command(["run", str(place), "--out", str(tmp_path / "out"), "--quiet"]) == 0
    rows = json.loads((tmp_path / "out" / "rows.json").read_text())["rows"]
    run = [row["value"] for row in rows if row["method"] == "simulation"]
    assert run == said[1][1]["curves"][0]["y"]


def test_data_have_the_same_numbers(client):
    query = "preset=small&case=new+rows&x=generation"
    whole = client.get(f"/api/data.json?{query}&replicates=10").json()
    theory = [row["value"] for row in whole["rows"] if row["method"] == "theory"]
    assert theory == client.get(f"/api/view?{query}").json()["theory"]["curves"][0]["y"]
    assert sum(row["method"] == "simulation" for row in whole["rows"]) == len(theory)
    lines = client.get(f"/api/data.csv?{query}").text.splitlines()
    assert len(lines) == len(theory) + 1


def test_what_changed_is_said_in_one_sentence(client):
    before = "preset=small&x=generation"
    asked = {"preset": "small", "x": "generation", "population.noise": "1", "before": before}
    said = client.get("/api/view", params=asked).json()["changed"]
    pattern = (
        r"The label noise went from 0\.5 to 1: the excess risk at generation 3 rises from [\d.]+ to [\d.]+ \(theory, "
    )
    assert re.match(pattern, said), said
    assert client.get(f"/api/view?{before}").json()["changed"] == ""
    one, other = (client.get(f"/api/view?preset={name}").json() for name in ("small", "doubling"))
    assert changed(one, other) == ""
    assert changed(one, one) == ""
    now = client.get("/api/view?preset=small").json()
    assert changed(client.get(f"/api/view?{before}").json(), now) == (
        ""
        if now["x"] == "generation"
        else f"Now shown: excess risk by {now['axes']['x']['label']}, case {now['case']}."
    )


def test_numbers_that_differ_are_written_so_that_they_differ():
    def view(value, noise=0.5, *, x=5.0):
        control = {"key": "population.noise", "label": "label noise", "value": noise, "moved": True, "choices": None}
        curve = {"label": "", "x": [x], "y": [value], "status": "exact"}
        axes = {"x": {"label": "generation"}, "y": {"label": "excess risk: a mean"}}
        shown = {"preset": "a", "case": "b", "metric": "c", "x": "generation"}
        return shown | {"controls": [control], "axes": axes, "theory": {"curves": [curve]}}

    first = view(12.46)
    for now, said in {
        "falls from 12.54 to 12.46": (view(12.54), first),
        "stays at 12.5": (first, view(12.46, 0.6)),
        "barely changes from 12.5": (first, view(12.461, 0.6)),
        "is 12.5 at generation 6 as at generation 5": (first, view(12.46, 0.6, x=6.0)),
        "from 0.5 to 0.50001": (first, view(13.0, 0.50001)),
    }.items():
        before, after = said
        if before["controls"][0]["value"] == after["controls"][0]["value"]:
            after = {**after, "controls": [{**after["controls"][0], "value": 0.7}]}
        assert now in changed(before, after), changed(before, after)


def test_points_end_when_no_more_can_be_seen():
    flat = Curve("", (0.0, 1.0), (1.0, 2.0), error=(PART, PART))
    assert exact_enough([flat], [1.0, 2.0])
    assert not exact_enough([Curve("", (0.0, 1.0), (1.0, 2.0), error=(PART, 1.01 * PART))], [1.0, 2.0])
    high = Curve("", (0.0, 1.0), (1.0, 100.0), error=(0.99 * PART * np.log(100), 0.99 * 100 * PART * np.log(100)))
    assert exact_enough([high], [])  # a logarithmic axis: errors count beside their values
    assert not exact_enough([Curve("", (0.0,), (1.0,), error=(None,))], [1.0])
    many = Points(20_480, (Curve("", (0.0, 1.0), (1.0, 2.0), error=(1.0, 1.0)),))
    assert "20,480" in ended(many, [], 0.0)
    assert ended(Points(10, many.curves), [], 0.0) is None
    assert "seconds" in ended(Points(10, many.curves), [], 61.0)


def test_code_that_a_study_names_is_never_executed(shelf):
    desk = Desk(shelf)
    for name in ("bigram-command-on-real-text", "network-goes-on"):
        study = position_of(shelf, read_state(f"preset={name}")[0]).study
        assert why_not(study, "object") is not None
        view = desk.view(read_state(f"preset={name}")[0])
        assert view["simulation"]["possible"] is False
        with pytest.raises(Problem):
            next(desk.points(read_state(f"preset={name}")[0], [], Event()))


def test_simulations_are_few_at_a_time_and_end_with_their_reader(explorer):
    query = "preset=accumulation&case=fixed+penalty%2C+power+law&generations=64"
    explorer.view(query)
    left = [Event() for _ in range(AT_ONCE)]
    running = [explorer.points(query, each) for each in left]
    assert explorer.simulation.free.empty()
    with pytest.raises(Busy):
        explorer.points(query, Event())
    for points, each in zip(running, left, strict=True):
        next(points)
        each.set()
        with pytest.raises(Left):
            for _ in points:
                pass
    assert explorer.simulation.free.qsize() == AT_ONCE


def test_a_simulation_that_nobody_reads_leaves_its_process_to_others(explorer):
    for _ in range(3 * AT_ONCE):
        explorer.points("preset=small", Event())  # its reader left before anybody asked for the first point
        assert explorer.simulation.free.qsize() == AT_ONCE
    points = explorer.points("preset=small", Event())
    next(points)
    del points
    assert explorer.simulation.free.qsize() == AT_ONCE
    assert next(explorer.points("preset=small", Event()))["replicates"] == 10


def test_a_picture_that_takes_too_long_is_given_up(shelf):
    slow = Explorer(SlowDesk(shelf))
    with pytest.raises(Problem, match="was ended"):
        slow.theory.answer("view", read_state("preset=small&population.noise=1.5")[0], seconds=0.01)
    assert slow.theory.free.qsize() == AT_ONCE
    assert slow.theory.answer("view", read_state("preset=small")[0], seconds=60)["preset"] == "small"
    slow.end()


def left_at_once(app, path, query):
    """Ask for an address and close the connection at once; return the status of what nobody reads."""
    head = {"type": "http", "method": "GET", "path": path, "raw_path": path.encode(), "query_string": query.encode()}
    asked = [{"type": "http.request", "body": b"", "more_body": False}]
    said = []

    async def receive():
        return asked.pop() if asked else {"type": "http.disconnect"}

    async def send(message):
        said.append(message)

    async def ask():
        await app({**head, "headers": [(b"host", b"127.0.0.1:8123")]}, receive, send)

    alone(ask())
    return said[0]["status"]


def test_a_view_that_nobody_waits_for_frees_its_process(shelf, monkeypatch):
    """More of them than there are processes: each would take hours, and the next reader waits for none of them."""
    monkeypatch.setattr("genloss.explore.service.is_short", lambda _: False)
    slow = Explorer(SlowDesk(shelf))
    app = server.app_of(slow, FILES, 8123)
    for noise in (1.5, 1.6, 1.7):
        assert left_at_once(app, "/api/view", f"preset=small&population.noise={noise}") == 499
        assert slow.theory.free.qsize() == AT_ONCE
    assert Client(app).get("/api/view?preset=small").json()["preset"] == "small"
    slow.end()


def test_who_asks_while_all_compute_waits_for_a_turn(explorer):
    crew = Crew(explorer.desk, 1)
    held = crew.free.get()
    with pytest.raises(Busy):
        crew.answer("view", read_state("preset=small")[0], seconds=0.2)
    left = Event()
    left.set()
    with pytest.raises(Left):
        crew.answer("view", read_state("preset=small")[0], seconds=60, left=left)
    later = Timer(0.5, lambda: crew.free.put(held))
    later.start()
    assert crew.answer("view", read_state("preset=small")[0], seconds=60)["preset"] == "small"
    later.join()
    crew.end()


def test_what_is_prepared_is_what_long_chains_are_followed_by(explorer):
    """One call prepares all: a page's chains, whatever reuses rows, need nothing else that is compiled."""
    from genloss.theory.reuse.compiled import follow

    assert list(explorer.desk.prepare())[-1]
    before = list(follow.signatures)
    assert len(before) == 1
    for kind in ("accumulate", "window&workflow.keep=4", "accumulate_subsample"):
        explorer.desk.view(read_state(f"preset=accumulation&x=generation&workflow.kind={kind}")[0])
    assert list(follow.signatures) == before


def test_formulas_that_are_compiled_hold_nobody_up_who_needs_none(shelf):
    """No chain that reuses rows is followed in the process that answers everybody."""
    kinds = {"accumulate": (True, False), "window": (True, False), "replace": (False, True)}
    for kind, expected in kinds.items():
        position = position_of(shelf, read_state(f"preset=small&workflow.kind={kind}")[0])
        assert (is_compiled(position), is_short(position)) == expected
    page = Explorer(Desk(shelf))
    page.prepared.begun = True  # and not there yet
    assert page.view("preset=small&workflow.kind=replace")["theory"]["curves"]
    left = Timer(0.3, (gone := Event()).set)
    left.start()
    with pytest.raises(Left):
        page.view("preset=small&workflow.kind=accumulate", gone)
    with pytest.raises(Problem, match="still being compiled"):
        page.prepared.wait(time.monotonic(), None)
    left.join()


def test_a_worker_prepares_while_the_other_answers(shelf):
    page, said = Explorer(Desk(shelf)), []
    page.prepared.begin(page.theory, said.append)
    assert page.view("preset=small&workflow.kind=accumulate")["theory"]["curves"]
    assert page.prepared.there.is_set()
    assert len(said) <= 1
    page.end()


REFUSED = [
    (405, "POST", "/", {}),
    (405, "DELETE", "/api/view", {}),
    (403, "GET", "/", {"host": "evil.example"}),
    (403, "GET", "/api/view", {"host": "127.0.0.1:9"}),
    (403, "GET", "/api/view", {"host": "127.0.0.1"}),
    (403, "GET", "/api/view", {"host": "127.0.0.1:8123.evil.example"}),
    (403, "GET", "/api/view", {"origin": "http://evil.example"}),
    (403, "GET", "/api/view", {"origin": "null"}),
    (403, "GET", "/api/view", {"origin": "http://127.0.0.1:8124"}),
    (403, "GET", "/api/view", {"sec-fetch-site": "cross-site"}),
    (403, "GET", "/api/view", {"sec-fetch-site": "same-site"}),
    (414, "GET", "/api/view?preset=" + "a" * LONGEST, {}),
    (404, "GET", "/docs", {}),
    (404, "GET", "/openapi.json", {}),
    (404, "GET", "/static/../app.py", {}),
    (404, "GET", "/static/%2e%2e/app.py", {}),
    (404, "GET", "/static/..%2fapp.py", {}),
    (404, "GET", "/static//etc/passwd", {}),
    (404, "GET", "/static/%00", {}),
    (404, "GET", "/static/vendor/README.md", {}),
    (404, "GET", "/api/", {}),
    (400, "GET", "/api/view?preset=..%2f..%2fpyproject", {}),
    (400, "GET", "/api/study.toml?preset=small&population.file=x", {}),
    (400, "GET", "/api/data.json?preset=small&replicates=1e9", {}),
    (400, "GET", "/api/data.json?preset=small&replicates=nan", {}),
    (400, "GET", "/api/simulation?preset=network-goes-on", {}),
]


@pytest.mark.parametrize(("status", "method", "path", "headers"), REFUSED)
def test_what_no_page_of_ours_asks_is_refused(client, status, method, path, headers):
    answer = client.request(method, path, headers=headers)
    assert answer.status_code == status
    assert set(answer.json()) == {"problem", "mend"}
    guarded(answer)


def guarded(answer):
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'self'")
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


def test_what_a_page_of_ours_asks_is_answered(client):
    for path in ("/", "/static/explore.js", "/api/presets", "/api/view?preset=small"):
        for headers in ({}, {"host": "localhost:8123"}, {"origin": HERE, "sec-fetch-site": "same-origin"}):
            answer = client.get(path, headers=headers)
            assert answer.status_code == 200, answer.text
            guarded(answer)
            assert client.head(path).status_code == 200
    assert client.get("/api/view?preset=small").headers["cache-control"] == "no-store"


def test_two_hosts_in_one_request_are_refused(client):
    headers = [("host", "127.0.0.1:8123"), ("host", "evil.example")]
    assert client.get("/", headers=headers).status_code == 403


def test_every_preset_has_a_title_in_words_and_its_cases(client):
    listed = client.get("/api/presets").json()["presets"]
    assert listed[0]["name"] == "small"
    assert all(each["title"].endswith("?") for each in listed)
    assert "arXiv 2402.07712" in next(each for each in listed if each["name"] == "double-descent")["source"]


def test_pages_of_the_package_are_its_own_files_alone():
    files = page_files()
    assert all(not name.startswith(("/", ".")) and ".." not in name for name in files)
    assert {"index.html", "explore.js", "explore.css"} <= set(files)


def test_an_exported_page_holds_its_positions_and_asks_no_network(shelf):
    explorer = Explorer(Desk(Shelf({"small": shelf.paths["small"]})))
    kept = held(explorer, ["small"])
    assert set(kept.controls) == {"workflow.rows", "population.noise"}
    assert {view["case"] for view in kept.views.values()} == {"all rows", "new rows"}
    for query, view in list(kept.views.items())[:3]:
        assert explorer.view(query)["theory"]["curves"] == view["theory"]["curves"]
    assert len(kept.points) == 2
    page = page_of(page_files(), kept)
    data = json.loads(re.search(r'<script type="application/json" id="export">(.*?)</script>', page, re.S)[1])
    assert data["views"].keys() == kept.views.keys()
    assert "static/" not in page.split('id="export"')[0]
    assert not re.search(r'(src|href)="(https?:|//|static)', page)
    assert page == page_of(page_files(), held(Explorer(Desk(explorer.desk.shelf)), ["small"]))  # the same bytes again


def test_values_of_a_control_are_on_its_way_and_where_the_study_has_it(shelf):
    position = position_of(shelf, read_state("preset=small")[0])
    rows = [float(text) for text in values_of(position.by_key["workflow.rows"], 5)]
    assert rows == [10.0, 40.0, 100.0, 1000.0, 10_000.0, 100_000.0]


@pytest.mark.parametrize("lost", [None, BrokenPipeError()])
def test_to_be_told_to_end_is_an_interrupt_whatever_became_of_it(shelf, monkeypatch, lost):
    from genloss.explore import serve

    def run(self, sockets):
        del sockets
        self.should_exit = True
        if lost is not None:
            raise lost

    monkeypatch.setattr(serve._Server, "run", run)
    with pytest.raises(KeyboardInterrupt):
        serve.serve(Explorer(Desk(shelf)), 0, lambda _: None)


@pytest.fixture
def serving(tmp_path):
    """A process that serves the page, its address, and how it is told to end."""
    place = tmp_path / "small.toml"
    place.write_text(SMALL)
    command = [sys.executable, "-m", "genloss", "explore", str(place), "--no-browser", "--port", "0"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1", "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, start_new_session=True
    ) as process:
        try:
            yield process, re.search(r"http://127\.0\.0\.1:\d+", process.stdout.readline())[0]
        finally:
            process.kill()


def test_a_real_server_answers_this_machine_and_ends_when_it_is_interrupted(serving):
    process, address = serving
    with httpx.Client(base_url=address, timeout=60) as client:
        assert client.get("/api/presets").json()["presets"][0]["name"] == "small"
        assert client.get("/api/presets", headers={"host": "evil.example"}).status_code == 403
        with client.stream("GET", "/api/simulation?preset=small&x=generation") as stream:
            assert next(stream.iter_text()).startswith("event: points")
        with client.stream("GET", "/api/simulation?preset=small&x=generation&population.noise=2") as stream:
            next(stream.iter_text())
            begun = time.monotonic()
            process.send_signal(signal.SIGINT)
            assert process.wait(30) == 130
            assert time.monotonic() - begun < 30
    assert "Traceback" not in process.stderr.read()


def test_an_export_replaces_its_like_and_nothing_else(shelf, tmp_path, capsys):
    study, place = str(shelf.paths["small"]), tmp_path / "page.html"
    assert run_command(["explore", study, "--export", str(place)]) == 0
    first = place.read_bytes()
    assert run_command(["explore", study, "--export", str(place)]) == 0
    assert place.read_bytes() == first
    assert run_command(["explore", "--export", str(place), "--preset", "golden-weights"]) == 2
    assert "answers something else" in capsys.readouterr().err
    assert place.read_bytes() == first


MISTAKES = {
    "is not a study (.toml)": ["rows.csv"],
    "and no --target is given": ["--levels", "5"],
    "names a column, and no table is given": ["--target", "y"],
    "goes with --export only": ["--preset", "doubling"],
    "a table cannot be exported": ["rows.csv", "--target", "y", "--export", "a.html"],
    "did you mean doubling": ["--export", "a.html", "--preset", "doublin"],
    "no such page format": ["--export", "a.pdf"],
    "no such file": ["nowhere.toml"],
}


@pytest.mark.parametrize("said", MISTAKES)
def test_a_mistake_is_told_before_any_work(said, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert run_command(["explore", *MISTAKES[said]]) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_missing_extra_is_named_by_the_way_to_get_it(monkeypatch, capsys):
    import importlib.util

    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "fastapi" else real(name, *a))
    assert run_command(["explore", "--no-browser"]) == 2
    assert 'pip install "genloss[explore]"' in capsys.readouterr().err


def test_a_port_that_is_taken_is_left_for_a_free_one():
    from genloss.explore.serve import HOST, bound

    first = bound(0)
    taken = first.getsockname()[1]
    first.listen()
    second = bound(taken)
    assert second.getsockname()[0] == HOST
    assert second.getsockname()[1] not in (0, taken)
    first.close()
    second.close()


@pytest.fixture(scope="module")
def on_table(tmp_path_factory):
    from genloss.cli.table_read import table_read
    from genloss.explore.tables import OnTable
    from genloss.streams import stream

    draws = stream(3, "explore", "table").normal(size=(60, 3))
    lines = [f"{a:.4f},{b:.4f},{a - b + 0.5 * e:.4f}" for a, b, e in draws.tolist()]
    place = tmp_path_factory.mktemp("table") / "rows.csv"
    place.write_text("a,b,y\n" + "\n".join(lines) + "\n")
    reading = {"target": "y"}
    read, kind = table_read(place, reading, None, None, 0, where="y", quiet=True)
    explorer = Explorer(Desk(shipped_shelf(), OnTable("rows.csv", read, kind)))
    yield explorer, read
    explorer.end()


def test_a_tables_curve_is_its_forecast(on_table):
    from genloss.advise.forecasts.from_rows import forecast_table

    explorer, read = on_table
    view = explorer.view("model.kind=ridge&model.penalty=0.3&workflow.kind=window&workflow.keep=3&generations=4")
    assert view["preset"] == "table"
    found = forecast_table(
        {"kind": "ridge", "penalty": 0.3}, read, workflow="window keep=3", generations=4, replicates=100
    )
    curve = view["theory"]["curves"][0]
    for name, mine in (("y", found.risk), ("low", found.low), ("high", found.high)):
        assert curve[name] == mine.tolist()
    assert view["answer"] == found.answer()
    assert view["plan"][0].startswith("Asked: mean excess risk at most 1.1 times")
    again = explorer.view(view["query"])
    assert again["query"] == view["query"]
    assert explorer.presets()["presets"][0]["name"] == "table"


def test_what_a_move_did_to_a_forecast_is_said_beside_chance_and_what_it_begins_with(on_table):
    explorer, _ = on_table
    small, big = "generations=2&workflow.kind=accumulate", "generations=2&workflow.rows=61"
    here, there = (explorer.view(f"preset=table&{query}") for query in ("generations=2", big))
    ends = [view["theory"]["curves"][0] for view in (here, there)]
    said = changed(here, there)
    for end in ends:
        assert f"{end['y'][-1]:.3g} (standard error {end['standard_error'][-1]:.2g})" in said
    assert "by simulation at generation 2 goes from" in said
    apart_by = abs(ends[0]["y"][-1] - ends[1]["y"][-1])
    assert apart_by < 2 * (ends[0]["standard_error"][-1] ** 2 + ends[1]["standard_error"][-1] ** 2) ** 0.5
    assert "this is within chance" in said
    assert "Otherwise than before: Generation 0 is fitted to rows drawn anew" in said
    assert here["theory"]["note"] == ""
    assert there["theory"]["note"].endswith("it asks for 61 rows, and 60 were given.")
    later = changed(here, explorer.view("preset=table&generations=3"))
    assert re.search(r"from [\d.]+ at generation 2 \(standard error [\d.]+\) to [\d.]+ at generation 3 \(", later)
    other = changed(here, explorer.view(f"preset=table&{small}"))
    assert "Otherwise than before" not in other
    surely = changed(here, explorer.view("preset=table&generations=2&workflow.rows=10"))
    assert "more than chance" in surely


@pytest.mark.parametrize(("apart", "word"), [(1.9, "this is within chance"), (2.1, "this is more than chance")])
def test_chance_ends_at_two_standard_errors_of_the_difference(on_table, apart, word):
    explorer, _ = on_table
    here, there = (copy.deepcopy(explorer.view(query)) for query in ("preset=table", "preset=table&paths=400"))
    first, last = (view["theory"]["curves"][-1] for view in (here, there))
    first["standard_error"][-1], last["standard_error"][-1] = 0.03, 0.04  # 0.05 of the difference
    first["y"][-1], last["y"][-1] = 1.0, 1.0 + 0.05 * apart
    assert word in changed(here, there)


def test_a_table_is_no_study_and_names_no_file(on_table):
    explorer, _ = on_table
    for ask in (explorer.study_text, lambda query: explorer.points(query, Event())):
        with pytest.raises(Problem):
            ask("preset=table")
    for query in ("preset=table&population.file=x", "preset=table&model.kind=python", "preset=table&x=generations"):
        with pytest.raises(Problem):
            explorer.view(query)
    assert explorer.view("preset=closed-loop")["preset"] == "closed-loop"


def test_theory_that_may_be_off_by_more_than_the_picture_is_not_drawn():
    sure = Curve("sure", (0.0, 1.0), (1.0, 2.0), "asymptotic", (0.1, 2.9))
    wild = Curve("wild", (0.0, 1.0), (1.5, 1.6), "asymptotic", (0.1, 3.1))
    one, other = believable([sure, wild])
    assert one == sure
    assert other.y == (1.5, None)
    shown = other.theory(1.45)
    assert shown["low"] == [1.45, None]  # a metric is never below its lowest value
    assert shown["high"] == [1.6, None]
    assert believable([]) == []
