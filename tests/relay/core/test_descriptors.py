"""What a relay knows of the keys of others."""

from dataclasses import replace

from protocol.community.descriptor import descriptor_hash, sign_descriptor
from protocol.primitives.days import DAY_S, day_of
from protocol.seams import RelayId
from relay.core.descriptors import DESCRIPTORS_KEPT, Descriptors
from relay.core.state import Work
from tests.kits.world import World, relay_keys


async def test_the_descriptors_of_the_last_days_are_found_after_a_restart_and_older_ones_are_not() -> None:
    async with World() as world:
        relay = world.relays[0]
        first = world.relays[1].descriptor
        assert first is not None
        days = range(first.day + 1, first.day + DESCRIPTORS_KEPT + 1)
        signed = [replace(first, day=day, link_key=bytes([day % 251 + 1]) * 32) for day in days]
        bodies = [sign_descriptor(descriptor, relay_keys(1).identity_secret) for descriptor in signed]
        async with world.stores[0].transaction(alone=True) as tx:
            work = Work(tx, world.now, relay._state.constants.link_tick_ms)
            for descriptor, body in zip(signed, bodies, strict=True):
                relay._descriptors.keep(work, descriptor, body)
            loaded = Descriptors(relay._state)
            await loaded.load(work)
        for known in (relay._descriptors, loaded):
            assert known.of(RelayId(1)) == signed
            assert known.newest(RelayId(1)) == signed[-1]
            assert known.link_key_of(RelayId(1), first.day) is None
            assert [known.link_key_of(RelayId(1), one.day) for one in signed] == [one.link_key for one in signed]
            assert known.bodies(RelayId(1), days[2]) == bodies[2:]
            assert known.hash_of(RelayId(1), days[0]) == descriptor_hash(bodies[0])
            assert known.hash_of(RelayId(1), first.day) is None


async def test_a_batch_uses_the_newest_link_key_that_the_peer_holds() -> None:
    async with World() as world:
        await world.run(30)
        known = world.relays[0]._descriptors
        tomorrow = known.newest(RelayId(1))
        assert tomorrow is not None
        assert tomorrow.day == day_of(world.now) + 1
        assert known.live_link(RelayId(1), world.now) == tomorrow
        assert known.live_link(RelayId(1), world.now - DAY_S) == known.of(RelayId(1))[0]
        assert known.live_link(RelayId(1), world.now - 3 * DAY_S) is None
