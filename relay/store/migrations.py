"""The migrations of a store: SQL scripts of the package, in the order of their names.

Spec: docs/protocol.md, Relay; schema in relay/migrations/.
"""

from importlib.resources import files
from importlib.resources.abc import Traversable


def migrations(kind: str) -> Traversable:
    """The folder of scripts for `kind`: "sqlite" or "postgres"."""
    return files("relay") / "migrations" / kind


def scripts_of(folder: Traversable) -> list[Traversable]:
    """Every script of a folder; script n leads from version n - 1 to version n."""
    scripts = [script for script in folder.iterdir() if script.name.endswith(".sql")]
    return sorted(scripts, key=lambda script: script.name)
