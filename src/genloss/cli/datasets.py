"""`genloss datasets`: which real data are here, which are not, and how does one get them?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from genloss.cli.completion import dataset_names
from genloss.cli.force import force_option
from genloss.cli.json_output import json_option, put_json
from genloss.cli.places import places
from genloss.cli.say import echo
from genloss.errors import Problem

EXAMPLES = """\b
Examples:
  genloss datasets
  genloss datasets mnist
  genloss datasets mnist --data package/data --keep
  genloss datasets mnist --download

Data are looked for in this order: in --data; in the folders that the environment variable GENLOSS_DATA names; in
genloss's cache; where Debian packages put them; and, with --download, on the network. A folder may hold the files
of a data set itself, or in a folder with its name. A file whose content is not the known one is refused.

Example: genloss datasets --json -"""


@click.command(epilog=EXAMPLES)
@click.argument("name", required=False, shell_complete=dataset_names)
@click.option("--data", type=click.Path(path_type=Path), help="Look in this folder first.")
@click.option("--keep", is_flag=True, help="Copy the verified files of NAME to genloss's cache.")
@click.option(
    "--download", is_flag=True, help="Get NAME from the network if it is not on this machine, and keep it in the cache."
)
@json_option()
@force_option()
def datasets(name: str | None, data: Path | None, json_to: str | None, *, keep: bool, download: bool) -> None:
    """List the real data sets that a study may name, or verify the one called NAME."""
    if name is None and (keep or download):
        raise Problem(
            "datasets",
            f"{'--keep' if keep else '--download'} needs the name of a data set",
            "give it, e.g. genloss datasets mnist --keep",
        )
    looked = places(folder=data, download=download)
    records = [_one(name, looked, keep=keep)] if name else _all(looked)
    put_json(lambda: json.dumps(records[0] if name else records, indent=1) + "\n", json_to, f"data set {name}")
    if json_to == "-":
        return
    echo(_sheet(records[0]) if name else _listing(records))


def _all(looked: Any) -> list[dict[str, Any]]:
    from genloss.populations.catalog import DATASETS, status

    return [_record(dataset) | _status(status(dataset.name, looked)) for dataset in DATASETS.values()]


def _one(name: str, looked: Any, *, keep: bool) -> dict[str, Any]:
    """Load and verify one data set; a problem says what is wrong with it or how to get it."""
    from genloss.populations.catalog import keep as keep_files
    from genloss.populations.catalog import known, load

    dataset = known(name)
    kept = keep_files(name, looked) if keep else None
    loaded = load(name, looked)
    record = _record(dataset) | {"state": "here", "where": loaded.where, "sha256_found": loaded.sha256}
    return record | ({"kept": str(kept)} if kept else {})


def _record(dataset: Any) -> dict[str, Any]:
    names = ("name", "what", "form", "rows", "columns", "test_rows", "target", "sha256", "source", "license", "get")
    return {name: getattr(dataset, name) for name in names} | {"files": dataset.files}


def _status(status: Any) -> dict[str, Any]:
    return {"state": status.state, "where": status.where}


def _listing(records: list[dict[str, Any]]) -> str:
    """Lines of a table, the widest column last."""
    heads = ("name", "form", "rows x columns", "here", "where it was found, or how to get it")
    here = {"here": "yes", "absent": "no", "altered": "altered"}
    lines = [heads, *((r["name"], r["form"], _size(r), here[r["state"]], r["where"]) for r in records)]
    widths = [max(len(line[place]) for line in lines) for place in range(4)]
    return "\n".join(
        "  ".join([*(cell.ljust(width) for cell, width in zip(line, widths, strict=False)), line[4]]) for line in lines
    )


def _sheet(record: dict[str, Any]) -> str:
    """All that is known of one data set, a line each."""
    lines = {
        "what": record["what"],
        "form": f"{record['form']}, {_size(record)}",
        "target": record["target"],
        "found": record["where"],
        "kept": record.get("kept", ""),
        "SHA-256": f"{record['sha256_found']} {'(as expected)' if record['sha256'] else '(none expected: varies)'}",
        "source": record["source"],
        "license": record["license"],
    }
    said = [f"{record['name']}", *(f"  {head.ljust(8)} {text}" for head, text in lines.items() if text)]
    return "\n".join([*said, *(f"  file     {f['name']}  {f['size']:,} bytes  {f['sha256']}" for f in record["files"])])


def _size(record: dict[str, Any]) -> str:
    if record["form"] == "text":
        return f"{record['rows']:,} words" if record["rows"] else "varies"
    test = f" + {record['test_rows']:,}" if record["test_rows"] else ""
    return f"{record['rows']:,}{test} x {record['columns']}"
