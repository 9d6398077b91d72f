"""Does the tab key find commands, words of options, data sets and engines?"""

import pytest
from click.shell_completion import ShellComplete

from genloss.cli.completion import ENGINES
from genloss.cli.main import commands
from genloss.simulation.engines import ENGINES as LINEAR


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("genloss fo", ["folklore", "forecast"]),
        ("genloss forecast --model k", ["kernel_ridge"]),
        ("genloss datasets d", ["digits", "diabetes"]),
        ("genloss run study.toml --population dig", ["digits"]),
        ("genloss simulate study.toml --engine w", ["wishart"]),
        ("genloss predict --ou", ["--out"]),
        ("genloss le", ["ledger"]),
        ("genloss at", ["attribute"]),
        ("genloss sh", ["share"]),
        ("genloss share --ge", ["--generator"]),
        ("genloss ledger --ma", ["--max-synthetic"]),
    ],
)
def test_the_tab_key_completes(words, found):
    _, *before, begun = words.split()
    complete = ShellComplete(commands, {}, "genloss", "_GENLOSS_COMPLETE")
    assert [item.value for item in complete.get_completions(before, begun)] == found


def test_every_engine_is_offered():
    assert {engine.name for engine in LINEAR} <= set(ENGINES)
