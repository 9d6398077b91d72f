"""How does text reach the terminal? Without characters that would act on it instead of being seen."""

from __future__ import annotations

import click


def echo(text: object = "", *, err: bool = False, nl: bool = True) -> None:
    """Print text for a reader. JSON, which is for a program, is printed as it is by click."""
    from genloss.visible import visible

    click.echo(visible(str(text)), err=err, nl=nl)
