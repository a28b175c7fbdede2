"""Pigeonholes: where each cell of a stream is left, and under which key.

A chain of one epoch yields them one after the other:

    chain_start(root_e) = state_0 ;  state_i -> secret_i, state_{i+1} ;  secret_i -> take_i, cell_key_i, store_i

Invariant: a state is erased as soon as it has been stepped, so what was used before cannot be recomputed from what
is kept. A `secret_i` says everything about pigeonhole i and nothing about any other; an index that must wait for its
store is kept as this one value, and its store follows the roster of the day.

Spec: docs/protocol.md, Pigeonholes.
Decision 14.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NewType

from protocol.primitives.kdf import derive
from protocol.seams import RelayId

Take = NewType("Take", bytes)
"""32 bytes; whoever shows them to the storing relay gets the cell."""
Hole = NewType("Hole", bytes)
"""32 bytes; the public name of a pigeonhole, `hole_of(take)`."""
ChainRoot = NewType("ChainRoot", bytes)
"""32 bytes; the root of one epoch of one direction of one relationship."""
ChainState = NewType("ChainState", bytes)
"""32 bytes; what the rest of an epoch's pigeonholes follows from."""
HoleSecret = NewType("HoleSecret", bytes)
"""32 bytes; what one pigeonhole follows from."""

SECRET_BYTES = 32
_EPOCH_BITS = 32
MAX_EPOCH = (1 << _EPOCH_BITS) - 1
MAX_GENERATION = MAX_EPOCH
RESERVED = 16
"""Pigeonholes of each generation that no letter takes: see `reserved_secret`."""


@dataclass(frozen=True, slots=True)
class Pigeonhole:
    """One place for one cell: the secret that opens it, the key of the cell, the relay it belongs to."""

    take: Take = field(repr=False)
    cell_key: bytes = field(repr=False)
    store: RelayId


def hole_of(take: Take) -> Hole:
    """Return the public name of the pigeonhole that `take` opens."""
    return Hole(derive(b"sosik hole", take))


def epoch_of(now: float, epoch_s: float) -> int:
    """Return the number of the epoch `now` (Unix seconds) falls into; epoch 0 begins at Unix time 0."""
    return int(now // epoch_s)


def numbered(generation: int, epoch: int) -> int:
    """Return the number of an epoch of a generation of streams: generation u32 | epoch u32, one u64.

    Streams count epochs by this number; of generation 0 it is the epoch itself.
    """
    return generation << _EPOCH_BITS | epoch


def generation_of(number: int) -> int:
    """Return the generation of a numbered epoch."""
    return number >> _EPOCH_BITS


def calendar_of(number: int) -> int:
    """Return the epoch of the calendar of a numbered epoch."""
    return number & MAX_EPOCH


def reserved(generation: int) -> int:
    """Return the number that stands for the epoch of a generation's reserved pigeonholes; no calendar comes to it."""
    return numbered(generation, MAX_EPOCH)


def is_reserved(number: int) -> bool:
    """Whether a numbered epoch stands for reserved pigeonholes."""
    return calendar_of(number) == MAX_EPOCH


def next_root(root: ChainRoot) -> ChainRoot:
    """Return the root of the following epoch: root_{e+1} = H(root_e)."""
    return ChainRoot(derive(b"sosik root", root))


def root_after(root: ChainRoot, epochs: int) -> ChainRoot:
    """Return the root `epochs` epochs later, one hash each."""
    for _ in range(epochs):
        root = next_root(root)
    return root


def reserve_of(root: ChainRoot) -> bytes:
    """Return the 32 bytes that the reserved pigeonholes of a generation follow from. `root`: its first one."""
    return derive(b"sosik reserve", root)


def reserved_secret(reserve: bytes, index: int) -> HoleSecret:
    """Return the secret of a reserved pigeonhole, 0 <= index < `RESERVED`. Its store is whatever relay a slot has."""
    return HoleSecret(derive(b"sosik reserved", reserve, bytes([index])))


def chain_start(root: ChainRoot) -> ChainState:
    """Return the state of index 0 in the epoch of `root`."""
    return ChainState(derive(b"sosik chain", root))


def advance(state: ChainState) -> tuple[HoleSecret, ChainState]:
    """Return (secret of this index, state of the next one)."""
    return HoleSecret(derive(b"sosik index", state)), ChainState(derive(b"sosik state", state))


def take_of(secret: HoleSecret) -> Take:
    """Return the take of the pigeonhole of this secret."""
    return Take(derive(b"sosik take", secret))


def cell_key_of(secret: HoleSecret) -> bytes:
    """Return the 32-byte key of the cell in the pigeonhole of this secret."""
    return derive(b"sosik cell key", secret)


def store_of(secret: HoleSecret, relays: Iterable[RelayId]) -> RelayId:
    """Return the relay this pigeonhole belongs to: the one with the highest H(secret, relay).

    Uniform over the relays; a relay that joins or leaves the roster moves only the pigeonholes it gains or had.
    ValueError: no relays.
    """
    return max(relays, key=lambda relay: derive(b"sosik store", secret, bytes([relay])))


def pigeonhole_of(secret: HoleSecret, relays: Iterable[RelayId]) -> Pigeonhole:
    """Return the whole pigeonhole of this secret."""
    return Pigeonhole(take_of(secret), cell_key_of(secret), store_of(secret, relays))


def step(state: ChainState, relays: Iterable[RelayId]) -> tuple[Pigeonhole, ChainState]:
    """Return (pigeonhole of this index, state of the next one)."""
    secret, following = advance(state)
    return pigeonhole_of(secret, relays), following
