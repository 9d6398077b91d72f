"""How were the rows held that a model of numbers is fitted to? As an array of some shape, or a table with names."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from genloss.errors import Problem

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Form:
    """Rows as they were given. shape: of one row. names: of the columns of a table, or None."""

    shape: tuple[int, ...]
    names: tuple[Any, ...] | None

    def back(self, table: Any) -> Any:
        """Return an array (rows, columns) as rows were given."""
        numbers = np.asarray(table, dtype=float)
        if self.names is not None:
            return sys.modules["pandas"].DataFrame(numbers, columns=list(self.names))
        return numbers.reshape(len(numbers), *self.shape)


def numbers_of(data: Any, model: str) -> tuple[Array, Form]:
    """Return rows as an array (rows, columns), images row by row of pixels, and how they were held.

    model: who wants them. Errors: `Problem` for texts, words and (X, y), by name.

    >>> numbers_of(np.zeros((5, 8, 8)), "PCA")[0].shape
    (5, 64)
    """
    if isinstance(data, tuple):
        found = f"{model} makes rows, not labels of rows, and was given (X, y)"
        raise Problem("population", found, "give one array or table, the labels as a column of it")
    names = tuple(data.columns) if hasattr(data, "columns") else None
    refuse_yes_and_no(data, model)
    try:
        rows = np.asarray(data, dtype=float)
    except (TypeError, ValueError) as error:
        found = f"{model} fits numbers, and there are words{_where(data)}"
        mend = "leave these columns out, or give a model of tables, e.g. GaussianCopulaSynthesizer of sdv"
        raise Problem("population", found, mend) from error
    return rows.reshape(len(rows), -1), Form(rows.shape[1:], names)


def refuse_yes_and_no(data: Any, model: str) -> None:
    """Refuse columns of yes and no, by name: numbers made for them would be no such answers."""
    if hasattr(data, "columns"):
        answers = [str(name) for name, dtype in zip(data.columns, data.dtypes, strict=True) if _is_bool(dtype)]
        if answers:
            found = f"{model} fits numbers, and these columns are True or False: {_few(answers)}"
            mend = "give them as numbers: pd.get_dummies(table, dtype=float), or table.astype(float)"
            raise Problem("population", found, mend)
    elif _is_bool(getattr(data, "dtype", None)):
        raise Problem("population", f"{model} fits numbers, and these are True or False", "give data.astype(float)")


def _is_bool(dtype: Any) -> bool:
    return getattr(dtype, "kind", "") == "b"


def _few(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _where(data: Any) -> str:
    if not hasattr(data, "columns"):
        return ""
    kinds = [str(name) for name in data.columns if getattr(data[name].dtype, "kind", "O") not in "iufb"]
    return f" in {', '.join(kinds[:5])}" if kinds else ""
