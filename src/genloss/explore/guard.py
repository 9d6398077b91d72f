"""Which requests does the page answer at all? Those of a browser on this machine that has the page itself open."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from genloss.explore.said import problem_body

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

LONGEST = 8_192
"""Bytes of an address, its query among them."""
POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "object-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS: Sequence[tuple[bytes, bytes]] = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)
_FROM_HERE = ("none", "same-origin")


@dataclass(frozen=True, slots=True)
class Guard:
    """An application behind the checks of every request, with the headers of every answer. port: the one it is on."""

    app: App
    port: int

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request, or refuse it."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            refused = refusal(scope, self.port)
            guarded = _with_headers(scope["path"], send)
            if refused is None:
                await self.app(scope, receive, guarded)
            else:
                await _refuse(*refused, guarded)
        else:
            await send({"type": "websocket.close", "code": 1008})


def refusal(scope: Message, port: int) -> tuple[int, str, str] | None:
    """Return status, reason and mend of a request that is refused; None for one that is answered."""
    names = [f"127.0.0.1:{port}", f"localhost:{port}"]
    opened = f"open http://{names[0]}/ in a browser on this machine"
    if scope["method"] not in ("GET", "HEAD"):
        return 405, f"this page answers no {str(scope['method'])[:20]}", "use GET"
    if len(scope.get("raw_path") or b"") + len(scope.get("query_string") or b"") > LONGEST:
        return 414, f"the address is longer than {LONGEST:,} bytes", opened
    hosts = _all(scope, b"host")
    if len(hosts) != 1 or hosts[0].lower() not in names:
        return 403, "the request names another host than this page has", opened
    if any(origin.lower() not in [f"http://{name}" for name in names] for origin in _all(scope, b"origin")):
        return 403, "the request comes from a page of another address", opened
    if any(site.lower() not in _FROM_HERE for site in _all(scope, b"sec-fetch-site")):
        return 403, "the request comes from another site", opened
    return None


def _all(scope: Message, name: bytes) -> list[str]:
    """All values of a header, as text; what is no ASCII is no value that anybody allows."""
    return [value.decode("ascii", "replace") for key, value in scope["headers"] if key.lower() == name]


def _with_headers(path: str, send: Send) -> Send:
    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            own = {key for key, _ in HEADERS}
            kept = [(key, value) for key, value in message.get("headers", []) if key.lower() not in own]
            store = [(b"cache-control", b"no-store")] if path.startswith("/api") else [(b"cache-control", b"no-cache")]
            message = {**message, "headers": [*kept, *HEADERS, *store]}
        await send(message)

    return sent


async def _refuse(status: int, problem: str, mend: str, send: Send) -> None:
    body = problem_body(problem, mend)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
