"""Are settings of which no model can be made refused by every command that reads a study, and by their place in it?"""

import pytest

from genloss.cli.main import run_command
from genloss.models.named import ESTIMATORS
from genloss.models.neural.named import NETWORKS

pytestmark = pytest.mark.usefixtures("without_pictures")

STUDY = """seed = 1
replicates = 2
generations = 1

[population]
kind = "rows"
data = "{data}"
held_out = 0.25

[workflow]
kind = "replace"
rows = 20

[generator]
{generator}
"""
COMMANDS = {
    "explain": ["explain", "study.toml"],
    "predict": ["predict", "study.toml"],
    "run": ["run", "study.toml", "--out", "out", "--trust"],
}
BUDGET = "budget = {steps = 5}\n"


@pytest.fixture
def told(tmp_path, monkeypatch, capsys):
    """What a command says of a study with this generator, which stands from line 15 on."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "language"
    folder.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (folder / name).write_text("{}", encoding="utf-8")

    def of(generator, command="explain"):
        data = "pydoc" if "transformers" in generator or "Transformer" in generator else "iris"
        (tmp_path / "study.toml").write_text(STUDY.format(data=data, generator=generator), encoding="utf-8")
        code = run_command(COMMANDS[command])
        return code, capsys.readouterr()

    return of


MISSPELT = {
    "an option of a network": (
        'kind = "network"\nnetwork = "Softmax"\nbudget = {steps = 5}\noptions = {penalti = 1e-3}',
        ["line 18: generator.options: Softmax has no 'penalti'", "did you mean penalty?"],
    ),
    "an option of an estimator": (
        'kind = "sklearn"\nestimator = "GaussianMixture"\noptions = {n_component = 3}',
        ["line 17: generator.options: GaussianMixture has no 'n_component'", "did you mean n_components?"],
    ),
    "an option of one estimator of an axis": (
        'kind = "sklearn"\nestimator = ["BayesianGaussianMixture", "GaussianMixture"]\n'
        "options = {mean_precision_prior = 1.0}",
        ["line 17: generator.options: GaussianMixture has no 'mean_precision_prior'"],
    ),
    "a value of an estimator": (
        'kind = "sklearn"\nestimator = "KernelDensity"\noptions = {bandwidth = -1.0}',
        [
            "line 17: generator.options",
            "'bandwidth' parameter of KernelDensity",
            "help(sklearn.neighbors.KernelDensity)",
        ],
    ),
    "a value of a network": (
        'kind = "network"\nnetwork = "Perceptron"\nbudget = {steps = 5}\noptions = {hidden = 0}',
        ["line 18: generator.options.hidden: 0", "give numbers of units"],
    ),
    "a type of a value of a network": (
        'kind = "network"\nnetwork = "Softmax"\nbudget = {steps = 5}\noptions = {penalty = "small"}',
        ["line 18: generator.options: Softmax: ", "help(genloss.models.neural.Softmax)"],
    ),
    "an option of a language model": (
        'kind = "transformers"\nfolder = "language"\nbudget = {steps = 5}\noptions = {temprature = 0.9}',
        ["line 18: generator.options: CausalLM has no 'temprature'", "did you mean temperature?"],
    ),
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", MISSPELT)
def test_settings_that_make_no_model_are_refused_by_place(name, command, told, tmp_path):
    """To explain such a study was to explain what no run would do."""
    generator, said = MISSPELT[name]
    code, out = told(generator, command)
    assert code == 2
    assert all(each in out.err for each in said), out.err
    assert out.out == ""
    assert not (tmp_path / "out").exists()


NAMED = [f'kind = "sklearn"\nestimator = "{name}"' for name in ESTIMATORS]
NAMED += [f'kind = "network"\nnetwork = "{name}"\n{BUDGET.strip()}' for name in NETWORKS]
NAMED += ['kind = "transformers"\nfolder = "language"\nbudget = {steps = 5}']


@pytest.mark.parametrize("generator", NAMED, ids=lambda each: each.split('"')[3])
def test_every_model_with_a_name_is_asked_for_its_options(generator, told):
    code, out = told(f"{generator}\noptions = {{nonsense = 1}}")
    assert code == 2
    assert "has no 'nonsense'" in out.err
    code, out = told(generator)  # the control
    assert (code, out.err) == (0, "")


@pytest.mark.parametrize(
    "generator",
    [
        'kind = "python"\nentry = "mine.py:made"\noptions = {nonsense = 1}',
        'kind = "command"\ncommand = "{python} mine.py {train} {out} {rows}"',
    ],
)
def test_code_that_nobody_trusts_is_not_executed_to_look_at_its_settings(generator, told, tmp_path):
    code = "import pathlib\npathlib.Path('executed').touch()\n\ndef made():\n    raise SystemExit\n"
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    for command in ("explain", "predict"):
        code, out = told(generator, command)
        assert code == 0, out.err
    assert not (tmp_path / "executed").exists()
