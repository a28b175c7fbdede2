"""A pause is of this vault alone: an observer of the whole network sees no difference, and neither does the other side.

Invariant 1 on the real relay and client code: two worlds with the same seeds in which everybody writes to everybody, in
one of them a member has paused another.
"""

from pathlib import Path

from client_cli.contacts import pause_person, require_person
from client_cli.outbox import Status, letters
from lab.scenarios import QUICK, START, writing_world
from lab.world import multiset


async def test_traces_are_equal_whether_somebody_is_paused_or_not(memory_path: Path) -> None:
    plain = await writing_world(memory_path / "plain", QUICK)
    paused = await writing_world(memory_path / "paused", QUICK)
    try:
        vault = paused.clients["member0"].vault
        pause_person(vault, require_person(vault, "member1"))
        for world in (plain, paused):
            await world.run(START + 1.7 * QUICK.duration_s)
        assert multiset(plain.trace) == multiset(paused.trace)
        # The pause did something: its letters stay, those that came are not among the new ones.
        assert {sender for sender, _ in plain.received("member1")} == {"member0", "member2"}
        assert {sender for sender, _ in paused.received("member1")} == {"member2"}
        assert {sender for sender, _ in paused.received("member0")} == {"member2"}
        # And told nothing: the letters of the one who is paused have arrived, as always.
        there = [one for one in letters(paused.clients["member1"].vault, paused.now) if one.person.name == "member0"]
        assert there
        assert any(one.status is Status.ARRIVED for one in there)
    finally:
        await plain.close()
        await paused.close()
