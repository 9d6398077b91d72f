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
    "attribute": Listed(
        "attribute", "Say why a model loses in one generation: too few rows, too simple a model, or a poor fit."
    ),
    "audit": Listed(
        "audit", "Compare generations of data with REAL rows, and say whether the newest may be trained on."
    ),
    "check-model": Listed("check_model", "Check that genloss can refit a model of yours on your rows."),
    "compare": Listed("compare", "Say which data workflow of FILES loses least, and until which generation."),
    "datasets": Listed("datasets", "List the real data sets that a study may name, or verify the one called NAME."),
    "explain": Listed("explain", "Say in words which rows every generation of STUDY trains on."),
    "explore": Listed(
        "explore", "Open a page in your browser whose sliders change a study while you watch its curves."
    ),
    "export": Listed("export", "Write the results of the run in FOLDER in a format that other tools read."),
    "folklore": Listed(
        "folklore", "Say where rules of thumb about synthetic data are right, and where they are wrong."
    ),
    "forecast": Listed("forecast", "Forecast what a model on the rows of DATA loses, generation by generation."),
    "ledger": Listed("ledger", "Say who made the rows that each generation in FOLDER was trained on."),
    "merge": Listed("merge", "Put together FOLDERS that hold parts of one study's run, and make its page."),
    "plan": Listed("plan", "Say how many rows, which share of real rows or which penalty meets a target."),
    "predict": Listed("study", "Predict the results of STUDY by theory alone, and print them as a table."),
    "reproduce": Listed("reproduce", "Compute a published figure again, and say which of its claims hold."),
    "run": Listed("study", "Predict and simulate STUDY, compare the two, and leave a page with the numbers."),
    "share": Listed("share", "Estimate which share of the rows of POOL a generator made, with an interval."),
    "simulate": Listed("study", "Simulate STUDY without theory, and print means with standard errors."),
    "status": Listed("status", "Say how far the run in FOLDER has come, and which of its files are damaged."),
    "verifier": Listed("verifier", "Say how good a checker of synthetic rows must be, so that checking them pays."),
    "verify": Listed("verify", "Compute some results of the run in FOLDER again, and say whether they agree."),
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
            raise TypeError(f"{cmd_name} is not a command")
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
        """Write the list of all, each with its whole sentence, where click would cut it off."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.says) for name, listed in COMMANDS.items()])
