"""Exchanges with one relay: sizes, passes, shelves and caps."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.community.constants import Constants
from protocol.community.tickets import make_ticket
from protocol.errors import ProtocolError
from protocol.primitives.days import day_of
from protocol.profile import Profile
from protocol.routes import onion
from protocol.routes.exchange import Cursor, PassKind, Request, Response, Status, open_response, seal_request
from protocol.seams import RelayId
from protocol.sizes import FETCH_FIELD_BYTES, LINK_ACK_BYTES, PACKET_FIELD_BYTES, REQUEST_BYTES, RESPONSE_BYTES
from relay.core.interface import Count
from tests.kits.world import ACCESS, DESK, SMALL, START, World, cell, door, seeded

ENTROPY = seeded("exchange tests")


def request(shelf: bytes, admission: bytes = ACCESS, kind: PassKind = PassKind.ACCESS) -> Request:
    return Request(
        Profile.STANDARD, kind, admission, shelf, shelf, 1, 1, b"r" * 32, Cursor(0, 0),
        onion.seal_discard(None, PACKET_FIELD_BYTES, ENTROPY), onion.seal_discard(None, FETCH_FIELD_BYTES, ENTROPY),
    )  # fmt: skip


def sealed(asked: Request) -> bytes:
    return seal_request(asked, door(0), ENTROPY)


async def ask(world: World, asked: Request) -> Response:
    [answer] = await world.relays[0].exchanges([sealed(asked)], world.now)
    assert len(answer) == RESPONSE_BYTES[asked.profile]
    return open_response(asked.response_key, answer)


def ticket(relay: int = 0, days: int = 5, desk: bytes = DESK, world: World | None = None) -> bytes:
    key = world.roster.community_key if world is not None else b""
    return make_ticket(desk, key, (RelayId(relay), RelayId(1)), day_of(START) + days, ENTROPY).encode()


async def test_every_answer_has_the_size_of_its_profile() -> None:
    constants = SMALL
    async with World(constants=constants) as world:
        good = sealed(request(b"a" * 16))
        bodies = [
            good,
            good,
            sealed(request(b"b" * 16, b"\0" * 32)),
            sealed(request(b"b" * 16, b"\0" * 96, PassKind.TICKET)),
            ENTROPY(REQUEST_BYTES),
            bytes(REQUEST_BYTES),
            good[:-1] + bytes([good[-1] ^ 1]),
        ]
        answers = await world.relays[0].exchanges(bodies, world.now)
        assert {len(answer) for answer in answers} == {8192}
        metered = sealed(replace(request(b"c" * 16), profile=Profile.METERED))
        assert [len(a) for a in await world.relays[0].exchanges([metered], world.now)] == [16384]
        mixed = await world.relays[0].exchanges([b"".join([good, *bodies])], world.now)
        assert [len(answer) for answer in mixed] == [8 * 8192]


async def test_eight_requests_in_a_body_get_eight_responses() -> None:
    async with World() as world:
        asked = [replace(request(b"a" * 16), response_key=bytes([n]) * 32) for n in range(8)]
        [answer] = await world.relays[0].exchanges([b"".join(map(sealed, asked))], world.now)
        for n, one in enumerate(asked):
            assert open_response(one.response_key, answer[n * 8192 : (n + 1) * 8192]).status is Status.OK


async def test_wrong_secret_is_refused_and_told_nothing() -> None:
    async with World() as world:
        response = await ask(world, request(b"a" * 16, b"\1" * 32))
        assert (response.status, response.access, response.stretch) == (Status.REFUSED, bytes(32), b"")
        assert world.relays[0].counts[Count.EXCHANGES_REFUSED] == 1


async def test_ticket_admits_one_shelf_and_answers_it_again() -> None:
    async with World() as world:
        one_use = ticket(world=world)
        for _ in range(2):
            response = await ask(world, request(b"a" * 16, one_use, PassKind.TICKET))
            assert (response.status, response.access, response.access_epoch) == (Status.OK, ACCESS, 0)
        assert (await ask(world, request(b"b" * 16, one_use, PassKind.TICKET))).status is Status.REFUSED
        # The shelf it belongs to may have been renamed since.
        await ask(world, replace(request(b"a" * 16), next_shelf=b"n" * 16))
        assert (await ask(world, request(b"n" * 16, one_use, PassKind.TICKET))).status is Status.OK


async def test_two_shelves_in_one_group_cannot_share_a_ticket() -> None:
    async with World() as world:
        one_use = ticket(world=world)
        asked = [request(bytes([n]) * 16, one_use, PassKind.TICKET) for n in range(2)]
        answers = await world.relays[0].exchanges([sealed(one) for one in asked], world.now)
        statuses = [open_response(one.response_key, a).status for one, a in zip(asked, answers, strict=True)]
        assert statuses == [Status.OK, Status.REFUSED]


@pytest.mark.parametrize("wrong", ["expired", "other relay", "other desk"])
async def test_ticket_that_is_not_valid_here_is_refused(wrong: str) -> None:
    async with World() as world:
        made = {
            "expired": ticket(days=-1, world=world),
            "other relay": ticket(relay=2, world=world),
            "other desk": ticket(desk=b"\x55" * 32, world=world),
        }[wrong]
        assert (await ask(world, request(b"a" * 16, made, PassKind.TICKET))).status is Status.REFUSED


async def test_whoever_is_not_let_in_does_not_use_up_what_members_share() -> None:
    constants = Constants(page_ms=300_000, max_exchanges_per_page=10)
    async with World(constants=constants, count=1) as world:
        refused = sealed(request(b"x" * 16, b"\1" * 32))
        await world.relays[0].exchanges([refused, ENTROPY(REQUEST_BYTES)] * 20, world.now)
        assert (await ask(world, request(b"a" * 16))).status is Status.OK


async def test_newcomer_is_busy_when_all_shelves_are_taken_and_others_go_on() -> None:
    constants = Constants(page_ms=300_000, max_shelves=2)
    async with World(constants=constants, count=1) as world:
        await ask(world, request(b"a" * 16))
        await ask(world, request(b"b" * 16))
        newcomer = await ask(world, request(b"c" * 16))
        assert (newcomer.status, newcomer.shelf_end) == (Status.BUSY, 0)
        assert (await ask(world, request(b"a" * 16))).status is Status.OK


async def test_cap_of_exchanges_makes_busy_and_drops_the_packet_only() -> None:
    constants = Constants(page_ms=300_000, max_exchanges_per_page=3)
    async with World(constants=constants) as world:
        client = world.client("client")
        statuses = [(await client.exchange(client.deposit(bytes([n]) * 32, cell(n)))).status for n in range(5)]
        assert statuses[0] is Status.OK
        assert statuses[3:] == [Status.BUSY, Status.BUSY]
        assert world.relays[0].counts[Count.PACKETS_ACCEPTED] == statuses.count(Status.OK)
        assert client.last is not None
        assert client.last.stretch or client.last.start == client.last.end
        world.now += 600
        assert (await client.exchange()).status is Status.OK


async def test_full_pool_drops_by_draw_and_never_grows_beyond_its_cap() -> None:
    constants = Constants(page_ms=300_000, max_packets=6)
    async with World(constants=constants) as world:
        client = world.client("client")
        for n in range(12):
            await client.exchange(client.deposit(bytes([n]) * 32, cell(n)))
        assert world.relays[0]._state.pool.travelling <= 6


async def test_reading_the_whole_board_in_stretches_gives_every_byte_once() -> None:
    async with World() as world:
        await world.run(400)
        client = world.client("client")
        while (response := await client.exchange()).next != response.end:
            pass
        first = list(client.entries)
        lost = world.client("another")
        while (response := await lost.exchange()).next != response.end:
            pass
        assert lost.entries == first
        assert first[0].kind.name == "MARK"


async def test_replies_stay_until_they_are_said_to_be_durable() -> None:
    async with World() as world:
        client = world.client("client")
        fetch, _ = client.fetch(b"x" * 32)
        await client.exchange(fetch=fetch)
        await world.run(15)
        asked = request(client.shelf)
        first, again = await ask(world, asked), await ask(world, asked)
        assert first.reply is not None
        assert first.reply == again.reply
        assert first.shelf_end == first.reply[0] + 1
        gone = await ask(world, replace(asked, durable=first.reply[0] + 1))
        assert gone.reply is None


@settings(max_examples=12, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=60), min_size=8, max_size=12))
async def test_arbitrary_bytes_never_raise(noise: list[bytes]) -> None:
    async with World(count=2) as world:
        relay = world.relays[0]
        sized = [(piece * REQUEST_BYTES)[:REQUEST_BYTES] for piece in noise]
        assert {len(answer) for answer in await relay.exchanges([*sized, b"".join(sized[:8])], world.now)} == {
            8192,
            8 * 8192,
        }
        head = bytes([1, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF])
        for piece in noise:
            assert len(await relay.link(piece, world.now)) == LINK_ACK_BYTES
            assert len(await relay.link((head + piece * 5000)[: 65 + 4250], world.now)) == LINK_ACK_BYTES
        # What opens may hold anything, too.
        field = onion.seal_discard(None, PACKET_FIELD_BYTES, ENTROPY)
        odd = replace(request(noise[0].ljust(16, b"\0")[:16]), packet=field, collect=2**32 - 1, durable=2**32 - 1)
        [answer] = await relay.exchanges([sealed(odd)], world.now)
        with pytest.raises(ProtocolError):
            open_response(bytes(32), answer)
