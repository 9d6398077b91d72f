"""What is loaded when, and are cells, workflows and claims read once? Starting is most of the time of a small study."""

import subprocess
import sys
from datetime import date
from pathlib import Path

import click
import pytest
from helpers import tiny

import genloss
from genloss import Study
from genloss.cli.commands import COMMANDS, Commands
from genloss.identity import identity
from genloss.study.spec import workflow_forms
from genloss.workflows import Workflow

STUDIES = Path(__file__).parents[2] / "studies"
RIDGE = STUDIES / "ridge-on-synthetic-labels.toml"


def loaded(code):
    """Modules that are loaded once the code has run in a fresh interpreter."""
    said = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules, file=sys.stderr)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(said.stderr.split())


def test_help_loads_click_and_nothing_heavy():
    found = loaded("from genloss.cli.main import run_command; run_command(['--help'])")
    assert not {"numpy", "rich", "pandas", "scipy", "importlib.metadata"} & found
    assert not {"json", "shlex", "difflib"} & found, "messages are written only where there are any"
    ours = {name for name in found if name.startswith("genloss")}
    assert ours == {"genloss", "genloss.cli", "genloss.cli.main", "genloss.cli.commands", "genloss.cli.say"}


def test_a_study_loads_neither_pandas_nor_statistics():
    found = loaded("import genloss; genloss.Study")
    assert not {"pandas", "scipy", "matplotlib", "sklearn", "numba", "jinja2", "pyarrow", "rich"} & found
    networks = {name for name in found if name.startswith("genloss.models.neural.")}
    assert networks == {"genloss.models.neural.named", "genloss.models.neural.model_folder"}


@pytest.mark.parametrize("study", ["of linear models", "pi-squared-over-six-of-regressions"])
def test_prediction_loads_no_engine_and_draws_no_page(study, tmp_path, monkeypatch):
    for name in ("FORCE_COLOR", "TTY_COMPATIBLE"):
        monkeypatch.delenv(name, raising=False)
    path = STUDIES / f"{study}.toml"
    if not path.exists():
        path = tmp_path / "study.toml"
        path.write_text(Study.from_dict(tiny()).toml())
    found = loaded(f"from genloss.cli.main import run_command; run_command(['predict', {str(path)!r}])")
    assert not {"pandas", "scipy.stats", "scipy.optimize", "matplotlib", "sklearn", "numba", "jinja2", "rich"} & found
    assert not {"genloss.simulation.engines", "genloss.study.page.whole", "multiprocessing"} & found


def test_a_process_of_the_page_begins_without_what_only_a_table_needs():
    """Each page has up to four of them, and they begin again where a reader left."""
    found = loaded("import genloss.explore.workers")
    assert not {"pandas", "scipy.stats", "sklearn", "numba", "matplotlib", "pyarrow"} & found
    assert "genloss.explore.tables" in found


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_of_commands_says_what_each_command_says(name):
    command = Commands("genloss").get_command(click.Context(click.Command("genloss")), name)
    assert command is not None
    assert command.help is not None
    assert command.help.split("\n\n")[0].replace("\n", " ") == COMMANDS[name].says


def test_an_unknown_command_is_refused_by_name(capsys):
    from genloss.cli.main import run_command

    assert run_command(["predit"]) == 2
    assert "predit" in capsys.readouterr().err


def test_a_study_reads_each_workflow_once(monkeypatch):
    read, whole = [], Workflow.from_dict

    def counted(mapping):
        read.append(mapping)
        return whole(mapping)

    workflow_forms.workflow_of_text.cache_clear()
    workflow_forms._long.cache_clear()
    monkeypatch.setattr(Workflow, "from_dict", staticmethod(counted))
    study = Study.load(RIDGE)
    genloss.predict(study)
    distinct = {str(cell.settings["workflow"]) for cell in study.cells()}
    assert len(list(study.cells())) == 95
    assert len([mapping for mapping in read if "kind" in mapping]) <= len(distinct)  # a short form reads its long one


def test_the_grid_and_the_claims_are_made_once():
    study = Study.load(RIDGE)
    assert study.grid is study.grid
    assert study.claims is study.claims
    assert [*study.cells()] == [*study.grid.cells]
    assert next(study.cells()) is next(study.cells())
    checked = {id(point.cell) for _, checks in study.claims for check in checks for point in check.points}
    assert checked <= {id(cell) for cell in study.cells()}


def test_forms_of_a_workflow_share_one_long_form():
    short = Study.from_dict(tiny())
    long = [cell.long_settings["workflow"] for cell in short.cells()]
    assert all(one is long[0] for one in long)
    assert long[0] == Workflow.from_dict(short.resolved["workflow"]).to_dict()
    assert [cell.id for cell in short.cells()] == [identity(cell.long_settings) for cell in short.cells()]


@pytest.mark.parametrize("value", [date(2026, 1, 1), float("nan")])
def test_a_workflow_that_is_no_json_is_refused_by_its_own_rules(value):
    emit = [{"tag": "real", "from": "real", "rows": value}]
    with pytest.raises(genloss.Problem):
        workflow_forms.workflow_of({"kind": "custom", "emit": emit, "train": [{}]})


def test_no_module_of_a_study_bears_the_name_of_a_function_beside_it():
    import importlib
    from types import ModuleType

    for name in genloss.study.__all__ if hasattr(genloss, "study") else ():
        assert not isinstance(getattr(importlib.import_module("genloss.study"), name), ModuleType)
    folder = Path(importlib.import_module("genloss.study").__file__ or "").parent
    files = {path.stem for path in folder.glob("*")}
    assert not files & set(importlib.import_module("genloss.study").__all__)
