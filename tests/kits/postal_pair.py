"""Two people who met, and their postmen, on a small network."""

from pathlib import Path

from client_cli.inbox.reading import unread
from client_cli.meeting.in_person import scan_card, show_card
from client_cli.outbox.letters import write_letter
from client_cli.people.contacts import require_person
from tests.kits.small_network import (
    CONSTANTS,
    START,
    SmallNetwork,
    make_member,
    make_postman,
    seal_due,
    seeded,
)

HOUR = 3600.0


class Pair:
    """Ara and Bora, who met, and their postmen."""

    def __init__(self, network: SmallNetwork, home: Path) -> None:
        self.network = network
        self.vaults = {name: make_member(network, home, name) for name in ("Ara", "Bora")}
        self.postmen = {name: make_postman(vault, name) for name, vault in self.vaults.items()}
        cards = {
            me: show_card(self.vaults[me], them, START, seeded(f"{me} card"))
            for me, them in (("Ara", "Bora"), ("Bora", "Ara"))
        }
        scan_card(self.vaults["Ara"], "Bora", cards["Bora"], START)
        scan_card(self.vaults["Bora"], "Ara", cards["Ara"], START)

    def write(self, me: str, them: str, text: str) -> None:
        write_letter(self.vaults[me], require_person(self.vaults[me], them), text, self.network.now)

    def read(self, me: str) -> list[str]:
        return [letter.text for letter in unread(self.vaults[me])]

    def run(self, until: float, names: tuple[str, ...] = ("Ara", "Bora")) -> None:
        """Make the exchanges of both in the order of their slots."""
        page_s = CONSTANTS.page_s
        next_page = (self.network.now // page_s + 1) * page_s
        while True:
            at, name = min((self.postmen[name].next_slot_at(), name) for name in names)
            while next_page <= min(at, until):
                self.network.cut_pages(next_page)
                next_page += page_s
            if at >= until:
                break
            postman = self.postmen[name]
            seal_due(postman, at)
            exchange = postman.begin(at)
            postman.finish(exchange.handle, self.network.answer(exchange, at), at)
        self.network.now = until

    def start(self) -> None:
        for postman in self.postmen.values():
            postman.start(self.network.now)
