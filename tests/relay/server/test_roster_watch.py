"""When a relay asks the others whether it still belongs to them, and how it ends when it does not."""

import pytest

from protocol.community.roster import RosterRelay
from protocol.profile import Profile
from protocol.sizes import RESPONSE_BYTES
from relay.errors import RosterProblem
from relay.events import NoEvents
from relay.server.metrics import Tally
from relay.server.roster_watch import RosterWatch
from tests.kits.communities import NOW, make_roster
from tests.kits.shellkit import PaperCore

HOUR = 3600.0
ANSWER = bytes(RESPONSE_BYTES[Profile.STANDARD])


class Others:
    """The other relays: who was asked, and what they answer."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.answer: bytes | None = ANSWER

    async def post(self, peer: RosterRelay, body: bytes, answer_bytes: int) -> bytes | None:
        assert answer_bytes == len(ANSWER)
        self.asked.append(peer.number)
        return self.answer


def watched() -> tuple[PaperCore, Others, RosterWatch]:
    core, others = PaperCore(roster=make_roster(3)), Others()
    return core, others, RosterWatch(core, others.post, Tally(), NoEvents())


async def test_nobody_is_asked_while_others_hear_us_or_for_the_time_of_a_seal_after() -> None:
    core, others, watch = watched()
    for hour in range(5):
        await watch.look(NOW + hour * HOUR)
    core.unheard = True
    await watch.look(NOW + 5 * HOUR)
    await watch.look(NOW + 5.9 * HOUR)
    core.unheard = False
    await watch.look(NOW + 6 * HOUR)
    core.unheard = True
    await watch.look(NOW + 6.1 * HOUR)
    await watch.look(NOW + 7 * HOUR)
    assert others.asked == []


async def test_each_is_asked_in_turn_once_in_the_time_of_a_seal() -> None:
    core, others, watch = watched()
    core.unheard = True
    for minutes in range(0, 5 * 60, 10):
        await watch.look(NOW + 60 * minutes)
    assert others.asked == [1, 2, 1, 2]
    assert [question.peer for question, _ in core.answers] == [1, 2, 1, 2]


async def test_no_answer_changes_nothing_and_a_fault_is_counted() -> None:
    core, others, watch = watched()
    core.unheard, others.answer = True, None
    await watch.look(NOW)
    await watch.look(NOW + HOUR)
    assert (others.asked, core.answers) == ([1], [])


async def test_a_relay_that_is_off_the_roster_ends_with_a_sentence() -> None:
    core, _, watch = watched()
    core.is_off_roster = True
    with pytest.raises(RosterProblem, match="taken this relay off its roster") as ended:
        await watch.look(NOW)
    assert ended.value.exit_code == 5
