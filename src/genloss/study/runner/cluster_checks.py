"""Can the workers of a cluster do this work? The same versions, the same folder: asked before any of it."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from genloss.errors import Problem
from genloss.results.files import checked_folder
from genloss.study.runner.cluster_worker import Probe, unlike, versions

_MOST = 3  # workers that a message names


def refuse_unlike(client: Any, address: str, seconds: float) -> None:
    """Refuse a cluster without workers, or with some that have other versions of what moves numbers."""
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError as error:
        mend = f"start some: `dask worker {address}` on each machine"
        raise Problem(f"scheduler {address}", f"has no workers, also not after {seconds:.0f} seconds", mend) from error
    wanted = versions()
    found = client.run(versions, on_error="return")
    wrong = {worker: why for worker, each in found.items() if (why := _unlike(each, wanted))}
    _refuse(wrong, address, "install the same there as here, e.g. from one lock file or image, and start them again")


def _unlike(found: Any, wanted: Mapping[str, str]) -> str:
    if isinstance(found, BaseException):
        said = f"{type(found).__name__}: {found}"  # dask hands an ImportError of the worker on as a plain Exception
        missing = "ModuleNotFoundError" in said or "ImportError" in said
        return f"{'has no genloss that can be loaded' if missing else 'does not answer'}: {said}"
    different = unlike(found, wanted)
    return f"has {different}" if different else ""


@contextmanager
def probed(client: Any, address: str, store: Path | None) -> Iterator[Probe | None]:
    """Leave a file in the store's folder while work goes on, and refuse workers that do not see it."""
    if store is None:
        yield None
        return
    probe = Probe(checked_folder(store), secrets.token_hex(8))
    probe.write()
    try:
        found = client.run(Probe.refused, probe, on_error="return")
        wrong = {worker: str(each) for worker, each in found.items() if each}
        _refuse(wrong, address, "give a folder that all machines share under one name, e.g. --out /shared/results/mine")
        yield probe
    finally:
        with suppress(OSError):
            probe.remove()


def _refuse(wrong: Mapping[str, str], address: str, mend: str) -> None:
    if wrong:
        first = "; ".join(f"worker {worker} {why}" for worker, why in list(wrong.items())[:_MOST])
        more = f"; and {len(wrong) - _MOST} more" if len(wrong) > _MOST else ""
        raise Problem(f"scheduler {address}", f"{first}{more}", mend)
