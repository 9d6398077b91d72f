"""The command line: what a user types, what is printed, and the exit code."""

from __future__ import annotations

import errno
import os
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

import click

from genloss.cli.commands import Commands
from genloss.cli.say import echo

_heard: list[int] = []
"""Signals that told this process to end."""

DONE, BAD_REQUEST, OUR_BUG, INTERRUPTED = 0, 2, 4, 130
_VERBOSE = "genloss.verbose"
_SMALLER = "  mend: ask for fewer rows, features, generations or replicates, or for fewer workers at once"
_WORDS = """\b
Words that every command uses:
  generation   One model in a chain of models. Generation 0 is trained on real
               rows, generation 1 wholly or partly on rows that generation 0
               made, and so on.
  synthetic    Made by a model: a row is synthetic if a model made all of it, or
               its label alone.
  workflow     The rule that says which rows a generation trains on. Under
               "replace" it is the rows of the newest model alone.
  study        A text file (.toml) that names the data, the model, the
               workflow and what is measured.
  cell         One setting of a study, e.g. the penalty 0.1 with 200 rows.
  replicate    One simulated run of a cell, with random numbers of its own."""
EXIT_CODES = """\b
Exit codes:
  0    The command has done what it was asked for.
  1    It is done, and something is not as it should be.
         audit:          the newest generation is collapsing or shifted
         check-model:    the model lacks something
         export, merge:  some cells are missing
         folklore:       a number came out otherwise than the list says
         ledger:         a share is above its cap, or a file has changed
         plan:           nothing meets the target, or the check misses it
         reproduce:      a claim does not hold
         run, simulate:  some cells failed, or some seeds were left out
         verify:         a number or a file is not what the study gives
  2    The request or the data cannot be used. The message says why.
  3    It cannot be told.
         audit, attribute, share:  from these rows
         reproduce:                from so few replicates
  4    A fault of genloss. Please report it.
  130  Interrupted, e.g. by Ctrl-C."""


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit. To be told to end is to be interrupted."""
    for told, usual in ((signal.SIGTERM, signal.SIG_DFL), (signal.SIGINT, signal.default_int_handler)):
        if signal.getsignal(told) is usual:
            signal.signal(told, interrupt)
    sys.exit(run_command(arguments))


def interrupt(told: int, _frame: FrameType | None) -> None:
    """Interrupt, and remember it: code of other libraries may turn a `KeyboardInterrupt` into an error of its own."""
    _heard.append(told)
    raise KeyboardInterrupt


def run_command(arguments: list[str] | None = None) -> int:
    """Run the command line; return the exit code. A traceback is printed for our own bugs only."""
    try:
        code = commands.main(args=arguments, prog_name="genloss", standalone_mode=False)
        sys.stdout.flush()
    except ValueError as problem:
        from genloss.doors import Door
        from genloss.errors import Problem

        if not isinstance(problem, Problem):
            return _our_bug()
        typed = sys.argv[1:] if arguments is None else arguments
        echo(f"error: {problem.at(Door('command', ('genloss', *typed)))}", err=True)
        return BAD_REQUEST
    except click.ClickException as wrong:
        from genloss.cli.refusals import problem_of

        told = problem_of(wrong)
        if told is None:
            wrong.show()
        else:
            echo(f"error: {told}", err=True)
        return BAD_REQUEST
    except (KeyboardInterrupt, click.Abort) as stopped:
        first = stopped.__cause__ or stopped  # click raises its own
        how_far = first.args if isinstance(first, KeyboardInterrupt) else ()
        echo(": ".join(["interrupted", *map(str, how_far)]), err=True)
        return INTERRUPTED
    except (
        BrokenPipeError,
        SystemExit,
    ):  # click turns the first into the second; the reader has seen enough; nothing is left to flush at exit
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        return DONE
    except MemoryError as error:
        echo(f"error: memory: there is too little of it: {str(error) or 'none is left'}\n{_SMALLER}", err=True)
        return BAD_REQUEST
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EIO):
            return _our_bug()
        echo(
            f"error: output: cannot be written: {error.strerror}\n  mend: make room on that disk, or choose another",
            err=True,
        )
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115
        return BAD_REQUEST
    except Exception:
        return _our_bug()
    return code if isinstance(code, int) else DONE  # of a command that says it by context.exit


@contextmanager
def _damage_told() -> Iterator[None]:
    """Print what is damaged as a note of one line; other warnings stay what they are."""
    from genloss.errors import Damaged

    with warnings.catch_warnings():
        warnings.simplefilter("always", Damaged)
        shown = warnings.showwarning

        def show(message: Any, category: Any, *where: Any, **more: Any) -> None:
            if issubclass(category, Damaged):
                click.echo(f"note: {message}", err=True)
            else:
                shown(message, category, *where, **more)

        warnings.showwarning = show
        yield


def _our_bug() -> int:
    if _heard:
        echo("interrupted", err=True)
        return INTERRUPTED
    import traceback

    traceback.print_exc()
    echo("error: this is a bug in genloss, not in your request; please report the lines above", err=True)
    return OUR_BUG


def _note_verbose(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    context.meta[_VERBOSE] = value


def _say_version(context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    """Print the version, which is looked up only here; with --verbose all that a report of a fault should have."""
    verbose = context.meta.get(_VERBOSE, False)
    if context.resilient_parsing or not (value or verbose):
        return
    if not value:
        raise click.UsageError("--verbose goes with --version: genloss --version --verbose", context)
    if verbose:
        from genloss.cli.installed import installed_lines

        echo("\n".join(installed_lines()))
    else:
        from genloss.version import __version__

        echo(f"genloss, version {__version__}")
    context.exit()


class _Told(Commands):
    """The commands, each with its notes of what is damaged. The help has none, and loads nothing that writes them."""

    def invoke(self, ctx: click.Context) -> Any:
        """Find the command that is meant, and call it."""
        with _damage_told():
            return super().invoke(ctx)


@click.group(
    cls=_Told,
    epilog="Example: genloss run studies/ridge-on-synthetic-labels.toml --out results/ridge\n\n"
    f"{_WORDS}\n\n{EXIT_CODES}",
)
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    callback=_say_version,
    help="Show the version and exit.",
)
@click.option(
    "--verbose",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_note_verbose,
    help="With --version: also list the versions of libraries and system, which a report of a fault needs.",
)
def commands() -> None:
    """How much does a model lose when it is trained on data that earlier models made?"""
