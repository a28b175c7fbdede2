"""Links talk to pinned peers alone, and never in the clear beyond this machine."""

from pathlib import Path

from protocol.community.roster import RosterRelay
from protocol.sizes import BATCH_OVERHEAD, FRAME_BYTES, LINK_ACK_BYTES
from relay.server.link_client import Links
from tests.kits.shellkit import PATH, PaperCore, running_shell

_BATCH = bytes(BATCH_OVERHEAD + FRAME_BYTES)


def _peer(port: int, pin: bytes, scheme: str = "https", host: str = "127.0.0.1") -> RosterRelay:
    return RosterRelay(1, f"{scheme}://{host}:{port}{PATH}", bytes(32), bytes(32), bytes(32), pin)


async def test_batch_reaches_a_pinned_peer_and_brings_its_acknowledgement(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        ack = await Links().post(_peer(shell.port, shell.pin), _BATCH)
    assert ack is not None
    assert len(ack) == LINK_ACK_BYTES


async def test_wrong_pin_is_no_acknowledgement(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        assert await Links().post(_peer(shell.port, b"\1" * 32), _BATCH) is None


async def test_without_a_pin_an_unknown_certificate_is_no_acknowledgement(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        assert await Links().post(_peer(shell.port, bytes(32)), _BATCH) is None


async def test_wrong_path_is_no_acknowledgement(tmp_path: Path) -> None:
    async with running_shell(tmp_path, PaperCore()) as shell:
        peer = RosterRelay(1, f"https://127.0.0.1:{shell.port}/other", bytes(32), bytes(32), bytes(32), shell.pin)
        assert await Links().post(peer, _BATCH) is None


async def test_nobody_there_is_no_acknowledgement() -> None:
    assert await Links().post(_peer(1, b"\1" * 32), _BATCH) is None


async def test_plain_http_leaves_this_machine_never() -> None:
    assert await Links().post(_peer(1, bytes(32), "http", "relay.invalid"), _BATCH) is None
