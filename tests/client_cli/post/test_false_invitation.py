"""Whoever makes up a "fresh invitation" of our community gets its ticket back, and nothing else that opens a door."""

from pathlib import Path

import pytest

from client_cli.community.joining import join
from client_cli.courier.packing import pack
from client_cli.post.postman import Exchange
from client_cli.randomness import Randomness
from client_cli.vault.keys import Key
from client_cli.vault.vault import Vault
from protocol.community.roster import NO_PIN
from protocol.people.key_card import TICKET_BYTES, Entry, InviteCard, encode_card_text
from protocol.primitives import hybrid_box, sealed_box
from protocol.primitives.days import day_of
from protocol.primitives.hybrid_box import HybridKey, stand_in
from protocol.routes.exchange import Cursor, PassKind, Request, Response, Status, parse_request, seal_response
from protocol.seams import RelayId
from tests.kits.small_network import START, SmallNetwork, make_member, make_postman, run_slots, seal_due, seeded

SECRET, PUBLIC = sealed_box.keypair(seeded("outsider"))
TICKET = seeded("made up")(TICKET_BYTES)
NUMBERS = pytest.mark.parametrize("number", [0, 77], ids=["a number of our roster", "another number"])


def false_invitation(network: SmallNetwork, number: int) -> str:
    """One whose maker knows what everybody may know: the community key and how relays are numbered."""
    entry = Entry(RelayId(number), "https://outsider.test/x", PUBLIC, NO_PIN)
    key, pace_ms = network.roster.community_key, network.roster.constants.standard_slot_ms
    return encode_card_text(InviteCard(key, "small", day_of(START) + 30, pace_ms, 1, (entry,), TICKET))


def opened(body: bytes) -> Request:
    """What the outsider reads of an exchange."""
    key = HybridKey(sealed_box.OpeningKey.of(SECRET), stand_in(PUBLIC))
    return parse_request(hybrid_box.open_box(key, body))


def joined_again(network: SmallNetwork, home: Path, number: int) -> tuple[Vault, float]:
    """A member of some time who has taken the false invitation."""
    vault = make_member(network, home, "Ara")
    postman = make_postman(vault, "Ara")
    postman.start(START)
    run_slots(network, postman, START + 900)
    with vault.transaction() as tx:
        assert tx.get(Key.ACCESS_SECRET) == bytes(2) + network.access
        tx.execute(
            "DELETE FROM descriptors"
        )  # as after an absence: the relay's own day keys would shut the outsider out
    join(vault, false_invitation(network, number), network.now, again=True)
    return vault, network.now


def answer(request: Request) -> bytes:
    """A good answer that gives another access secret."""
    start = Cursor(0, 0)
    response = Response(Status.OK, b"f" * 32, 0, None, 1, start, start, start, b"")
    return seal_response(response, request.response_key, request.profile, seeded("answers"))


@NUMBERS
def test_a_relay_that_an_invitation_alone_names_is_shown_the_ticket_and_changes_no_secret(
    network: SmallNetwork, tmp_path: Path, number: int
) -> None:
    vault, now = joined_again(network, tmp_path, number)
    with vault:
        postman = make_postman(vault, "Ara again")
        postman.start(now)
        shown: list[Exchange] = []
        while len(shown) < 3:
            at = postman.next_slot_at()
            seal_due(postman, at)
            exchange = postman.begin(at)
            if exchange.url != "https://outsider.test/x":
                postman.finish(exchange.handle, network.answer(exchange, at), at)
                continue
            shown.append(exchange)
            request = opened(exchange.body)
            assert (request.pass_kind, request.admission) == (PassKind.TICKET, TICKET)
            postman.finish(exchange.handle, answer(request), at)
        with vault.transaction() as tx:
            assert tx.get(Key.ACCESS_SECRET) == bytes(2) + network.access


def test_a_bundle_for_such_a_relay_carries_the_ticket(network: SmallNetwork, tmp_path: Path) -> None:
    vault, now = joined_again(network, tmp_path, 77)
    with vault:
        bundle = pack(vault, 2, now, Randomness(seeded("bundle content"), seeded("bundle crypto")))
        for block in bundle.blocks:
            request = opened(block)
            assert (request.pass_kind, request.admission) == (PassKind.TICKET, TICKET)
