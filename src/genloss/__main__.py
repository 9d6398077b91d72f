"""Run the command line with `python -m genloss`."""

from __future__ import annotations

from genloss.cli.main import main

if __name__ == "__main__":
    main()
