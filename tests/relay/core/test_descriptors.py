"""What a relay knows of the keys of others."""

from dataclasses import replace

from protocol.community.descriptor import sign_descriptor
from protocol.seams import RelayId
from relay.core.descriptors import DESCRIPTORS_DAYS, Descriptors
from relay.core.state import Work
from tests.kits.world import World, relay_keys


async def test_old_words_never_come_back_and_the_link_keys_of_the_last_days_are_found() -> None:
    async with World() as world:
        relay = world.relays[0]
        first = world.relays[1].descriptor
        assert first is not None
        days = range(first.day, first.day + DESCRIPTORS_DAYS + 2)
        signed = [replace(first, day=day, link_day=day, link_key=bytes([day % 251 + 1]) * 32) for day in days]
        async with world.stores[0].transaction(alone=True) as tx:
            work = Work(tx, world.now, relay._state.constants.link_tick_ms)
            for descriptor in (*signed, signed[0]):
                body = sign_descriptor(descriptor, relay_keys(1).identity_secret)
                relay._descriptors.keep(work, descriptor, body)
            loaded = Descriptors(relay._state)
            await loaded.load(work)
        for known in (relay._descriptors, loaded):
            assert known.newest(RelayId(1)) == signed[-1]
            assert known.link_key_of(RelayId(1), first.day) is None
            assert [known.link_key_of(RelayId(1), one.day) for one in signed[1:]] == [
                one.link_key for one in signed[1:]
            ]
