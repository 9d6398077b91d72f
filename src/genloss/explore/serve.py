"""How is the page served? On this machine alone, on the port that is asked for, or on one that is free."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from genloss.explore.app import app_of
from genloss.explore.pages import page_files
from genloss.explore.service import Explorer

HOST = "127.0.0.1"
"""The page cannot be served to other machines: whoever reaches it may have any of its positions computed."""


def bound(port: int) -> socket.socket:
    """Return a socket of this machine alone: on the port, or on a free one where it is taken or 0."""
    for each in (port, 0):
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listening.bind((HOST, each))
        except OSError:
            listening.close()
            continue
        return listening
    raise OSError("no port is free")


def serve(explorer: Explorer, port: int, ready: Callable[[str], object]) -> None:
    """Serve the page until it is interrupted: a `KeyboardInterrupt`. ready: called with the address once it answers."""
    listening = bound(port)
    taken = int(listening.getsockname()[1])
    app = app_of(explorer, page_files(), taken)
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        lifespan="off",
        limit_concurrency=64,
        h11_max_incomplete_event_size=16_384,
    )
    server = _Server(config, lambda: ready(f"http://{HOST}:{taken}/"))
    explorer.begin()
    try:
        server.run(sockets=[listening])
    except BrokenPipeError:  # a reader that went away while the server was told to end
        if not server.should_exit:
            raise
    finally:
        listening.close()
        explorer.end()
    if server.should_exit:  # which only a signal asks for; what it raised may have been lost on the way
        raise KeyboardInterrupt


class _Server(uvicorn.Server):
    """uvicorn's server, which says when it answers."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], object]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets=sockets)
        self._ready()
