"""What does a run leave behind? Rows, the study they answer, and what could not be answered."""

import io
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from genloss.errors import Problem
from genloss.results.files import write_atomically
from genloss.results.row import Row

SCHEMA = "result/1"


@dataclass(frozen=True)
class Result:
    """Labeled rows of theory and simulation for one study.

    study: the resolved study. rows: all numbers. gaps: "no theory for ... because ...", in words.
    There are no time stamps inside: the same study, seed and versions give the same bytes.
    """

    study: Mapping[str, Any]
    rows: tuple[Row, ...]
    gaps: tuple[str, ...] = field(default=())

    def __repr__(self) -> str:
        """Say in a few lines what this is."""
        by_method = {method: sum(row.method == method for row in self.rows) for method in ("theory", "simulation")}
        parts = [f"{count} rows of {method}" for method, count in by_method.items() if count]
        gaps = f", {len(self.gaps)} without theory" if self.gaps else ""
        return f"<Result: {' and '.join(parts) or 'no rows'}{gaps}>\n{self.study.get('question', '')}"

    def _repr_html_(self) -> str:
        return f"<pre>{self!r}</pre>" + self.summary().to_html(max_rows=60)

    def to_frame(self) -> pd.DataFrame:
        """Return one line per row; axes and quantiles are columns."""
        return pd.DataFrame([row.flat() for row in self.rows])

    def to_dict(self) -> dict[str, Any]:
        """Return plain data, ready for JSON."""
        return {
            "schema": SCHEMA,
            "study": dict(self.study),
            "rows": [asdict(row) for row in self.rows],
            "gaps": list(self.gaps),
        }

    def summary(self) -> pd.DataFrame:
        """Return the values with generations as columns; simulation as mean ± standard error."""
        keys = ["case", *sorted({key for row in self.rows for key in row.axes}), "metric", "method"]
        table: dict[tuple[Any, ...], dict[str, str]] = {}
        for row in self.rows:
            place = (row.case, *(row.axes.get(key, "") for key in keys[1:-2]), row.metric, row.method)
            error = f" ± {row.standard_error:.2g}" if row.method == "simulation" else ""
            table.setdefault(place, {})[f"n={row.generation}"] = f"{row.value:.4g}{error}"
        lines = [dict(zip(keys, place, strict=True)) | values for place, values in table.items()]
        return pd.DataFrame(lines, columns=None if lines else keys)

    def merged(self, other: "Result") -> "Result":
        """Add the rows of another result of the same study."""
        if dict(self.study) != dict(other.study):
            raise Problem("Result", "the two results answer different studies", "merge results of one study only")
        gaps = tuple(dict.fromkeys(self.gaps + other.gaps))
        return Result(self.study, self.rows + other.rows, gaps)

    def json(self) -> str:
        """Return the JSON text of `to_dict`."""
        return json.dumps(self.to_dict(), ensure_ascii=False, indent=1, allow_nan=False) + "\n"

    def save(self, path: str | Path) -> Path:
        """Write the rows as .csv, .json or .parquet, by the ending of `path`."""
        target = Path(path)
        if target.suffix == ".json":
            write_atomically(target, self.json())
        elif target.suffix == ".csv":
            write_atomically(target, self.to_frame().to_csv(index=False))
        elif target.suffix == ".parquet":
            buffer = io.BytesIO()
            self.to_frame().to_parquet(buffer, index=False)
            write_atomically(target, buffer.getvalue())
        else:
            raise Problem(str(target), f"no such format: {target.suffix!r}", "end the name in .csv, .json or .parquet")
        return target

    @classmethod
    def load(cls, path: str | Path) -> "Result":
        """Read what `save("....json")` wrote."""
        try:
            data = json.loads(Path(path).read_text(encoding="utf-8"))
            if data["schema"] != SCHEMA:
                raise Problem(str(path), f"schema {data['schema']!r}", f"this version reads {SCHEMA}")
            return cls(data["study"], tuple(Row(**row) for row in data["rows"]), tuple(data["gaps"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise Problem(str(path), f"not a saved result: {error}", "give the .json file of a run") from error
