"""Standing in front of a function of the product for a while."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def wrapped(module: Any, **functions: Callable[..., Any]) -> Iterator[None]:
    """Put other functions in a module's place and take them out again."""
    old = {name: getattr(module, name) for name in functions}
    try:
        for name, function in functions.items():
            setattr(module, name, function)
        yield
    finally:
        for name, function in old.items():
            setattr(module, name, function)
