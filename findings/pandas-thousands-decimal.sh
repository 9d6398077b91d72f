#!/usr/bin/env bash
# pandas.read_csv(thousands=","): separators are dropped wherever they stand, so a decimal comma multiplies by 10 or 100.
#
# Guess:    `thousands=","` takes commas between groups of three digits, and an entry such as 1,5 is refused or stays text.
# Version:  pandas 3.1.1.
# Seen:     every comma is dropped: 1,5 is read as 15, 2,25 as 225, 1,2,3 as 123, without a warning. With decimal="," and
#           thousands="." a point is dropped too: 1.5 in one row of a European file is read as 15.
# Matters:  tables that were put together of several sources, as real and synthetic rows are, have both ways in one column.
#           A factor of ten in some rows looks like a heavy tail.
# Instead:  look at the text first: groups of three digits after the first, one sign for one meaning in a column.
# Output:   thousands=","               ['1,5', '2,25', '1,2,3'] -> [15, 225, 123]                (2026-11-28)
#           decimal=",", thousands="."  ['1.234,5', '1.5'] -> [1234.5, 15.0]
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
"${PYTHON:-python3}" -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet pandas==3.1.1 numpy==2.4.6
"$folder/venv/bin/python" - <<'EOF'
import io

import pandas as pd


def read(entries, **how):
    return pd.read_csv(io.StringIO("\n".join(["x;y", *(f"{entry};1" for entry in entries)])), sep=";", **how).x.tolist()


first, second = ["1,5", "2,25", "1,2,3"], ["1.234,5", "1.5"]
dropped, european = read(first, thousands=","), read(second, decimal=",", thousands=".")
print(f'thousands=","               {first} -> {dropped}')
print(f'decimal=",", thousands="."  {second} -> {european}')
assert dropped == [15, 225, 123], "commas are no longer dropped wherever they stand"
assert european == [1234.5, 15.0], "points are no longer dropped wherever they stand"
EOF
