"""Both ends of one stream, handed to each other."""

from collections.abc import Iterable

from protocol.seams import RelayId
from protocol.streams.pigeonhole import ChainRoot, hole_of
from protocol.streams.receive import ReceiveStream
from protocol.streams.send import Claim, SendStream

ROOT = ChainRoot(bytes(range(32)))
RELAYS = [RelayId(n) for n in (0, 1, 2)]
EPOCH = 2900


def make_pair() -> tuple[SendStream, ReceiveStream]:
    return SendStream.begin(ROOT, EPOCH, RELAYS), ReceiveStream.begin(ROOT, EPOCH, RELAYS)


def reload_pair(send: SendStream, read: ReceiveStream) -> tuple[SendStream, ReceiveStream]:
    sent, received = send.encode(), read.encode()
    reloaded = SendStream.decode(sent), ReceiveStream.decode(received)
    assert (reloaded[0].encode(), reloaded[1].encode()) == (sent, received)
    assert reloaded[1].watch() == read.watch()
    return reloaded


def claim_any(send: SendStream, relays: Iterable[RelayId] = RELAYS) -> Claim:
    found = next((claim for relay in relays if (claim := send.claim(relay))), None)
    assert found is not None
    return found


def deliver(read: ReceiveStream, claim: Claim) -> bool:
    """Read the cell of a claim as a client does: by its hole, with the key of its index."""
    for watched in read.watch():
        if watched.hole == hole_of(claim.take):
            assert (watched.epoch, watched.index, watched.take) == (claim.epoch, claim.index, claim.take)
            assert read.key_of(claim.epoch, claim.index) == claim.cell_key
            return read.receive(claim.epoch, claim.index)
    return False
