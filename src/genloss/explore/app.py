"""Which address of the page leads to which answer? Routes, and how answers and errors are sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.responses import StreamingResponse
from starlette.middleware.gzip import GZipMiddleware

from genloss.errors import Problem
from genloss.explore.guard import Guard
from genloss.explore.pages import Files
from genloss.explore.said import body_of, body_of_problem, problem_body
from genloss.explore.service import AT_ONCE, Explorer
from genloss.explore.workers import Busy, Left

_JSON = "application/json"
T = TypeVar("T")
_THREADS = 4 * AT_ONCE + 8  # answers at a time, most of which wait for a process of their own
_LOOK = 0.2  # seconds between two looks at whether the reader is still there
_BUSY = problem_body("as much is computed as this machine may", "wait a moment, or close other pages of genloss")
_BUG = problem_body("this is a bug in genloss, not in your request", "the terminal shows it: please report it")
_NOT_HERE = problem_body("nothing has this address", "open the page without a path")


def app_of(explorer: Explorer, files: Files, port: int) -> Guard:
    """Return the application behind its guard. port: the one it is reached on, which every request must name."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    pool = ThreadPoolExecutor(max_workers=_THREADS, thread_name_prefix="genloss")

    async def answered(request: Request, make: Callable[[Event], Response]) -> Response:
        left = Event()
        coming = asyncio.get_running_loop().run_in_executor(pool, partial(_sent, partial(make, left)))
        try:
            return await _waited(coming, request, left)
        finally:
            left.set()

    def query(request: Request) -> str:
        return str(request.url.query)

    @app.get("/")
    async def page() -> Response:
        return _file(files, "index.html")

    @app.get("/static/{name:path}")
    async def static(name: str) -> Response:
        return _file(files, name)

    @app.get("/api/presets")
    async def presets(request: Request) -> Response:
        return await answered(request, lambda _: Response(body_of(explorer.presets()), media_type=_JSON))

    @app.get("/api/view")
    async def view(request: Request) -> Response:
        return await answered(
            request, lambda left: Response(body_of(explorer.view(query(request), left)), media_type=_JSON)
        )

    @app.get("/api/study.toml")
    async def study(request: Request) -> Response:
        return await answered(
            request,
            lambda _: Response(
                explorer.study_text(query(request)), media_type="application/toml", headers=_named("study.toml")
            ),
        )

    async def data(request: Request, ending: str, kind: str) -> Response:
        return await answered(
            request,
            lambda left: Response(
                explorer.data(query(request), ending, left), media_type=kind, headers=_named(f"data{ending}")
            ),
        )

    @app.get("/api/data.csv")
    async def csv(request: Request) -> Response:
        return await data(request, ".csv", "text/csv")

    @app.get("/api/data.json")
    async def json(request: Request) -> Response:
        return await data(request, ".json", _JSON)

    @app.get("/api/simulation")
    async def simulation(request: Request) -> Response:
        stop = Event()
        begun: list[Iterator[Mapping[str, Any]]] = []

        def begin() -> Response:
            begun.append(explorer.points(query(request), stop))
            return Response()

        coming = asyncio.get_running_loop().run_in_executor(pool, partial(_sent, begin))
        refused = await _waited(coming, request, stop)
        if not begun:
            return refused
        return StreamingResponse(_events(begun[0], request, stop, pool), media_type="text/event-stream")

    for route in app.routes:
        methods = getattr(route, "methods", None)
        if methods is not None:
            methods.add("HEAD")

    @app.exception_handler(404)
    async def not_here(_: Request, __: Exception) -> Response:
        return Response(_NOT_HERE, 404, media_type=_JSON)

    return Guard(GZipMiddleware(app, minimum_size=1000, compresslevel=5), port)


def _named(name: str) -> Mapping[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"'}


def _file(files: Files, name: str) -> Response:
    found = files.get(name)
    if found is None:
        return Response(_NOT_HERE, 404, media_type=_JSON)
    return Response(found.content, media_type=found.kind)


def _sent(make: Callable[[], Response]) -> Response:
    """Return an answer, or the answer to a problem: 400, or 413 where it is too much, or 429 where it is too early."""
    try:
        return make()
    except Problem as problem:
        return Response(body_of_problem(problem), 413 if problem.where == "position" else 400, media_type=_JSON)
    except Left:  # nobody reads it
        return Response(status_code=499)
    except Busy:
        return Response(_BUSY, 429, media_type=_JSON)
    except MemoryError:
        much = problem_body("there is not enough memory here", "move features, rows or generations down")
        return Response(much, 413, media_type=_JSON)
    except Exception:
        import traceback

        traceback.print_exc()
        return Response(_BUG, 500, media_type=_JSON)


async def _waited(coming: asyncio.Future[T], request: Request, left: Event) -> T:
    """Wait for what is computed; set `left` as soon as the reader has gone, which ends it."""
    while not coming.done():
        await asyncio.wait({coming}, timeout=_LOOK)
        if not coming.done() and await request.is_disconnected():
            left.set()
    return coming.result()


async def _events(
    points: Iterator[Mapping[str, Any]], request: Request, stop: Event, pool: ThreadPoolExecutor
) -> AsyncIterator[bytes]:
    """Send points as they come; stop the work as soon as the reader has left."""
    loop = asyncio.get_running_loop()
    try:
        while True:
            coming = loop.run_in_executor(pool, _next, points)
            event = await _waited(coming, request, stop)
            if event is None:
                return
            yield event
    finally:
        stop.set()
        loop.run_in_executor(pool, _closed, points)


def _next(points: Iterator[Mapping[str, Any]]) -> bytes | None:
    """Return the next event as it is sent, None at the end."""
    try:
        found = next(points, None)
    except Left:
        return None
    except Problem as problem:
        return _event("problem", body_of_problem(problem))
    if found is None:
        return None
    return _event("end" if "why" in found else "points", body_of(found))


def _closed(points: Any) -> Any:
    """End a simulation that is left, once no other thread waits for its next point; `stop` is set."""
    while True:
        try:
            return points.close()
        except ValueError:
            time.sleep(_LOOK)


def _event(kind: str, data: bytes) -> bytes:
    return b"event: " + kind.encode() + b"\ndata: " + data + b"\n\n"
