"""What is installed here? The lines that a report of a fault should have; no name of a person, machine or folder."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterator
from importlib import metadata

_NAME = re.compile(r"[A-Za-z0-9._-]+")  # a requirement begins with the name of a library


def installed_lines() -> list[str]:
    """Say versions and system, a line each: genloss, Python, the libraries that it needs, extras, linear algebra."""
    needed, extras = _wanted()
    return [
        f"genloss, version {metadata.version('genloss')}",
        f"Python {platform.python_version()} ({platform.python_implementation()})",
        f"system: {platform.system()} {platform.release()}, {platform.machine()}",
        f"needs: {_versions(needed)}",
        *(f"extra {name}: {_versions(libraries)}" for name, libraries in sorted(extras.items())),
        *_linear_algebra(),
    ]


def _wanted() -> tuple[list[str], dict[str, list[str]]]:
    """Return the libraries that genloss asks for, and those of each extra."""
    needed: list[str] = []
    extras: dict[str, list[str]] = {}
    for asked in metadata.requires("genloss") or ():
        library, condition = _NAME.findall(asked)[0], asked.partition(";")[2]
        if "extra" in condition:
            extras.setdefault(condition.split("==")[-1].strip(" '\""), []).append(library)
        else:
            needed.append(library)
    return needed, extras


def _versions(libraries: list[str]) -> str:
    return ", ".join(f"{name} {_version(name)}" for name in sorted(libraries))


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return "(not installed)"


def _linear_algebra() -> Iterator[str]:
    """Say which libraries of linear algebra numpy and scipy brought, which may move the last digits of a number."""
    import scipy.linalg  # noqa: F401
    from threadpoolctl import threadpool_info

    for found in threadpool_info():
        kind = f"{found.get('internal_api')} {found.get('version') or ''}".strip()
        of = f" for {found['architecture']}" if found.get("architecture") else ""
        yield f"linear algebra: {kind}{of}, {found.get('num_threads')} threads"
