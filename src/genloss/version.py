"""Which version is this?"""

from __future__ import annotations

from importlib.metadata import version

__version__ = version("genloss")
