"""Which commands are there? One table; a command's module is loaded when the command is used."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

import click


class Listed(NamedTuple):
    """A command as the list of all shows it: the module that has it under its name, and its first sentence."""

    module: str
    says: str


COMMANDS: Mapping[str, Listed] = {
    "attribute": Listed("attribute", "Say whether few rows, the family or the fit cost a model its loss."),
    "audit": Listed("audit", "Say what became of generations of data beside REAL rows."),
    "check-model": Listed("check_model", "Check that a model keeps the contract of genloss, on the rows of FILE."),
    "compare": Listed("compare", "Say which data workflow of FILES loses least, and until when."),
    "datasets": Listed("datasets", "List the data sets for studies, or verify the one called NAME."),
    "explain": Listed("explain", "Say what every generation of STUDY trains on."),
    "explore": Listed("explore", "Open a page on which sliders move a study, theory at once and simulation after it."),
    "export": Listed("export", "Write the rows of the run in FOLDER in a format that other tools read."),
    "folklore": Listed("folklore", "Say where the numbers that circulate about synthetic data are right."),
    "forecast": Listed("forecast", "Forecast what a model on the rows of DATA loses by generation."),
    "ledger": Listed("ledger", "Say who made the rows that the generations in FOLDER were trained on."),
    "merge": Listed("merge", "Put FOLDERS of runs of one study together, and make its page."),
    "plan": Listed("plan", "Say how much real, how much synthetic, or which penalty meets a target."),
    "predict": Listed("study", "Predict STUDY by theory; print a table, generations as columns."),
    "reproduce": Listed("reproduce", "Compute a published figure again, and say which of its claims hold."),
    "run": Listed("study", "Predict, simulate and compare STUDY; leave a page and rows."),
    "share": Listed("share", "Say which share of the rows of POOL a generator made, with an interval."),
    "simulate": Listed("study", "Simulate STUDY; print means with errors by generation."),
    "status": Listed("status", "Say how many cells of the run in FOLDER are finished."),
    "verify": Listed("verify", "Derive some cells of the run in FOLDER again, and compare."),
}
"""Every command, in order of the alphabet; a new one is one file and one line here."""


class Commands(click.Group):
    """The commands of the table. The list of all is written from the table, so that --help loads none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return their names."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command of this name, if there is one."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        found = getattr(import_module(f"genloss.cli.{COMMANDS[cmd_name].module}"), cmd_name.replace("-", "_"))
        if not isinstance(found, click.Command):
            raise TypeError(f"{cmd_name} is no command")
        return found

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is meant, or say which one probably is."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from genloss.errors import Problem, nearest

            raise Problem(f"genloss {args[0]}", "no such command", nearest(args[0], list(COMMANDS)))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of all, as click does."""
        del ctx
        room = formatter.width - 6 - max(len(name) for name in COMMANDS)
        lines = [
            (name, click.Command(name, help=listed.says).get_short_help_str(room)) for name, listed in COMMANDS.items()
        ]
        with formatter.section("Commands"):
            formatter.write_dl(lines)
