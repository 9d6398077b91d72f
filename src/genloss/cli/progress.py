"""How far is long work?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(doing: str, *, quiet: bool, left: bool = True) -> Iterator[Callable[[int, int], None] | None]:
    """Show a bar on stderr; nothing when it is not a terminal. left: whether the time left can be told."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield None
        return
    columns = (
        TextColumn(doing),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeRemainingColumn() if left else TimeElapsedColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
