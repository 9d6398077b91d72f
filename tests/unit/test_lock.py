"""What `make install` brings: nothing heavy that only an extra needs."""

import tomllib
from pathlib import Path

LOCK = Path(__file__).parents[2] / "uv.lock"
HEAVY = ("torch", "nvidia", "sdv", "triton", "copulas")


def installed_by_default(packages):
    """Names of all that the package and its group of development need, in any version, with the extras they name."""
    needs = {name: [] for name in {package["name"] for package in packages}}
    for package in packages:
        needs[package["name"]] += package.get("dependencies", [])
    (own,) = (package for package in packages if package["name"] == "genloss")
    extras = own["optional-dependencies"]
    todo = [*own["dependencies"], *own["dev-dependencies"]["dev"]]
    found = set()
    while todo:
        need = todo.pop()
        if need["name"] == "genloss":
            todo += [each for extra in need.get("extra", []) for each in extras[extra]]
        if need["name"] in found or need["name"] == "genloss":
            continue
        found.add(need["name"])
        todo += needs[need["name"]]
    return found, *({each["name"] for each in extras[name]} for name in ("tabular", "neural"))


def test_the_default_groups_have_no_torch_and_no_nvidia_package():
    packages = tomllib.loads(LOCK.read_text(encoding="utf-8"))["package"]
    found, tabular, neural = installed_by_default(packages)
    assert {"numpy", "scipy", "pytest", "markovify", "statsmodels"} <= found
    assert not [name for name in found if name.startswith(HEAVY)]
    assert tabular == {"copulas", "sdv"}
    assert neural == {"torch"}
    assert any(package["name"] == "torch" for package in packages)  # so the test would see it
