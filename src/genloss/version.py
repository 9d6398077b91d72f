"""Which version is this?"""

from importlib.metadata import version

__version__ = version("genloss")
