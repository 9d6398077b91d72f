"""Do the notebooks run, and print what is stored in them? With --update-golden what they print is stored anew.

Pictures are not compared: their bytes change with the version of the library that draws.
"""

import nbformat
import pytest
from helpers_docs import ROOT, name_of
from nbclient import NotebookClient

NOTEBOOKS = sorted((ROOT / "docs" / "notebooks").glob("*.ipynb"))


def printed(notebook):
    return [
        "".join(output.get("text", "") for output in cell.get("outputs", ()))
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def pictures(notebook):
    return sum("image/png" in output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", ()))


@pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::RuntimeWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("path", NOTEBOOKS, ids=name_of)
def test_a_notebook_prints_what_is_stored(path, tmp_path, monkeypatch, request):
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    stored = nbformat.read(path, as_version=4)
    run = nbformat.read(path, as_version=4)
    NotebookClient(run, timeout=300, kernel_name="python3", resources={"metadata": {"path": tmp_path}}).execute()
    if request.config.getoption("--update-golden"):
        for cell in run.cells:
            cell.metadata.pop("execution", None)
        nbformat.write(run, path)
        stored = run
    assert printed(run) == printed(stored)
    assert pictures(run) == pictures(stored) > 0


def test_there_are_three_notebooks_and_all_their_code_was_run():
    assert len(NOTEBOOKS) == 3
    for path in NOTEBOOKS:
        code = [cell for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code"]
        assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
