"""The shelf at a guard: which reply to ask for next, and what of it the guard may forget.

Invariant: a number below `durable` has been taken into the vault for good, and nothing else is ever called durable;
what is asked for depends on numbers and losses only, never on what a reply held. Spec: docs/protocol.md, Shelves.

A shelf's name is random and changes with every exchange that is made alone: a request carries the present and the next
name until one was answered. So of two runs that go on from one copy of a vault the guard knows the shelf of one alone.
Overlapping exchanges ask for different numbers, so `collected` keeps those taken out of order.
Decisions 86, 131.
"""

from collections.abc import Collection
from typing import Final

import msgspec

from protocol.seams import Entropy
from protocol.sizes import SHELF_BYTES

FIRST_REPLY: Final = 1
"""Every shelf counts from here."""

MAX_OUT_OF_ORDER: Final = 4096
"""More numbers than can be collected out of order; a guard that claims more is not believed."""


class Shelf(msgspec.Struct, frozen=True, array_like=True):
    """State of one shelf; `collected` holds numbers >= `durable`, ascending."""

    name: bytes
    next_name: bytes
    durable: int = FIRST_REPLY
    collected: tuple[int, ...] = ()


def new_shelf(entropy: Entropy) -> Shelf:
    """A shelf with a fresh random name, at a guard that has not seen it yet."""
    name = entropy(SHELF_BYTES)
    return Shelf(name, name)


def renamed(shelf: Shelf, entropy: Entropy) -> Shelf:
    """Draw the next name. A change that the guard has not answered yet is kept as it is."""
    if shelf.name != shelf.next_name:
        return shelf
    return msgspec.structs.replace(shelf, next_name=entropy(SHELF_BYTES))


def is_gone(shelf: Shelf, next_name: bytes, durable: int, shelf_end: int) -> bool:
    """Whether the guard does not know the shelf that a request meant which named `next_name` and called `durable`
    durable: it lost it, or another run, from a copy of this vault, has gone on with it."""
    return next_name in (shelf.name, shelf.next_name) and shelf_end < durable == shelf.durable


def number_to_collect(shelf: Shelf, in_flight: Collection[int]) -> int:
    """The lowest number that is neither taken nor asked for by an exchange under way."""
    number = shelf.durable
    taken = set(shelf.collected)
    while number in taken or number in in_flight:
        number += 1
    return number


def answered(shelf: Shelf, next_name: bytes, asked: int, durable: int, reply: int | None, shelf_end: int) -> Shelf:
    """The state after a good response to a request that named `next_name`, asked for `asked` and called `durable`
    durable.

    `reply` is the number of the reply it carried, `shelf_end` the number the next one will get. Numbers between
    `asked` and what came are empty for good, since a shelf only grows. The successor of one that is gone (`is_gone`)
    counts from the start. A response for another shelf changes nothing.
    """
    if next_name not in (shelf.name, shelf.next_name):
        return shelf
    if next_name == shelf.next_name:
        shelf = msgspec.structs.replace(shelf, name=next_name)
    if shelf_end < durable:
        if durable != shelf.durable:
            return shelf  # another exchange has already noticed
        return msgspec.structs.replace(shelf, durable=FIRST_REPLY, collected=())
    passed = shelf_end if reply is None else reply + 1
    if not asked <= passed <= asked + MAX_OUT_OF_ORDER:
        return shelf
    taken = set(shelf.collected) | set(range(asked, passed))
    low = shelf.durable
    while low in taken:
        taken.discard(low)
        low += 1
    return msgspec.structs.replace(shelf, durable=low, collected=tuple(sorted(n for n in taken if n > low)))
