"""Batches as a relay of the roster would send them to another one, put together by hand."""

from protocol.board.log import Entry
from protocol.board.pieces import split_entry
from protocol.primitives.kem import encapsulate
from protocol.routes.frames import (
    DOOR_KEY_DAY,
    NO_REF,
    AckStatus,
    Batch,
    Frame,
    FrameKind,
    LinkHead,
    link_secret,
    open_ack,
    seal_batch,
)
from protocol.seams import RelayId
from tests.kits.world import World, door, relay_keys, seeded

ENTROPY = seeded("link tests")
PROCESS = b"process1"


def batch(
    frames: list[Frame], seq: int = 1, sender: int = 1, receiver: int = 0, process: bytes = PROCESS
) -> tuple[bytes, bytes]:
    """A batch of relay `sender`, under door keys, and the key of its acknowledgement."""
    head = LinkHead(RelayId(sender), RelayId(receiver), DOOR_KEY_DAY, DOOR_KEY_DAY)
    link = link_secret(relay_keys(sender).door_secret[:32], door(receiver).curve)
    return seal_batch(head, link, encapsulate(door(receiver).kem), Batch(process, seq, tuple(frames)), ENTROPY)


def piece(entry: Entry) -> list[Frame]:
    """An entry of the board as the frames it travels in."""
    return [Frame(FrameKind.PIECE, NO_REF, body) for body in split_entry(entry.encode())]


async def tell(world: World, frames: list[Frame], seq: int, sender: int = 1) -> AckStatus:
    """Send it to relay 0; what that answers."""
    body, ack_key = batch(frames, seq, sender)
    return open_ack(await world.relays[0].link(body, world.now), ack_key).status
