"""A sync has one size in both directions, whatever the profile."""

from pathlib import Path

import pytest

from protocol.profile import Profile
from protocol.sizes import REQUEST_BYTES, SYNC_EXCHANGES
from tests.kits.small_network import START, SmallNetwork, make_member, make_postman

KIB_64 = 64 * 1024


@pytest.mark.parametrize("profile", list(Profile))
def test_a_sync_is_at_most_64_kib_each_way_for_every_profile(memory_path: Path, profile: Profile) -> None:
    network = SmallNetwork()
    with make_member(network, memory_path, "solo", profile) as vault:
        postman = make_postman(vault, "solo")
        exchange = postman.begin_sync(START)
        assert len(exchange.body) == SYNC_EXCHANGES * REQUEST_BYTES <= KIB_64
        assert exchange.response_bytes == KIB_64
        answer = network.answer(exchange, START)
        assert answer is not None
        assert len(answer) == KIB_64
        postman.finish_sync(exchange.handle, answer, START)
        assert postman.counts.answered == 1
