"""Two relatives and a helper who writes to both: cards, introductions and answers travel between their vaults."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from client_cli.desk import by_letter
from client_cli.desk.helper import Helper, certify, load_helper
from client_cli.inbox import reading as inbox
from client_cli.inbox.receiving import Accepted
from client_cli.meeting import handovers
from client_cli.meeting.handovers import give
from client_cli.outbox import letters as outbox
from protocol.community.roster import Roster
from protocol.people.introduction import Passed
from tests.kits.communities import COMMUNITY_SECRET, make_roster, signed
from tests.kits.homes import NOW, Home, entropy, make_home, meet

SOURCE = "온누리 (한 마을)"
"""The helper and the community, as a person is shown them."""


def keeper(folder: Path, roster: Roster | None = None) -> Path:
    """The community's own folder."""
    folder.mkdir()
    (folder / "roster").write_bytes(signed(roster or make_roster()).data)
    (folder / "community.key").write_bytes(COMMUNITY_SECRET)
    return folder


@dataclass
class Village:
    """Two relatives, and a helper who has met both of them: A is called 가, B is called 나."""

    a: Home
    b: Home
    helper: Home
    desk: Helper

    def carry(self, sender: Home, reader: Home) -> None:
        """Every cell that is due arrives."""
        cells = sender.deposits(NOW)
        assert cells
        for cell in cells:
            assert reader.accept(cell, NOW) is Accepted.OPENED

    def give(self, sender: Home, name: str) -> int:
        """A card goes to the helper; its number there."""
        give(sender.vault, sender.person("도우미"), name, NOW, sender.crypto)
        self.carry(sender, self.helper)
        return max(one.number for one in by_letter.to_pass_on(self.helper.vault, NOW))

    def introduce(self) -> None:
        """Both give a card, and the helper passes them on."""
        one, two = self.give(self.a, "동생"), self.give(self.b, "언니")
        vault = self.helper.vault
        first, second = by_letter.by_letter(vault, one, NOW), by_letter.by_letter(vault, two, NOW)
        assert by_letter.introduce(vault, self.desk, first, second, NOW) == (None, None)
        self.deliver()

    def one_way(self, called: str = "언니") -> None:
        """Only A's card goes to B."""
        number = self.give(self.a, "동생")
        given = by_letter.by_letter(self.helper.vault, number, NOW)
        by_letter.send(self.helper.vault, self.desk, given, self.helper.person("나"), called, NOW)
        self.deliver()

    def hand_over(self, name: str, passed: Passed, called: str = "") -> None:
        """The helper sends something that no command would."""
        to = self.helper.person(name)
        with self.helper.vault.transaction() as tx:
            handovers.hand_over(tx, to, called, passed, NOW)

    def deliver(self) -> None:
        """Everything the helper has queued arrives, each with the person it is for."""
        for cell in self.helper.deposits(NOW):
            assert Accepted.OPENED in (self.a.accept(cell, NOW), self.b.accept(cell, NOW))


@contextmanager
def settled(folder: Path) -> Iterator[Village]:
    """A village whose helper has met both relatives and is certified as 온누리."""
    certify(keeper(folder / "community"), folder / "folder", "온누리", 30, NOW, entropy(50))
    a, b, helper = homes = [make_home(folder / name, seed) for seed, name in enumerate(("a", "b", "c"), start=1)]
    made = Village(a, b, helper, load_helper(folder / "folder", NOW))
    meet(made.a, "도우미", made.helper, "가")
    meet(made.b, "도우미", made.helper, "나")
    try:
        yield made
    finally:
        for home in homes:
            home.vault.close()


def rows(home: Home) -> int:
    """How many handovers a home keeps."""
    with home.vault.transaction() as tx:
        return len(tx.all("SELECT number FROM handovers"))


def talk(village: Village) -> None:
    """One relative writes to the other, who reads it."""
    a, b = village.a, village.b
    outbox.write_letter(a.vault, a.person("동생"), "거기 있니?", NOW)
    village.carry(a, b)
    assert [letter.text for letter in inbox.unread(b.vault)] == ["거기 있니?"]
