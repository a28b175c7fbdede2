"""Invitations of a helper: right, offline, and nothing kept."""

from pathlib import Path

import pytest

from client_cli.desk import invitations
from protocol.community.roster import parse_roster
from protocol.community.tickets import check_ticket
from protocol.people.key_card import InviteCard
from protocol.primitives.days import day_of
from protocol.seams import SeededEntropy
from tests.kits.commandline import make_community

NOW = 1_790_000_000.0


def make(folder: Path, seed: int = 0) -> InviteCard:
    return invitations.make_invitation(invitations.load_community(folder), NOW, SeededEntropy(bytes([seed]) * 32))


def test_ticket_is_accepted_at_both_entry_relays(tmp_path: Path) -> None:
    card = make(make_community(tmp_path / "c", NOW))
    roster = parse_roster((tmp_path / "c" / "roster").read_bytes(), card.community_key)
    assert [entry.relay for entry in card.entries] == [0, 1]
    for entry in card.entries:
        check_ticket(card.ticket, roster, entry.relay, day_of(NOW))


@pytest.mark.parametrize(
    ("relays", "guards", "entries"), [(3, (2, 0), [2, 0]), (3, (1,), [1, 0]), (2, (0,), [0, 1]), (1, (0,), [0])]
)
def test_entries_are_the_guard_and_its_first_reserve(
    tmp_path: Path, relays: int, guards: tuple[int, ...], entries: list[int]
) -> None:
    card = make(make_community(tmp_path / "c", NOW, relays, guards))
    assert [entry.relay for entry in card.entries] == entries


def test_every_invitation_has_its_own_ticket(tmp_path: Path) -> None:
    folder = make_community(tmp_path / "c", NOW)
    assert len({make(folder, seed).ticket for seed in range(5)}) == 5


def test_an_invitation_ends_with_the_roster(tmp_path: Path) -> None:
    community = invitations.load_community(make_community(tmp_path / "c", NOW))
    card = invitations.make_invitation(community, NOW + 85 * 86400, SeededEntropy(bytes(32)))
    assert card.expiry_day == community.roster.expires_day
    with pytest.raises(invitations.RosterOld):
        invitations.make_invitation(community, NOW + 91 * 86400, SeededEntropy(bytes(32)))


@pytest.mark.parametrize("name", ["roster", "desk.key"])
@pytest.mark.parametrize("damage", [None, b"", b"x" * 32, b"x" * 500])
def test_a_folder_that_is_not_whole_is_refused(tmp_path: Path, name: str, damage: bytes | None) -> None:
    folder = make_community(tmp_path / "c", NOW)
    if damage is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(damage)
    with pytest.raises(invitations.CommunityProblem):
        invitations.load_community(folder)
