"""Which commands and options are there? A page for each command, written from the commands themselves."""

from __future__ import annotations

import inspect

import click
from keys import cell

from genloss.cli.commands import COMMANDS
from genloss.cli.main import EXIT_CODES, commands

FOLDER = "reference/commands"


def pages() -> dict[str, str]:
    """Return a page that lists all commands, and one for each."""
    context = click.Context(commands, info_name="genloss")
    made = {f"{FOLDER}/index.md": _list()}
    for name in COMMANDS:
        command = commands.get_command(context, name)
        assert command is not None
        made[f"{FOLDER}/{name}.md"] = _command(command, click.Context(command, parent=context, info_name=name))
    return made


def _list() -> str:
    lines = [f"| [`genloss {name}`]({name}.md) | {cell(listed.says)} |" for name, listed in COMMANDS.items()]
    return (
        f"# Commands\n\n| command | what it does |\n|---|---|\n{chr(10).join(lines)}\n\n"
        f"`genloss --version` prints the version, and `genloss COMMAND --help` what stands on these pages.\n\n"
        f"{EXIT_CODES}\n"
    )


def _command(command: click.Command, context: click.Context) -> str:
    usage = " ".join([context.command_path, *command.collect_usage_pieces(context)])
    words = inspect.cleandoc(command.help or "").replace("\b\n", "")
    lines = [_option(each, context) for each in command.get_params(context) if isinstance(each, click.Option)]
    table = "| option | meaning | unless said |\n|---|---|---|\n" + "\n".join(lines)
    examples = inspect.cleandoc(command.epilog or "").replace("\b\n", "")
    parts = (
        f"# genloss {context.info_name}",
        f"    {usage}",
        _prose(words),
        f"## Options\n\n{table}",
        _examples(examples),
    )
    return "\n\n".join(parts) + "\n"


def _option(option: click.Option, context: click.Context) -> str:
    names = ", ".join(f"`{name}`" for name in (*option.opts, *option.secondary_opts))
    value = "" if option.is_flag else cell(option.make_metavar(context))
    extra = option.get_help_extra(context)
    said = extra.get("default", "") or ("needed" if option.required else "")
    range_ = f" ({extra['range']})" if extra.get("range") else ""
    more = ", may be given again" if option.multiple and "again" not in (option.help or "") else ""
    return f"| {names} {value}{cell(range_)} | {cell(' '.join((option.help or '').split()))}{more} | {cell(said)} |"


def _prose(text: str) -> str:
    """Text of a help, whose signs are no markup."""
    return "\n".join(line if line.startswith("  ") else cell(line) for line in text.splitlines())


def _examples(text: str) -> str:
    """The examples of a help as a block of commands, what stands around them as text."""
    before, mark, after = text.partition("Example")
    if not mark:
        return _prose(text)
    body = after.partition(":")[2].strip("\n")
    shown = [line.strip() for line in body.splitlines()]
    commands_ = [line for line in shown if line.startswith("genloss")]
    rest = [line for line in shown if line and not line.startswith("genloss")]
    parts = [_prose(before), "## Examples\n\n```text\n" + "\n".join(commands_ or shown) + "\n```"]
    return "\n\n".join([*parts, _prose("\n".join(rest if commands_ else []))]).strip()
