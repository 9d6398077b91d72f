"""How is a process held to one BLAS thread for as long as it lives?"""

from __future__ import annotations

from typing import Any

_limits: list[Any] = []


def load_blas() -> None:
    """Load every BLAS that engines use: only what is loaded can be limited."""
    import scipy.linalg  # noqa: F401


def hold_to_one_thread() -> None:
    """Limit every BLAS of this process to one thread, until the process ends; a second call changes nothing."""
    from threadpoolctl import threadpool_limits

    if not _limits:
        load_blas()
        _limits.append(threadpool_limits(1))
