"""How things stand: from one vault alone, whether it is open or not."""

from pathlib import Path

from client_cli.community.joining import join
from client_cli.meeting.closing import close_person
from client_cli.outbox.letters import LetterStatus, write_letter
from client_cli.status.data_use import monthly_mb
from client_cli.status.facts import PeopleFacts, status
from protocol.profile import Profile
from tests.kits.communities import invitation
from tests.kits.homes import CONSTANTS, NOW, make_vault, pair


def test_status_before_and_after_joining(tmp_path: Path) -> None:
    with make_vault(tmp_path / "home", joined=False) as vault:
        before = status(vault, NOW)
        assert (before.network.joined, before.network.community, before.network.relays) == (False, "", 0)
        assert before.people == PeopleFacts(known=0, requests=0)
        assert before.schedule.budget_mb == monthly_mb(Profile.STANDARD, CONSTANTS)
        join(vault, invitation(), NOW)
        assert status(vault, NOW).network.community == "한 마을"
    mother, _ = pair(tmp_path)
    join(mother.vault, invitation(), NOW)
    after = status(mother.vault, NOW)
    assert (after.network.joined, after.network.relays, after.network.roster_expired) == (True, 3, False)
    assert after.people.known == 1
    assert status(mother.vault, NOW + 200 * 86_400).network.roster_expired


def test_a_locked_vault_tells_neither_letters_nor_requests_and_says_so(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    write_letter(mother.vault, mother.person("딸"), "감자", NOW)
    opened = status(mother.vault, NOW)
    assert (opened.schedule.locked, dict(opened.letters.where)) == (False, {LetterStatus.WAITING: 1})
    mother.vault.drop_letters_key()
    locked = status(mother.vault, NOW)
    assert (locked.schedule.locked, dict(locked.letters.where)) == (True, {})
    assert locked.people == opened.people


def test_whom_we_closed_is_not_counted(tmp_path: Path) -> None:
    mother, _ = pair(tmp_path)
    close_person(mother.vault, mother.person("딸").number)
    assert status(mother.vault, NOW).people.known == 0
