"""What do models of libraries without such a thing say to weights of rows, and to a fit to begin from?"""

from __future__ import annotations

from typing import Any

from genloss.errors import Problem


def refuse_start(start: Any, name: str) -> None:
    """Refuse an earlier fit to begin from."""
    if start is not None:
        raise Problem("generator.start", f"{name} cannot begin from an earlier fit", 'give start="scratch"')


def refuse_weights(weights: Any, name: str) -> None:
    """Refuse weights of rows."""
    if weights is not None:
        found = f"{name} takes no weights of rows, and this workflow weighs them"
        raise Problem("workflow", found, "give a workflow without real_weight or decay, or another model")
