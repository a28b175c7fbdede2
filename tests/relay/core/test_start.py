"""What a relay makes of its files when it starts: the newest roster is in force, and one of others starts nothing."""

from dataclasses import dataclass, field, replace
from typing import cast

import msgspec
import pytest

from protocol.community.access import AccessSecrets, wrap_access
from protocol.community.roster import Roster, roster_hash, sign_roster
from protocol.primitives.signing import verify_key_of
from relay.core.start import Adopted, adopt_files
from relay.errors import RosterProblem
from relay.secrets import AccessKeys
from relay.store.interface import Transaction
from tests.kits.world import SECRET, make_roster, relay_keys, seeded

OLD, NEW = b"\1" * 32, b"\2" * 32
HELD = AccessKeys({0: OLD})


@dataclass
class Paper:
    """A transaction that keeps rosters and access secrets in memory."""

    kept: dict[int, bytes] = field(default_factory=dict)
    secrets: dict[int, bytes] = field(default_factory=dict)

    async def rosters(self) -> list[tuple[int, bytes]]:
        return sorted(self.kept.items())

    async def access(self) -> dict[int, bytes]:
        return dict(self.secrets)

    def add_roster(self, version: int, body: bytes) -> None:
        self.kept[version] = body

    def add_access(self, epoch: int, secret: bytes, _least: int) -> None:
        self.secrets[epoch] = secret


def version(number: int, first: Roster, epoch: int = 0) -> tuple[Roster, bytes]:
    """A later roster of the same community; in epoch 1 it brings NEW under OLD."""
    box = wrap_access(first.community_key, epoch, NEW, OLD, seeded("box")) if epoch else b""
    made = msgspec.structs.replace(
        first, version=number, access_epoch=epoch, access_box=box, previous=roster_hash(first)
    )
    return made, sign_roster(made, SECRET)


async def adopt(paper: Paper, body: bytes, number: int = 0, access: AccessKeys = HELD) -> Adopted:
    return await adopt_files(cast(Transaction, paper), relay_keys(number), body, access)


FIRST, FIRST_BYTES = make_roster(3)
SECOND, SECOND_BYTES = version(2, FIRST)


async def test_the_first_roster_is_kept_and_is_no_news() -> None:
    adopted = await adopt(paper := Paper(), FIRST_BYTES)
    assert (adopted.roster, adopted.roster_bytes, adopted.news) == (FIRST, FIRST_BYTES, False)
    assert adopted.access == AccessSecrets(0, OLD, None)
    assert (paper.kept, paper.secrets) == ({1: FIRST_BYTES}, {0: OLD})


async def test_a_newer_file_is_news_and_an_older_one_does_not_bring_the_old_roster_back() -> None:
    paper = Paper({1: FIRST_BYTES})
    assert (await adopt(paper, SECOND_BYTES)).news
    again = await adopt(paper, FIRST_BYTES)
    assert (again.roster, again.roster_bytes, again.news) == (SECOND, SECOND_BYTES, False)


async def test_the_secret_that_a_roster_brings_is_kept_with_the_one_before() -> None:
    roster, body = version(2, FIRST, epoch=1)
    adopted = await adopt(paper := Paper(), body)
    assert adopted.roster == roster
    assert adopted.access == AccessSecrets(1, NEW, OLD)
    assert paper.secrets == {0: OLD, 1: NEW}


async def test_what_the_store_has_of_another_community_starts_nothing() -> None:
    other = msgspec.structs.replace(SECOND, community_key=verify_key_of(b"o" * 32))
    paper = Paper({2: sign_roster(other, b"o" * 32)})
    with pytest.raises(RosterProblem, match="not of the community this relay served"):
        await adopt(paper, FIRST_BYTES)


async def test_a_roster_that_does_not_name_us_with_our_keys_starts_nothing() -> None:
    without = msgspec.structs.replace(FIRST, relays=FIRST.relays[:2])
    for body, number in ((sign_roster(without, SECRET), 2), (FIRST_BYTES, 7)):
        with pytest.raises(RosterProblem, match="does not name this relay"):
            await adopt(Paper(), body, number)
    own = relay_keys(0)
    for changed in (replace(own, identity_secret=b"i" * 32), replace(own, door_secret=bytes(len(own.door_secret)))):
        with pytest.raises(RosterProblem, match="does not name this relay"):
            await adopt_files(cast(Transaction, Paper()), changed, FIRST_BYTES, HELD)


async def test_secrets_that_do_not_reach_the_roster_start_nothing() -> None:
    _, body = version(2, FIRST, epoch=2)
    with pytest.raises(RosterProblem, match=r"access\.key is older than the roster"):
        await adopt(Paper(), body)


async def test_a_file_that_is_no_roster_starts_nothing() -> None:
    with pytest.raises(RosterProblem, match="not valid"):
        await adopt(paper := Paper(), bytes(200))
    assert paper.kept == {}
